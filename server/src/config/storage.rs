//! Where files are kept.

use super::variables::{ConfigError, Source, Variable, required};

pub(super) const URL: Variable = required(
    "LOOKIT_STORAGE_URL",
    "file://var/files",
    "where pictures are kept: `file://` and a folder",
);

pub(super) fn url(source: &Source) -> Result<String, ConfigError> {
    let url = source.text(&URL)?;
    if url.starts_with("file://") {
        return Ok(url);
    }
    Err(URL.invalid(
        &url,
        "it must begin with `file://`; other stores come later",
    ))
}

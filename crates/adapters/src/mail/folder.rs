//! Emails that a development site has written into a folder, read again.

use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use mail_parser::MessageParser;

/// An email in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMail {
    /// Name of its file.
    pub file: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    /// When it was written, in seconds since 1970.
    pub written: u64,
}

pub(super) async fn read_all(folder: &Path) -> io::Result<Vec<KeptMail>> {
    let mut files = tokio::fs::read_dir(folder).await?;
    let mut found = Vec::new();
    while let Some(entry) = files.next_entry().await? {
        found.extend(read(folder, &entry.file_name().to_string_lossy()).await);
    }
    Ok(found)
}

/// Nothing where there is no such file, or no email in it.
pub(super) async fn read(folder: &Path, file: &str) -> Option<KeptMail> {
    if !is_email(file) {
        return None;
    }
    let path = folder.join(file);
    let bytes = tokio::fs::read(&path).await.ok()?;
    let written = tokio::fs::metadata(&path).await.ok()?.modified().ok()?;
    let written = written.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let email = MessageParser::default().parse(&bytes)?;
    let to = email.to().and_then(|to| to.first()?.address());
    let text = email.body_text(0).unwrap_or_default();
    Some(KeptMail {
        file: file.to_owned(),
        to: to.unwrap_or_default().to_owned(),
        subject: email.subject().unwrap_or_default().to_owned(),
        text: text.replace("\r\n", "\n"),
        written,
    })
}

/// Whether a file of the folder is a whole email, and its name nothing but a name.
fn is_email(file: &str) -> bool {
    file.strip_suffix(".eml").is_some_and(|name| {
        !name.starts_with('.')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '@' | '_'))
    })
}

//! The folder to which a development site writes its email, for its own mailbox page.

use std::cmp::Reverse;

use crate::context::Context;
use crate::error::{Error, Noun};

/// An email in the outbox folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEmail {
    /// Name of its file.
    pub file: String,
    pub to: String,
    pub subject: String,
    /// When it was written, in seconds since 1970.
    pub written: u64,
}

/// Emails of the outbox folder, newest first. For development only: a real site's email is nobody's
/// to read.
pub async fn outbox(ctx: &Context) -> Result<Vec<OutboxEmail>, Error> {
    let folder = outbox_folder(ctx)?;
    let fault = |error: std::io::Error| Error::internal(error);
    let mut files = tokio::fs::read_dir(folder).await.map_err(fault)?;
    let mut found = Vec::new();
    while let Some(entry) = files.next_entry().await.map_err(fault)? {
        let file = entry.file_name().to_string_lossy().into_owned();
        if !is_email(&file) {
            continue;
        }
        let written = entry
            .metadata()
            .await
            .ok()
            .and_then(|data| data.modified().ok())
            .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_secs());
        let text = tokio::fs::read_to_string(entry.path())
            .await
            .map_err(fault)?;
        found.push(OutboxEmail {
            to: header(&text, "To:"),
            subject: header(&text, "Subject:"),
            file,
            written,
        });
    }
    found.sort_by_key(|email| Reverse((email.written, email.file.clone())));
    Ok(found)
}

fn header(email: &str, name: &str) -> String {
    let mut lines = email.lines();
    let value = lines.find_map(|line| line.strip_prefix(name));
    value.unwrap_or_default().trim().to_owned()
}

/// One email of the outbox folder, as plain text, with its link.
pub async fn outbox_email(ctx: &Context, file: &str) -> Result<String, Error> {
    let folder = outbox_folder(ctx)?;
    if !is_email(file) {
        return Err(Error::NotFound(Noun::Email));
    }
    let text = tokio::fs::read_to_string(folder.join(file))
        .await
        .map_err(|_| Error::NotFound(Noun::Email))?;
    let body = text
        .split("text/plain")
        .nth(1)
        .and_then(|part| part.split_once("\r\n\r\n"))
        .map(|(_, body)| body)
        .unwrap_or_default();
    let body = body.split("\r\n--").next().unwrap_or_default();
    Ok(unquote(body))
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

fn outbox_folder(ctx: &Context) -> Result<&std::path::PathBuf, Error> {
    if ctx.site.is_production {
        return Err(Error::NotFound(Noun::Email));
    }
    ctx.mail.folder().ok_or(Error::NotFound(Noun::Email))
}

/// Undoes the encoding "quoted-printable": lines were broken for transport, and characters outside
/// ASCII written as bytes.
fn unquote(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let bytes = joined.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let coded = (*first == b'=')
            .then(|| after.first_chunk::<2>())
            .flatten()
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match coded {
            Some(byte) => {
                plain.push(byte);
                rest = after
                    .split_at_checked(2)
                    .map(|(_, rest)| rest)
                    .unwrap_or_default();
            }
            None => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&plain).replace("\r\n", "\n")
}

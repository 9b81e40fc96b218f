//! Files that people keep, streamed.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::{Stream, TryStreamExt};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::error::AppError;

/// A JSON file of this name. An error in the middle breaks the connection, so that nobody takes a
/// part of it for the whole.
pub fn attachment(
    name: &str,
    pieces: impl Stream<Item = Result<String, services::Error>> + Send + 'static,
) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json; charset=utf-8".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (CONTENT_DISPOSITION, disposition(name)),
    ];
    let body = Body::from_stream(pieces.map_err(AppError::from));
    (headers, body).into_response()
}

/// The name twice: with letters that every program takes, and as it is.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        encoded(name)
    )
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Percent-encoded as RFC 5987 wants it: letters, digits and three signs stay.
fn encoded(name: &str) -> String {
    let byte = |byte: u8| {
        if is_plain(char::from(byte)) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    name.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_letters_and_can_not_end_the_header() {
        assert_eq!(
            disposition("Müh \"x\".json"),
            "attachment; filename=\"M-h--x-.json\"; filename*=UTF-8''M%C3%BCh%20%22x%22.json"
        );
    }
}

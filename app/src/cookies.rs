//! The cookies that the site sets.

use http::HeaderValue;

/// Name of the session cookie. On a real site the prefix makes browsers refuse it from other hosts
/// and without TLS.
pub fn session_cookie(is_production: bool) -> &'static str {
    if is_production {
        "__Host-lookit_session"
    } else {
        "lookit_session"
    }
}

/// A cookie that scripts can't read.
pub fn cookie(name: &str, value: &str, max_age_seconds: i64, is_secure: bool) -> HeaderValue {
    let secure = if is_secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{secure}"
    ))
    .unwrap_or(HeaderValue::from_static(""))
}

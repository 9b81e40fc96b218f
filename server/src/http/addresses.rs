//! Which hosts are ours, and which addresses make sense.

use http::Uri;
use percent_encoding::percent_decode_str;

/// Longest part of a path between slashes, in bytes: no file can have a longer name, and asking for
/// one would be a failure of ours.
const PART: usize = 255;

/// Whether an address has only what may stand in a text: no path that is not UTF-8, and no control
/// characters, of which PostgreSQL takes no NUL. What somebody searches for may have been pasted
/// with its tabs and ends of lines.
pub(super) fn is_readable(uri: &Uri) -> bool {
    let path = percent_decode_str(uri.path()).decode_utf8();
    let query = percent_decode_str(uri.query().unwrap_or_default()).decode_utf8_lossy();
    let is_odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let is_name = |part: &str| part.len() <= PART && !part.chars().any(char::is_control);
    path.is_ok_and(|path| path.split('/').all(is_name)) && !query.chars().any(is_odd)
}

/// A host of ours, as requests name it.
#[derive(Clone, Debug)]
pub(super) struct Host {
    name: String,
    /// Port that browsers leave out.
    default_port: &'static str,
}

impl Host {
    /// The host of an origin in its one spelling.
    pub fn of(origin: &str) -> Self {
        let (scheme, name) = origin.split_once("://").unwrap_or(("", origin));
        Self {
            name: name.to_owned(),
            default_port: if scheme == "https" { ":443" } else { ":80" },
        }
    }

    pub fn is(&self, asked: &str) -> bool {
        let asked = asked.strip_suffix(self.default_port).unwrap_or(asked);
        asked.eq_ignore_ascii_case(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_several_spellings() {
        let host = Host::of("https://lookit.example.org");
        for (asked, is_ours) in [
            ("lookit.example.org", true),
            ("Lookit.Example.org:443", true),
            ("lookit.example.org:80", false),
            ("lookit.example.org:8443", false),
            ("evil.example", false),
            ("xlookit.example.org", false),
            ("", false),
        ] {
            assert_eq!(host.is(asked), is_ours, "{asked}");
        }
        assert!(Host::of("http://localhost:8080").is("localhost:8080"));
        assert!(Host::of("http://localhost").is("localhost:80"));
    }

    #[test]
    fn an_address_is_a_text() {
        for (uri, is_readable_) in [
            ("/studies?search=moon+%F0%9F%8C%99", true),
            ("/studies/%C3%BC", true),
            ("/studies/%00", false),
            ("/studies/%ff", false),
            ("/studies?search=a%00b", false),
            ("/studies?a=1%0A%09", true),
            ("/studies%0A", false),
            ("/studies?a=1&b%01=2", false),
            ("/%7f", false),
        ] {
            assert_eq!(is_readable(&uri.parse().unwrap()), is_readable_, "{uri}");
        }
        for (length, is_readable_) in [(255, true), (256, false), (10_000, false)] {
            let uri = format!("/fonts/{}/x", "a".repeat(length));
            assert_eq!(is_readable(&uri.parse().unwrap()), is_readable_, "{length}");
        }
    }
}

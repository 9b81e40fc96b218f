//! Addresses: those that several pages lead to, and what makes one safe to follow.

/// An address with a query. Values may be anything; empty ones are left out.
pub fn with_query<V: AsRef<str>>(path: &str, pairs: &[(&str, V)]) -> String {
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_ref()))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    match serde_urlencoded::to_string(pairs) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

/// An address that remembers where to go on to.
pub fn with_next(path: &str, next: Option<&str>) -> String {
    with_query(path, &[("next", next.unwrap_or_default())])
}

/// The page that asks for the second factor and leads back to `here`.
pub fn second_factor_path(here: &str) -> String {
    with_next("/second-factor", local_path(here))
}

/// The sign-in page that leads back to `here`.
pub fn sign_in_path(here: &str) -> String {
    with_next("/login", local_path(here).filter(|here| *here != "/"))
}

/// Where to go on to after a form: a path of this site and nothing else.
pub fn local_path(wanted: &str) -> Option<&str> {
    (is_local(wanted) && wanted.len() < 500).then_some(wanted)
}

/// Whether browsers take this for a path of this site.
pub fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(|c| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for (wanted, is_local) in [
            ("/studies?child=1", true),
            ("/", true),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
            ("studies", false),
            ("/a\nb", false),
            ("/\t/evil.example", false),
            ("", false),
        ] {
            assert_eq!(local_path(wanted).is_some(), is_local, "{wanted:?}");
        }
    }

    #[test]
    fn a_query_holds_what_is_not_empty() {
        let pairs = [("a", "x & y"), ("b", ""), ("c", "/d")];
        assert_eq!(with_query("/e", &pairs), "/e?a=x+%26+y&c=%2Fd");
        assert_eq!(with_query("/e", &[("b", "")]), "/e");
    }
}

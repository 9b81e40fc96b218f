//! A posted form: what was typed, and what was wrong with it.

use domain::error::Violation;

/// Pairs of a posted form, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form body. Bytes that are no UTF-8 become replacement characters, which no field
    /// accepts silently.
    pub fn parse(body: &[u8]) -> Self {
        Self(serde_urlencoded::from_bytes(body).unwrap_or_default())
    }

    /// A form filled by us.
    pub fn of(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// Adds a value.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// First value of a field; empty when there is none.
    pub fn text(&self, name: &str) -> String {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Whether a field has this value among others.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.0
            .iter()
            .any(|(field, set)| field == name && set == value)
    }

    /// The form without a field, such as a password that is not sent back.
    pub fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|(field, _)| !names.contains(&field.as_str()));
        self
    }
}

/// A form on its way to the page: typed values and faults. Provided as context when a post is
/// answered by its page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormState {
    /// What was typed.
    pub form: Form,
    /// What is wrong.
    pub violations: Vec<Violation>,
    /// A reason that belongs to no field.
    pub message: Option<String>,
}

impl FormState {
    /// First message at a field.
    pub fn error(&self, name: &str) -> Option<String> {
        self.violations
            .iter()
            .find(|violation| violation.field == name)
            .map(|violation| violation.message.clone())
    }

    /// Whether this is a second look at a refused form.
    pub fn is_refused(&self) -> bool {
        !self.violations.is_empty() || self.message.is_some()
    }
}

/// Where to go after signing in: a path of this site and nothing else.
pub fn local_path(wanted: &str) -> Option<&str> {
    let is_local = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains('\\')
        && !wanted.chars().any(|c| c.is_control() || c.is_whitespace())
        && wanted.len() < 500;
    is_local.then_some(wanted)
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
    fn forms_keep_repeated_fields() {
        let form = Form::parse(b"a=1&b=x+y&a=2&bad=%ff");
        assert_eq!(form.all("a"), ["1", "2"]);
        assert_eq!(form.text("b"), "x y");
        assert!(form.has("a", "2") && !form.has("a", "3"));
        assert_eq!(form.without(&["a"]).all("a"), Vec::<String>::new());
    }
}

//! A posted form: what was typed, and what was wrong with it.

use std::borrow::Cow;

use domain::error::Violation;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::AppError;

/// Most fields of a form; a study's longest has a few hundred.
const MOST_FIELDS: usize = 2_000;

/// Names and values of a form, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form body, up to one field more than [`Form::check_size`] accepts. Bytes that are
    /// not UTF-8 become replacement characters, which no field accepts silently. NUL is left out:
    /// no keyboard has it, and PostgreSQL refuses it in texts.
    pub fn parse(body: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(body).take(MOST_FIELDS + 1);
        let text = |text: Cow<str>| text.replace('\0', "");
        Self(
            pairs
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
        )
    }

    /// Refuses a form with too many fields, or with more than `most` bytes of names and values,
    /// where the longest field is named.
    pub fn check_size(&self, most: usize) -> Result<(), AppError> {
        if self.0.len() > MOST_FIELDS {
            let words = format!("A form can't have more than {MOST_FIELDS} fields.");
            return Err(AppError::Conflict(words));
        }
        let size = |(name, value): &(String, String)| name.len() + value.len();
        if self.0.iter().map(size).sum::<usize>() <= most {
            return Ok(());
        }
        let longest = self.0.iter().max_by_key(|pair| size(pair));
        let field = longest.map(|(name, _)| name.clone()).unwrap_or_default();
        Err(AppError::Invalid(vec![Violation {
            field,
            code: "too_long".to_owned(),
            message: AppError::too_large(most),
        }]))
    }

    /// A form that we fill in.
    pub fn of(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// A form filled with the members of a flat struct; a list becomes a repeated field.
    pub fn fill(values: &impl Serialize) -> Self {
        let body = serde_html_form::to_string(values).unwrap_or_default();
        Self::parse(body.as_bytes())
    }

    /// The struct that [`Form::fill`] would make this form of. Unknown fields are ignored; a text
    /// that comes twice is not a form of ours.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, AppError> {
        serde_urlencoded::to_string(&self.0)
            .ok()
            .and_then(|body| serde_html_form::from_str(&body).ok())
            .ok_or_else(|| {
                let words = "We could not read this form. Please load the page again.".to_owned();
                AppError::Conflict(words)
            })
    }

    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// Gives a field this one value.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(field, _)| field != name);
        self.push(name, value);
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

    /// The form without some fields, such as a password that is not sent back.
    pub fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|(field, _)| !names.contains(&field.as_str()));
        self
    }
}

/// A form on its way to the page: what was typed and what was refused. Provided as context when a
/// post is answered by its page.
///
/// A page may have several forms, so the state knows which one was posted: [`FormState::of`] and
/// [`FormState::of_one`] give each form what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormState {
    /// Where the refused form was posted to; empty if there is none.
    pub action: String,
    pub form: Form,
    pub violations: Vec<Violation>,
    /// A reason that belongs to no field.
    pub message: Option<String>,
}

impl FormState {
    /// A form that nobody has posted yet.
    pub fn fresh(form: Form) -> Self {
        Self {
            form,
            ..Self::default()
        }
    }

    /// The state of the form that posts to `action`: as it was typed if that form was refused, else
    /// filled with what is stored.
    pub fn of(&self, action: &str, stored: Form) -> Self {
        if self.is_refused() && self.action == action {
            self.clone()
        } else {
            Self::fresh(stored)
        }
    }

    /// The state of one of several empty forms that post to the same address and are told apart by
    /// the value of a field.
    pub fn of_one(&self, action: &str, field: &str, value: &str) -> Self {
        if self.form.has(field, value) {
            self.of(action, Form::default())
        } else {
            Self::default()
        }
    }

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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Pet {
        name: String,
        foods: Vec<String>,
    }

    #[test]
    fn forms_keep_repeated_fields() {
        let form = Form::parse(b"a=1&b=x+y&a=2&bad=%ff");
        assert_eq!(form.all("a"), ["1", "2"]);
        assert_eq!(form.text("b"), "x y");
        assert!(form.has("a", "2") && !form.has("a", "3"));
        assert_eq!(form.without(&["a"]).all("a"), Vec::<String>::new());
    }

    #[test]
    fn forms_leave_out_what_no_keyboard_has() {
        let form = Form::parse(b"a%00b=c%00d&e=%01");
        assert_eq!(form.text("ab"), "cd");
        assert_eq!(form.text("e"), "\u{1}");
    }

    #[test]
    fn a_form_has_so_many_fields_and_so_many_characters() {
        let fields = |number: usize| Form::parse("a=1&".repeat(number).as_bytes());
        assert!(fields(MOST_FIELDS).check_size(usize::MAX).is_ok());
        let refused = fields(MOST_FIELDS + 1).check_size(usize::MAX);
        assert!(matches!(refused, Err(AppError::Conflict(_))));
        assert_eq!(
            fields(100_000).0.len(),
            MOST_FIELDS + 1,
            "the rest is not read"
        );
        let long = Form::parse(b"short=1&long=0123456789&a=1");
        assert!(long.check_size(22).is_ok());
        match long.check_size(21) {
            Err(AppError::Invalid(violations)) => assert_eq!(violations[0].field, "long"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_struct_fills_a_form_and_is_read_back() {
        for foods in [
            vec![],
            vec!["fish".to_owned()],
            vec!["fish".into(), "a & b".into()],
        ] {
            let pet = Pet {
                name: "Mika =\n1".to_owned(),
                foods,
            };
            let mut form = Form::fill(&pet);
            assert_eq!(form.all("foods"), pet.foods);
            form.push("next", "/studies");
            assert_eq!(form.read::<Pet>().unwrap(), pet);
        }
        let nothing = Form::default().read::<Pet>().unwrap();
        assert_eq!(nothing, Pet::default());
        assert!(Form::parse(b"name=a&name=b").read::<Pet>().is_err());
    }

    #[test]
    fn a_refused_form_is_shown_again_at_its_own_place_only() {
        let refused = FormState {
            action: "/pets".to_owned(),
            form: Form::parse(b"name=Mika&act=feed"),
            message: Some("Not now.".to_owned()),
            ..FormState::default()
        };
        let stored = || Form::of([("name", "Bo".to_owned())]);
        assert_eq!(refused.of("/pets", stored()).form.text("name"), "Mika");
        assert_eq!(refused.of("/owners", stored()).form.text("name"), "Bo");
        assert!(refused.of_one("/pets", "act", "feed").is_refused());
        assert!(!refused.of_one("/pets", "act", "wash").is_refused());
        let fresh = FormState::default();
        assert_eq!(fresh.of("", stored()).form.text("name"), "Bo");
    }
}

//! What a family answers on the exit survey, and what of it is stored.

use protocol::Frame;
use serde_json::{Map, Value};

use crate::kit::members::flag;

/// Members that the exit survey stores of its own; the server puts the second in the place of the
/// first.
const MEMBERS: [&str; 6] = [
    "birthDate",
    "birthDateDifference",
    "databraryShare",
    "useOfMedia",
    "withdrawal",
    "feedback",
];

/// The members of the exit survey among a frame's data, for saving them again after a reload.
pub fn stored(data: Map<String, Value>) -> Map<String, Value> {
    data.into_iter()
        .filter(|(name, _)| MEMBERS.contains(&name.as_str()))
        .collect()
}

/// What the exit survey stores. A member exists only if it was answered or, for the last two,
/// touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// `YYYY-MM-DD`.
    pub birth_date: String,
    /// `yes`, `no` or `NA`.
    pub databrary: Option<String>,
    /// `private`, `scientific` or `public`.
    pub use_of_media: Option<String>,
    /// Whether recordings are withdrawn, once the box was touched.
    pub withdrawal: Option<bool>,
    /// Comment, once the field was touched.
    pub feedback: Option<String>,
}

impl Answers {
    /// The empty form. Questions that the frame does not ask are answered by the most protective
    /// answer.
    pub fn begin(frame: &Frame) -> Self {
        Self {
            databrary: (!flag(&frame.members, "showDatabraryOptions", true))
                .then(|| "NA".to_owned()),
            use_of_media: flag(&frame.members, "privateLevelOnly", false)
                .then(|| "private".to_owned()),
            ..Self::default()
        }
    }

    /// What is wrong, by the name of the field.
    pub fn check(&self) -> Vec<(&'static str, &'static str)> {
        let is_withdrawn = self.withdrawal == Some(true);
        let mut faults = Vec::new();
        if self.birth_date.parse::<chrono::NaiveDate>().is_err() {
            faults.push((
                "birthDate",
                "Please enter your child\u{2019}s birthday once more. It shows us if the wrong \
                 child was chosen.",
            ));
        }
        if self.databrary.is_none() && !is_withdrawn {
            faults.push(("databraryShare", "Please choose one."));
        }
        if self.use_of_media.is_none() && !is_withdrawn {
            faults.push(("useOfMedia", "Please choose one."));
        }
        faults
    }

    /// What is stored. The birthday is written as midnight UTC of the day itself: local midnight
    /// is the day before for families east of Greenwich.
    pub fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        add(
            "birthDate",
            (!self.birth_date.is_empty())
                .then(|| Value::from(format!("{}T00:00:00.000Z", self.birth_date))),
        );
        add("databraryShare", self.databrary.clone().map(Value::from));
        add("useOfMedia", self.use_of_media.clone().map(Value::from));
        add("withdrawal", self.withdrawal.map(Value::from));
        add("feedback", self.feedback.clone().map(Value::from));
        members
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stage::tests::{frame, object};

    #[test]
    fn the_exit_survey_stores_what_was_answered_and_nothing_else() {
        let full = Answers {
            birth_date: "2022-02-03".into(),
            databrary: Some("yes".into()),
            use_of_media: Some("public".into()),
            withdrawal: None,
            feedback: Some("All fine.".into()),
        };
        assert_eq!(
            serde_json::to_string(&full.members()).unwrap(),
            concat!(
                r#"{"birthDate":"2022-02-03T00:00:00.000Z","databraryShare":"yes","#,
                r#""useOfMedia":"public","feedback":"All fine."}"#
            )
        );
        assert_eq!(full.check(), []);
        let withdrawn = Answers {
            birth_date: "2022-02-03".into(),
            withdrawal: Some(true),
            ..Answers::default()
        };
        assert_eq!(
            serde_json::to_string(&withdrawn.members()).unwrap(),
            r#"{"birthDate":"2022-02-03T00:00:00.000Z","withdrawal":true}"#
        );
        assert_eq!(withdrawn.check(), []);
        assert_eq!(Answers::default().check().len(), 3);
        assert_eq!(
            Answers {
                withdrawal: Some(false),
                birth_date: "31.2.2022".into(),
                ..Answers::default()
            }
            .check()
            .len(),
            3
        );
    }

    #[test]
    fn what_is_not_asked_has_the_most_protective_answer() {
        let asked = Answers::begin(&frame(json!({})));
        assert_eq!((asked.databrary, asked.use_of_media), (None, None));
        let silent = Answers::begin(&frame(
            json!({"showDatabraryOptions": false, "privateLevelOnly": true}),
        ));
        assert_eq!(silent.databrary.as_deref(), Some("NA"));
        assert_eq!(silent.use_of_media.as_deref(), Some("private"));
    }

    #[test]
    fn only_own_members_are_saved_again() {
        let data = json!({"feedback": "Fun", "frameType": "EXIT", "birthDateDifference": 2});
        assert_eq!(
            Value::Object(stored(object(data))),
            json!({"feedback": "Fun", "birthDateDifference": 2})
        );
    }
}

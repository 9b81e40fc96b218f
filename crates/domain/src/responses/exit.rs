//! What a family decided in the exit survey at the end of a response.

use chrono::NaiveDate;
use serde_json::{Map, Value};

/// Choices from the last exit frame of a response. Absence means the most protective answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExitAnswers {
    /// Whether the family withdrew its recordings.
    pub is_withdrawn: bool,
    /// `yes`, `no` or `NA`, as answered.
    pub databrary: Option<String>,
    /// `private`, `scientific` or `public`, as answered.
    pub video_privacy: Option<String>,
    /// What the family wrote to the researchers; may be empty.
    pub feedback: String,
    /// Days from the registered birthday to the one given on the exit survey; positive when the
    /// latter is later.
    pub birthday_difference: Option<i64>,
}

impl ExitAnswers {
    /// Reads the data of all frames in the order of the response; the last one of type `EXIT`
    /// counts.
    pub fn read<'a>(frames: impl IntoIterator<Item = &'a Map<String, Value>>) -> Option<Self> {
        let exit = frames
            .into_iter()
            .filter(|data| data.get("frameType").and_then(Value::as_str) == Some("EXIT"))
            .last()?;
        let text = |name: &str| exit.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            is_withdrawn: exit
                .get("withdrawal")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            databrary: text("databraryShare"),
            video_privacy: text("useOfMedia"),
            feedback: text("feedback").unwrap_or_default(),
            birthday_difference: exit.get(DIFFERENCE).and_then(Value::as_i64),
        })
    }
}

/// The member in which the exit survey sends the birthday, and what is stored in its place.
const BIRTHDAY: &str = "birthDate";
const DIFFERENCE: &str = "birthDateDifference";

/// The members among which the exit survey's birthday may stand: those of a frame, and the
/// `response` of a jsPsych trial.
fn places(data: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let response = data.get("response").and_then(Value::as_object);
    std::iter::once(data).chain(response)
}

/// Whether a frame's data tell a birthday, whatever type its frame gives itself.
pub fn has_birthday(data: &Map<String, Value>) -> bool {
    places(data).any(|members| members.contains_key(BIRTHDAY))
}

/// Puts the difference in days to the registered birthday in the place of the one that was given,
/// so that what is stored identifies nobody. What is no date goes.
pub fn hide_birthday(data: &mut Map<String, Value>, registered: NaiveDate) {
    replace(data, registered);
    if let Some(Value::Object(response)) = data.get_mut("response") {
        replace(response, registered);
    }
}

fn replace(members: &mut Map<String, Value>, registered: NaiveDate) {
    let Some(given) = members.get(BIRTHDAY) else {
        return;
    };
    let day = given.as_str().and_then(|stamp| stamp.get(..10));
    let day = day.and_then(|day| day.parse::<NaiveDate>().ok());
    let difference = day.map(|day| (day - registered).num_days());
    let replaced = std::mem::take(members).into_iter();
    *members = replaced
        .filter_map(|(name, value)| match name.as_str() {
            BIRTHDAY => difference.map(|days| (DIFFERENCE.to_owned(), Value::from(days))),
            _ => Some((name, value)),
        })
        .collect();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_exit_frame_counts_and_others_do_not() {
        let frames = [
            json!({"frameType": "EXIT", "withdrawal": true}),
            json!({
                "frameType": "EXIT",
                "databraryShare": "yes",
                "useOfMedia": "public",
                "feedback": "Fun",
                "birthDateDifference": 2,
            }),
            json!({"frameType": "DEFAULT", "withdrawal": true}),
        ];
        let maps: Vec<_> = frames
            .iter()
            .map(|frame| frame.as_object().unwrap())
            .collect();
        let answers = ExitAnswers::read(maps).unwrap();
        assert!(!answers.is_withdrawn);
        assert_eq!(
            (
                answers.databrary.as_deref(),
                answers.video_privacy.as_deref(),
                answers.feedback.as_str()
            ),
            (Some("yes"), Some("public"), "Fun")
        );
        assert_eq!(answers.birthday_difference, Some(2));
        assert_eq!(ExitAnswers::read([]), None);
    }

    #[test]
    fn a_birthday_becomes_a_number_of_days_wherever_it_stands() {
        let registered: NaiveDate = "2022-02-01".parse().unwrap();
        let hidden = |data: Value| {
            let mut data = data.as_object().unwrap().clone();
            assert!(has_birthday(&data));
            hide_birthday(&mut data, registered);
            assert!(!has_birthday(&data));
            serde_json::to_string(&data).unwrap()
        };
        let given = "2022-02-03T05:00:00.000Z";
        assert_eq!(
            hidden(json!({"a": 1, "birthDate": given, "frameType": "DEFAULT"})),
            r#"{"a":1,"birthDateDifference":2,"frameType":"DEFAULT"}"#,
            "in the same place"
        );
        assert_eq!(
            hidden(json!({"response": {"birthDate": "2022-01-31", "b": 1}})),
            r#"{"response":{"birthDateDifference":-1,"b":1}}"#
        );
        for nonsense in [json!("soon"), json!(7), json!("2022-02-0\u{e9}")] {
            assert_eq!(hidden(json!({"birthDate": nonsense})), "{}");
        }
        assert!(!has_birthday(
            json!({"formData": {"birthDate": given}})
                .as_object()
                .unwrap()
        ));
    }
}

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
    /// Birthday as given on the exit survey.
    pub birthday: Option<NaiveDate>,
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
            birthday: text("birthDate").and_then(|stamp| stamp.get(..10)?.parse().ok()),
        })
    }

    /// Days from the registered birthday to the one given at the end; positive when the latter is
    /// later.
    pub fn birthday_difference(&self, registered: NaiveDate) -> Option<i64> {
        self.birthday.map(|given| (given - registered).num_days())
    }
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
                "birthDate": "2022-02-03T05:00:00.000Z",
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
        assert_eq!(
            answers.birthday_difference("2022-02-01".parse().unwrap()),
            Some(2)
        );
        assert_eq!(ExitAnswers::read([]), None);
    }
}

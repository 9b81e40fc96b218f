//! The data that a frame stores: exact shapes of `protocol.md` §23.

use serde_json::{Map, Value};

/// Puts a frame's data together: what its kind stores first, the common members after it, as
/// published data has them.
pub fn frame_data(
    own: Map<String, Value>,
    events: &[Value],
    frame_type: &str,
    duration_seconds: f64,
) -> Map<String, Value> {
    let mut data = own;
    data.insert("generatedProperties".to_owned(), Value::Null);
    data.insert("eventTimings".to_owned(), Value::Array(events.to_vec()));
    data.insert("frameType".to_owned(), Value::from(frame_type));
    data.insert(
        "frameDuration".to_owned(),
        serde_json::Number::from_f64((duration_seconds * 1000.0).round() / 1000.0)
            .map_or(Value::Null, Value::Number),
    );
    data
}

/// An event inside a frame.
pub fn event(kind: &str, name: &str, timestamp: &str) -> Value {
    Value::Object(Map::from_iter([
        (
            "eventType".to_owned(),
            Value::from(format!("{kind}:{name}")),
        ),
        ("timestamp".to_owned(), Value::from(timestamp)),
    ]))
}

/// The event of leaving early (§21.2). `last_page` counts from 1 when somebody chose to stop, and
/// is the index when the window was left; analyses know that (Q21).
pub fn exit_early(exit_type: &str, last_page: usize, timestamp: &str) -> Map<String, Value> {
    Map::from_iter([
        ("eventType".to_owned(), Value::from("exitEarly")),
        ("timestamp".to_owned(), Value::from(timestamp)),
        ("exitType".to_owned(), Value::from(exit_type)),
        ("lastPageSeen".to_owned(), Value::from(last_page)),
    ])
}

/// What the exit survey stores. A member exists only if it was answered or, for the last two,
/// touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExitSurvey {
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

impl ExitSurvey {
    /// Faults by field.
    pub fn check(&self) -> Vec<(&'static str, &'static str)> {
        let is_withdrawn = self.withdrawal == Some(true);
        let mut faults = Vec::new();
        if self.birth_date.parse::<chrono::NaiveDate>().is_err() {
            faults.push((
                "birthDate",
                "Please enter the birthday once more, so that a wrong child can be noticed.",
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

    /// The stored members. The birthday is written as midnight UTC of the day itself: the
    /// original's local midnight was the day before for families east of Greenwich (Q20).
    pub fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        put(
            "birthDate",
            (!self.birth_date.is_empty())
                .then(|| Value::from(format!("{}T00:00:00.000Z", self.birth_date))),
        );
        put("databraryShare", self.databrary.clone().map(Value::from));
        put("useOfMedia", self.use_of_media.clone().map(Value::from));
        put("withdrawal", self.withdrawal.map(Value::from));
        put("feedback", self.feedback.clone().map(Value::from));
        members
    }
}

/// The exit address with the members that tell the site who comes (`protocol.md` §21.1).
pub fn exit_address(address: &str, child: &str, response: &str) -> String {
    let (before, fragment) = address
        .split_once('#')
        .map_or((address, None), |(before, fragment)| {
            (before, Some(fragment))
        });
    let (path, query) = before.split_once('?').unwrap_or((before, ""));
    let is_ours = |pair: &str| matches!(pair.split('=').next(), Some("child" | "response"));
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_ours(pair))
        .map(str::to_owned)
        .collect();
    pairs.push(format!("child={child}"));
    pairs.push(format!("response={response}"));
    let fragment = fragment
        .map(|fragment| format!("#{fragment}"))
        .unwrap_or_default();
    format!("{path}?{}{fragment}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_stand_in_the_published_order() {
        let own = Map::from_iter([("formData".to_owned(), json!({"q": 1}))]);
        let data = frame_data(
            own,
            &[event(
                "exp-lookit-survey",
                "nextFrame",
                "2026-11-24T10:00:00.000Z",
            )],
            "DEFAULT",
            3.461_234,
        );
        assert_eq!(
            serde_json::to_string(&data).unwrap(),
            r#"{"formData":{"q":1},"generatedProperties":null,"eventTimings":[{"eventType":"exp-lookit-survey:nextFrame","timestamp":"2026-11-24T10:00:00.000Z"}],"frameType":"DEFAULT","frameDuration":3.461}"#
        );
    }

    #[test]
    fn leaving_early_has_the_published_members() {
        let event = exit_early("manualInterrupt", 2, "2026-11-24T10:00:00.000Z");
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            r#"{"eventType":"exitEarly","timestamp":"2026-11-24T10:00:00.000Z","exitType":"manualInterrupt","lastPageSeen":2}"#
        );
    }

    #[test]
    fn the_exit_survey_stores_what_was_answered_and_nothing_else() {
        let full = ExitSurvey {
            birth_date: "2022-02-03".into(),
            databrary: Some("yes".into()),
            use_of_media: Some("public".into()),
            withdrawal: None,
            feedback: Some("All fine.".into()),
        };
        assert_eq!(
            serde_json::to_string(&full.members()).unwrap(),
            r#"{"birthDate":"2022-02-03T00:00:00.000Z","databraryShare":"yes","useOfMedia":"public","feedback":"All fine."}"#
        );
        assert_eq!(full.check(), []);
        let withdrawn = ExitSurvey {
            birth_date: "2022-02-03".into(),
            withdrawal: Some(true),
            ..ExitSurvey::default()
        };
        assert_eq!(
            serde_json::to_string(&withdrawn.members()).unwrap(),
            r#"{"birthDate":"2022-02-03T00:00:00.000Z","withdrawal":true}"#
        );
        assert_eq!(withdrawn.check(), []);
        assert_eq!(ExitSurvey::default().check().len(), 3);
        assert_eq!(
            ExitSurvey {
                withdrawal: Some(false),
                birth_date: "31.2.2022".into(),
                ..ExitSurvey::default()
            }
            .check()
            .len(),
            3
        );
    }

    #[test]
    fn exit_addresses_keep_what_they_had() {
        assert_eq!(
            exit_address("https://example.org/studies/history", "2Y7W5d", "r"),
            "https://example.org/studies/history?child=2Y7W5d&response=r"
        );
        assert_eq!(
            exit_address("https://example.org/x?a=1&child=old&b=2#end", "c", "r"),
            "https://example.org/x?a=1&b=2&child=c&response=r#end"
        );
    }
}

//! The data that every frame stores, and where a family goes at the end: shapes that published
//! data sets have and analyses rely on.

use serde_json::{Map, Value};

/// Puts a frame's data together: what its kind stores first, the common members after it, as
/// published data has them.
pub fn frame_data(
    members: Map<String, Value>,
    events: &[Value],
    frame_type: &str,
    duration_seconds: f64,
) -> Map<String, Value> {
    let mut data = members;
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

/// An event inside a frame of the given kind.
pub fn event(kind: &str, name: &str, timestamp: &str) -> Value {
    Value::Object(Map::from_iter([
        (
            "eventType".to_owned(),
            Value::from(format!("{kind}:{name}")),
        ),
        ("timestamp".to_owned(), Value::from(timestamp)),
    ]))
}

/// The event of leaving early. `last_page` counts from 1 when somebody chose to stop, and is the
/// index when the window was left; analyses know that.
pub fn exit_early(exit_type: &str, last_page: usize, timestamp: &str) -> Map<String, Value> {
    Map::from_iter([
        ("eventType".to_owned(), Value::from("exitEarly")),
        ("timestamp".to_owned(), Value::from(timestamp)),
        ("exitType".to_owned(), Value::from(exit_type)),
        ("lastPageSeen".to_owned(), Value::from(last_page)),
    ])
}

/// The exit address with the members that tell the lab's site who comes.
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
            concat!(
                r#"{"formData":{"q":1},"generatedProperties":null,"#,
                r#""eventTimings":[{"eventType":"exp-lookit-survey:nextFrame","#,
                r#""timestamp":"2026-11-24T10:00:00.000Z"}],"#,
                r#""frameType":"DEFAULT","frameDuration":3.461}"#
            )
        );
    }

    #[test]
    fn leaving_early_has_the_published_members() {
        let event = exit_early("manualInterrupt", 2, "2026-11-24T10:00:00.000Z");
        assert_eq!(
            serde_json::to_string(&event).unwrap(),
            concat!(
                r#"{"eventType":"exitEarly","timestamp":"2026-11-24T10:00:00.000Z","#,
                r#""exitType":"manualInterrupt","lastPageSeen":2}"#
            )
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

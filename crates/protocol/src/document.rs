//! The parsed protocol: named frame definitions and the order in which they are used.

use serde_json::{Map, Value};

use crate::fault::Fault;

/// A protocol that has the outer form of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Nickname to definition: a frame, a group or a randomizer.
    pub frames: Map<String, Value>,
    /// Nicknames in the order in which the study uses them; one may occur twice.
    pub sequence: Vec<String>,
    /// Names of members that mean nothing, the first few of them.
    pub unknown: Vec<String>,
}

/// Members of a document. The classic site keeps the text that was typed in `exact_text`.
pub(crate) const MEMBERS: [&str; 3] = ["frames", "sequence", "exact_text"];
/// Most unknown members that are named.
const MOST_UNKNOWN: usize = 20;

impl Document {
    /// Largest text that is read, in bytes.
    pub const LARGEST: usize = 4 << 20;
    /// Most values in it: each takes twenty times the memory of the two bytes that it may have as
    /// text.
    pub const MOST_VALUES: usize = 500_000;

    /// Reads the text that a researcher wrote.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > Self::LARGEST {
            return Err(Fault::new(
                "",
                format!("the protocol has {} bytes", text.len()),
                format!(
                    "Keep it below {} bytes: move long texts and media to files.",
                    Self::LARGEST
                ),
            ));
        }
        // Every value but the outermost follows one of these; a few more of them stand in texts.
        let values = text.bytes().filter(|byte| b"[{,".contains(byte)).count();
        if values > Self::MOST_VALUES {
            return Err(Fault::new(
                "",
                format!("the protocol has more than {} values", Self::MOST_VALUES),
                "Use parameters and groups instead of writing the same again and again.",
            ));
        }
        match serde_json::from_str(text) {
            Ok(value) => Self::from_value(value),
            Err(error) => Err(without_braces(text).unwrap_or_else(|| not_json(&error))),
        }
    }

    /// Reads a protocol that is JSON already.
    pub fn from_value(value: Value) -> Result<Self, Fault> {
        let Value::Object(mut members) = value else {
            return Err(Fault::new(
                "",
                "the protocol is not an object",
                "Write an object with the members \"frames\" and \"sequence\".",
            ));
        };
        if members.contains_key("kind") && !members.contains_key("frames") {
            return Err(Fault::new(
                "",
                "this is one frame, not a protocol",
                "Put it into an object \"frames\" under a name, and list that name in \
                 \"sequence\".",
            ));
        }
        let is_known = |name: &&String| MEMBERS.contains(&name.as_str());
        let unknown = members.keys().filter(|name| !is_known(name));
        Ok(Self {
            unknown: unknown.take(MOST_UNKNOWN).cloned().collect(),
            frames: frames(members.shift_remove("frames"))?,
            sequence: sequence(members.shift_remove("sequence"))?,
        })
    }
}

/// The fault of a text that is the inside of an object, as examples in tutorials are.
fn without_braces(text: &str) -> Option<Fault> {
    if !text.trim_start().starts_with('"') {
        return None;
    }
    serde_json::from_str::<Map<String, Value>>(&format!("{{{text}}}")).ok()?;
    Some(Fault::new(
        "line 1, column 1",
        "the outer braces are missing",
        "Write { in front of everything and } behind it. A protocol has the members \"frames\" \
         and \"sequence\".",
    ))
}

fn not_json(error: &serde_json::Error) -> Fault {
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    Fault::new(
        format!("line {}, column {}", error.line(), error.column()),
        format!("this is not valid JSON: {reason}"),
        "Look just before this place for a missing comma, quotation mark or bracket, \
         or for an extra comma.",
    )
}

fn frames(member: Option<Value>) -> Result<Map<String, Value>, Fault> {
    match member {
        Some(Value::Object(frames)) => Ok(frames),
        Some(_) => Err(Fault::new(
            "frames",
            "\u{201c}frames\u{201d} is not an object",
            "Write an object that gives each frame a name.",
        )),
        None => Err(Fault::new(
            "frames",
            "\u{201c}frames\u{201d} is missing",
            "Add a member \"frames\" with your frame definitions by name.",
        )),
    }
}

fn sequence(member: Option<Value>) -> Result<Vec<String>, Fault> {
    match member {
        Some(Value::Array(entries)) => entries
            .into_iter()
            .enumerate()
            .map(|(index, entry)| match entry {
                Value::String(nickname) => Ok(nickname),
                _ => Err(Fault::new(
                    format!("sequence[{index}]"),
                    "this entry is not text",
                    "Write the name of a frame from \"frames\", in quotation marks.",
                )),
            })
            .collect(),
        Some(_) => Err(Fault::new(
            "sequence",
            "\u{201c}sequence\u{201d} is not a list",
            "Write a list of names from \"frames\".",
        )),
        None => Err(Fault::new(
            "sequence",
            "\u{201c}sequence\u{201d} is missing",
            "Add a member \"sequence\" that lists names from \"frames\" \
             in the order of the study.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn faults_have_a_place_and_a_remedy() {
        for (text, path) in [
            (
                "{\n \"frames\": {},\n \"sequence\": [,]\n}",
                "line 3, column 15",
            ),
            ("[]", ""),
            ("{}", "frames"),
            (r#"{"frames": []}"#, "frames"),
            (r#"{"frames": {}}"#, "sequence"),
            (r#"{"frames": {}, "sequence": {}}"#, "sequence"),
            (r#"{"frames": {}, "sequence": ["a", 1]}"#, "sequence[1]"),
        ] {
            let fault = Document::parse(text).unwrap_err();
            assert_eq!(fault.path, path, "{text}");
            assert!(!fault.remedy.is_empty() && !fault.message.is_empty());
        }
        assert!(Document::parse(&"[".repeat(100_000)).is_err());
        assert!(
            Document::parse(&format!("\"{}\"", "x".repeat(Document::LARGEST)))
                .unwrap_err()
                .message
                .contains("bytes")
        );
    }

    #[test]
    fn pieces_of_protocols_are_recognised() {
        let fault = |text: &str| Document::parse(text).unwrap_err();
        let inside = fault(r#" "frames": {}, "sequence": []"#);
        assert_eq!(inside.message, "the outer braces are missing");
        assert_eq!(fault("\"frames\"").message, "the protocol is not an object");
        assert!(fault(r#""frames": {"#).message.contains("not valid JSON"));
        let frame = fault(r#"{"kind": "exp-lookit-text", "blocks": []}"#);
        assert!(frame.message.contains("one frame") && frame.remedy.contains("frames"));
    }

    #[test]
    fn many_small_values_are_refused_before_they_are_read() {
        let zeros = "0,".repeat(Document::MOST_VALUES);
        let fault = Document::parse(&format!("[{zeros}0]")).unwrap_err();
        assert!(fault.message.contains("values"), "{fault}");
        let prose = "Yes, it is. ".repeat(100_000);
        let text = json!({"frames": {"a": prose}, "sequence": []}).to_string();
        assert!(Document::parse(&text).is_ok());
    }

    #[test]
    fn unknown_members_are_remembered() {
        let text = r#"{"frame": 1, "frames": {}, "exact_text": "", "sequence": [], "x": 2}"#;
        assert_eq!(Document::parse(text).unwrap().unknown, ["frame", "x"]);
    }

    #[test]
    fn numbers_are_kept_as_they_are_written() {
        let text = r#"{"f":{"n":[19.490000000000002,0.1,1e-7,5e-324,123456789.12345679]}}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let numbers = value["f"]["n"].as_array().unwrap();
        assert_eq!(numbers[0].to_string(), "19.490000000000002");
        for number in numbers {
            let again: Value = serde_json::from_str(&number.to_string()).unwrap();
            assert_eq!(again.as_f64(), number.as_f64());
        }
        assert_eq!(
            numbers[0].as_f64(),
            Some("19.490000000000002".parse().unwrap())
        );
    }

    #[test]
    fn members_keep_their_order() {
        let document = Document::parse(
            r#"{"sequence": ["b"], "exact_text": "", "frames": {"b": {"z": 1, "a": 2}, "a": {}}}"#,
        )
        .unwrap();
        assert_eq!(document.frames.keys().collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(
            serde_json::to_string(&document.frames["b"]).unwrap(),
            r#"{"z":1,"a":2}"#
        );
    }
}

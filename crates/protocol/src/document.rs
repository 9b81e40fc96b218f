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
}

impl Document {
    /// Largest text that is read, in bytes.
    pub const LARGEST: usize = 4 << 20;

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
        let value: Value = serde_json::from_str(text).map_err(|error| not_json(&error))?;
        Self::from_value(value)
    }

    /// Reads a protocol that is JSON already. Members other than `frames` and `sequence` have no
    /// meaning.
    pub fn from_value(value: Value) -> Result<Self, Fault> {
        let Value::Object(mut members) = value else {
            return Err(Fault::new(
                "",
                "the protocol is not an object",
                "Write an object with the members \"frames\" and \"sequence\".",
            ));
        };
        Ok(Self {
            frames: frames(members.shift_remove("frames"))?,
            sequence: sequence(members.shift_remove("sequence"))?,
        })
    }
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

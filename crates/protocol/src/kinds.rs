//! The kinds of frame and the members that each understands. What those of the exit survey and of
//! survey forms mean is in `docs/reference/`.

use serde_json::{Value, json};

/// What a member may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueShape {
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
    /// A number, not its text.
    Number,
    /// A list of objects, each a block of text, picture, sound or film.
    Blocks,
    /// An object, whatever its members.
    Object,
}

impl ValueShape {
    /// The shape in words that follow "should be".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Flag => "true or false",
            Self::Number => "a number",
            Self::Blocks => "a list of text blocks",
            Self::Object => "an object",
        }
    }

    /// Whether a value has the shape.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Number => value.is_number(),
            Self::Blocks => value
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_object)),
            Self::Object => value.is_object(),
        }
    }
}

/// One member of a kind of frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameMember {
    /// Name in the protocol.
    pub name: &'static str,
    /// What may stand there.
    pub shape: ValueShape,
    /// Whether the frame is pointless without it.
    pub is_required: bool,
    /// What it does, in words that a researcher reads while typing.
    pub meaning: &'static str,
}

/// A kind of frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameKind {
    /// Name in the protocol.
    pub name: &'static str,
    /// Its own members; `None` while our player can't show the kind yet.
    pub members: Option<&'static [FrameMember]>,
}

const fn member(name: &'static str, shape: ValueShape, meaning: &'static str) -> FrameMember {
    FrameMember {
        name,
        shape,
        is_required: false,
        meaning,
    }
}

const fn required(name: &'static str, shape: ValueShape, meaning: &'static str) -> FrameMember {
    FrameMember {
        name,
        shape,
        is_required: true,
        meaning,
    }
}

const fn planned(name: &'static str) -> FrameKind {
    FrameKind {
        name,
        members: None,
    }
}

/// Members that every kind understands.
pub const COMMON: &[FrameMember] = &[
    required("kind", ValueShape::Text, "the kind of frame"),
    member(
        "id",
        ValueShape::Text,
        "replaces the nickname in stored ids",
    ),
    member(
        "parameters",
        ValueShape::Object,
        "names that are replaced by values throughout the frame",
    ),
    member(
        "generateProperties",
        ValueShape::Text,
        "a function that makes members when the frame starts",
    ),
    member(
        "selectNextFrame",
        ValueShape::Text,
        "a function that chooses which frame comes next",
    ),
    member(
        "language",
        ValueShape::Text,
        "language of fixed texts from this frame on",
    ),
    member(
        "displayFullscreenOverride",
        ValueShape::Flag,
        "shows the frame in fullscreen even if its kind does not",
    ),
    member(
        "startSessionRecording",
        ValueShape::Flag,
        "begins a recording that lasts over several frames",
    ),
    member(
        "endSessionRecording",
        ValueShape::Flag,
        "ends that recording when the frame is left",
    ),
    member(
        "sessionMaxUploadSeconds",
        ValueShape::Number,
        "how long to wait for that recording's upload, in seconds",
    ),
    member("frameType", ValueShape::Text, "DEFAULT, CONSENT or EXIT"),
];

/// Kinds that the classic runner lost with its version 2, and what to use instead.
pub const REMOVED: &[(&str, &str)] = &[
    (
        "exp-lookit-composite-video-trial",
        "Use exp-lookit-video for the announcement, the intro and the test, and \
         exp-lookit-calibration between them.",
    ),
    (
        "exp-lookit-preferential-looking",
        "Use exp-lookit-video for the announcement and the intro, exp-lookit-calibration, and \
         exp-lookit-images-audio or exp-lookit-video for the test.",
    ),
    ("exp-lookit-story-page", "Use exp-lookit-images-audio."),
    ("exp-lookit-dialogue-page", "Use exp-lookit-images-audio."),
    (
        "exp-lookit-geometry-alternation",
        "Use exp-lookit-change-detection or exp-lookit-video.",
    ),
    (
        "exp-lookit-geometry-alternation-open",
        "Use exp-lookit-change-detection or exp-lookit-video.",
    ),
    ("exp-video-preview", "Use exp-lookit-stimuli-preview."),
    (
        "exp-video-preview-explanation",
        "Use exp-lookit-stimuli-preview.",
    ),
    (
        "exp-lookit-preview-explanation",
        "Use exp-lookit-stimuli-preview.",
    ),
];

/// Every kind that published protocols use; those with members are played.
pub const KINDS: &[FrameKind] = &[
    FrameKind {
        name: "exp-lookit-text",
        members: Some(&[
            member("blocks", ValueShape::Blocks, "what is shown"),
            member(
                "showPreviousButton",
                ValueShape::Flag,
                "whether families can go back; true if absent",
            ),
        ]),
    },
    FrameKind {
        name: "exp-lookit-instructions",
        members: Some(&[
            member(
                "blocks",
                ValueShape::Blocks,
                "what is shown, each block optionally with a sound or video",
            ),
            member(
                "showWebcam",
                ValueShape::Flag,
                "whether the family sees itself",
            ),
            member(
                "webcamBlocks",
                ValueShape::Blocks,
                "what is shown under the webcam",
            ),
            member(
                "showPreviousButton",
                ValueShape::Flag,
                "whether families can go back; true if absent",
            ),
            member(
                "nextButtonText",
                ValueShape::Text,
                "label of the button that leads to the next frame",
            ),
        ]),
    },
    FrameKind {
        name: "exp-lookit-survey",
        members: Some(&[
            required(
                "formSchema",
                ValueShape::Object,
                "the form: \"schema\", \"options\", \"view\", \"data\"",
            ),
            member(
                "showPreviousButton",
                ValueShape::Flag,
                "whether families can go back; true if absent",
            ),
            member(
                "nextButtonText",
                ValueShape::Text,
                "label of the button that leads to the next frame",
            ),
        ]),
    },
    FrameKind {
        name: "exp-lookit-exit-survey",
        members: Some(&[
            required(
                "debriefing",
                ValueShape::Object,
                "what is shown after the answers: \"title\", \"text\", \"image\", \"blocks\"",
            ),
            member(
                "showShareButton",
                ValueShape::Flag,
                "whether families are offered to share the study; true if absent",
            ),
            member(
                "showDatabraryOptions",
                ValueShape::Flag,
                "whether sharing on Databrary is asked; true if absent",
            ),
            member(
                "privateLevelOnly",
                ValueShape::Flag,
                "whether only the private level is offered",
            ),
            member(
                "includeWithdrawalExample",
                ValueShape::Flag,
                "whether withdrawing is explained by an example; true if absent",
            ),
            member(
                "additionalVideoPrivacyText",
                ValueShape::Text,
                "shown above the privacy levels",
            ),
        ]),
    },
    planned("exp-frame-select"),
    planned("exp-lookit-calibration"),
    planned("exp-lookit-change-detection"),
    planned("exp-lookit-iframe"),
    planned("exp-lookit-images-audio"),
    planned("exp-lookit-images-audio-infant-control"),
    planned("exp-lookit-instruction-video"),
    planned("exp-lookit-mood-questionnaire"),
    planned("exp-lookit-observation"),
    planned("exp-lookit-start-recording"),
    planned("exp-lookit-stimuli-preview"),
    planned("exp-lookit-stop-recording"),
    planned("exp-lookit-survey-consent"),
    planned("exp-lookit-video"),
    planned("exp-lookit-video-assent"),
    planned("exp-lookit-video-consent"),
    planned("exp-lookit-video-infant-control"),
    planned("exp-lookit-webcam-display"),
    planned("exp-video-config"),
    planned("exp-video-config-quality"),
];

/// The kind with this name in protocols; `None` where there is no such kind.
pub fn find(name: &str) -> Option<&'static FrameKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// All kinds with their members, for editors: `{"common": [member], "kinds": [{"name", "is_played",
/// "members": [member]}]}`, a member being `{"name", "shape", "is_required", "meaning"}`. It holds
/// no `<`, so that it can stand inside a page.
pub fn as_json() -> String {
    let member = |member: &FrameMember| {
        json!({
            "name": member.name,
            "shape": member.shape.label(),
            "is_required": member.is_required,
            "meaning": member.meaning,
        })
    };
    let members = |members: &[FrameMember]| members.iter().map(member).collect::<Vec<_>>();
    let kind = |kind: &FrameKind| {
        json!({
            "name": kind.name,
            "is_played": kind.members.is_some(),
            "members": members(kind.members.unwrap_or_default()),
        })
    };
    let kinds: Vec<Value> = KINDS.iter().map(kind).collect();
    json!({ "common": members(COMMON), "kinds": kinds })
        .to_string()
        .replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_published_kinds_are_known_once() {
        let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!((names.len(), KINDS.len()), (24, 24));
        assert_eq!(
            KINDS.iter().filter(|kind| kind.members.is_some()).count(),
            4
        );
    }

    #[test]
    fn removed_kinds_are_none_of_ours_and_lead_to_some_of_ours() {
        for (name, instead) in REMOVED {
            assert_eq!(find(name), None, "{name}");
            let words = instead.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let kinds: Vec<&str> = words.filter(|word| word.starts_with("exp-")).collect();
            assert!(!kinds.is_empty(), "{name}");
            assert!(kinds.iter().all(|kind| find(kind).is_some()), "{kinds:?}");
        }
    }
}

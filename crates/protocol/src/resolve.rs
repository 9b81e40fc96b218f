//! From a protocol to the flat list of frames that are shown.

use domain::responses::PastSession;
use serde_json::{Map, Value};

use crate::chance::Chance;
use crate::document::Document;
use crate::fault::Fault;

mod randomizers;
mod substitute;
#[cfg(test)]
mod tests;

use self::substitute::Substituter;

/// Deepest nesting of groups and randomizers.
const DEPTH: usize = 60;

/// A frame ready to be shown: a plain definition with its final id.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Position in the flat list and the researcher's id: `3-trial`.
    pub id: String,
    /// Name of its kind, which may be one that the player does not know.
    pub kind: String,
    /// All members of the definition, `kind` and the final `id` among them.
    pub members: Map<String, Value>,
    /// Path of its definition in the document.
    pub path: String,
}

/// What a protocol is resolved for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChildContext<'a> {
    /// The child's age in days, as a real number counted from midnight UTC of its birthday; `None`
    /// when not known.
    pub age_days: Option<f64>,
    /// Earlier responses of the child, most recently changed first.
    pub past_sessions: &'a [PastSession],
}

/// A protocol as it is played in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    /// What is shown, in this order.
    pub frames: Vec<Frame>,
    /// What randomizers chose: `<index in sequence>-<nickname>` to their choice.
    pub conditions: Map<String, Value>,
    /// Things that a researcher should know: a path and a sentence each.
    pub warnings: Vec<(String, String)>,
}

/// Resolves a protocol. All draws come from `chance`: the same seed gives the same list.
pub fn resolve(
    document: &Document,
    circumstances: ChildContext<'_>,
    chance: &mut Chance,
) -> Result<Resolution, Fault> {
    let mut resolver = Resolver {
        circumstances,
        chance,
        warnings: Vec::new(),
        depth: 0,
    };
    // Definitions are altered where they stand, so that a nickname used twice repeats the draws of
    // its parameters.
    let mut definitions = document.frames.clone();
    let mut flat = Vec::new();
    let mut conditions = Map::new();
    for (index, nickname) in document.sequence.iter().enumerate() {
        let Some(definition) = definitions.get_mut(nickname) else {
            let known = document
                .frames
                .keys()
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            return Err(Fault::new(
                format!("sequence[{index}]"),
                format!("there is no frame \u{201c}{nickname}\u{201d}"),
                format!("Define it in \"frames\", or use one of: {known}."),
            ));
        };
        let path = format!("frames.{nickname}");
        let Value::Object(definition) = definition else {
            return Err(Fault::new(
                path,
                "this frame is not an object",
                "Write an object with at least a \"kind\".",
            ));
        };
        let resolved = resolver.resolve(definition, Some(nickname), &path)?;
        flat.extend(resolved.frames);
        if let Some(choice) = resolved.choice {
            conditions.insert(format!("{index}-{nickname}"), choice);
        }
    }
    let frames = flat
        .into_iter()
        .enumerate()
        .map(|(position, (members, path))| number(position, members, &path))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Resolution {
        frames,
        conditions,
        warnings: resolver.warnings,
    })
}

/// Frames with the paths of their definitions, and what was chosen.
struct Resolved {
    frames: Vec<(Map<String, Value>, String)>,
    choice: Option<Value>,
}

struct Resolver<'a> {
    circumstances: ChildContext<'a>,
    chance: &'a mut Chance,
    warnings: Vec<(String, String)>,
    depth: usize,
}

impl Resolver<'_> {
    fn warn(&mut self, path: &str, message: &str) {
        self.warnings.push((path.to_owned(), message.to_owned()));
    }

    fn resolve(
        &mut self,
        definition: &mut Map<String, Value>,
        nickname: Option<&str>,
        path: &str,
    ) -> Result<Resolved, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::new(
                path,
                format!("groups and randomizers are nested more than {DEPTH} deep"),
                "Use fewer levels.",
            ));
        }
        match definition.get("parameters") {
            None | Some(Value::Null) => {}
            Some(Value::Object(_)) => {
                Substituter::default().apply_own(definition, path, self.chance)?;
            }
            Some(_) => {
                return Err(Fault::new(
                    format!("{path}.parameters"),
                    "\u{201c}parameters\u{201d} is not an object",
                    "Write an object that gives each name a value.",
                ));
            }
        }
        let kind = definition.get("kind").and_then(Value::as_str);
        let resolved = match kind.unwrap_or_default() {
            "group" => self.group(definition, path)?,
            "choice" => self.choice(definition, nickname, path)?,
            kind if is_frame_kind(kind) => self.frame(definition, nickname, path),
            kind => return Err(no_kind(kind, path)),
        };
        self.depth -= 1;
        Ok(resolved)
    }

    fn frame(
        &mut self,
        definition: &mut Map<String, Value>,
        nickname: Option<&str>,
        path: &str,
    ) -> Resolved {
        let has_id = definition.get("id").is_some_and(|id| {
            !matches!(id, Value::Null | Value::Bool(false)) && id.as_str() != Some("")
        });
        if !has_id {
            if nickname.is_none() {
                self.warn(
                    path,
                    "this frame in a group has no \"id\", \
                     so its data is stored under the id \"null\"",
                );
            }
            definition.insert("id".to_owned(), nickname.map_or(Value::Null, Value::from));
        }
        Resolved {
            frames: vec![(definition.clone(), path.to_owned())],
            choice: None,
        }
    }

    fn group(&mut self, definition: &Map<String, Value>, path: &str) -> Result<Resolved, Fault> {
        let common = object_member(definition, "commonFrameProperties", path)?;
        let mut frames = Vec::new();
        let mut choices = Map::new();
        for (index, element) in list_member(definition, "frameList", path)?
            .into_iter()
            .enumerate()
        {
            let inside = format!("{path}.frameList[{index}]");
            let mut merged = common.clone();
            merged.extend(nested(element, &inside)?);
            let resolved = self.resolve(&mut merged, None, &inside)?;
            frames.extend(resolved.frames);
            if let Some(choice) = resolved.choice {
                choices.insert(index.to_string(), choice);
            }
        }
        Ok(Resolved {
            frames,
            choice: Some(Value::Object(choices)),
        })
    }
}

fn no_kind(kind: &str, path: &str) -> Fault {
    let path = format!("{path}.kind");
    if kind.is_empty() {
        Fault::new(
            path,
            "this frame has no kind",
            "Add \"kind\": \"group\", \"choice\", \
             or a kind of frame such as \"exp-lookit-text\".",
        )
    } else {
        Fault::new(
            path,
            format!("\u{201c}{kind}\u{201d} is not a kind of frame"),
            "Use \"group\", \"choice\", or a kind of frame such as \"exp-lookit-text\".",
        )
    }
}

/// A nested definition as an object of its own. Copying here is what keeps one element's
/// substitutions out of the next element's.
fn nested(value: Value, path: &str) -> Result<Map<String, Value>, Fault> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Fault::new(
            path,
            "this frame is not an object",
            "Write the frame itself here: an object with a \"kind\".",
        )),
    }
}

fn list_member(
    definition: &Map<String, Value>,
    name: &str,
    path: &str,
) -> Result<Vec<Value>, Fault> {
    match definition.get(name) {
        Some(Value::Array(list)) => Ok(list.clone()),
        Some(_) => Err(Fault::new(
            format!("{path}.{name}"),
            format!("\u{201c}{name}\u{201d} is not a list"),
            "Write a list, in square brackets.",
        )),
        None => Err(Fault::new(
            format!("{path}.{name}"),
            format!("\u{201c}{name}\u{201d} is missing"),
            format!("Add \"{name}\", a list."),
        )),
    }
}

fn object_member(
    definition: &Map<String, Value>,
    name: &str,
    path: &str,
) -> Result<Map<String, Value>, Fault> {
    match definition.get(name) {
        Some(Value::Object(members)) => Ok(members.clone()),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err(Fault::new(
            format!("{path}.{name}"),
            format!("\u{201c}{name}\u{201d} is not an object"),
            "Write an object, in curly brackets.",
        )),
    }
}

/// A number, also when it was written as text: published protocols do that.
fn number_member(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())
        .filter(|number| number.is_finite())
}

/// Whether a kind has the form `exp-…`. Whether there is such a kind is another question
/// ([`crate::kinds`]).
pub fn is_frame_kind(kind: &str) -> bool {
    let mut parts = kind.split('-');
    let is_word = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    parts.next() == Some("exp") && kind.len() > 4 && parts.all(is_word)
}

fn number(position: usize, mut members: Map<String, Value>, path: &str) -> Result<Frame, Fault> {
    let own = match members.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Null) | None => "null".to_owned(),
        Some(other) => other.to_string(),
    };
    let characters_are_fine = own
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ' '));
    let ends_like_a_repeat = own.rsplit_once("-repeat-").is_some_and(|(_, digits)| {
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    });
    if !characters_are_fine || own.is_empty() || ends_like_a_repeat {
        return Err(Fault::new(
            path,
            format!("\u{201c}{own}\u{201d} can't be the id of a frame"),
            "Use letters, digits, hyphens, full stops and spaces only, and no \"-repeat-\" \
             with a number at the end. Underscores separate the parts of video names.",
        ));
    }
    let id = format!("{position}-{own}");
    if id.chars().count() > domain::responses::Entry::LONGEST_FRAME_ID {
        return Err(Fault::new(
            path,
            format!(
                "the id \u{201c}{}\u{2026}\u{201d} is too long",
                own.chars().take(30).collect::<String>()
            ),
            "Use at most 120 characters.",
        ));
    }
    members.insert("id".to_owned(), Value::String(id.clone()));
    let kind = members
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    Ok(Frame {
        id,
        kind,
        members,
        path: path.to_owned(),
    })
}

//! From a protocol to the flat list of frames that are shown.

use std::collections::HashMap;

use domain::responses::PastSession;
use serde_json::{Map, Value};

use crate::chance::Chance;
use crate::document::Document;
use crate::fault::Fault;
use crate::kinds;
use crate::nearest::did_you_mean;
use crate::text::shortened;

mod budget;
mod members;
mod randomizers;
mod substitute;
#[cfg(test)]
mod tests;

pub use self::budget::Budget;
use self::members::{is_nothing, list_member, nested};
use self::substitute::Substituter;

/// Deepest nesting of groups and randomizers.
const DEPTH: usize = 60;
/// Most things that a researcher is told of one resolution.
const MOST_WARNINGS: usize = 500;
/// Most names that are listed where one is not known.
const MOST_NAMES: usize = 10;

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
    resolve_within(document, circumstances, chance, &mut Budget::default())
}

/// The same with what is left of a budget, for those who resolve one protocol several times.
pub fn resolve_within(
    document: &Document,
    circumstances: ChildContext<'_>,
    chance: &mut Chance,
    budget: &mut Budget,
) -> Result<Resolution, Fault> {
    let mut resolver = Resolver {
        circumstances,
        means: Means { chance, budget },
        warnings: Vec::new(),
        depth: 0,
    };
    let (flat, conditions) = resolver.sequence(document)?;
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

/// Frames as they are collected: their members, and the paths of their definitions.
type Flat = Vec<(Map<String, Value>, String)>;

/// Frames, and what was chosen.
struct Resolved {
    frames: Flat,
    choice: Option<Value>,
}

/// What resolving uses up: chance, and work.
struct Means<'a> {
    chance: &'a mut Chance,
    budget: &'a mut Budget,
}

struct Resolver<'a> {
    circumstances: ChildContext<'a>,
    means: Means<'a>,
    warnings: Vec<(String, String)>,
    depth: usize,
}

impl Resolver<'_> {
    fn warn(&mut self, path: &str, message: &str) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push((path.to_owned(), message.to_owned()));
        }
    }

    fn sequence(&mut self, document: &Document) -> Result<(Flat, Map<String, Value>), Fault> {
        // Definitions are altered where they stand, so that a nickname used twice repeats the draws
        // of its parameters.
        let mut definitions: HashMap<&str, Map<String, Value>> = HashMap::new();
        let mut flat = Vec::new();
        let mut conditions = Map::new();
        for (index, nickname) in document.sequence.iter().enumerate() {
            let path = format!("frames.{nickname}");
            self.means.budget.look(4, path.len() * 2, &path)?;
            if !definitions.contains_key(nickname.as_str()) {
                let definition = definition(document, index, nickname)?;
                let own = self.means.budget.copy_members(definition, &path)?;
                definitions.insert(nickname, own);
            }
            let Some(definition) = definitions.get_mut(nickname.as_str()) else {
                continue;
            };
            self.depth = 0;
            let resolved = self.resolve(definition, Some(nickname), &path)?;
            flat.extend(resolved.frames);
            if let Some(choice) = resolved.choice {
                conditions.insert(format!("{index}-{nickname}"), choice);
            }
        }
        Ok((flat, conditions))
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
                Substituter::default().apply_own(definition, path, &mut self.means)?;
            }
            Some(nothing) if is_nothing(nothing) => self.warn(
                &format!("{path}.parameters"),
                "\u{201c}parameters\u{201d} is not an object, so nothing is replaced",
            ),
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
            kind if is_frame_kind(kind) => self.frame(definition, nickname, path)?,
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
    ) -> Result<Resolved, Fault> {
        self.means.budget.frame(&path)?;
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
        // What stands in `frames` may be used again; what a group or randomizer made is not.
        let members = if self.depth > 1 {
            std::mem::take(definition)
        } else {
            self.means.budget.copy_members(definition, &path)?
        };
        Ok(Resolved {
            frames: vec![(members, path.to_owned())],
            choice: None,
        })
    }

    fn group(&mut self, definition: &Map<String, Value>, path: &str) -> Result<Resolved, Fault> {
        let common = self.object_member(definition, "commonFrameProperties", path)?;
        let mut frames = Vec::new();
        let mut choices = Map::new();
        let elements = list_member(definition, "frameList", path)?;
        for (index, element) in elements.iter().enumerate() {
            let inside = format!("{path}.frameList[{index}]");
            let mut merged = self.overlaid(common, nested(element, &inside)?, &inside)?;
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

fn definition<'d>(
    document: &'d Document,
    index: usize,
    nickname: &str,
) -> Result<&'d Map<String, Value>, Fault> {
    match document.frames.get(nickname) {
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(Fault::new(
            format!("frames.{nickname}"),
            "this frame is not an object",
            "Write an object with at least a \"kind\".",
        )),
        None => {
            let names = || document.frames.keys().map(String::as_str);
            let suggestion = did_you_mean(nickname, names());
            let listed: Vec<String> = names().take(MOST_NAMES).map(shortened).collect();
            let more = if names().count() > MOST_NAMES {
                ", \u{2026}"
            } else {
                ""
            };
            Err(Fault::new(
                format!("sequence[{index}]"),
                format!("there is no frame \u{201c}{}\u{201d}", shortened(nickname)),
                format!(
                    "{suggestion}Define it in \"frames\", or use one of: {}{more}.",
                    listed.join(", ")
                ),
            ))
        }
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
        let known = kinds::KINDS.iter().map(|kind| kind.name);
        let suggestion = did_you_mean(kind, known.chain(["group", "choice"]));
        Fault::new(
            path,
            format!("\u{201c}{}\u{201d} is not a kind of frame", shortened(kind)),
            format!(
                "{suggestion}Use \"group\", \"choice\", or a kind of frame such as \
                 \"exp-lookit-text\"."
            ),
        )
    }
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
            format!(
                "\u{201c}{}\u{201d} can't be the id of a frame",
                shortened(&own)
            ),
            "Use letters, digits, hyphens, full stops and spaces only, and no \"-repeat-\" \
             with a number at the end. Underscores separate the parts of video names.",
        ));
    }
    let id = format!("{position}-{own}");
    if id.chars().count() > domain::responses::Entry::LONGEST_FRAME_ID {
        return Err(Fault::new(
            path,
            format!("the id \u{201c}{}\u{201d} is too long", shortened(&own)),
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

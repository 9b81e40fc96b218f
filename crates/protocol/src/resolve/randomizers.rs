//! The three samplers of `kind: "choice"` (`docs/reference/protocol-language.md`, "Randomizers").

use serde_json::{Map, Value, json};

use super::members::{is_nothing, list_member, nested, number_member};
use super::{Resolved, Resolver};
use crate::fault::Fault;
use crate::nearest::did_you_mean;
use crate::text::shortened;

mod parameter_sets;
#[cfg(test)]
mod tests;
mod weights;

/// Names of the samplers, as researchers write them.
const SAMPLERS: [&str; 3] = ["random-parameter-set", "permute", "select"];

impl Resolver<'_> {
    /// Resolves a randomizer. Choices nested inside it are discarded, as published data expects.
    pub(super) fn choice(
        &mut self,
        definition: &mut Map<String, Value>,
        nickname: Option<&str>,
        path: &str,
    ) -> Result<Resolved, Fault> {
        match definition.get("sampler").and_then(Value::as_str) {
            Some("random-parameter-set") => self.random_parameter_set(definition, nickname, path),
            Some("permute") => self.permute(definition, nickname, path),
            Some("select") => self.select(definition, nickname, path),
            Some(other) => Err(Fault::new(
                format!("{path}.sampler"),
                format!("there is no sampler \u{201c}{}\u{201d}", shortened(other)),
                format!(
                    "{}Use one of: {}.",
                    did_you_mean(other, SAMPLERS),
                    SAMPLERS.join(", ")
                ),
            )),
            None => Err(Fault::new(
                format!("{path}.sampler"),
                "this randomizer does not say how to choose",
                format!("Add \"sampler\", one of: {}.", SAMPLERS.join(", ")),
            )),
        }
    }

    fn permute(
        &mut self,
        definition: &Map<String, Value>,
        nickname: Option<&str>,
        path: &str,
    ) -> Result<Resolved, Fault> {
        let common = self.object_member(definition, "commonFrameProperties", path)?;
        let options = list_member(definition, "frameOptions", path)?;
        let ordered = match definition.get("orderedFrameOptions") {
            None | Some(Value::Null) => &[],
            Some(_) => list_member(definition, "orderedFrameOptions", path)?,
        };
        self.means.budget.look(options.len(), 0, &path)?;
        let mut order: Vec<usize> = (0..options.len()).collect();
        self.means.chance.shuffle(&mut order);
        let mut shown = Vec::new();
        let mut frames = Vec::new();
        for (position, index) in order.into_iter().enumerate() {
            let inside = format!("{path}.frameOptions[{index}]");
            let option = nested(options.get(index).unwrap_or(&Value::Null), &inside)?;
            let mut merged = self.overlaid(common, option, &inside)?;
            let mut record = self.means.budget.copy_members(option, &inside)?;
            if let Some(Value::Object(overlay)) = ordered.get(position) {
                let overlay = self.means.budget.copy_members(overlay, &inside)?;
                let sets = lay_over(&mut merged, overlay);
                if let (Some(recorded), Some(sets)) = (record.get_mut("parameterSets"), sets) {
                    *recorded = self.means.budget.copy(sets, &inside)?;
                }
            }
            shown.push(Value::Object(record));
            frames.extend(self.resolve(&mut merged, nickname, &inside)?.frames);
        }
        Ok(Resolved {
            frames,
            choice: Some(json!({ "frameList": shown })),
        })
    }

    fn select(
        &mut self,
        definition: &mut Map<String, Value>,
        nickname: Option<&str>,
        path: &str,
    ) -> Result<Resolved, Fault> {
        let inside = format!("{path}.whichFrames");
        let count = list_member(definition, "frameOptions", path)?.len();
        let chosen = self.which_frames(definition.get("whichFrames"), count, &inside)?;
        let written = Value::Array(chosen.iter().map(|(value, _)| value.clone()).collect());
        definition.insert("whichFrames".to_owned(), written.clone());
        let common = self.object_member(definition, "commonFrameProperties", path)?;
        let options = list_member(definition, "frameOptions", path)?;
        let mut frames = Vec::new();
        for (position, (value, index)) in chosen.into_iter().enumerate() {
            let Some((index, option)) = index.and_then(|index| Some((index, options.get(index)?)))
            else {
                let last = count.saturating_sub(1);
                return Err(Fault::new(
                    format!("{inside}[{position}]"),
                    format!("there is no option {}", shortened(&value.to_string())),
                    format!("Write positions from 0 to {last}."),
                ));
            };
            let option_path = format!("{path}.frameOptions[{index}]");
            let option = nested(option, &option_path)?;
            let mut merged = self.overlaid(common, option, &option_path)?;
            let name = format!("{}-{position}", nickname.unwrap_or("null"));
            frames.extend(self.resolve(&mut merged, Some(&name), &option_path)?.frames);
        }
        Ok(Resolved {
            frames,
            choice: Some(json!({ "whichFrames": written })),
        })
    }

    /// What `whichFrames` names: each entry as it is recorded, and the position that it means.
    fn which_frames(
        &mut self,
        written: Option<&Value>,
        count: usize,
        path: &str,
    ) -> Result<Vec<(Value, Option<usize>)>, Fault> {
        let is_all = |value: &Value| number_member(value) == Some(-1.0);
        let list = match written {
            Some(Value::Array(list)) => match list.as_slice() {
                [only] if is_all(only) => {
                    self.warn(path, "-1 in a list counts as all; write -1 without a list");
                    None
                }
                list => Some(list),
            },
            Some(one @ (Value::Number(_) | Value::String(_)))
                if number_member(one).is_some() && !is_all(one) =>
            {
                Some(std::slice::from_ref(one))
            }
            None => None,
            Some(all) if is_all(all) || is_nothing(all) => None,
            Some(_) => {
                return Err(Fault::new(
                    path,
                    "\u{201c}whichFrames\u{201d} is neither a number nor a list of numbers",
                    "Write positions in \"frameOptions\", counted from 0, or -1 for all.",
                ));
            }
        };
        let Some(list) = list else {
            self.means.budget.look(count * 4, 0, &path)?;
            return Ok((0..count)
                .map(|index| (index.into(), Some(index)))
                .collect());
        };
        let mut chosen = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let value = self.means.budget.copy(value, &path)?;
            let position = position(&value);
            let is_plain = value.is_u64() || position.is_none();
            if !is_plain {
                self.warn(
                    &format!("{path}[{index}]"),
                    "this position is not written as a whole number",
                );
            }
            // JavaScript knows one kind of number only, so 1.0 is recorded as 1.
            let recorded = match position {
                Some(position) if value.is_f64() => position.into(),
                _ => value,
            };
            chosen.push((recorded, position));
        }
        Ok(chosen)
    }
}

/// The position in a list that a value means, written as a number or as its text.
fn position(value: &Value) -> Option<usize> {
    let number = number_member(value).filter(|number| number.fract() == 0.0)?;
    // Adding nothing makes 0 of -0.
    (number + 0.0).to_string().parse().ok()
}

/// Lays the element of `orderedFrameOptions` over the option that landed in its place. Parameter
/// sets are laid over each other set by set where both have them, and returned then.
fn lay_over(merged: &mut Map<String, Value>, mut overlay: Map<String, Value>) -> Option<&Value> {
    let has_sets = merged.contains_key("parameterSets");
    let above = if has_sets {
        overlay.shift_remove("parameterSets")
    } else {
        None
    };
    merged.extend(overlay);
    let Some(Value::Array(additions)) = above else {
        return None;
    };
    let sets = merged.get_mut("parameterSets")?;
    for (set, addition) in sets.as_array_mut()?.iter_mut().zip(additions) {
        if let (Value::Object(set), Value::Object(addition)) = (set, addition) {
            set.extend(addition);
        }
    }
    Some(sets)
}

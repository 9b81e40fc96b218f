//! The three samplers of `kind: "choice"` (`docs/reference/protocol-language.md`, "Randomizers").

use serde_json::{Map, Value, json};

use super::substitute::Substituter;
use super::{Resolved, Resolver, list_member, nested, number_member, object_member};
use crate::fault::Fault;

#[cfg(test)]
mod tests;

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
                format!("there is no sampler \u{201c}{other}\u{201d}"),
                format!("Use one of: {}.", SAMPLERS.join(", ")),
            )),
            None => Err(Fault::new(
                format!("{path}.sampler"),
                "this randomizer does not say how to choose",
                format!("Add \"sampler\", one of: {}.", SAMPLERS.join(", ")),
            )),
        }
    }

    fn random_parameter_set(
        &mut self,
        definition: &mut Map<String, Value>,
        nickname: Option<&str>,
        path: &str,
    ) -> Result<Resolved, Fault> {
        let sets = list_member(definition, "parameterSets", path)?;
        if sets.is_empty() {
            return Err(Fault::new(
                format!("{path}.parameterSets"),
                "there is no parameter set to choose from",
                "List at least one set of parameters.",
            ));
        }
        let index = match self.earlier_condition(definition, nickname, sets.len(), path)? {
            Some(index) => index,
            None => self.weighted_index(definition, sets.len(), path)?,
        };
        let set_path = format!("{path}.parameterSets[{index}]");
        let Some(Value::Object(set)) = sets.get(index).cloned() else {
            return Err(Fault::new(
                set_path,
                "this parameter set is not an object",
                "Write an object that gives each parameter a value.",
            ));
        };
        let common = object_member(definition, "commonFrameProperties", path)?;
        let mut substituter = Substituter::default();
        let mut frames = Vec::new();
        for (position, element) in list_member(definition, "frameList", path)?
            .into_iter()
            .enumerate()
        {
            let inside = format!("{path}.frameList[{position}]");
            let mut merged = merge_deeply(Value::Object(common.clone()), nested(element, &inside)?);
            let Value::Object(merged) = &mut merged else {
                continue;
            };
            substituter.apply(merged, &set, &inside, self.chance)?;
            frames.extend(self.resolve(merged, nickname, &inside)?.frames);
        }
        Ok(Resolved {
            frames,
            choice: Some(json!({ "conditionNum": index, "parameterSet": set })),
        })
    }

    /// The set that an earlier response of the same child points to.
    fn earlier_condition(
        &self,
        definition: &Map<String, Value>,
        nickname: Option<&str>,
        count: usize,
        path: &str,
    ) -> Result<Option<usize>, Fault> {
        let option = match definition.get("conditionForAdditionalSessions") {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => value.as_str().unwrap_or_default(),
        };
        if option == "random" {
            return Ok(None);
        }
        if !matches!(option, "persist" | "rotate") {
            return Err(Fault::new(
                format!("{path}.conditionForAdditionalSessions"),
                format!("\u{201c}{option}\u{201d} is not known"),
                "Use \"random\", \"persist\" or \"rotate\".",
            ));
        }
        let Some(nickname) = nickname else {
            return Ok(None);
        };
        let suffix = format!("-{nickname}");
        let earlier = self
            .circumstances
            .past_sessions
            .iter()
            .filter(|session| session.completed_consent_frame)
            .find_map(|session| {
                session
                    .conditions
                    .iter()
                    .find(|(name, _)| name.ends_with(&suffix))?
                    .1
                    .get("conditionNum")?
                    .as_u64()
            })
            .and_then(|number| usize::try_from(number).ok());
        Ok(earlier.map(|number| {
            if option == "persist" {
                number.min(count - 1)
            } else {
                (number + 1) % count
            }
        }))
    }

    fn weighted_index(
        &mut self,
        definition: &mut Map<String, Value>,
        count: usize,
        path: &str,
    ) -> Result<usize, Fault> {
        let inside = format!("{path}.parameterSetWeights");
        let equal = || vec![1.0; count];
        let weights = match definition.get("parameterSetWeights") {
            None | Some(Value::Null) => equal(),
            Some(Value::Array(list)) if list.first().is_some_and(Value::is_object) => {
                match self.weights_by_age(list, &inside)? {
                    Some(chosen) => {
                        let weights = numbers(&chosen, &inside)?;
                        // A nickname used twice keeps the list that was chosen the first time.
                        definition.insert("parameterSetWeights".to_owned(), Value::Array(chosen));
                        weights
                    }
                    None => equal(),
                }
            }
            Some(Value::Array(list)) if list.is_empty() => equal(),
            Some(Value::Array(list)) => numbers(list, &inside)?,
            Some(_) => {
                return Err(Fault::new(
                    inside,
                    "the weights are not a list",
                    "Write one number for each parameter set.",
                ));
            }
        };
        let draw = self.chance.unit() * weights.iter().sum::<f64>();
        let mut reached = 0.0;
        for (index, weight) in weights.iter().enumerate() {
            reached += weight;
            if reached >= draw {
                return if index < count {
                    Ok(index)
                } else {
                    Err(Fault::new(
                        inside,
                        "there are more weights than parameter sets",
                        "Write one number for each parameter set.",
                    ))
                };
            }
        }
        Err(Fault::new(
            inside,
            "there are fewer weights than parameter sets",
            "Write one number for each parameter set.",
        ))
    }

    /// The weights of the first age range (in days, both ends included) that the child's age is in.
    fn weights_by_age(
        &mut self,
        ranges: &[Value],
        path: &str,
    ) -> Result<Option<Vec<Value>>, Fault> {
        let age = self.circumstances.age_days.unwrap_or_else(|| {
            self.warn(
                path,
                "the child's age is not known here, so it counts as 0 days",
            );
            0.0
        });
        for (position, range) in ranges.iter().enumerate() {
            let inside = format!("{path}[{position}]");
            let bound = |name: &str| {
                range.get(name).and_then(Value::as_f64).ok_or_else(|| {
                    Fault::new(
                        format!("{inside}.{name}"),
                        format!("\u{201c}{name}\u{201d} is not a number"),
                        "Write an age in days.",
                    )
                })
            };
            if bound("minAge")? <= age && age <= bound("maxAge")? {
                return match range.get("weights") {
                    Some(Value::Array(weights)) => Ok(Some(weights.clone())),
                    _ => Err(Fault::new(
                        format!("{inside}.weights"),
                        "the weights are not a list",
                        "Write one number for each parameter set.",
                    )),
                };
            }
        }
        self.warn(
            path,
            "no range fits the child's age, so all sets are equally likely",
        );
        Ok(None)
    }

    fn permute(
        &mut self,
        definition: &mut Map<String, Value>,
        nickname: Option<&str>,
        path: &str,
    ) -> Result<Resolved, Fault> {
        let common = object_member(definition, "commonFrameProperties", path)?;
        let options = list_member(definition, "frameOptions", path)?;
        let mut ordered = match definition.get("orderedFrameOptions") {
            None | Some(Value::Null) => Vec::new(),
            Some(_) => list_member(definition, "orderedFrameOptions", path)?,
        };
        let mut order: Vec<usize> = (0..options.len()).collect();
        self.chance.shuffle(&mut order);
        let mut shown = Vec::new();
        let mut frames = Vec::new();
        for (position, index) in order.into_iter().enumerate() {
            let inside = format!("{path}.frameOptions[{index}]");
            let mut option = nested(options.get(index).cloned().unwrap_or_default(), &inside)?;
            if let Some(overlay) = ordered.get_mut(position).and_then(Value::as_object_mut) {
                merge_parameter_sets(&common, &mut option, overlay);
            }
            let mut merged = common.clone();
            merged.extend(option.clone());
            if let Some(Value::Object(overlay)) = ordered.get(position) {
                merged.extend(overlay.clone());
            }
            shown.push(Value::Object(option));
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
        let common = object_member(definition, "commonFrameProperties", path)?;
        let options = list_member(definition, "frameOptions", path)?;
        let inside = format!("{path}.whichFrames");
        let chosen: Vec<Value> = match definition.get("whichFrames") {
            Some(Value::Array(list)) => list.clone(),
            Some(Value::Number(number)) if number.as_f64() != Some(-1.0) => {
                vec![Value::Number(number.clone())]
            }
            None | Some(Value::Null | Value::Number(_) | Value::Bool(false)) => {
                (0..options.len()).map(Value::from).collect()
            }
            Some(Value::String(text)) if text.is_empty() => {
                (0..options.len()).map(Value::from).collect()
            }
            Some(_) => {
                return Err(Fault::new(
                    inside,
                    "\u{201c}whichFrames\u{201d} is neither a number nor a list of numbers",
                    "Write positions in \"frameOptions\", counted from 0, or -1 for all.",
                ));
            }
        };
        definition.insert("whichFrames".to_owned(), Value::Array(chosen.clone()));
        let mut frames = Vec::new();
        for (position, index) in chosen.iter().enumerate() {
            let option = index
                .as_u64()
                .and_then(|index| usize::try_from(index).ok())
                .and_then(|index| options.get(index).cloned());
            let Some(option) = option else {
                return Err(Fault::new(
                    format!("{inside}[{position}]"),
                    format!("there is no option {index}"),
                    format!(
                        "Write positions from 0 to {}.",
                        options.len().saturating_sub(1)
                    ),
                ));
            };
            let option_path = format!("{path}.frameOptions[{index}]");
            let mut merged = common.clone();
            merged.extend(nested(option, &option_path)?);
            let name = format!("{}-{position}", nickname.unwrap_or("null"));
            frames.extend(self.resolve(&mut merged, Some(&name), &option_path)?.frames);
        }
        Ok(Resolved {
            frames,
            choice: Some(json!({ "whichFrames": chosen })),
        })
    }
}

fn numbers(list: &[Value], path: &str) -> Result<Vec<f64>, Fault> {
    list.iter()
        .enumerate()
        .map(|(index, value)| {
            let number = number_member(value).filter(|weight| *weight >= 0.0);
            number.ok_or_else(|| {
                Fault::new(
                    format!("{path}[{index}]"),
                    "this weight is not a number from 0 up",
                    "Write one number for each parameter set.",
                )
            })
        })
        .collect()
}

/// Lays an ordered element's parameter sets over those of the option that landed in its place, set
/// by set, and takes them out of the ordered element, which would otherwise replace the whole list.
fn merge_parameter_sets(
    common: &Map<String, Value>,
    option: &mut Map<String, Value>,
    overlay: &mut Map<String, Value>,
) {
    let Some(base) = option
        .get("parameterSets")
        .or_else(|| common.get("parameterSets"))
        .cloned()
    else {
        return;
    };
    let Some(above) = overlay.shift_remove("parameterSets") else {
        return;
    };
    if let (Value::Array(mut sets), Value::Array(additions)) = (base, above) {
        for (set, addition) in sets.iter_mut().zip(additions) {
            if let (Value::Object(set), Value::Object(addition)) = (set, addition) {
                set.extend(addition);
            }
        }
        option.insert("parameterSets".to_owned(), Value::Array(sets));
    }
}

/// Objects member by member, lists position by position, anything else replaced. Lists are merged
/// too because published protocols run under that rule.
fn merge_deeply(below: Value, above: Map<String, Value>) -> Value {
    fn merge(below: Value, above: Value) -> Value {
        match (below, above) {
            (Value::Object(mut below), Value::Object(above)) => {
                for (name, value) in above {
                    let merged = match below.get_mut(&name) {
                        Some(existing) => merge(existing.take(), value),
                        None => value,
                    };
                    below.insert(name, merged);
                }
                Value::Object(below)
            }
            (Value::Array(mut below), Value::Array(above)) => {
                for (index, value) in above.into_iter().enumerate() {
                    match below.get_mut(index) {
                        Some(existing) => *existing = merge(existing.take(), value),
                        None => below.push(value),
                    }
                }
                Value::Array(below)
            }
            (_, above) => above,
        }
    }
    merge(below, Value::Object(above))
}

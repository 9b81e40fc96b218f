//! Members that groups and randomizers share, and how definitions are laid over each other.

use serde_json::{Map, Value};

use super::Resolver;
use crate::fault::Fault;

/// A nested definition.
pub(super) fn nested<'d>(value: &'d Value, path: &str) -> Result<&'d Map<String, Value>, Fault> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Fault::new(
            path,
            "this frame is not an object",
            "Write the frame itself here: an object with a \"kind\".",
        )),
    }
}

pub(super) fn list_member<'d>(
    definition: &'d Map<String, Value>,
    name: &str,
    path: &str,
) -> Result<&'d [Value], Fault> {
    match definition.get(name) {
        Some(Value::Array(list)) => Ok(list),
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

/// Whether a value is one that the classic runner passes over where it expects a list or an object.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

/// A number, also when it was written as text: published protocols do that.
pub(super) fn number_member(value: &Value) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())
        .filter(|number| number.is_finite())
}

impl Resolver<'_> {
    pub(super) fn object_member<'d>(
        &mut self,
        definition: &'d Map<String, Value>,
        name: &str,
        path: &str,
    ) -> Result<Option<&'d Map<String, Value>>, Fault> {
        match definition.get(name) {
            Some(Value::Object(members)) => Ok(Some(members)),
            None | Some(Value::Null) => Ok(None),
            Some(nothing) if is_nothing(nothing) => {
                self.warn(
                    &format!("{path}.{name}"),
                    &format!("\u{201c}{name}\u{201d} is not an object, so it counts as empty"),
                );
                Ok(None)
            }
            Some(_) => Err(Fault::new(
                format!("{path}.{name}"),
                format!("\u{201c}{name}\u{201d} is not an object"),
                "Write an object, in curly brackets.",
            )),
        }
    }

    /// Members with others over them, in a copy. Copying is also what keeps one element's
    /// substitutions out of the next element's.
    pub(super) fn overlaid(
        &mut self,
        below: Option<&Map<String, Value>>,
        above: &Map<String, Value>,
        path: &str,
    ) -> Result<Map<String, Value>, Fault> {
        let budget = &mut *self.means.budget;
        budget.look(1, path.len(), &path)?;
        let mut merged = match below {
            Some(below) => budget.copy_members(below, &path)?,
            None => Map::new(),
        };
        merged.extend(budget.copy_members(above, &path)?);
        Ok(merged)
    }

    /// The same, but objects are merged member by member and lists position by position: published
    /// protocols run under that rule.
    pub(super) fn merged_deeply(
        &mut self,
        below: Option<&Map<String, Value>>,
        above: &Map<String, Value>,
        path: &str,
    ) -> Result<Map<String, Value>, Fault> {
        let budget = &mut *self.means.budget;
        budget.look(1, path.len(), &path)?;
        let above = budget.copy_members(above, &path)?;
        Ok(match below {
            Some(below) => merge_members(budget.copy_members(below, &path)?, above),
            None => above,
        })
    }
}

fn merge_members(mut below: Map<String, Value>, above: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in above {
        let merged = match below.get_mut(&name) {
            Some(existing) => merge(existing.take(), value),
            None => value,
        };
        below.insert(name, merged);
    }
    below
}

fn merge(below: Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => Value::Object(merge_members(below, above)),
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

//! Value substitution: texts that equal a name, or a name with a `#` selector, are replaced
//! (`docs/reference/protocol-language.md`, "Parameters").

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Display};

use serde_json::{Map, Value};

use super::Means;
use crate::fault::Fault;

#[cfg(test)]
mod tests;

/// Applies a table to definitions. `UNIQ` draws go on from one definition to the next for as long
/// as it lives.
#[derive(Debug, Default)]
pub(super) struct Substituter {
    shuffles: HashMap<String, (Vec<Value>, usize)>,
}

/// Where something stands in the document. A text is made of it only for a fault: a protocol has
/// many more places than faults.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Root(&'a str),
    Member(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(path) => f.write_str(path),
            Self::Member(outer, name) => write!(f, "{outer}.{name}"),
            Self::Item(outer, index) => write!(f, "{outer}[{index}]"),
        }
    }
}

/// The names that are replaced, and by what.
#[derive(Clone, Copy)]
struct Table<'a> {
    entries: &'a Map<String, Value>,
    /// The same table after it was applied to itself. A list or object of a table is one thing to
    /// everything that takes it, so a member that comes before the table sees it replaced too.
    replaced: &'a Map<String, Value>,
}

/// What becomes of a text.
enum Replacement {
    /// It is not a name in the table and stays.
    None,
    /// It selects something that isn't there, so its member is dropped.
    Absent,
    Value(Value),
}

impl Substituter {
    /// Applies `table` to everything inside `definition`.
    pub(super) fn apply(
        &mut self,
        definition: &mut Map<String, Value>,
        table: &Map<String, Value>,
        place: &Place<'_>,
        means: &mut Means<'_>,
    ) -> Result<(), Fault> {
        let table = Table {
            entries: table,
            replaced: table,
        };
        self.members(definition, table, place, means)
    }

    /// Applies a definition's own `parameters` to it. The table is a member of the definition and
    /// so is subject to itself while it is used: what stands after it sees the replaced table,
    /// which makes `CHOSEN: "LIST#PERM"` useful.
    pub(super) fn apply_own(
        &mut self,
        definition: &mut Map<String, Value>,
        path: &str,
        means: &mut Means<'_>,
    ) -> Result<(), Fault> {
        let Some(Value::Object(own)) = definition.get_mut("parameters") else {
            return Ok(());
        };
        let written = std::mem::take(own);
        let place = Place::Root(path);
        let replaced = self.applied_to_itself(&written, &place, means)?;
        let mut table = Table {
            entries: &written,
            replaced: &replaced,
        };
        let mut absent = HashSet::new();
        for (name, value) in walk_order(definition) {
            if name == "parameters" {
                table.entries = &replaced;
            } else if !self.value(value, table, &Place::Member(&place, name), means)? {
                absent.insert(name.to_owned());
            }
        }
        definition.retain(|name, _| !absent.contains(name));
        definition.insert("parameters".to_owned(), Value::Object(replaced));
        Ok(())
    }

    /// The table after each of its entries, one after the other, was replaced in it.
    fn applied_to_itself(
        &mut self,
        table: &Map<String, Value>,
        outer: &Place<'_>,
        means: &mut Means<'_>,
    ) -> Result<Map<String, Value>, Fault> {
        let place = Place::Member(outer, "parameters");
        let mut replaced = means.budget.copy_members(table, &place)?;
        let mut names: Vec<&String> = table.keys().collect();
        names.sort_by_key(|name| list_position(name));
        for name in names {
            let inside = Place::Member(&place, name);
            let Some(entry) = table.get(name) else {
                continue;
            };
            // The entry itself stays in the table meanwhile, as it may name itself.
            let mut entry = means.budget.copy(entry, &inside)?;
            let current = Table {
                entries: &replaced,
                replaced: &replaced,
            };
            if self.value(&mut entry, current, &inside, means)? {
                replaced.insert(name.clone(), entry);
            } else {
                means.budget.look(replaced.len(), 0, &inside)?;
                replaced.shift_remove(name);
            }
        }
        Ok(replaced)
    }

    fn members(
        &mut self,
        object: &mut Map<String, Value>,
        table: Table<'_>,
        place: &Place<'_>,
        means: &mut Means<'_>,
    ) -> Result<(), Fault> {
        let mut absent = HashSet::new();
        for (name, value) in walk_order(object) {
            if !self.value(value, table, &Place::Member(place, name), means)? {
                absent.insert(name.to_owned());
            }
        }
        if !absent.is_empty() {
            object.retain(|name, _| !absent.contains(name));
        }
        Ok(())
    }

    /// Whether the value is still there.
    fn value(
        &mut self,
        value: &mut Value,
        table: Table<'_>,
        place: &Place<'_>,
        means: &mut Means<'_>,
    ) -> Result<bool, Fault> {
        means.budget.look(1, 0, place)?;
        match value {
            Value::String(text) => match self.replacement(text, table, place, means)? {
                Replacement::None => {}
                Replacement::Absent => return Ok(false),
                Replacement::Value(new) => *value = new,
            },
            Value::Object(inner) => self.members(inner, table, place, means)?,
            Value::Array(list) => {
                for (index, item) in list.iter_mut().enumerate() {
                    if !self.value(item, table, &Place::Item(place, index), means)? {
                        *item = Value::Null;
                    }
                }
            }
            _ => {}
        }
        Ok(true)
    }

    fn replacement(
        &mut self,
        text: &str,
        table: Table<'_>,
        place: &Place<'_>,
        means: &mut Means<'_>,
    ) -> Result<Replacement, Fault> {
        if let Some(value) = table.entries.get(text) {
            let value = shared(value, table.replaced.get(text));
            return Ok(Replacement::Value(means.budget.copy(value, place)?));
        }
        let Some((name, selector)) = text.split_once('#') else {
            return Ok(Replacement::None);
        };
        let Some(value) = table.entries.get(name) else {
            return Ok(Replacement::None);
        };
        let Value::Array(list) = value else {
            return Err(not_a_list(text, name, selector, place));
        };
        let list = List {
            items: list,
            replaced: table.replaced.get(name).and_then(Value::as_array),
        };
        let chosen = match selector {
            "RAND" => means.chance.index(list.items.len()),
            "PERM" => {
                let mut shuffled = list.copy(place, means)?;
                means.chance.shuffle(&mut shuffled);
                return Ok(Replacement::Value(Value::Array(shuffled)));
            }
            "UNIQ" => return self.next_unused(name, list, place, means),
            number => match js_number(number) {
                Some(number) => nearest_index(list.items.len(), number),
                None => return Err(unknown_selector(selector, place)),
            },
        };
        match chosen.and_then(|index| list.get(index)) {
            Some(value) => Ok(Replacement::Value(means.budget.copy(value, place)?)),
            None => Ok(Replacement::Absent),
        }
    }

    /// The next element of the one shuffle of a list, from the start again at its end.
    fn next_unused(
        &mut self,
        name: &str,
        list: List<'_>,
        place: &Place<'_>,
        means: &mut Means<'_>,
    ) -> Result<Replacement, Fault> {
        if !self.shuffles.contains_key(name) {
            let mut shuffled = list.copy(place, means)?;
            means.chance.shuffle(&mut shuffled);
            self.shuffles.insert(name.to_owned(), (shuffled, 0));
        }
        let Some((shuffled, position)) = self.shuffles.get_mut(name) else {
            return Ok(Replacement::Absent);
        };
        let chosen = shuffled.get(*position % shuffled.len().max(1));
        *position += 1;
        match chosen {
            Some(value) => Ok(Replacement::Value(means.budget.copy(value, place)?)),
            None => Ok(Replacement::Absent),
        }
    }
}

/// A list of a table, as it is written and as it is after the table was applied to itself.
#[derive(Clone, Copy)]
struct List<'a> {
    items: &'a [Value],
    replaced: Option<&'a Vec<Value>>,
}

impl<'a> List<'a> {
    fn get(self, index: usize) -> Option<&'a Value> {
        let replaced = self.replaced.and_then(|list| list.get(index));
        Some(shared(self.items.get(index)?, replaced))
    }

    fn copy(self, place: &Place<'_>, means: &mut Means<'_>) -> Result<Vec<Value>, Fault> {
        (0..self.items.len())
            .filter_map(|index| self.get(index))
            .map(|value| means.budget.copy(value, place))
            .collect()
    }
}

/// A value of a table: lists and objects as they are after the table was applied to itself, all
/// else as it is written.
fn shared<'a>(written: &'a Value, replaced: Option<&'a Value>) -> &'a Value {
    match (written, replaced) {
        (Value::Array(_), Some(Value::Array(_))) | (Value::Object(_), Some(Value::Object(_))) => {
            replaced.unwrap_or(written)
        }
        _ => written,
    }
}

fn not_a_list(text: &str, name: &str, selector: &str, place: &Place<'_>) -> Fault {
    Fault::new(
        place.to_string(),
        format!("\u{201c}{text}\u{201d} selects from \u{201c}{name}\u{201d}, which is not a list"),
        format!("Make the parameter \"{name}\" a list, or leave out \"#{selector}\"."),
    )
}

fn unknown_selector(selector: &str, place: &Place<'_>) -> Fault {
    Fault::new(
        place.to_string(),
        format!("the selector \u{201c}#{selector}\u{201d} is not known"),
        "Use #RAND, #PERM, #UNIQ, or a position such as #0.",
    )
}

/// Members in the order in which JavaScript visits them: those whose names look like list positions
/// first, ascending.
fn walk_order(object: &mut Map<String, Value>) -> Vec<(&str, &mut Value)> {
    let mut members: Vec<(&str, &mut Value)> = object
        .iter_mut()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    members.sort_by_key(|(name, _)| list_position(name));
    members
}

/// The position that a name looks like; the largest number for all other names.
fn list_position(name: &str) -> u64 {
    let is_plain = name == "0" || !name.starts_with(['0', '+']);
    let position = name.parse::<u32>().ok().filter(|_| is_plain);
    position.map_or(u64::MAX, u64::from)
}

/// A number as JavaScript reads it: decimal, with exponent, or hexadecimal.
fn js_number(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(digits, 16).ok().map(f64::from);
    }
    let is_number = text.chars().any(|c| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    if is_number { text.parse().ok() } else { None }
}

/// The position nearest to `number` in a list of `length`, halves upwards; none beyond the list.
fn nearest_index(length: usize, number: f64) -> Option<usize> {
    let position = (number + 0.5).floor();
    let (mut low, mut high) = (0, u32::try_from(length).ok()?);
    while low < high {
        let middle = low + (high - low) / 2;
        if f64::from(middle) < position {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let is_there = (f64::from(low) - position).abs() < 0.25;
    let index = usize::try_from(low).ok().filter(|_| is_there)?;
    (index < length).then_some(index)
}

//! Value substitution: texts that equal a name, or a name with a `#` selector, are replaced
//! (`docs/reference/protocol-language.md`, "Parameters").

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::chance::Chance;
use crate::fault::Fault;

/// Most JSON values that one substituter inserts. Tables that insert each other grow exponentially;
/// a study never does.
const LARGEST: usize = 1_000_000;

/// Applies a table to definitions. `UNIQ` draws go on from one definition to the next for as long
/// as it lives.
#[derive(Debug, Default)]
pub(super) struct Substituter {
    shuffles: HashMap<String, (Vec<Value>, usize)>,
    inserted: usize,
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
        path: &str,
        chance: &mut Chance,
    ) -> Result<(), Fault> {
        for name in walk_order(definition) {
            self.member(definition, &name, table, path, chance)?;
        }
        Ok(())
    }

    /// Applies a definition's own `parameters` to it. The table is a member of the definition and
    /// so is subject to itself while it is used: what stands after it sees the replaced table,
    /// which makes `CHOSEN: "LIST#PERM"` useful.
    pub(super) fn apply_own(
        &mut self,
        definition: &mut Map<String, Value>,
        path: &str,
        chance: &mut Chance,
    ) -> Result<(), Fault> {
        let Some(Value::Object(mut table)) = definition.get("parameters").cloned() else {
            return Ok(());
        };
        for name in walk_order(definition) {
            if name == "parameters" {
                let inside = format!("{path}.parameters");
                for entry in walk_order(&table) {
                    let before = table.clone();
                    self.member(&mut table, &entry, &before, &inside, chance)?;
                }
                definition.insert(name, Value::Object(table.clone()));
            } else {
                self.member(definition, &name, &table, path, chance)?;
            }
        }
        Ok(())
    }

    fn member(
        &mut self,
        object: &mut Map<String, Value>,
        name: &str,
        table: &Map<String, Value>,
        path: &str,
        chance: &mut Chance,
    ) -> Result<(), Fault> {
        let Some(value) = object.get_mut(name) else {
            return Ok(());
        };
        let inside = format!("{path}.{name}");
        match value {
            Value::String(text) => match self.replacement(text, table, &inside, chance)? {
                Replacement::None => {}
                Replacement::Absent => {
                    object.shift_remove(name);
                }
                Replacement::Value(new) => *value = new,
            },
            Value::Object(inner) => self.apply(inner, table, &inside, chance)?,
            Value::Array(list) => self.list(list, table, &inside, chance)?,
            _ => {}
        }
        Ok(())
    }

    fn list(
        &mut self,
        list: &mut [Value],
        table: &Map<String, Value>,
        path: &str,
        chance: &mut Chance,
    ) -> Result<(), Fault> {
        for (index, value) in list.iter_mut().enumerate() {
            let inside = format!("{path}[{index}]");
            match value {
                Value::String(text) => match self.replacement(text, table, &inside, chance)? {
                    Replacement::None => {}
                    Replacement::Absent => *value = Value::Null,
                    Replacement::Value(new) => *value = new,
                },
                Value::Object(inner) => self.apply(inner, table, &inside, chance)?,
                Value::Array(inner) => self.list(inner, table, &inside, chance)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn replacement(
        &mut self,
        text: &str,
        table: &Map<String, Value>,
        path: &str,
        chance: &mut Chance,
    ) -> Result<Replacement, Fault> {
        if let Some(value) = table.get(text) {
            return self.counted(value.clone(), path);
        }
        let Some((name, selector)) = text.split_once('#') else {
            return Ok(Replacement::None);
        };
        let Some(value) = table.get(name) else {
            return Ok(Replacement::None);
        };
        let Value::Array(list) = value else {
            return Err(Fault::new(
                path,
                format!(
                    "\u{201c}{text}\u{201d} selects from \u{201c}{name}\u{201d}, which is not a \
                     list"
                ),
                format!("Make the parameter \"{name}\" a list, or leave out \"#{selector}\"."),
            ));
        };
        let chosen = match selector {
            "RAND" => chance.pick(list).cloned(),
            "PERM" => {
                let mut shuffled = list.clone();
                chance.shuffle(&mut shuffled);
                Some(Value::Array(shuffled))
            }
            "UNIQ" => {
                let (shuffled, position) =
                    self.shuffles.entry(name.to_owned()).or_insert_with(|| {
                        let mut shuffled = list.clone();
                        chance.shuffle(&mut shuffled);
                        (shuffled, 0)
                    });
                let chosen = shuffled.get(*position % shuffled.len().max(1)).cloned();
                *position += 1;
                chosen
            }
            number => match js_number(number) {
                Some(number) => nearest(list, number).cloned(),
                None => {
                    return Err(Fault::new(
                        path,
                        format!("the selector \u{201c}#{selector}\u{201d} is not known"),
                        "Use #RAND, #PERM, #UNIQ, or a position such as #0.",
                    ));
                }
            },
        };
        match chosen {
            Some(value) => self.counted(value, path),
            None => Ok(Replacement::Absent),
        }
    }

    fn counted(&mut self, value: Value, path: &str) -> Result<Replacement, Fault> {
        self.inserted = self.inserted.saturating_add(weight(&value));
        if self.inserted > LARGEST {
            return Err(Fault::new(
                path,
                "the parameters insert each other again and again",
                "Check the parameters for lists that contain one another's names.",
            ));
        }
        Ok(Replacement::Value(value))
    }
}

/// Names in the order in which JavaScript visits them: those that look like list positions first,
/// ascending.
fn walk_order(object: &Map<String, Value>) -> Vec<String> {
    let position = |name: &str| {
        name.parse::<u32>()
            .ok()
            .filter(|number| number.to_string() == name)
    };
    let mut names: Vec<String> = object.keys().cloned().collect();
    names.sort_by_key(|name| position(name).map_or(u64::MAX, u64::from));
    names
}

fn weight(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(weight).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(weight).sum::<usize>(),
        _ => 1,
    }
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

/// The element at the position nearest to `number`, halves upwards.
fn nearest(list: &[Value], number: f64) -> Option<&Value> {
    let position = (number + 0.5).floor();
    let index = (0..list.len()).find(|index| {
        u32::try_from(*index).is_ok_and(|index| (f64::from(index) - position).abs() < 0.25)
    })?;
    list.get(index)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn own(definition: Value) -> Result<Value, Fault> {
        let Value::Object(mut definition) = definition else {
            panic!()
        };
        Substituter::default().apply_own(&mut definition, "frames.x", &mut Chance::seeded(3))?;
        Ok(Value::Object(definition))
    }

    #[test]
    fn whole_texts_are_replaced_and_nothing_else() {
        let done = own(json!({
            "parameters": {"A": {"deep": [1]}, "N": null, "LIST": ["a", "b", "c"]},
            "a": "A",
            "n": "N",
            "i0": "LIST#0",
            "i14": "LIST#1.4",
            "hex": "LIST#0x2",
            "exp": "LIST#1e0",
            "out": "LIST#9",
            "neg": "LIST#-1",
            "sub": "xA",
            "colour": "#abc",
            "other": "NOLIST#0",
            "in": ["A", ["LIST#9", 5, true]],
            "A": 1,
        }))
        .unwrap();
        let expected = json!({
            "parameters": {"A": {"deep": [1]}, "N": null, "LIST": ["a", "b", "c"]},
            "a": {"deep": [1]},
            "n": null,
            "i0": "a",
            "i14": "b",
            "hex": "c",
            "exp": "b",
            "sub": "xA",
            "colour": "#abc",
            "other": "NOLIST#0",
            "in": [{"deep": [1]}, [null, 5, true]],
            "A": 1,
        });
        assert_eq!(
            serde_json::to_string(&done).unwrap(),
            serde_json::to_string(&expected).unwrap()
        );
    }

    #[test]
    fn the_order_of_members_decides_what_parameters_see_of_themselves() {
        assert_eq!(
            own(json!({"parameters": {"A": "B", "B": "x"}, "z": "A"})).unwrap()["z"],
            "x"
        );
        assert_eq!(
            own(json!({"z": "A", "parameters": {"A": "B", "B": "x"}})).unwrap()["z"],
            "B"
        );
        let chosen = own(json!({
            "parameters": {"LIST": [1, 2, 3, 4], "CHOSEN": "LIST#PERM"},
            "first": "CHOSEN#0",
            "last": "CHOSEN#3",
        }))
        .unwrap();
        assert_eq!(chosen["first"], chosen["parameters"]["CHOSEN"][0]);
        assert_eq!(chosen["last"], chosen["parameters"]["CHOSEN"][3]);
    }

    #[test]
    fn uniq_runs_through_one_shuffle_and_starts_again() {
        let done = own(json!({
            "parameters": {"LIST": [1, 2, 3]},
            "u": ["LIST#UNIQ", "LIST#UNIQ", "LIST#UNIQ", "LIST#UNIQ"],
        }))
        .unwrap();
        let mut first: Vec<i64> = done["u"].as_array().unwrap()[..3]
            .iter()
            .map(|v| v.as_i64().unwrap())
            .collect();
        assert_eq!(done["u"][0], done["u"][3]);
        first.sort_unstable();
        assert_eq!(first, [1, 2, 3]);
        assert!(
            own(json!({"parameters": {"LIST": []}, "u": "LIST#UNIQ", "r": "LIST#RAND"}))
                .unwrap()
                .get("u")
                .is_none()
        );
    }

    #[test]
    fn faults_name_the_member() {
        assert_eq!(
            own(json!({"parameters": {"A": 1}, "x": {"y": ["A#0"]}}))
                .unwrap_err()
                .path,
            "frames.x.x.y[0]"
        );
        assert_eq!(
            own(json!({"parameters": {"A": [1]}, "x": "A#SOME"}))
                .unwrap_err()
                .path,
            "frames.x.x"
        );
    }

    #[test]
    fn tables_that_feed_each_other_are_stopped() {
        let mut table = Map::new();
        table.insert("P0".into(), json!(vec!["x"; 10]));
        for level in 1..40 {
            table.insert(
                format!("P{level}"),
                json!(vec![format!("P{}", level - 1); 4]),
            );
        }
        let fault = own(json!({"parameters": table})).unwrap_err();
        assert!(fault.message.contains("again and again"));
    }

    #[test]
    fn names_like_positions_are_visited_first() {
        let object = json!({"b": 0, "10": 0, "a": 0, "2": 0, "02": 0});
        assert_eq!(
            walk_order(object.as_object().unwrap()),
            ["2", "10", "b", "a", "02"]
        );
    }
}

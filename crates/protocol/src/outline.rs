//! What a protocol looks like without drawing from it: its frames, groups and randomizers, and what
//! each randomizer can yield.

use std::fmt::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::document::Document;
use crate::text::shortened;

#[cfg(test)]
mod tests;

/// Deepest nesting that is looked into.
const DEPTH: usize = 60;
/// Most rows that are listed for one randomizer; the rest is counted.
const MOST_ROWS: usize = 24;
/// Most entries of one list that are looked at.
const MOST_CHILDREN: usize = 500;
/// Most frames, groups and randomizers that are shown: what `sequence` names again is there again.
const MOST_NODES: usize = 2_000;
/// Most randomizers whose rows are shown.
const MOST_RANDOMIZERS: usize = 50;
/// Longest text of a row, in bytes.
const LONGEST: usize = 200;

/// A frame, group or randomizer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its nickname or id; for those without one its place in the list.
    pub label: String,
    /// Its kind, with the sampler for randomizers.
    pub kind: String,
    /// Path of its definition in the document.
    pub path: String,
    /// In how many ways it can turn out; only randomizers have it.
    pub variants: Option<String>,
    /// What a group or randomizer holds, in the order in which it is written.
    pub children: Vec<Node>,
}

/// What a randomizer can yield.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Randomizer {
    /// Name under which the condition is stored: position in the sequence and nickname.
    pub name: String,
    /// How it chooses: the word that the researcher wrote, which may be a wrong one.
    pub sampler: String,
    /// Path of its definition in the document.
    pub path: String,
    /// What can be drawn: the label that is stored, what it means, and how likely it is.
    pub rows: Vec<(String, String, String)>,
    /// How many rows were left out, in words; empty when none were.
    pub more: String,
}

/// A protocol as its researcher sees it beside the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outline {
    /// Entries of the sequence, in its order.
    pub nodes: Vec<Node>,
    /// What the randomizers among them can draw.
    pub randomizers: Vec<Randomizer>,
}

/// What a protocol looks like, whether or not it can be played.
pub fn outline(document: &Document) -> Outline {
    let mut outline = Outline::default();
    let mut left = MOST_NODES;
    for (index, nickname) in document.sequence.iter().take(MOST_CHILDREN).enumerate() {
        let label = shortened(nickname);
        let Some(Value::Object(definition)) = document.frames.get(nickname) else {
            outline.nodes.push(Node {
                label,
                kind: "not defined".to_owned(),
                path: format!("sequence[{index}]"),
                variants: None,
                children: Vec::new(),
            });
            continue;
        };
        let path = format!("frames.{nickname}");
        let is_choice = definition.get("kind").and_then(Value::as_str) == Some("choice");
        if is_choice && outline.randomizers.len() < MOST_RANDOMIZERS {
            let name = format!("{index}-{label}");
            outline
                .randomizers
                .push(randomizer(name, definition, &path));
        }
        let Some(node) = node(label, definition, None, path, &mut left, 0) else {
            break;
        };
        outline.nodes.push(node);
    }
    outline
}

fn text<'a>(
    definition: &'a Map<String, Value>,
    common: Option<&'a Map<String, Value>>,
    name: &str,
) -> &'a str {
    definition
        .get(name)
        .or_else(|| common?.get(name))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn list<'a>(definition: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    definition
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// A definition with what it holds; nothing when no more are shown.
fn node(
    label: String,
    definition: &Map<String, Value>,
    common: Option<&Map<String, Value>>,
    path: String,
    left: &mut usize,
    depth: usize,
) -> Option<Node> {
    *left = left.checked_sub(1)?;
    let kind = text(definition, common, "kind");
    let sampler = text(definition, common, "sampler");
    let own_common = definition
        .get("commonFrameProperties")
        .and_then(Value::as_object);
    let member = match (kind, sampler) {
        ("group", _) | ("choice", "random-parameter-set") => "frameList",
        ("choice", _) => "frameOptions",
        _ => "",
    };
    let most = if depth < DEPTH { MOST_CHILDREN } else { 0 };
    let mut children = Vec::new();
    for (index, child) in list(definition, member).iter().take(most).enumerate() {
        let Some(child) = child.as_object() else {
            continue;
        };
        let label = match text(child, own_common, "id") {
            "" => (index + 1).to_string(),
            id => shortened(id),
        };
        let path = format!("{path}.{member}[{index}]");
        let Some(child) = node(label, child, own_common, path, left, depth + 1) else {
            break;
        };
        children.push(child);
    }
    let variants = (kind == "choice").then(|| match sampler {
        "random-parameter-set" => list(definition, "parameterSets").len().to_string(),
        "permute" => factorial(list(definition, "frameOptions").len()),
        _ => "1".to_owned(),
    });
    let is_sampled = kind == "choice" && !sampler.is_empty();
    Some(Node {
        label,
        kind: shortened(if is_sampled { sampler } else { kind }),
        path,
        variants,
        children,
    })
}

fn factorial(n: usize) -> String {
    let product = (1..=n).try_fold(1_u64, |product, factor| {
        product.checked_mul(u64::try_from(factor).ok()?)
    });
    product.map_or_else(|| format!("{n}!"), |product| product.to_string())
}

fn randomizer(name: String, definition: &Map<String, Value>, path: &str) -> Randomizer {
    let sampler = shortened(text(definition, None, "sampler"));
    let (mut rows, count) = match sampler.as_str() {
        "random-parameter-set" => parameter_sets(definition),
        "permute" => permutations(definition),
        "select" => (selection(definition), 1),
        _ => (Vec::new(), 0),
    };
    let more = match sampler.as_str() {
        "permute" if count == 0 => format!(
            "{} orders",
            factorial(list(definition, "frameOptions").len())
        ),
        _ if count > MOST_ROWS => format!("{} more", count - MOST_ROWS),
        _ => String::new(),
    };
    rows.truncate(MOST_ROWS);
    Randomizer {
        name,
        sampler,
        path: path.to_owned(),
        rows,
        more,
    }
}

/// A row of [`Randomizer::rows`].
type Row = (String, String, String);

/// The first rows, and how many there are.
fn parameter_sets(definition: &Map<String, Value>) -> (Vec<Row>, usize) {
    let sets = list(definition, "parameterSets");
    let weights: Option<Vec<f64>> = match definition.get("parameterSetWeights") {
        None | Some(Value::Null) => Some(vec![1.0; sets.len()]),
        Some(Value::Array(weights)) if weights.is_empty() => Some(vec![1.0; sets.len()]),
        Some(Value::Array(weights)) => weights.iter().map(Value::as_f64).collect(),
        Some(_) => None,
    };
    let total: f64 = weights.iter().flatten().sum();
    let share = |index: usize| match weights.as_ref().and_then(|weights| weights.get(index)) {
        Some(weight) if total > 0.0 => format!("{:.1} %", 100.0 * weight / total),
        _ => "depends on age".to_owned(),
    };
    let rows = sets.iter().take(MOST_ROWS).enumerate();
    let rows = rows.map(|(index, set)| (index.to_string(), parameters(set), share(index)));
    (rows.collect(), sets.len())
}

/// One row for each order of up to four options; none for more, as there are too many.
fn permutations(definition: &Map<String, Value>) -> (Vec<Row>, usize) {
    let options = list(definition, "frameOptions");
    if options.len() > 4 {
        return (Vec::new(), 0);
    }
    let labels: Vec<String> = options
        .iter()
        .enumerate()
        .map(|(index, option)| {
            let id = option.get("id").and_then(Value::as_str);
            id.map_or_else(|| (index + 1).to_string(), shortened)
        })
        .collect();
    let orders = orders(&labels);
    let share = format!("1 in {}", orders.len());
    let rows: Vec<Row> = orders
        .into_iter()
        .enumerate()
        .map(|(index, order)| (index.to_string(), order.join(", "), share.clone()))
        .collect();
    let count = rows.len();
    (rows, count)
}

fn selection(definition: &Map<String, Value>) -> Vec<Row> {
    let chosen = definition
        .get("whichFrames")
        .filter(|value| !matches!(value, Value::Null) && value.as_i64() != Some(-1))
        .map_or_else(
            || "all, in their order".to_owned(),
            |chosen| beginning(|text| write!(text, "{chosen}")),
        );
    vec![(
        "0".to_owned(),
        format!("frames {chosen}"),
        "always".to_owned(),
    )]
}

fn parameters(set: &Value) -> String {
    beginning(|text| {
        let Some(members) = set.as_object() else {
            return write!(text, "{set}");
        };
        for (index, (name, value)) in members.iter().enumerate() {
            let separator = if index > 0 { ", " } else { "" };
            write!(text, "{separator}{name}: {value}")?;
        }
        Ok(())
    })
}

/// The beginning of what is written, which may be very long: writing stops there.
fn beginning(write: impl FnOnce(&mut Beginning) -> fmt::Result) -> String {
    let mut beginning = Beginning(String::new());
    let is_whole = write(&mut beginning).is_ok();
    let end = if is_whole { "" } else { "\u{2026}" };
    beginning.0 + end
}

struct Beginning(String);

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = LONGEST.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        let end = text.floor_char_boundary(room);
        self.0.push_str(text.get(..end).unwrap_or_default());
        Err(fmt::Error)
    }
}

fn orders(labels: &[String]) -> Vec<Vec<String>> {
    if labels.is_empty() {
        return vec![Vec::new()];
    }
    labels
        .iter()
        .enumerate()
        .flat_map(|(index, first)| {
            let rest: Vec<String> = labels
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .map(|(_, label)| label.clone())
                .collect();
            orders(&rest)
                .into_iter()
                .map(move |order| std::iter::once(first.clone()).chain(order).collect())
        })
        .collect()
}

//! What a protocol looks like without drawing from it: its frames, groups and randomizers, and what
//! each randomizer can yield.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::document::Document;

/// Deepest nesting that is looked into.
const DEPTH: usize = 60;
/// Most rows that are listed for one randomizer; the rest is counted.
const MOST_ROWS: usize = 24;
/// Most entries of one list that are looked at.
const MOST_CHILDREN: usize = 500;

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
    for (index, nickname) in document.sequence.iter().take(MOST_CHILDREN).enumerate() {
        let path = format!("frames.{nickname}");
        let Some(Value::Object(definition)) = document.frames.get(nickname) else {
            outline.nodes.push(Node {
                label: nickname.clone(),
                kind: "not defined".to_owned(),
                path: format!("sequence[{index}]"),
                variants: None,
                children: Vec::new(),
            });
            continue;
        };
        if definition.get("kind").and_then(Value::as_str) == Some("choice") {
            outline
                .randomizers
                .push(randomizer(format!("{index}-{nickname}"), definition, &path));
        }
        outline
            .nodes
            .push(node(nickname.clone(), definition, &Map::new(), path, 0));
    }
    outline
}

fn text<'a>(
    definition: &'a Map<String, Value>,
    common: &'a Map<String, Value>,
    name: &str,
) -> &'a str {
    definition
        .get(name)
        .or_else(|| common.get(name))
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

fn node(
    label: String,
    definition: &Map<String, Value>,
    common: &Map<String, Value>,
    path: String,
    depth: usize,
) -> Node {
    let kind = text(definition, common, "kind");
    let sampler = text(definition, common, "sampler");
    let own_common = definition
        .get("commonFrameProperties")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let member = match (kind, sampler) {
        ("group", _) | ("choice", "random-parameter-set") => "frameList",
        ("choice", _) => "frameOptions",
        _ => "",
    };
    let children = list(definition, member)
        .iter()
        .take(if depth < DEPTH { MOST_CHILDREN } else { 0 })
        .enumerate()
        .filter_map(|(index, child)| {
            let child = child.as_object()?;
            let label = Some(text(child, &own_common, "id"))
                .filter(|id| !id.is_empty())
                .map_or_else(|| format!("{}", index + 1), str::to_owned);
            Some(node(
                label,
                child,
                &own_common,
                format!("{path}.{member}[{index}]"),
                depth + 1,
            ))
        })
        .collect();
    let variants = (kind == "choice").then(|| match sampler {
        "random-parameter-set" => list(definition, "parameterSets").len().to_string(),
        "permute" => factorial(list(definition, "frameOptions").len()),
        _ => "1".to_owned(),
    });
    Node {
        label,
        kind: if kind == "choice" && !sampler.is_empty() {
            sampler.to_owned()
        } else {
            kind.to_owned()
        },
        path,
        variants,
        children,
    }
}

fn factorial(n: usize) -> String {
    let product = (1..=n).try_fold(1_u64, |product, factor| {
        product.checked_mul(u64::try_from(factor).ok()?)
    });
    product.map_or_else(|| format!("{n}!"), |product| product.to_string())
}

fn randomizer(name: String, definition: &Map<String, Value>, path: &str) -> Randomizer {
    let sampler = text(definition, definition, "sampler").to_owned();
    let mut rows = match sampler.as_str() {
        "random-parameter-set" => parameter_sets(definition),
        "permute" => permutations(definition),
        "select" => selection(definition),
        _ => Vec::new(),
    };
    let count = rows.len();
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

fn parameter_sets(definition: &Map<String, Value>) -> Vec<Row> {
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
    sets.iter()
        .enumerate()
        .map(|(index, set)| (index.to_string(), parameters(set), share(index)))
        .collect()
}

/// One row for each order of up to four options; none for more, as there are too many.
fn permutations(definition: &Map<String, Value>) -> Vec<Row> {
    let labels: Vec<String> = list(definition, "frameOptions")
        .iter()
        .enumerate()
        .map(|(index, option)| {
            option
                .get("id")
                .and_then(Value::as_str)
                .map_or_else(|| (index + 1).to_string(), str::to_owned)
        })
        .collect();
    if labels.len() > 4 {
        return Vec::new();
    }
    let orders = orders(&labels);
    let share = format!("1 in {}", orders.len());
    orders
        .into_iter()
        .enumerate()
        .map(|(index, order)| (index.to_string(), order.join(", "), share.clone()))
        .collect()
}

fn selection(definition: &Map<String, Value>) -> Vec<Row> {
    let chosen = definition
        .get("whichFrames")
        .filter(|value| !matches!(value, Value::Null) && value.as_i64() != Some(-1))
        .map_or_else(|| "all, in their order".to_owned(), Value::to_string);
    vec![(
        "0".to_owned(),
        format!("frames {chosen}"),
        "always".to_owned(),
    )]
}

fn parameters(set: &Value) -> String {
    let text = set.as_object().map_or_else(
        || set.to_string(),
        |set| {
            set.iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>()
                .join(", ")
        },
    );
    if text.chars().count() > 200 {
        format!("{}\u{2026}", text.chars().take(200).collect::<String>())
    } else {
        text
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The outline of a protocol with everything in it.
    fn everything() -> Outline {
        let protocol = json!({
            "frames": {
                "intro": {"kind": "exp-lookit-text"},
                "trials": {
                    "kind": "choice",
                    "sampler": "random-parameter-set",
                    "commonFrameProperties": {"kind": "exp-lookit-images-audio"},
                    "frameList": [{"id": "a"}, {}],
                    "parameterSets": [{"SIDE": "left"}, {"SIDE": "right"}],
                    "parameterSetWeights": [3, 1],
                },
                "order": {
                    "kind": "choice",
                    "sampler": "permute",
                    "frameOptions": [
                        {"id": "x", "kind": "exp-lookit-text"},
                        {"kind": "exp-lookit-text"},
                        {"id": "z", "kind": "exp-lookit-text"},
                    ],
                },
                "many": {
                    "kind": "choice",
                    "sampler": "permute",
                    "frameOptions": [{}, {}, {}, {}, {}],
                },
                "some": {
                    "kind": "choice",
                    "sampler": "select",
                    "frameOptions": [{}, {}],
                    "whichFrames": [1],
                },
                "block": {"kind": "group", "frameList": [{"kind": "exp-lookit-text", "id": "one"}]},
            },
            "sequence": ["intro", "trials", "order", "many", "some", "block", "lost"],
        });
        outline(&Document::from_value(protocol).unwrap())
    }

    #[test]
    fn groups_and_randomizers_are_seen_from_outside() {
        let outline = everything();
        let kinds: Vec<_> = outline
            .nodes
            .iter()
            .map(|node| {
                (
                    node.label.as_str(),
                    node.kind.as_str(),
                    node.variants.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            kinds,
            [
                ("intro", "exp-lookit-text", None),
                ("trials", "random-parameter-set", Some("2")),
                ("order", "permute", Some("6")),
                ("many", "permute", Some("120")),
                ("some", "select", Some("1")),
                ("block", "group", None),
                ("lost", "not defined", None)
            ]
        );
        assert_eq!(
            outline.nodes[1]
                .children
                .iter()
                .map(|node| (node.label.as_str(), node.kind.as_str(), node.path.as_str()))
                .collect::<Vec<_>>(),
            [
                ("a", "exp-lookit-images-audio", "frames.trials.frameList[0]"),
                ("2", "exp-lookit-images-audio", "frames.trials.frameList[1]")
            ]
        );
        assert_eq!(outline.nodes[5].children[0].label, "one");
    }

    #[test]
    fn what_randomizers_can_draw_is_listed() {
        let outline = everything();
        let of = |name: &str| {
            outline
                .randomizers
                .iter()
                .find(|randomizer| randomizer.name == name)
                .unwrap()
        };
        assert_eq!(
            of("1-trials").rows,
            [
                ("0".into(), "SIDE: \"left\"".into(), "75.0 %".into()),
                ("1".into(), "SIDE: \"right\"".into(), "25.0 %".into())
            ]
        );
        assert_eq!(
            (
                of("2-order").rows.len(),
                of("2-order").rows[0].1.as_str(),
                of("2-order").rows[0].2.as_str()
            ),
            (6, "x, 2, z", "1 in 6")
        );
        assert_eq!(
            (of("3-many").rows.len(), of("3-many").more.as_str()),
            (0, "120 orders")
        );
        assert_eq!(of("4-some").rows[0].1, "frames [1]");
    }

    #[test]
    fn nothing_is_too_odd_to_be_outlined() {
        let deep = (0..200).fold(
            json!({"kind": "exp-lookit-text"}),
            |inner, _| json!({"kind": "group", "frameList": [inner, 7]}),
        );
        let document = Document::from_value(json!({
            "frames": {"a": deep, "b": {"kind": "choice"}, "c": 1},
            "sequence": ["a", "b", "c", "a"],
        }))
        .unwrap();
        assert_eq!(outline(&document).nodes.len(), 4);
    }
}

//! Text blocks of researchers: title, text, picture, list. Their texts are trusted HTML, kept from
//! running scripts by the page's policy.

use serde_json::{Map, Value};
use web_sys::Element;

use super::element::{El, el};
use super::members::{flag, object, objects, text};

/// HTML of a text: line breaks and tabs are kept. A list is joined by commas, a number is written
/// out, and anything else is empty.
pub fn formatted(value: Option<&Value>) -> String {
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .map(|part| {
                part.as_str()
                    .map_or_else(|| part.to_string(), str::to_owned)
            })
            .collect::<Vec<_>>()
            .join(","),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    text.replace("\r\n", "\n")
        .replace(['\n', '\r'], "<br>")
        .replace('\t', "&nbsp;&nbsp;&nbsp;&nbsp;")
}

/// Adds to a block, given its position, its members and its element.
pub type Extra<'a> = dyn FnMut(usize, &Map<String, Value>, &Element) + 'a;

/// Text blocks, each optionally followed by what `extra` makes of it.
pub fn blocks(parent: &Element, blocks: Option<&Value>, extra: &mut Extra<'_>) {
    let list = blocks
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for (index, block) in list.iter().enumerate() {
        let Some(block) = block.as_object() else {
            continue;
        };
        let holder = el("div").class("text-block");
        text_block(&holder, block);
        extra(index, block, holder.element());
        holder.append_to(parent);
    }
}

fn text_block(holder: &El, block: &Map<String, Value>) {
    let title = text(block, "title");
    if !title.is_empty() {
        holder.add(&el("h2").class("exp-text-medium").text(title));
    }
    if block.get("text").is_some_and(|text| !text.is_null()) {
        let is_bold = flag(block, "emph", false);
        holder.add(
            &el("p")
                .class(if is_bold { "emph" } else { "" })
                .html(&formatted(block.get("text"))),
        );
    }
    if let Some(image) = object(block, "image") {
        holder.add(
            &el("img")
                .class("text-block-img")
                .attr("src", text(image, "src"))
                .attr("alt", text(image, "alt")),
        );
    }
    if block.get("listblocks").is_some_and(Value::is_array) {
        let list = el("ul");
        for item in objects(block, "listblocks") {
            let entry = el("li");
            text_block(&entry, item);
            list.add(&entry);
        }
        holder.add(&list);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn breaks_and_tabs_are_kept() {
        assert_eq!(
            formatted(Some(&json!("a\r\nb\rc\nd\te <b>x</b>"))),
            "a<br>b<br>c<br>d&nbsp;&nbsp;&nbsp;&nbsp;e <b>x</b>"
        );
        assert_eq!(formatted(Some(&json!(["a", "b"]))), "a,b");
        assert_eq!(formatted(None), "");
    }
}

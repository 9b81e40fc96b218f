//! What pages are made of.

use super::{root, sources};

#[test]
fn style_sheets_take_their_colours_from_the_tokens() {
    let sheets = sources(&root().join("style"), "css");
    assert!(sheets.len() > 5, "{sheets:?}");
    for sheet in sheets.iter().filter(|sheet| !sheet.ends_with("tokens.css")) {
        let text = std::fs::read_to_string(sheet).unwrap();
        for word in ["#fff", "#000", "rgb(", "hsl("] {
            let sheet = sheet.display();
            assert!(
                !text.contains(word),
                "{sheet} names a colour of its own: {word}"
            );
        }
    }
}

/// Leptos escapes nothing inside a `textarea`: whatever stands there must have gone through
/// `parts::text::textarea_text`.
#[test]
fn what_is_typed_stays_text() {
    let mut found = 0;
    for path in sources(&root().join("app/src"), "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        for inside in text.split("<textarea").skip(1) {
            // However it is broken into lines.
            let inside = inside.split("</textarea>").next().unwrap();
            let inside = inside.split_whitespace().collect::<String>();
            assert!(
                inside.ends_with(")}") && inside.contains(">{textarea_text("),
                "{}: {inside}",
                path.display()
            );
            found += 1;
        }
        assert!(
            !text.contains("<noscript") && !text.contains("<style"),
            "{}: nothing is escaped there either",
            path.display()
        );
    }
    assert!(found > 3);
}

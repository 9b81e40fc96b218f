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

/// A button that can't be pressed must not look like one that can.
#[test]
fn buttons_show_that_they_are_disabled() {
    for (file, button) in [
        ("parts/controls.css", "  .button {"),
        ("parts/controls.css", "  button.quiet {"),
        ("player.css", "  .player-button {"),
    ] {
        let text = std::fs::read_to_string(root().join("style").join(file)).unwrap();
        let (_, rule) = text.split_once(button).unwrap();
        let (rule, _) = rule.split_once("\n  }").unwrap();
        assert!(
            rule.contains("&:disabled"),
            "style/{file}: {button} has no look for :disabled"
        );
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

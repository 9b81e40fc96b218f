//! Reading short texts out of forms: trimmed, bounded, and without control characters.

use crate::error::Violations;

/// Longest single-line text a form takes, in characters: as much as the classic site stored.
pub const LINE: usize = 255;
/// Longest free text a form takes, in characters.
pub const PARAGRAPHS: usize = 10_000;

/// A required single-line text.
pub fn required_line(field: &str, label: &str, raw: &str, violations: &mut Violations) -> String {
    let text = line(field, label, raw, LINE, violations);
    if text.is_empty() && violations.message(field).is_none() {
        violations.add(field, "required", format!("Please fill in {label}."));
    }
    text
}

/// An optional single-line text of at most `limit` characters.
pub fn line(
    field: &str,
    label: &str,
    raw: &str,
    limit: usize,
    violations: &mut Violations,
) -> String {
    let text = raw.trim();
    if text.chars().any(char::is_control) {
        violations.add(
            field,
            "control",
            format!("Please write {label} on one line, without special control characters."),
        );
    }
    bounded(field, label, text, limit, violations)
}

/// An optional text of several lines. Line ends become `\n`: browsers send `\r\n`.
pub fn paragraphs(field: &str, label: &str, raw: &str, violations: &mut Violations) -> String {
    let text = raw.replace("\r\n", "\n").replace('\r', "\n");
    if text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        violations.add(
            field,
            "control",
            format!("Please remove the special control characters from {label}."),
        );
    }
    bounded(field, label, text.trim(), PARAGRAPHS, violations)
}

fn bounded(
    field: &str,
    label: &str,
    text: &str,
    limit: usize,
    violations: &mut Violations,
) -> String {
    let length = text.chars().count();
    if length > limit {
        violations.add(
            field,
            "too_long",
            format!("Please shorten {label} to at most {limit} characters; it has {length}."),
        );
    }
    text.to_owned()
}

/// A text that begins with a capital, for what was written to stand within a sentence.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital() {
        assert_eq!(capitalised("no frame"), "No frame");
        assert_eq!(capitalised("\u{201c}a\u{201d} is"), "\u{201c}a\u{201d} is");
        assert_eq!(capitalised(""), "");
    }

    #[test]
    fn a_line_is_trimmed_and_bounded_by_characters_not_bytes() {
        let mut none = Violations::new();
        assert_eq!(line("name", "the name", "  Zoë ", 3, &mut none), "Zoë");
        assert!(none.is_empty());
        let mut some = Violations::new();
        line("name", "the name", "Zoëy", 3, &mut some);
        assert_eq!(some.entries()[0].code, "too_long");
    }

    #[test]
    fn control_characters_are_refused_where_they_could_hide_something() {
        let mut violations = Violations::new();
        line("name", "the name", "Sam\u{0}", LINE, &mut violations);
        line("line", "the line", "two\nlines", LINE, &mut violations);
        paragraphs("text", "the text", "two\r\nlines", &mut violations);
        let fields: Vec<_> = violations
            .entries()
            .iter()
            .map(|v| v.field.as_str())
            .collect();
        assert_eq!(fields, ["name", "line"]);
    }
}

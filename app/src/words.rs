//! Pieces of sentences.

use std::fmt::Display;

/// A number before its noun: "1 child", "2 children".
pub fn count<N: Display + PartialEq + From<u8>>(number: N, one: &str, many: &str) -> String {
    let noun = if number == N::from(1) { one } else { many };
    format!("{number} {noun}")
}

/// Names one after the other: "Ada", "Ada and Bo", "Ada, Bo and Cy".
pub fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// As many whole words as fit into `most` characters, with an ellipsis where some are left out.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let fitting: String = text.chars().take(most).collect();
    let whole = fitting.rsplit_once(' ').map_or("", |(whole, _)| whole);
    format!("{}\u{2026}", whole.trim_end_matches(','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_with_their_nouns() {
        for (number, words) in [(0, "0 children"), (1, "1 child"), (2, "2 children")] {
            assert_eq!(count(number, "child", "children"), words);
        }
    }

    #[test]
    fn no_word_is_cut() {
        assert_eq!(shortened("may read", 8), "may read");
        assert_eq!(shortened("may read, and write", 12), "may read\u{2026}");
        assert_eq!(shortened("unbroken", 4), "\u{2026}");
    }

    #[test]
    fn the_last_name_follows_an_and() {
        let names = ["Ada", "Bo", "Cy"].map(str::to_owned);
        for (number, words) in [
            (0, ""),
            (1, "Ada"),
            (2, "Ada and Bo"),
            (3, "Ada, Bo and Cy"),
        ] {
            assert_eq!(and(&names[..number]), words);
        }
    }
}

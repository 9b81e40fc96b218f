//! The name that somebody probably meant.

use strsim::osa_distance;

/// Longest name that is compared, in characters: comparing takes the product of two lengths.
const LONGEST: usize = 60;
/// Most names that are compared.
const MOST: usize = 1_000;

/// The name that is most like `wanted`, letter case aside, if one differs in at most a third of its
/// characters.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let is_short = |name: &str| name.chars().nth(LONGEST).is_none();
    if !is_short(wanted) {
        return None;
    }
    let wanted = wanted.to_lowercase();
    let most = wanted.chars().count() / 3;
    names
        .into_iter()
        .take(MOST)
        .filter(|name| is_short(name))
        .map(|name| (osa_distance(&wanted, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// "Did you mean “x”? ", where there is a name like it; else nothing.
pub(crate) fn did_you_mean<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, names)
        .map(|name| format!("Did you mean \u{201c}{name}\u{201d}? "))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_keyboard_are_understood() {
        let names = ["exp-lookit-text", "exp-lookit-survey", "group", "choice"];
        for (wanted, name) in [
            ("exp-lookit-txet", Some("exp-lookit-text")),
            ("exp-lookit-Survey", Some("exp-lookit-survey")),
            ("GROUP", Some("group")),
            ("chioce", Some("choice")),
            ("video", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(nearest(wanted, names), name, "{wanted}");
        }
        assert_eq!(nearest("wordz", ["words", "word"]), Some("words"));
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(nearest(&long, [long.as_str()]), None);
        assert_eq!(nearest("word", [long.as_str(), "word"]), Some("word"));
        assert_eq!(
            did_you_mean("grup", names),
            "Did you mean \u{201c}group\u{201d}? "
        );
        assert_eq!(did_you_mean("x", names), "");
    }
}

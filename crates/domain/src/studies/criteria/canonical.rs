//! A syntax tree as text again. Parsing that text gives the same tree.

use super::Criteria;

impl std::fmt::Display for Criteria {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everyone => Ok(()),
            Self::All(parts) => join(f, parts, " AND "),
            Self::Any(parts) => join(f, parts, " OR "),
            Self::Not(part) => write!(f, "NOT {}", Grouped(part)),
            Self::Gender(is, gender) => {
                write!(f, "gender {} {gender}", if *is { "=" } else { "!=" })
            }
            Self::GestationalAgeKnown(is) => write!(
                f,
                "gestational_age_in_weeks {} na",
                if *is { "!=" } else { "=" }
            ),
            Self::GestationalAge(comparison, weeks) => write!(
                f,
                "gestational_age_in_weeks {} {weeks}",
                comparison.symbol()
            ),
            Self::AgeInDays(comparison, days) => {
                write!(f, "age_in_days {} {days}", comparison.symbol())
            }
            Self::LanguageCount(comparison, count) => {
                write!(f, "n_languages {} {count}", comparison.symbol())
            }
            Self::Speaks(code) => write!(f, "speaks_{code}"),
            Self::Condition(code) => f.write_str(code),
        }
    }
}

struct Grouped<'a>(&'a Criteria);

impl std::fmt::Display for Grouped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Criteria::All(_) | Criteria::Any(_) => write!(f, "({})", self.0),
            other => other.fmt(f),
        }
    }
}

fn join(f: &mut std::fmt::Formatter<'_>, parts: &[Criteria], between: &str) -> std::fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(between)?;
        }
        write!(f, "{}", Grouped(part))?;
    }
    Ok(())
}

//! One page of a long list, and the search in it.

use sea_orm::sea_query::{Expr, Func, IntoColumnRef, LikeExpr};

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Number of the page, counted from 1.
    pub page: u64,
    pub size: u64,
}

impl Paging {
    /// A page number as it stands in an address; nonsense is the first page.
    pub fn of(page: Option<&str>, size: u64) -> Self {
        Self {
            page: page
                .and_then(|page| page.parse().ok())
                .unwrap_or(1)
                .clamp(1, 1_000_000),
            size,
        }
    }

    /// How many entries come before.
    pub fn offset(self) -> u64 {
        (self.page - 1) * self.size
    }
}

/// Entries of one page, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub entries: Vec<T>,
    /// Number of entries on all pages.
    pub total: u64,
    pub paging: Paging,
}

impl<T> Page<T> {
    /// Number of pages, at least one.
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(self.paging.size).max(1)
    }
}

/// The words that a list is searched for, in lower case; more than a handful narrow nothing.
/// Control characters part words as blanks do: PostgreSQL takes no NUL in a text.
pub(crate) fn search_words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .take(8)
        .map(str::to_owned)
        .collect()
}

/// Whether a column holds a word anywhere, whatever its case. Characters that mean something in a
/// pattern stand for themselves.
pub(crate) fn holds(column: impl IntoColumnRef, word: &str) -> Expr {
    // Brought in here only: it would shadow `max` of plain numbers.
    use sea_orm::ExprTrait;
    let escaped: String = word
        .chars()
        .flat_map(|c| {
            if matches!(c, '%' | '_' | '!') {
                vec!['!', c]
            } else {
                vec![c]
            }
        })
        .collect();
    ExprTrait::like(
        Expr::expr(Func::lower(Expr::col(column))),
        LikeExpr::new(format!("%{escaped}%")).escape('!'),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_a_handful_of_words() {
        assert_eq!(search_words(" Moon\0CAT\u{1}\t "), ["moon", "cat"]);
        assert_eq!(search_words("a b c d e f g h i j").len(), 8);
        assert!(search_words("\0").is_empty());
    }
}

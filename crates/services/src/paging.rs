//! One page of a long list.

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Number of the page, counted from 1.
    pub page: u64,
    /// Entries on a page.
    pub size: u64,
}

impl Paging {
    /// A page number as it stands in an address; nonsense is the first page.
    pub fn of(page: Option<&str>, size: u64) -> Self {
        Self { page: page.and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, 1_000_000), size }
    }

    /// How many entries come before.
    pub fn offset(self) -> u64 {
        (self.page - 1) * self.size
    }
}

/// Entries of one page, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Number of entries on all pages.
    pub total: u64,
    /// Which page this is.
    pub paging: Paging,
}

impl<T> Page<T> {
    /// Number of pages, at least one.
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(self.paging.size).max(1)
    }
}

/// A pattern for `like` that finds a word anywhere. Signs that mean something in a pattern stand for themselves.
pub(crate) fn containing(word: &str) -> sea_orm::sea_query::LikeExpr {
    let escaped: String = word.chars().flat_map(|c| if matches!(c, '%' | '_' | '!') { vec!['!', c] } else { vec![c] }).collect();
    sea_orm::sea_query::LikeExpr::new(format!("%{escaped}%")).escape('!')
}

//! Pools for work that costs, so that no crowd of requests stops the rest of the site.

use adapters::Pool;

/// One pool for each kind of work; passwords have theirs in their hasher.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    /// Reading, resolving and comparing designs of studies, up to 4 MB each.
    pub designs: Pool,
    /// Decoding pictures: each may take 150 MB, so there is one at a time.
    pub pictures: Pool,
    /// Rating passwords, some milliseconds each.
    pub ratings: Pool,
}

impl Pools {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            designs: Pool::new("designs", cores, 64),
            pictures: Pool::new("pictures", 1, 16),
            ratings: Pool::new("ratings", cores, 64),
        }
    }
}

//! Chance with a seed: the same seed gives the same draws, on every machine and after every reload.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Where all draws of one run come from.
#[derive(Clone, Debug)]
pub struct Chance(Pcg64Mcg);

impl Chance {
    /// The source that belongs to a seed. The algorithm must not change: a reload has to draw again
    /// what a run drew before.
    pub fn seeded(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    /// A number from 0 (included) to 1 (excluded).
    pub fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// One element, each equally likely; `None` of an empty list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.index(list.len())?)
    }

    /// A position in a list of `length`, each equally likely; `None` of an empty list.
    pub fn index(&mut self, length: usize) -> Option<usize> {
        (length > 0).then(|| self.0.random_range(0..length))
    }

    /// Brings a list into random order, each equally likely.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        list.shuffle(&mut self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_every_draw() {
        let draws = |seed| {
            let mut chance = Chance::seeded(seed);
            let mut list: Vec<u8> = (0..10).collect();
            chance.shuffle(&mut list);
            (list, chance.unit(), chance.pick(&[1, 2, 3]).copied())
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
    }

    #[test]
    fn picks_are_fair() {
        let mut chance = Chance::seeded(1);
        let mut counts = [0_u32; 4];
        for _ in 0..40_000 {
            counts[*chance.pick(&[0_usize, 1, 2, 3]).unwrap()] += 1;
        }
        assert!(
            counts.iter().all(|count| (9_600..10_400).contains(count)),
            "{counts:?}"
        );
    }
}

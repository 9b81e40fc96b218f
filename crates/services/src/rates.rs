//! How often a client may ask for what costs but changes nothing.
//!
//! It is counted in memory, each process for itself, because a row for each question would cost
//! more than the answer. What must not be guessed is counted in the database
//! ([`throttle`](crate::throttle)).

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::error::Error;

/// Passwords that a client may have rated at once; the page asks at each pause of typing.
pub const RATINGS_AT_ONCE: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// How long until it may have one more rated.
pub const RATINGS_EVERY: Duration = Duration::from_secs(1);

/// Most clients that are remembered; above that those are dropped that have been quiet for long.
const CLIENTS: usize = 10_000;

#[derive(Clone)]
pub(crate) struct Rates {
    pub ratings: Rate,
}

impl Rates {
    pub fn new() -> Self {
        Self {
            ratings: Rate::new(RATINGS_AT_ONCE, RATINGS_EVERY),
        }
    }
}

/// One kind of question.
#[derive(Clone)]
pub(crate) struct Rate(Option<Arc<DefaultKeyedRateLimiter<String>>>);

impl Rate {
    /// A client may ask `at_once` times, and once more after each `every`.
    fn new(at_once: NonZeroU32, every: Duration) -> Self {
        let quota = Quota::with_period(every).map(|quota| quota.allow_burst(at_once));
        Self(quota.map(|quota| Arc::new(RateLimiter::keyed(quota))))
    }

    /// Counts one more for a client, which is a network, or refuses it.
    pub fn count(&self, network: &str) -> Result<(), Error> {
        let Some(limiter) = &self.0 else {
            return Ok(());
        };
        if limiter.len() > CLIENTS {
            limiter.retain_recent();
        }
        limiter
            .check_key(&network.to_owned())
            .map_err(|_| Error::TooMany { minutes: 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_refused_what_others_may_still_ask() {
        let rate = Rate::new(NonZeroU32::new(3).unwrap(), Duration::from_hours(1));
        for _ in 0..3 {
            assert!(rate.count("2001:db8:1:2::/64").is_ok());
        }
        let full = rate.count("2001:db8:1:2::/64");
        assert!(matches!(full, Err(Error::TooMany { minutes: 1 })));
        assert!(rate.count("192.0.2.1").is_ok());
    }
}

//! The time, as a parameter.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Duration, DurationRound, NaiveDate, Utc};

pub trait Clock: Send + Sync {
    /// Now, in whole microseconds: what both databases can keep and compare.
    fn now(&self) -> DateTime<Utc>;

    /// Today by the site's one calendar, which is that of UTC: ages, warnings and records all use
    /// it, so that they never disagree about the day.
    fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// Today where the day begins first, 14 hours before UTC: what a family anywhere may call
    /// today.
    fn latest_today(&self) -> NaiveDate {
        (self.now() + Duration::hours(14)).date_naive()
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the machine's clock"
    )]
    fn now(&self) -> DateTime<Utc> {
        whole_micros(Utc::now())
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(whole_micros(now)))
    }

    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole_micros(now: DateTime<Utc>) -> DateTime<Utc> {
    now.duration_trunc(Duration::microseconds(1)).unwrap_or(now)
}

//! Where a response stands, for the family that gave it.

use chrono::{DateTime, Duration, Utc};

/// How long a response that is played here can go on after it began.
pub const RESUMABLE: Duration = Duration::hours(24);

/// Where a response stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseState {
    /// It is complete.
    Finished,
    /// It came to its end without being complete.
    Ended,
    /// The child can go on with it.
    GoesOn,
    /// It was left, and is too old to go on.
    Left,
}

impl ResponseState {
    /// The state of a response that began at `created_at`. One that is given elsewhere goes on
    /// until the other site, or the lab, says that it is done.
    pub fn of(
        is_completed: bool,
        has_ended: bool,
        is_elsewhere: bool,
        created_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        if is_completed {
            Self::Finished
        } else if has_ended {
            Self::Ended
        } else if is_elsewhere || created_at > now - RESUMABLE {
            Self::GoesOn
        } else {
            Self::Left
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_elsewhere_goes_on_for_ever() {
        let now: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().unwrap();
        let of = |completed, ended, elsewhere, hours| {
            let began = now - Duration::hours(hours);
            ResponseState::of(completed, ended, elsewhere, began, now)
        };
        assert_eq!(of(true, true, false, 1), ResponseState::Finished);
        assert_eq!(of(true, false, true, 99), ResponseState::Finished);
        assert_eq!(of(false, true, false, 1), ResponseState::Ended);
        assert_eq!(of(false, false, false, 23), ResponseState::GoesOn);
        assert_eq!(of(false, false, false, 24), ResponseState::Left);
        assert_eq!(of(false, false, true, 99), ResponseState::GoesOn);
    }
}

//! How much one response may hold, and how fast it may come.

use chrono::Duration;

/// Most bytes of the data of a response: far above hours of play with recorded answers.
pub const LARGEST_RESPONSE: i64 = 50 << 20;
/// Most bytes of what a preview stores.
pub const LARGEST_PREVIEW: i64 = 10 << 20;

/// What a run may send at once, in bytes.
pub const BURST: i64 = 16 << 20;
/// What it may send every second after that, in bytes.
pub const PER_SECOND: i64 = 1 << 20;
/// What a request counts as, besides the bytes in it: sixteen of them a second.
pub const PER_REQUEST: i64 = 64 << 10;

/// How much of [`BURST`] is used up by a request of `bytes` that comes `since` the one before;
/// nothing if it is too much.
pub fn used_up(before: i64, since: Duration, bytes: i64) -> Option<i64> {
    let regained = since.num_milliseconds().max(0).saturating_mul(PER_SECOND) / 1000;
    let left = before.saturating_sub(regained).max(0);
    let used = left.saturating_add(bytes).saturating_add(PER_REQUEST);
    (used <= BURST).then_some(used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_sends_much_at_once_and_then_so_much_a_second() {
        let now = Duration::zero();
        let half = BURST / 2;
        let once = used_up(0, now, half).unwrap();
        assert_eq!(once, half + PER_REQUEST);
        assert_eq!(used_up(once, now, half), None);
        let later = Duration::seconds(1);
        assert_eq!(
            used_up(once, later, half),
            Some(BURST - PER_SECOND + 2 * PER_REQUEST)
        );
        assert_eq!(used_up(once, Duration::hours(1), 0), Some(PER_REQUEST));
        assert_eq!(
            used_up(once, Duration::seconds(-5), 0),
            Some(once + PER_REQUEST),
            "a clock that goes back gives nothing"
        );
    }

    #[test]
    fn empty_requests_count_too() {
        let mut used = 0;
        let mut sent = 0;
        while let Some(next) = used_up(used, Duration::zero(), 0) {
            (used, sent) = (next, sent + 1);
        }
        assert_eq!(sent, BURST / PER_REQUEST);
    }
}

//! The engine's time.

use std::ops::Add;
use std::time::Duration;

/// A moment, in milliseconds of UTC since 1970.
///
/// A call outlives a process, so its moments must mean the same in another one; a monotonic clock
/// cannot do that. The shell reads the clock and hands the moment in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// The moment that is `duration` later, in whole milliseconds; the end of time if there is
    /// none.
    fn add(self, duration: Duration) -> Self {
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(ms))
    }
}

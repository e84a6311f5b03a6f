//! The times of one call.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use call_engine::Timestamp;
use tokio::time::Instant;

/// Tells a call the time. It never goes back, even when the computer's clock is set.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    started_utc_ms: u64,
}

/// One moment, on the two clocks that a call knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// Milliseconds since the connection was made, for the session.
    pub(super) session_ms: u64,
    /// The time of day, for the engine.
    pub(super) utc: Timestamp,
}

impl Clock {
    pub(super) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            started: Instant::now(),
            // A computer whose clock stands before 1970 still takes calls.
            started_utc_ms: since_epoch.map_or(0, whole_ms),
        }
    }

    pub(super) fn now(&self) -> Now {
        let session_ms = whole_ms(self.started.elapsed());
        Now {
            session_ms,
            utc: Timestamp(self.started_utc_ms + session_ms),
        }
    }

    /// The first instant at which [`Clock::now`] has reached `session_ms`.
    pub(super) fn at(&self, session_ms: u64) -> Instant {
        self.started + Duration::from_millis(session_ms)
    }
}

fn whole_ms(duration: Duration) -> u64 {
    duration.as_millis() as u64
}

//! What a call waits for.

use crate::Timestamp;

/// The reasons to wake up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// Nobody said that the greeting was played.
    GreetingOverdue,
    /// The call has reached its longest duration.
    MaxDuration,
    /// The caller has said nothing.
    NoInput,
}

impl Timer {
    /// All timers. Of those that run out at the same moment, the first here comes first.
    const ALL: [Self; 3] = [Self::GreetingOverdue, Self::MaxDuration, Self::NoInput];
}

/// When each timer runs out; `None` while it is stopped.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimerTable {
    deadlines: [Option<Timestamp>; Timer::ALL.len()],
}

impl TimerTable {
    pub(crate) const fn set(&mut self, timer: Timer, deadline: Timestamp) {
        self.deadlines[timer as usize] = Some(deadline);
    }

    pub(crate) const fn stop(&mut self, timer: Timer) {
        self.deadlines[timer as usize] = None;
    }

    pub(crate) const fn stop_all(&mut self) {
        self.deadlines = [None; Timer::ALL.len()];
    }

    /// Stops the timer that ran out longest before `now`, and names it.
    pub(crate) fn pop_expired(&mut self, now: Timestamp) -> Option<Timer> {
        let (deadline, timer) = self.next()?;
        if deadline > now {
            return None;
        }
        self.stop(timer);
        Some(timer)
    }

    /// When the next timer runs out.
    pub(crate) fn next_timeout(&self) -> Option<Timestamp> {
        self.next().map(|(deadline, _)| deadline)
    }

    fn next(&self) -> Option<(Timestamp, Timer)> {
        Timer::ALL
            .into_iter()
            .filter_map(|timer| Some((self.deadlines[timer as usize]?, timer)))
            .min_by_key(|(deadline, _)| *deadline)
    }
}

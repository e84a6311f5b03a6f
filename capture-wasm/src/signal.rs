//! Waiting without threads: what one task waits for and a callback brings.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A value that arrives once. One task at a time may wait for it.
pub(crate) struct Slot<T> {
    value: RefCell<Option<T>>,
    waker: Cell<Option<Waker>>,
}

impl<T> Slot<T> {
    /// Brings the value. One that nobody has taken is replaced.
    pub(crate) fn put(&self, value: T) {
        self.value.replace(Some(value));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Waits for the value and takes it.
    pub(crate) async fn arrival(&self) -> T {
        poll_fn(|ctx| match self.value.take() {
            Some(value) => Poll::Ready(value),
            None => self.wait(ctx),
        })
        .await
    }

    fn wait<U>(&self, ctx: &Context<'_>) -> Poll<U> {
        self.waker.set(Some(ctx.waker().clone()));
        Poll::Pending
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            value: RefCell::new(None),
            waker: Cell::new(None),
        }
    }
}

/// A flag that is raised once and cuts short whatever the task is waiting for.
#[derive(Default)]
pub(crate) struct Flag {
    raised: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

/// The flag was raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raised;

impl Flag {
    /// Raises it.
    pub(crate) fn raise(&self) {
        self.raised.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Whether it has been raised.
    pub(crate) fn is_raised(&self) -> bool {
        self.raised.get()
    }

    /// Waits for `future`, but not past the flag: a future that is cut short is dropped.
    pub(crate) async fn unless<F: Future>(&self, future: F) -> Result<F::Output, Raised> {
        let mut future = pin!(future);
        poll_fn(|ctx| {
            if self.is_raised() {
                return Poll::Ready(Err(Raised));
            }
            self.waker.set(Some(ctx.waker().clone()));
            future.as_mut().poll(ctx).map(Ok)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::future::{pending, ready};

    fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
        pin!(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_value_arrives_once() {
        let slot = Slot::default();
        assert_eq!(poll_once(slot.arrival()), Poll::Pending);
        slot.put(7);
        assert_eq!(poll_once(slot.arrival()), Poll::Ready(7));
        assert_eq!(poll_once(slot.arrival()), Poll::Pending);
    }

    #[test]
    fn a_raised_flag_cuts_the_wait_short() {
        let flag = Flag::default();
        assert_eq!(poll_once(flag.unless(pending::<()>())), Poll::Pending);
        assert_eq!(poll_once(flag.unless(ready(1))), Poll::Ready(Ok(1)));
        flag.raise();
        assert_eq!(poll_once(flag.unless(ready(1))), Poll::Ready(Err(Raised)));
    }
}

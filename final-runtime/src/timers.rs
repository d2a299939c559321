//! What is due when: a heap of timers, ordered by deadline and then by when they were made.
//!
//! A cancelled timer stays where it is until it reaches the top, or until cancelled ones are the larger part of a
//! heap of more than a hundred: then the heap is built again without them.

use std::cell::{Cell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Instant;

use crate::handle::Handle;

/// Below this many timers, cancelled ones are left to rise to the top by themselves.
const SMALL: usize = 100;

/// The timers of one loop.
#[derive(Default)]
pub(crate) struct Timers {
    heap: RefCell<BinaryHeap<Reverse<Timer>>>,
    cancelled: Cell<usize>,
    next_sequence: Cell<u64>,
}

/// A callback and its time.
struct Timer {
    due: Instant,
    sequence: u64,
    handle: Handle,
}

impl Timers {
    /// Adds a timer.
    pub(crate) fn add(&self, due: Instant, handle: Handle) {
        let sequence = self.next_sequence.replace(self.next_sequence.get() + 1);
        self.heap.borrow_mut().push(Reverse(Timer {
            due,
            sequence,
            handle,
        }));
    }

    /// A timer in the heap was cancelled.
    pub(crate) fn note_cancelled(&self) {
        self.cancelled.set(self.cancelled.get() + 1);
    }

    /// Drops cancelled timers: all of them when they are many, else those at the top.
    pub(crate) fn prune(&self) {
        let mut heap = self.heap.borrow_mut();
        if heap.len() > SMALL && self.cancelled.get() * 2 > heap.len() {
            heap.retain(|Reverse(timer)| !timer.handle.is_cancelled());
            self.cancelled.set(0);
            return;
        }
        while let Some(Reverse(timer)) = heap.peek()
            && timer.handle.is_cancelled()
        {
            heap.pop();
            self.cancelled.set(self.cancelled.get() - 1);
        }
    }

    /// The earliest deadline. Exact after [`prune`](Self::prune).
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.heap.borrow().peek().map(|Reverse(timer)| timer.due)
    }

    /// Takes out the earliest timer that is due at `now`, cancelled or not.
    pub(crate) fn pop_due(&self, now: Instant) -> Option<Handle> {
        let mut heap = self.heap.borrow_mut();
        if heap.peek()?.0.due > now {
            return None;
        }
        let Reverse(timer) = heap.pop()?;
        if timer.handle.is_cancelled() {
            self.cancelled.set(self.cancelled.get() - 1);
        } else {
            timer.handle.left_the_timers();
        }
        Some(timer.handle)
    }

    /// Takes out everything, for a loop that closes.
    pub(crate) fn take_all(&self) -> Vec<Handle> {
        self.cancelled.set(0);
        let heap = self.heap.take();
        let handles = heap.into_iter().map(|Reverse(timer)| timer.handle);
        handles.inspect(Handle::left_the_timers).collect()
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.due, self.sequence).cmp(&(other.due, other.sequence))
    }
}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Timer {}

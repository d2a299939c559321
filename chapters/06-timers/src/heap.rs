//! Timers in a heap, as in asyncio: the earliest is at the top, and the rest
//! is in no particular order.
//!
//! What is not at the top cannot be found, so a cancelled timer stays where it is, empty, until it
//! rises to the top. Until then it takes room. `prune` builds the heap anew without the empty ones
//! when they are more than half of it.

use std::cell::Cell;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::time::Duration;

use crate::list::Key;

/// Up to this size, empty timers are left to rise to the top.
const SMALL: usize = 100;

/// Timers, the earliest at the top.
pub struct Heap<T> {
    timers: BinaryHeap<Reverse<Timer<T>>>,
    cancelled: usize,
    sequence: u64,
}

/// A timer in the heap. It shares its value with the receipt; whoever needs it first takes it out.
struct Timer<T> {
    key: Key,
    value: Rc<Cell<Option<T>>>,
}

/// With this a timer can be cancelled.
pub struct Receipt<T> {
    value: Rc<Cell<Option<T>>>,
}

impl<T> Default for Heap<T> {
    fn default() -> Self {
        Self {
            timers: BinaryHeap::new(),
            cancelled: 0,
            sequence: 0,
        }
    }
}

impl<T> Heap<T> {
    /// Arms a timer.
    pub fn insert(&mut self, due: Duration, value: T) -> Receipt<T> {
        let sequence = self.sequence;
        self.sequence += 1;
        let key = Key { due, sequence };
        let value = Rc::new(Cell::new(Some(value)));
        let receipt = Receipt {
            value: Rc::clone(&value),
        };
        self.timers.push(Reverse(Timer { key, value }));
        receipt
    }

    /// Empties a timer, unless it is gone already. It stays in the heap.
    pub fn cancel(&mut self, receipt: &Receipt<T>) -> Option<T> {
        let value = receipt.value.take()?;
        self.cancelled += 1;
        Some(value)
    }

    /// Takes empty timers out: all of them when they are many, else those at the top.
    pub fn prune(&mut self) {
        if self.timers.len() > SMALL && self.cancelled * 2 > self.timers.len() {
            self.timers.retain(|Reverse(timer)| !timer.is_empty());
            self.cancelled = 0;
        }
        while let Some(Reverse(first)) = self.timers.peek()
            && first.is_empty()
        {
            self.timers.pop();
            self.cancelled -= 1;
        }
    }

    /// The deadline at the top, which is the earliest once the heap is pruned.
    pub fn next(&self) -> Option<Duration> {
        self.timers.peek().map(|Reverse(timer)| timer.key.due)
    }

    /// Takes out what is due at `now`, in order.
    pub fn take_due(&mut self, now: Duration) -> Vec<T> {
        let mut due = Vec::new();
        while self.next().is_some_and(|next| next <= now) {
            let value = self
                .timers
                .pop()
                .and_then(|Reverse(timer)| timer.value.take());
            self.cancelled -= usize::from(value.is_none());
            due.extend(value);
        }
        due
    }

    /// How many timers it keeps, the empty ones included.
    pub fn len(&self) -> usize {
        self.timers.len()
    }

    /// Whether it keeps none.
    pub fn is_empty(&self) -> bool {
        self.timers.is_empty()
    }
}

impl<T> Timer<T> {
    /// Whether it was cancelled. A cell can only be looked into by taking out what it holds.
    fn is_empty(&self) -> bool {
        let value = self.value.take();
        let empty = value.is_none();
        self.value.set(value);
        empty
    }
}

impl<T> Ord for Timer<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<T> PartialOrd for Timer<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Timer<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Timer<T> {}

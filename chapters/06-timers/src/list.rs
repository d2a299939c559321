//! Timers in a sorted list: the earliest at its end, where it is cheap to take.
//!
//! To arm or to cancel moves whatever is earlier by one place.

use std::time::Duration;

/// A timer's place in the order: earlier deadlines first, and of equal ones the
/// one that was armed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub(crate) due: Duration,
    pub(crate) sequence: u64,
}

/// Timers, the latest first.
#[derive(Debug)]
pub struct List<T> {
    timers: Vec<(Key, T)>,
    sequence: u64,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            timers: Vec::new(),
            sequence: 0,
        }
    }
}

impl<T> List<T> {
    /// Arms a timer.
    pub fn insert(&mut self, due: Duration, value: T) -> Key {
        let sequence = self.sequence;
        self.sequence += 1;
        let key = Key { due, sequence };
        let place = self.timers.partition_point(|(other, _)| *other > key);
        self.timers.insert(place, (key, value));
        key
    }

    /// Takes a timer back, unless it is gone already.
    pub fn cancel(&mut self, key: Key) -> Option<T> {
        let place = self.timers.binary_search_by(|(other, _)| key.cmp(other));
        Some(self.timers.remove(place.ok()?).1)
    }

    /// The earliest deadline.
    pub fn next(&self) -> Option<Duration> {
        self.timers.last().map(|(key, _)| key.due)
    }

    /// Takes out what is due at `now`, in order.
    pub fn take_due(&mut self, now: Duration) -> Vec<T> {
        let mut due = Vec::new();
        while self.next().is_some_and(|next| next <= now) {
            due.extend(self.timers.pop().map(|(_, value)| value));
        }
        due
    }

    /// How many timers it keeps.
    pub fn len(&self) -> usize {
        self.timers.len()
    }

    /// Whether it keeps none.
    pub fn is_empty(&self) -> bool {
        self.timers.is_empty()
    }
}

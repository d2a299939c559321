//! A queue of numbers.

use std::collections::VecDeque;
use std::fmt;

/// What waits.
#[derive(Debug, Default)]
pub struct Queue {
    entries: VecDeque<u32>,
    /// How many were pushed.
    pushed: usize,
}

impl Queue {
    /// A queue with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an entry behind the others.
    pub fn push(&mut self, entry: u32) {
        self.pushed += 1;
        self.entries.push_back(entry);
    }

    /// Takes everything out.
    pub fn drain(&mut self) -> Vec<u32> {
        self.entries.drain(..).collect()
    }
}

// Taking out again.

impl Queue {
    /// Takes the first entry out.
    pub fn pop(&mut self) -> Option<u32> {
        self.entries.pop_front()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.entries.len(), limit())
    }
}

/// How many entries a queue may hold.
fn limit() -> usize {
    let lots = 8;
    // Room for twice as many.
    lots * 2
}

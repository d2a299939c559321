//! A queue of numbers.

use std::collections::VecDeque;
use std::fmt;

use crate::limits::too_many;

/// What waits.
#[derive(Debug, Default)]
pub struct Queue {
    entries: VecDeque<u32>,
}

impl Queue {
    /// A queue with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an entry behind the others, unless they are many.
    pub fn push(&mut self, entry: u32) -> bool {
        if too_many(self.entries.len() + 1) {
            return false;
        }
        self.entries.push_back(entry);
        true
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

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} wait", self.entries.len())
    }
}

//! The deadlines of the tick that the wheel stands in, and past ones: a heap in the order of (deadline, entry).
//!
//! What is cancelled here leaves its node behind, which is dropped when it reaches the top, or when such nodes are the
//! larger part: then the heap is built again without them. So a cancel is paid for once, whoever pays.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::slab::{Key, Slab};

/// Up to this many nodes of cancelled timers are left to rise to the top by themselves.
const FEW: usize = 32;

pub(super) struct Near {
    heap: BinaryHeap<Node>,
    /// Counts entries, so that equal deadlines leave in the order in which they came.
    entered: u64,
    /// Nodes whose timer is gone.
    stale: usize,
}

struct Node {
    due: u64,
    entry: u64,
    key: Key,
}

impl Near {
    pub(super) const fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            entered: 0,
            stale: 0,
        }
    }

    #[cfg(test)]
    pub(super) fn nodes(&self) -> usize {
        self.heap.len()
    }

    #[inline]
    pub(super) fn push(&mut self, due: u64, key: Key) {
        let entry = self.entered;
        self.entered += 1;
        self.heap.push(Node { due, entry, key });
    }

    /// The earliest deadline here.
    #[inline]
    pub(super) fn peek<T>(&mut self, slab: &Slab<T>) -> Option<u64> {
        while let Some(node) = self.heap.peek() {
            if self.stale == 0 || slab.get(node.key).is_some() {
                return Some(node.due);
            }
            self.heap.pop();
            self.stale -= 1;
        }
        None
    }

    /// Takes out what [`peek`](Self::peek) has seen.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Key> {
        self.heap.pop().map(|node| node.key)
    }

    /// A timer whose node is here has left `slab`.
    #[inline]
    pub(super) fn note_gone<T>(&mut self, slab: &Slab<T>) {
        self.stale += 1;
        if self.stale > FEW && self.stale * 2 > self.heap.len() {
            self.heap.retain(|node| slab.get(node.key).is_some());
            self.stale = 0;
        }
    }

    pub(super) fn clear(&mut self) {
        self.heap = BinaryHeap::new();
        self.stale = 0;
    }
}

impl Ord for Node {
    /// The greatest is the earliest, since `BinaryHeap` gives the greatest first.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.entry).cmp(&(self.due, self.entry))
    }
}

impl PartialOrd for Node {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Node {}

//! Chapter 1: a queue.

mod queue;

pub use queue::Queue;

// The end.

//! Chapter 2: a queue that is full at some point.

mod limits;
mod queue;

pub use queue::Queue;

// The end.

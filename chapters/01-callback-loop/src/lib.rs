//! Chapter 1: a loop that runs callbacks, one at a time, in the order in which they were queued.

mod event_loop;
mod handle;
pub mod trace;

pub use event_loop::{EventLoop, Outcome};
pub use handle::Handle;

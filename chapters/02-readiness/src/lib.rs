//! Chapter 2: the loop sleeps until the kernel says that a socket is ready, and runs the
//! callbacks that wait for it.

mod event_loop;
mod handle;
mod reactor;
pub mod trace;

pub use event_loop::{EventLoop, Outcome};
pub use handle::Handle;

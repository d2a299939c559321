//! Chapter 5: tasks, coroutines that the loop runs side by side, each with a result and a cancel.

mod block_on;
mod event_loop;
mod gather;
mod handle;
mod promise;
mod reactor;
mod ready;
mod task;
pub mod trace;
mod waker;

pub use block_on::block_on;
pub use event_loop::{EventLoop, Outcome};
pub use gather::gather;
pub use handle::Handle;
pub use promise::{AlreadySettled, Failure, Promise};
pub use task::Task;

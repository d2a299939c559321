//! Chapter 4: the compiler writes the futures, and a thread without a loop can wait for one.

mod block_on;
mod driver;
mod event_loop;
mod handle;
mod promise;
mod reactor;
mod ready;
pub mod trace;
mod waker;

pub use block_on::block_on;
pub use event_loop::{EventLoop, Outcome};
pub use handle::Handle;
pub use promise::{AlreadySettled, Failure, Promise};

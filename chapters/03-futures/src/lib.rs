//! Chapter 3: the loop polls futures, each of them again when its waker says so.

mod driver;
mod event_loop;
mod handle;
mod promise;
mod reactor;
mod ready;
pub mod trace;
mod waker;

pub use event_loop::{EventLoop, Outcome};
pub use handle::Handle;
pub use promise::{AlreadySettled, Failure, Promise};

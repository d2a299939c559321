//! Chapter 6: timers. The loop sleeps until a moment, on the machine's clock or on one that jumps.

mod block_on;
mod clock;
mod event_loop;
mod gather;
mod handle;
pub mod heap;
mod interval;
pub mod list;
mod promise;
mod reactor;
mod ready;
mod sleep;
mod task;
mod timeout;
pub mod trace;
mod waker;
pub mod wheel;

pub use block_on::block_on;
pub use event_loop::{EventLoop, Outcome};
pub use gather::gather;
pub use handle::Handle;
pub use interval::{Interval, interval};
pub use promise::{AlreadySettled, Failure, Promise};
pub use sleep::{Sleep, sleep, sleep_until};
pub use task::Task;
pub use timeout::{Elapsed, timeout};

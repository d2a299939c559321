//! Chapter 8: cancellation. A request that travels to what a task waits for, that can be caught,
//! and leaves time to clean up.

mod block_on;
mod cancel;
mod clock;
mod event_loop;
mod gather;
mod group;
mod handle;
mod interval;
mod net;
mod promise;
mod reactor;
mod ready;
mod scope;
mod shield;
mod sleep;
mod socket;
mod task;
mod timeout;
pub mod trace;
mod waker;
pub mod wheel;

pub use block_on::block_on;
pub use cancel::{Cancelled, CatchCancel, catch_cancel};
pub use event_loop::{EventLoop, Outcome};
pub use gather::{gather, gather_outcomes};
pub use group::{GroupClosed, GroupError, TaskGroup, task_group};
pub use handle::Handle;
pub use interval::{Interval, interval};
pub use net::{TcpListener, TcpStream, UnixStream};
pub use promise::{AlreadySettled, Failure, Promise};
pub use reactor::Direction;
pub use shield::shield;
pub use sleep::{Sleep, sleep, sleep_until};
pub use socket::Socket;
pub use task::Task;
pub use timeout::{Elapsed, Timeout, timeout};

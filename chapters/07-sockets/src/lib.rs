//! Chapter 7: sockets. Readiness becomes a future: a listener and streams that
//! a coroutine can wait for.

mod block_on;
mod clock;
mod event_loop;
mod gather;
mod handle;
mod interval;
mod net;
mod promise;
mod reactor;
mod ready;
mod sleep;
mod socket;
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
pub use net::{TcpListener, TcpStream, UnixStream};
pub use promise::{AlreadySettled, Failure, Promise};
pub use reactor::Direction;
pub use sleep::{Sleep, sleep, sleep_until};
pub use socket::Socket;
pub use task::Task;
pub use timeout::{Elapsed, timeout};

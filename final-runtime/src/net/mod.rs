//! Sockets: [`TcpListener`] and [`TcpStream`].
//!
//! An operation is tried first, and waits only when the socket says that it would block. A socket that is dropped is
//! closed and forgotten by the loop.
//!
//! What a task waits for here is told by futures: [`Accept`], [`Connect`], [`Read`] and [`Write`] stand in the
//! [task tree](crate::LoopHandle::task_tree), and a request ends their wait at once. The traits of `futures-io` (and so
//! `read_to_end`, `lines`, hyper) are polled, and nobody tells when their caller has turned to something else; of a task
//! of which nothing else is known the tree says that it perhaps waits for the socket that would wake it. A request to a
//! task that waits so raises its scope if nothing else is known of it; beside a task that it awaits in one `join!`, only
//! that task is asked.
//!
//! | file | what it is |
//! |---|---|
//! | `listener` | [`TcpListener`]: accepting |
//! | `connect` | [`Connect`]: making a connection |
//! | `stream` | [`TcpStream`]: a connection |
//! | `options` | its addresses and options |
//! | `transfer` | [`Read`] and [`Write`]: moving bytes |
//! | `traits` | the same as the traits of `futures-io` |
//! | `split` | a connection in two halves |
//! | `socket` | a socket of a loop, and an operation that may have to wait |
//! | `uninit` | reading into memory that nobody has written to |
//!
//! In the book: chapter 7.

mod connect;
mod listener;
mod options;
mod socket;
mod split;
mod stream;
mod traits;
mod transfer;
#[cfg(feature = "hyper")]
mod uninit;

pub use connect::Connect;
pub use listener::{Accept, Incoming, TcpListener};
pub use split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
pub use stream::TcpStream;
pub use transfer::{Read, Write};
#[cfg(feature = "hyper")]
pub(crate) use uninit::receive;

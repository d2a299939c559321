//! A single-threaded async runtime in asyncio's order of events.
//!
//! One loop per thread. Tasks need not be [`Send`]; the loop, its tasks and its sockets stay on their
//! thread, and the compiler holds them there.
//!
//! ```
//! use std::time::Duration;
//!
//! let answer = final_runtime::run(async {
//!     let task = final_runtime::spawn(async {
//!         final_runtime::sleep(Duration::from_millis(5)).await;
//!         42
//!     });
//!     task.await.expect("the task neither panics nor is cancelled")
//! });
//! assert_eq!(answer, 42);
//! ```
//!
//! # A map of the modules
//!
//! | file | what it is |
//! |---|---|
//! | `event_loop` | a loop from the outside: make it, run it, stop it, close it |
//! | `turn` | one turn of the loop, on one page |
//! | `ready`, `handle` | what the loop runs, and the right to call a callback off |
//! | `clock`, `timers` | what time it is, and what is due when |
//! | `driver` | where the loop sleeps: readiness of sockets |
//! | `inbox` | wakes from other threads |
//! | `task` | a future of its own: handle, cell, waker |
//! | `future`, `join` | a result that is not there yet, and waiting for it |
//! | `sleep`, [`net`] | what a task can wait for |
//! | `error`, `report` | how a task can end, and where errors go that nobody looked at |

mod clock;
mod current;
mod driver;
mod error;
mod event_loop;
mod future;
mod handle;
#[cfg(feature = "hyper")]
pub mod hyper;
mod inbox;
mod join;
pub mod net;
mod ready;
mod report;
mod run;
mod sleep;
mod task;
mod timers;
mod turn;

pub use error::{JoinError, Panic, RunError};
pub use event_loop::{EventLoop, LoopHandle};
pub use future::{Future, InvalidState, State};
pub use handle::Handle;
pub use join::Join;
pub use report::Report;
pub use run::{run, running_loop, spawn};
pub use sleep::{Sleep, YieldNow, sleep, sleep_until, yield_now};
pub use task::Task;
pub use turn::Outcome;

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
//! | `shared`, `seldom` | the same from the inside: its parts, and those that few loops need |
//! | `run`, `runner` | the front door: run a future, spawn another, find the loop; run one after another |
//! | `turn` | one turn of the loop, on one page |
//! | `ready`, `handle` | what the loop runs, and the right to call a callback off |
//! | `clock`, `timers` | what time it is, and what is due when |
//! | `driver` | where the loop sleeps: readiness of sockets |
//! | `inbox` | wakes and calls from other threads |
//! | `threadsafe` | the loop's handle for them |
//! | `signal` | signals as streams, and what Ctrl-C does |
//! | `threads` | calls that block, in threads of their own |
//! | `task` | a future of its own: handle, cell, waker |
//! | `future`, `promise`, `any_promise`, `join` | a result that is not there yet, the place of it with its type and without, waiting for it |
//! | `cancel` | cancel as a request: [`catch_cancel`], and how a request finds its way; [`cancellation`] explains it |
//! | `timeout`, `gather`, `shield`, `wait`, `wait_for`, `as_completed` | waiting for others, and not for ever |
//! | `task_group`, `scope` | tasks that end together, and children that borrow |
//! | [`coming_from_asyncio`] | each feature of asyncio, and ours beside it |
//! | [`sync`] | tasks that wait for each other: locks, events, conditions, semaphores, barriers, queues |
//! | `context` | variables that belong to a task |
//! | `sleep`, `interval`, [`net`] | what a task can wait for |
//! | `error`, `group_error`, `report` | how a task can end, and a group of them, and where errors go that nobody looked at |

mod as_completed;
mod cancel;
pub mod cancellation;
mod clock;
pub mod coming_from_asyncio;
mod context;
mod driver;
mod error;
mod event_loop;
mod future;
mod gather;
mod group_error;
mod handle;
mod here;
#[cfg(feature = "hyper")]
pub mod hyper;
mod inbox;
mod interval;
mod join;
mod lean_cell;
pub mod net;
mod pool;
mod promise;
mod ready;
mod report;
mod run;
mod runner;
mod scope;
mod seldom;
mod shared;
mod shield;
mod signal;
mod sleep;
mod slots;
pub mod sync;
mod task;
mod task_group;
mod threads;
mod threadsafe;
mod timeout;
mod timers;
mod turn;
mod wait;
mod wait_for;
#[cfg_attr(not(test), expect(dead_code, reason = "the loop still has its heap"))]
mod wheel;

pub use as_completed::{AsCompleted, as_completed};
pub use cancel::{Cancelled, CatchCancel, catch_cancel};
pub use context::ContextVar;
pub use error::{JoinError, Panic, RunError, Waiting};
pub use event_loop::{EventLoop, LoopHandle};
pub use future::{CallbackId, Future, InvalidState, State};
pub use gather::{gather, gather_outcomes};
pub use group_error::{GroupClosed, GroupError};
pub use handle::Handle;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use join::Join;
pub use report::{Report, ReportKind};
pub use run::{current_task, run, running_loop, spawn, try_spawn};
pub use runner::Runner;
pub use scope::{Scope, Scoped, scope};
pub use shield::shield;
pub use signal::{Signal, SignalKind, signal};
pub use sleep::{Sleep, YieldNow, sleep, sleep_until, yield_now};
pub use task::{Task, TaskBuilder, TaskRef};
pub use task_group::{TaskGroup, task_group, try_task_group};
pub use threads::{Refused, StillWorking, ThreadCall, ThreadPool, to_thread};
pub use threadsafe::{LoopClosed, ThreadsafeHandle, ThreadsafeJoinError, ThreadsafeTask};
pub use timeout::{Elapsed, NotActive, Timeout, timeout, timeout_at};
pub use turn::Outcome;
pub use wait::{AnyFuture, Awaitable, Until, wait};
pub use wait_for::wait_for;

/// The examples of the project's front page, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

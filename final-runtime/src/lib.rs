//! A single-threaded async runtime in asyncio's order of events.
//!
//! One loop per thread. Tasks need not be [`Send`]; the loop, its tasks and its sockets stay on their thread, and the
//! compiler holds them there. Cancel is a request that can be caught, and cleaned up after with `await`. A loop can say at any
//! time who waits for what.
//!
//! # A tour in five examples
//!
//! **Tasks.** [`run`] makes a loop and runs a future on it; [`spawn`] starts another beside it. A task runs until it
//! awaits something that is not there yet; then the next in the ready queue has its turn.
//!
//! ```
//! use final_runtime::{run, sleep, spawn};
//! use std::time::Duration;
//!
//! run(async {
//!     let kettle = spawn(async {
//!         sleep(Duration::from_millis(5)).await;
//!         "tea"
//!     });
//!     assert!(!kettle.is_done(), "it has not had its turn");
//!     assert_eq!(kettle.await.unwrap(), "tea");
//! });
//! ```
//!
//! **Cancel.** [`cancel`](TaskRef::cancel) asks. What the task waits for is given up at once; the innermost
//! [`catch_cancel`] around it gets the request, may clean up with `await`, and passes it on. [`cancellation`] is the whole
//! model.
//!
//! ```
//! use final_runtime::{catch_cancel, run, sleep, spawn, yield_now};
//! use std::time::Duration;
//!
//! run(async {
//!     let worker = spawn(async {
//!         match catch_cancel(sleep(Duration::from_secs(3600))).await {
//!             Ok(()) => "slept well",
//!             Err(cancelled) => {
//!                 sleep(Duration::from_millis(1)).await; // tell the others, flush, say good-bye
//!                 cancelled.resume().await
//!             }
//!         }
//!     });
//!     yield_now().await;
//!     worker.cancel();
//!     assert!(worker.await.unwrap_err().is_cancelled());
//! });
//! ```
//!
//! **Structure.** What is started in a [`task_group`] has ended when the block ends; the first failure asks the others to
//! end. [`timeout`] bounds a block in time, [`gather`] collects results, [`scope`] has children that borrow.
//!
//! ```
//! use final_runtime::{run, task_group, timeout};
//! use std::time::Duration;
//!
//! run(async {
//!     let sum = timeout(Duration::from_secs(1), task_group(async |group| {
//!         let numbers = [1, 2, 3].map(|n| group.spawn(async move { n * n }).unwrap());
//!         let mut sum = 0;
//!         for number in numbers {
//!             sum += number.await.unwrap();
//!         }
//!         sum
//!     }));
//!     assert_eq!(sum.await.unwrap().unwrap(), 14);
//! });
//! ```
//!
//! **Sockets.** [`net`] has TCP, with the traits of `futures-io`; what `futures` has for them is not written again here.
//!
//! ```
//! use final_runtime::net::{TcpListener, TcpStream};
//! use final_runtime::{run, spawn};
//! use futures_util::{AsyncReadExt, AsyncWriteExt, io::copy};
//!
//! # fn main() -> std::io::Result<()> {
//! run(async {
//!     let listener = TcpListener::bind("127.0.0.1:0")?;
//!     let address = listener.local_addr()?;
//!     let server = spawn(async move {
//!         let (stream, _) = listener.accept().await?;
//!         copy(&stream, &mut &stream).await
//!     });
//!     let mut client = TcpStream::connect(address).await?;
//!     client.write_all(b"echo").await?;
//!     client.close().await?;
//!     let mut heard = String::new();
//!     client.read_to_string(&mut heard).await?;
//!     assert_eq!(heard, "echo");
//!     assert_eq!(server.await.unwrap()?, 4);
//!     Ok(())
//! })
//! # }
//! ```
//!
//! **Time that a test drives.** On a virtual clock an hour is over at once, every run is the same, and where everything
//! waits for ever the run ends and says who waits for what.
//!
//! ```
//! use final_runtime::{EventLoop, RunError, sleep, sync::Lock};
//! use std::time::Duration;
//!
//! let event_loop = EventLoop::with_virtual_clock();
//! let stuck = event_loop.run_until_complete(async {
//!     sleep(Duration::from_secs(3600)).await;
//!     let lock = Lock::new(());
//!     let _first = lock.lock().await;
//!     lock.lock().await;
//! });
//! assert!(matches!(&stuck, Err(RunError::Idle(tree)) if tree.rings.len() == 1));
//! ```
//!
//! # Where to go from here
//!
//! - [`TaskTree`] and [`set_debug`](LoopHandle::set_debug): who waits for what, and what holds the loop; the example
//!   `who_waits` finds a stall and a deadlock with them.
//! - [`coming_from_asyncio`]: each feature of asyncio, and ours beside it.
//! - [`coming_from_tokio`]: the same for tokio.
//! - [`cancellation`]: how a request travels, where it arrives, what a drop loses.
//! - The book builds this runtime in fifteen small programs, eight of which are written; each module says at its end which
//!   chapter explains it, or will.
//! - `PERFORMANCE.md`: what an operation costs here and elsewhere, and how that was measured.
//!
//! # A map of the modules
//!
//! | file | what it is |
//! |---|---|
//! | `run`, `runner` | the front door: run a future, spawn another, find the loop; run one after another |
//! | `event_loop`, `shared`, `seldom` | a loop from the outside: make it, run it, stop it, close it; from the inside: its parts, and those that few loops need |
//! | `turn` | one turn of the loop, in one function |
//! | `ready`, `handle` | what the loop runs, and the right to call a callback off |
//! | `task`, `slots` | a future of its own: handle, step, waker; and how a waker finds it |
//! | `future`, `state`, `promise`, `join` | a result that is not there yet, where it stands, the place of it, waiting for it |
//! | `clock`, `timers`, `wheel` | what time it is, what is due when, and the timer wheel |
//! | `sleep`, `interval` | letting time pass, once and again |
//! | `driver`, `net`, `hyper` | where the loop sleeps; sockets; what hyper asks of a runtime |
//! | `inbox`, `threadsafe`, `numbered` | wakes and calls from other threads, their handle of the loop, and what stays here for what is there |
//! | `channel` | messages from thread to thread, awaited on a loop |
//! | `park` | a wait that blocks its thread |
//! | `threads`, `signal` | calls that block, in threads of their own; signals as streams, and what Ctrl-C does |
//! | `cancel`, `cancellation` | a request on its way; the model in words |
//! | `timeout`, `timeout_error`, `gather`, `shield`, `wait`, `wait_for`, `as_completed` | waiting for others, and not for ever |
//! | `task_group`, `scope` | tasks that end together, and children that borrow |
//! | `sync` | tasks that wait for each other: locks, events, conditions, semaphores, barriers, queues |
//! | `context` | variables that belong to a task |
//! | `error`, `group_error`, `report` | how a task can end, and a group of them, and where errors go that nobody looked at |
//! | `coming_from_asyncio`, `coming_from_tokio` | a page each for those who do |
//! | `task_tree`, `debug` | who waits for what, with its rings; where tasks were spawned, what holds the loop too long, a dump at a signal |
//! | `here` | where this thread is: in which loop, task and scope |
//! | `pool`, `lean_cell` | memory by size class, and a cell without a flag |
//!
//! Code that is `unsafe` is in `lean_cell`, `here`, `slots`, `ready`, `handle`, `pool`, `promise/raw`, `promise/typed`,
//! `promise/more`, `task`, `task/waker`, `cancel/wait`, `driver`, `signal/bells`, and for calls of the system in `clock`,
//! `driver/operation`, `net/uninit` and `signal/handler`; each block says why it is sound.

mod as_completed;
mod cancel;
pub mod cancellation;
pub mod channel;
mod clock;
pub mod coming_from_asyncio;
pub mod coming_from_tokio;
mod context;
mod debug;
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
mod numbered;
mod park;
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
mod state;
pub mod sync;
mod task;
mod task_group;
mod task_tree;
mod threads;
mod threadsafe;
mod timeout;
mod timeout_error;
mod timers;
mod turn;
mod wait;
mod wait_for;
mod wheel;

pub use as_completed::{AsCompleted, as_completed};
pub use cancel::{Cancelled, CatchCancel, catch_cancel};
pub use context::ContextVar;
pub use debug::{HeldBy, SlowCallback};
pub use driver::SocketOperation;
pub use error::{JoinError, Panic, RunError};
pub use event_loop::{EventLoop, LoopHandle};
pub use future::{CallbackId, Future};
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
pub use state::{InvalidState, State};
pub use task::{Task, TaskBuilder, TaskRef};
pub use task_group::{TaskGroup, task_group, try_task_group};
pub use task_tree::{Ring, TaskId, TaskInfo, TaskState, TaskTree, Through, WaitsFor};
pub use threads::{Refused, StillWorking, ThreadCall, ThreadPool, to_thread};
pub use threadsafe::{LoopClosed, ThreadsafeHandle, ThreadsafeJoinError, ThreadsafeTask};
pub use timeout::{Timeout, timeout, timeout_at};
pub use timeout_error::{Elapsed, NotActive};
pub use turn::Outcome;
pub use wait::{AnyFuture, Awaitable, Until, wait};
pub use wait_for::wait_for;

/// The examples of the project's front page, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

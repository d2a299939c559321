//! Tasks that wait for each other: locks, events, conditions, semaphores, barriers, queues.
//!
//! On one thread nobody interferes between two awaits. Across an await everybody may, and these say who may when.
//!
//! | type | what it is | asyncio |
//! |---|---|---|
//! | [`Lock`] | one at a time, and what it guards | `asyncio.Lock` |
//! | [`Condition`] | holders of a lock who wait for a change | `asyncio.Condition` |
//! | [`Event`] | a flag that many wait for | `asyncio.Event` |
//! | [`Semaphore`], [`BoundedSemaphore`] | so many at a time | `asyncio.Semaphore`, `asyncio.BoundedSemaphore` |
//! | [`Barrier`] | so many who go on together | `asyncio.Barrier` |
//! | [`Queue`], [`PriorityQueue`], [`LifoQueue`] | items on their way from task to task | `asyncio.Queue`, … |
//!
//! None needs a running loop to be made, and none leaves its thread; between threads there is [`channel`](crate::channel).
//! Several loops of one thread may share one: who waits, waits on the loop that polls it.
//!
//! # The rules
//!
//! They are asyncio's, to the turn of the loop:
//!
//! - What is to be had at once is had without giving up control.
//! - Who must wait stands at the end of a line. A release *calls* the first of it: that task is queued behind whatever is
//!   ready, and takes what it waits for when it runs.
//! - In the gap between the call and that turn a lock stays for the one called, and so does a permit. An item of a queue
//!   does not: who asks first gets it, and the one called goes to the back of the line.
//! - Who gives up leaves the line, and hands on what it had been called for. It makes no difference whether it was
//!   cancelled or its future dropped (the loser of a `select!`), and when: no call is lost.
//!
//! # Under `select!`
//!
//! Each wait may be one of several in a task, and be dropped half-way; what that loses is said with each. But a wait that
//! is neither polled nor dropped stands in the line for all that: once it is called, everybody behind it waits until it
//! is polled. So do not keep one (a `&mut wait` in a `select!`) while you await something else.
//!
//! ```
//! use final_runtime::sync::Lock;
//! use final_runtime::{run, sleep};
//! use futures_util::{FutureExt, select};
//! use std::time::Duration;
//!
//! run(async {
//!     let tap = Lock::new("water");
//!     let held = tap.lock().await;
//!     select! {
//!         _ = Box::pin(tap.lock().fuse()) => unreachable!("it is held"),
//!         () = sleep(Duration::from_millis(1)).fuse() => {}
//!     }
//!     drop(held);
//!     assert!(tap.try_lock().is_some(), "the place in the line went with the loser");
//! });
//! ```
//!
//! # The files
//!
//! | file | what it is |
//! |---|---|
//! | `line` | those who wait, in order |
//! | `raw_lock` | who holds a lock, without what it guards |
//! | `lock`, `condition`, `event`, `semaphore`, `barrier` | one type each |
//! | `queue`, `queue_end`, `queue_error`, `store` | queues, their end, what they refuse, and the order in which they give |
//!
//! In the book: chapter 9.

mod barrier;
mod condition;
mod event;
mod line;
mod lock;
mod queue;
mod queue_end;
mod queue_error;
mod raw_lock;
mod semaphore;
mod store;

pub use barrier::{Barrier, BrokenBarrier};
pub use condition::Condition;
pub use event::Event;
pub use lock::{Lock, LockGuard, NotLocked};
pub use queue::{LifoQueue, PriorityQueue, Queue, QueueOf};
pub use queue_error::{QueueShutDown, TooManyDone, TryGetError, TryPutError};
pub use semaphore::{BoundedSemaphore, Permit, Semaphore, TooManyReleased};
pub use store::Store;

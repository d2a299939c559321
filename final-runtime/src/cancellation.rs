//! How cancelling works: the model, in programs that run.
//!
//! # A request, not a guillotine
//!
//! [`TaskRef::cancel`](crate::TaskRef::cancel) asks. The task decides: [`catch_cancel`](crate::catch_cancel) runs a body, and when
//! a request arrives it drops the body where it stands and gives `Err(Cancelled)`. What follows is ordinary code and may
//! wait: clean-up with `await`. At its end the request is passed on with [`resume`](crate::Cancelled::resume), or let be.
//!
//! ```
//! use final_runtime::{catch_cancel, run, sleep, spawn, yield_now};
//! use std::time::Duration;
//!
//! run(async {
//!     let worker = spawn(async {
//!         let work = catch_cancel(async {
//!             sleep(Duration::from_secs(3600)).await;
//!             "finished"
//!         });
//!         match work.await {
//!             Ok(value) => value,
//!             Err(cancelled) => {
//!                 sleep(Duration::from_millis(1)).await; // say good-bye to the server
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
//! Without a scope the task's future is dropped: every local's `Drop` runs, and whoever awaits the task is told
//! [`JoinError::Cancelled`](crate::JoinError::Cancelled). Ordinary awaits have no `Result` for the sake of cancelling.
//!
//! In asyncio `CancelledError` comes out of the `await` itself, and `except CancelledError:` is what `catch_cancel` is
//! here. The order of events is the same, to the turn of the loop.
//!
//! # Where a request arrives
//!
//! A task knows what it waits for, and a request goes to that:
//!
//! | the task | a request |
//! |---|---|
//! | has not begun | ends it at its turn; no line of it runs |
//! | waits for a [`Future`](crate::Future) | cancels the future, for everybody who waits for it |
//! | waits for a [`Task`](crate::Task) | goes on to that task; the waiter keeps waiting and sees what it makes of it |
//! | waits for a [`gather`](crate::gather()) | goes on to each child that is not done |
//! | waits for a [`shield`](crate::shield()) | ends the wait; what is shielded hears nothing |
//! | waits for a child of its [`scope`](crate::scope()) | goes to what the child waits for, in the same task |
//! | waits for a [`sleep`](crate::sleep()), a [`wait`](crate::wait()), or in `accept`, `connect`, `read`, `write` of a socket | ends the wait; no byte and no connection is lost |
//! | waits for a lock, an event, a condition, a semaphore, a barrier or a queue of [`sync`](crate::sync) | ends the wait, of a condition when the lock has been taken again; the place in the line is given up, and what it had been called for goes to the next |
//! | waits at a [`channel`](crate::channel), for a [`signal`](crate::signal()), or for a [call in another thread](crate::to_thread) | ends the wait; no message that was sent and no signal is lost, and a call that has begun goes on |
//! | waits for something the runtime does not know: a socket through `AsyncRead` or `AsyncWrite`, a future of somebody else's | ends the wait, if nothing that it knows is waited for beside it |
//! | runs, has yielded, or was woken by a result and has not run yet | is noted, and delivered at its next step or next wait: the cancel wins over the result |
//!
//! Where the wait ends, the innermost scope that is waiting gets it. A second request is a request like the first: it
//! interrupts the clean-up, unless that has a scope of its own.
//!
//! A request to *this* task arrives at its scope. A cancel that began elsewhere arrives as a value:
//!
//! ```
//! use final_runtime::{JoinError, run, spawn};
//!
//! run(async {
//!     let other = spawn(std::future::pending::<()>());
//!     other.cancel();
//!     match other.await {
//!         Err(JoinError::Cancelled(_)) => {} // the other's end, not ours
//!         outcome => panic!("{outcome:?}"),
//!     }
//! });
//! ```
//!
//! # Taking a request back
//!
//! [`cancelling`](crate::TaskRef::cancelling) counts the requests. Who swallows one for good takes it back with
//! [`uncancel`](crate::TaskRef::uncancel); otherwise it keeps standing against the task, and a group that fails later
//! takes it for a request of today.
//!
//! ```
//! use final_runtime::{catch_cancel, current_task, run, spawn, yield_now};
//!
//! run(async {
//!     let stubborn = spawn(async {
//!         let me = current_task().unwrap();
//!         let caught = catch_cancel(std::future::pending::<()>()).await;
//!         assert!(caught.is_err());
//!         assert_eq!((me.cancelling(), me.uncancel()), (1, 0));
//!         "still here"
//!     });
//!     yield_now().await;
//!     stubborn.cancel();
//!     assert_eq!(stubborn.await.unwrap(), "still here");
//! });
//! ```
//!
//! # Timeouts
//!
//! [`timeout`](crate::timeout()) asks its own body to end, and turns that into [`Elapsed`](crate::Elapsed) — if nobody else
//! asked too. So timeouts nest, and a request from outside is never mistaken for one.
//!
//! ```
//! use final_runtime::{run, timeout};
//! use std::future::pending;
//! use std::time::Duration;
//!
//! run(async {
//!     let long = Duration::from_secs(60);
//!     let short = Duration::from_millis(1);
//!     // The outer one passes through the inner one as a request.
//!     let outer = timeout(short, timeout(long, pending::<()>())).await;
//!     assert!(outer.is_err());
//!     // The inner one's is the inner one's.
//!     let inner = timeout(long, timeout(short, pending::<()>())).await;
//!     assert!(inner.unwrap().is_err());
//! });
//! ```
//!
//! # Groups
//!
//! A [`task_group`](crate::task_group()) does not end before its tasks have. The first failure asks the others, and the
//! body, to end; a request to the task that runs the group does the same, and is raised again when all have ended.
//!
//! ```
//! use final_runtime::{catch_cancel, run, task_group};
//! use std::cell::Cell;
//! use std::rc::Rc;
//!
//! run(async {
//!     let cleaned = Rc::new(Cell::new(false));
//!     let seen = cleaned.clone();
//!     let outcome = task_group(async |group| {
//!         let careful = async move {
//!             let _ = catch_cancel(std::future::pending::<()>()).await;
//!             seen.set(true);
//!         };
//!         group.spawn(careful).map(drop).unwrap();
//!         group.try_spawn(async { Err::<(), _>("broken") }).map(drop).unwrap();
//!         std::future::pending::<()>().await;
//!     });
//!     assert_eq!(outcome.await.unwrap_err().failures().len(), 1);
//!     assert!(cleaned.get(), "it was asked, and waited for");
//! });
//! ```
//!
//! # Several waits in one task
//!
//! `join!`, `select!` and sets of futures let one task wait for several things, which asyncio does not have. A request
//! then goes to every task and gather that is waited for, and to every waiting scope that has no waiting scope inside. A
//! scope keeps waiting if, as far as the runtime knows, all it waits for are tasks and gathers. What it knows are its own
//! waits, also those in `accept`, `connect`, [`TcpStream::read`](crate::net::TcpStream::read) and
//! [`write`](crate::net::TcpStream::write); not those of the traits of `futures-io`, which are polled, nor a
//! [`yield_now`](crate::yield_now()), which has its entry in the queue already. A timeout and a group ask at their own scope
//! alone: what waits beside them goes on.
//!
//! ```
//! use final_runtime::{run, sleep, timeout};
//! use std::future::pending;
//! use std::time::Duration;
//!
//! run(async {
//!     let (cut, whole) = futures_util::join!(
//!         timeout(Duration::from_millis(1), pending::<()>()),
//!         async {
//!             sleep(Duration::from_millis(5)).await;
//!             "whole"
//!         },
//!     );
//!     assert!(cut.is_err());
//!     assert_eq!(whole, "whole");
//! });
//! ```
//!
//! If a body is done in the very step that raises a request, its value wins, and the request stays noted for the next
//! wait. What a dropped scope did not deliver stays noted, too: no request is lost.
//!
//! # A drop is not a request
//!
//! To drop a future half-way (the loser of a `select!`) ends it without a word: there is no clean-up with `await`, and a
//! task that it waited for runs on. A group that is dropped can ask its tasks to end, and cannot wait for them. Where
//! that matters, cancel a task and await it.
//!
//! In the book: chapter 8.

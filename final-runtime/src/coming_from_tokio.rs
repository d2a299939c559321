//! Coming from tokio: each of its features, and ours beside it.
//!
//! What is said of tokio is of its documentation, version 1.54, and of tokio-util 0.7. One of our loops is like tokio's
//! `LocalRuntime`: one thread, futures that need not be [`Send`]. What differs is, above all, *when* something runs, and
//! how it ends.
//!
//! # What is different at first sight
//!
//! - **The order is fixed.** Tasks run in the order in which they became ready, one step each, and what they make ready
//!   runs in the next turn. tokio promises no order, and gives each task a budget instead: see
//!   [below](#fairness-and-order).
//! - **Cancel is a request.** `abort()` drops a task where it stands. [`cancel`](crate::TaskRef::cancel) asks it: the
//!   innermost [`catch_cancel`](crate::catch_cancel) may clean up with `await`, or refuse. A task that catches nothing is
//!   dropped where it stands, too. [`cancellation`](crate::cancellation) is the whole model.
//! - **The end of `run` drives what is left to its end.** tokio's runtime drops its tasks where they stand; here they are
//!   asked to cancel, and [`run`](crate::run()) returns when they have come to their end.
//! - **Errors do not vanish.** A panic in a task whose handle is gone goes to the loop's exception handler. So does the
//!   `Err` of a task that was spawned by [`try_spawn`](crate::try_spawn).
//! - **Nothing here is `Send`**, but for what is made to cross: [`ThreadsafeHandle`](crate::ThreadsafeHandle),
//!   [`channel`](crate::channel), wakers. Use [`Rc`](std::rc::Rc) and `RefCell`. More cores are more loops, a thread each.
//! - A handle that is dropped detaches its task, as there.
//!
//! # Runtimes
//!
//! | tokio | here |
//! |---|---|
//! | `#[tokio::main]`, `Runtime::block_on` | [`run`](crate::run()) in `main`; [`Runner::run`](crate::Runner::run) one after another |
//! | `runtime::Builder`, `enable_all`, `enable_time`, `enable_io` | not needed: a loop takes from the system what it uses when it first does. [`EventLoop::new`](crate::EventLoop::new), [`Runner`](crate::Runner)'s settings |
//! | `worker_threads`, `thread_name`, `on_thread_park`, … | not there: one thread, which is yours |
//! | `max_blocking_threads` (512), `thread_keep_alive` (10 s) | [`ThreadPool::keeping`](crate::ThreadPool::keeping); of the default pool at most 32 threads, which end after 10 s, too |
//! | `Runtime::shutdown_timeout`, `shutdown_background` | [`Runner::wait_for_threads`](crate::Runner::wait_for_threads): threads alone have a limit; tasks come to their end |
//! | `Handle::current`, `Handle::spawn` | [`running_loop`](crate::running_loop), [`LoopHandle::spawn`](crate::LoopHandle::spawn); from another thread [`spawn_threadsafe`](crate::ThreadsafeHandle::spawn_threadsafe), with a closure that makes the future on the loop |
//! | `Handle::block_on` from another thread | `spawn_threadsafe`, then [`join`](crate::ThreadsafeTask::join) |
//! | `Runtime::enter` | not there: what needs a loop is called on one that runs, or as a method of it |
//! | `LocalSet`, `spawn_local`, `LocalRuntime` | not needed: every task is local |
//! | `#[tokio::test]` | `run` in the test, or a [virtual clock](#time) |
//! | tokio-console, `Handle::dump` (unstable) | [`task_tree`](crate::LoopHandle::task_tree), [`dump_on_signal`](crate::LoopHandle::dump_on_signal), on stable Rust: who waits for what, and the rings of it; [debug mode](crate::LoopHandle::set_debug) warns of what holds the loop |
//! | `RuntimeMetrics`, `on_task_spawn`, `tracing` | not there |
//! | `unhandled_panic` | [`set_exception_handler`](crate::LoopHandle::set_exception_handler) |
//!
//! ```
//! use final_runtime::{EventLoop, Runner, ThreadPool, run, running_loop};
//! use std::time::Duration;
//!
//! assert_eq!(run(async { 6 * 7 }), 42);
//!
//! let runner = Runner::new().wait_for_threads(Duration::from_secs(5));
//! let pool = ThreadPool::keeping(4, Duration::from_secs(1));
//! runner.get_loop().set_default_executor(pool);
//! let task = runner.get_loop().spawn(async { running_loop().turn() });
//! assert!(runner.run(task).unwrap().unwrap() > 0);
//! runner.close().unwrap();
//!
//! // From another thread: what `Handle::spawn` and `Handle::block_on` do.
//! let event_loop = EventLoop::new();
//! let handle = event_loop.threadsafe();
//! let other = std::thread::spawn(move || {
//!     let task = handle.spawn_threadsafe(|| async { std::rc::Rc::new(4_u32).pow(2) }).unwrap();
//!     let square = task.join().unwrap();
//!     handle.call_soon_threadsafe(|| running_loop().stop()).unwrap();
//!     square
//! });
//! let _ = event_loop.run_forever();
//! assert_eq!(other.join().unwrap(), 16);
//! ```
//!
//! # Tasks
//!
//! | tokio | here |
//! |---|---|
//! | `tokio::spawn` | [`spawn`](crate::spawn); first step in the next turn |
//! | `JoinHandle`, `.await` | [`Task`](crate::Task), the same; `(&task).await` where several need the result |
//! | `JoinError::is_panic`, `into_panic` | [`JoinError::Panicked`](crate::JoinError::Panicked), [`Panic`](crate::Panic) |
//! | `abort`, `AbortHandle` | [`cancel`](crate::TaskRef::cancel), [`TaskRef`](crate::TaskRef): a request, counted, which may be caught. `true` if it was still running |
//! | `is_finished`, `id` | [`is_done`](crate::TaskRef::is_done), [`id`](crate::TaskRef::id), and [`name`](crate::TaskRef::name) |
//! | `task::Builder` (unstable) | [`TaskBuilder`](crate::TaskBuilder) |
//! | `JoinSet`, `join_next` | [`task_group`](crate::task_group()), which ends with its block; [`as_completed`](crate::as_completed()) for one after another. A `JoinSet` that is dropped aborts its tasks and does not wait |
//! | `JoinSet::join_all`, `futures::future::join_all` | [`gather`](crate::gather()) |
//! | `TaskTracker` (tokio-util) | `task_group`: it waits at the end of the block |
//! | `join!`, `try_join!` | `futures`' of the same names |
//! | `select!` | `futures`' `select!`, or `select_biased!` where the order matters; each function says what a dropped wait loses |
//! | `CancellationToken` (tokio-util) | a task group, whose end cancels its tasks; or an [`Event`](crate::sync::Event), where all shall only hear of it |
//! | `task_local!`, `LocalKey::scope` | [`ContextVar`](crate::ContextVar); a spawned task has a copy of its spawner's |
//! | `spawn_blocking` | [`to_thread`](crate::to_thread); [`run_in_executor`](crate::LoopHandle::run_in_executor) begins at once, awaited or not |
//! | `block_in_place` | not there: it would stop the loop; `to_thread` |
//! | `yield_now` | [`yield_now`](crate::yield_now): to the end of the ready queue |
//! | `coop::consume_budget`, `unconstrained` | see [below](#fairness-and-order) |
//!
//! ```
//! use final_runtime::{ContextVar, as_completed, catch_cancel, gather, run, sleep, spawn, task_group, to_thread, yield_now};
//! use futures_util::{FutureExt, join, pin_mut, select_biased};
//! use std::time::Duration;
//!
//! static REQUEST: ContextVar<u32> = ContextVar::new();
//!
//! run(async {
//!     // abort, but it may clean up.
//!     let worker = spawn(async {
//!         let Err(cancelled) = catch_cancel(std::future::pending::<()>()).await else {
//!             unreachable!()
//!         };
//!         sleep(Duration::from_millis(1)).await; // flush, say good-bye
//!         cancelled.resume().await
//!     });
//!     yield_now().await;
//!     assert!(worker.cancel());
//!     assert!(worker.await.is_err_and(|error: final_runtime::JoinError| error.is_cancelled()));
//!
//!     // A JoinSet that cannot be left behind, and one whose results come as they are ready.
//!     let sum = task_group(async |group| {
//!         let (a, b) = (group.spawn(async { 1 }).unwrap(), group.spawn(async { 2 }).unwrap());
//!         a.await.unwrap() + b.await.unwrap()
//!     });
//!     assert_eq!(sum.await.unwrap(), 3);
//!     let mut done = as_completed([3, 1, 2].map(|n| spawn(sleep(Duration::from_millis(n)))), None);
//!     while let Some(task) = done.next().await {
//!         task.unwrap().await.unwrap();
//!     }
//!     let all: Vec<u8> = gather([1, 2].map(|n| spawn(async move { n }))).await.unwrap();
//!     assert_eq!(all, [1, 2]);
//!
//!     // join! and select!
//!     assert_eq!(join!(async { 1 }, async { 2 }), (1, 2));
//!     let (slow, fast) = (sleep(Duration::from_secs(60)).fuse(), yield_now().fuse());
//!     pin_mut!(slow, fast);
//!     select_biased! {
//!         () = slow => unreachable!(),
//!         () = fast => {}
//!     }
//!
//!     // task_local!, spawn_blocking
//!     REQUEST.set(7);
//!     assert_eq!(spawn(async { REQUEST.get() }).await.unwrap(), Some(7));
//!     assert_eq!(to_thread(|| 2 + 2).await.unwrap(), 4);
//! });
//! ```
//!
//! # Time
//!
//! | tokio | here |
//! |---|---|
//! | `time::sleep`, `sleep_until`, `Sleep::reset` | [`sleep`](crate::sleep()), [`sleep_until`](crate::sleep_until); a new one instead of a reset |
//! | `timeout`, `timeout_at`, `error::Elapsed` | [`timeout`](crate::timeout()), [`timeout_at`](crate::timeout_at), [`Elapsed`](crate::Elapsed). When it expires, the body is *asked* to cancel, and waited for; with [`Timeout`](crate::Timeout) the deadline moves |
//! | `interval`, `interval_at`, `MissedTickBehavior` | the same names, [`interval`](crate::interval()) |
//! | `Instant` | [`std::time::Instant`]; what the loop's clock says is [`now`](crate::LoopHandle::now) |
//! | `pause`, `advance`, `start_paused` (test-util) | [`EventLoop::with_virtual_clock`](crate::EventLoop::with_virtual_clock): time jumps when nothing is ready. It has no sockets; and where everything waits for ever, the run ends and says who waits for what |
//!
//! ```
//! use final_runtime::{EventLoop, RunError, interval, running_loop, sleep, timeout};
//! use std::time::Duration;
//!
//! let event_loop = EventLoop::with_virtual_clock();
//! let hour = Duration::from_secs(3600);
//! event_loop.run_until_complete(async move {
//!     let start = running_loop().now();
//!     sleep(hour).await;
//!     assert!(timeout(hour, std::future::pending::<()>()).await.is_err());
//!     let mut ticks = interval(hour);
//!     ticks.tick().await; // at once
//!     ticks.tick().await;
//!     assert_eq!(running_loop().now() - start, 3 * hour);
//! }).unwrap();
//! let stuck = event_loop.run_until_complete(std::future::pending::<()>());
//! assert!(matches!(stuck, Err(RunError::Idle(_))));
//! ```
//!
//! # Between tasks, and between threads
//!
//! tokio's primitives work between threads, and pay for it. Ours of [`sync`](crate::sync) are for the tasks of one loop;
//! [`channel`](crate::channel) is what crosses threads.
//!
//! | tokio | here |
//! |---|---|
//! | `sync::Mutex` | [`Lock`](crate::sync::Lock), in order of arrival, too. Often a `RefCell` will do: nobody else runs between two awaits |
//! | `OwnedMutexGuard`, `OwnedSemaphorePermit` | guards borrow; the `Rc` beside them |
//! | `RwLock` | not there: on one thread readers gain only while they hold it across an await; `Lock`, or `RefCell` |
//! | `Semaphore`, `acquire_many`, `add_permits` | [`Semaphore`](crate::sync::Semaphore), one permit at a time, [`release`](crate::sync::Semaphore::release) |
//! | `Notify` | [`Event`](crate::sync::Event), which stays set; [`Condition`](crate::sync::Condition) with `notify(n)`, for who waits now |
//! | `Barrier` | [`Barrier`](crate::sync::Barrier), which can break |
//! | `mpsc::channel`, `unbounded_channel` | within a loop [`Queue`](crate::sync::Queue), with many getters; between threads [`channel::bounded`](crate::channel::bounded), [`channel::unbounded`](crate::channel::unbounded) |
//! | `Sender::send`, `try_send`, `blocking_send` | the same names, [`Sender`](crate::channel::Sender) |
//! | `Receiver::recv`, `try_recv`, `blocking_recv`, `close`, `ReceiverStream` | the same names, [`Receiver`](crate::channel::Receiver), which is a stream itself |
//! | `Sender::reserve`, `Permit` | not there: `try_send` gives the message back |
//! | `WeakSender`, `recv_many`, `Sender::closed` | not there |
//! | `oneshot::channel` | within a loop [`Future`](crate::Future), settled by hand; between threads [`channel::oneshot`](crate::channel::oneshot) |
//! | `broadcast` | not there: a `Queue` for each listener, which says who may lag |
//! | `watch` | not there: a `Cell` and a `Condition`; a `Future` for a value that comes once |
//! | `OnceCell`, `SetOnce` | a [`Future`](crate::Future), which many await; a spawned task's `&task`, where it is computed |
//!
//! ```
//! use final_runtime::sync::{Condition, Event, Lock, Queue, Semaphore};
//! use final_runtime::{Future, channel, run, spawn, yield_now};
//! use std::rc::Rc;
//! use std::thread;
//!
//! run(async {
//!     // Mutex, Semaphore, Notify
//!     let count = Lock::new(0);
//!     *count.lock().await += 1;
//!     let permits = Semaphore::new(1);
//!     let permit = permits.acquire().await;
//!     assert!(permits.try_acquire().is_none());
//!     drop(permit);
//!     let told = Rc::new(Event::new());
//!     let tell = told.clone();
//!     let listener = spawn(async move { told.wait().await });
//!     tell.set();
//!     listener.await.unwrap();
//!
//!     // mpsc and oneshot: within the loop, then from a thread
//!     let queue = Queue::bounded(1);
//!     queue.put("tea").await.unwrap();
//!     assert_eq!(queue.get().await, Ok("tea"));
//!     let (tell, mut hear) = channel::bounded(1);
//!     let (answer, answered) = channel::oneshot();
//!     thread::spawn(move || {
//!         tell.blocking_send("milk").unwrap();
//!         answer.send("sugar").unwrap();
//!     });
//!     assert_eq!(hear.recv().await, Some("milk"));
//!     assert_eq!(answered.await, Ok("sugar"));
//!
//!     // watch: a value, and a condition for who waits for it to change
//!     let value = Rc::new((Lock::new(0), Condition::new()));
//!     let seen = value.clone();
//!     let watcher = spawn(async move {
//!         let (value, changed) = &*seen;
//!         *changed.wait_while(value.lock().await, |value| *value < 3).await
//!     });
//!     yield_now().await;
//!     *value.0.lock().await = 3;
//!     value.1.notify_all();
//!     assert_eq!(watcher.await.unwrap(), 3);
//!
//!     // OnceCell
//!     let config = Future::new();
//!     let readers = [1, 2].map(|_| spawn({ let config = config.clone(); async move { config.await } }));
//!     config.set_result("blue").unwrap();
//!     for reader in readers {
//!         assert_eq!(reader.await.unwrap().unwrap(), "blue");
//!     }
//! });
//! ```
//!
//! # Sockets, files, signals
//!
//! | tokio | here |
//! |---|---|
//! | `net::TcpListener`, `TcpStream` | [`net`](crate::net), the same names. `bind` needs no await; `connect` takes an address, not a name |
//! | `AsyncRead`, `AsyncWrite`, `AsyncReadExt`, `io::copy`, `BufReader` | the traits of `futures-io`, and `futures`' functions; `tokio-util`'s `compat` between the two |
//! | `split`, `into_split` | [`split`](crate::net::TcpStream::split), [`into_split`](crate::net::TcpStream::into_split); `&TcpStream` reads and writes, too |
//! | `readable`, `try_read` | not there: `read` is what waits |
//! | `codec` (tokio-util) | codecs over `futures-io` |
//! | `hyper-util`'s `TokioIo`, `TokioExecutor`, `TokioTimer` | the feature `hyper`: hyper's traits, by the same roles |
//! | `UdpSocket`, `UnixStream`, `lookup_host`, `io::stdin`, `process`, `named_pipe` | not there yet |
//! | `fs` | `to_thread` of `std::fs`, which is what `tokio::fs` does |
//! | `signal::ctrl_c` | [`run`](crate::run#ctrl-c) cancels `main` by itself; or the stream |
//! | `signal::unix::signal`, `SignalKind` | [`signal`](crate::signal()), [`SignalKind`](crate::SignalKind); when the last stream goes, what was before is put back, which tokio does not do |
//!
//! ```
//! use final_runtime::net::{TcpListener, TcpStream};
//! use final_runtime::{run, spawn, to_thread};
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
//!     let (mut read, mut write) = TcpStream::connect(address).await?.into_split();
//!     write.write_all(b"hello").await?;
//!     write.close().await?;
//!     let mut heard = Vec::new();
//!     read.read_to_end(&mut heard).await?;
//!     assert_eq!((heard.as_slice(), server.await.unwrap()?), (&b"hello"[..], 5));
//!     let manifest = to_thread(|| std::fs::read_to_string("Cargo.toml")).await.unwrap()?;
//!     assert!(manifest.contains("final-runtime"));
//!     Ok(())
//! })
//! # }
//! ```
//!
//! # Fairness and order
//!
//! tokio's tasks have a budget of operations a poll; when it is spent, its sockets, channels and timers say `Pending`
//! although they are ready, so that a loop over one that is always ready gives others their turn. Here a wait that is
//! ready does not give up control, as in asyncio: what runs between two awaits of yours is the same on every run, and a
//! [virtual clock](#time) replays it. A loop over what is always ready calls [`yield_now`](crate::yield_now) now and then.
//! (`interval` always gives control up once.) Between *tasks* nobody starves: a turn runs exactly what was ready when it
//! began, and sockets, timers and other threads are looked to between turns.
//!
//! ```
//! use final_runtime::{run, spawn, yield_now};
//! use std::cell::RefCell;
//! use std::rc::Rc;
//!
//! run(async {
//!     let order = Rc::new(RefCell::new(Vec::new()));
//!     let tasks = ["a", "b"].map(|name| {
//!         let order = order.clone();
//!         spawn(async move {
//!             for _ in 0..2 {
//!                 order.borrow_mut().push(name);
//!                 yield_now().await;
//!             }
//!         })
//!     });
//!     for task in tasks {
//!         task.await.unwrap();
//!     }
//!     assert_eq!(*order.borrow(), ["a", "b", "a", "b"], "on every run");
//! });
//! ```
//!
//! # Where the analogy ends
//!
//! - One slow poll stops everything, here as on a current-thread runtime; on tokio's multi-thread runtime the other workers
//!   go on. What computes goes to [`to_thread`](crate::to_thread).
//! - There is no work stealing: a task stays on its loop. To share load among loops, share what comes in, by a
//!   [`channel`](crate::channel) to each.
//! - Libraries that are written for tokio (that call `tokio::spawn` or use its sockets) need tokio. Those written for
//!   `futures-io`, hyper 1, or no runtime at all run here.
//! - A future of this runtime's sockets and timers works on its loop alone. The futures of [`channel`](crate::channel) work
//!   in tokio, too, which makes it the bridge between the two.
//!
//! In the book: chapter 15.

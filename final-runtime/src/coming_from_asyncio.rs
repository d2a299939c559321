//! Coming from asyncio: each of its features, and ours beside it.
//!
//! The order of events is asyncio's, to the turn of the loop. What differs is what Rust makes of it: errors are values, a
//! block that must end is a closure or a guard, and nothing leaves its thread.
//!
//! The tables have what most programs meet of CPython 3.14's asyncio.
//!
//! # A program, twice
//!
//! ```python
//! async def fetch(n):
//!     await asyncio.sleep(0.001 * n)
//!     return n
//!
//! async def main():
//!     async with asyncio.TaskGroup() as group:
//!         tasks = [group.create_task(fetch(n)) for n in (3, 1, 2)]
//!     return sum(task.result() for task in tasks)
//!
//! assert asyncio.run(main()) == 6
//! ```
//!
//! ```
//! use final_runtime::{Task, run, sleep, task_group};
//! use std::time::Duration;
//!
//! async fn fetch(n: u64) -> u64 {
//!     sleep(Duration::from_millis(n)).await;
//!     n
//! }
//!
//! let sum = run(async {
//!     let tasks: Vec<Task<u64>> = task_group(async |group| {
//!         let start = |n| group.spawn(fetch(n)).unwrap();
//!         [3, 1, 2].map(start).into()
//!     })
//!     .await
//!     .unwrap();
//!     let results = tasks.iter().map(|task| task.result().unwrap().unwrap());
//!     results.sum::<u64>()
//! });
//! assert_eq!(sum, 6);
//! ```
//!
//! # What is different at first sight
//!
//! - A future does nothing until it is awaited, as a coroutine. The compiler warns of one that is forgotten.
//! - To await a task gives `Result<T, JoinError>`: its error is not raised in who awaits. `?` raises it.
//! - A task *fails* if it panics, or if it was spawned by the `try_` form and gives an `Err`. [`spawn`](crate::spawn)
//!   of a future that gives a `Result` is a task whose value is a `Result`.
//! - `CancelledError` is not raised from each `await`. [`catch_cancel`](crate::catch_cancel) around a body is
//!   `try: … except CancelledError:`; without one the body is dropped, and every `Drop` in it runs, as `finally:` does. See
//!   [`cancellation`](crate::cancellation).
//! - A future may be dropped half-way, by a `select!` or by hand, and ends there. A coroutine of Python ends
//!   half-way by an exception alone. What a drop loses is said with each function.
//! - What tasks share is in an [`Rc`](std::rc::Rc), or borrowed in a [`scope`](crate::scope()). Nothing here is `Send`: a
//!   second thread gets no hold of a loop's things, and the compiler says so.
//!
//! # Running the loop
//!
//! | asyncio | here |
//! |---|---|
//! | `asyncio.run(main())` | [`run`](crate::run) |
//! | `Runner`, `run()`, `get_loop()`, `close()` | [`Runner`](crate::Runner); [`close`](crate::Runner::close) takes it, so that the compiler refuses what comes after |
//! | `loop_factory` | [`Runner::with_loop`](crate::Runner::with_loop) |
//! | Ctrl-C in `run` | the same; [`run`](crate::run#ctrl-c) ends the process, `Runner` gives [`RunError::Interrupted`](crate::RunError::Interrupted) |
//! | `new_event_loop()` | [`EventLoop::new`](crate::EventLoop::new) |
//! | `loop.run_until_complete()` | [`run_until_complete`](crate::LoopHandle::run_until_complete); for a task or a future that is there already, [`run_until_done`](crate::LoopHandle::run_until_done) |
//! | `loop.run_forever()`, `stop()` | [`run_forever`](crate::LoopHandle::run_forever), [`stop`](crate::LoopHandle::stop) |
//! | `is_running()`, `is_closed()` | the same |
//! | `loop.close()` | [`close`](crate::EventLoop::close), or to drop the [`EventLoop`](crate::EventLoop) |
//! | `get_running_loop()` | [`running_loop`](crate::running_loop) |
//! | `SelectorEventLoop`, `ProactorEventLoop` | one loop, over the system's poller; another with a [virtual clock](crate::EventLoop::with_virtual_clock) |
//! | one iteration | one [turn](crate::LoopHandle::turn), in the same order |
//!
//! ```
//! use final_runtime::EventLoop;
//!
//! let event_loop = EventLoop::new();
//! assert_eq!(event_loop.run_until_complete(async { 1 }).unwrap(), 1);
//! let handle = event_loop.handle();
//! event_loop.call_soon(move || handle.stop());
//! event_loop.run_forever();
//! event_loop.close();
//! assert!(event_loop.is_closed() && !event_loop.is_running());
//! ```
//!
//! # Callbacks and time
//!
//! | asyncio | here |
//! |---|---|
//! | `call_soon()`, `call_later()`, `call_at()` | [`call_soon`](crate::LoopHandle::call_soon), [`call_later`](crate::LoopHandle::call_later), [`call_at`](crate::LoopHandle::call_at); arguments are captured. Equal times run in order of creation |
//! | `loop.time()` | [`now`](crate::LoopHandle::now), an [`Instant`](std::time::Instant) |
//! | `Handle.cancel()`, `cancelled()`, `when()` | [`Handle`](crate::Handle); to drop one does not cancel it |
//! | pruning of cancelled timers | not needed: a timer that is called off leaves the wheel at once |
//!
//! ```
//! use final_runtime::{run, running_loop, sleep};
//! use std::time::Duration;
//!
//! run(async {
//!     let timer = running_loop().call_later(Duration::from_secs(60), || unreachable!());
//!     assert!(timer.when() > Some(running_loop().now()));
//!     timer.cancel();
//!     sleep(Duration::from_millis(1)).await;
//! });
//! ```
//!
//! # Futures
//!
//! | asyncio | here |
//! |---|---|
//! | `loop.create_future()` | [`Future::new`](crate::Future::new), [`create_future`](crate::LoopHandle::create_future); clones are the same future |
//! | `set_result()`, `set_exception()` | [`set_result`](crate::Future::set_result), [`set_error`](crate::Future::set_error) |
//! | `result()`, `exception()` | [`result`](crate::Future::result), [`error`](crate::Future::error) |
//! | `done()`, `cancelled()` | [`is_done`](crate::Future::is_done), [`state`](crate::Future::state) |
//! | `cancel(msg)` | [`cancel`](crate::Future::cancel), [`cancel_with`](crate::Future::cancel_with) |
//! | `add_done_callback()`, `remove_done_callback()` | [`add_done_callback`](crate::Future::add_done_callback), which gives an id for [`remove_done_callback`](crate::Future::remove_done_callback): closures cannot be compared |
//! | `await future` | the same; many may |
//! | `ensure_future()` | not needed: what takes a future takes [`IntoFuture`], or says that it wants a [`Task`](crate::Task) |
//! | "exception was never retrieved" | a [`Report`](crate::Report) to the exception handler when the last handle goes |
//! | `InvalidStateError` | [`InvalidState`](crate::InvalidState), an `Err` and not a panic |
//!
//! ```
//! use final_runtime::{Future, run, spawn};
//!
//! run(async {
//!     let ordered = Future::new();
//!     let waiter = ordered.clone();
//!     let guest = spawn(async move { waiter.await });
//!     ordered.set_result("tea").unwrap();
//!     assert_eq!(guest.await.unwrap().unwrap(), "tea");
//!     assert!(ordered.set_result("coffee").is_err());
//! });
//! ```
//!
//! # Tasks
//!
//! | asyncio | here |
//! |---|---|
//! | `create_task()`, `loop.create_task()` | [`spawn`](crate::spawn), [`try_spawn`](crate::try_spawn); with a name [`TaskBuilder`](crate::TaskBuilder) |
//! | tasks that nobody holds may vanish | not needed: the loop holds them; to drop a [`Task`](crate::Task) detaches it |
//! | `await task` | `task.await`, or `(&task).await` where several need the result |
//! | `cancel()`, `cancelling()`, `uncancel()` | [`cancel`](crate::TaskRef::cancel), [`cancelling`](crate::TaskRef::cancelling), [`uncancel`](crate::TaskRef::uncancel), by the same rules |
//! | a cancel before the first step | the same: nothing of the body runs, and it is dropped |
//! | a request that is noted when the body returns | the same: the task ends as cancelled, and its value is dropped |
//! | `done()`, `cancelled()` | [`is_done`](crate::TaskRef::is_done), [`state`](crate::TaskRef::state) |
//! | `result()`, `exception()` | [`result`](crate::Task::result), [`error`](crate::Task::error) |
//! | `get_name()`, `set_name()` | [`name`](crate::TaskRef::name), [`set_name`](crate::TaskRef::set_name) |
//! | `current_task()`, `all_tasks()` | [`current_task`](crate::current_task), [`all_tasks`](crate::LoopHandle::all_tasks), in order of creation |
//! | "Task was destroyed but it is pending!" | not needed: a task lives until it ends or its loop closes, which drops its future with every local |
//! | `eager_task_factory` | [`TaskBuilder::eager`](crate::TaskBuilder::eager) |
//! | `contextvars` | [`ContextVar`](crate::ContextVar) |
//!
//! ```
//! use final_runtime::{JoinError, run, spawn, try_spawn, yield_now};
//!
//! run(async {
//!     let failing = try_spawn(async { "x".parse::<u8>() });
//!     assert!(matches!(failing.await, Err(JoinError::Failed(_))));
//!
//!     let endless = spawn(std::future::pending::<()>());
//!     yield_now().await;
//!     endless.cancel();
//!     assert!(endless.await.unwrap_err().is_cancelled());
//! });
//! ```
//!
//! # Waiting
//!
//! | asyncio | here |
//! |---|---|
//! | `await coro()` | `.await`: a plain call, no turn in between |
//! | `sleep(d)`, `sleep(0)` | [`sleep`](crate::sleep()), [`yield_now`](crate::yield_now) |
//! | `gather(*aws)`, `return_exceptions=True` | [`gather`](crate::gather()) of tasks, [`gather_outcomes`](crate::gather_outcomes); within one task also `futures`' `join!` |
//! | `wait(fs, return_when=…)` | [`wait`](crate::wait()) with [`Until`](crate::Until) |
//! | `wait_for(aw, t)` | [`timeout`](crate::timeout()) around a future, [`wait_for`](crate::wait_for()) for a task |
//! | `as_completed()`, in both forms | [`as_completed`](crate::as_completed()), which gives the tasks themselves |
//! | `shield()` | [`shield`](crate::shield()) |
//! | `timeout()`, `timeout_at()`, `reschedule()`, `when()`, `expired()` | [`timeout`](crate::timeout()), [`timeout_at`](crate::timeout_at), [`Timeout`](crate::Timeout) |
//! | `TaskGroup`, `create_task()` | [`task_group`](crate::task_group()), [`TaskGroup::spawn`](crate::TaskGroup::spawn); for children that borrow, [`scope`](crate::scope()) |
//! | `ExceptionGroup`, `except*` | [`GroupError`](crate::GroupError): its failures are a slice |
//! | `async for`, `async with`, async generators | a `while let` over a stream; a guard whose `Drop` ends it, or a closure where the end must wait |
//!
//! ```
//! use final_runtime::{Until, gather, run, shield, sleep, spawn, wait, wait_for};
//! use std::time::Duration;
//!
//! run(async {
//!     let squares = (1..4).map(|n| spawn(async move { n * n }));
//!     let squares: Vec<i32> = gather(squares).await.unwrap();
//!     assert_eq!(squares, [1, 4, 9]);
//!
//!     let slow = spawn(sleep(Duration::from_millis(5)));
//!     assert!(wait_for(&shield(&slow), Some(Duration::from_millis(1))).await.is_err());
//!     let (done, pending) = wait([slow], Until::AllCompleted, None).await;
//!     assert_eq!((done.len(), pending.len()), (1, 0));
//! });
//! ```
//!
//! # Synchronisation and queues
//!
//! All of it is in [`sync`](crate::sync).
//!
//! | asyncio | here |
//! |---|---|
//! | `Lock`, `async with lock` | [`Lock`](crate::sync::Lock) around what it guards; `Lock<()>` has [`acquire`](crate::sync::Lock::acquire) and [`release`](crate::sync::Lock::release) |
//! | `Event` | [`Event`](crate::sync::Event) |
//! | `Condition`, `Condition(lock)` | [`Condition`](crate::sync::Condition), with whichever lock's guard it is given |
//! | `Condition.wait_for(predicate)` | [`wait_while`](crate::sync::Condition::wait_while), the other way round |
//! | `Semaphore`, `BoundedSemaphore` | [`Semaphore`](crate::sync::Semaphore), [`BoundedSemaphore`](crate::sync::BoundedSemaphore) |
//! | `Barrier`, `BrokenBarrierError` | [`Barrier`](crate::sync::Barrier), [`BrokenBarrier`](crate::sync::BrokenBarrier) |
//! | `Queue(maxsize)` | [`Queue::bounded`](crate::sync::QueueOf::bounded), [`Queue::unbounded`](crate::sync::QueueOf::unbounded) |
//! | `put()`, `get()` | the same; an item that was refused comes back in the error |
//! | `put_nowait()`, `get_nowait()` | [`try_put`](crate::sync::QueueOf::try_put), [`try_get`](crate::sync::QueueOf::try_get) |
//! | `qsize()`, `empty()`, `full()`, `maxsize` | `len`, `is_empty`, `is_full`, `capacity` |
//! | `task_done()`, `join()` | the same |
//! | `shutdown()`, `shutdown(immediate=True)` | [`shutdown`](crate::sync::QueueOf::shutdown), [`shutdown_now`](crate::sync::QueueOf::shutdown_now) |
//! | `PriorityQueue`, `LifoQueue` | [`PriorityQueue`](crate::sync::PriorityQueue), [`LifoQueue`](crate::sync::LifoQueue) |
//!
//! Many a lock is not needed. It keeps others out across an await; without one in between, a `Cell` or a `RefCell` will do,
//! here as there.
//!
//! # Threads and signals
//!
//! | asyncio | here |
//! |---|---|
//! | `to_thread()` | [`to_thread`](crate::to_thread); context variables do not go along |
//! | `run_in_executor()` | [`run_in_executor`](crate::LoopHandle::run_in_executor), whose [`ThreadCall`](crate::ThreadCall) ends as its future does on a cancel |
//! | `ThreadPoolExecutor`, `set_default_executor()` | [`ThreadPool`](crate::ThreadPool), whose idle threads end; [`set_default_executor`](crate::LoopHandle::set_default_executor) |
//! | `shutdown_default_executor()` | [`shutdown_default_executor`](crate::LoopHandle::shutdown_default_executor) |
//! | `call_soon_threadsafe()` | [`call_soon_threadsafe`](crate::ThreadsafeHandle::call_soon_threadsafe) of a [`ThreadsafeHandle`](crate::ThreadsafeHandle) |
//! | `run_coroutine_threadsafe()` | [`spawn_threadsafe`](crate::ThreadsafeHandle::spawn_threadsafe), with a closure that makes the future on the loop |
//! | the `concurrent.futures.Future` of it, `wrap_future()` | [`ThreadsafeTask`](crate::ThreadsafeTask): `join` blocks, `.await` is for another loop |
//! | a `Queue` fed by `call_soon_threadsafe(queue.put_nowait, …)` | [`channel`](crate::channel), whose senders may be on any thread |
//! | `add_signal_handler()`, `remove_signal_handler()` | [`signal`](crate::signal()), a stream; to drop it. Several may listen, on any thread |
//!
//! ```
//! use final_runtime::{run, running_loop, to_thread};
//! use std::thread;
//!
//! run(async {
//!     let handle = running_loop().threadsafe();
//!     let task = thread::spawn(move || handle.spawn_threadsafe(|| async { 6 * 7 }).unwrap());
//!     let joined = to_thread(move || task.join().unwrap().join().unwrap());
//!     assert_eq!(joined.await.unwrap(), 42);
//! });
//! ```
//!
//! # Errors, and looking inside
//!
//! | asyncio | here |
//! |---|---|
//! | `CancelledError` | [`Cancelled`](crate::Cancelled) in one's own scope, [`JoinError::Cancelled`](crate::JoinError::Cancelled) of another task |
//! | `TimeoutError` | [`Elapsed`](crate::Elapsed) |
//! | `QueueEmpty`, `QueueFull`, `QueueShutDown` | [`TryGetError`](crate::sync::TryGetError), [`TryPutError`](crate::sync::TryPutError), [`QueueShutDown`](crate::sync::QueueShutDown) |
//! | `IncompleteReadError`, `LimitOverrunError` | [`io::ErrorKind::UnexpectedEof`](std::io::ErrorKind::UnexpectedEof); there is no limit but the buffer you give |
//! | "coroutine … was never awaited" | a warning of the compiler: `unused_must_use` |
//! | `set_exception_handler()` | [`set_exception_handler`](crate::LoopHandle::set_exception_handler), given a [`Report`](crate::Report) |
//! | `call_exception_handler()`, `default_exception_handler()` | not needed: a panic, or an error that is left unseen, is what is reported; without a handler it goes to standard error |
//! | the `asyncio` logger | not needed: that handler is where reports go, and [`set_slow_callback_handler`](crate::LoopHandle::set_slow_callback_handler) where warnings of debug mode go; without one they go to standard error |
//! | `run(debug=True)`, `Runner(debug=…)`, `set_debug()`, `get_debug()` | [`Runner::debug`](crate::Runner::debug), [`set_debug`](crate::LoopHandle::set_debug), [`is_debug`](crate::LoopHandle::is_debug): tasks note where they were spawned, and what holds the loop is warned of. The compiler refuses the rest (another thread's loop, a coroutine that is not awaited) |
//! | `PYTHONASYNCIODEBUG` | not needed: a program that wants a variable for it reads one |
//! | `slow_callback_duration`, "Executing … took … seconds" | [`set_slow_callback_duration`](crate::LoopHandle::set_slow_callback_duration), and [`SlowCallback`](crate::SlowCallback), with the place of the spawn or of the `call_soon` |
//! | `capture_call_graph()`, `print_call_graph()` | [`task_tree`](crate::LoopHandle::task_tree), of all tasks: the tree as data, which prints itself. A task has no line of its `await`, but its deadline, its socket, or who is in front of it at a lock |
//! | `python -m asyncio ps`, `pstree` | [`dump_on_signal`](crate::LoopHandle::dump_on_signal). A ring of tasks is named, and the tree is printed all the same |
//!
//! ```
//! use final_runtime::sync::Lock;
//! use final_runtime::{EventLoop, WaitsFor};
//! use std::rc::Rc;
//!
//! let event_loop = EventLoop::with_virtual_clock();
//! let fork = Rc::new(Lock::new(()));
//! let task = event_loop.spawn(async move {
//!     let _left = fork.lock().await;
//!     let _right = fork.lock().await; // the same one
//! });
//! let _ = event_loop.run_forever();
//! let tree = event_loop.task_tree();
//! assert_eq!(tree.tasks[0].waits_for, [WaitsFor::Lock { behind: Some(task.id()) }]);
//! assert!(tree.to_string().ends_with("a ring: `Task-1` → `Task-1`"));
//! ```
//!
//! # Sockets
//!
//! | asyncio | here |
//! |---|---|
//! | `open_connection()`, `create_connection()` | [`TcpStream::connect`](crate::net::TcpStream::connect) |
//! | `start_server()`, `create_server()` | [`TcpListener`](crate::net::TcpListener), and [`spawn`](crate::spawn) for each connection |
//! | `read()`, `readline()`, `readexactly()`, `readuntil()`, `async for line` | the streams have the traits of `futures-io`; `futures`' `AsyncReadExt` and `AsyncBufReadExt` have the rest |
//! | `write()`, `drain()`, `writelines()` | `write_all(…).await`, which waits while the system takes no more |
//! | one reader at a time | the compiler's `&mut` |
//! | `close()`, `wait_closed()`, `write_eof()` | to drop the stream; [`shutdown`](crate::net::TcpStream::shutdown) for one direction |
//! | `get_extra_info()` | [`peer_addr`](crate::net::TcpStream::peer_addr), [`local_addr`](crate::net::TcpStream::local_addr) |
//! | `sock_recv()`, `sock_sendall()`, `sock_accept()`, `sock_connect()` | the methods of [`TcpStream`](crate::net::TcpStream) and `TcpListener`; one that is there already comes by [`from_std`](crate::net::TcpStream::from_std) |
//! | read flow control, `pause_writing()` | not needed: nothing is read before it is asked for, and who writes waits |
//! | `Protocol`, transports, `add_reader()` of a socket | not needed: a task for each connection reads straight on, and waits in `read` and `write` |
//!
//! # Not here yet
//!
//! | asyncio | what is missing |
//! |---|---|
//! | datagrams, Unix sockets, resolver, happy eyeballs, TLS, `Server`, `add_reader()` for other descriptors | the rest of the network |
//! | subprocesses | processes |
//!
//! In the book: chapter 15.

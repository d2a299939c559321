//! What a task waits for, as data.

use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::Instant;

use crate::driver::SocketOperation;
use crate::signal::SignalKind;
use crate::task_tree::TaskId;

/// Something that a task waits for.
///
/// asyncio: the future in the `repr` of a waiting task, `wait_for=<Future pending …>`.
///
/// ```
/// use final_runtime::{WaitsFor, run, running_loop, sleep, spawn, yield_now};
/// use std::time::Duration;
///
/// run(async {
///     let nap = spawn(sleep(Duration::from_secs(3600)));
///     yield_now().await;
///     let tree = running_loop().task_tree();
///     let [WaitsFor::Deadline(Some(deadline))] = tree.get(nap.id()).unwrap().waits_for[..] else {
///         unreachable!("{tree}");
///     };
///     assert!(deadline > tree.taken_at);
/// });
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// Another task.
    Task(TaskId),
    /// Several results, or one, through something that stands between.
    Tasks {
        /// What stands between.
        through: Through,
        /// The tasks of them that are not done.
        tasks: Arc<[TaskId]>,
        /// How many others are not done: futures that are settled by hand.
        others: usize,
    },
    /// A task of another loop of this thread, by its name.
    TaskOfOtherLoop(String),
    /// A [`Future`](crate::Future) that somebody will settle.
    Future,
    /// A time; none is one that never comes.
    Deadline(Option<Instant>),
    /// A socket.
    Socket {
        /// What is to be done there.
        operation: SocketOperation,
        /// The socket's descriptor.
        descriptor: RawFd,
        /// The peer; of a listener, its own address. `None` if the system does not tell.
        address: Option<SocketAddr>,
        /// Whether the task has said so. What it polls through a trait, of `futures-io` or hyper, does not; then, if nothing
        /// else is known of it, this is a socket that would wake it.
        is_certain: bool,
    },
    /// A [`Lock`](crate::sync::Lock).
    Lock {
        /// The task in front in its line: the one that has taken the lock, or that gets it before. `None` if that is no
        /// task of this loop, or is unknown, or is about to give way.
        behind: Option<TaskId>,
    },
    /// A [`Condition`](crate::sync::Condition).
    Condition,
    /// An [`Event`](crate::sync::Event).
    Event,
    /// A [`Semaphore`](crate::sync::Semaphore).
    Semaphore,
    /// A [`Barrier`](crate::sync::Barrier).
    Barrier,
    /// An item of a [queue](crate::sync::QueueOf).
    QueueItem,
    /// Room in a [queue](crate::sync::QueueOf).
    QueueRoom,
    /// The last item of a [queue](crate::sync::QueueOf) to be done.
    QueueDone,
    /// A message of a [channel](crate::channel).
    ChannelMessage,
    /// Room in a [channel](crate::channel).
    ChannelRoom,
    /// A [call in another thread](crate::to_thread).
    ThreadCall,
    /// The end of a [pool's](crate::ThreadPool) threads.
    EndOfThreads,
    /// A [signal](crate::signal()).
    Signal(SignalKind),
    /// A child of a [`scope`](crate::scope()) in the same task. What the child waits for stands beside it.
    ScopeChild,
    /// What the runtime does not know: a future of somebody else's.
    Unknown,
}

/// What stands between a task and those that it waits for.
///
/// asyncio: the future between two entries of `python -m asyncio pstree`, by its type.
///
/// ```
/// use final_runtime::{Through, WaitsFor, run, running_loop, shield, spawn, yield_now};
///
/// run(async {
///     let work = spawn(std::future::pending::<()>());
///     let waiter = spawn(shield(&work).into_future());
///     yield_now().await;
///     let tree = running_loop().task_tree();
///     let [WaitsFor::Tasks { through, tasks, .. }] = &tree.get(waiter.id()).unwrap().waits_for[..] else {
///         unreachable!("{tree}");
///     };
///     assert_eq!((*through, &**tasks), (Through::Shield, &[work.id()][..]));
/// });
/// # use std::future::IntoFuture;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Through {
    /// [`gather`](crate::gather()), which waits for all, or the first error.
    Gather,
    /// The end of a [`task_group`](crate::task_group()), which waits for all.
    TaskGroup,
    /// [`wait`](crate::wait()), which may wait for one of them.
    Wait,
    /// [`as_completed`](crate::as_completed()), which waits for the next of them.
    AsCompleted,
    /// [`shield`](crate::shield()).
    Shield,
    /// [`wait_for`](crate::wait_for()) with no time left: it has asked for the end, and waits for that.
    WaitFor,
}

//! What the workloads ask of a runtime, and one module for each that gives it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::servers::Kind;
use crate::util::Report;
use crate::workloads::{Workload, memory, scheduling, threads, timers};
use crate::{floor, servers};

/// Spawns and wakes tasks on one thread.
pub trait Runtime: 'static {
    const NAME: &'static str;

    /// What a join of a task is.
    type Join<T: 'static>: Future<Output = T> + 'static;

    fn new() -> Self;

    /// Can be called again on the same runtime.
    fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T;

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Self::Join<T>;

    /// Starts a task that runs to its end unobserved.
    fn spawn_detached(future: impl Future<Output = ()> + 'static);

    fn yield_now() -> impl Future<Output = ()> + 'static {
        crate::local::yield_by_wake()
    }
}

/// Has timers, armed at their first poll at the latest and called off by a drop.
pub trait Timers: Runtime {
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static;
}

/// Has wakers that work from other threads.
pub trait Threads: Runtime {}

/// Has TCP.
pub trait Tcp: Runtime {
    type Listener: 'static;
    type Stream: 'static;

    /// Listens at a free port of 127.0.0.1.
    async fn listen() -> (Self::Listener, SocketAddr);

    async fn accept(listener: &Self::Listener) -> io::Result<Self::Stream>;

    /// Sends back what it reads, with a buffer of `size` bytes, until the client leaves.
    fn echo(stream: Self::Stream, size: usize) -> impl Future<Output = ()> + 'static;

    /// Serves HTTP/1.1 by hyper.
    fn http(_stream: Self::Stream) -> impl Future<Output = ()> + 'static {
        async { panic!("{} has no adapter for hyper", Self::NAME) }
    }
}

fn scheduling<R: Runtime>(workload: &Workload) -> Option<Report> {
    scheduling::run::<R>(workload).or_else(|| memory::run::<R>(workload))
}

fn with_threads<R: Threads>(workload: &Workload) -> Option<Report> {
    scheduling::<R>(workload).or_else(|| threads::run::<R>(workload))
}

fn everything<R: Threads + Timers>(workload: &Workload) -> Option<Report> {
    with_threads::<R>(workload).or_else(|| timers::run::<R>(workload))
}

/// What `peers run` and `peers serve` call for one runtime.
pub struct Entry {
    pub name: &'static str,
    /// `None` for a workload that this runtime does not have.
    pub run: fn(&Workload) -> Option<Report>,
    /// Serves until killed.
    pub serve: Option<fn(Kind, usize)>,
}

impl Entry {
    const fn full<R: Threads + Timers + Tcp>() -> Self {
        Self {
            name: R::NAME,
            run: everything::<R>,
            serve: Some(servers::serve::<R>),
        }
    }
}

#[cfg(feature = "peers")]
mod compio;
mod final_rt;
#[cfg(feature = "peers")]
mod glommio;
#[cfg(feature = "peers")]
mod localpool;
mod mini;
#[cfg(feature = "peers")]
mod monoio;
#[cfg(feature = "peers")]
mod smol;
#[cfg(feature = "peers")]
mod tokio;

pub const RUNTIMES: &[Entry] = &[
    Entry {
        name: floor::NAME,
        run: floor::run,
        serve: Some(floor::serve),
    },
    Entry {
        name: mini::Mini::NAME,
        run: scheduling::<mini::Mini>,
        serve: None,
    },
    Entry::full::<final_rt::FinalRt>(),
    #[cfg(feature = "peers")]
    Entry::full::<tokio::Tokio>(),
    #[cfg(feature = "peers")]
    Entry::full::<smol::Smol>(),
    #[cfg(feature = "peers")]
    Entry::full::<monoio::Monoio>(),
    #[cfg(feature = "peers")]
    Entry::full::<compio::Compio>(),
    #[cfg(feature = "peers")]
    Entry::full::<glommio::Glommio>(),
    #[cfg(feature = "peers")]
    Entry {
        name: localpool::LocalPool::NAME,
        run: with_threads::<localpool::LocalPool>,
        serve: None,
    },
];

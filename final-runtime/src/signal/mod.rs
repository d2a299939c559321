//! Signals as streams.
//!
//! ```text
//!  any thread      the handler counts the signal and writes a byte to the pipe of each loop that listens
//!  the loop        its driver finds the pipe readable; a turn later it looks at the counts and settles who waits
//!  the task        goes on one turn later
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the stream |
//! | `kind` | which signals there are |
//! | `hub` | the loop's side: its pipe, and who waits |
//! | `interrupt` | what Ctrl-C does to a run |
//! | `process` | what the process does at each signal, and did before |
//! | `handler` | what happens when a signal arrives, and all calls of the system |
//! | `bells` | the list that the handler walks |
//! | `sync` | the atomics it is built on; the models of `tests/loom` have others |
//!
//! In the book: chapter 11.

use std::fmt;
use std::future::{IntoFuture, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::future::Future;
use crate::here;
use crate::join::Join;
use crate::promise::What;
use crate::shared::Core;

mod bells;
mod handler;
mod hub;
mod interrupt;
mod kind;
mod process;
mod sync;

pub(crate) use hub::Hub;
pub(crate) use interrupt::{Interrupt, end_process};
pub use kind::SignalKind;

/// Listens to a signal from now on, on the running loop.
///
/// As long as anybody listens, the signal does nothing else in this process: not what the system does by itself, and not
/// what a handler of somebody else's did. When the last stream goes, what was before is put back, unless somebody has set
/// something else meanwhile. Several streams, also of several loops, hear each signal.
///
/// asyncio: `loop.add_signal_handler()`, which has one callback a signal, on the main thread.
///
/// ```
/// use final_runtime::{SignalKind, run, signal};
///
/// run(async {
///     let mut hangups = signal(SignalKind::hangup()).unwrap();
///     std::process::Command::new("kill")
///         .args(["-HUP", &std::process::id().to_string()])
///         .status()
///         .unwrap();
///     hangups.recv().await;
/// });
/// ```
///
/// # Errors
///
/// If no program can listen to the signal, or the system refuses; on a loop with a virtual clock, which never asks the
/// system.
///
/// # Panics
///
/// If no loop is running on this thread.
#[track_caller]
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    Signal::of(&here::expect_core("`signal`"), kind)
}

/// A stream of one signal. It never ends, but for its loop, which it does not outlive: then it waits for ever.
///
/// Signals are not counted: several that came since the last was taken are one.
///
/// asyncio: the callback of `loop.add_signal_handler()`; to drop it is `loop.remove_signal_handler()`.
///
/// ```
/// use final_runtime::{Signal, SignalKind, run, signal, timeout};
/// use std::time::Duration;
///
/// run(async {
///     let mut quit: Signal = signal(SignalKind::quit()).unwrap();
///     let short = Duration::from_millis(1);
///     assert!(timeout(short, quit.recv()).await.is_err(), "nobody has sent one");
/// });
/// ```
pub struct Signal {
    kind: SignalKind,
    index: usize,
    /// How often it had arrived when it was last taken.
    seen: u32,
    wait: Option<Wait>,
    hub: Rc<Hub>,
    core: Rc<Core>,
}

/// A place among those who wait.
struct Wait {
    number: u64,
    settled: Join<()>,
}

impl Signal {
    pub(crate) fn of(core: &Rc<Core>, kind: SignalKind) -> io::Result<Self> {
        let index = kind.index()?;
        let hub = Hub::of(core)?;
        // First: what comes from now on was not seen.
        let seen = handler::count(index);
        process::add_stream(kind)?;
        Ok(Self {
            kind,
            index,
            seen,
            wait: None,
            hub,
            core: core.clone(),
        })
    }

    /// What is settled when the signal has arrived since it was last taken, for callbacks in place of a task. The loop holds
    /// it until then.
    pub(crate) fn next(&self) -> Future<()> {
        self.wait_anew().1
    }

    /// A place among those who wait for it to arrive since it was last taken: its number, and what is settled then.
    fn wait_anew(&self) -> (u64, Future<()>) {
        let then = Future::of(&self.core, What::Signal);
        then.promise.set_signal(self.kind.as_raw());
        let number = self.hub.wait(self.index, self.seen, then.clone());
        (number, then)
    }

    /// Takes what has arrived.
    pub(crate) fn take(&mut self) {
        self.seen = handler::count(self.index);
    }

    /// Waits until the signal has arrived since it was last taken, or since this stream was made.
    ///
    /// asyncio: the call of the handler that `loop.add_signal_handler()` was given.
    ///
    /// ```
    /// use final_runtime::{SignalKind, run, signal};
    ///
    /// run(async {
    ///     let mut changes = signal(SignalKind::window_change()).unwrap();
    ///     let own = std::process::id().to_string();
    ///     std::process::Command::new("kill").args(["-WINCH", &own]).status().unwrap();
    ///     changes.recv().await;
    /// });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// To drop it loses nothing: a signal is taken when this is done.
    pub async fn recv(&mut self) {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let count = handler::count(self.index);
            if count != self.seen {
                self.seen = count;
                self.stop_waiting();
                return Poll::Ready(());
            }
            let wait = match self.wait.take() {
                Some(wait) => wait,
                None => {
                    let (number, then) = self.wait_anew();
                    let settled = then.into_future();
                    Wait { number, settled }
                }
            };
            let wait = self.wait.insert(wait);
            // A request that arrives elsewhere settles it, too: then the wait begins anew.
            let _ = ready!(Pin::new(&mut wait.settled).poll(cx));
            self.stop_waiting();
        }
    }

    fn stop_waiting(&mut self) {
        if let Some(wait) = self.wait.take() {
            self.hub.forget(wait.number);
        }
    }
}

impl Stream for Signal {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<()>> {
        self.poll_recv(cx).map(Some)
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        self.stop_waiting();
        self.core.seldom().interrupt.pass_over(self.kind);
        process::remove_stream(self.kind);
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signal").field(&self.kind).finish()
    }
}

//! The task tree at a signal.
//!
//! In the book: chapter 12.

use std::io;

use crate::event_loop::LoopHandle;
use crate::report::say;
use crate::signal::{Signal, SignalKind};

impl LoopHandle {
    /// From now on, whenever the signal arrives, writes the [task tree](Self::task_tree) to standard error, until the loop is
    /// closed. No task does it, and a run does not wait for it.
    ///
    /// The loop writes it in the turn in which it hears of the signal: not while a callback or a step of a task holds it. What
    /// holds it that long, [debug mode](Self::set_debug) names, afterwards.
    ///
    /// As with a [`signal`](crate::signal()) stream, the signal does nothing else then: SIGUSR1 does not end the process, nor
    /// does SIGQUIT, which is Ctrl-\ at the terminal.
    ///
    /// asyncio: `python -m asyncio pstree PID`, from outside; `loop.add_signal_handler(SIGUSR1, asyncio.print_call_graph, …)`.
    ///
    /// ```
    /// use final_runtime::{SignalKind, run, running_loop};
    ///
    /// run(async {
    ///     running_loop().dump_on_signal(SignalKind::user_defined1()).unwrap();
    ///     // … and from a terminal: kill -USR1 PID
    /// });
    /// ```
    ///
    /// To send it elsewhere, or to stop, have a task do it:
    ///
    /// ```
    /// use final_runtime::{SignalKind, run, running_loop, signal, spawn};
    ///
    /// run(async {
    ///     let mut asked = signal(SignalKind::user_defined1()).unwrap();
    ///     let dumps = spawn(async move {
    ///         loop {
    ///             asked.recv().await;
    ///             println!("{}", running_loop().task_tree());
    ///         }
    ///     });
    ///     dumps.cancel();
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
    /// If the loop is closed.
    #[track_caller]
    pub fn dump_on_signal(&self, kind: SignalKind) -> io::Result<()> {
        self.core.check_open("dump_on_signal");
        dump_at_the_next(Signal::of(&self.core, kind)?);
        Ok(())
    }
}

/// The loop holds the stream, with who waits for it, until it is closed.
fn dump_at_the_next(mut signal: Signal) {
    let next = signal.next();
    next.promise.on_settled(move |arrived| {
        // First: one that comes while this is written is another.
        signal.take();
        let core = arrived.core();
        say(format_args!(
            "the task tree of loop {}: {}",
            core.number,
            core.task_tree()
        ));
        dump_at_the_next(signal);
    });
}

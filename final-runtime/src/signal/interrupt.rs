//! What Ctrl-C does to a run: the first cancels `main`, the second ends the process, as one that nobody handles does.
//!
//! The rules:
//!
//! 1. It is for [`run`](crate::run) and [`Runner`](crate::Runner) on the process's main thread, as in asyncio: of several
//!    loops that one is the program's. And only if nobody has said what SIGINT is to do.
//! 2. The handler is set before the first turn. Until the loop makes its poller, which is when it has to wait for the first
//!    time, or uses a socket, it looks at the count itself whenever it looks up; from then on the handler wakes it.
//! 3. The system takes the handler away when it calls it. So nothing here has to work for the second signal to end the
//!    process, not even the loop.
//! 4. One that comes when `main` does not wait any more cannot cancel it. It interrupts the run all the same, as in asyncio.
//! 5. At the end of `main` what was before is put back: while the run comes to its end, too, Ctrl-C ends the process.

use std::cell::{Cell, RefCell};

use super::{Hub, SignalKind, handler, process};
use crate::here;
use crate::promise::AnyPromise;
use crate::shared::Core;
use crate::state::State;
use crate::task::TaskRef;

const CTRL_C: SignalKind = SignalKind::interrupt();

/// How often it has come to the process.
fn times() -> u32 {
    CTRL_C.index().map_or(0, handler::count)
}

/// What a loop knows of Ctrl-C.
#[derive(Default)]
pub(crate) struct Interrupt {
    /// The task that it cancels, while the handler is set.
    main: RefCell<Option<TaskRef>>,
    /// How often it had come before the run.
    seen: Cell<u32>,
    /// It has cancelled `main`.
    came: Cell<bool>,
    /// It has come when `main` was done.
    late: Cell<bool>,
}

impl Core {
    /// A run of `main` begins, in which Ctrl-C cancels it.
    pub(crate) fn begin_main(&self, main: &AnyPromise) {
        if !handler::on_main_thread() {
            return;
        }
        let interrupt = &self.seldom().interrupt;
        interrupt.seen.set(times());
        if process::add_run(CTRL_C) {
            interrupt.main.replace(Some(TaskRef::new(main.clone())));
            if self.driver.has_poller() {
                self.wake_at_ctrl_c();
            }
        }
    }

    /// The loop has made its poller, so it may sleep from now on.
    #[cold]
    pub(crate) fn has_made_its_poller(&self) {
        let seldom = self.seldom.get();
        if seldom.is_some_and(|seldom| seldom.interrupt.main.borrow().is_some()) {
            self.wake_at_ctrl_c();
        }
    }

    /// A turn in which the loop looks up, while nothing can wake it for a signal.
    #[inline]
    pub(crate) fn look_for_ctrl_c(&self) {
        if !self.driver.has_poller()
            && let Some(seldom) = self.seldom.get()
        {
            seldom.interrupt.look();
        }
    }

    /// The run has ended. Whether Ctrl-C has cancelled `main`, which did not take the request back; or came so late that
    /// `main` heard nothing of it, since it did not wait any more.
    pub(crate) fn end_main(&self) -> bool {
        let Some(seldom) = self.seldom.get() else {
            return false;
        };
        let Some(main) = seldom.interrupt.main.take() else {
            return false;
        };
        let late = seldom.interrupt.has_come() && !process::has_stream(CTRL_C);
        process::remove_run(CTRL_C);
        let late = seldom.interrupt.late.take() || late;
        let came = seldom.interrupt.came.take();
        late || came && main.state() == State::Cancelled && main.uncancel() == 0
    }

    /// From now on Ctrl-C wakes the loop. Without descriptors for that the run goes on, and SIGINT ends the process.
    #[cold]
    fn wake_at_ctrl_c(&self) {
        let interrupt = &self.seldom().interrupt;
        if Hub::of(self).is_err() {
            interrupt.main.take();
            interrupt.came.set(false);
            interrupt.late.set(false);
            process::remove_run(CTRL_C);
        } else if interrupt.has_come() {
            // It came before anything could wake the loop, which is about to sleep.
            Hub::look_soon(self);
        }
    }
}

impl Interrupt {
    /// Whether Ctrl-C has come since somebody last looked.
    fn has_come(&self) -> bool {
        times() != self.seen.get()
    }

    /// A stream goes: of what came while it listened, the run is not told.
    pub(super) fn pass_over(&self, kind: SignalKind) {
        if kind == CTRL_C {
            self.seen.set(times());
        }
    }

    /// A signal may have arrived: if it was this one, and no stream listens to it, `main` is asked to cancel.
    pub(super) fn look(&self) {
        let main = self.main.borrow().clone();
        let Some(main) = main else { return };
        let count = times();
        if self.seen.replace(count) != count && !process::has_stream(CTRL_C) {
            match main.cancel() {
                true => self.came.set(true),
                false => self.late.set(true),
            }
        }
    }
}

/// Ends the process as a SIGINT that nobody handles: whoever started it sees that it was interrupted.
pub(crate) fn end_process() -> ! {
    debug_assert!(here::core().is_none());
    handler::raise(CTRL_C.as_raw());
    // Somebody has set a handler meanwhile, which has returned, or keeps the signal from this thread.
    std::process::exit(128 + CTRL_C.as_raw())
}

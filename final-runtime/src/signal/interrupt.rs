//! What Ctrl-C does to a run: the first cancels `main`, the second ends the process, as one that nobody handles does.
//!
//! The rules:
//!
//! 1. It is for [`run`](crate::run) and [`Runner`](crate::Runner) on the process's main thread, as in asyncio: of several
//!    loops that one is the program's. And only if nobody has said what SIGINT is to do.
//! 2. The handler is set when the loop makes its poller, so not before it has to wait for the first time, or uses a socket:
//!    a run that never waits makes no system call for it. Until then SIGINT ends the process.
//! 3. The system takes the handler away when it calls it. So nothing here has to work for the second signal to end the
//!    process, not even the loop.
//! 4. At the end of `main` what was before is put back: while the run comes to its end, too, Ctrl-C ends the process.

use std::cell::{Cell, RefCell};

use super::{Hub, SignalKind, handler, process};
use crate::here;
use crate::promise::AnyPromise;
use crate::shared::Core;
use crate::state::State;
use crate::task::TaskRef;

const CTRL_C: SignalKind = SignalKind::interrupt();

/// What a loop knows of Ctrl-C.
#[derive(Default)]
pub(crate) struct Interrupt {
    /// The task that it cancels, while the handler is set.
    main: RefCell<Option<TaskRef>>,
    /// How often it had come before the run.
    seen: Cell<u32>,
    /// It has cancelled `main`.
    came: Cell<bool>,
}

impl Core {
    /// A run of `main` begins, in which Ctrl-C cancels it.
    pub(crate) fn begin_main(&self, main: &AnyPromise) {
        self.cancels_on_ctrl_c.set(true);
        if self.driver.has_poller() {
            self.listen_to_ctrl_c(main.clone());
        }
    }

    /// The loop has made its poller.
    #[cold]
    pub(crate) fn has_made_its_poller(&self) {
        let mut tasks = self.slots.all().into_iter();
        if self.cancels_on_ctrl_c.get()
            && let Some(main) = tasks.find(|task| task.stops_the_loop())
        {
            self.listen_to_ctrl_c(main);
        }
    }

    /// The run has ended. Whether Ctrl-C has cancelled `main`, which did not take the request back.
    pub(crate) fn end_main(&self) -> bool {
        self.cancels_on_ctrl_c.set(false);
        let Some(seldom) = self.seldom.get() else {
            return false;
        };
        let Some(main) = seldom.interrupt.main.take() else {
            return false;
        };
        process::remove_run(CTRL_C);
        seldom.interrupt.came.take() && main.state() == State::Cancelled && main.uncancel() == 0
    }

    #[cold]
    fn listen_to_ctrl_c(&self, main: AnyPromise) {
        let interrupt = &self.seldom().interrupt;
        // Without descriptors for it the run goes on, and SIGINT ends it.
        if !handler::on_main_thread() || Hub::of(self).is_err() {
            return;
        }
        if let Ok(index) = CTRL_C.index() {
            interrupt.seen.set(handler::count(index));
            if process::add_run(CTRL_C) {
                interrupt.main.replace(Some(TaskRef::new(main)));
            }
        }
    }
}

impl Interrupt {
    /// A signal has arrived: if it was this one, and no stream listens to it, `main` is asked to cancel.
    pub(super) fn look(&self) {
        let main = self.main.borrow().clone();
        let (Some(main), Ok(index)) = (main, CTRL_C.index()) else {
            return;
        };
        let count = handler::count(index);
        if self.seen.replace(count) != count && !process::has_stream(CTRL_C) {
            self.came.set(true);
            main.cancel();
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

//! One turn of the loop, in asyncio's order, and the runs that are made of turns.
//!
//! A turn takes in what other threads sent; sleeps until something can happen, not at all while something is ready;
//! queues what became ready, then the timers that are due; and runs exactly the entries that are ready at that point.
//! What they make ready waits for the next turn, so that no crowd of tasks can starve a socket.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Instant;

use crate::clock::Clock;
use crate::context::{self, Context};
use crate::error::{JoinError, Panic};
use crate::here;
use crate::inbox::Message;
use crate::ready::Entry;
use crate::report::{Report, ReportKind};
use crate::shared::Core;
use crate::task::{Payload, TaskKey};
use crate::timers::Timer;

/// Why [`run_forever`](crate::LoopHandle::run_forever) came back.
///
/// asyncio has none: its runs come back only when they are stopped.
///
/// ```
/// use final_runtime::{EventLoop, Outcome};
///
/// let event_loop = EventLoop::with_virtual_clock();
/// assert_eq!(event_loop.run_forever(), Outcome::Idle);
/// event_loop.stop();
/// assert_eq!(event_loop.run_forever(), Outcome::Stopped);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Somebody called [`stop`](crate::LoopHandle::stop).
    Stopped,
    /// Nothing is ready and no timer will ever be due. Only a virtual clock can tell.
    Idle,
}

/// How many entries may run before the driver is asked although something is ready.
const ENTRIES_UNASKED: usize = 61;

/// How long a turn may sleep.
enum Sleep {
    Not,
    Until(Instant),
    Forever,
}

/// Takes back that the loop runs, also when a run unwinds.
struct Running<'a>(&'a Core);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.set(false);
    }
}

impl Core {
    #[track_caller]
    pub(crate) fn run_forever(self: &Rc<Self>) -> Outcome {
        self.check_open("a run");
        assert!(
            here::core().is_none(),
            "a run was started inside a running loop; await the future, or spawn it"
        );
        self.running.set(true);
        let _running = Running(self);
        here::enter(self, || {
            // What is set around the run is nobody's inside: tasks and callbacks bring their own.
            context::enter(&RefCell::new(Context::default()), || {
                loop {
                    let idle = self.run_once();
                    if self.stopping.take() {
                        return Outcome::Stopped;
                    }
                    if idle {
                        return Outcome::Idle;
                    }
                }
            })
        })
    }

    /// One turn. Whether it found the loop idle.
    fn run_once(self: &Rc<Self>) -> bool {
        self.turn.set(self.turn.get() + 1);
        self.take_in();
        let idle = self.sleep();
        self.timers.collect_due(self.now.get());
        self.run_ready();
        idle
    }

    /// Runs what is ready now. What that makes ready is for the next turn.
    fn run_ready(self: &Rc<Self>) {
        let batch = self.ready.take();
        self.unasked.set(self.unasked.get() + batch.len());
        // One catch for all entries: it is set up again only behind a panic.
        while let Err(payload) = catch_unwind(AssertUnwindSafe(|| {
            while let Some(entry) = batch.pop() {
                match entry {
                    Entry::Step(task) => {
                        if let Some(found) = self.slots.begin(task) {
                            found.step(task);
                        }
                    }
                    Entry::Callback(handle) => handle.call(),
                }
            }
            while let Some(timer) = self.timers.take_due() {
                match timer {
                    Timer::Call(handle) => handle.call(),
                    Timer::Wake(task) => self.wake(task),
                    Timer::WakeOther(waker) => waker.wake(),
                    Timer::Fired | Timer::Ended => {}
                }
            }
        })) {
            self.recover(payload);
        }
        self.ready.give_back(batch);
    }

    /// An entry panicked. A task that was in its step ends by it; of all else it is reported. The loop goes on.
    fn recover(&self, payload: Payload) {
        match here::interrupt().task() {
            Some(task) => task.panicked(payload),
            None => {
                let error = JoinError::Panicked(Panic::new(payload));
                let report = Report::new(ReportKind::Callback, None, error);
                self.reports.send(&report);
            }
        }
    }

    /// Queues what other threads sent: the tasks that they woke, and their calls.
    fn take_in(&self) {
        self.inbox.take(|message| match message {
            Message::Wake(word) => self.wake(TaskKey::from_word(word)),
            Message::Call(call) => drop(self.call_soon(call)),
        });
    }

    /// Lets time pass until something can happen. Whether nothing can, ever.
    fn sleep(self: &Rc<Self>) -> bool {
        let sleep = if !self.ready.is_empty() || self.stopping.get() {
            Sleep::Not
        } else {
            let wake = match &self.clock {
                Clock::Virtual(_) => self.timers.next_due(),
                Clock::Monotonic => self.timers.wake_at(),
            };
            wake.map_or(Sleep::Forever, Sleep::Until)
        };
        match (&self.clock, sleep) {
            (Clock::Virtual(_), Sleep::Not) => false,
            (Clock::Virtual(now), Sleep::Until(due)) => {
                now.set(now.get().max(due));
                self.read_clock();
                false
            }
            (Clock::Virtual(_), Sleep::Forever) => true,
            // A turn that only passes work on pays neither a system call nor a clock reading.
            (Clock::Monotonic, Sleep::Not) if self.unasked.get() < ENTRIES_UNASKED => false,
            (Clock::Monotonic, sleep) => {
                let longest = match sleep {
                    Sleep::Not => Some(std::time::Duration::ZERO),
                    Sleep::Until(due) => Some(due.saturating_duration_since(self.read_clock())),
                    Sleep::Forever => None,
                };
                self.unasked.set(0);
                self.driver.wait(longest, &self.inbox);
                self.read_clock();
                self.take_in();
                false
            }
        }
    }
}

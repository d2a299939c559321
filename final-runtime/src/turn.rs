//! One turn of the loop, in asyncio's order, and the runs that are made of turns.
//!
//! A turn takes in what other threads sent; sleeps until something can happen, not at all while something is ready; and
//! runs exactly what is ready at that point: the entries of the queue, then the report of the sockets, then the timers that
//! are due. What they make ready waits for the next turn, so that no crowd of tasks can starve a socket. The report wakes
//! who waited, as in asyncio a callback settles their futures: they go on in the next turn, and of a deadline and of bytes
//! that are found at one instant the deadline wins.
//!
//! In the book: chapters 1, 2 and 6.

use std::cell::RefCell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use crate::context::{self, Context};
use crate::handle::Handle;
use crate::here;
use crate::inbox::Message;
use crate::ready::{Batch, Entry};
use crate::report::discard;
use crate::shared::Core;
use crate::task::{Payload, TaskKey};
use crate::timers::Timer;
use crate::wheel::Key;

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

/// Whether the loop is to return, and at the end of which turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopping {
    No,
    /// At the end of the next turn.
    Next,
    /// At the end of this turn, or of the first.
    Now,
    /// It is not, but the next turn is to be of another kind.
    Switching,
}

/// What letting time pass was good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passed {
    /// Something may be ready, or due.
    ForSomething,
    /// Nothing will ever happen.
    ForNothing,
}

/// Why turns end that nobody has stopped.
pub(crate) enum TurnsEnd {
    /// The loop cannot sleep, for this reason.
    Sleepless(String),
    /// Debug mode was switched: the next turn is of the other kind.
    Switched,
}

/// Turns of another kind.
pub(crate) type DebugRun = fn(&Rc<Core>, &mut TurnState) -> Result<Outcome, TurnsEnd>;

/// What a turn works on.
#[derive(Default)]
pub(crate) struct TurnState {
    /// What was ready when the turn began.
    batch: Batch,
    /// The timers that are due in this turn, the last first.
    due: Vec<Key>,
}

/// The loop runs, until this is dropped.
struct Running<'a> {
    core: &'a Core,
    before: bool,
}

impl<'a> Running<'a> {
    fn begin(core: &'a Core) -> Self {
        let before = core.running.replace(true);
        Self { core, before }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.core.running.set(self.before);
    }
}

impl Core {
    /// Calls `f` as a part of a run; outside one it is a run by itself, inside which the loop cannot be closed.
    pub(crate) fn within_a_run<R>(self: &Rc<Self>, f: impl FnOnce() -> R) -> R {
        let _running = Running::begin(self);
        here::enter(self, f)
    }

    #[track_caller]
    pub(crate) fn run_forever(self: &Rc<Self>) -> Outcome {
        self.check_open("a run");
        assert!(
            here::core().is_none(),
            "a run was started inside a running loop; await the future, or spawn it"
        );
        let _running = Running::begin(self);
        let mut state = self.turn_state.take();
        loop {
            let turns = match self.debug.get() {
                None => self.run_until_ended::<false>(&mut state),
                Some(run) => run(self, &mut state),
            };
            match turns {
                Ok(outcome) => {
                    // What stood there meanwhile is empty.
                    mem::forget(self.turn_state.replace(state));
                    return outcome;
                }
                Err(TurnsEnd::Sleepless(why)) => panic!("{why}"),
                Err(TurnsEnd::Switched) => {}
            }
        }
    }

    /// The next turn is of another kind, unless it is the last.
    pub(crate) fn switch_turns(&self) {
        if self.running.get() && self.stopping.get() == Stopping::No {
            self.stopping.set(Stopping::Switching);
        }
    }

    /// What a loop in debug mode does. A program that never switches it on does not carry it.
    pub(crate) fn run_watched(self: &Rc<Self>, state: &mut TurnState) -> Result<Outcome, TurnsEnd> {
        self.run_until_ended::<true>(state)
    }

    /// Turns of one kind, whatever panics in them. Of the two kinds, one watches how long each entry takes.
    #[inline(always)]
    fn run_until_ended<const WATCHED: bool>(
        self: &Rc<Self>,
        state: &mut TurnState,
    ) -> Result<Outcome, TurnsEnd> {
        here::enter(self, || {
            // What is set around the run is nobody's inside: tasks and callbacks bring their own.
            context::enter(&RefCell::new(Context::default()), || {
                let mut in_a_turn = false;
                loop {
                    // One catch for all turns: it is set up again only behind a panic.
                    let turns = || self.run_turns::<WATCHED>(state, in_a_turn);
                    match catch_unwind(AssertUnwindSafe(turns)) {
                        Ok(ended) => return ended,
                        Err(payload) => {
                            let recovered =
                                catch_unwind(AssertUnwindSafe(|| self.recover(payload)));
                            recovered.unwrap_or_else(discard);
                        }
                    }
                    in_a_turn = true;
                }
            })
        })
    }

    /// Turn after turn. The first has begun already where something in it panicked.
    #[inline(always)]
    fn run_turns<const WATCHED: bool>(
        &self,
        state: &mut TurnState,
        mut in_a_turn: bool,
    ) -> Result<Outcome, TurnsEnd> {
        loop {
            if !in_a_turn {
                self.turn.set(self.turn.get() + 1);
                self.take_in();
                // While there is work, the driver is asked now and then, and the clock is not read.
                if self.ready.is_empty() || self.unasked.get() >= ENTRIES_UNASKED {
                    if self.rest(state)? == Passed::ForNothing {
                        return Ok(Outcome::Idle);
                    }
                } else {
                    self.take_snapshot(state);
                }
            }
            in_a_turn = false;
            while let Some(entry) = state.batch.pop() {
                match entry {
                    Entry::Callback(handle) if WATCHED => self.watched_call(&handle),
                    Entry::Step(key) => match self.slots.begin(key) {
                        Some(task) if WATCHED => self.watched_step(&task, key),
                        Some(task) => task.step(key),
                        None if key == TaskKey::SOCKETS => self.wake_those_at_sockets(),
                        None => {}
                    },
                    Entry::Callback(handle) => handle.call(),
                }
            }
            while let Some(timer) = state.due.pop() {
                self.run_timer(timer, WATCHED);
            }
            match self.stopping.get() {
                Stopping::No => {}
                Stopping::Next => self.stopping.set(Stopping::Now),
                Stopping::Now => {
                    self.stopping.set(Stopping::No);
                    return Ok(Outcome::Stopped);
                }
                Stopping::Switching => {
                    self.stopping.set(Stopping::No);
                    return Err(TurnsEnd::Switched);
                }
            }
        }
    }

    /// A timer's turn has come.
    fn run_timer(&self, timer: Key, watched: bool) {
        match self.timers.take_due(timer) {
            Some(Timer::Call(handle)) if watched => self.watched_call(&handle),
            Some(Timer::Call(handle)) => handle.call(),
            Some(Timer::Wake(task)) => {
                self.wake(task);
                self.slots.prefetch(task);
            }
            Some(Timer::WakeOther(waker)) => waker.wake(),
            Some(Timer::Fired | Timer::Ended) | None => {}
        }
    }

    /// Something panicked. A task that was in its step ends by it; of all else it is reported. The loop goes on.
    #[cold]
    pub(crate) fn recover(&self, payload: Payload) {
        match here::interrupt().task() {
            Some(task) => task.panicked(payload),
            None => self.reports.panicked(payload),
        }
    }

    /// Queues what other threads sent: the tasks that they woke, and their calls.
    #[inline]
    fn take_in(&self) {
        self.inbox.take(|message| match message {
            Message::Wake(word) => self.wake(TaskKey::from_word(word)),
            Message::Call(call) => self.call(Handle::within(Context::copy_current(), None, call)),
        });
    }

    /// What this turn runs: the entries that are ready, and the timers that are due.
    #[inline(always)]
    fn take_snapshot(&self, state: &mut TurnState) {
        if self.timers.may_be_due(self.clock.last()) {
            self.timers.list_due(self.clock.last(), &mut state.due);
        }
        self.ready.exchange(&mut state.batch);
        self.unasked.set(self.unasked.get() + state.batch.len());
    }

    /// The beginning of a turn in which the loop may sleep, and looks at its sockets.
    #[cold]
    #[inline(never)]
    fn rest(&self, state: &mut TurnState) -> Result<Passed, TurnsEnd> {
        self.unasked.set(0);
        state.batch.shrink();
        self.look_for_ctrl_c();
        let passed = self.let_time_pass()?;
        if self.driver.has_report() {
            self.ready.push(Entry::Step(TaskKey::SOCKETS));
        }
        self.take_snapshot(state);
        Ok(passed)
    }

    #[cold]
    fn wake_those_at_sockets(&self) {
        self.driver
            .wake_waiters(&self.reports, |task| self.wake(task));
    }

    /// Lets time pass until something can happen: not at all while something is ready, or when the loop is to stop.
    fn let_time_pass(&self) -> Result<Passed, TurnsEnd> {
        let waits = self.ready.is_empty() && self.stopping.get() == Stopping::No;
        if self.clock.is_virtual() {
            if !waits {
                return Ok(Passed::ForSomething);
            }
            let Some(due) = self.timers.next_due() else {
                return Ok(Passed::ForNothing);
            };
            self.clock.jump(due);
            return Ok(Passed::ForSomething);
        }
        let longest = match waits {
            false => Some(Duration::ZERO),
            true => self
                .timers
                .wake_at()
                .map(|due| Duration::from_nanos(due.saturating_sub(self.clock.read()))),
        };
        self.driver
            .wait(longest, &self.inbox)
            .map_err(TurnsEnd::Sleepless)?;
        self.clock.read();
        self.take_in();
        Ok(Passed::ForSomething)
    }
}

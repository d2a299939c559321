//! So many who go on together.

use std::cell::Cell;
use std::error::Error;
use std::fmt;

use crate::promise::What;
use crate::sync::line::Line;

/// A place where tasks wait until a fixed number of them has come; then all go on, and it can be used again.
///
/// asyncio: `asyncio.Barrier`.
///
/// ```
/// use final_runtime::sync::Barrier;
/// use final_runtime::{gather, run, spawn};
/// use std::rc::Rc;
///
/// run(async {
///     let table = Rc::new(Barrier::new(3));
///     let guests = (0..3).map(|_| {
///         let table = table.clone();
///         spawn(async move { table.wait().await.unwrap() })
///     });
///     let arrived: Vec<usize> = gather(guests).await.unwrap();
///     assert_eq!(arrived, [0, 1, 2]);
/// });
/// ```
pub struct Barrier {
    parties: usize,
    phase: Cell<Phase>,
    /// Who has come and not left.
    inside: Cell<usize>,
    /// Who waits for the phase to change.
    line: Line,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not enough have come.
    Filling,
    /// All have come, and are about to leave. Who comes now waits for the next round.
    Draining,
    /// Those inside are told that the round is off.
    Resetting,
    Broken,
}

/// The barrier was reset or aborted while a task waited at it, or before it came.
///
/// asyncio: `asyncio.BrokenBarrierError`.
///
/// ```
/// use final_runtime::run;
/// use final_runtime::sync::{Barrier, BrokenBarrier};
///
/// run(async {
///     let barrier = Barrier::new(2);
///     barrier.abort();
///     let broken: BrokenBarrier = barrier.wait().await.unwrap_err();
///     assert_eq!(broken.to_string(), "the barrier was aborted; reset it to use it again");
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier {
    aborted: bool,
}

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.aborted {
            true => "the barrier was aborted; reset it to use it again",
            false => "the barrier was reset before all had come; wait at it again",
        })
    }
}

impl Error for BrokenBarrier {}

impl Barrier {
    /// A barrier for `parties` tasks.
    ///
    /// asyncio: `asyncio.Barrier(parties)`.
    ///
    /// ```
    /// use final_runtime::sync::Barrier;
    ///
    /// assert_eq!(Barrier::new(3).parties(), 3);
    /// ```
    ///
    /// # Panics
    ///
    /// If `parties` is 0.
    pub const fn new(parties: usize) -> Self {
        assert!(
            parties > 0,
            "a barrier for nobody was asked for; it takes 1 party or more"
        );
        Self {
            parties,
            phase: Cell::new(Phase::Filling),
            inside: Cell::new(0),
            line: Line::new(What::Barrier),
        }
    }

    /// Waits until all have come. Gives the order of arrival, from 0. The last to come does not give up control.
    ///
    /// asyncio: `Barrier.wait()`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Barrier;
    /// use futures_util::join;
    ///
    /// run(async {
    ///     let barrier = Barrier::new(2);
    ///     assert_eq!(join!(barrier.wait(), barrier.wait()), (Ok(0), Ok(1)));
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`], if it is aborted, or is reset meanwhile.
    ///
    /// # Panics
    ///
    /// If it has to wait on a thread whose loop is not running.
    ///
    /// # Cancel safety
    ///
    /// A request or a drop takes the arrival back: the others wait for somebody else. If all had come by then, they go
    /// on without it.
    pub async fn wait(&self) -> Result<usize, BrokenBarrier> {
        while matches!(self.phase.get(), Phase::Draining | Phase::Resetting) {
            self.change().await;
        }
        self.check()?;
        let index = self.inside.get();
        let _inside = Inside::of(self);
        if self.inside.get() == self.parties {
            self.phase.set(Phase::Draining);
            self.line.call_all();
        }
        while self.phase.get() == Phase::Filling {
            self.change().await;
        }
        self.check()?;
        Ok(index)
    }

    /// Waits until the phase may have changed. Who gives up sends another to look, as asyncio's condition does.
    async fn change(&self) {
        let hand_on = |_| {
            self.line.call_next();
        };
        self.line.wait(hand_on).await;
    }

    fn check(&self) -> Result<(), BrokenBarrier> {
        match self.phase.get() {
            Phase::Filling | Phase::Draining => Ok(()),
            Phase::Resetting => Err(BrokenBarrier { aborted: false }),
            Phase::Broken => Err(BrokenBarrier { aborted: true }),
        }
    }

    /// Begins anew: who waits is told [`BrokenBarrier`], and a broken barrier is whole again.
    ///
    /// asyncio: `Barrier.reset()`, a coroutine that never waits.
    ///
    /// ```
    /// use final_runtime::sync::Barrier;
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let barrier = Rc::new(Barrier::new(2));
    ///     let early = barrier.clone();
    ///     let early = spawn(async move { early.wait().await });
    ///     yield_now().await;
    ///     barrier.reset();
    ///     assert!(early.await.unwrap().is_err());
    ///     assert!(!barrier.is_broken());
    /// });
    /// ```
    pub fn reset(&self) {
        self.phase.set(match self.inside.get() {
            0 => Phase::Filling,
            _ => Phase::Resetting,
        });
        self.line.call_all();
    }

    /// Breaks the barrier: who waits is told [`BrokenBarrier`], and who comes, until it is [`reset`](Self::reset).
    ///
    /// asyncio: `Barrier.abort()`, a coroutine that never waits.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Barrier;
    ///
    /// run(async {
    ///     let barrier = Barrier::new(2);
    ///     barrier.abort();
    ///     assert!(barrier.wait().await.is_err());
    ///     barrier.reset();
    ///     assert!(!barrier.is_broken());
    /// });
    /// ```
    pub fn abort(&self) {
        self.phase.set(Phase::Broken);
        self.line.call_all();
    }

    /// How many it is for.
    ///
    /// asyncio: `Barrier.parties`.
    ///
    /// ```
    /// assert_eq!(final_runtime::sync::Barrier::new(2).parties(), 2);
    /// ```
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// How many have come and wait for the others.
    ///
    /// asyncio: `Barrier.n_waiting`.
    ///
    /// ```
    /// use final_runtime::sync::Barrier;
    /// use final_runtime::{run, spawn, yield_now};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let barrier = Rc::new(Barrier::new(2));
    ///     let first = barrier.clone();
    ///     spawn(async move { first.wait().await });
    ///     yield_now().await;
    ///     assert_eq!(barrier.waiting(), 1);
    /// });
    /// ```
    pub fn waiting(&self) -> usize {
        match self.phase.get() {
            Phase::Filling => self.inside.get(),
            _ => 0,
        }
    }

    /// Whether it is aborted.
    ///
    /// asyncio: `Barrier.broken`.
    ///
    /// ```
    /// let barrier = final_runtime::sync::Barrier::new(2);
    /// barrier.abort();
    /// assert!(barrier.is_broken());
    /// ```
    pub fn is_broken(&self) -> bool {
        self.phase.get() == Phase::Broken
    }
}

/// One who has come, until it leaves.
struct Inside<'a>(&'a Barrier);

impl<'a> Inside<'a> {
    fn of(barrier: &'a Barrier) -> Self {
        barrier.inside.set(barrier.inside.get() + 1);
        Self(barrier)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let Self(barrier) = self;
        barrier.inside.set(barrier.inside.get() - 1);
        if barrier.inside.get() > 0 {
            return;
        }
        // The last one out opens the next round.
        if matches!(barrier.phase.get(), Phase::Draining | Phase::Resetting) {
            barrier.phase.set(Phase::Filling);
        }
        barrier.line.call_all();
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .field("phase", &self.phase.get())
            .field("inside", &self.inside.get())
            .finish()
    }
}

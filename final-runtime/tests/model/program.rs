//! What a random program is: scripts of tasks and callbacks, and what is done to the loop from outside.
//!
//! A script names a task by how many were spawned after it, and a callback by how many were made after it, so that the
//! same script means the same to both who run it, as long as they agree.

use crate::common::random::Random;

/// What code does in one go, wherever it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// The next script that no task has becomes one.
    Spawn {
        eager: bool,
    },
    /// Wakes by the waker of the task's last poll, if it had one: also a task that is done.
    Wake(Recent),
    WakeFromThread(Recent),
    Cancel(Recent),
    DropHandle(Recent),
    CallSoon,
    CallLater {
        milliseconds: u64,
    },
    /// Calls off a callback that was queued or is to be called later.
    CallOff(Recent),
    /// Adds a done callback.
    WhenDone(Recent),
    /// Takes one out again.
    NotWhenDone(Recent),
}

/// Of all so far the last, if this is 0; the one before it, if it is 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recent(pub(crate) usize);

impl Recent {
    /// Which that is, when there are so many.
    pub(crate) fn of(self, count: usize) -> Option<usize> {
        count.checked_sub(1 + self.0)
    }
}

/// How a step of a task goes on when its actions are done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Then {
    /// Waits until anybody wakes it.
    Wait,
    Yield,
    Sleep {
        milliseconds: u64,
    },
    /// Awaits a task, if its handle is there: a reference to it, or the handle itself, which is taken away.
    Join {
        target: Recent,
        by_value: bool,
    },
    /// Awaits a task that is not done for no longer than until its own next step.
    Glance(Recent),
    Panic,
}

#[derive(Debug)]
pub(crate) struct TaskScript {
    /// Behind the last it ends.
    pub(crate) steps: Vec<(Vec<Action>, Then)>,
    pub(crate) when_dropped: Vec<Action>,
    pub(crate) drop_panics: bool,
    pub(crate) when_value_dropped: Vec<Action>,
    /// Not together with `drop_panics`: two panics at once end the process.
    pub(crate) value_drop_panics: bool,
}

#[derive(Debug)]
pub(crate) struct CallbackScript {
    pub(crate) actions: Vec<Action>,
    pub(crate) panics: bool,
}

/// What is done between two runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outside {
    Act(Action),
    RunOneTurn,
    RunUntilIdle,
}

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) tasks: Vec<TaskScript>,
    pub(crate) callbacks: Vec<CallbackScript>,
    pub(crate) outside: Vec<Outside>,
    /// In which order the handles go behind the close; before which of them the loop goes.
    pub(crate) handles_go: Vec<usize>,
    pub(crate) loop_goes: usize,
}

impl Random {
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn several<T>(&mut self, most: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| one(self)).collect()
    }

    /// Mostly one of the latest.
    fn recent(&mut self) -> Recent {
        let most = [2, 4, 12][self.below(3)];
        Recent(self.below(most))
    }

    fn action(&mut self) -> Action {
        match self.below(32) {
            0..7 => Action::Spawn {
                eager: self.one_in(3),
            },
            7..13 => Action::Wake(self.recent()),
            13 if self.one_in(8) => Action::WakeFromThread(self.recent()),
            13..18 => Action::Cancel(self.recent()),
            18..21 => Action::DropHandle(self.recent()),
            21..23 => Action::CallSoon,
            23..26 => Action::CallLater {
                milliseconds: self.below(4) as u64,
            },
            26..28 => Action::CallOff(self.recent()),
            28..31 => Action::WhenDone(self.recent()),
            _ => Action::NotWhenDone(self.recent()),
        }
    }

    fn then(&mut self) -> Then {
        match self.below(18) {
            0..3 => Then::Wait,
            3..6 => Then::Yield,
            6..10 => Then::Sleep {
                milliseconds: 1 + self.below(3) as u64,
            },
            10..15 => Then::Join {
                target: self.recent(),
                by_value: self.one_in(4),
            },
            15..17 => Then::Glance(self.recent()),
            _ => Then::Panic,
        }
    }

    fn task(&mut self) -> TaskScript {
        let drop_panics = self.one_in(10);
        TaskScript {
            steps: self.several(4, |random| (random.several(3, Self::action), random.then())),
            when_dropped: self.several(1, Self::action),
            drop_panics,
            when_value_dropped: self.several(1, Self::action),
            value_drop_panics: !drop_panics && self.one_in(10),
        }
    }

    fn callback(&mut self) -> CallbackScript {
        CallbackScript {
            actions: self.several(3, Self::action),
            panics: self.one_in(8),
        }
    }

    fn outside(&mut self) -> Outside {
        match self.below(8) {
            0..4 => Outside::Act(self.action()),
            4..7 => Outside::RunOneTurn,
            _ => Outside::RunUntilIdle,
        }
    }

    fn shuffled(&mut self, length: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..length).collect();
        for at in (1..length).rev() {
            order.swap(at, self.below(at + 1));
        }
        order
    }
}

const TASKS: usize = 24;
const CALLBACKS: usize = 24;

impl Program {
    pub(crate) fn random(seed: u64) -> Self {
        let mut random = Random(seed);
        Self {
            tasks: (0..TASKS).map(|_| random.task()).collect(),
            callbacks: (0..CALLBACKS).map(|_| random.callback()).collect(),
            outside: (0..50).map(|_| random.outside()).collect(),
            handles_go: random.shuffled(TASKS),
            loop_goes: random.below(TASKS),
        }
    }
}

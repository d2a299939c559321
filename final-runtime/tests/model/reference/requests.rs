//! Requests to cancel.

use super::{Reference, Wait};

/// What became of a request.
#[derive(PartialEq)]
pub(super) enum Answer {
    Refused,
    Settled,
    PassedOn,
    Circular,
}

impl Reference<'_> {
    /// Asks a task to cancel.
    pub(super) fn ask(&mut self, task: usize) -> Answer {
        let known = &mut self.tasks[task];
        if known.ended.is_some() {
            known.seen = true;
            return Answer::Refused;
        }
        if known.asking {
            return Answer::Circular;
        }
        // One whose result is about to be announced hears nothing.
        if known.alive {
            known.asking = true;
            known.requests += 1;
            match known.begun && !self.running.contains(&task) {
                true => self.pass_on(task),
                false => known.noted = true,
            }
            self.tasks[task].asking = false;
        }
        Answer::PassedOn
    }

    /// Hands a request on to what the task waits for.
    pub(super) fn pass_on(&mut self, task: usize) {
        let answer = match self.tasks[task].wait {
            Wait::Nothing | Wait::Step | Wait::Itself => {
                match self.tasks[task].queued || self.tasks[task].raised {
                    true => Answer::Refused,
                    false => Answer::Settled,
                }
            }
            // It fires no more.
            Wait::Deadline { timer } => match self.timers.remove(&timer) {
                Some(_) => Answer::Settled,
                None => Answer::Refused,
            },
            Wait::Join { task: target, .. } => self.ask(target),
        };
        if let Wait::Join { asked, .. } = &mut self.tasks[task].wait {
            *asked |= answer != Answer::Refused;
        }
        match answer {
            Answer::Refused => self.tasks[task].noted = true,
            Answer::PassedOn => {}
            Answer::Settled | Answer::Circular => {
                self.tasks[task].raised = true;
                self.wake(task);
            }
        }
    }
}

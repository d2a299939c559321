//! One promise for many tasks: kept when all of them have a result, broken by
//! the first that has none.
//!
//! A done callback of each task counts. The last one settles the promise, so whoever waits
//! for it runs two turns after the last task's last step: one for the callback, one for the
//! wake. A request to whoever waits goes on to each task that has not ended, and the wait goes
//! on: until the first of them has ended as cancelled, or, if they all let it be, until all have.

use std::cell::Cell;
use std::rc::Rc;

use crate::scope::{Answer, Ask};
use crate::{EventLoop, Failure, Promise};

/// What the done callbacks share.
struct Gathering<T, C> {
    all: Promise<C>,
    children: Rc<Children<T>>,
    left: Cell<usize>,
    first_failure_ends: bool,
    collect: fn(&[Promise<T>]) -> C,
}

/// Those who make a gather's result.
struct Children<T> {
    promises: Vec<Promise<T>>,
    asked: Cell<bool>,
}

/// Waits for all of `tasks`. The results come in the order of `tasks`, whoever ended first.
pub fn gather<T: Clone + 'static>(
    event_loop: &Rc<EventLoop>,
    tasks: &[impl AsRef<Promise<T>>],
) -> Promise<Vec<T>> {
    start(event_loop, tasks, true, |promises| {
        let results = promises.iter().filter_map(Promise::result);
        results.filter_map(Result::ok).collect()
    })
}

/// The same, but it waits for all, also when some fail, and gives every outcome.
pub fn gather_outcomes<T: Clone + 'static>(
    event_loop: &Rc<EventLoop>,
    tasks: &[impl AsRef<Promise<T>>],
) -> Promise<Vec<Result<T, Failure>>> {
    start(event_loop, tasks, false, |promises| {
        promises.iter().filter_map(Promise::result).collect()
    })
}

fn start<T: Clone + 'static, C: Clone + 'static>(
    event_loop: &Rc<EventLoop>,
    tasks: &[impl AsRef<Promise<T>>],
    first_failure_ends: bool,
    collect: fn(&[Promise<T>]) -> C,
) -> Promise<C> {
    let children = Rc::new(Children {
        promises: tasks.iter().map(|task| task.as_ref().clone()).collect(),
        asked: Cell::new(false),
    });
    let maker = Rc::clone(&children);
    let all = Promise::made_by(event_loop, "gather", maker);
    let gathering = Rc::new(Gathering {
        all: all.clone(),
        children: Rc::clone(&children),
        left: Cell::new(tasks.len()),
        first_failure_ends,
        collect,
    });
    if tasks.is_empty() {
        let _ = all.settle(Ok(collect(&[])));
    }
    for task in &children.promises {
        let (gathering, ended) = (Rc::clone(&gathering), task.clone());
        if task.done() {
            gathering.count(&ended);
        } else {
            task.add_done_callback("gather", move |_| gathering.count(&ended));
        }
    }
    all
}

impl<T: Clone, C: Clone> Gathering<T, C> {
    /// Counts a task that has ended.
    fn count(&self, ended: &Promise<T>) {
        self.left.set(self.left.get() - 1);
        let outcome = match ended.result() {
            Some(Err(failure)) if self.first_failure_ends => Err(failure),
            _ if self.left.get() > 0 => return,
            _ if self.children.asked.get() => Err(Failure::Cancelled),
            _ => Ok((self.collect)(&self.children.promises)),
        };
        // An error here means that an earlier failure has settled it; that one counts.
        let _ = self.all.settle(outcome);
    }
}

impl<T: Clone> Ask for Children<T> {
    fn ask(&self) -> Answer {
        let mut answer = Answer::Refused;
        for promise in &self.promises {
            match promise.ask() {
                Answer::Refused => continue,
                Answer::Circular => answer = Answer::Circular,
                _ if answer == Answer::Refused => answer = Answer::PassedOn,
                _ => {}
            }
            self.asked.set(true);
        }
        answer
    }
}

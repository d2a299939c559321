//! One promise for many tasks: kept when all of them have a result, broken by
//! the first that has none.
//!
//! A done callback of each task counts. The last one settles the promise, so whoever waits
//! for it runs two turns after the last task's last step: one for the callback, one for the
//! wake. Those who are cancelled while they wait leave the tasks running; in chapter 8 the
//! request goes on to them.

use std::cell::Cell;
use std::rc::Rc;

use crate::{EventLoop, Promise, Task};

/// What the done callbacks share.
struct Gathering<T> {
    all: Promise<Vec<T>>,
    tasks: Vec<Task<T>>,
    left: Cell<usize>,
}

/// Waits for all of `tasks`. The results come in the order of `tasks`, whoever ended first.
pub fn gather<T: Clone + 'static>(
    event_loop: &Rc<EventLoop>,
    tasks: &[Task<T>],
) -> Promise<Vec<T>> {
    let all = Promise::new(event_loop, "gather");
    let gathering = Rc::new(Gathering {
        all: all.clone(),
        tasks: tasks.to_vec(),
        left: Cell::new(tasks.len()),
    });
    if tasks.is_empty() {
        let _ = all.set_result(Vec::new());
    }
    for task in tasks {
        let (gathering, ended) = (Rc::clone(&gathering), task.clone());
        if task.done() {
            gathering.count(&ended);
        } else {
            task.add_done_callback("gather", move |_| gathering.count(&ended));
        }
    }
    all
}

impl<T: Clone> Gathering<T> {
    /// Counts a task that has ended.
    fn count(&self, ended: &Task<T>) {
        self.left.set(self.left.get() - 1);
        let outcome = match ended.result() {
            Some(Err(failure)) => Err(failure),
            _ if self.left.get() > 0 => return,
            _ => self.tasks.iter().filter_map(Task::result).collect(),
        };
        // An error here means that an earlier failure has settled it; that one counts.
        let _ = self.all.settle(outcome);
    }
}

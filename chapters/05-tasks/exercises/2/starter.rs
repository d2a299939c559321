//! Exercise 2, for you to change.

use std::rc::Rc;

use chapter_05::{EventLoop, Promise, Task};

/// The outcome of whichever of `tasks` ends first. The others are cancelled.
pub fn first<T: Clone + 'static>(event_loop: &Rc<EventLoop>, tasks: &[Task<T>]) -> Promise<T> {
    // Waits for the first in the list, which may not be the first to end, and cancels nobody.
    let outcome = Promise::new(event_loop, "first");
    if let Some(task) = tasks.first() {
        let (outcome, task_of_callback) = (outcome.clone(), task.clone());
        task.add_done_callback("first", move |_| {
            if let Some(Ok(value)) = task_of_callback.result() {
                outcome.set_result(value).expect("it is settled once");
            }
        });
    }
    outcome
}

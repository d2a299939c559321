//! Exercise 2, solved: the first done callback settles the promise; those after it find it settled.

use std::rc::Rc;

use chapter_05::{EventLoop, Failure, Promise, Task};

/// The outcome of whichever of `tasks` ends first. The others are cancelled.
pub fn first<T: Clone + 'static>(event_loop: &Rc<EventLoop>, tasks: &[Task<T>]) -> Promise<T> {
    let outcome = Promise::new(event_loop, "first");
    for task in tasks {
        let (outcome, winner, all) = (outcome.clone(), task.clone(), tasks.to_vec());
        task.add_done_callback("first", move |_| {
            if outcome.done() {
                return;
            }
            for task in all.iter().filter(|task| !task.done()) {
                task.cancel();
            }
            let settled = match winner.result() {
                Some(Ok(value)) => outcome.set_result(value),
                Some(Err(Failure::Error(error))) => outcome.set_error(error),
                Some(Err(Failure::Cancelled)) | None => {
                    outcome.cancel();
                    Ok(())
                }
            };
            settled.expect("we have looked whether it is settled");
        });
    }
    outcome
}

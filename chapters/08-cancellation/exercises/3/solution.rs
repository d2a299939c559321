//! Exercise 3, solved: a group whose tasks never fail, each awaiting one that may, and a promise for the winner.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use chapter_08::{EventLoop, Failure, Promise, task_group};

/// Something that may succeed.
pub type Attempt<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

/// The value of the first attempt that succeeds; when all have failed, every failure.
pub async fn first_success<T: Clone + 'static>(
    event_loop: &Rc<EventLoop>,
    attempts: Vec<Attempt<T>>,
) -> Result<T, Vec<Failure>> {
    let winner = Promise::<Option<T>>::new(event_loop, "the first that succeeds");
    let failures = Rc::new(RefCell::new(Vec::new()));
    let count = attempts.len();
    let group = task_group(event_loop, async |group| {
        let mut tasks = Vec::new();
        for attempt in attempts {
            let (winner, failures) = (winner.clone(), Rc::clone(&failures));
            let of_task = Rc::clone(event_loop);
            let task = group.spawn("waits for attempt", async move {
                // Whoever comes second finds the promise settled.
                let _ = match of_task.try_spawn("attempt", attempt).await {
                    Ok(value) => winner.set_result(Some(value)),
                    Err(failure) => {
                        failures.borrow_mut().push(failure);
                        if failures.borrow().len() < count {
                            return;
                        }
                        winner.set_result(None)
                    }
                };
            });
            tasks.push(task.expect("the group is open"));
        }
        if count == 0 {
            return Ok(None);
        }
        let won = winner.clone().await?;
        for task in &tasks {
            task.cancel();
        }
        Ok(won)
    });
    let won = group.await.expect("no task of the group fails");
    won.ok_or_else(|| failures.take())
}

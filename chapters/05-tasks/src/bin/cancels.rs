//! A cancel in each state that a task can be in.

use std::cell::RefCell;
use std::rc::Rc;

use chapter_05::{EventLoop, Outcome, Promise, Task};

fn main() {
    let event_loop = Rc::new(EventLoop::new());
    let [never, soon] = ["never", "soon"].map(|name| Promise::new(&event_loop, name));
    let done = event_loop.spawn("done", async {});
    let asleep = event_loop.spawn("asleep", wait(Rc::clone(&event_loop), never.clone()));
    let woken = event_loop.spawn("woken", wait(Rc::clone(&event_loop), soon.clone()));

    let slot = Rc::new(RefCell::new(None));
    let own = cancel_itself(Rc::clone(&event_loop), Rc::clone(&slot), never);
    let itself = event_loop.spawn("itself", own);
    slot.replace(Some(itself.clone()));

    let tasks = vec![done, asleep, woken, itself];
    let boss = Rc::clone(&event_loop);
    event_loop.call_soon("boss", move |_| cancel_all(&boss, tasks, &soon));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.trace().report();
}

/// Waits for `promise`, and is cancelled before it can go on.
async fn wait(event_loop: Rc<EventLoop>, promise: Promise<()>) {
    event_loop.say("waits");
    let _ = promise.await;
    event_loop.say("is never said");
}

/// Finds its own task in `slot`, and cancels it.
async fn cancel_itself(
    event_loop: Rc<EventLoop>,
    slot: Rc<RefCell<Option<Task<()>>>>,
    never: Promise<()>,
) {
    if let Some(own) = slot.take() {
        own.cancel();
    }
    event_loop.say("still here");
    let _ = never.await;
    event_loop.say("is never said");
}

/// Cancels the tasks, and one more that has not started; in the turn after that they have ended.
fn cancel_all(event_loop: &Rc<EventLoop>, mut tasks: Vec<Task<()>>, soon: &Promise<()>) {
    let never = Promise::new(event_loop, "never");
    tasks.push(event_loop.spawn("fresh", wait(Rc::clone(event_loop), never)));
    soon.set_result(()).expect("nobody has kept it before");
    for task in &tasks {
        task.cancel();
    }
    event_loop.call_soon("reporter", move |event_loop| {
        for task in tasks {
            let ended = match task.result() {
                None => "pending",
                Some(Ok(())) => "ok",
                Some(Err(_)) => "cancelled",
            };
            event_loop.say(format!("{} {ended}", task.name()));
        }
    });
}

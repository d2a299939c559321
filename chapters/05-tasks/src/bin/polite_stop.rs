//! Without a cancel: a flag asks a coroutine to stop. It would look at the flag after its
//! wait, which does not end.

use std::cell::Cell;
use std::rc::Rc;

use chapter_05::{EventLoop, Outcome, Promise};

fn main() {
    let event_loop = Rc::new(EventLoop::new());
    let stop = Rc::new(Cell::new(false));
    let guests = Promise::<()>::new(&event_loop, "guests");

    let (of_task, seen) = (Rc::clone(&event_loop), Rc::clone(&stop));
    let waiter = event_loop.spawn("waiter", async move {
        of_task.say("waits for guests");
        let _ = guests.await;
        if seen.get() {
            of_task.say("goes home");
        }
    });
    event_loop.call_soon("boss", move |event_loop| {
        event_loop.say("please stop");
        stop.set(true);
    });

    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.say(format!("gone home: {}", waiter.done()));
    event_loop.trace().report();
}

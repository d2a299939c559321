//! A sleep that reckons from a moment that is past ends early.

use std::rc::Rc;
use std::time::Duration;

use chapter_06::{EventLoop, Outcome, sleep, sleep_until};

const DELAY: Duration = Duration::from_millis(100);

fn main() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    event_loop.spawn("stale", stale(Rc::clone(&event_loop)));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.spawn("fresh", fresh(Rc::clone(&event_loop)));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.trace().report();
}

/// Takes the time from the beginning of its turn, as a loop would that reads its clock once a turn.
async fn stale(event_loop: Rc<EventLoop>) {
    let turn_began = event_loop.now();
    work(&event_loop);
    let start = event_loop.now();
    sleep_until(&event_loop, turn_began + DELAY).await;
    event_loop.say(format!("slept {:?}", event_loop.now() - start));
}

/// Lets the sleep read the clock when it is armed.
async fn fresh(event_loop: Rc<EventLoop>) {
    work(&event_loop);
    let start = event_loop.now();
    sleep(&event_loop, DELAY).await;
    event_loop.say(format!("slept {:?}", event_loop.now() - start));
}

/// A computation of 80 milliseconds. On a virtual clock it has to say so.
fn work(event_loop: &EventLoop) {
    event_loop.advance(Duration::from_millis(80));
    event_loop.say(format!("works until {:?}", event_loop.now()));
}

//! Where a request arrives, and what may be done with it.

use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Outcome, Task, sleep};

mod scopes;
mod tasks;
mod waits;

const SECOND: Duration = Duration::from_secs(1);

fn event_loop() -> Rc<EventLoop> {
    Rc::new(EventLoop::with_virtual_clock())
}

/// What was said, as "turn who text".
fn said(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect()
}

/// Runs until nothing is left, and asks `task` to end at each of these times, in milliseconds.
fn run_and_ask<T: Clone + 'static>(event_loop: &Rc<EventLoop>, task: &Task<T>, times: &[u64]) {
    for time in times {
        let task = task.clone();
        let ask = move |_: &EventLoop| assert!(task.cancel());
        event_loop.call_later("boss", Duration::from_millis(*time), ask);
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

/// A step that lets everybody else have a turn.
async fn yield_now(event_loop: &Rc<EventLoop>) {
    sleep(event_loop, Duration::ZERO).await;
}

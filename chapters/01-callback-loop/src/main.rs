//! Two countdowns share one thread, a third is called off, and a fourth callback stops the loop.

use chapter_01::{EventLoop, Outcome};

fn main() {
    let event_loop = EventLoop::new();

    countdown(&event_loop, "red", 3);
    let green = event_loop.call_soon("green", |event_loop| event_loop.say("never said"));
    countdown(&event_loop, "blue", 3);
    event_loop.call_soon("bell", |event_loop| {
        event_loop.say("ding");
        event_loop.stop();
    });
    green.cancel();

    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    event_loop.say("once more");
    assert_eq!(event_loop.run_forever(), Outcome::Idle);

    event_loop.trace().report();
}

/// Says `n`, and leaves the rest of the way down to zero for the next turn.
fn countdown(event_loop: &EventLoop, name: &'static str, n: u32) {
    event_loop.call_soon(name, move |event_loop| {
        event_loop.say(n);
        if n > 1 {
            countdown(event_loop, name, n - 1);
        }
    });
}

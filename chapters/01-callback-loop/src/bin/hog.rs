//! One callback keeps the thread; whoever is behind it waits, however little they want.

use chapter_01::{EventLoop, Outcome};

fn main() {
    let event_loop = EventLoop::new();
    event_loop.call_soon("hog", |event_loop| {
        for part in 1..=4 {
            event_loop.say(format!("part {part} of 4"));
        }
    });
    event_loop.call_soon("red", |event_loop| event_loop.say("one word"));
    event_loop.call_soon("bell", |event_loop| event_loop.stop());
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    event_loop.trace().report();
}

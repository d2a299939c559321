//! Broken on purpose: futures that wake themselves in every poll. The loop never rests; one that
//! does it twice multiplies.

use std::pin::Pin;
use std::task::{Context, Poll};

use chapter_03::{EventLoop, Outcome};

/// Waits for nothing, and asks to be polled again. It gives up after some polls,
/// so that this program ends.
struct Spin {
    polls_left: u32,
    wakes: u32,
}

impl Future for Spin {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.polls_left == 0 {
            return Poll::Ready(());
        }
        self.polls_left -= 1;
        for _ in 0..self.wakes {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

fn main() {
    let event_loop = EventLoop::new();
    for (name, wakes) in [("once", 1), ("twice", 2)] {
        let polls_left = 7;
        event_loop.drive(name, Spin { polls_left, wakes });
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.trace().report();
}

//! Exercise 2, for you to change.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use chapter_03::EventLoop;

/// Work in several parts.
pub struct Hog {
    event_loop: Rc<EventLoop>,
    done: u32,
    parts: u32,
}

impl Hog {
    /// Work in `parts` parts, at least one.
    pub fn new(event_loop: &Rc<EventLoop>, parts: u32) -> Self {
        Self {
            event_loop: Rc::clone(event_loop),
            done: 0,
            parts,
        }
    }
}

impl Future for Hog {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<()> {
        while self.done < self.parts {
            self.done += 1;
            self.event_loop.say(format!("part {}", self.done));
        }
        Poll::Ready(())
    }
}

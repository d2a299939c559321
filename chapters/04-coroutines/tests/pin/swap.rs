//! The swap of `moved`, with pinned pages.

use std::cell::Cell;
use std::marker::PhantomPinned;
use std::pin::{Pin, pin};
use std::ptr;

struct Page {
    text: [u8; 5],
    bookmark: Cell<*const u8>,
    _stays: PhantomPinned,
}

impl Page {
    fn new(text: [u8; 5]) -> Self {
        Self {
            text,
            bookmark: Cell::new(ptr::null()),
            _stays: PhantomPinned,
        }
    }

    fn mark(self: Pin<&mut Self>) {
        self.bookmark.set(&self.text[0]);
    }
}

fn main() {
    let (mut red, mut blue) = (
        pin!(Page::new(*b"roses")),
        pin!(Page::new(*b"water")),
    );
    red.as_mut().mark();
    blue.as_mut().mark();
    std::mem::swap(&mut *red, &mut *blue);
}

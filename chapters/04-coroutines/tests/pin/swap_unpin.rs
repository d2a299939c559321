//! `swap` without the field `_stays`: `Page` is `Unpin`, so its `Pin` holds nothing, and the bookmarks change places.

use std::cell::Cell;
use std::mem;
use std::pin::{Pin, pin};
use std::ptr;

struct Page {
    text: [u8; 5],
    bookmark: Cell<*const u8>,
}

impl Page {
    fn new(text: [u8; 5]) -> Self {
        let bookmark = Cell::new(ptr::null());
        Self { text, bookmark }
    }

    fn mark(self: Pin<&mut Self>) {
        self.bookmark.set(&self.text[0]);
    }
}

fn main() {
    let mut red = pin!(Page::new(*b"roses"));
    let mut blue = pin!(Page::new(*b"water"));
    red.as_mut().mark();
    blue.as_mut().mark();
    mem::swap(&mut *red, &mut *blue);
    assert!(ptr::eq(red.bookmark.get(), &blue.text[0]));
    assert!(ptr::eq(blue.bookmark.get(), &red.text[0]));
}

//! Broken on purpose: two values that point into themselves change places. Nothing is read through
//! the pointers; they are only compared.

use std::mem;
use std::ptr;

/// A text, and a bookmark in it: what a function has that borrows one of its own
/// variables across an `.await`.
struct Page {
    text: [u8; 5],
    bookmark: *const u8,
}

impl Page {
    fn new(text: [u8; 5]) -> Self {
        let bookmark = ptr::null();
        Self { text, bookmark }
    }

    /// From now on the page points into itself.
    fn mark(&mut self) {
        self.bookmark = &self.text[0];
    }

    /// Whether the bookmark lies in `page`.
    fn is_marked_in(&self, page: &Page) -> bool {
        ptr::eq(self.bookmark, &page.text[0])
    }
}

fn main() {
    let (mut red, mut blue) = (Page::new(*b"roses"), Page::new(*b"water"));
    red.mark();
    blue.mark();
    look("before", &red, &blue);
    mem::swap(&mut red, &mut blue);
    look("after", &red, &blue);
}

fn look(when: &str, red: &Page, blue: &Page) {
    for (name, page) in [("red", red), ("blue", blue)] {
        let text = str::from_utf8(&page.text).expect("the text is ASCII");
        let place = if page.is_marked_in(red) {
            "red"
        } else {
            "blue"
        };
        println!("{when}: {name} has {text:?} and a bookmark in {place}");
    }
}

//! What is dropped runs code of others: drops that panic, spawn, wake, ask, close. Each future is dropped once, whatever it
//! does then.

use std::cell::Cell;
use std::rc::Rc;

mod calling;
#[path = "../common/mod.rs"]
mod common;
mod outliving;
mod panicking;

/// Calls a closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Panics when it is dropped.
fn bomb() -> OnDrop<impl FnMut() + use<>> {
    OnDrop(|| panic!("in a drop"))
}

/// Counts its drops.
fn counted(count: &Rc<Cell<u32>>) -> OnDrop<impl FnMut() + use<>> {
    let count = count.clone();
    OnDrop(move || count.set(count.get() + 1))
}

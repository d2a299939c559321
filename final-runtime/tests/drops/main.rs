//! What is dropped runs code of others: drops that panic, spawn, wake, ask, close. Each future is dropped once, whatever it
//! does then.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use final_runtime::{EventLoop, JoinError};

mod calling;
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

/// A loop whose reports are kept.
fn reporting_loop() -> (EventLoop, Rc<RefCell<Vec<String>>>) {
    let event_loop = EventLoop::with_virtual_clock();
    let reports = Rc::new(RefCell::new(Vec::new()));
    let kept = reports.clone();
    event_loop.set_exception_handler(move |report| kept.borrow_mut().push(report.to_string()));
    (event_loop, reports)
}

fn panic_message<T>(result: Result<T, JoinError>) -> String {
    match result {
        Err(JoinError::Panicked(panic)) => panic.message().to_owned(),
        Err(other) => panic!("not a panic: {other}"),
        Ok(_) => panic!("no panic"),
    }
}

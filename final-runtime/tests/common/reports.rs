//! What a loop reports, and what a task says of its panic.

use std::cell::RefCell;
use std::rc::Rc;

use final_runtime::{EventLoop, JoinError};

/// A loop whose reports are kept.
pub fn reporting_loop() -> (EventLoop, Rc<RefCell<Vec<String>>>) {
    let event_loop = EventLoop::with_virtual_clock();
    let reports = Rc::new(RefCell::new(Vec::new()));
    let kept = reports.clone();
    event_loop.set_exception_handler(move |report| kept.borrow_mut().push(report.to_string()));
    (event_loop, reports)
}

pub fn panic_message<T>(result: Result<T, JoinError>) -> String {
    match result {
        Err(JoinError::Panicked(panic)) => panic.message().to_owned(),
        Err(other) => panic!("not a panic: {other}"),
        Ok(_) => panic!("no panic"),
    }
}

//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::rc::Rc;
use std::task::{Context, Waker};

use chapter_04::{EventLoop, Outcome, Promise};
use exercise::report;

/// Counts what a thread has on the heap.
#[allow(unsafe_code)] // Only an allocator sees every allocation.
mod heap {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    thread_local! {
        static BYTES: Cell<usize> = const { Cell::new(0) };
    }

    #[global_allocator]
    static COUNTING: Counting = Counting;

    struct Counting;

    /// The bytes that this thread has allocated, less those that it has freed.
    pub fn bytes() -> usize {
        BYTES.get()
    }

    // SAFETY: `System` does the work. The counter is a constant at first and has no destructor, so to use it neither
    // allocates nor panics.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            BYTES.set(BYTES.get().wrapping_add(layout.size()));
            // SAFETY: the caller has promised to us what `System` asks for.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
            BYTES.set(BYTES.get().wrapping_sub(layout.size()));
            // SAFETY: as above, and `place` came from `System`.
            unsafe { System.dealloc(place, layout) }
        }
    }
}

/// A loop with a number that is promised, and paper.
fn office() -> (Rc<EventLoop>, Promise<u8>, Promise<()>) {
    let event_loop = Rc::new(EventLoop::new());
    let number = Promise::new(&event_loop, "number");
    let paper = Promise::new(&event_loop, "paper");
    (event_loop, number, paper)
}

/// Runs the loop dry and returns what the clerk did: "turn says …", "turn returned …".
fn clerk(event_loop: &EventLoop) -> Vec<String> {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    events
        .filter(|e| e.task == "clerk" && ["says", "returned"].contains(&e.event))
        .map(|e| format!("{} {} {}", e.turn, e.event, e.note))
        .collect()
}

#[test]
fn the_future_holds_no_page() {
    let (event_loop, number, paper) = office();
    let size = size_of_val(&report(event_loop, number, paper));
    assert!(size <= 256, "the future has {size} bytes");
}

/// The bytes that dropping the future gives back while it waits: its own, and what it keeps on the heap.
#[track_caller]
fn held_at_a_wait(event_loop: &Rc<EventLoop>, number: &Promise<u8>, paper: &Promise<()>) -> usize {
    let mut future = Box::pin(report(Rc::clone(event_loop), number.clone(), paper.clone()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    let before = heap::bytes();
    drop(future);
    before.wrapping_sub(heap::bytes())
}

#[test]
fn it_holds_no_page_while_it_waits_for_the_number() {
    let (event_loop, number, paper) = office();
    let held = held_at_a_wait(&event_loop, &number, &paper);
    assert!(held <= 256, "it holds {held} bytes, counting the heap");
}

#[test]
fn it_holds_no_page_while_it_waits_for_paper() {
    let (event_loop, number, paper) = office();
    number.set_result(3).expect("it is settled once");
    let held = held_at_a_wait(&event_loop, &number, &paper);
    assert!(held <= 256, "it holds {held} bytes, counting the heap");
}

#[test]
fn it_says_the_same_as_before() {
    let (event_loop, number, paper) = office();
    let future = report(Rc::clone(&event_loop), number.clone(), paper.clone());
    event_loop.drive("clerk", future);
    event_loop.call_soon("bell", move |event_loop| {
        number.set_result(3).expect("it is settled once");
        event_loop.call_soon("bell", move |_| {
            paper.set_result(()).expect("it is settled once");
        });
    });
    assert_eq!(
        clerk(&event_loop),
        [
            "1 returned Pending",
            "2 says makes a page",
            "2 says sum 3076",
            "2 says first byte 3",
            "2 returned Pending",
            "3 says last byte 7",
            "3 says delivered",
            "3 returned Ready"
        ]
    );
}

#[test]
fn what_is_there_already_does_not_switch() {
    let (event_loop, number, paper) = office();
    number.set_result(3).expect("it is settled once");
    paper.set_result(()).expect("it is settled once");
    let future = report(Rc::clone(&event_loop), number, paper);
    event_loop.drive("clerk", future);
    let happened = clerk(&event_loop);
    assert_eq!(happened.last().expect("it ran"), "1 returned Ready");
    assert_eq!(happened.len(), 6);
}

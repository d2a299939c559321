//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

use chapter_03::{EventLoop, Outcome};
use exercise::{Flag, Wait};

/// Runs enough turns for every test. More would be of no use: whoever still runs then will never stop.
fn run_dry(event_loop: &EventLoop) {
    const TURNS: u64 = 12;
    for _ in 0..TURNS {
        event_loop.stop();
        assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    }
    let events = event_loop.trace().events();
    let last = events.iter().rfind(|e| e.event == "run");
    let last = last.expect("somebody has run");
    let (who, turn) = (&last.task, last.turn);
    assert!(
        turn < TURNS,
        "{who} is still polled in turn {turn}: it spins"
    );
}

/// Runs the loop dry and returns each `event` as "turn who note".
fn run(event_loop: &EventLoop, event: &str) -> Vec<String> {
    run_dry(event_loop);
    let events = event_loop.trace().events().into_iter();
    events
        .filter(|e| e.event == event)
        .map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect()
}

/// Puts the flag up in the third turn.
fn raise_in_turn_3(event_loop: &EventLoop, flag: &Flag) {
    let flag = flag.clone();
    event_loop.call_soon("bell", move |event_loop| {
        event_loop.call_soon("bell", move |event_loop| {
            event_loop.call_soon("bell", move |_| flag.raise());
        });
    });
}

#[test]
fn all_who_wait_are_woken_in_the_order_in_which_they_came() {
    let event_loop = EventLoop::new();
    let flag = Flag::default();
    let early = flag.wait();
    event_loop.drive("first", flag.wait());
    event_loop.drive("second", flag.wait());
    event_loop.drive("third", early);
    raise_in_turn_3(&event_loop, &flag);
    assert_eq!(
        run(&event_loop, "returned"),
        [
            "1 first Pending",
            "1 second Pending",
            "1 third Pending",
            "1 bell ",
            "2 bell ",
            "3 bell ",
            "4 first Ready",
            "4 second Ready",
            "4 third Ready",
        ]
    );
}

#[test]
fn a_wait_that_changes_hands_wakes_the_one_who_polled_last() {
    let event_loop = EventLoop::new();
    let flag = Flag::default();
    let wait = Rc::new(RefCell::new(flag.wait()));
    let (of_red, of_blue) = (Rc::clone(&wait), wait);
    let red = poll_fn(move |context| {
        let poll = Pin::new(&mut *of_red.borrow_mut()).poll(context);
        assert!(poll.is_pending());
        Poll::Ready(())
    });
    event_loop.drive("red", red);
    let blue = poll_fn(move |context| Pin::new(&mut *of_blue.borrow_mut()).poll(context));
    event_loop.drive("blue", blue);
    raise_in_turn_3(&event_loop, &flag);
    assert_eq!(run(&event_loop, "woken"), ["3 blue by bell"]);
    assert_eq!(run(&event_loop, "returned").last().unwrap(), "4 blue Ready");
}

#[test]
fn a_wait_that_is_polled_again_keeps_its_place_and_is_woken_once() {
    let event_loop = EventLoop::new();
    let flag = Flag::default();
    let waker = Rc::new(RefCell::new(None::<Waker>));
    let (mut wait, out) = (flag.wait(), Rc::clone(&waker));
    let first = poll_fn(move |context| {
        out.replace(Some(context.waker().clone()));
        Pin::new(&mut wait).poll(context)
    });
    event_loop.drive("first", first);
    event_loop.drive("second", flag.wait());
    event_loop.call_soon("nudge", move |_| {
        waker.take().expect("it was polled").wake()
    });
    raise_in_turn_3(&event_loop, &flag);
    assert_eq!(
        run(&event_loop, "woken"),
        ["1 first by nudge", "3 first by bell", "3 second by bell"]
    );
}

#[test]
fn a_wait_that_is_dropped_is_not_woken() {
    let event_loop = EventLoop::new();
    let flag = Flag::default();
    let wait = Rc::new(RefCell::new(Some(flag.wait())));
    let inside = Rc::clone(&wait);
    let fickle = poll_fn(move |context| match &mut *inside.borrow_mut() {
        Some(wait) => Pin::new(wait).poll(context),
        None => Poll::Pending,
    });
    event_loop.drive("fickle", fickle);
    event_loop.drive("patient", flag.wait());
    event_loop.call_soon("thief", move |_| drop::<Option<Wait>>(wait.take()));
    raise_in_turn_3(&event_loop, &flag);
    assert_eq!(run(&event_loop, "woken"), ["3 patient by bell"]);
}

#[test]
fn to_wait_for_a_flag_that_is_up_does_not_switch() {
    let event_loop = EventLoop::new();
    let flag = Flag::default();
    flag.raise();
    event_loop.drive("late", flag.wait());
    assert_eq!(run(&event_loop, "returned"), ["1 late Ready"]);
}

thread_local! {
    static FLAG: RefCell<Flag> = RefCell::default();
}

/// Raises the flag of this test; not when its thread ends, and the flag with it.
fn raise() {
    if let Ok(flag) = FLAG.try_with(|flag| flag.borrow().clone()) {
        flag.raise();
    }
}

/// A waker that raises the flag, once, when it is called or dropped.
#[derive(Default)]
struct Nosy {
    used: AtomicBool,
    woken: Arc<AtomicBool>,
}

impl Nosy {
    fn raise(&self) {
        if !self.used.swap(true, Relaxed) {
            raise();
        }
    }
}

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Relaxed);
        self.raise();
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.raise();
    }
}

/// Polls with a waker of its own. Returns the answer, and whether the waker has been called.
fn poll_with_a_nosy_waker(wait: &mut Wait) -> (Poll<()>, Arc<AtomicBool>) {
    let nosy = Nosy::default();
    let woken = Arc::clone(&nosy.woken);
    let waker = Waker::from(Arc::new(nosy));
    let poll = Pin::new(wait).poll(&mut Context::from_waker(&waker));
    (poll, woken)
}

#[test]
fn a_waker_that_is_replaced_may_raise_the_flag() {
    let flag = Flag::default();
    FLAG.set(flag.clone());
    let mut wait = flag.wait();
    assert!(poll_with_a_nosy_waker(&mut wait).0.is_pending());
    // The first waker goes, and raises the flag. Who notices it in this poll may say so.
    let (poll, woken) = poll_with_a_nosy_waker(&mut wait);
    if poll.is_pending() {
        assert!(woken.load(Relaxed), "the flag is up, and nobody will poll");
        assert!(poll_with_a_nosy_waker(&mut wait).0.is_ready());
    }
}

#[test]
fn a_waker_whose_wait_is_dropped_may_raise_the_flag() {
    let flag = Flag::default();
    FLAG.set(flag.clone());
    let mut wait = flag.wait();
    assert!(poll_with_a_nosy_waker(&mut wait).0.is_pending());
    drop(wait);
    assert!(poll_with_a_nosy_waker(&mut flag.wait()).0.is_ready());
}

thread_local! {
    static CALLED: Cell<bool> = const { Cell::new(false) };
}

/// A waker that raises the flag while it is cloned.
#[allow(unsafe_code)] // Only a table of functions can say what a clone does.
fn meddler() -> Waker {
    static FUNCTIONS: RawWakerVTable = RawWakerVTable::new(clone, called, called, |_| ());
    fn clone(_: *const ()) -> RawWaker {
        raise();
        RawWaker::new(ptr::null(), &FUNCTIONS)
    }
    fn called(_: *const ()) {
        CALLED.set(true);
    }
    // SAFETY: the functions do not use the pointer, and may be called on any thread.
    unsafe { Waker::new(ptr::null(), &FUNCTIONS) }
}

#[test]
fn a_waker_that_is_cloned_may_raise_the_flag() {
    let flag = Flag::default();
    FLAG.set(flag.clone());
    CALLED.set(false);
    let waker = meddler();
    let poll = Pin::new(&mut flag.wait()).poll(&mut Context::from_waker(&waker));
    assert!(
        poll.is_ready() || CALLED.get(),
        "the clone raised the flag, the answer is Pending, and nobody will poll again"
    );
}

//! What a promise owes to those who wait for it, and in which order.

use std::cell::RefCell;
use std::pin::Pin;
use std::ptr;
use std::rc::Rc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use chapter_08::{EventLoop, Failure, Outcome, Promise};

/// What was said, as "turn who text".
fn said(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect()
}

/// Drives a future that waits for `promise` and says what came of it.
fn wait(event_loop: &Rc<EventLoop>, name: &str, promise: &Promise<u32>) {
    let (event_loop, promise) = (Rc::clone(event_loop), promise.clone());
    Rc::clone(&event_loop).spawn(name, async move {
        let outcome = promise.await;
        event_loop.say(format!("{outcome:?}"));
    });
}

#[test]
fn callbacks_and_pollers_are_queued_at_once_in_the_order_in_which_they_came() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "promise");
    promise.add_done_callback("callback 1", |event_loop| event_loop.say("told"));
    wait(&event_loop, "poller 1", &promise);
    wait(&event_loop, "poller 2", &promise);
    let (waited, settled) = (promise.clone(), promise.clone());
    event_loop.call_soon("later", move |event_loop| {
        waited.add_done_callback("callback 2", |event_loop| event_loop.say("told"));
        event_loop.call_soon("before", |event_loop| event_loop.say("queued before"));
        assert_eq!(settled.set_result(7), Ok(()));
        event_loop.call_soon("behind", |event_loop| event_loop.say("queued behind"));
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop),
        [
            "2 before queued before",
            "2 callback 1 told",
            "2 poller 1 Ok(7)",
            "2 poller 2 Ok(7)",
            "2 callback 2 told",
            "2 behind queued behind",
        ]
    );
}

#[test]
fn a_promise_is_settled_once() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "coin");
    assert!(!promise.done());
    assert_eq!(promise.result(), None);
    assert_eq!(promise.set_result(1), Ok(()));

    let error = promise.set_result(2).expect_err("it is settled");
    assert_eq!(
        error.to_string(),
        r#"the promise "coin" is settled already; ask `done` first"#
    );
    assert!(promise.set_error("too late").is_err());
    assert!(!promise.cancel());
    assert_eq!(promise.result(), Some(Ok(1)));
}

#[test]
fn an_error_and_a_cancel_are_outcomes_too_and_reach_everybody() {
    let event_loop = Rc::new(EventLoop::new());
    let (broken, off) = (
        Promise::new(&event_loop, "broken"),
        Promise::new(&event_loop, "off"),
    );
    wait(&event_loop, "a", &broken);
    wait(&event_loop, "b", &broken);
    wait(&event_loop, "c", &off);
    event_loop.call_soon("settler", move |_| {
        assert!(broken.set_error("no such host").is_ok());
        assert!(off.cancel());
        assert_eq!(off.result(), Some(Err(Failure::Cancelled)));
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop),
        [
            r#"2 a Err(Error("no such host"))"#,
            r#"2 b Err(Error("no such host"))"#,
            "2 c Err(Cancelled)",
        ]
    );
}

#[test]
fn a_callback_for_a_settled_promise_is_queued_not_called() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "promise");
    assert!(promise.set_result(()).is_ok());
    event_loop.call_soon("adder", move |event_loop| {
        promise.add_done_callback("callback", |event_loop| event_loop.say("told"));
        event_loop.say("added");
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(said(&event_loop), ["1 adder added", "2 callback told"]);
}

#[test]
fn a_cancelled_callback_is_not_told() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "promise");
    let handle = promise.add_done_callback("callback", |event_loop| event_loop.say("never"));
    handle.cancel();
    assert!(promise.set_result(()).is_ok());
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(said(&event_loop), [""; 0]);
}

#[test]
fn waiting_for_a_settled_promise_does_not_switch() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "promise");
    assert!(promise.set_result(7).is_ok());
    wait(&event_loop, "poller", &promise);
    event_loop.call_soon("behind", |event_loop| event_loop.say("here"));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(said(&event_loop), ["1 poller Ok(7)", "1 behind here"]);
}

/// A value whose clone looks at the promise it comes from.
struct Curious(Rc<RefCell<Option<Promise<Curious>>>>);

impl Clone for Curious {
    fn clone(&self) -> Self {
        let promise = self.0.borrow();
        assert!(promise.as_ref().is_some_and(Promise::done));
        Self(Rc::clone(&self.0))
    }
}

#[test]
fn the_clone_of_a_result_may_use_the_promise() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "promise");
    let own = Rc::new(RefCell::new(Some(promise.clone())));
    assert!(promise.set_result(Curious(Rc::clone(&own))).is_ok());
    assert!(promise.result().is_some());
    own.take();
}

thread_local! {
    /// What the next clone of a meddler settles.
    static TO_SETTLE: RefCell<Option<Promise<u32>>> = const { RefCell::new(None) };
}

/// A waker that settles a promise while it is cloned, and that nothing happens to when it is called.
#[allow(unsafe_code)] // Only a table of functions can say what a clone does.
fn meddler() -> Waker {
    static FUNCTIONS: RawWakerVTable = RawWakerVTable::new(clone, |_| (), |_| (), |_| ());
    fn clone(_: *const ()) -> RawWaker {
        if let Some(promise) = TO_SETTLE.take() {
            assert!(promise.set_result(7).is_ok());
        }
        RawWaker::new(ptr::null(), &FUNCTIONS)
    }
    // SAFETY: the functions do not use the pointer, and may be called on any thread.
    unsafe { Waker::new(ptr::null(), &FUNCTIONS) }
}

#[test]
fn a_poll_whose_waker_settles_the_promise_is_ready() {
    let event_loop = Rc::new(EventLoop::new());
    let mut promise = Promise::new(&event_loop, "promise");
    TO_SETTLE.set(Some(promise.clone()));
    let waker = meddler();
    let poll = Pin::new(&mut promise).poll(&mut Context::from_waker(&waker));
    assert_eq!(poll, Poll::Ready(Ok(7)));
}

#[test]
fn a_promise_may_outlive_its_loop_and_does_not_keep_it() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "promise");
    promise.add_done_callback("callback", |_| unreachable!("the loop is gone"));
    let gone = Rc::downgrade(&event_loop);
    drop(event_loop);
    assert!(gone.upgrade().is_none());
    assert_eq!(promise.set_result(7), Ok(()));
    assert_eq!(promise.result(), Some(Ok(7)));
}

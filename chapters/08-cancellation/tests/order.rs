//! Who runs, in which turn, in which order.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use chapter_08::{EventLoop, Outcome};

/// What was said, as (turn, who, text).
fn said(event_loop: &EventLoop) -> Vec<(u64, String, String)> {
    let events = event_loop.trace().events();
    let says = events.into_iter().filter(|event| event.event == "says");
    says.map(|event| (event.turn, event.task, event.note))
        .collect()
}

fn entry(turn: u64, who: &str, text: &str) -> (u64, String, String) {
    (turn, who.to_owned(), text.to_owned())
}

#[test]
fn callbacks_run_in_the_order_in_which_they_were_queued() {
    let event_loop = EventLoop::new();
    for name in ["a", "b", "c"] {
        event_loop.call_soon(name, |event_loop| event_loop.say("here"));
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop),
        [
            entry(1, "a", "here"),
            entry(1, "b", "here"),
            entry(1, "c", "here")
        ]
    );
}

#[test]
fn what_a_turn_queues_runs_in_the_next_turn() {
    let event_loop = EventLoop::new();
    event_loop.call_soon("a", |event_loop| {
        event_loop.call_soon("child of a", |event_loop| event_loop.say("second"));
        event_loop.say("first");
    });
    event_loop.call_soon("b", |event_loop| event_loop.say("first"));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop),
        [
            entry(1, "a", "first"),
            entry(1, "b", "first"),
            entry(2, "child of a", "second")
        ]
    );
}

#[test]
fn stop_lets_the_turn_finish_and_keeps_what_it_queued() {
    let event_loop = EventLoop::new();
    event_loop.call_soon("a", |event_loop| {
        event_loop.stop();
        event_loop.call_soon("later", |event_loop| event_loop.say("in the second run"));
    });
    event_loop.call_soon("b", |event_loop| event_loop.say("still this turn"));
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    assert_eq!(said(&event_loop), [entry(1, "b", "still this turn")]);

    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop)[1..],
        [entry(2, "later", "in the second run")]
    );
}

#[test]
fn stop_before_a_run_allows_one_turn() {
    let event_loop = EventLoop::new();
    event_loop.stop();
    event_loop.call_soon("a", |event_loop| {
        event_loop.say("one turn");
        event_loop.call_soon("b", |event_loop| event_loop.say("not in this run"));
    });
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    assert_eq!(said(&event_loop), [entry(1, "a", "one turn")]);
}

#[test]
fn stop_before_a_run_of_an_empty_loop_still_counts_as_stopped() {
    let event_loop = EventLoop::new();
    event_loop.stop();
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

#[test]
fn a_cancelled_callback_is_skipped_even_by_one_that_runs_before_it_in_the_same_turn() {
    let event_loop = EventLoop::new();
    let victim = Rc::new(RefCell::new(None));
    let victim_of_a = Rc::clone(&victim);
    event_loop.call_soon("a", move |_| {
        let handle: chapter_08::Handle = victim_of_a.take().expect("b was queued before the run");
        handle.cancel();
    });
    let b = event_loop.call_soon("b", |event_loop| event_loop.say("never"));
    victim.replace(Some(b.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);

    assert!(b.cancelled());
    assert_eq!(said(&event_loop), []);
    let skipped: Vec<_> = event_loop
        .trace()
        .events()
        .into_iter()
        .filter(|e| e.event == "skipped")
        .collect();
    assert_eq!(
        (skipped.len(), skipped[0].turn, skipped[0].task.as_str()),
        (1, 1, "b")
    );
}

#[test]
fn cancel_drops_what_the_callback_holds_at_once() {
    let event_loop = EventLoop::new();
    let held = Rc::new(());
    let in_the_callback = Rc::clone(&held);
    let handle = event_loop.call_soon("holder", move |_| drop(in_the_callback));
    assert_eq!(Rc::strong_count(&held), 2);
    handle.cancel();
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn cancelling_what_has_run_changes_nothing_but_the_flag() {
    let event_loop = EventLoop::new();
    let handle = event_loop.call_soon("a", |event_loop| event_loop.say("ran"));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert!(!handle.cancelled());
    handle.cancel();
    assert!(handle.cancelled());
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(said(&event_loop), [entry(1, "a", "ran")]);
}

/// Queues itself on the loop when it is dropped.
struct QueuesOnDrop(Rc<EventLoop>, Rc<Cell<bool>>);

impl Drop for QueuesOnDrop {
    fn drop(&mut self) {
        let ran = Rc::clone(&self.1);
        self.0.call_soon("from drop", move |_| ran.set(true));
    }
}

#[test]
fn a_drop_that_runs_inside_cancel_may_use_the_loop() {
    let event_loop = Rc::new(EventLoop::new());
    let ran = Rc::new(Cell::new(false));
    let guard = QueuesOnDrop(Rc::clone(&event_loop), Rc::clone(&ran));
    event_loop.call_soon("a", move |_| drop(guard)).cancel();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert!(ran.get());
}

#[test]
fn each_event_names_the_line_that_is_behind_it() {
    let event_loop = EventLoop::new();
    let line = line!() + 1;
    event_loop.call_soon("a", |_| {});
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events();
    let seen: Vec<_> = events
        .iter()
        .map(|e| (e.time, e.event, e.at.line()))
        .collect();
    assert_eq!(
        seen,
        [(1, "queued", line), (2, "run", line), (3, "returned", line)]
    );
    assert!(events[0].at.file().ends_with("order.rs"));
}

/// Says something itself while it is being written down.
struct Chatty<'a>(&'a EventLoop);

impl fmt::Display for Chatty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.say("by the way");
        f.write_str("as I said")
    }
}

#[test]
fn a_note_may_use_the_loop_while_it_is_written() {
    let event_loop = EventLoop::new();
    event_loop.call_soon("a", |event_loop| event_loop.say(Chatty(event_loop)));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop),
        [entry(1, "a", "by the way"), entry(1, "a", "as I said")]
    );
}

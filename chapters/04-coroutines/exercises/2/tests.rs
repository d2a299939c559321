//! The tests of exercise 2, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::rc::Rc;

use chapter_04::{EventLoop, Outcome, Promise, block_on};
use exercise::both;

/// Says when it begins and what it got.
async fn child(event_loop: Rc<EventLoop>, name: &'static str, promise: Promise<u8>) -> u8 {
    event_loop.say(format!("{name} begins"));
    let number = promise.await.expect("nobody breaks this promise");
    event_loop.say(format!("{name} has {number}"));
    number
}

/// A loop on which "parent" waits for two children at once.
fn family() -> (Rc<EventLoop>, Promise<u8>, Promise<u8>) {
    let event_loop = Rc::new(EventLoop::new());
    let [a, b] = ["a", "b"].map(|name| Promise::new(&event_loop, name));
    let first = child(Rc::clone(&event_loop), "red", a.clone());
    let second = child(Rc::clone(&event_loop), "blue", b.clone());
    let parent = Rc::clone(&event_loop);
    event_loop.drive("parent", async move {
        let (red, blue) = both(first, second).await;
        parent.say(format!("both: {red} {blue}"));
    });
    (event_loop, a, b)
}

/// Runs the loop dry and returns what the parent did: "turn says …", "turn returned …".
fn parent(event_loop: &EventLoop) -> Vec<String> {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    events
        .filter(|e| e.task == "parent" && ["says", "returned"].contains(&e.event))
        .map(|e| format!("{} {} {}", e.turn, e.event, e.note))
        .collect()
}

/// Settles `first` in turn 1 and `second` in turn 2.
fn one_after_another(event_loop: &EventLoop, first: Promise<u8>, second: Promise<u8>) {
    event_loop.call_soon("bell", move |event_loop| {
        first.set_result(1).expect("it is settled once");
        event_loop.call_soon("bell", move |_| {
            second.set_result(2).expect("it is settled once");
        });
    });
}

#[test]
fn both_begin_in_the_first_poll() {
    let (event_loop, _a, _b) = family();
    assert_eq!(
        parent(&event_loop),
        [
            "1 says red begins",
            "1 says blue begins",
            "1 returned Pending"
        ]
    );
}

#[test]
fn the_second_may_end_first_and_its_result_is_kept() {
    let (event_loop, a, b) = family();
    one_after_another(&event_loop, b, a);
    assert_eq!(
        parent(&event_loop)[3..],
        [
            "2 says blue has 1",
            "2 returned Pending",
            "3 says red has 2",
            "3 says both: 2 1",
            "3 returned Ready"
        ]
    );
}

#[test]
fn the_first_may_end_first_and_is_not_polled_again() {
    let (event_loop, a, b) = family();
    one_after_another(&event_loop, a, b);
    assert_eq!(
        parent(&event_loop)[3..],
        [
            "2 says red has 1",
            "2 returned Pending",
            "3 says blue has 2",
            "3 says both: 1 2",
            "3 returned Ready"
        ]
    );
}

#[test]
fn both_may_end_in_the_same_poll() {
    let (event_loop, a, b) = family();
    event_loop.call_soon("bell", move |_| {
        b.set_result(2).expect("it is settled once");
        a.set_result(1).expect("it is settled once");
    });
    assert_eq!(
        parent(&event_loop)[3..],
        [
            "2 says red has 1",
            "2 says blue has 2",
            "2 says both: 1 2",
            "2 returned Ready"
        ]
    );
}

#[test]
fn it_needs_no_loop() {
    let results = block_on(both(async { "red" }, async { 2 }));
    assert_eq!(results, ("red", 2));
}

//! The tests of exercise 1, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;

use chapter_03::{EventLoop, Outcome, Promise};
use exercise::Faster;

/// A loop on which "racer" waits for the faster of two promises and says what came of it.
fn race() -> (Rc<EventLoop>, Promise<u8>, Promise<u8>) {
    let event_loop = Rc::new(EventLoop::new());
    let [a, b] = ["a", "b"].map(|name| Promise::new(&event_loop, name));
    let mut faster = Faster::new(&a, &b);
    let witness = Rc::clone(&event_loop);
    let racer = poll_fn(move |context| {
        let poll = Pin::new(&mut faster).poll(context);
        poll.map(|outcome| witness.say(format!("{outcome:?}")))
    });
    event_loop.drive("racer", racer);
    (event_loop, a, b)
}

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

/// Runs the loop dry and returns what the racer did: "turn returned Pending", "turn says …".
fn racer(event_loop: &EventLoop) -> Vec<String> {
    run_dry(event_loop);
    let events = event_loop.trace().events().into_iter();
    events
        .filter(|e| e.task == "racer" && ["says", "returned"].contains(&e.event))
        .map(|e| format!("{} {} {}", e.turn, e.event, e.note))
        .collect()
}

#[test]
fn the_second_may_be_the_faster_one() {
    let (event_loop, a, b) = race();
    event_loop.call_soon("bell", move |event_loop| {
        b.set_result(2).expect("it is settled once");
        event_loop.call_soon("late", move |event_loop| {
            event_loop.call_soon("late", move |_| {
                a.set_result(1).expect("it is settled once");
            });
        });
    });
    assert_eq!(
        racer(&event_loop),
        ["1 returned Pending", "2 says Ok(2)", "2 returned Ready"]
    );
}

#[test]
fn the_first_may_be_the_faster_one_and_the_other_comes_late() {
    let (event_loop, a, b) = race();
    event_loop.call_soon("bell", move |event_loop| {
        a.set_result(1).expect("it is settled once");
        event_loop.call_soon("late", move |event_loop| {
            event_loop.call_soon("late", move |_| {
                b.set_result(2).expect("it is settled once");
            });
        });
    });
    assert_eq!(
        racer(&event_loop),
        ["1 returned Pending", "2 says Ok(1)", "2 returned Ready"]
    );
}

#[test]
fn if_both_are_there_the_first_wins() {
    let (event_loop, a, b) = race();
    event_loop.call_soon("bell", move |_| {
        b.set_result(2).expect("it is settled once");
        a.set_result(1).expect("it is settled once");
    });
    assert_eq!(
        racer(&event_loop),
        ["1 returned Pending", "2 says Ok(1)", "2 returned Ready"]
    );
}

#[test]
fn what_is_there_already_is_given_in_the_first_poll() {
    let (event_loop, _a, b) = race();
    b.set_result(2).expect("it is settled once");
    assert_eq!(racer(&event_loop), ["1 says Ok(2)", "1 returned Ready"]);
}

#[test]
fn an_error_and_a_cancel_are_outcomes_too() {
    let (event_loop, _a, b) = race();
    event_loop.call_soon("bell", move |_| assert!(b.cancel()));
    assert_eq!(
        racer(&event_loop)[1..],
        ["2 says Err(Cancelled)", "2 returned Ready"]
    );
}

#[test]
fn while_nothing_is_settled_nobody_spins() {
    let (event_loop, _a, _b) = race();
    assert_eq!(racer(&event_loop), ["1 returned Pending"]);
}

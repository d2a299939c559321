//! The tests of exercise 1, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use chapter_06::EventLoop;
use exercise::Watchdog;

const SECOND: Duration = Duration::from_secs(1);

/// A loop on a virtual clock, and a watchdog with a limit of three seconds that says when it barks.
fn kennel() -> (Rc<EventLoop>, Rc<RefCell<Option<Watchdog>>>) {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let watchdog = Watchdog::new(&event_loop, 3 * SECOND, |event_loop| {
        event_loop.say(format!("{:?}", event_loop.now()));
    });
    (event_loop, Rc::new(RefCell::new(Some(watchdog))))
}

/// Feeds the watchdog when the clock says so many seconds.
fn feed_at(event_loop: &EventLoop, watchdog: &Rc<RefCell<Option<Watchdog>>>, seconds: &[u32]) {
    for second in seconds {
        let watchdog = Rc::clone(watchdog);
        event_loop.call_at("feeder", *second * SECOND, move |_| {
            if let Some(watchdog) = &*watchdog.borrow() {
                watchdog.feed();
            }
        });
    }
}

/// When the loop found a timer due.
fn clock_reads(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let reads = events.filter(|e| e.event == "reads");
    reads.map(|e| e.note).collect()
}

/// When it barked.
fn barks(event_loop: &EventLoop) -> Vec<String> {
    let _ = event_loop.run_forever();
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| e.note).collect()
}

#[test]
fn a_watchdog_that_is_never_fed_barks_at_its_limit() {
    let (event_loop, _watchdog) = kennel();
    assert_eq!(
        barks(&event_loop),
        ["3s"],
        "left: when your watchdog barked"
    );
}

#[test]
fn each_feeding_moves_the_bark() {
    let (event_loop, watchdog) = kennel();
    feed_at(&event_loop, &watchdog, &[2, 4, 5]);
    assert_eq!(
        barks(&event_loop),
        ["8s"],
        "left: when your watchdog barked; it was fed at 2, 4 and 5 s, with a limit of 3 s"
    );
}

#[test]
fn the_loop_does_not_go_to_a_deadline_that_a_feeding_has_moved() {
    let (event_loop, watchdog) = kennel();
    feed_at(&event_loop, &watchdog, &[1]);
    assert_eq!(
        barks(&event_loop),
        ["4s"],
        "left: when your watchdog barked; it was fed at 1 s, with a limit of 3 s"
    );
    assert_eq!(
        clock_reads(&event_loop),
        ["1s", "4s"],
        "left: when a timer was due; at 1 s the watchdog is fed, and the bark at 3 s is off from then on"
    );
}

#[test]
fn it_barks_once_and_is_not_to_be_appeased_afterwards() {
    let (event_loop, watchdog) = kennel();
    feed_at(&event_loop, &watchdog, &[1, 6, 7]);
    assert_eq!(
        barks(&event_loop),
        ["4s"],
        "left: when your watchdog barked; it was fed at 1 s, and again after its bark"
    );
    assert_eq!(
        event_loop.now(),
        7 * SECOND,
        "left: the moment of the last thing that happened; the feeding at 7 s should arm nothing"
    );
}

#[test]
fn a_watchdog_that_is_dropped_says_nothing_and_leaves_no_timer() {
    let (event_loop, watchdog) = kennel();
    feed_at(&event_loop, &watchdog, &[1]);
    event_loop.call_at("thief", 2 * SECOND, move |_| drop(watchdog.take()));
    assert_eq!(
        barks(&event_loop),
        [] as [&str; 0],
        "left: when your watchdog barked"
    );
    assert_eq!(
        event_loop.now(),
        2 * SECOND,
        "left: the moment of the last thing that happened; after 2 s there is no watchdog"
    );
}

#[test]
fn a_watchdog_that_is_dropped_lets_go_of_what_its_bark_holds() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let held = Rc::new(());
    let in_the_bark = Rc::clone(&held);
    let watchdog = Watchdog::new(&event_loop, SECOND, move |_| drop(in_the_bark));
    watchdog.feed();
    drop(watchdog);
    assert_eq!(
        Rc::strong_count(&held),
        1,
        "left: how many hold it; the watchdog is gone, so it should be you alone"
    );
}

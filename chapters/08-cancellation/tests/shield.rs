//! A result that is kept from requests.

use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Failure, Outcome, Promise, Task, shield, sleep};

const SECOND: Duration = Duration::from_secs(1);

fn event_loop() -> Rc<EventLoop> {
    Rc::new(EventLoop::with_virtual_clock())
}

/// A task that has its result after two seconds.
fn work(event_loop: &Rc<EventLoop>) -> Task<u32> {
    let of_task = Rc::clone(event_loop);
    event_loop.spawn("work", async move {
        sleep(&of_task, 2 * SECOND).await;
        7
    })
}

#[test]
fn a_request_ends_the_wait_and_leaves_what_is_shielded_alone() {
    let event_loop = event_loop();
    let work = work(&event_loop);
    let waiter = event_loop.try_spawn("waiter", shield(&event_loop, &work));
    let asked = waiter.clone();
    event_loop.call_later("boss", SECOND, move |_| assert!(asked.cancel()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(waiter.result(), Some(Err(Failure::Cancelled)));
    assert_eq!((work.result(), work.cancelling()), (Some(Ok(7)), 0));
}

#[test]
fn a_shield_copies_the_outcome_also_a_cancellation_and_one_that_is_there_at_once() {
    let event_loop = event_loop();
    let (good, bad) = (work(&event_loop), work(&event_loop));
    let (of_good, of_bad) = (shield(&event_loop, &good), shield(&event_loop, &bad));
    event_loop.call_later("boss", SECOND, move |_| assert!(bad.cancel()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(of_good.result(), Some(Ok(7)));
    assert_eq!(of_bad.result(), Some(Err(Failure::Cancelled)));
    assert_eq!(shield(&event_loop, &good).result(), Some(Ok(7)));
}

#[test]
fn of_a_promise_that_several_wait_for_a_shield_keeps_the_others() {
    for shielded in [false, true] {
        let event_loop = event_loop();
        let answer = Promise::<u32>::new(&event_loop, "answer");
        let first = match shielded {
            true => event_loop.try_spawn("first", shield(&event_loop, &answer)),
            false => event_loop.try_spawn("first", answer.clone()),
        };
        let second = event_loop.try_spawn("second", answer.clone());
        event_loop.call_later("boss", SECOND, move |_| assert!(first.cancel()));
        event_loop.call_later("server", 2 * SECOND, move |_| {
            assert_eq!(answer.set_result(7).is_ok(), shielded);
        });
        assert_eq!(event_loop.run_forever(), Outcome::Idle);
        let expected = if shielded {
            Ok(7)
        } else {
            Err(Failure::Cancelled)
        };
        assert_eq!(second.result(), Some(expected));
    }
}

//! The tests of exercise 1, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use chapter_05::EventLoop;
use exercise::cook_all;

/// Waits for so many turns.
async fn turns(mut left: u32) {
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn dish(event_loop: Rc<EventLoop>, name: &'static str, needs: u32) -> &'static str {
    event_loop.say(format!("{name} on"));
    turns(needs).await;
    event_loop.say(format!("{name} off"));
    name
}

/// Cooks the dishes, which need so many turns each. Returns what `cook_all` gave, and what was said.
fn cook(hobs: usize, dishes: &[(&'static str, u32)]) -> (Vec<&'static str>, Vec<String>) {
    let event_loop = Rc::new(EventLoop::new());
    let dishes = dishes.iter();
    let dishes = dishes
        .map(|(name, needs)| dish(Rc::clone(&event_loop), name, *needs))
        .collect();
    let cook = event_loop.spawn("cook", cook_all(Rc::clone(&event_loop), hobs, dishes));
    for _ in 0..100 {
        event_loop.stop();
        let _ = event_loop.run_forever();
    }
    let events = event_loop.trace().events().into_iter();
    let said: Vec<_> = events
        .filter(|e| e.event == "says")
        .map(|e| e.note)
        .collect();
    match cook.result() {
        Some(Ok(cooked)) => (cooked, said),
        Some(Err(failure)) => panic!("`cook_all` ended with {failure}, after {said:?}"),
        None => panic!("`cook_all` has not ended after 100 turns; the dishes said {said:?}"),
    }
}

#[test]
fn as_many_dishes_are_on_as_there_are_hobs_and_a_free_hob_takes_the_next() {
    let (_, said) = cook(2, &[("roast", 9), ("tea", 2), ("egg", 2), ("toast", 1)]);
    assert_eq!(
        said,
        [
            "roast on",
            "tea on",
            "tea off",
            "egg on",
            "egg off",
            "toast on",
            "toast off",
            "roast off"
        ],
        "left: what your two hobs did; right: the roast keeps one hob busy, the rest goes over the other"
    );
}

#[test]
fn the_results_have_the_order_of_the_dishes() {
    let (cooked, _) = cook(2, &[("roast", 9), ("tea", 2), ("egg", 2)]);
    assert_eq!(
        cooked,
        ["roast", "tea", "egg"],
        "left: what `cook_all` gave"
    );
}

#[test]
fn on_one_hob_they_are_cooked_one_after_the_other() {
    let (_, said) = cook(1, &[("tea", 2), ("egg", 1)]);
    assert_eq!(
        said,
        ["tea on", "tea off", "egg on", "egg off"],
        "left: what your one hob did"
    );
}

#[test]
fn more_hobs_than_dishes_do_no_harm() {
    let (cooked, said) = cook(5, &[("tea", 2), ("egg", 1)]);
    assert_eq!(
        said,
        ["tea on", "egg on", "egg off", "tea off"],
        "left: what was said in your kitchen of five hobs and two dishes"
    );
    assert_eq!(cooked, ["tea", "egg"], "left: what `cook_all` gave");
}

#[test]
fn a_dish_that_needs_no_time_frees_its_hob_at_once() {
    let (cooked, said) = cook(1, &[("salad", 0), ("tea", 1)]);
    assert_eq!(
        said,
        ["salad on", "salad off", "tea on", "tea off"],
        "left: what your one hob did"
    );
    assert_eq!(cooked, ["salad", "tea"], "left: what `cook_all` gave");
}

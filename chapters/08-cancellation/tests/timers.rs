//! Timers on the loop: when they fire, in which turn, in which order.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Handle, Outcome, UnixStream, sleep, sleep_until};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};

const SECOND: Duration = Duration::from_secs(1);

/// What was said, as "turn who text".
fn said(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect()
}

fn run(event_loop: &EventLoop) {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

fn say_now(event_loop: &EventLoop) {
    event_loop.say(format!("{:?}", event_loop.now()));
}

#[test]
fn timers_fire_in_the_order_of_their_deadlines_and_of_equal_ones_in_that_of_arming() {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.call_later("c", 2 * SECOND, say_now);
    event_loop.call_later("a", SECOND, say_now);
    event_loop.call_later("d", 2 * SECOND, say_now);
    event_loop.call_at("b", SECOND, say_now);
    run(&event_loop);
    assert_eq!(said(&event_loop), ["1 a 1s", "1 b 1s", "2 c 2s", "2 d 2s"]);
}

#[test]
fn what_is_due_stands_behind_what_was_queued_and_before_whoever_waits_for_a_socket() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (mut near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("reader", async move {
        near.read_exact(&mut [0]).await.expect("it is open");
        of_task.say("readable");
    });
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("sender", async move {
        far.write_all(b"x").await.expect("there is room");
        of_task.call_at("timer", Duration::ZERO, say_now);
        of_task.call_soon("callback", |event_loop| event_loop.say("queued"));
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["2 callback queued", "2 timer 0ns", "3 reader readable"]
    );
}

#[test]
fn a_deadline_that_is_past_is_looked_at_in_the_next_turn() {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.advance(5 * SECOND);
    event_loop.call_soon("first", |event_loop| {
        event_loop.call_at("past", SECOND, say_now);
        event_loop.call_later("now", Duration::ZERO, say_now);
        event_loop.call_soon("soon", say_now);
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["2 soon 5s", "2 past 5s", "2 now 5s"]);
}

#[test]
fn time_never_goes_to_a_cancelled_timer() {
    let event_loop = EventLoop::with_virtual_clock();
    let held = Rc::new(());
    let in_the_timer = Rc::clone(&held);
    let timer = event_loop.call_later("timer", SECOND, move |_| drop(in_the_timer));
    event_loop.call_later("later", 3 * SECOND, say_now);
    timer.cancel();
    assert_eq!(
        Rc::strong_count(&held),
        1,
        "what it held is dropped at once"
    );
    run(&event_loop);
    assert_eq!(said(&event_loop), ["1 later 3s"]);
    let jumps = event_loop.trace().events();
    let jumps = jumps.iter().filter(|e| e.event == "sleeps");
    assert_eq!(jumps.count(), 1);
}

#[test]
fn a_loop_whose_only_timer_is_cancelled_is_idle_at_once() {
    let event_loop = EventLoop::new();
    event_loop
        .call_later("timer", 3600 * SECOND, say_now)
        .cancel();
    run(&event_loop);
    assert_eq!(said(&event_loop), [] as [&str; 0]);
}

#[test]
fn of_two_due_in_one_turn_the_first_can_cancel_the_second() {
    let event_loop = EventLoop::with_virtual_clock();
    let victim = Rc::new(RefCell::new(None::<Handle>));
    let of_first = Rc::clone(&victim);
    event_loop.call_later("first", SECOND, move |event_loop| {
        of_first.take().expect("it was put there").cancel();
        event_loop.say("cancels");
    });
    victim.replace(Some(event_loop.call_later("second", SECOND, say_now)));
    run(&event_loop);
    assert_eq!(said(&event_loop), ["1 first cancels"]);
}

#[test]
fn a_cancel_of_what_has_fired_does_not_hit_a_later_timer() {
    let event_loop = EventLoop::with_virtual_clock();
    let fired = event_loop.call_later("fired", SECOND, say_now);
    run(&event_loop);
    event_loop.call_later("later", SECOND, say_now);
    fired.cancel();
    run(&event_loop);
    assert_eq!(said(&event_loop), ["1 fired 1s", "2 later 2s"]);
}

#[test]
fn a_destructor_may_cancel_and_arm_timers_while_its_timer_is_cancelled() {
    struct Rearms(Rc<EventLoop>);
    impl Drop for Rearms {
        fn drop(&mut self) {
            self.0.call_later("from drop", SECOND, say_now);
        }
    }
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let rearms = Rearms(Rc::clone(&event_loop));
    let timer = event_loop.call_later("timer", SECOND, move |_| drop(rearms));
    timer.cancel();
    run(&event_loop);
    assert_eq!(said(&event_loop), ["1 from drop 1s"]);
}

#[test]
fn a_timer_further_off_than_time_can_say_is_armed_and_can_be_cancelled() {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.advance(SECOND);
    let never = event_loop.call_later("never", Duration::MAX, say_now);
    event_loop.call_later("soon", SECOND, move |event_loop| {
        never.cancel();
        say_now(event_loop);
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["1 soon 2s"]);
}

#[test]
fn the_timer_of_a_sleep_fires_in_one_turn_and_the_sleeper_goes_on_in_the_next() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("sleeper", async move {
        sleep(&of_task, SECOND).await;
        say_now(&of_task);
    });
    event_loop.call_later("bell", SECOND, say_now);
    run(&event_loop);
    assert_eq!(said(&event_loop), ["2 bell 1s", "3 sleeper 1s"]);
}

#[test]
fn a_sleep_counts_from_its_first_poll() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("sleeper", async move {
        let (first, second) = (sleep(&of_task, SECOND), sleep(&of_task, SECOND));
        second.await;
        first.await;
        say_now(&of_task);
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["5 sleeper 2s"]);
}

#[test]
fn a_sleep_of_nothing_takes_one_turn_and_no_timer() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    for name in ["a", "b"] {
        let of_task = Rc::clone(&event_loop);
        event_loop.spawn(name, async move {
            for _ in 0..2 {
                of_task.say("here");
                sleep(&of_task, Duration::ZERO).await;
            }
        });
    }
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["1 a here", "1 b here", "2 a here", "2 b here"]
    );
    assert!(
        event_loop
            .trace()
            .events()
            .iter()
            .all(|e| e.event != "armed")
    );
}

#[test]
fn a_sleep_that_is_dropped_takes_its_timer_back() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    let sleeper = event_loop.spawn("sleeper", async move {
        sleep(&of_task, 3600 * SECOND).await;
    });
    event_loop.call_later("boss", SECOND, move |_| assert!(sleeper.cancel()));
    run(&event_loop);
    assert_eq!(event_loop.now(), SECOND);
}

#[test]
fn no_sleep_on_the_real_clock_is_ever_early() {
    let event_loop = Rc::new(EventLoop::new());
    let early = Rc::new(Cell::new(0));
    for micros in (0..3000).step_by(37) {
        let (of_task, early) = (Rc::clone(&event_loop), Rc::clone(&early));
        event_loop.spawn("sleeper", async move {
            let due = of_task.now() + Duration::from_micros(micros);
            sleep_until(&of_task, due).await;
            early.set(early.get() + u32::from(of_task.now() < due));
        });
    }
    run(&event_loop);
    assert_eq!(early.get(), 0);
}

#[test]
fn a_virtual_clock_does_not_jump_over_a_socket_that_is_ready() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (mut near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    event_loop.call_later("timer", SECOND, say_now);
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("reader", async move {
        near.read_exact(&mut [0]).await.expect("it is open");
        say_now(&of_task);
    });
    event_loop.spawn("sender", async move {
        far.write_all(b"x").await.expect("there is room");
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["3 reader 0ns", "4 timer 1s"]);
}

/// Thirty timers in one slot of the wheel, and two after it.
fn arm_many(event_loop: &EventLoop) -> Vec<String> {
    let names: Vec<_> = (70..100)
        .chain([130, 140])
        .map(|due| due.to_string())
        .collect();
    for name in names.iter().rev() {
        let due = Duration::from_millis(name.parse().expect("a number"));
        event_loop.call_at(name, due, move |event_loop| {
            assert!(event_loop.now() >= due);
            event_loop.say("fires");
        });
    }
    names
}

/// Who has said something, in order.
fn fired(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| e.task).collect()
}

#[test]
fn many_timers_that_are_close_fire_in_order_on_the_real_clock() {
    let event_loop = EventLoop::new();
    let names = arm_many(&event_loop);
    run(&event_loop);
    assert_eq!(fired(&event_loop), names);
}

#[test]
fn a_virtual_clock_goes_to_deadlines_only_however_many_timers_are_close() {
    let event_loop = EventLoop::with_virtual_clock();
    let names = arm_many(&event_loop);
    run(&event_loop);
    assert_eq!(fired(&event_loop), names);
    let sleeps = event_loop.trace().events().into_iter();
    let sleeps = sleeps.filter(|e| e.event == "sleeps").map(|e| e.note);
    let deadlines = names.iter().map(|name| format!("until {name}ms"));
    assert!(sleeps.eq(deadlines));
}

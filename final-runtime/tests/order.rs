//! Who runs in which turn.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use final_runtime::{EventLoop, Outcome, running_loop, sleep, spawn, yield_now};

/// What happened, with the turn it happened in.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<(u64, &'static str)>>>);

impl Log {
    fn say(&self, what: &'static str) {
        self.0.borrow_mut().push((running_loop().turn(), what));
    }

    fn entries(&self) -> Vec<(u64, &'static str)> {
        self.0.borrow().clone()
    }
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Runs `main` on a virtual clock and gives what it logged.
fn logged<F: Future<Output = ()> + 'static>(
    main: impl FnOnce(Log) -> F,
) -> Vec<(u64, &'static str)> {
    let log = Log::default();
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.run_until_complete(main(log.clone())).unwrap();
    log.entries()
}

#[test]
fn a_spawned_task_takes_its_first_step_in_the_next_turn_in_order_of_spawning() {
    let entries = logged(|log| async move {
        for name in ["a", "b"] {
            let log = log.clone();
            spawn(async move { log.say(name) });
        }
        log.say("spawned");
        yield_now().await;
        log.say("after a yield");
    });
    assert_eq!(
        entries,
        [(1, "spawned"), (2, "a"), (2, "b"), (2, "after a yield")]
    );
}

#[test]
fn the_waiter_of_a_task_runs_one_turn_after_its_last_step() {
    let entries = logged(|log| async move {
        let inner = log.clone();
        let task = spawn(async move {
            inner.say("first step");
            yield_now().await;
            inner.say("last step");
        });
        task.await.unwrap();
        log.say("joined");
    });
    assert_eq!(
        entries,
        [(2, "first step"), (3, "last step"), (4, "joined")]
    );
}

#[test]
fn waiting_for_a_task_that_is_done_does_not_suspend() {
    let entries = logged(|log| async move {
        let task = spawn(async {});
        yield_now().await;
        log.say("done already");
        (&task).await.unwrap();
        task.await.unwrap();
        log.say("still here");
    });
    assert_eq!(entries, [(2, "done already"), (2, "still here")]);
}

#[test]
fn a_sleep_fires_in_one_turn_and_wakes_its_task_in_the_next() {
    let entries = logged(|log| async move {
        let seen = log.clone();
        running_loop().call_later(ms(5), move || seen.say("timer"));
        sleep(ms(5)).await;
        log.say("awake");
    });
    assert_eq!(entries, [(2, "timer"), (3, "awake")]);
}

#[test]
fn sleeps_end_in_order_of_deadline_and_equal_ones_in_order_of_arming() {
    let entries = logged(|log| async move {
        let tasks: Vec<_> = [("c", 3), ("a", 1), ("b", 1)]
            .map(|(name, delay)| {
                let log = log.clone();
                spawn(async move {
                    sleep(ms(delay)).await;
                    log.say(name);
                })
            })
            .into();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let names: Vec<_> = entries.iter().map(|(_, name)| *name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn what_was_ready_comes_before_a_timer_that_is_due() {
    let entries = logged(|log| async move {
        let (timer, soon) = (log.clone(), log.clone());
        running_loop().call_later(ms(0), move || timer.say("timer"));
        running_loop().call_soon(move || soon.say("soon"));
        yield_now().await;
        log.say("task");
        yield_now().await;
    });
    assert_eq!(entries, [(2, "soon"), (2, "task"), (2, "timer")]);
}

#[test]
fn a_turn_runs_only_what_was_ready_when_it_began() {
    let log = Log::default();
    let event_loop = EventLoop::with_virtual_clock();
    let (outer, inner) = (log.clone(), log.clone());
    event_loop.call_soon(move || {
        outer.say("first");
        running_loop().call_soon(move || inner.say("queued by the first"));
    });
    let second = log.clone();
    event_loop.call_soon(move || second.say("second"));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        log.entries(),
        [(1, "first"), (1, "second"), (2, "queued by the first")]
    );
}

#[test]
fn a_timer_can_be_cancelled_in_the_turn_in_which_it_is_due() {
    let log = Log::default();
    let event_loop = EventLoop::with_virtual_clock();
    let late = log.clone();
    let victim = Rc::new(RefCell::new(None::<final_runtime::Handle>));
    let handle = victim.clone();
    event_loop.call_later(ms(1), move || handle.take().unwrap().cancel());
    victim.replace(Some(
        event_loop.call_later(ms(1), move || late.say("never")),
    ));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(log.entries(), []);
}

#[test]
fn time_never_moves_to_a_cancelled_timer() {
    let event_loop = EventLoop::with_virtual_clock();
    let start = event_loop.now();
    event_loop.call_later(ms(7), || ());
    event_loop.call_later(ms(900), || ()).cancel();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(event_loop.now() - start, ms(7));
}

#[test]
fn a_dropped_sleep_takes_its_timer_back() {
    let event_loop = EventLoop::with_virtual_clock();
    let start = event_loop.now();
    let run = event_loop.run_until_complete(async {
        for _ in 0..1000 {
            let mut slept = Box::pin(sleep(Duration::from_secs(9)));
            assert!(futures_util::poll!(slept.as_mut()).is_pending());
        }
    });
    run.unwrap();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(event_loop.now() - start, Duration::ZERO);
}

#[test]
fn a_sleep_past_the_end_of_time_never_ends() {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.spawn(sleep(Duration::MAX));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

#[test]
fn a_sleep_on_the_real_clock_is_never_short() {
    final_runtime::run(async {
        for delay in [1, 2, 3] {
            let start = Instant::now();
            sleep(ms(delay)).await;
            assert!(start.elapsed() >= ms(delay));
        }
    });
}

#[test]
fn stop_lets_the_turn_finish() {
    let log = Log::default();
    let event_loop = EventLoop::new();
    event_loop.call_soon(|| running_loop().stop());
    let same_turn = log.clone();
    event_loop.call_soon(move || {
        same_turn.say("same turn");
        running_loop().call_soon(|| unreachable!("a turn too late"));
    });
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    assert_eq!(log.entries(), [(1, "same turn")]);
}

#[test]
fn a_run_ends_one_turn_after_its_future() {
    let log = Log::default();
    let event_loop = EventLoop::with_virtual_clock();
    let inner = log.clone();
    let run = event_loop.run_until_complete(async move {
        spawn(async move {
            inner.say("first step of what main spawned last");
            spawn(async { unreachable!("one turn too late") });
        });
    });
    run.unwrap();
    assert_eq!(log.entries(), [(2, "first step of what main spawned last")]);
}

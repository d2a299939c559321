//! Debug mode: where tasks were spawned, and what held the loop. No test looks at how long anything took: a limit of zero
//! warns of everything, one of an hour of nothing.

use std::cell::RefCell;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::{
    ContextVar, EventLoop, Future, HeldBy, LoopHandle, Outcome, Runner, SlowCallback, TaskBuilder,
    TaskId, current_task, run, running_loop, sleep, spawn, task_group, try_spawn, yield_now,
};
use futures_util::AsyncWriteExt;

mod common;

const EVERYTHING: Duration = Duration::ZERO;
const NOTHING: Duration = Duration::from_secs(3600);

type Heard = Rc<RefCell<Vec<SlowCallback>>>;

/// Puts the loop into debug mode, with all warnings heard.
fn listen(event_loop: &LoopHandle, limit: Duration) -> Heard {
    let heard = Heard::default();
    let ear = heard.clone();
    event_loop.set_debug(true);
    event_loop.set_slow_callback_duration(limit);
    event_loop.set_slow_callback_handler(move |slow| ear.borrow_mut().push(slow.clone()));
    heard
}

/// The line of each callback that was heard of, or the name of the task, with the turn.
fn who(heard: &Heard) -> Vec<(String, u64)> {
    let said = |slow: &SlowCallback| match &slow.by {
        HeldBy::Task { name, .. } => (name.clone(), slow.turn),
        HeldBy::Callback {
            queued_at: Some(place),
        } => (place.line().to_string(), slow.turn),
        other => (format!("{other:?}"), slow.turn),
    };
    heard.borrow().iter().map(said).collect()
}

fn spawned_at(task: TaskId) -> Option<&'static Location<'static>> {
    running_loop().task_tree().get(task).unwrap().spawned_at
}

#[track_caller]
fn is_here(place: Option<&'static Location<'static>>) -> bool {
    let here = Location::caller();
    place.is_some_and(|place| place.file() == here.file() && place.line() == here.line())
}

#[test]
fn every_way_to_spawn_notes_where_it_was_called() {
    Runner::new()
        .debug(true)
        .run(async {
            let event_loop = running_loop();
            let never = || std::future::pending::<()>();
            let fails = || std::future::pending::<Result<(), String>>();
            let task = spawn(never());
            assert!(is_here(spawned_at(spawn(never()).id())));
            assert!(is_here(spawned_at(try_spawn(fails()).id())));
            assert!(is_here(spawned_at(event_loop.spawn(never()).id())));
            assert!(is_here(spawned_at(event_loop.try_spawn(fails()).id())));
            let (plain, eager) = (TaskBuilder::new(), TaskBuilder::new().eager());
            assert!(is_here(spawned_at(plain.spawn(never()).id())));
            assert!(is_here(spawned_at(eager.try_spawn(fails()).id())));
            assert!(spawned_at(task.id()).is_some());
            let group = task_group(async |group| {
                assert!(is_here(spawned_at(group.spawn(async {}).unwrap().id())));
                let ok = async { Ok::<_, String>(()) };
                assert!(is_here(spawned_at(group.try_spawn(ok).unwrap().id())));
            });
            group.await.unwrap();
            event_loop.set_debug(false);
            assert_eq!(spawned_at(spawn(never()).id()), None);
            assert_eq!(spawned_at(task.id()), None, "all is forgotten");
        })
        .unwrap();
}

#[test]
fn a_main_was_spawned_where_it_was_run() {
    let runner = Runner::new().debug(true);
    let me = || spawned_at(current_task().unwrap().id());
    let (first, line) = (runner.run(async move { me() }), line!());
    assert_eq!(first.unwrap().unwrap().line(), line);
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.set_debug(true);
    let (second, line) = (event_loop.run_until_complete(async move { me() }), line!());
    assert_eq!(second.unwrap().unwrap().line(), line);
}

#[test]
fn a_task_from_another_thread_was_spawned_there() {
    let place = run(async {
        running_loop().set_debug(true);
        let handle = running_loop().threadsafe();
        let make = || async { spawned_at(current_task().unwrap().id()) };
        let thread = std::thread::spawn(move || handle.spawn_threadsafe(make).unwrap());
        let joined = final_runtime::to_thread(move || thread.join().unwrap().join().unwrap());
        joined.await.unwrap()
    });
    assert!(place.unwrap().file().ends_with("debug_mode.rs"));
}

#[test]
fn a_task_in_a_used_slot_has_not_the_place_of_the_one_before() {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.set_debug(true);
    event_loop
        .run_until_complete(async {
            for _ in 0..3 {
                let first = spawn(yield_now());
                assert!(spawned_at(first.id()).is_some());
                first.await.unwrap();
            }
            running_loop().set_debug(false);
            let plain = spawn(yield_now());
            assert_eq!(spawned_at(plain.id()), None);
            running_loop().set_debug(true);
            assert_eq!(spawned_at(plain.id()), None);
        })
        .unwrap();
}

#[test]
fn a_limit_of_zero_warns_of_every_step_and_callback_in_order() {
    let event_loop = EventLoop::with_virtual_clock();
    let heard = listen(&event_loop, EVERYTHING);
    let soon = line!() + 1;
    event_loop.call_soon(|| ());
    let task = event_loop.spawn(yield_now());
    let later = line!() + 1;
    event_loop.call_later(Duration::from_secs(1), || ());
    let future = Future::<()>::clone(&event_loop.create_future());
    let done = line!() + 1;
    future.add_done_callback(|_| ());
    future.set_result(()).unwrap();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let expected = [
        (soon.to_string(), 1),
        (task.name(), 1),
        (done.to_string(), 1),
        (task.name(), 2),
        (later.to_string(), 3),
    ];
    assert_eq!(who(&heard), expected);
    assert!(
        heard
            .borrow()
            .iter()
            .all(|slow| slow.held_for == Duration::ZERO)
    );
}

#[test]
fn a_long_limit_warns_of_nothing_and_so_does_a_loop_that_is_not_in_debug_mode() {
    let event_loop = EventLoop::new();
    assert_eq!(
        event_loop.slow_callback_duration(),
        Duration::from_millis(100)
    );
    let heard = listen(&event_loop, NOTHING);
    event_loop
        .run_until_complete(sleep(Duration::from_millis(1)))
        .unwrap();
    event_loop.set_slow_callback_duration(EVERYTHING);
    event_loop.set_debug(false);
    assert!(!event_loop.is_debug());
    event_loop
        .run_until_complete(sleep(Duration::from_millis(1)))
        .unwrap();
    assert_eq!(who(&heard), []);
}

#[test]
fn what_takes_time_on_the_machines_clock_is_told_how_long_it_took() {
    let event_loop = EventLoop::new();
    let nap = Duration::from_millis(2);
    let heard = listen(&event_loop, nap);
    event_loop
        .run_until_complete(async move { std::thread::sleep(nap) })
        .unwrap();
    let heard = heard.borrow();
    let slow = heard
        .iter()
        .find(|slow| matches!(&slow.by, HeldBy::Task { id, .. } if id.to_string() == "1"));
    assert!(slow.unwrap().held_for >= nap);
}

#[test]
fn the_switch_holds_from_the_next_turn_on_while_the_loop_runs() {
    let event_loop = EventLoop::with_virtual_clock();
    let handle = event_loop.handle();
    let heard = Rc::new(RefCell::new(None));
    let out = heard.clone();
    event_loop
        .run_until_complete(async move {
            assert_eq!(running_loop().turn(), 1);
            yield_now().await;
            out.replace(Some(listen(&handle, EVERYTHING)));
            yield_now().await;
            assert_eq!(running_loop().turn(), 3);
            yield_now().await;
            handle.set_debug(false);
            yield_now().await;
            assert_eq!(
                running_loop().turn(),
                5,
                "a turn that begins anew counts once"
            );
            yield_now().await;
            assert_eq!(running_loop().turn(), 6);
        })
        .unwrap();
    let heard = heard.take().unwrap();
    let main = || "Task-1".to_owned();
    assert_eq!(who(&heard), [(main(), 3), (main(), 4)]);
}

#[test]
fn a_run_that_is_switched_in_the_turn_in_which_it_ends_ends() {
    let event_loop = EventLoop::with_virtual_clock();
    let ticks = event_loop.spawn(async {
        loop {
            sleep(Duration::from_secs(1)).await;
        }
    });
    for on in [true, false] {
        let main = async move { running_loop().set_debug(on) };
        event_loop.run_until_complete(main).unwrap();
    }
    let stopped = event_loop.handle();
    event_loop.call_soon(move || {
        stopped.set_debug(true);
        stopped.stop();
    });
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    assert_eq!(event_loop.turn(), 5);
    drop(ticks);
}

#[test]
fn the_order_of_events_is_the_same_in_debug_mode() {
    fn order(debug: bool) -> Vec<(&'static str, u64)> {
        let event_loop = EventLoop::with_virtual_clock();
        event_loop.set_debug(debug);
        event_loop.set_slow_callback_duration(NOTHING);
        let order: Rc<RefCell<Vec<_>>> = Rc::default();
        let log = {
            let order = order.clone();
            move |what| order.borrow_mut().push((what, running_loop().turn()))
        };
        let outcome = event_loop.run_until_complete(async move {
            let in_callback = log.clone();
            running_loop().call_soon(move || in_callback("callback"));
            let in_timer = log.clone();
            running_loop().call_later(Duration::from_secs(1), move || in_timer("timer"));
            let in_task = log.clone();
            let task = spawn(async move {
                in_task("task");
                yield_now().await;
                in_task("task again");
                panic!("and it ends");
            });
            running_loop().call_soon(|| panic!("in a callback"));
            running_loop().set_exception_handler(|_| ());
            log("main");
            assert!(task.await.is_err());
            log("joined");
            sleep(Duration::from_secs(2)).await;
            log("slept");
        });
        outcome.unwrap();
        order.take()
    }
    assert_eq!(order(true), order(false));
    assert_eq!(order(true).len(), 7);
}

#[test]
fn a_handler_may_use_the_loop_and_one_that_panics_is_reported() {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.set_debug(true);
    event_loop.set_slow_callback_duration(EVERYTHING);
    let reports: Rc<RefCell<Vec<String>>> = Rc::default();
    let ear = reports.clone();
    event_loop.set_exception_handler(move |report| ear.borrow_mut().push(report.to_string()));
    let handle = event_loop.handle();
    event_loop.set_slow_callback_handler(move |slow| {
        handle.set_debug(false);
        handle.set_slow_callback_handler(|_| ());
        handle.spawn(async {});
        panic!("{}", slow.turn);
    });
    event_loop.call_soon(|| ());
    event_loop.run_until_complete(yield_now()).unwrap();
    assert_eq!(*reports.borrow(), ["a callback panicked: panicked: 1"]);
}

#[test]
fn a_task_that_ends_in_a_watched_step_is_dropped_there() {
    struct Says(Rc<RefCell<Vec<&'static str>>>, &'static str);
    impl Drop for Says {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }
    let event_loop = EventLoop::with_virtual_clock();
    listen(&event_loop, EVERYTHING);
    let order: Rc<RefCell<Vec<&'static str>>> = Rc::default();
    let (value, next) = (Says(order.clone(), "value"), order.clone());
    drop(event_loop.spawn(async move { value }));
    event_loop.call_soon(move || next.borrow_mut().push("next"));
    let _ = event_loop.run_forever();
    assert_eq!(*order.borrow(), ["value", "next"]);
}

#[test]
fn context_variables_are_whose_they_were() {
    static CUP: ContextVar<u8> = ContextVar::new();
    let event_loop = EventLoop::with_virtual_clock();
    listen(&event_loop, EVERYTHING);
    event_loop
        .run_until_complete(async {
            CUP.set(1);
            running_loop().call_soon(|| CUP.set(2));
            spawn(async { CUP.set(3) }).await.unwrap();
            assert_eq!(CUP.get(), Some(1));
        })
        .unwrap();
}

#[test]
fn a_warning_says_what_where_how_long_and_what_to_do() {
    async fn crunch() {}
    let event_loop = EventLoop::with_virtual_clock();
    let heard = listen(&event_loop, EVERYTHING);
    let (task, line) = (event_loop.spawn(crunch()), line!());
    task.set_name("cruncher");
    let _ = event_loop.run_forever();
    let said = heard.borrow()[0].to_string();
    let (before, after) = said.split_once(", spawned at ").unwrap();
    assert_eq!(
        before,
        "task `cruncher` (1) [debug_mode::a_warning_says_what_where_how_long_and_what_to_do::crunch"
    );
    let file = file!();
    assert!(after.starts_with(&format!("{file}:{line}:")), "{after}");
    assert!(after.contains("] held the loop for 0.000ns in turn 1; give up control with"));
}

#[test]
fn a_callback_from_another_thread_says_so() {
    let event_loop = EventLoop::new();
    let heard = listen(&event_loop, EVERYTHING);
    let handle = event_loop.threadsafe();
    std::thread::spawn(move || {
        handle
            .call_soon_threadsafe(|| running_loop().stop())
            .unwrap();
    });
    let _ = event_loop.run_forever();
    let heard = heard.borrow();
    assert_eq!(heard[0].by, HeldBy::Callback { queued_at: None });
    assert!(
        heard[0]
            .to_string()
            .starts_with("a callback that another thread has sent held")
    );
}

#[test]
fn a_task_at_a_socket_is_woken_in_debug_mode_too() {
    run(async {
        running_loop().set_debug(true);
        yield_now().await;
        let (reader, mut writer) = common::sockets::pair().await.unwrap();
        let read = spawn(async move { reader.read(&mut [0; 8]).await });
        yield_now().await;
        writer.write_all(b"tea").await.unwrap();
        assert_eq!(read.await.unwrap().unwrap(), 3);
    });
}

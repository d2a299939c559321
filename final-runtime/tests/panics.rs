//! A panic ends its task, never the loop, and never goes unseen.

use std::cell::RefCell;
use std::rc::Rc;

use final_runtime::{EventLoop, Outcome, State, Task, run, spawn, yield_now};

mod common;

use common::reports::{panic_message, reporting_loop};

#[test]
fn a_panic_comes_out_where_the_task_is_awaited() {
    let (event_loop, reports) = reporting_loop();
    let run = event_loop.run_until_complete(async {
        let task = spawn(async {
            yield_now().await;
            panic!("spilt tea");
        });
        assert_eq!(panic_message::<()>(task.await), "spilt tea");
    });
    run.unwrap();
    assert!(reports.borrow().is_empty(), "somebody looked at it");
}

#[test]
fn a_panic_that_nobody_looks_at_goes_to_the_exception_handler() {
    let (event_loop, reports) = reporting_loop();
    event_loop.spawn(async { panic!("unseen") });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        *reports.borrow(),
        ["an error that nobody looked at (task `Task-1`): panicked: unseen"]
    );
}

#[test]
fn a_panic_in_the_exception_handler_leaves_the_loop_going() {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.set_exception_handler(|_| panic!("in the handler"));
    event_loop.spawn(async { panic!("unseen") });
    event_loop.call_soon(|| panic!("in a callback"));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

#[test]
fn a_panic_in_the_exception_handler_is_not_heard_by_whoever_drops_the_last_handle() {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.set_exception_handler(|_| panic!("in the handler"));
    let run = event_loop.run_until_complete(async {
        let [first, second] = [(); 2].map(|()| spawn(async { panic!("unseen") }));
        yield_now().await;
        drop::<Task<()>>(first);
        let task = spawn(async move {
            let _second: Task<()> = second;
            panic!("with a failed task in hand");
        });
        let message = panic_message::<()>(task.await);
        assert_eq!(message, "with a failed task in hand");
    });
    run.unwrap();
}

#[test]
fn an_error_that_panics_when_it_is_to_be_put_into_words_is_reported_without_them() {
    #[derive(Debug)]
    struct Unspeakable;
    impl std::fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("in words")
        }
    }
    impl std::error::Error for Unspeakable {}
    for told in [false, true] {
        let event_loop = EventLoop::with_virtual_clock();
        if told {
            event_loop.set_exception_handler(|report| drop(report.to_string()));
        }
        let run = event_loop.run_until_complete(async {
            let failed = final_runtime::try_spawn(async { Err::<(), _>(Unspeakable) });
            yield_now().await;
            assert_eq!(failed.state(), State::Failed);
            drop(failed);
        });
        run.unwrap();
    }
}

#[test]
fn a_panic_in_a_callback_is_reported_and_the_turn_goes_on() {
    let (event_loop, reports) = reporting_loop();
    let after = Rc::new(RefCell::new(false));
    let seen = after.clone();
    event_loop.call_soon(|| panic!("in a callback"));
    event_loop.call_soon(move || *seen.borrow_mut() = true);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        *reports.borrow(),
        ["a callback panicked: panicked: in a callback"]
    );
    assert!(*after.borrow());
    assert_eq!(
        event_loop.turn(),
        2,
        "one that runs both, one that finds nothing"
    );
}

#[test]
fn a_panic_in_a_drop_ends_the_task_too() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a drop");
        }
    }
    run(async {
        let task = spawn(async {
            let _bomb = Bomb;
            yield_now().await;
        });
        assert_eq!(panic_message(task.await), "in a drop");
    });
}

#[test]
fn closing_a_loop_survives_a_panic_in_a_drop() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a drop");
        }
    }
    let (event_loop, reports) = reporting_loop();
    let task = event_loop.spawn(async {
        let _bomb = Bomb;
        std::future::pending::<()>().await;
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.close();
    assert!(task.is_done());
    drop(task);
    assert_eq!(
        *reports.borrow(),
        ["an error that nobody looked at (task `Task-1`): panicked: in a drop"]
    );
}

#[test]
#[should_panic(expected = "main went wrong")]
fn a_panic_in_main_comes_out_of_run() {
    run(async { panic!("main went wrong") });
}

#[test]
fn the_others_live_on() {
    run(async {
        let bad = spawn(async { panic!("bad") });
        let good = spawn(async {
            yield_now().await;
            "good"
        });
        assert_eq!(panic_message::<()>(bad.await), "bad");
        assert_eq!(good.await.unwrap(), "good");
    });
}

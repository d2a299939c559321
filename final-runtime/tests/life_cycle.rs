//! How a loop begins and ends: runs, runners, and what is refused.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::time::Duration;

use final_runtime::{
    ContextVar, EventLoop, JoinError, ReportKind, RunError, Runner, catch_cancel, run,
    running_loop, sleep, spawn, to_thread, yield_now,
};

/// What `f` said when it panicked.
fn panic_of<T>(f: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).err().expect("it panics");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

#[test]
fn what_is_left_is_cancelled_and_driven_to_its_end_then_the_threads_then_the_loop_is_closed() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let (said, says) = channel();
    let inside = order.clone();
    let handle = run(async move {
        let (end, ends) = channel::<()>();
        drop(running_loop().run_in_executor(None, move || {
            ends.recv().unwrap_err();
            said.send("thread").unwrap();
        }));
        spawn(async move {
            assert!(catch_cancel(std::future::pending::<()>()).await.is_err());
            inside.borrow_mut().push("asked");
            sleep(Duration::from_millis(1)).await;
            // A task that comes to its end may still use the threads.
            to_thread(|| ()).await.unwrap();
            inside.borrow_mut().push("cleaned up");
            drop(end);
        });
        yield_now().await;
        running_loop()
    });
    assert_eq!(*order.borrow(), ["asked", "cleaned up"]);
    assert_eq!(says.try_recv(), Ok("thread"));
    assert!(handle.is_closed());
}

#[test]
fn a_runner_runs_one_main_after_another_on_one_loop() {
    let runner = Runner::new();
    let ticks = Rc::new(Cell::new(0));
    let count = ticks.clone();
    let turn = runner.run(async move {
        spawn(async move {
            loop {
                count.set(count.get() + 1);
                yield_now().await;
            }
        });
        yield_now().await;
        running_loop().turn()
    });
    let between = ticks.get();
    assert!(between > 0);
    let later = runner.run(async {
        yield_now().await;
        running_loop().turn()
    });
    assert!(later.unwrap() > turn.unwrap());
    assert!(
        ticks.get() > between,
        "what the first left goes on while the second runs"
    );
    let handle = runner.get_loop();
    runner.close().unwrap();
    assert!(handle.is_closed());
}

#[test]
fn a_runner_makes_its_loop_when_it_is_needed_and_takes_one_that_is_given() {
    Runner::new().close().unwrap();
    let event_loop = EventLoop::with_virtual_clock();
    let handle = event_loop.handle();
    let runner = Runner::with_loop(event_loop);
    runner.run(sleep(Duration::from_secs(3600))).unwrap();
    drop(runner);
    assert!(handle.is_closed());
}

#[test]
fn a_runner_that_is_dropped_drives_what_is_left_to_its_end() {
    let ended = Rc::new(Cell::new(false));
    let end = ended.clone();
    let runner = Runner::new();
    let main = runner.run(async move {
        spawn(async move {
            assert!(catch_cancel(std::future::pending::<()>()).await.is_err());
            yield_now().await;
            end.set(true);
        });
        yield_now().await;
    });
    main.unwrap();
    assert!(!ended.get());
    drop(runner);
    assert!(ended.get());
}

static CUP: ContextVar<&str> = ContextVar::new();

#[test]
fn what_one_main_sets_the_next_sees_and_nobody_else() {
    let runner = Runner::new();
    runner.run(async { CUP.set("tea") }).unwrap();
    assert_eq!(CUP.get(), None);
    assert_eq!(runner.run(async { CUP.get() }).unwrap(), Some("tea"));
}

#[test]
fn the_error_of_a_main_is_the_runners_and_the_next_runs() {
    let runner = Runner::new();
    let failed = runner.run(async { panic!("no tea") });
    assert!(matches!(
        failed,
        Err::<(), _>(RunError::Ended(JoinError::Panicked(_)))
    ));
    let stopped = runner.run(async {
        running_loop().stop();
        std::future::pending::<()>().await
    });
    assert!(matches!(stopped, Err(RunError::Stopped)));
    assert_eq!(runner.run(async { 7 }).unwrap(), 7);
}

/// CPython leaves a stop behind here, which cuts its clean-up short.
#[test]
fn a_main_that_stops_the_loop_and_ends_leaves_no_stop_behind() {
    let runner = Runner::new();
    let cleaned_up = Rc::new(Cell::new(false));
    let clean_up = cleaned_up.clone();
    let stops = runner.run(async move {
        spawn(async move {
            assert!(catch_cancel(std::future::pending::<()>()).await.is_err());
            sleep(Duration::from_millis(1)).await;
            clean_up.set(true);
        });
        running_loop().stop();
        7
    });
    assert_eq!(stops.unwrap(), 7);
    runner.run(yield_now()).unwrap();
    runner.close().unwrap();
    assert!(cleaned_up.get());
}

#[test]
fn threads_that_outlast_the_end_of_a_runner_are_reported() {
    let runner = Runner::new().wait_for_threads(Duration::from_millis(1));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let ear = heard.clone();
    let event_loop = runner.get_loop();
    event_loop.set_exception_handler(move |report| ear.borrow_mut().push(report.kind()));
    let (end, ends) = channel::<()>();
    drop(event_loop.run_in_executor(None, move || ends.recv()));
    runner.close().unwrap();
    assert_eq!(*heard.borrow(), [ReportKind::Shutdown]);
    drop(end);
}

#[test]
fn a_loop_inside_a_running_loop_is_refused() {
    run(async {
        assert!(panic_of(|| run(async {})).contains("inside a running loop"));
        let runner = Runner::new();
        assert!(panic_of(|| runner.run(async {})).contains("await the future, or spawn it"));
        let other = EventLoop::new();
        let refused = panic_of(|| other.run_forever());
        assert!(
            refused.contains("await the future, or spawn it"),
            "{refused}"
        );
        let own = running_loop();
        assert!(panic_of(|| own.run_until_complete(async {})).contains("inside a running loop"));
    });
}

#[test]
fn a_runner_inside_a_running_loop_is_not_closed_there() {
    let runner = Runner::new();
    let handle = runner.get_loop();
    run(async move {
        let refused = panic_of(|| runner.close());
        assert!(refused.contains("when the run has returned"), "{refused}");
    });
    assert!(handle.is_closed());
}

#[test]
fn a_closed_loop_refuses_what_it_would_never_do() {
    let event_loop = EventLoop::new();
    event_loop.close();
    event_loop.close();
    let handle = event_loop.handle();
    let refused = [
        panic_of(|| handle.call_soon(|| ())),
        panic_of(|| handle.spawn(async {})),
        panic_of(|| handle.run_forever()),
        panic_of(|| handle.run_until_complete(async {})),
        panic_of(|| handle.run_in_executor(None, || ())),
    ];
    for refused in refused {
        assert!(
            refused.contains("closed loop; keep the `EventLoop`"),
            "{refused}"
        );
    }
}

#[test]
fn a_running_loop_is_not_closed() {
    let event_loop = Rc::new(EventLoop::new());
    let own = event_loop.clone();
    let refused = event_loop.run_until_complete(async move { panic_of(|| own.close()) });
    assert!(
        refused
            .unwrap()
            .contains("call stop and close it when the run has returned")
    );
    assert!(!event_loop.is_closed());
}

#[test]
fn outside_a_loop_what_needs_one_says_what_to_do() {
    for refused in [panic_of(|| spawn(async {})), panic_of(running_loop)] {
        assert!(
            refused.contains("call it inside `final_runtime::run"),
            "{refused}"
        );
    }
}

//! Calls in other threads: what comes back, what does not, and how the threads end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use final_runtime::{
    EventLoop, JoinError, Refused, ReportKind, ThreadPool, run, running_loop, spawn, to_thread,
    yield_now,
};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_call_runs_in_another_thread_while_other_tasks_run_on() {
    run(async {
        let (ask, asked) = channel();
        let call = spawn(to_thread(move || {
            asked.recv().unwrap();
            thread::current().id()
        }));
        // The call waits for what this task does meanwhile.
        yield_now().await;
        ask.send(()).unwrap();
        assert_ne!(call.await.unwrap().unwrap(), thread::current().id());
    });
}

#[test]
fn a_panic_comes_back_as_an_error_and_the_thread_goes_on() {
    run(async {
        let pool = ThreadPool::new(1);
        let event_loop = running_loop();
        let broken = event_loop.run_in_executor(Some(&pool), || -> u8 { panic!("no tea") });
        let next = event_loop.run_in_executor(Some(&pool), || 7);
        match broken.await {
            Err(JoinError::Panicked(panic)) => assert_eq!(panic.message(), "no tea"),
            outcome => panic!("{outcome:?}"),
        }
        assert_eq!(next.await.unwrap(), 7);
    });
}

#[test]
fn no_more_calls_run_at_once_than_the_pool_has_threads() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    run(async move {
        let pool = ThreadPool::new(3);
        let event_loop = running_loop();
        let calls: Vec<_> = (0..40)
            .map(|_| {
                let (now, most) = (now.clone(), most.clone());
                event_loop.run_in_executor(Some(&pool), move || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(1));
                    now.fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap();
        }
        assert!(pool.threads() <= 3);
    });
    let most = seen.load(Ordering::SeqCst);
    assert!((1..=3).contains(&most), "{most}");
}

#[test]
fn calls_begin_in_the_order_in_which_they_were_made() {
    let (say, said) = channel();
    run(async move {
        let pool = ThreadPool::new(1);
        for number in 0..5 {
            let say = say.clone();
            drop(running_loop().run_in_executor(Some(&pool), move || say.send(number)));
        }
        running_loop()
            .run_in_executor(Some(&pool), || ())
            .await
            .unwrap();
    });
    assert_eq!(said.iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

/// Says when it is dropped.
struct Says(std::sync::mpsc::Sender<thread::ThreadId>);

impl Drop for Says {
    fn drop(&mut self) {
        let _ = self.0.send(thread::current().id());
    }
}

#[test]
fn a_request_ends_the_wait_at_once_and_the_call_goes_on_and_its_result_is_dropped_on_the_loop() {
    let (dropped, drops) = channel();
    run(async move {
        let (begin, begun) = channel();
        let (end, ends) = channel::<()>();
        let task = spawn(to_thread(move || {
            begin.send(()).unwrap();
            ends.recv().unwrap();
            Says(dropped)
        }));
        yield_now().await;
        to_thread(move || begun.recv()).await.unwrap().unwrap();
        task.cancel();
        assert!(task.await.is_err_and(|error| error.is_cancelled()));
        end.send(()).unwrap();
        running_loop()
            .shutdown_default_executor(LONG)
            .await
            .unwrap();
    });
    assert_eq!(drops.recv().unwrap(), thread::current().id());
}

#[test]
fn a_call_that_was_cancelled_before_it_began_never_does() {
    run(async {
        let pool = ThreadPool::new(1);
        let (end, ends) = channel::<()>();
        let (begin, begun) = channel();
        let event_loop = running_loop();
        let first = event_loop.run_in_executor(Some(&pool), move || ends.recv().is_err());
        let second = event_loop.run_in_executor(Some(&pool), move || begin.send(()));
        assert!(second.cancel());
        assert!(
            second
                .await
                .is_err_and(|error: JoinError| error.is_cancelled())
        );
        drop(end);
        assert!(first.await.unwrap());
        event_loop
            .run_in_executor(Some(&pool), || ())
            .await
            .unwrap();
        assert!(begun.try_recv().is_err(), "it has begun");
    });
}

#[test]
fn a_call_that_nobody_awaits_runs_all_the_same_and_its_panic_is_reported() {
    let event_loop = EventLoop::new();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let ear = heard.clone();
    event_loop.set_exception_handler(move |report| {
        ear.borrow_mut()
            .push((report.kind(), report.error().to_string()));
    });
    let ended = event_loop.run_until_complete(async {
        drop(running_loop().run_in_executor(None, || panic!("spilt")));
        running_loop().shutdown_default_executor(LONG).await
    });
    ended.unwrap().unwrap();
    let spilt = (ReportKind::Unseen, "panicked: spilt".to_owned());
    assert_eq!(*heard.borrow(), [spilt]);
}

#[test]
fn an_idle_thread_ends() {
    let pool = ThreadPool::keeping(2, Duration::from_millis(1));
    let used = pool.clone();
    run(async move {
        running_loop()
            .run_in_executor(Some(&used), || ())
            .await
            .unwrap()
    });
    while pool.threads() > 0 {
        thread::yield_now();
    }
    let used = pool.clone();
    let again = run(async move { running_loop().run_in_executor(Some(&used), || 1).await });
    assert_eq!(again.unwrap(), 1);
}

#[test]
fn a_pool_that_is_shut_down_takes_nothing_more_and_runs_what_it_has() {
    let pool = ThreadPool::new(1);
    let used = pool.clone();
    run(async move {
        let event_loop = running_loop();
        let last = event_loop.run_in_executor(Some(&used), || 7);
        used.shutdown();
        let late = event_loop.run_in_executor(Some(&used), || 8);
        assert_eq!(last.await.unwrap(), 7);
        let error = late.await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(Refused::ShutDown)));
    });
    pool.shutdown_and_wait(LONG).unwrap();
    assert_eq!(pool.threads(), 0);
}

#[test]
fn to_wait_for_a_thread_that_never_returns_has_a_limit() {
    let pool = ThreadPool::new(1);
    let used = pool.clone();
    let (end, ends) = channel::<()>();
    run(async move {
        running_loop().set_default_executor(used);
        drop(running_loop().run_in_executor(None, move || ends.recv()));
        let short = Duration::from_millis(1);
        let late = running_loop().shutdown_default_executor(short).await;
        assert_eq!(late.unwrap_err().threads(), 1);
    });
    assert!(pool.shutdown_and_wait(Duration::from_millis(1)).is_err());
    drop(end);
    pool.shutdown_and_wait(LONG).unwrap();
}

#[test]
fn run_waits_for_the_threads_before_it_returns() {
    let ended = Arc::new(AtomicUsize::new(0));
    let end = ended.clone();
    run(async move {
        drop(running_loop().run_in_executor(None, move || {
            thread::sleep(Duration::from_millis(20));
            end.store(1, Ordering::SeqCst);
        }));
    });
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[test]
fn a_result_for_a_loop_that_is_closed_is_dropped() {
    let (dropped, drops) = channel();
    let (end, ends) = channel::<()>();
    let event_loop = EventLoop::new();
    drop(event_loop.run_in_executor(None, move || {
        ends.recv().unwrap();
        Says(dropped)
    }));
    event_loop.close();
    end.send(()).unwrap();
    assert_ne!(drops.recv().unwrap(), thread::current().id());
}

#[test]
fn who_waits_for_a_call_says_so() {
    let event_loop = EventLoop::new();
    let (end, ends) = channel::<()>();
    let task = event_loop.spawn(to_thread(move || ends.recv()));
    let handle = event_loop.handle();
    event_loop.call_soon(move || handle.stop());
    let _ = event_loop.run_forever();
    let text = event_loop.task_tree().to_string();
    assert!(text.contains("`Task-1` waits for a call in another thread ["));
    drop((end, task));
}

#[test]
fn a_thread_outlives_a_result_that_panics_when_it_is_dropped_there() {
    struct Explodes;
    impl Drop for Explodes {
        fn drop(&mut self) {
            panic!("boom");
        }
    }
    let pool = ThreadPool::new(1);
    let (end, ends) = channel::<()>();
    let event_loop = EventLoop::new();
    drop(event_loop.run_in_executor(Some(&pool), move || {
        ends.recv().unwrap();
        Explodes
    }));
    event_loop.close();
    end.send(()).unwrap();
    let used = pool.clone();
    let next = run(async move { running_loop().run_in_executor(Some(&used), || 7).await });
    assert_eq!(next.unwrap(), 7);
    assert_eq!(pool.threads(), 1);
}

/// Of several calls that come back into a closed loop, what one leaves behind may panic when it is dropped.
#[test]
fn results_that_panic_when_they_are_dropped_do_not_keep_a_loop_from_closing() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("in a drop");
        }
    }
    let event_loop = EventLoop::new();
    let reports = Rc::new(Cell::new(0));
    let count = reports.clone();
    event_loop.set_exception_handler(move |_| count.set(count.get() + 1));
    let pool = ThreadPool::new(2);
    for _ in 0..2 {
        drop(event_loop.run_in_executor(Some(&pool), || Bad));
    }
    // The results are there, and the loop does not take them in any more.
    pool.shutdown_and_wait(Duration::from_secs(60)).unwrap();
    event_loop.close();
    assert_eq!(reports.get(), 2);
    assert!(event_loop.is_closed());
}

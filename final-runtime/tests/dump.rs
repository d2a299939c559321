//! The task tree at a signal. A child process runs the loop, since the tree goes to its standard error.

use std::future::pending;
use std::process::{Command, id};
use std::rc::Rc;

use final_runtime::sync::Lock;
use final_runtime::{EventLoop, SignalKind, run, running_loop, signal, spawn, yield_now};

const CHILD: &str = "DUMP_CHILD";

fn send_to_self(signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// In the child: dumps twice, and comes to its end.
fn dump_twice() {
    run(async {
        running_loop()
            .dump_on_signal(SignalKind::user_defined1())
            .unwrap();
        assert_eq!(running_loop().all_tasks().len(), 1, "no task does it");
        let lock = Rc::new(Lock::new(()));
        for round in ["first", "second"] {
            let lock = lock.clone();
            let task = spawn(async move {
                let _held = lock.lock().await;
                pending::<()>().await
            });
            task.set_name(round);
            // It listens behind the dump, and so hears of the signal when the tree is written.
            let mut arrived = signal(SignalKind::user_defined1()).unwrap();
            let heard = spawn(async move { arrived.recv().await });
            yield_now().await;
            send_to_self("-USR1");
            heard.await.unwrap();
        }
    });
}

#[test]
fn the_tree_is_written_at_each_signal_while_the_loop_goes_on() {
    if std::env::var_os(CHILD).is_some() {
        return dump_twice();
    }
    let me = std::env::current_exe().unwrap();
    let child = Command::new(me)
        .args(["the_tree_is_written", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8(child.stderr).unwrap();
    assert!(child.status.success(), "{said}");
    let trees: Vec<&str> = said
        .split("final-runtime: the task tree of loop ")
        .skip(1)
        .collect();
    assert_eq!(trees.len(), 2, "{said}");
    assert!(trees[0].contains("3 tasks\n"), "{said}");
    assert!(
        trees[0].contains("`first` (2) waits for something outside the runtime ["),
        "{said}"
    );
    assert!(trees[1].contains("4 tasks\n"), "{said}");
    assert!(
        trees[1].contains("`second` (4) waits for a lock, behind `first` (2) ["),
        "{said}"
    );
}

#[test]
fn a_loop_with_a_virtual_clock_refuses() {
    let event_loop = EventLoop::with_virtual_clock();
    let refused = event_loop
        .dump_on_signal(SignalKind::user_defined2())
        .unwrap_err();
    assert!(refused.to_string().contains("virtual clock"), "{refused}");
}

#[test]
fn a_signal_that_nobody_can_hear_is_refused() {
    let event_loop = EventLoop::new();
    let kill = SignalKind::from_raw(9);
    assert!(event_loop.dump_on_signal(kill).is_err());
}

#[test]
fn a_loop_that_is_closed_leaves_nothing_behind() {
    let event_loop = EventLoop::new();
    event_loop
        .dump_on_signal(SignalKind::window_change())
        .unwrap();
    event_loop
        .dump_on_signal(SignalKind::window_change())
        .unwrap();
    event_loop.run_until_complete(async {}).unwrap();
    let memory = Rc::new(());
    let held = Rc::downgrade(&memory);
    event_loop.set_exception_handler(move |_| drop(memory.clone()));
    drop(event_loop);
    assert!(
        held.upgrade().is_none(),
        "the loop's memory is gone, and its handler with it"
    );
}

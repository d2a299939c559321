//! Ctrl-C in a run.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use final_runtime::{
    EventLoop, RunError, Runner, SignalKind, catch_cancel, run, signal, sleep, spawn, yield_now,
};

use crate::{Statement, TICK, action, ctrl_c, ended_well};

pub(super) const STATEMENTS: &[Statement] = &[
    (
        "ctrl_c_cancels_main_which_may_clean_up_and_give_a_value",
        gives_a_value,
        ended_well,
    ),
    (
        "a_main_that_ctrl_c_cancels_ends_the_process_after_the_rest_has_ended",
        ends,
        by_sigint_at_last,
    ),
    (
        "a_runner_gives_an_error_and_can_run_again",
        runs_again,
        ended_well,
    ),
    (
        "a_main_that_has_never_waited_is_cancelled_at_its_next_await",
        early,
        ended_well,
    ),
    (
        "a_main_that_does_not_wait_any_more_is_interrupted_all_the_same",
        late,
        ended_well,
    ),
    (
        "the_second_ctrl_c_ends_the_process_also_when_a_stream_has_come_and_gone",
        second_behind_a_stream,
        by_sigint,
    ),
    (
        "the_second_ctrl_c_ends_a_process_that_has_never_waited",
        second_early,
        by_sigint,
    ),
    (
        "on_a_virtual_clock_ctrl_c_is_seen_too",
        on_a_virtual_clock,
        ended_well,
    ),
    (
        "the_second_ctrl_c_ends_the_process_at_once",
        second,
        by_sigint,
    ),
    (
        "after_the_run_sigint_does_what_it_did_before",
        after,
        ended_well,
    ),
    (
        "a_runner_that_is_told_so_leaves_sigint_alone",
        left_alone,
        by_sigint,
    ),
    (
        "a_stream_of_sigint_takes_it_from_the_run",
        taken,
        ended_well,
    ),
    (
        "a_run_that_ignores_sigint_already_is_not_cancelled",
        ignored,
        ended_well,
    ),
];

fn by_sigint(output: &Output) -> bool {
    output.status.signal() == Some(libc::SIGINT)
}

fn by_sigint_at_last(output: &Output) -> bool {
    by_sigint(output) && output.stdout == b"the rest has ended\n"
}

/// Sends Ctrl-C when the loop has slept, then waits for ever.
async fn be_interrupted() {
    sleep(TICK).await;
    ctrl_c();
    std::future::pending().await
}

fn gives_a_value() {
    let said = run(async {
        let caught = catch_cancel(be_interrupted()).await;
        sleep(TICK).await;
        caught.is_err()
    });
    assert!(said);
}

fn ends() {
    run(async {
        spawn(async {
            let _ = catch_cancel(std::future::pending::<()>()).await;
            sleep(TICK).await;
            println!("the rest has ended");
        });
        be_interrupted().await;
    });
    println!("`run` came back");
}

fn runs_again() {
    let runner = Runner::new();
    assert!(matches!(
        runner.run(be_interrupted()),
        Err(RunError::Interrupted)
    ));
    assert_eq!(action(SignalKind::interrupt()), libc::SIG_DFL);
    // The loop has its poller now.
    assert!(matches!(
        runner.run(be_interrupted()),
        Err(RunError::Interrupted)
    ));
    assert_eq!(runner.run(async { 7 }).unwrap(), 7);
    runner.close().unwrap();
}

/// In a loop that turns without a wait, and in one that is about to wait for the first time.
fn early() {
    run(async {
        ctrl_c();
        let turning = async {
            loop {
                yield_now().await;
            }
        };
        assert!(catch_cancel(turning).await.is_err());
    });
    run(async {
        ctrl_c();
        assert!(catch_cancel(std::future::pending::<()>()).await.is_err());
    });
    assert_eq!(action(SignalKind::interrupt()), libc::SIG_DFL);
}

fn late() {
    let runner = Runner::new();
    let computes = runner.run(async { ctrl_c() });
    assert!(matches!(computes, Err(RunError::Interrupted)));
    let yields = runner.run(async {
        ctrl_c();
        yield_now().await;
        9
    });
    assert!(matches!(yields, Err(RunError::Interrupted)));
    assert_eq!(runner.run(async { 7 }).unwrap(), 7);
}

fn second_behind_a_stream() {
    run(async {
        let _ = catch_cancel(be_interrupted()).await;
        drop(signal(SignalKind::interrupt()).unwrap());
        ctrl_c();
        unreachable!("the process should have ended");
    });
}

fn second_early() {
    run(async {
        ctrl_c();
        ctrl_c();
        unreachable!("the process should have ended");
    });
}

fn on_a_virtual_clock() {
    let runner = Runner::with_loop(EventLoop::with_virtual_clock());
    let interrupted = runner.run(be_interrupted());
    assert!(matches!(interrupted, Err(RunError::Interrupted)));
}

fn second() {
    run(async {
        let _ = catch_cancel(be_interrupted()).await;
        ctrl_c();
        unreachable!("the process should have ended");
    });
}

fn after() {
    run(sleep(TICK));
    assert_eq!(action(SignalKind::interrupt()), libc::SIG_DFL);
}

fn left_alone() {
    let _ = Runner::new().cancel_on_ctrl_c(false).run(be_interrupted());
}

fn taken() {
    run(async {
        sleep(TICK).await;
        let mut interrupts = signal(SignalKind::interrupt()).unwrap();
        for _ in 0..3 {
            ctrl_c();
            interrupts.recv().await;
        }
    });
}

fn ignored() {
    // SAFETY: the action is the system's own.
    unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
    run(async {
        sleep(TICK).await;
        ctrl_c();
        sleep(TICK).await;
    });
}

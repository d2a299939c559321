//! Signals, and Ctrl-C in a run. Each statement has a process of its own, and its main thread: without arguments this
//! runs itself once for each; with a name, that one.
#![allow(
    unsafe_code,
    reason = "the tests send signals to their own process, and ask what it does at one"
)]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::time::Duration;
use std::{env, thread};

use final_runtime::{
    EventLoop, RunError, Runner, SignalKind, catch_cancel, run, signal, sleep, spawn, yield_now,
};
use futures_util::{FutureExt, StreamExt, join};

/// Its name, what the process does, and whether that process ended as it should.
type Statement = (&'static str, fn(), fn(&Output) -> bool);

const STATEMENTS: &[Statement] = &[
    (
        "a_signal_is_heard_by_every_stream_of_every_loop",
        every_stream,
        ended_well,
    ),
    (
        "signals_that_nobody_took_meanwhile_are_one",
        are_one,
        ended_well,
    ),
    (
        "what_was_before_is_put_back_when_the_last_stream_goes",
        put_back,
        ended_well,
    ),
    (
        "a_signal_wakes_a_loop_that_sleeps_from_any_thread",
        from_any_thread,
        ended_well,
    ),
    (
        "a_wait_that_is_dropped_or_cancelled_loses_no_signal",
        loses_none,
        ended_well,
    ),
    (
        "what_nobody_can_listen_to_is_refused",
        is_refused,
        ended_well,
    ),
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
        "a_loop_takes_one_doorbell_whoever_listens_first",
        one_doorbell,
        ended_well,
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

fn main() {
    let mut names = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'));
    let wanted = names.next().unwrap_or_default();
    if let Some((_, statement, _)) = STATEMENTS.iter().find(|(name, ..)| *name == wanted) {
        return statement();
    }
    let mut wrong = 0;
    for (name, _, right) in STATEMENTS
        .iter()
        .filter(|(name, ..)| name.contains(&wanted))
    {
        let output = Command::new(env::current_exe().unwrap())
            .arg(name)
            .output()
            .unwrap();
        let said = if right(&output) { "ok" } else { "FAILED" };
        wrong += usize::from(!right(&output));
        println!("test {name} ... {said} ({})", output.status);
        if !right(&output) {
            println!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert_eq!(wrong, 0, "statements that do not hold");
}

fn ended_well(output: &Output) -> bool {
    output.status.success()
}

fn by_sigint(output: &Output) -> bool {
    output.status.signal() == Some(libc::SIGINT)
}

fn by_sigint_at_last(output: &Output) -> bool {
    by_sigint(output) && output.stdout == b"the rest has ended\n"
}

fn send(kind: SignalKind) {
    // SAFETY: it takes no memory.
    unsafe { libc::kill(libc::getpid(), kind.as_raw()) };
}

fn ctrl_c() {
    send(SignalKind::interrupt());
}

/// What the process does at a signal.
fn action(kind: SignalKind) -> usize {
    // SAFETY: zeroes are a `sigaction`, which is filled in.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(kind.as_raw(), std::ptr::null(), &mut action);
        action.sa_sigaction
    }
}

const TICK: Duration = Duration::from_millis(1);

fn every_stream() {
    let (listens, other_listens) = std::sync::mpsc::channel();
    let other = thread::spawn(move || {
        run(async move {
            let mut hangups = signal(SignalKind::hangup()).unwrap();
            listens.send(()).unwrap();
            hangups.recv().await;
        });
    });
    run(async move {
        let mut first = signal(SignalKind::hangup()).unwrap();
        let mut second = signal(SignalKind::hangup()).unwrap();
        other_listens.recv().unwrap();
        send(SignalKind::hangup());
        join!(first.next(), second.next());
    });
    other.join().unwrap();
}

fn are_one() {
    run(async {
        let mut hangups = signal(SignalKind::hangup()).unwrap();
        for _ in 0..1000 {
            send(SignalKind::hangup());
        }
        hangups.recv().await;
        sleep(TICK).await;
        assert!(hangups.recv().now_or_never().is_none());
        send(SignalKind::hangup());
        hangups.recv().await;
    });
}

fn put_back() {
    let kind = SignalKind::user_defined2();
    assert_eq!(action(kind), libc::SIG_DFL);
    run(async move {
        let first = signal(kind).unwrap();
        let second = signal(kind).unwrap();
        drop(first);
        assert_ne!(action(kind), libc::SIG_DFL);
        drop(second);
        assert_eq!(action(kind), libc::SIG_DFL);
    });
}

fn from_any_thread() {
    let event_loop = EventLoop::new();
    let main = event_loop.spawn(async {
        let mut hangups = signal(SignalKind::hangup()).unwrap();
        let thread = thread::spawn(|| {
            thread::sleep(20 * TICK);
            // SAFETY: it takes no memory.
            unsafe { libc::raise(libc::SIGHUP) };
        });
        hangups.recv().await;
        thread.join().unwrap();
    });
    event_loop.run_until_done(&main).unwrap();
}

fn loses_none() {
    run(async {
        let kind = SignalKind::hangup();
        let mut hangups = signal(kind).unwrap();
        assert!(hangups.recv().now_or_never().is_none());
        send(kind);
        hangups.recv().await;
        let task = spawn(async move {
            let caught = catch_cancel(hangups.recv()).await;
            assert!(caught.is_err());
            send(kind);
            hangups.recv().await;
        });
        yield_now().await;
        task.cancel();
        task.await.unwrap();
    });
}

fn is_refused() {
    run(async {
        for number in [libc::SIGKILL, libc::SIGSEGV, 0, -1, 4000] {
            assert!(signal(SignalKind::from_raw(number)).is_err(), "{number}");
        }
    });
    let on_virtual = EventLoop::with_virtual_clock();
    let refused = on_virtual.run_until_complete(async { signal(SignalKind::hangup()).is_err() });
    assert!(refused.unwrap());
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

/// How many descriptors the process has.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn one_doorbell() {
    let listen = || {
        run(async {
            drop(signal(SignalKind::hangup()).unwrap());
        });
    };
    listen();
    let before = descriptors();
    (0..4).for_each(|_| listen());
    assert_eq!(descriptors(), before);
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

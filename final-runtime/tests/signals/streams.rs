//! What is heard at a stream of signals.

use std::thread;

use final_runtime::{EventLoop, SignalKind, catch_cancel, run, signal, sleep, spawn, yield_now};
use futures_util::{FutureExt, StreamExt, join};

use crate::{Statement, TICK, action, ended_well, send};

pub(super) const STATEMENTS: &[Statement] = &[
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
        "a_loop_takes_one_doorbell_whoever_listens_first",
        one_doorbell,
        ended_well,
    ),
];

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

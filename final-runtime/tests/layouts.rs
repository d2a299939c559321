//! Values and futures of every size and alignment, through everything that can happen to them: each is where it may be,
//! holds what it held, and is dropped once.

use std::cell::Cell;
use std::future::pending;

use final_runtime::{
    EventLoop, Future, Outcome, State, TaskBuilder, current_task, scope, spawn, yield_now,
};

thread_local! {
    /// How many probes there are on this thread.
    static ALIVE: Cell<i32> = const { Cell::new(0) };
}

/// Bytes that are looked at whenever they are touched, in a place of the alignment of `A`.
#[repr(C)]
struct Probe<A, const SIZE: usize> {
    bytes: [u8; SIZE],
    align: [A; 0],
}

impl<A, const SIZE: usize> Probe<A, SIZE> {
    fn new() -> Self {
        ALIVE.set(ALIVE.get() + 1);
        Self {
            bytes: std::array::from_fn(|at| at as u8 ^ 0x5a),
            align: [],
        }
    }

    fn check(&self) {
        let address = std::ptr::from_ref(self).addr();
        assert_eq!(address % align_of::<Self>(), 0, "of {}", align_of::<Self>());
        let holds = |(at, byte): (usize, &u8)| *byte == at as u8 ^ 0x5a;
        assert!(self.bytes.iter().enumerate().all(holds));
    }
}

impl<A, const SIZE: usize> Clone for Probe<A, SIZE> {
    fn clone(&self) -> Self {
        self.check();
        Self::new()
    }
}

impl<A, const SIZE: usize> Drop for Probe<A, SIZE> {
    fn drop(&mut self) {
        self.check();
        ALIVE.set(ALIVE.get() - 1);
    }
}

/// What the task holds over a wait.
async fn hold<A, const SIZE: usize>(probe: Probe<A, SIZE>) -> Probe<A, SIZE> {
    probe.check();
    yield_now().await;
    probe.check();
    probe
}

async fn hold_for_ever<A, const SIZE: usize>(probe: Probe<A, SIZE>) {
    probe.check();
    pending::<()>().await;
    unreachable!("{}", probe.bytes.len());
}

async fn hold_and_panic<A, const SIZE: usize>(probe: Probe<A, SIZE>) -> Probe<A, SIZE> {
    yield_now().await;
    probe.check();
    std::panic::resume_unwind(Box::new("with a probe in hand"));
}

async fn joined_aborted_and_panicked<A: 'static, const SIZE: usize>() {
    let probe = Probe::<A, SIZE>::new;
    spawn(hold(probe())).await.unwrap().check();
    let shared = spawn(hold(probe()));
    (&shared).await.unwrap().check();
    shared.result().unwrap().unwrap().check();
    shared.future().await.unwrap().check();
    let eager = TaskBuilder::new().eager();
    eager.spawn(async move { probe() }).await.unwrap().check();
    drop(spawn(hold(probe())));

    let not_begun = spawn(hold(probe()));
    not_begun.cancel();
    let (waiting, panicking) = (
        spawn(hold_for_ever(probe())),
        spawn(hold_and_panic(probe())),
    );
    let overridden = spawn(async move {
        current_task().unwrap().cancel();
        probe()
    });
    yield_now().await;
    waiting.cancel();
    assert!(not_begun.await.err().unwrap().is_cancelled());
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert!(overridden.await.err().unwrap().is_cancelled());
    assert!(panicking.await.is_err());

    let by_hand = Future::new();
    by_hand
        .set_result(probe())
        .unwrap_or_else(|_| unreachable!());
    assert!(by_hand.set_result(probe()).is_err());
    (&by_hand).await.unwrap().check();
    let scoped = spawn(scope(async move |s| {
        s.spawn(hold(probe())).await.check();
        drop(s.spawn(hold_for_ever(probe())));
    }));
    for _ in 0..4 {
        yield_now().await;
    }
    scoped.cancel();
    assert!(scoped.await.unwrap_err().is_cancelled());
}

fn everything<A: 'static, const SIZE: usize>() {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.set_exception_handler(|_| ());
    let run = event_loop.run_until_complete(joined_aborted_and_panicked::<A, SIZE>());
    run.unwrap();
    let probe = Probe::<A, SIZE>::new;
    let (done, kept) = (
        event_loop.spawn(hold(probe())),
        event_loop.spawn(hold(probe())),
    );
    let refused = event_loop.spawn(hold_and_panic(probe()));
    event_loop.spawn(hold_for_ever(probe()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    drop(done);
    event_loop.spawn(hold_for_ever(probe()));
    drop(event_loop);
    assert_eq!(kept.state(), State::Ok);
    kept.result().unwrap().unwrap().check();
    assert_eq!(refused.state(), State::Failed);
    drop((kept, refused));
    assert_eq!(
        ALIVE.get(),
        0,
        "of {SIZE} bytes, aligned to {}",
        align_of::<A>()
    );
}

macro_rules! of_sizes {
    ($align:ty: $($size:literal)*) => { $(everything::<$align, $size>();)* };
}

#[repr(align(64))]
struct Line;

#[repr(align(128))]
struct TwoLines;

#[repr(align(256))]
struct FourLines;

#[repr(align(4096))]
struct Page;

#[test]
fn of_every_size_around_those_at_which_something_changes() {
    of_sizes!(u8: 0 1 7 8 9 64 65 511 512 513);
    of_sizes!(u64: 0 8 504 512 520 960 968 976 1024 1032 20_000);
}

#[test]
fn of_every_alignment() {
    of_sizes!(u128: 0 512 1008);
    of_sizes!(Line: 0 1 512 960 5000);
    of_sizes!(TwoLines: 0 128 896);
    of_sizes!(FourLines: 0 256);
    of_sizes!(Page: 0 4096);
}

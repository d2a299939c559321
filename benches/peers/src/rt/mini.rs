//! The least that an executor of `Future`s can be: an allocation a task (future, result and join waker in it), an `Rc`
//! count a waker, a `VecDeque` as ready queue. No I/O, no timers, no wakes from other threads, no cancel, no panics
//! caught. A yardstick: it prices the contract of `Future` and `Waker`, as the floor prices the work without it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use super::Runtime;

thread_local! {
    static READY: RefCell<VecDeque<Rc<dyn Run>>> = const { RefCell::new(VecDeque::new()) };
    /// The `block_on` future has been woken.
    static MAIN_WOKEN: Cell<bool> = const { Cell::new(false) };
}

/// The waker of the `block_on` future: it needs no data.
const MAIN_VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| RawWaker::new(data, &MAIN_VTABLE),
    |_| MAIN_WOKEN.set(true),
    |_| MAIN_WOKEN.set(true),
    |_| {},
);

trait Run {
    fn run(self: Rc<Self>);
}

trait Finish<T> {
    fn poll_output(&self, cx: &mut Context<'_>) -> Poll<T>;
}

enum Stage<F: Future> {
    Running(F),
    Done(F::Output),
    Gone,
}

struct Task<F: Future> {
    queued: Cell<bool>,
    joiner: RefCell<Option<Waker>>,
    stage: RefCell<Stage<F>>,
}

impl<F: Future + 'static> Task<F> {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(
        // In all four the data is an `Rc<Task<F>>` in raw form, and no waker leaves its thread.
        |data| {
            // SAFETY: the waker that is cloned holds a count, so the task lives; the new one gets its own.
            unsafe { Rc::increment_strong_count(data.cast::<Self>()) };
            RawWaker::new(data, &Self::VTABLE)
        },
        |data| {
            // SAFETY: a wake by value ends the waker, and takes its count with it.
            Self::schedule(unsafe { Rc::from_raw(data.cast()) });
        },
        |data| {
            // SAFETY: the waker keeps its count: this `Rc` is never dropped.
            let task = ManuallyDrop::new(unsafe { Rc::from_raw(data.cast::<Self>()) });
            Self::schedule(Rc::clone(&task));
        },
        |data| {
            // SAFETY: the waker's own count, given back once.
            drop(unsafe { Rc::from_raw(data.cast::<Self>()) });
        },
    );

    fn schedule(task: Rc<Self>) {
        if !task.queued.replace(true) {
            READY.with_borrow_mut(|ready| ready.push_back(task));
        }
    }
}

impl<F: Future + 'static> Run for Task<F> {
    fn run(self: Rc<Self>) {
        self.queued.set(false);
        let raw = RawWaker::new(Rc::as_ptr(&self).cast(), &Self::VTABLE);
        // SAFETY: borrowed from `self`, which outlives it; never dropped.
        let waker = ManuallyDrop::new(unsafe { Waker::from_raw(raw) });
        let mut stage = self.stage.borrow_mut();
        if let Stage::Running(future) = &mut *stage {
            // SAFETY: the future lives in the `Rc` and is never moved out.
            let future = unsafe { Pin::new_unchecked(future) };
            if let Poll::Ready(output) = future.poll(&mut Context::from_waker(&waker)) {
                *stage = Stage::Done(output);
                drop(stage);
                if let Some(joiner) = self.joiner.take() {
                    joiner.wake();
                }
            }
        }
    }
}

impl<F: Future> Finish<F::Output> for Task<F> {
    fn poll_output(&self, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut stage = self.stage.borrow_mut();
        if let Stage::Done(_) = *stage {
            match std::mem::replace(&mut *stage, Stage::Gone) {
                Stage::Done(output) => return Poll::Ready(output),
                _ => unreachable!(),
            }
        }
        *self.joiner.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }
}

pub struct Join<T>(Rc<dyn Finish<T>>);

impl<T> Future for Join<T> {
    type Output = T;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.0.poll_output(cx)
    }
}

fn start<F: Future + 'static>(future: F) -> Rc<Task<F>> {
    let task = Rc::new(Task {
        queued: Cell::new(false),
        joiner: RefCell::new(None),
        stage: RefCell::new(Stage::Running(future)),
    });
    Task::schedule(task.clone());
    task
}

pub struct Mini;

impl Runtime for Mini {
    const NAME: &'static str = "mini";

    type Join<T: 'static> = Join<T>;

    fn new() -> Self {
        Self
    }

    fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        let mut future = pin!(future);
        // SAFETY: the vtable ignores its data.
        let waker = unsafe { Waker::from_raw(RawWaker::new(std::ptr::null(), &MAIN_VTABLE)) };
        let mut cx = Context::from_waker(&waker);
        MAIN_WOKEN.set(true);
        loop {
            let woken = MAIN_WOKEN.replace(false);
            if woken && let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            let round = READY.with_borrow(|ready| ready.len());
            assert!(woken || round > 0, "nothing can ever happen");
            for _ in 0..round {
                let task = READY.with_borrow_mut(|ready| ready.pop_front());
                task.expect("counted").run();
            }
        }
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Join<T> {
        Join(start(future))
    }

    fn spawn_detached(future: impl Future<Output = ()> + 'static) {
        start(future);
    }
}

//! The loop itself, with futures, callbacks and values that follow their scripts and write down what happens to them.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use final_runtime::{
    CallbackId, EventLoop, Handle, JoinError, LoopHandle, Outcome, Report, ReportKind, State, Task,
    sleep, yield_now,
};

use crate::event::{Ended, Event};
use crate::program::{Program, Then};

mod acts;

pub(crate) struct World {
    program: Rc<Program>,
    event_loop: LoopHandle,
    start: Instant,
    handles: RefCell<Vec<Option<Task<Value>>>>,
    wakers: RefCell<Vec<Option<Waker>>>,
    calls: RefCell<Vec<Call>>,
    future_drops: RefCell<Vec<u32>>,
    pub(crate) log: RefCell<Vec<(u64, Event)>>,
}

/// What is kept of a callback that was made.
struct Call {
    handle: Option<Handle>,
    /// The task of which it is to be told.
    of: Option<(usize, CallbackId)>,
    drops: Rc<Cell<u32>>,
}

/// Counts the drops of a callback.
struct Counted(Rc<Cell<u32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// What a task ends with.
struct Value {
    task: usize,
    /// A copy is nobody's loss.
    world: Option<Rc<World>>,
}

impl Clone for Value {
    fn clone(&self) -> Self {
        let (task, world) = (self.task, None);
        Self { task, world }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let Some(world) = self.world.take() else {
            return;
        };
        let (task, program) = (self.task, world.program.clone());
        world.say(Event::ValueDropped { task });
        let script = &program.tasks[task];
        world.act_all(&script.when_value_dropped);
        if script.value_drop_panics {
            resume_unwind(Box::new("a value"));
        }
    }
}

/// The future of a task.
struct Scripted {
    task: usize,
    world: Rc<World>,
    body: Option<Pin<Box<dyn Future<Output = Value>>>>,
}

impl Future for Scripted {
    type Output = Value;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Value> {
        let (task, world) = (self.task, self.world.clone());
        world.say(Event::Polled { task });
        world.wakers.borrow_mut()[task] = Some(cx.waker().clone());
        self.body.as_mut().unwrap().as_mut().poll(cx)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        let (task, world) = (self.task, self.world.clone());
        let body = self.body.take();
        world.guarded(|| drop(body));
        world.say(Event::FutureDropped { task });
        world.future_drops.borrow_mut()[task] += 1;
        let script = &world.program.tasks[task];
        world.act_all(&script.when_dropped);
        if script.drop_panics {
            resume_unwind(Box::new("a future"));
        }
    }
}

fn ended<T>(result: &Result<T, JoinError>) -> Ended {
    match result {
        Ok(_) => Ended::Ok,
        Err(JoinError::Cancelled(_)) => Ended::Cancelled,
        Err(JoinError::AwaitsItself) => Ended::AwaitsItself,
        Err(_) => Ended::Panicked,
    }
}

async fn body(world: Rc<World>, task: usize) -> Value {
    let program = world.program.clone();
    for (actions, then) in &program.tasks[task].steps {
        world.act_all(actions);
        match then {
            Then::Panic => resume_unwind(Box::new("a step")),
            Then::Yield => yield_now().await,
            Then::Sleep { milliseconds } => sleep(Duration::from_millis(*milliseconds)).await,
            Then::Wait => {
                let mut waited = false;
                poll_fn(|_| match std::mem::replace(&mut waited, true) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                })
                .await;
            }
            Then::Glance(target) => {
                let target = world.there(*target).filter(|target| *target != task);
                let Some(target) = target else { continue };
                let join = world.with_handle(target, |handle| {
                    (!handle.is_done()).then(|| handle.into_future())
                });
                let Some(mut join) = join.flatten() else {
                    continue;
                };
                let mut waited = false;
                poll_fn(|cx| match std::mem::replace(&mut waited, true) {
                    true => Poll::Ready(()),
                    false => Pin::new(&mut join)
                        .poll(cx)
                        .map(|_| unreachable!("not done")),
                })
                .await;
                world.guarded(|| drop(join));
            }
            Then::Join { target, by_value } => {
                let Some(target) = world.there(*target) else {
                    continue;
                };
                match by_value {
                    true => {
                        let handle = world.take_handle(target).expect("it is there");
                        world.clone().join(task, target, handle).await;
                    }
                    false => {
                        let join = world.with_handle(target, |handle| handle.into_future());
                        let join = join.expect("it is there");
                        world.clone().join(task, target, join).await;
                    }
                }
            }
        }
    }
    let world = Some(world);
    Value { task, world }
}

impl World {
    pub(crate) fn new(program: &Rc<Program>, event_loop: &EventLoop) -> Rc<Self> {
        let world = Rc::new(Self {
            program: program.clone(),
            event_loop: event_loop.handle(),
            start: event_loop.now(),
            handles: RefCell::default(),
            wakers: RefCell::default(),
            calls: RefCell::default(),
            future_drops: RefCell::default(),
            log: RefCell::default(),
        });
        let told = Rc::downgrade(&world);
        event_loop.set_exception_handler(move |report| {
            if let Some(world) = told.upgrade() {
                world.reported(report);
            }
        });
        world
    }

    fn say(&self, event: Event) {
        let entry = (self.event_loop.turn(), event);
        self.log.borrow_mut().push(entry);
    }

    fn reported(&self, report: &Report) {
        self.say(match report.kind() {
            ReportKind::Callback => Event::CallbackPanicked,
            kind => {
                assert_eq!(kind, ReportKind::Unseen);
                let name = report.task().expect("only tasks fail here");
                let number: usize = name.strip_prefix("Task-").unwrap().parse().unwrap();
                Event::Unseen { task: number - 1 }
            }
        });
    }

    async fn join<F>(self: Rc<Self>, task: usize, target: usize, mut join: F)
    where
        F: Future<Output = Result<Value, JoinError>> + Unpin,
    {
        let result = poll_fn(|cx| Pin::new(&mut join).poll(cx)).await;
        if let Ok(value) = &result {
            assert_eq!(value.task, target);
        }
        let ended = ended(&result);
        self.say(Event::Joined {
            task,
            target,
            ended,
        });
        self.guarded(|| drop(join));
        self.guarded(|| drop(result));
    }

    fn guarded(&self, f: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(f)).is_err() {
            self.say(Event::Caught);
        }
    }

    // ---- what is done and seen from outside ----

    pub(crate) fn drop_handle(&self, task: usize) {
        let handle = self.take_handle(task);
        self.guarded(|| drop(handle));
    }

    pub(crate) fn run_one_turn(&self) {
        self.event_loop.stop();
        assert_eq!(self.event_loop.run_forever(), Outcome::Stopped);
    }

    pub(crate) fn run_until_idle(&self) {
        assert_eq!(self.event_loop.run_forever(), Outcome::Idle);
    }

    pub(crate) fn now(&self) -> u64 {
        (self.event_loop.now() - self.start).as_millis() as u64
    }

    pub(crate) fn turn(&self) -> u64 {
        self.event_loop.turn()
    }

    pub(crate) fn alive(&self) -> Vec<usize> {
        let number = |name: String| {
            name.strip_prefix("Task-")
                .unwrap()
                .parse::<usize>()
                .unwrap()
                - 1
        };
        let tasks = self.event_loop.all_tasks();
        tasks.iter().map(|task| number(task.name())).collect()
    }

    pub(crate) fn handles(&self) -> Vec<(usize, State, u32)> {
        let handles = self.handles.borrow();
        let handles = handles.iter().enumerate();
        handles
            .filter_map(|(number, handle)| {
                let handle = handle.as_ref()?;
                Some((number, handle.state(), handle.cancelling()))
            })
            .collect()
    }

    pub(crate) fn drops(&self) -> (Vec<u32>, Vec<u32>) {
        let calls = self.calls.borrow();
        let callbacks = calls.iter().map(|call| call.drops.get()).collect();
        (self.future_drops.borrow().clone(), callbacks)
    }
}

//! The floor: each workload's necessary work by hand, without futures. A yardstick of the least cost, not a design:
//! it knows each workload.

mod tcp;
mod threads;
mod timers;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::hint::black_box;
use std::rc::Rc;

pub use tcp::serve;

use crate::util::{self, Report, Rng, Stopwatch};
use crate::workloads::Workload;

pub const NAME: &str = "floor";

pub fn run(workload: &Workload) -> Option<Report> {
    fn timed(n: u64, work: impl Fn(u64) -> u64) -> Report {
        let warm_up = (n / 10).max(1);
        assert_eq!(work(warm_up), warm_up);
        let watch = Stopwatch::start();
        let seen = work(n);
        let report = watch.stop(n);
        assert_eq!(seen, n);
        report
    }
    let Workload { n, size, .. } = *workload;
    Some(match workload.name.as_str() {
        "spawn_join" => timed(n, spawn_join),
        "yield_one" => timed(n, |n| yield_rr(n, 1)),
        "yield_rr" => timed(n, |n| yield_rr(n, size)),
        "ping_pong" => timed(n, ping_pong),
        "chained_spawn" => timed(n, chained_spawn),
        "deep_join" => timed(n, |n| deep_join(n, size)),
        "wake_one_of" => timed(n, |n| wake_one_of(n, size)),
        "mem_task" => mem_task(n),
        "timer_cancel" => timed(n, timers::timer_cancel),
        "timer_timeout" => timers::timer_timeout(n, size),
        "timer_fire" => timers::timer_fire(n),
        "thread_wake" => threads::thread_wake(n),
        _ => return None,
    })
}

/// A task: a state machine and its result in one allocation.
struct Slot<F: ?Sized> {
    result: Cell<Option<u64>>,
    step: RefCell<F>,
}

type Task = Rc<Slot<dyn FnMut(&mut Queue) -> Option<u64>>>;

#[derive(Default)]
struct Queue(VecDeque<Task>);

fn task(step: impl FnMut(&mut Queue) -> Option<u64> + 'static) -> Task {
    Rc::new(Slot {
        result: Cell::new(None),
        step: RefCell::new(step),
    })
}

/// Runs one ready task; it goes to the back of the queue while unfinished.
fn run_one(queue: &mut Queue) -> bool {
    let Some(task) = queue.0.pop_front() else {
        return false;
    };
    let result = (task.step.borrow_mut())(queue);
    match result {
        Some(value) => task.result.set(Some(value)),
        None => queue.0.push_back(task),
    }
    true
}

fn spawn_join(n: u64) -> u64 {
    let mut queue = Queue::default();
    let mut handles: Vec<Task> = Vec::with_capacity(1000);
    let mut done = 0;
    let mut left = n;
    while left > 0 {
        let batch = left.min(1000);
        left -= batch;
        for _ in 0..batch {
            let task = task(|_| Some(black_box(1)));
            handles.push(task.clone());
            queue.0.push_back(task);
        }
        while run_one(&mut queue) {}
        for handle in handles.drain(..) {
            done += handle.result.take().expect("finished");
        }
    }
    done
}

fn yield_rr(n: u64, size: u64) -> u64 {
    let count = Rc::new(Cell::new(0));
    let mut queue = Queue::default();
    for i in 0..size {
        let mut left = n / size + u64::from(i < n % size);
        let count = count.clone();
        queue.0.push_back(task(move |_| {
            if left == 0 {
                return Some(1);
            }
            left -= 1;
            count.set(count.get() + 1);
            None
        }));
    }
    while run_one(&mut queue) {}
    count.get()
}

/// Two parked state machines, each putting the other in the queue.
fn ping_pong(n: u64) -> u64 {
    type Step = Box<dyn FnMut(&mut VecDeque<usize>)>;
    let (ping, pong) = (Rc::new(Cell::new(0u64)), Rc::new(Cell::new(0u64)));
    let rounds = Rc::new(Cell::new(0u64));
    let (ping2, pong2, rounds2) = (ping.clone(), pong.clone(), rounds.clone());
    let mut steps: [Step; 2] = [
        Box::new(move |queue| {
            if rounds.get() < n {
                ping.set(pong.get() + 1);
                queue.push_back(1);
            }
        }),
        Box::new(move |queue| {
            pong2.set(ping2.get() + 1);
            rounds2.set(rounds2.get() + 1);
            queue.push_back(0);
        }),
    ];
    let mut queue = VecDeque::from([0]);
    let mut runs = 0;
    while let Some(i) = queue.pop_front() {
        steps[i](&mut queue);
        runs += 1;
    }
    runs / 2
}

fn chained_spawn(n: u64) -> u64 {
    fn step(left: u64, seen: Rc<Cell<u64>>) -> Task {
        task(move |queue| {
            seen.set(seen.get() + 1);
            if left > 1 {
                queue.0.push_back(step(left - 1, seen.clone()));
            }
            Some(1)
        })
    }
    let seen = Rc::new(Cell::new(0));
    let mut queue = Queue::default();
    queue.0.push_back(step(n, seen.clone()));
    while run_one(&mut queue) {}
    seen.get()
}

/// A task spawns its child and parks; the child's end puts it in the queue.
fn deep_join(n: u64, size: u64) -> u64 {
    struct Node {
        depth: u64,
        value: Cell<u64>,
        child: RefCell<Option<Rc<Node>>>,
        parent: Option<Rc<Node>>,
    }
    let mut seen = 0;
    let mut left = n;
    while left > 0 {
        let depth = left.min(size);
        left -= depth;
        let node = |depth, parent| {
            Rc::new(Node {
                depth,
                value: Cell::new(0),
                child: RefCell::new(None),
                parent,
            })
        };
        let root = node(depth, None);
        let mut queue = VecDeque::from([root.clone()]);
        while let Some(task) = queue.pop_front() {
            if let Some(child) = task.child.take() {
                task.value.set(1 + child.value.get());
            } else if task.depth > 1 {
                let child = node(task.depth - 1, Some(task.clone()));
                queue.push_back(child.clone());
                *task.child.borrow_mut() = Some(child);
                continue;
            } else {
                task.value.set(1);
            }
            if let Some(parent) = &task.parent {
                queue.push_back(parent.clone());
            }
        }
        seen += root.value.get();
    }
    seen
}

fn wake_one_of(n: u64, size: u64) -> u64 {
    let runs = Rc::new(Cell::new(0u64));
    let mut tasks: Vec<Box<dyn FnMut()>> = (0..size)
        .map(|_| {
            let runs = runs.clone();
            Box::new(move || runs.set(runs.get() + 1)) as Box<dyn FnMut()>
        })
        .collect();
    let mut rng = Rng::new();
    let mut queue = VecDeque::new();
    for _ in 0..n {
        queue.push_back(rng.below(size) as usize);
        while let Some(i) = queue.pop_front() {
            tasks[i]();
        }
    }
    runs.get()
}

fn mem_task(n: u64) -> Report {
    let started = Rc::new(Cell::new(0u64));
    let before = util::rss();
    let watch = Stopwatch::start();
    let mut parked: Vec<Task> = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let started = started.clone();
        let task = task(move |_| {
            started.set(started.get() + 1);
            None
        });
        (task.step.borrow_mut())(&mut Queue::default());
        parked.push(task);
    }
    let report = watch.stop(n);
    assert_eq!(started.get(), n);
    let bytes = util::rss() - before;
    report.with("bytes", bytes as f64 / n as f64)
}

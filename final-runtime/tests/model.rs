//! Random programs against a plain simulator: which task takes its step when, how each ends, and that nothing is left.
//!
//! A program is driven from outside, by operations between two runs: spawn, wake, wake twice, wake by a stale waker, wake
//! from another thread, cancel, drop a handle, and what a task does at its next step: wait, yield, end, panic. The
//! simulator keeps a queue of numbers and a state for each. `MODEL_OPERATIONS` sets how many there are, `MODEL_SEED` the seed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::thread;

use final_runtime::{EventLoop, Outcome, State, Task};

/// What a task does at its next step.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plan {
    Wait,
    Yield,
    End,
    Panic,
}

/// What the simulator knows of a task.
struct Simulated {
    plan: Rc<Cell<Plan>>,
    queued: bool,
    cancelled: bool,
    state: State,
}

#[derive(Default)]
struct Simulator {
    tasks: Vec<Simulated>,
    queue: VecDeque<usize>,
    steps: Vec<usize>,
}

impl Simulator {
    fn wake(&mut self, task: usize) {
        let known = &mut self.tasks[task];
        if known.state == State::Pending && !known.queued {
            known.queued = true;
            self.queue.push_back(task);
        }
    }

    /// A request ends a task at its turn. One that is queued already keeps its place.
    fn cancel(&mut self, task: usize) {
        self.tasks[task].cancelled |= self.tasks[task].state == State::Pending;
        self.wake(task);
    }

    /// Runs until nothing is queued.
    fn run(&mut self) {
        while let Some(task) = self.queue.pop_front() {
            let known = &mut self.tasks[task];
            known.queued = false;
            if known.cancelled {
                known.state = State::Cancelled;
                continue;
            }
            self.steps.push(task);
            match known.plan.get() {
                Plan::Wait => {}
                Plan::Yield => {
                    known.plan.set(Plan::Wait);
                    self.wake(task);
                }
                Plan::End => known.state = State::Ok,
                Plan::Panic => known.state = State::Failed,
            }
        }
    }
}

/// A small generator of random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % end as u64) as usize
    }
}

struct Real {
    plan: Rc<Cell<Plan>>,
    waker: Rc<RefCell<Option<Waker>>>,
    handle: Option<Task<usize>>,
}

/// Counts the drops of one future.
struct Token(Rc<Cell<u32>>);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

fn round(random: &mut Random, operations: usize) {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.set_exception_handler(|_| ());
    let mut simulator = Simulator::default();
    let steps = Rc::new(RefCell::new(Vec::new()));
    let mut real: Vec<Real> = Vec::new();
    let mut drops: Vec<Rc<Cell<u32>>> = Vec::new();
    for _ in 0..operations {
        let what = random.below(14);
        // Mostly one of the latest, so that some are done and some are not.
        let at = real.len().saturating_sub(1 + random.below(24));
        match what {
            0..3 => {
                let id = real.len();
                let plan = Rc::new(Cell::new(Plan::Wait));
                let simulated = Rc::new(Cell::new(Plan::Wait));
                let waker = Rc::new(RefCell::new(None));
                drops.push(Rc::default());
                let (token, steps) = (Token(drops[id].clone()), steps.clone());
                let (own_plan, own_waker) = (plan.clone(), waker.clone());
                let future = poll_fn(move |cx| {
                    let _held = &token;
                    steps.borrow_mut().push(id);
                    own_waker.replace(Some(cx.waker().clone()));
                    match own_plan.get() {
                        Plan::Wait => Poll::Pending,
                        Plan::Yield => {
                            own_plan.set(Plan::Wait);
                            cx.waker().wake_by_ref();
                            Poll::Pending
                        }
                        Plan::End => Poll::Ready(id),
                        Plan::Panic => std::panic::resume_unwind(Box::new(id)),
                    }
                });
                let handle = Some(event_loop.spawn(future));
                real.push(Real {
                    plan,
                    waker,
                    handle,
                });
                simulator.tasks.push(Simulated {
                    plan: simulated,
                    queued: false,
                    cancelled: false,
                    state: State::Pending,
                });
                simulator.wake(id);
            }
            _ if real.is_empty() => {}
            3..7 => {
                // Also of a task that is done, whose slot another has by now.
                let waker = real[at].waker.borrow().clone();
                if let Some(waker) = waker {
                    waker.wake_by_ref();
                    if what == 6 {
                        waker.wake_by_ref();
                    }
                    // Outside a run each wake goes through the inbox, behind what is queued; all keep their order.
                    if what == 5 {
                        let relayed = waker.clone();
                        if random.below(32) == 0 {
                            thread::spawn(move || relayed.wake()).join().unwrap();
                        }
                    }
                    simulator.wake(at);
                    settle(&event_loop, &mut simulator);
                }
            }
            7..10 => {
                let plan = [Plan::Wait, Plan::Yield, Plan::End, Plan::Panic][random.below(4)];
                real[at].plan.set(plan);
                simulator.tasks[at].plan.set(plan);
            }
            10 => {
                if let Some(handle) = &real[at].handle {
                    assert_eq!(handle.cancel(), simulator.tasks[at].state == State::Pending);
                    simulator.cancel(at);
                }
            }
            11 => drop(real[at].handle.take()),
            _ => settle(&event_loop, &mut simulator),
        }
        if what > 11 {
            check(&real, &simulator, &steps, &drops);
        }
    }
    settle(&event_loop, &mut simulator);
    check(&real, &simulator, &steps, &drops);
    let pending = simulator
        .tasks
        .iter()
        .filter(|task| task.state == State::Pending);
    assert_eq!(event_loop.all_tasks().len(), pending.count());
    event_loop.close();
    assert_eq!(event_loop.all_tasks(), []);
    assert!(drops.iter().all(|drops| drops.get() == 1));
}

fn settle(event_loop: &EventLoop, simulator: &mut Simulator) {
    loop {
        match event_loop.run_forever() {
            Outcome::Idle => break,
            Outcome::Stopped => {}
        }
    }
    simulator.run();
}

fn check(
    real: &[Real],
    simulator: &Simulator,
    steps: &RefCell<Vec<usize>>,
    drops: &[Rc<Cell<u32>>],
) {
    assert_eq!(*steps.borrow(), simulator.steps);
    for (id, (real, simulated)) in real.iter().zip(&simulator.tasks).enumerate() {
        if let Some(handle) = &real.handle {
            assert_eq!(handle.state(), simulated.state, "of task {id}");
        }
        let dropped = u32::from(simulated.state != State::Pending);
        assert_eq!(drops[id].get(), dropped, "drops of task {id}");
    }
}

#[test]
fn random_programs_take_the_steps_of_a_plain_simulator_and_leave_nothing() {
    let mut random = Random(number("MODEL_SEED", 1));
    let rounds = number("MODEL_OPERATIONS", 100_000) / 250;
    for _ in 0..rounds {
        round(&mut random, 250);
    }
}

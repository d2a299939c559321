//! Random programs against a plain simulator: which step is taken in which turn, what each task finds, how each ends, and
//! that everything is dropped once.
//!
//! A program is a list of scripts: what each task does in its steps (spawn, wake, ask to cancel, drop a handle, call
//! something, wait, yield, sleep, await another task, panic), what it does when its future or its value is dropped, what
//! callbacks do, and what happens to the loop from outside between two turns. Scripts do the same things wherever they
//! run. The [reference](reference) follows them with a queue and a list; the [real] loop must write down the same events.
//!
//! `MODEL_PROGRAMS` sets how many programs there are, `MODEL_SEED` the seed of the first; each has the next seed.

use std::fmt::Write as _;
use std::rc::Rc;

use final_runtime::EventLoop;

#[path = "../common/mod.rs"]
mod common;
mod event;
mod program;
mod real;
mod reference;

use common::random::number;
use program::{Outside, Program};
use real::World;
use reference::Reference;

/// A program on its way, in both.
struct Both<'a> {
    seed: u64,
    real: Rc<World>,
    reference: Reference<'a>,
    compared: usize,
}

impl Both<'_> {
    fn compare(&mut self) {
        let log = self.real.log.borrow();
        let expected = &self.reference.log;
        let both = log.iter().zip(expected).skip(self.compared);
        let same = both.take_while(|(found, expected)| found == expected);
        self.compared += same.count();
        if self.compared < log.len().max(expected.len()) {
            let mut text = format!("the program of seed {} differs", self.seed);
            let from = self.compared.saturating_sub(12);
            for at in from..self.compared + 4 {
                let (found, expected) = (log.get(at), expected.get(at));
                let mark = if found == expected { ' ' } else { '!' };
                let _ = write!(text, "\n{mark} found {found:?}\n  expected {expected:?}");
            }
            panic!("{text}");
        }
        let (seed, real, reference) = (self.seed, &self.real, &self.reference);
        assert_eq!(real.turn(), reference.turn, "turn, seed {seed}");
        assert_eq!(real.now(), reference.now, "time, seed {seed}");
        assert_eq!(real.alive(), reference.alive(), "tasks, seed {seed}");
        assert_eq!(real.handles(), reference.handles(), "seed {seed}");
        let (futures, callbacks) = reference.drops();
        let callbacks = callbacks.into_iter().map(u32::from).collect();
        assert_eq!(real.drops(), (futures, callbacks), "drops, seed {seed}");
    }
}

/// How many events it had.
fn compare(seed: u64) -> usize {
    let program = Rc::new(Program::random(seed));
    let event_loop = EventLoop::with_virtual_clock();
    let mut both = Both {
        seed,
        real: World::new(&program, &event_loop),
        reference: Reference::new(&program),
        compared: 0,
    };
    for outside in &program.outside {
        match outside {
            Outside::Act(action) => {
                both.real.act(*action);
                both.reference.act(*action);
            }
            Outside::RunOneTurn => {
                both.real.run_one_turn();
                both.reference.run_turn(false);
            }
            Outside::RunUntilIdle => {
                both.real.run_until_idle();
                while both.reference.run_turn(true) {}
            }
        }
        both.compare();
    }
    event_loop.close();
    both.reference.close();
    both.compare();
    let mut event_loop = Some(event_loop);
    for (at, task) in program.handles_go.iter().enumerate() {
        if at == program.loop_goes {
            drop(event_loop.take());
        }
        both.real.drop_handle(*task);
        if both.reference.spawned() > *task {
            both.reference.drop_handle(*task);
        }
        both.compare();
    }
    let (futures, callbacks) = both.real.drops();
    assert!(futures.iter().chain(&callbacks).all(|drops| *drops == 1));
    assert_eq!(both.reference.values(), 0);
    both.compared
}

#[test]
fn random_programs_take_the_steps_of_a_plain_simulator_and_leave_nothing() {
    let (first, programs) = (number("MODEL_SEED", 1), number("MODEL_PROGRAMS", 3000));
    println!("seeds {first} to {}", first + programs - 1);
    let events: usize = (first..first + programs).map(compare).sum();
    println!("{events} events");
}

//! Broken on purpose: a turn that also takes what was queued during the turn never ends.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::Location;

use chapter_01::trace::{Lane, Trace};

/// What this loop runs: a function that is lent the loop.
type Callback = fn(&Greedy);

/// A loop as it must not be.
#[derive(Default)]
struct Greedy {
    ready: RefCell<VecDeque<(&'static str, Callback)>>,
    stopping: Cell<bool>,
    ticks: Cell<u32>,
    trace: Trace,
}

impl Greedy {
    fn call_soon(&self, name: &'static str, callback: Callback) {
        self.ready.borrow_mut().push_back((name, callback));
    }

    fn run_forever(&self) {
        while !self.stopping.get() {
            self.trace.next_turn();
            self.run_until_empty();
        }
    }

    /// The flaw: "until nothing is ready" instead of "what was ready when the turn began".
    fn run_until_empty(&self) {
        loop {
            let Some((name, callback)) = self.ready.borrow_mut().pop_front() else {
                break;
            };
            self.record(name, "run");
            callback(self);
        }
    }

    #[track_caller]
    fn record(&self, name: &str, event: &'static str) {
        self.trace
            .record(Lane::Running, name, event, "", Location::caller());
    }
}

fn main() {
    let greedy = Greedy::default();
    greedy.call_soon("ticker", tick);
    greedy.call_soon("bell", |greedy| {
        greedy.record("bell", "stop");
        greedy.stopping.set(true);
    });
    greedy.run_forever();
    greedy.trace.report();
}

/// Queues itself again; the limit is there so that this program ends.
fn tick(greedy: &Greedy) {
    greedy.ticks.set(greedy.ticks.get() + 1);
    if greedy.ticks.get() < 6 {
        greedy.call_soon("ticker", tick);
    }
}

//! A timer wheel of 1 ms, cut to the workloads.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::util::{Report, Rng, Stopwatch};

/// A 1 ms wheel of 2^N slots of intrusive doubly linked lists in a slab.
struct Wheel {
    start: Instant,
    now: u64,
    heads: Vec<u32>,
    nodes: Vec<Node>,
    free: u32,
}

#[derive(Clone, Copy)]
struct Node {
    next: u32,
    prev: u32,
    tick: u64,
}

const NIL: u32 = u32::MAX;

impl Wheel {
    fn new(slots: usize) -> Self {
        assert!(slots.is_power_of_two());
        Wheel {
            start: Instant::now(),
            now: 0,
            heads: vec![NIL; slots],
            nodes: vec![],
            free: NIL,
        }
    }

    fn slot(&self, tick: u64) -> usize {
        tick as usize & (self.heads.len() - 1)
    }

    /// The deadline is rounded up to the next tick.
    fn arm(&mut self, deadline: Instant) -> u32 {
        let tick = ((deadline - self.start).as_nanos() as u64)
            .div_ceil(1_000_000)
            .max(self.now + 1);
        let slot = self.slot(tick);
        let next = self.heads[slot];
        let node = Node {
            next,
            prev: NIL,
            tick,
        };
        let id = if self.free != NIL {
            let id = self.free;
            self.free = self.nodes[id as usize].next;
            self.nodes[id as usize] = node;
            id
        } else {
            self.nodes.push(node);
            self.nodes.len() as u32 - 1
        };
        if next != NIL {
            self.nodes[next as usize].prev = id;
        }
        self.heads[slot] = id;
        id
    }

    fn remove(&mut self, id: u32) {
        let Node { next, prev, tick } = self.nodes[id as usize];
        let slot = self.slot(tick);
        if prev == NIL {
            self.heads[slot] = next;
        } else {
            self.nodes[prev as usize].next = next;
        }
        if next != NIL {
            self.nodes[next as usize].prev = prev;
        }
        self.nodes[id as usize].next = self.free;
        self.free = id;
    }

    fn fire(&mut self, mut fired: impl FnMut(u32)) {
        let target = self.start.elapsed().as_millis() as u64;
        while self.now < target {
            self.now += 1;
            let mut id = self.heads[self.slot(self.now)];
            while id != NIL {
                let Node { next, tick, .. } = self.nodes[id as usize];
                if tick <= self.now {
                    fired(id);
                    self.remove(id);
                }
                id = next;
            }
        }
    }

    fn sleep_to_next_tick(&self) {
        let next = self.start + Duration::from_millis(self.now + 1);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

pub fn timer_cancel(n: u64) -> u64 {
    let mut rng = Rng::new();
    let mut wheel = Wheel::new(2048);
    let mut batch = Vec::with_capacity(1000);
    let (mut armed, mut kept, mut fired) = (0, 0, 0);
    while armed < n {
        for _ in 0..(n - armed).min(1000) {
            batch.push(wheel.arm(Instant::now() + rng.duration(Duration::from_secs(1))));
            armed += 1;
        }
        for (i, id) in batch.drain(..).enumerate() {
            if i % 10 == 0 {
                kept += 1;
            } else {
                wheel.remove(id);
            }
        }
        wheel.fire(|_| fired += 1);
    }
    while fired < kept {
        wheel.sleep_to_next_tick();
        wheel.fire(|_| fired += 1);
    }
    armed
}

pub fn timer_timeout(n: u64, size: u64) -> Report {
    let mut rng = Rng::new();
    let mut wheel = Wheel::new(1 << 17);
    for _ in 0..size {
        wheel.arm(Instant::now() + Duration::from_secs(60) + rng.duration(Duration::from_secs(60)));
    }
    let mut fired = 0;
    let watch = Stopwatch::start();
    for i in 0..n {
        let near = Duration::from_secs(1) + rng.duration(Duration::from_secs(1));
        let id = wheel.arm(Instant::now() + near);
        wheel.remove(black_box(id));
        if i % 64 == 0 {
            wheel.fire(|_| fired += 1);
        }
    }
    let report = watch.stop(n);
    assert_eq!(fired, 0);
    report
}

pub fn timer_fire(n: u64) -> Report {
    let mut rng = Rng::new();
    let watch = Stopwatch::start();
    let mut wheel = Wheel::new(2048);
    let mut deadlines: Vec<Instant> = Vec::with_capacity(n as usize);
    let mut late: Vec<u64> = Vec::with_capacity(n as usize);
    for _ in 0..n {
        let deadline = Instant::now() + rng.duration(Duration::from_secs(1));
        assert_eq!(wheel.arm(deadline) as usize, deadlines.len());
        deadlines.push(deadline);
    }
    while late.len() < n as usize {
        wheel.fire(|id| {
            late.push(
                Instant::now()
                    .duration_since(deadlines[id as usize])
                    .as_nanos() as u64,
            )
        });
        wheel.sleep_to_next_tick();
    }
    let report = watch.stop(n);
    report.with_lateness(late)
}

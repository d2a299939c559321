//! Ops on what tasks share.

use super::{Generator, object};
use crate::json::Json;

/// The objects that a program has: name, declaration. `C` lends out a lock of its own, `D` the lock `L`.
pub(super) fn objects(generator: &mut Generator) -> Vec<(&'static str, Json)> {
    let declared = |kind: &str, pairs: Vec<(&str, Json)>| {
        object(
            [("type", Json::from(kind))]
                .into_iter()
                .chain(pairs)
                .collect(),
        )
    };
    let bounded = generator.chance(50);
    let kind = generator.pick(&["fifo", "fifo", "lifo", "priority"]);
    vec![
        ("L", declared("lock", vec![])),
        ("M", declared("lock", vec![])),
        ("E", declared("event", vec![])),
        ("C", declared("condition", vec![])),
        ("D", declared("condition", vec![("lock", "L".into())])),
        (
            "S",
            declared("semaphore", vec![("value", generator.number(3).into())]),
        ),
        (
            "B",
            declared(
                "semaphore",
                vec![
                    ("value", (1 + generator.number(2)).into()),
                    ("bounded", bounded.into()),
                ],
            ),
        ),
        (
            "P",
            declared(
                "barrier",
                vec![("parties", (1 + generator.number(3)).into())],
            ),
        ),
        (
            "Q",
            declared(
                "queue",
                vec![
                    ("kind", kind.into()),
                    ("maxsize", generator.number(3).into()),
                ],
            ),
        ),
        (
            "U",
            declared("queue", vec![("maxsize", (1 + generator.number(2)).into())]),
        ),
    ]
}

/// What a program is mostly about, so that tasks meet.
#[derive(Clone, Copy)]
pub(super) enum Theme {
    Locks,
    Conditions,
    Semaphores,
    Barriers,
    Queues,
    Events,
}

impl Theme {
    pub(super) fn any(generator: &mut Generator) -> Self {
        match generator.below(8) {
            0 => Self::Locks,
            1 | 2 => Self::Conditions,
            3 => Self::Semaphores,
            4 => Self::Barriers,
            5 | 6 => Self::Queues,
            _ => Self::Events,
        }
    }
}

impl Generator {
    /// An op of a task that may wait for what is shared.
    pub(super) fn shared(&mut self, depth: u64) -> Json {
        let theme = match self.chance(80) {
            true => self.theme,
            false => Theme::any(self),
        };
        match theme {
            Theme::Locks => {
                let held = self.pick(&["L", "L", "L", "M"]);
                self.held(held, depth)
            }
            Theme::Semaphores => {
                let held = self.pick(&["S", "S", "B"]);
                self.held(held, depth)
            }
            Theme::Conditions => self.condition_block(depth),
            Theme::Barriers => match self.below(8) {
                0 => op!("barrier_reset", "barrier" => "P"),
                1 if self.chance(50) => op!("barrier_abort", "barrier" => "P"),
                _ => op!("barrier_wait", "barrier" => "P"),
            },
            Theme::Queues => match self.below(9) {
                0..=3 => op!("put", "queue" => self.queue(), "value" => self.number(9)),
                4..=6 => op!("get", "queue" => self.queue()),
                7 => op!("join", "queue" => self.queue()),
                _ => self.guarded_refusal(),
            },
            Theme::Events => match self.below(5) {
                0 | 1 => op!("event_wait", "event" => "E"),
                2 => op!("event_clear", "event" => "E"),
                3 => op!("event_set", "event" => "E"),
                _ => self.held("L", depth),
            },
        }
    }

    fn held(&mut self, held: &str, depth: u64) -> Json {
        match self.below(8) {
            0..=3 => op!("with", "obj" => held, "body" => self.body(depth + 1)),
            4 | 5 => {
                let inside = op!("yield", "n" => 1 + self.number(3));
                op!("with", "obj" => held, "body" => Json::list([inside]))
            }
            6 => {
                let acquire = op!("acquire", "obj" => held);
                let inside = op!("yield", "n" => 1 + self.number(3));
                let release = op!("release", "obj" => held);
                op!("repeat", "n" => 1, "body" => Json::list([acquire, inside, release]))
            }
            _ => op!("acquire", "obj" => held),
        }
    }

    fn queue(&mut self) -> &'static str {
        match self.chance(50) {
            true => "Q",
            false => "U",
        }
    }

    /// A block with a condition's lock in hand, which waits or notifies.
    fn condition_block(&mut self, depth: u64) -> Json {
        let condition = self.pick(&["C", "C", "C", "D"]);
        // The lock that `D` lends out may be held by its own name.
        let held = match condition {
            "D" if self.chance(50) => "L",
            name => name,
        };
        let inside = match self.below(6) {
            0..=2 => op!("cond_wait", "cond" => condition),
            3 => {
                op!("cond_wait_for", "cond" => condition, "var" => "v", "ge" => 1 + self.number(3))
            }
            4 => op!("cond_notify", "cond" => condition, "n" => 1 + self.number(2)),
            _ => op!("cond_notify_all", "cond" => condition),
        };
        let mut ops = Vec::new();
        if self.chance(30) {
            ops.push(op!("add", "var" => "v"));
        }
        ops.push(match self.chance(30) {
            true => self.guarded(inside),
            false => inside,
        });
        if self.chance(30) {
            ops.push(self.op(depth + 1));
        }
        op!("with", "obj" => held, "body" => Json::list(ops))
    }

    /// A handler around one op: what was cancelled looks at what it holds, and goes on.
    fn guarded(&mut self, inside: Json) -> Json {
        let handler = object(vec![
            ("catch", Json::list(["all".into()])),
            ("body", Json::list([op!("locked", "obj" => "L")])),
            ("then", self.pick(&["swallow", "reraise"]).into()),
        ]);
        op!("try", "body" => Json::list([inside]), "except" => Json::list([handler]))
    }

    /// An op that often raises, and a handler.
    fn guarded_refusal(&mut self) -> Json {
        let refusal = self.shared_refusal(true);
        self.guarded(refusal)
    }

    /// An op on what is shared that does not wait, and does not raise.
    pub(super) fn shared_call(&mut self) -> Json {
        match self.below(9) {
            0..=2 => op!("event_set", "event" => "E"),
            3 => op!("event_clear", "event" => "E"),
            4 => op!("event_is_set", "event" => "E"),
            5 => op!("locked", "obj" => self.pick(&["L", "M", "C", "S", "B"])),
            6 => op!("barrier_state", "barrier" => "P"),
            7 => op!("qsize", "queue" => self.queue()),
            _ => op!("release", "obj" => "S"),
        }
    }

    /// An op on what is shared that may raise; of those that may wait only in a task.
    pub(super) fn shared_refusal(&mut self, in_task: bool) -> Json {
        match self.below(12) {
            0 => op!("release", "obj" => self.pick(&["L", "M", "C", "B"])),
            1 => op!("cond_notify", "cond" => self.pick(&["C", "D"]), "n" => 1 + self.number(2)),
            2 => op!("cond_notify_all", "cond" => self.pick(&["C", "D"])),
            3 if in_task => op!("cond_wait", "cond" => self.pick(&["C", "D"])),
            3..=6 => op!("put_nowait", "queue" => self.queue(), "value" => self.number(9)),
            7 | 8 => op!("get_nowait", "queue" => self.queue()),
            9 | 10 => op!("task_done", "queue" => self.queue()),
            _ => op!("shutdown", "queue" => self.queue(), "immediate" => self.chance(50)),
        }
    }
}

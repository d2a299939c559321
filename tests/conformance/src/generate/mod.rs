//! Random programs of the format, to be compared with what asyncio makes of them.

use std::rc::Rc;

use crate::json::Json;

/// Puts an op together: `op!("sleep", "ms" => 3)`.
macro_rules! op {
    ($name:expr $(, $key:expr => $value:expr)* $(,)?) => {
        $crate::generate::object(vec![("op", Json::from($name)) $(, ($key, Json::from($value)))*])
    };
}

mod calls;
mod shared;

use shared::Theme;

/// The longest list of ops.
const LONGEST: u64 = 5;
/// How deep bodies nest.
const DEEPEST: u64 = 3;

/// The owner of a body that any task may run.
const ROUTINE: &str = "r";

/// A random program.
pub fn program(seed: u64) -> Json {
    Generator::new(seed).program()
}

/// Makes one program.
struct Generator {
    state: u64,
    tasks: Vec<String>,
    /// The task whose body is made.
    owner: String,
    futures: Vec<String>,
    /// How many ops in a hundred are about what tasks share.
    sharing: u64,
    theme: Theme,
    /// How many names of each kind were given out: handles, callbacks, timeouts, groups, stored futures.
    handles: u64,
    callbacks: u64,
    timeouts: u64,
    groups: u64,
    stored: u64,
}

fn object(pairs: Vec<(&str, Json)>) -> Json {
    let pairs = pairs.into_iter().map(|(key, value)| (Rc::from(key), value));
    Json::Object(pairs.collect())
}

impl Generator {
    fn new(seed: u64) -> Self {
        Self {
            state: seed,
            tasks: Vec::new(),
            owner: String::new(),
            futures: Vec::new(),
            sharing: 0,
            theme: Theme::Locks,
            handles: 0,
            callbacks: 0,
            timeouts: 0,
            groups: 0,
            stored: 0,
        }
    }

    /// A number below `end` (splitmix64).
    fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn number(&mut self, end: u64) -> i64 {
        i64::try_from(self.below(end)).expect("small")
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.below(from.len() as u64)).expect("small");
        from[at]
    }

    fn task(&mut self) -> Json {
        let tasks = self.tasks.clone();
        let at = usize::try_from(self.below(tasks.len() as u64)).expect("small");
        Json::text(&tasks[at])
    }

    fn future(&mut self) -> Json {
        let at = usize::try_from(self.below(self.futures.len() as u64)).expect("small");
        Json::text(&self.futures[at])
    }

    /// Something to wait for. A task that waits for itself breaks the task it is in CPython, for everybody, so none does.
    fn target(&mut self) -> Json {
        if self.owner == ROUTINE || self.chance(30) {
            return self.future();
        }
        match self.task() {
            own if own.as_str() == Some(&self.owner) => self.future(),
            other => other,
        }
    }

    fn targets(&mut self) -> Json {
        let count = 1 + self.below(3);
        Json::list((0..count).map(|_| self.target()))
    }

    fn program(&mut self) -> Json {
        let tasks = 2 + self.below(4);
        self.sharing = [0, 25, 60][usize::try_from(self.below(3)).expect("small")];
        self.theme = Theme::any(self);
        self.tasks = (0..tasks)
            .map(|n| format!("t{n}"))
            .chain(["main".to_owned()])
            .collect();
        self.futures = (0..=self.below(2)).map(|n| format!("f{n}")).collect();
        let mut bodies: Vec<(Rc<str>, Json)> = Vec::new();
        for name in self.tasks.clone() {
            self.owner = name.clone();
            let mut ops = self.body(0).items().to_vec();
            if name == "main" {
                // Main begins the others, or most of them: otherwise little would happen.
                let spawns = (0..tasks).filter(|_| self.chance(80)).collect::<Vec<_>>();
                let spawns = spawns
                    .into_iter()
                    .map(|n| op!("spawn", "task" => &*format!("t{n}")));
                ops = spawns.chain(ops).collect();
            }
            bodies.push((name.as_str().into(), Json::list(ops)));
        }
        bodies.reverse();
        self.owner = ROUTINE.to_owned();
        let routine = Json::Object(Rc::new([("r".into(), self.body(2))]));
        let future = |name: &String| {
            (
                name.as_str().into(),
                object(vec![("type", "future".into())]),
            )
        };
        let futures: Vec<(Rc<str>, Json)> = self.futures.iter().map(future).collect();
        let shared = shared::objects(self).into_iter();
        let shared = shared.map(|(name, declaration)| (name.into(), declaration));
        let objects = Json::Object(futures.into_iter().chain(shared).collect());
        let mode = self.pick(&["idle", "idle", "complete", "run", "run", "steps"]);
        let mut program = vec![
            ("tasks", Json::Object(bodies.into())),
            ("routines", routine),
            ("objects", objects),
            ("mode", mode.into()),
        ];
        if mode == "steps" {
            program.push(("steps", self.steps()));
        }
        object(program)
    }

    fn steps(&mut self) -> Json {
        let mut steps = vec![object(vec![(
            "do",
            Json::list([op!("spawn", "task" => "main")]),
        )])];
        for _ in 0..=self.below(3) {
            steps.push(match self.below(3) {
                0 => object(vec![("run_until_complete", self.task())]),
                1 => object(vec![("do", Json::list([self.plain(false)]))]),
                _ => object(vec![("run_forever", true.into())]),
            });
        }
        Json::list(steps)
    }

    /// A list of ops of a task.
    fn body(&mut self, depth: u64) -> Json {
        let mut ops = Vec::new();
        for _ in 0..1 + self.below(LONGEST - depth.min(3)) {
            if self.chance(4) {
                self.stored(&mut ops);
            } else {
                ops.push(self.op(depth));
            }
        }
        if self.chance(12) {
            ops.push(op!("return", "value" => self.number(9)));
        }
        Json::list(ops)
    }

    /// A gather or a shield that is kept, and what becomes of it.
    fn stored(&mut self, ops: &mut Vec<Json>) {
        self.stored += 1;
        let name = format!("s{}", self.stored);
        let all = self.chance(40);
        ops.push(match self.chance(60) {
            true => {
                op!("gather", "of" => self.targets(), "return_exceptions" => all, "as" => &*name)
            }
            false => op!("shield", "target" => self.target(), "as" => &*name),
        });
        for _ in 0..self.below(3) {
            let op = self.op(DEEPEST);
            ops.push(op);
        }
        ops.push(match self.below(3) {
            0 => op!("cancel_future", "future" => &*name),
            1 => op!("state", "target" => &*name),
            _ => op!("await", "target" => &*name),
        });
    }

    fn op(&mut self, depth: u64) -> Json {
        if depth < DEEPEST && self.chance(self.sharing) {
            return self.shared(depth);
        }
        let nested = if depth < DEEPEST { 5 } else { 0 };
        match self.below(26 + nested) {
            0..=3 => op!("sleep", "ms" => 1 + self.number(6)),
            4..=5 => op!("yield", "n" => 1 + self.number(3)),
            6..=7 => op!("await", "target" => self.target()),
            8 => op!("gather", "of" => self.targets(), "return_exceptions" => self.chance(40)),
            9 => self.wait(),
            10 => op!("wait_for", "target" => self.target(), "timeout" => self.limit()),
            11 => op!("shield", "target" => self.target()),
            12 => self.as_completed(),
            13 => self.caught(),
            14..=15 => op!("cancel", "task" => self.task()),
            16 => match self.below(8) {
                0 => op!("raise_cancelled"),
                // The routine does not call itself: it would never come to an end.
                1 if self.owner != ROUTINE => op!("call", "routine" => "r"),
                _ => op!("raise", "error" => self.pick(&["A", "B"])),
            },
            17..=25 => self.plain(true),
            26 | 27 => self.try_op(depth),
            28 => self.timeout(depth),
            29 => self.task_group(depth),
            _ => match self.chance(60) {
                true => op!("wait_for", "body" => self.body(depth + 1), "timeout" => self.limit()),
                false => op!("repeat", "n" => 2, "body" => self.body(depth + 1)),
            },
        }
    }

    fn limit(&mut self) -> Json {
        match self.below(8) {
            0 => Json::Null,
            1 => Json::Int(0),
            _ => Json::Int(1 + self.number(8)),
        }
    }

    fn wait(&mut self) -> Json {
        let when = self.pick(&["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"]);
        match self.chance(50) {
            true => {
                op!("wait", "of" => self.targets(), "when" => when, "timeout" => self.number(9))
            }
            false => op!("wait", "of" => self.targets(), "when" => when),
        }
    }

    fn as_completed(&mut self) -> Json {
        let catch = self.chance(60);
        match self.chance(40) {
            true => {
                op!("as_completed", "of" => self.targets(), "catch" => catch, "timeout" => self.number(9))
            }
            false => op!("as_completed", "of" => self.targets(), "catch" => catch),
        }
    }

    /// Something that often raises, and a handler.
    fn caught(&mut self) -> Json {
        let body = match self.below(4) {
            _ if self.chance(self.sharing) => self.shared_refusal(),
            0 => op!("result", "target" => self.target()),
            1 => op!("exception", "target" => self.target()),
            2 => op!("set_result", "future" => self.future(), "value" => self.number(9)),
            _ => op!("set_exception", "future" => self.future(), "error" => "F"),
        };
        self.caught_op(body)
    }

    fn caught_op(&mut self, op: Json) -> Json {
        let handler = object(vec![
            ("catch", Json::list(["any".into()])),
            ("body", Json::list([])),
            ("then", "swallow".into()),
        ]);
        op!("try", "body" => Json::list([op]), "except" => Json::list([handler]))
    }

    fn try_op(&mut self, depth: u64) -> Json {
        let kinds = [
            "cancelled",
            "cancelled",
            "all",
            "any",
            "timeout",
            "user",
            "group",
        ];
        let kind = self.pick(&kinds);
        let handler = object(vec![
            ("catch", Json::list([kind.into()])),
            ("body", self.body(depth + 1)),
            ("then", self.pick(&["swallow", "reraise"]).into()),
        ]);
        let body = self.body(depth + 1);
        if self.chance(30) {
            // No `return` in here.
            let last = Json::list([self.op(DEEPEST)]);
            return op!("try", "body" => body, "except" => Json::list([handler]), "finally" => last);
        }
        op!("try", "body" => body, "except" => Json::list([handler]))
    }

    fn timeout(&mut self, depth: u64) -> Json {
        self.timeouts += 1;
        let name = format!("d{}", self.timeouts);
        let ms = self.limit();
        op!("timeout", "ms" => ms, "as" => &*name, "body" => self.body(depth + 1))
    }

    fn task_group(&mut self, depth: u64) -> Json {
        self.groups += 1;
        let name = format!("g{}", self.groups);
        let mut ops: Vec<Json> = Vec::new();
        for _ in 0..self.below(3) {
            ops.push(op!("tg_spawn", "group" => &*name, "task" => self.task()));
        }
        ops.extend_from_slice(self.body(depth + 1).items());
        op!("taskgroup", "as" => &*name, "body" => Json::list(ops))
    }
}

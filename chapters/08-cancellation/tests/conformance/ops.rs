//! Ops that may wait: the body of a task.

use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{
    Cancelled, Failure, GroupError, Timeout, catch_cancel, gather, gather_outcomes, shield, sleep,
    task_group,
};
use conformance::json::Json;

use crate::world::{World, encode, error, millis};

/// How a list of ops ended.
pub(crate) enum Flow {
    /// All were done.
    Next,
    /// One of them left the routine with a value.
    Return(Json),
}

impl Flow {
    fn value(self) -> Json {
        match self {
            Flow::Next => Json::Null,
            Flow::Return(value) => value,
        }
    }
}

type Ops = Pin<Box<dyn Future<Output = Result<Flow, Failure>>>>;

/// The text under `key`.
pub(crate) fn text<'a>(op: &'a Json, key: &str) -> &'a str {
    let text = op.get(key).and_then(Json::as_str);
    text.unwrap_or_else(|| panic!("an op wants `{key}`: {op}"))
}

/// The value under `key`, `null` if there is none.
pub(crate) fn value(op: &Json, key: &str) -> Json {
    op.get(key).cloned().unwrap_or(Json::Null)
}

impl World {
    /// The body of a task, from its start to its end.
    pub(crate) async fn task(self: Rc<Self>, name: Rc<str>) -> Result<Json, Failure> {
        self.event(&name, ["start".into()]);
        let ops = self.body("tasks", &name);
        let result = self.caught(&name, &ops).await.map(Flow::value);
        let end = match &result {
            Ok(value) => ["ok".into(), value.clone()],
            Err(failure) => ["err".into(), encode(failure)],
        };
        self.event(&name, ["end".into(), Json::list(end)]);
        result
    }

    /// Runs ops in order until one leaves, and catches a request.
    async fn caught(self: &Rc<Self>, me: &Rc<str>, ops: &Json) -> Result<Flow, Failure> {
        let caught = catch_cancel(&self.event_loop, self.run_ops(me, ops)).await;
        caught.unwrap_or(Err(Failure::Cancelled))
    }

    /// Runs ops in order until one leaves. A request is raised, and does not come back as a failure.
    fn run_ops(self: &Rc<Self>, me: &Rc<str>, ops: &Json) -> Ops {
        let (world, me, ops) = (Rc::clone(self), Rc::clone(me), ops.clone());
        Box::pin(async move {
            for op in ops.items() {
                let done = world.op(&me, op).await;
                if let Flow::Return(value) = world.raised(done).await? {
                    return Ok(Flow::Return(value));
                }
            }
            Ok(Flow::Next)
        })
    }

    /// A failure to be returned; a cancellation is raised.
    async fn raised<T>(&self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        match outcome {
            Err(Failure::Cancelled) => Cancelled::new(&self.event_loop).resume().await,
            outcome => outcome,
        }
    }

    async fn op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<Flow, Failure> {
        let number = |key: &str| op.get(key).and_then(Json::as_int);
        let log = |event: Vec<Json>| self.event(me, event);
        match text(op, "op") {
            "sleep" => {
                sleep(&self.event_loop, millis(number("ms").expect("a time"))).await;
                log(vec!["sleep".into(), value(op, "ms")]);
            }
            "yield" => {
                for _ in 0..number("n").unwrap_or(1) {
                    sleep(&self.event_loop, Duration::ZERO).await;
                }
                log(vec!["yield".into()]);
            }
            "call" => {
                let routine = text(op, "routine");
                let flow = self.run_ops(me, &self.body("routines", routine)).await?;
                log(vec!["call".into(), routine.into(), flow.value()]);
            }
            "return" => return Ok(Flow::Return(value(op, "value"))),
            "raise_cancelled" => return Err(Failure::Cancelled),
            "repeat" => {
                for _ in 0..number("n").expect("how often") {
                    if let Flow::Return(value) = self.run_ops(me, &value(op, "body")).await? {
                        return Ok(Flow::Return(value));
                    }
                }
            }
            "try" => return self.try_op(me, op).await,
            "await" => {
                let name = text(op, "target");
                if name == &**me {
                    self.cannot.set(Some("a task that awaits itself"));
                }
                let Some(target) = self.target(name) else {
                    self.skip(me, op, name.into());
                    return Ok(Flow::Next);
                };
                let value = target.await?;
                log(vec!["await".into(), name.into(), value]);
            }
            "timeout" => return self.timeout_op(me, op).await,
            "taskgroup" => {
                let name = text(op, "as");
                let group = task_group(&self.event_loop, async |group| {
                    let (name, group) = (name.to_owned(), group.clone());
                    self.groups.borrow_mut().insert(name, group);
                    self.run_ops(me, &value(op, "body")).await
                });
                let flow = group.await.map_err(|failed| of_group(&failed))?;
                log(vec!["taskgroup".into(), name.into()]);
                return Ok(flow);
            }
            "wait_for" => self.wait_for_op(me, op).await?,
            "shield" => {
                let name = text(op, "target");
                let outer = shield(&self.event_loop, &self.target_or_spawn(name));
                if let Some(stored) = op.get("as").and_then(Json::as_str) {
                    self.futures.borrow_mut().insert(stored.to_owned(), outer);
                    log(vec!["shield".into(), stored.into()]);
                } else {
                    let value = outer.await?;
                    log(vec!["shield".into(), name.into(), value]);
                }
            }
            "gather" => self.gather_op(me, op).await?,
            _ => self.call(me, op)?,
        }
        Ok(Flow::Next)
    }

    async fn try_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<Flow, Failure> {
        let mut outcome = self.caught(me, &value(op, "body")).await;
        if let Err(failure) = &outcome {
            let handlers = value(op, "except");
            let catches = |handler: &&Json| is_any_of(failure, &value(handler, "catch"));
            if let Some(handler) = handlers.items().iter().find(catches) {
                self.event(me, ["except".into(), encode(failure)]);
                let handled = self.caught(me, &value(handler, "body")).await;
                let again = value(handler, "then").as_str() == Some("reraise");
                if !(again && matches!(handled, Ok(Flow::Next))) {
                    outcome = handled;
                }
            }
        }
        if let Some(ops) = op.get("finally") {
            self.event(me, ["finally".into()]);
            self.run_ops(me, ops).await?;
        }
        outcome
    }

    async fn timeout_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<Flow, Failure> {
        let limit = value(op, "ms").as_int().expect("a limit");
        let timeout = Timeout::new(&self.event_loop, millis(limit));
        if let Some(name) = op.get("as").and_then(Json::as_str) {
            let kept = (timeout.clone(), self.now() + limit);
            self.timeouts.borrow_mut().insert(name.to_owned(), kept);
        }
        let body = self.run_ops(me, &value(op, "body"));
        let ended = timeout.clone().run(body).await;
        let flow = ended.map_err(|_| error(["timeout".into()]))??;
        self.event(me, ["timeout".into(), timeout.expired().into()]);
        Ok(flow)
    }

    async fn wait_for_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<(), Failure> {
        let limit = op.get("timeout").and_then(Json::as_int).map(millis);
        let routine = op.get("body").map(|body| self.run_ops(me, body));
        let target = match (op.get("target").and_then(Json::as_str), &routine) {
            (Some(name), None) => match self.target(name) {
                Some(target) => Some(target),
                None => {
                    self.skip(me, op, name.into());
                    return Ok(());
                }
            },
            _ => None,
        };
        let wait = async move {
            match (routine, target) {
                (Some(routine), _) => routine.await.map(Flow::value),
                (None, Some(target)) => target.await,
                (None, None) => unreachable!("a wait is for a body or for a target"),
            }
        };
        let value = match limit {
            None => wait.await?,
            Some(Duration::ZERO) => {
                self.cannot.set(Some("`wait_for` without any time"));
                Json::Null
            }
            Some(limit) => {
                let ended = Timeout::new(&self.event_loop, limit).run(async {
                    let waited = wait.await;
                    self.raised(waited).await
                });
                ended.await.map_err(|_| error(["timeout".into()]))??
            }
        };
        self.event(me, ["wait_for".into(), value]);
        Ok(())
    }

    async fn gather_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<(), Failure> {
        let names = value(op, "of");
        let names = names.items().iter().filter_map(Json::as_str);
        let children: Vec<_> = names.map(|name| self.target_or_spawn(name)).collect();
        let outcomes = match value(op, "return_exceptions") {
            Json::Bool(true) => gather_outcomes(&self.event_loop, &children).await?,
            _ => {
                let values = gather(&self.event_loop, &children).await?;
                values.into_iter().map(Ok).collect()
            }
        };
        let outcomes = outcomes.into_iter().map(|outcome| match outcome {
            Ok(value) => Json::list(["ok".into(), value]),
            Err(failure) => Json::list(["err".into(), encode(&failure)]),
        });
        self.event(me, ["gather".into(), Json::list(outcomes)]);
        Ok(())
    }
}

fn of_group(failed: &GroupError) -> Failure {
    let failures = failed.failures().iter().map(encode);
    error(["group".into(), Json::list(failures)])
}

/// Whether a handler for `kinds` catches it.
fn is_any_of(failure: &Failure, kinds: &Json) -> bool {
    let raised = encode(failure);
    let part = |at: usize| raised.items().get(at).and_then(Json::as_str);
    let kind = part(0).expect("an error has a kind");
    let mut kinds = kinds.items().iter().filter_map(Json::as_str);
    kinds.any(|wanted| match wanted.split_once(':') {
        Some((wanted, name)) => kind == wanted && part(1) == Some(name),
        None if wanted == "any" => kind != "cancelled",
        None => wanted == "all" || kind == wanted,
    })
}

//! Ops that may wait: the body of a task.

use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::{
    Cancelled, JoinError, Timeout, catch_cancel, shield, sleep, timeout, try_task_group, wait_for,
    yield_now,
};

use super::value::{Exc, Raise, Value};
use super::world::{Who, World, millis};
use crate::json::Json;

/// How a list of ops ended.
pub(super) enum Flow {
    /// All were done.
    Next,
    /// One of them left the routine with a value.
    Return(Value),
}

impl Flow {
    fn value(self) -> Value {
        match self {
            Self::Next => Value(Json::Null),
            Self::Return(value) => value,
        }
    }
}

type Ops = Pin<Box<dyn Future<Output = Result<Flow, Exc>>>>;

/// The text under `key`.
pub(super) fn text<'a>(op: &'a Json, key: &str) -> &'a str {
    let text = op.get(key).and_then(Json::as_str);
    text.unwrap_or_else(|| panic!("an op wants `{key}`: {op}"))
}

/// The value under `key`, `null` if there is none.
pub(super) fn value(op: &Json, key: &str) -> Json {
    op.get(key).cloned().unwrap_or(Json::Null)
}

/// The duration under `key`, in milliseconds, if there is one.
pub(super) fn duration(op: &Json, key: &str) -> Option<Duration> {
    op.get(key).and_then(Json::as_int).map(millis)
}

impl World {
    /// The body of a task, from its start to its end.
    pub(super) async fn task(self: Rc<Self>, name: Rc<str>) -> Result<Value, Exc> {
        let who = Who::Task(name.clone());
        self.event(who.clone(), ["start".into()]);
        let ops = self.body("tasks", &name);
        let outcome = catch_cancel(self.run(&name, &ops)).await;
        let result = raised(outcome).map(Flow::value);
        let end = match &result {
            Ok(value) => ["ok".into(), value.0.clone()],
            Err(raise) => ["err".into(), raise.encode()],
        };
        self.event(who, ["end".into(), Json::list(end)]);
        match result {
            Ok(value) => Ok(value),
            Err(raise) => Err(raise.go().await),
        }
    }

    /// Runs ops in order until one leaves.
    pub(super) fn run(self: &Rc<Self>, me: &Rc<str>, ops: &Json) -> Ops {
        let (world, me, ops) = (self.clone(), me.clone(), ops.clone());
        Box::pin(async move {
            for op in ops.items() {
                if let Flow::Return(value) = world.op(&me, op).await? {
                    return Ok(Flow::Return(value));
                }
            }
            Ok(Flow::Next)
        })
    }

    async fn op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<Flow, Exc> {
        let log = |event: Vec<Json>| self.event(Who::Task(me.clone()), event);
        match text(op, "op") {
            "sleep" => {
                sleep(duration(op, "ms").expect("sleep wants `ms`")).await;
                log(vec!["sleep".into(), value(op, "ms")]);
            }
            "yield" => {
                for _ in 0..op.get("n").and_then(Json::as_int).unwrap_or(1) {
                    yield_now().await;
                }
                log(vec!["yield".into()]);
            }
            "call" => {
                let routine = text(op, "routine");
                let flow = self.run(me, &self.body("routines", routine)).await?;
                log(vec!["call".into(), routine.into(), flow.value().0]);
            }
            "return" => return Ok(Flow::Return(Value(value(op, "value")))),
            "raise_cancelled" => Cancelled::new().resume().await,
            "repeat" => {
                for _ in 0..value(op, "n").as_int().expect("repeat wants `n`") {
                    if let Flow::Return(value) = self.run(me, &value(op, "body")).await? {
                        return Ok(Flow::Return(value));
                    }
                }
            }
            "try" => return self.try_op(me, op).await,
            "await" => {
                let name = text(op, "target");
                let Some(target) = self.target(name) else {
                    self.skip(Who::Task(me.clone()), op, name.into());
                    return Ok(Flow::Next);
                };
                let value = joined(target.await).await?;
                log(vec!["await".into(), name.into(), value.0]);
            }
            "timeout" => return self.timeout_op(me, op).await,
            "taskgroup" => {
                let name = text(op, "as");
                let group = try_task_group(async |group| {
                    self.groups
                        .borrow_mut()
                        .insert(name.to_owned(), group.clone());
                    self.run(me, &value(op, "body")).await
                });
                let flow = group.await.map_err(|error| Exc::group(&error))?;
                log(vec!["taskgroup".into(), name.into()]);
                return Ok(flow);
            }
            "wait_for" => self.wait_for_op(me, op).await?,
            "shield" => {
                let name = text(op, "target");
                let target = self.target_or_spawn(name);
                let outer = shield(&target);
                if let Some(stored) = op.get("as").and_then(Json::as_str) {
                    self.futures.borrow_mut().insert(stored.to_owned(), outer);
                    log(vec!["shield".into(), stored.into()]);
                } else {
                    let value = joined(outer.await).await?;
                    log(vec!["shield".into(), name.into(), value.0]);
                }
            }
            "gather" => self.gather_op(me, op).await?,
            "wait" => self.wait_op(me, op).await,
            "as_completed" => self.as_completed_op(me, op).await?,
            "with" => return self.with_op(me, op).await,
            _ if self.shared_op(me, op).await? => {}
            _ => {
                if let Err(raise) = self.call(Who::Task(me.clone()), op) {
                    return Err(raise.go().await);
                }
            }
        }
        Ok(Flow::Next)
    }

    async fn try_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<Flow, Exc> {
        let who = Who::Task(me.clone());
        let mut outcome = raised(catch_cancel(self.run(me, &value(op, "body"))).await);
        if let Err(raise) = &outcome {
            let handlers = value(op, "except");
            let catches = |handler: &&Json| raise.is_any_of(value(handler, "catch").items());
            if let Some(handler) = handlers.items().iter().find(catches) {
                self.event(who.clone(), ["except".into(), raise.encode()]);
                let handled = catch_cancel(self.run(me, &value(handler, "body"))).await;
                let reraise = value(handler, "then").as_str() == Some("reraise");
                match raised(handled) {
                    Ok(Flow::Next) if reraise => {}
                    other => outcome = other,
                }
            }
        }
        if let Some(ops) = op.get("finally") {
            self.event(who, ["finally".into()]);
            self.run(me, ops).await?;
        }
        match outcome {
            Ok(flow) => Ok(flow),
            Err(raise) => Err(raise.go().await),
        }
    }

    async fn timeout_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<Flow, Exc> {
        let timeout = match (value(op, "at").as_int(), duration(op, "ms")) {
            (Some(at), _) => Timeout::at(self.at(at)),
            (None, Some(duration)) => Timeout::after(duration),
            (None, None) => Timeout::never(),
        };
        if let Some(name) = op.get("as").and_then(Json::as_str) {
            let timeout = timeout.clone();
            self.timeouts.borrow_mut().insert(name.to_owned(), timeout);
        }
        let body = self.run(me, &value(op, "body"));
        let flow = timeout.run(body).await.map_err(|_| Exc::of("timeout"))??;
        let event = ["timeout".into(), timeout.expired().into()];
        self.event(Who::Task(me.clone()), event);
        Ok(flow)
    }

    async fn wait_for_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<(), Exc> {
        let limit = duration(op, "timeout");
        let waited = if let Some(body) = op.get("body") {
            let routine = self.run(me, body);
            match limit {
                None => Ok(Ok(routine.await?.value())),
                // No time at all: asyncio makes a task of the routine, and cancels it before its first step.
                Some(Duration::ZERO) => {
                    let routine =
                        final_runtime::try_spawn(async { routine.await.map(Flow::value) });
                    wait_for(&routine, limit).await
                }
                Some(limit) => match timeout(limit, routine).await {
                    Ok(flow) => Ok(Ok(flow?.value())),
                    Err(elapsed) => Err(elapsed),
                },
            }
        } else {
            let name = text(op, "target");
            let Some(target) = self.target(name) else {
                self.skip(Who::Task(me.clone()), op, name.into());
                return Ok(());
            };
            wait_for(&target, limit).await
        };
        let value = match waited {
            Ok(outcome) => joined(outcome).await?,
            Err(_) => return Err(Exc::of("timeout")),
        };
        self.event(Who::Task(me.clone()), ["wait_for".into(), value.0]);
        Ok(())
    }
}

/// What a body that may be cancelled raised.
pub(super) fn raised(outcome: Result<Result<Flow, Exc>, Cancelled>) -> Result<Flow, Raise> {
    outcome.map_err(Raise::Cancelled)?.map_err(Raise::Error)
}

/// What was awaited, or its error, raised here.
pub(super) async fn joined(outcome: Result<Value, JoinError>) -> Result<Value, Exc> {
    match outcome {
        Ok(value) => Ok(value),
        Err(error) => Err(Raise::from(error).go().await),
    }
}

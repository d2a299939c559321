//! Ops that wait for several.

use std::rc::Rc;

use final_runtime::{
    AnyFuture, Awaitable, Future, JoinError, Until, as_completed, gather, gather_outcomes, wait,
};

use super::tasks::{duration, joined, text, value};
use super::value::{Exc, Value, encode_error};
use super::world::{Who, World};
use crate::json::Json;

/// A target with its name.
struct Named {
    name: String,
    target: Future<Value>,
}

impl Awaitable for Named {
    fn result_of(&self) -> AnyFuture {
        self.target.result_of()
    }
}

impl World {
    /// A target; a task that was not spawned yet is spawned now.
    pub(super) fn target_or_spawn(self: &Rc<Self>, name: &str) -> Future<Value> {
        match self.target(name) {
            Some(target) => target,
            None => self.spawn(name, false).future(),
        }
    }

    /// The targets that there are, each once.
    fn named(&self, op: &Json) -> Vec<Named> {
        let mut found: Vec<Named> = Vec::new();
        let names = value(op, "of");
        for name in names.items().iter().filter_map(Json::as_str) {
            if let Some(target) = self.target(name)
                && !found.iter().any(|known| known.name == name)
            {
                let name = name.to_owned();
                found.push(Named { name, target });
            }
        }
        found
    }

    pub(super) async fn gather_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<(), Exc> {
        let names = value(op, "of");
        let names = names.items().iter().filter_map(Json::as_str);
        let children: Vec<_> = names.map(|name| self.target_or_spawn(name)).collect();
        let outer: Future<Value> = match value(op, "return_exceptions") {
            Json::Bool(true) => gather_outcomes(children),
            _ => gather(children),
        };
        let what = match op.get("as").and_then(Json::as_str) {
            Some(stored) => {
                self.futures.borrow_mut().insert(stored.to_owned(), outer);
                stored.into()
            }
            None => joined(outer.await).await?.0,
        };
        self.event(Who::Task(me.clone()), ["gather".into(), what]);
        Ok(())
    }

    pub(super) async fn wait_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) {
        let who = Who::Task(me.clone());
        let targets = self.named(op);
        if targets.is_empty() {
            return self.skip(who, op, Json::Null);
        }
        let until = match value(op, "when").as_str() {
            None | Some("ALL_COMPLETED") => Until::AllCompleted,
            Some("FIRST_COMPLETED") => Until::FirstCompleted,
            Some("FIRST_EXCEPTION") => Until::FirstError,
            Some(other) => panic!("the format has no `{other}`"),
        };
        let (done, pending) = wait(targets, until, duration(op, "timeout")).await;
        let names = |targets: Vec<Named>| Json::list(targets.iter().map(|t| Json::text(&t.name)));
        self.event(who, ["wait".into(), names(done), names(pending)]);
    }

    pub(super) async fn as_completed_op(
        self: &Rc<Self>,
        me: &Rc<str>,
        op: &Json,
    ) -> Result<(), Exc> {
        let who = Who::Task(me.clone());
        let targets = self.named(op);
        if targets.is_empty() {
            self.skip(who, op, Json::Null);
            return Ok(());
        }
        let catch = value(op, "catch") == Json::Bool(true);
        let mut ended = as_completed(targets, duration(op, "timeout"));
        let mut count = 0;
        while let Some(next) = ended.next().await {
            let outcome = match next {
                Ok(named) => named.target.result().expect("it is done"),
                Err(_) => Err(JoinError::Failed(Rc::new(Exc::of("timeout")))),
            };
            let result = match outcome {
                Err(error) if catch && !error.is_cancelled() => {
                    ["err".into(), encode_error(&error)]
                }
                outcome => ["ok".into(), joined(outcome).await?.0],
            };
            let event = ["next".into(), count.into(), Json::list(result)];
            self.event(who.clone(), event);
            count += 1;
        }
        self.event(who, ["as_completed".into(), count.into()]);
        Ok(())
    }

    /// Writes that an op had nothing to work on.
    pub(super) fn skip(&self, who: Who, op: &Json, name: Json) {
        self.event(who, ["skip".into(), text(op, "op").into(), name]);
    }
}

//! Ops that do not wait: in a task, in a callback, between runs.

use std::rc::Rc;
use std::time::Duration;

use final_runtime::{ContextVar, Future, Handle, State, Task};

use super::tasks::{text, value};
use super::value::{Exc, Raise, Value};
use super::world::{Who, World, millis, state};
use crate::json::Json;

impl World {
    /// Does ops in order, until one raises.
    pub(super) fn call_all(self: &Rc<Self>, who: Who, ops: &Json) -> Result<(), Raise> {
        let mut ops = ops.items().iter();
        ops.try_for_each(|op| self.call(who.clone(), op))
    }

    /// A callback that does ops. What it raises is for the loop's exception handler.
    fn callback(self: &Rc<Self>, event: Vec<Json>, ops: Json) -> impl FnOnce() + 'static {
        let world = self.clone();
        move || {
            world.event(Who::Loop, event);
            if let Err(raise) = world.call_all(Who::Loop, &ops) {
                raise.leave_callback();
            }
        }
    }

    /// Does one op, and logs it.
    pub(super) fn call(self: &Rc<Self>, who: Who, op: &Json) -> Result<(), Raise> {
        if let Some(event) = self.effect(who.clone(), op)? {
            let event = std::iter::once(text(op, "op").into()).chain(event);
            self.event(who, event);
        }
        Ok(())
    }

    /// Does one op. What it logs behind its name; nothing if it found nothing to work on.
    fn effect(self: &Rc<Self>, who: Who, op: &Json) -> Result<Option<Vec<Json>>, Raise> {
        let kind = text(op, "op");
        let log = |event: Vec<Json>| Ok(Some(event));
        match kind {
            "log" => log(vec![value(op, "text")]),
            "time" => log(vec![self.now().into()]),
            "raise" => Err(Exc::user(text(op, "error")).into()),
            "raise_cancelled" => Err(Raise::Cancelled(final_runtime::Cancelled::new())),
            "add" => {
                let by = op.get("by").and_then(Json::as_int).unwrap_or(1);
                let mut variables = self.variables.borrow_mut();
                let variable = variables.entry(text(op, "var").to_owned()).or_default();
                *variable += by;
                log(vec![value(op, "var"), (*variable).into()])
            }
            "all_tasks" => log(vec![self.known_tasks()]),
            "stop" => {
                self.event_loop.stop();
                log(vec![])
            }
            "ctx_set" => {
                self.context_var(op).set(value(op, "value"));
                log(vec![value(op, "var")])
            }
            "ctx_get" => {
                let found = self.context_var(op).get().unwrap_or(Json::Null);
                log(vec![value(op, "var"), found])
            }
            "spawn" | "tg_spawn" => self.spawn_op(who, op),
            "cancel" | "uncancel" | "cancelling" => self.task_op(who, op),
            "call_soon" | "call_later" | "call_at" | "handle_cancel" => Ok(self.timer_op(who, op)),
            "reschedule" | "expired" => self.deadline_op(who, op),
            _ => match self.shared_call(op)? {
                Some(event) => log(event),
                None => self.future_op(who, op),
            },
        }
    }

    fn context_var(&self, op: &Json) -> Rc<ContextVar<Json>> {
        let mut variables = self.context.borrow_mut();
        variables
            .entry(text(op, "var").to_owned())
            .or_default()
            .clone()
    }

    fn spawn_op(self: &Rc<Self>, who: Who, op: &Json) -> Result<Option<Vec<Json>>, Raise> {
        let name = text(op, "task");
        let known = self.tasks.borrow().contains_key(name);
        if text(op, "op") == "spawn" {
            if known {
                self.skip(who, op, name.into());
                return Ok(None);
            }
            self.spawn(name, value(op, "eager") == Json::Bool(true));
            return Ok(Some(vec![name.into()]));
        }
        let group = self.groups.borrow().get(text(op, "group")).cloned();
        let Some(group) = group.filter(|_| !known) else {
            self.skip(who, op, name.into());
            return Ok(None);
        };
        let body = self.clone().task(name.into());
        let task = group.try_spawn(body).map_err(|_| Exc::of("runtime"))?;
        task.set_name(name);
        self.keep(name, &Rc::new(task));
        Ok(Some(vec![value(op, "group"), name.into()]))
    }

    fn task_op(self: &Rc<Self>, who: Who, op: &Json) -> Result<Option<Vec<Json>>, Raise> {
        let name = text(op, "task");
        let task: Option<Rc<Task<Value>>> = self.tasks.borrow().get(name).cloned();
        let Some(task) = task else {
            self.skip(who, op, name.into());
            return Ok(None);
        };
        let result = match (text(op, "op"), op.get("msg").and_then(Json::as_str)) {
            ("cancel", Some(message)) => task.cancel_with(message).into(),
            ("cancel", None) => task.cancel().into(),
            ("uncancel", _) => i64::from(task.uncancel()).into(),
            _ => i64::from(task.cancelling()).into(),
        };
        Ok(Some(vec![name.into(), result]))
    }

    fn timer_op(self: &Rc<Self>, who: Who, op: &Json) -> Option<Vec<Json>> {
        let id = text(op, "id");
        let number = |key: &str| value(op, key).as_int().expect("a time");
        let run = || self.callback(vec!["run".into(), id.into()], value(op, "do"));
        let handle: Handle = match text(op, "op") {
            "call_soon" => self.event_loop.call_soon(run()),
            "call_later" => self.event_loop.call_later(millis(number("ms")), run()),
            "call_at" => self.event_loop.call_at(self.at(number("at")), run()),
            _ => {
                let Some(handle) = self.handles.borrow().get(id).cloned() else {
                    self.skip(who, op, id.into());
                    return None;
                };
                handle.cancel();
                handle
            }
        };
        self.handles.borrow_mut().insert(id.to_owned(), handle);
        Some(vec![id.into()])
    }

    fn deadline_op(self: &Rc<Self>, who: Who, op: &Json) -> Result<Option<Vec<Json>>, Raise> {
        let name = text(op, "timeout");
        let Some(timeout) = self.timeouts.borrow().get(name).cloned() else {
            self.skip(who, op, name.into());
            return Ok(None);
        };
        if text(op, "op") == "reschedule" {
            let delay: Option<Duration> = value(op, "ms").as_int().map(millis);
            let when = delay.map(|delay| self.event_loop.now() + delay);
            timeout.reschedule(when).map_err(|_| Exc::of("runtime"))?;
            return Ok(Some(vec![name.into()]));
        }
        let when = timeout
            .when()
            .map_or(Json::Null, |when| self.since_start(when).into());
        Ok(Some(vec![name.into(), timeout.expired().into(), when]))
    }

    fn future_op(self: &Rc<Self>, who: Who, op: &Json) -> Result<Option<Vec<Json>>, Raise> {
        let key = if op.get("future").is_some() {
            "future"
        } else {
            "target"
        };
        let name = text(op, key);
        let Some(target) = self.target(name) else {
            self.skip(who, op, name.into());
            return Ok(None);
        };
        let invalid = |_| Exc::of("invalid_state");
        let result = match text(op, "op") {
            "state" => state(target.state()),
            "result" => target.result().map_err(invalid)??.0,
            "exception" => match target.error().map_err(invalid)? {
                Some(error) if target.state() == State::Cancelled => return Err(error.into()),
                Some(error) => super::encode_error(&error),
                None => Json::Null,
            },
            "set_result" => {
                target
                    .set_result(Value(value(op, "value")))
                    .map_err(invalid)?;
                return Ok(Some(vec![name.into()]));
            }
            "set_exception" => {
                target
                    .set_error(Exc::user(text(op, "error")))
                    .map_err(invalid)?;
                return Ok(Some(vec![name.into()]));
            }
            "cancel_future" => match op.get("msg").and_then(Json::as_str) {
                Some(message) => target.cancel_with(message).into(),
                None => target.cancel().into(),
            },
            "add_done_callback" => self.add_callback(&target, op),
            "remove_done_callback" => {
                let id = text(op, "id");
                if !self.callbacks.borrow().contains_key(id) {
                    self.skip(who, op, name.into());
                    return Ok(None);
                }
                let removed = self.remove_callbacks(&target, name, id);
                return Ok(Some(vec![name.into(), id.into(), removed.into()]));
            }
            other => panic!("the format has no op `{other}`"),
        };
        Ok(Some(vec![name.into(), result]))
    }

    /// Adds a done callback; an id that was used before means the callback of then.
    fn add_callback(self: &Rc<Self>, target: &Future<Value>, op: &Json) -> Json {
        let (name, id) = (text(op, "target"), text(op, "id"));
        let mut callbacks = self.callbacks.borrow_mut();
        let ops = callbacks
            .entry(id.to_owned())
            .or_insert_with(|| value(op, "do"));
        let (world, of, ops) = (self.clone(), id.to_owned(), ops.clone());
        let key = target.add_done_callback(move |target| {
            let event = vec!["callback".into(), of.as_str().into(), state(target.state())];
            world.callback(event, ops)();
        });
        self.added
            .borrow_mut()
            .push((name.to_owned(), id.to_owned(), key));
        id.into()
    }

    /// Takes out all entries of a callback. How many there were.
    fn remove_callbacks(&self, target: &Future<Value>, name: &str, id: &str) -> i64 {
        let mut removed = 0;
        self.added.borrow_mut().retain(|(of, known, key)| {
            let same = of == name && known == id;
            removed += i64::from(same && target.remove_done_callback(*key));
            !same
        });
        removed
    }
}

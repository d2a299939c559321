//! Ops that do not wait: in a task, and in a callback.

use std::rc::Rc;

use chapter_08::{EventLoop, Failure};
use conformance::json::Json;

use crate::ops::{text, value};
use crate::world::{World, encode, error, millis};

impl World {
    /// Does one op, and logs it.
    pub(crate) fn call(self: &Rc<Self>, who: &str, op: &Json) -> Result<(), Failure> {
        if let Some(event) = self.effect(who, op)? {
            let event = std::iter::once(text(op, "op").into()).chain(event);
            self.event(who, event);
        }
        Ok(())
    }

    /// A callback that does ops.
    fn callback(
        self: &Rc<Self>,
        event: impl FnOnce(&World) -> Vec<Json> + 'static,
        ops: Json,
    ) -> impl FnOnce(&EventLoop) + 'static {
        let world = Rc::clone(self);
        move |_| {
            world.event("@loop", event(&world));
            let mut ops = ops.items().iter();
            if let Err(failure) = ops.try_for_each(|op| world.call("@loop", op)) {
                // Our callbacks cannot fail, they can only panic. This one tells of it itself.
                world.event("@loop", ["unhandled".into(), encode(&failure)]);
            }
        }
    }

    /// Does one op. What it logs behind its name; nothing if it found nothing to work on.
    fn effect(self: &Rc<Self>, who: &str, op: &Json) -> Result<Option<Vec<Json>>, Failure> {
        let kind = text(op, "op");
        let log = |event: Vec<Json>| Ok(Some(event));
        match kind {
            "log" => log(vec![value(op, "text")]),
            "time" => log(vec![self.now().into()]),
            "raise" => Err(error(["user".into(), value(op, "error")])),
            "raise_cancelled" => Err(Failure::Cancelled),
            "add" => {
                let by = op.get("by").and_then(Json::as_int).unwrap_or(1);
                let mut variables = self.variables.borrow_mut();
                let variable = variables.entry(text(op, "var").to_owned()).or_default();
                *variable += by;
                log(vec![value(op, "var"), (*variable).into()])
            }
            "all_tasks" => log(vec![self.all_tasks()]),
            "stop" => {
                self.event_loop.stop();
                log(vec![])
            }
            "spawn" | "tg_spawn" => self.spawn_op(who, op),
            "cancel" | "uncancel" | "cancelling" => {
                let name = text(op, "task");
                let Some(task) = self.tasks.borrow().get(name).cloned() else {
                    self.skip(who, op, name.into());
                    return Ok(None);
                };
                let result = match kind {
                    "cancel" => task.cancel().into(),
                    "uncancel" => i64::from(task.uncancel()).into(),
                    _ => i64::from(task.cancelling()).into(),
                };
                log(vec![name.into(), result])
            }
            "call_soon" | "call_later" | "call_at" | "handle_cancel" => Ok(self.timer_op(who, op)),
            "expired" => {
                let name = text(op, "timeout");
                let Some((timeout, due)) = self.timeouts.borrow().get(name).cloned() else {
                    self.skip(who, op, name.into());
                    return Ok(None);
                };
                log(vec![name.into(), timeout.expired().into(), due.into()])
            }
            _ => self.future_op(who, op),
        }
    }

    fn spawn_op(self: &Rc<Self>, who: &str, op: &Json) -> Result<Option<Vec<Json>>, Failure> {
        let name = text(op, "task");
        let known = self.tasks.borrow().contains_key(name);
        if text(op, "op") == "spawn" {
            if known {
                self.skip(who, op, name.into());
                return Ok(None);
            }
            self.spawn(name);
            return Ok(Some(vec![name.into()]));
        }
        let group = self.groups.borrow().get(text(op, "group")).cloned();
        let Some(group) = group.filter(|_| !known) else {
            self.skip(who, op, name.into());
            return Ok(None);
        };
        let task = group.try_spawn(name, Rc::clone(self).task(name.into()));
        let task = task.map_err(|_| error(["runtime".into()]))?;
        self.keep(name, &task);
        Ok(Some(vec![value(op, "group"), name.into()]))
    }

    fn timer_op(self: &Rc<Self>, who: &str, op: &Json) -> Option<Vec<Json>> {
        let id = text(op, "id");
        let number = |key: &str| millis(value(op, key).as_int().expect("a time"));
        let event = Json::list(["run".into(), id.into()]);
        let run = || self.callback(move |_| event.items().to_vec(), value(op, "do"));
        let handle = match text(op, "op") {
            "call_soon" => self.event_loop.call_soon(id, run()),
            "call_later" => self.event_loop.call_later(id, number("ms"), run()),
            "call_at" => self.event_loop.call_at(id, number("at"), run()),
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

    fn future_op(self: &Rc<Self>, who: &str, op: &Json) -> Result<Option<Vec<Json>>, Failure> {
        let (kind, invalid) = (text(op, "op"), || error(["invalid_state".into()]));
        let name = ["target", "future"].into_iter().find_map(|key| op.get(key));
        let name = name
            .and_then(Json::as_str)
            .expect("an op names what it is about");
        let Some(target) = self.target(name) else {
            self.skip(who, op, name.into());
            return Ok(None);
        };
        let mut event: Vec<Json> = vec![name.into()];
        match kind {
            "state" => event.push(state(target.result().as_ref())),
            "result" => event.push(target.result().ok_or_else(invalid)??),
            "exception" => event.push(match target.result().ok_or_else(invalid)? {
                Ok(_) => Json::Null,
                Err(Failure::Cancelled) => return Err(Failure::Cancelled),
                Err(failure) => encode(&failure),
            }),
            "set_result" => target
                .set_result(value(op, "value"))
                .map_err(|_| invalid())?,
            "set_exception" => {
                let Failure::Error(text) = error(["user".into(), value(op, "error")]) else {
                    unreachable!("`error` makes an error");
                };
                target.set_error(text).map_err(|_| invalid())?;
            }
            "cancel_future" => event.push(target.cancel().into()),
            "add_done_callback" => {
                let id = text(op, "id");
                let mut callbacks = self.callbacks.borrow_mut();
                let first = callbacks.entry(id.to_owned());
                let ops = first.or_insert_with(|| value(op, "do")).clone();
                let (of_event, of_target) = (Json::text(id), target.clone());
                let event_of = move |_: &World| {
                    let state = state(of_target.result().as_ref());
                    vec!["callback".into(), of_event, state]
                };
                target.add_done_callback(id, self.callback(event_of, ops));
                event.push(id.into());
            }
            other => panic!("the format has no op `{other}`"),
        }
        Ok(Some(event))
    }
}

/// Where a target stands, in the words of the format.
fn state(result: Option<&Result<Json, Failure>>) -> Json {
    Json::text(match result {
        None => "pending",
        Some(Ok(_)) => "ok",
        Some(Err(Failure::Cancelled)) => "cancelled",
        Some(Err(Failure::Error(_))) => "err",
    })
}

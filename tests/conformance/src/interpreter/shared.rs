//! Ops on what tasks share.

use std::rc::Rc;

use final_runtime::catch_cancel;

use super::objects::{Held, Object};
use super::tasks::{Flow, raised, text, value};
use super::value::{Exc, Raise};
use super::world::{Who, World};
use crate::json::Json;

/// The names under which an op has its object.
const KEYS: [&str; 5] = ["obj", "event", "cond", "barrier", "queue"];

/// The name of the object that an op works on.
fn name(op: &Json) -> &str {
    let named = KEYS
        .iter()
        .find_map(|key| op.get(key).and_then(Json::as_str));
    named.unwrap_or_else(|| panic!("no op on an object: {op}"))
}

fn integer(op: &Json, key: &str) -> Option<i64> {
    op.get(key).and_then(Json::as_int)
}

fn count(number: usize) -> Json {
    i64::try_from(number).expect("a small count").into()
}

impl World {
    /// Does an op that may wait, and logs it. `false` if it is another kind of op.
    pub(super) async fn shared_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<bool, Exc> {
        let kind = text(op, "op");
        let object = match kind {
            "acquire" | "event_wait" | "cond_wait" | "cond_wait_for" | "barrier_wait"
            | "barrier_reset" | "barrier_abort" | "put" | "get" | "join" => {
                self.objects.get(name(op))
            }
            _ => return Ok(false),
        };
        let mut event = vec![kind.into(), name(op).into()];
        match (kind, &*object) {
            ("acquire", object) => object.acquire().await,
            ("event_wait", Object::Event(event)) => event.wait().await,
            ("cond_wait", Object::Condition(lock, condition)) => {
                let waited = condition.wait_raw(lock).await;
                waited.map_err(|_| Exc::of("runtime"))?;
            }
            ("cond_wait_for", Object::Condition(lock, condition)) => {
                let (variable, enough) = (text(op, "var"), integer(op, "ge"));
                let enough = enough.expect("cond_wait_for wants `ge`");
                let now = || self.variables.borrow().get(variable).copied().unwrap_or(0);
                while now() < enough {
                    let waited = condition.wait_raw(lock).await;
                    waited.map_err(|_| Exc::of("runtime"))?;
                }
            }
            ("barrier_wait", Object::Barrier(barrier)) => {
                let index = barrier.wait().await;
                event.push(count(index.map_err(|_| Exc::of("broken_barrier"))?));
            }
            ("barrier_reset", Object::Barrier(barrier)) => barrier.reset(),
            ("barrier_abort", Object::Barrier(barrier)) => barrier.abort(),
            ("put", Object::Queue(queue)) => {
                queue.put(integer(op, "value").expect("a number")).await?;
            }
            ("get", Object::Queue(queue)) => event.push(queue.get().await?.into()),
            ("join", Object::Queue(queue)) => queue.join().await,
            _ => panic!("no such object: {op}"),
        }
        self.event(Who::Task(me.clone()), event);
        Ok(true)
    }

    /// A block that holds an object.
    pub(super) async fn with_op(self: &Rc<Self>, me: &Rc<str>, op: &Json) -> Result<Flow, Exc> {
        let (who, name) = (Who::Task(me.clone()), text(op, "obj"));
        let object = self.objects.get(name);
        let held = object.hold(self.objects.is_guarded(name)).await;
        self.event(who.clone(), ["enter".into(), name.into()]);
        let body = self.run(me, &value(op, "body"));
        let flow = match held {
            // Whatever the end of the body is, it is released, and an error of that comes first.
            Held::ByHand => {
                let outcome = raised(catch_cancel(body).await);
                object.release()?;
                match outcome {
                    Ok(flow) => flow,
                    Err(raise) => return Err(raise.go().await),
                }
            }
            guard => {
                let flow = body.await?;
                drop(guard);
                flow
            }
        };
        self.event(who, ["exit".into(), name.into()]);
        Ok(flow)
    }

    /// Does an op that does not wait. What it logs behind its name; nothing if it is another kind of op.
    pub(super) fn shared_call(&self, op: &Json) -> Result<Option<Vec<Json>>, Raise> {
        let kind = text(op, "op");
        let object = match kind {
            "release" | "locked" | "event_set" | "event_clear" | "event_is_set" | "cond_notify"
            | "cond_notify_all" | "barrier_state" | "put_nowait" | "get_nowait" | "task_done"
            | "qsize" | "shutdown" => self.objects.get(name(op)),
            _ => return Ok(None),
        };
        let mut event = vec![name(op).into()];
        match (kind, &*object) {
            ("release", object) => object.release()?,
            ("locked", object) => event.push(object.is_locked().into()),
            ("event_set", Object::Event(event)) => event.set(),
            ("event_clear", Object::Event(event)) => event.clear(),
            ("event_is_set", Object::Event(found)) => event.push(found.is_set().into()),
            // asyncio refuses to notify without the lock.
            ("cond_notify" | "cond_notify_all", Object::Condition(lock, _))
                if !lock.is_locked() =>
            {
                return Err(Exc::of("runtime").into());
            }
            ("cond_notify", Object::Condition(_, condition)) => {
                let count = integer(op, "n").unwrap_or(1);
                condition.notify(usize::try_from(count).expect("a count"));
            }
            ("cond_notify_all", Object::Condition(_, condition)) => condition.notify_all(),
            ("barrier_state", Object::Barrier(barrier)) => {
                event.extend([count(barrier.waiting()), barrier.is_broken().into()]);
            }
            ("put_nowait", Object::Queue(queue)) => {
                queue.try_put(integer(op, "value").expect("a number"))?;
            }
            ("get_nowait", Object::Queue(queue)) => event.push(queue.try_get()?.into()),
            ("task_done", Object::Queue(queue)) => queue.task_done()?,
            ("qsize", Object::Queue(queue)) => {
                let len = queue.len();
                event.extend([count(len), (len == 0).into(), queue.is_full().into()]);
            }
            ("shutdown", Object::Queue(queue)) => {
                queue.shutdown(value(op, "immediate") == Json::Bool(true));
            }
            _ => panic!("no such object: {op}"),
        }
        Ok(Some(event))
    }
}

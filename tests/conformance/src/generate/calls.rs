//! Ops that do not wait.

use super::{Generator, ROUTINE};
use crate::json::Json;

impl Generator {
    /// An op that does not wait.
    pub(super) fn plain(&mut self, in_task: bool) -> Json {
        if self.chance(self.sharing) {
            return self.shared_call();
        }
        match self.below(20) {
            0 => op!("log", "text" => "x"),
            1 | 2 => {
                let task = self.task();
                // Only forwards: two that begin each other at once would never come to an end.
                let forwards = task.as_str() > Some(&self.owner) || self.owner == "main";
                let never = self.owner == ROUTINE || task.as_str() == Some("main");
                let eager = in_task && forwards && !never && self.chance(40);
                op!("spawn", "task" => task, "eager" => eager)
            }
            3 | 4 => match self.chance(20) {
                true => op!("cancel", "task" => self.task(), "msg" => "m"),
                false => op!("cancel", "task" => self.task()),
            },
            5 => op!("uncancel", "task" => self.task()),
            6 => op!("cancelling", "task" => self.task()),
            7 => op!("state", "target" => self.target()),
            8 => op!("cancel_future", "future" => self.future()),
            9 => op!("all_tasks"),
            10 => op!("add", "var" => "v"),
            11 => match self.chance(50) {
                true => op!("ctx_set", "var" => "c", "value" => self.number(9)),
                false => op!("ctx_get", "var" => "c"),
            },
            12 | 13 => self.call(in_task),
            14 => {
                self.callbacks += 1;
                let id = format!("b{}", self.callbacks);
                let target = self.target();
                op!("add_done_callback", "target" => target, "id" => &*id, "do" => self.calls())
            }
            15 if self.timeouts > 0 => {
                let name = format!("d{}", 1 + self.below(self.timeouts));
                match self.chance(50) {
                    true => op!("reschedule", "timeout" => &*name, "ms" => self.limit()),
                    false => op!("expired", "timeout" => &*name),
                }
            }
            16 if self.handles > 0 => {
                let id = format!("h{}", 1 + self.below(self.handles));
                op!("handle_cancel", "id" => &*id)
            }
            17 if in_task && self.chance(10) => op!("stop"),
            18 if self.callbacks > 0 => {
                let id = format!("b{}", 1 + self.below(self.callbacks));
                op!("remove_done_callback", "target" => self.target(), "id" => &*id)
            }
            // A group that another task may have entered, or that ended already: the refusal is caught by who tries.
            19 if in_task && self.groups > 0 => {
                let group = format!("g{}", 1 + self.below(self.groups));
                let task = self.task();
                self.caught_op(op!("tg_spawn", "group" => &*group, "task" => task))
            }
            _ => op!("time"),
        }
    }

    fn call(&mut self, in_task: bool) -> Json {
        self.handles += 1;
        let id = format!("h{}", self.handles);
        let ops = if in_task {
            self.calls()
        } else {
            Json::list([])
        };
        match self.below(3) {
            0 => op!("call_soon", "id" => &*id, "do" => ops),
            1 => op!("call_later", "id" => &*id, "ms" => self.number(9), "do" => ops),
            _ => op!("call_at", "id" => &*id, "at" => self.number(12), "do" => ops),
        }
    }

    /// What a callback does.
    fn calls(&mut self) -> Json {
        let count = self.below(3);
        Json::list((0..count).map(|_| match self.below(8) {
            _ if self.chance(self.sharing / 2) => self.shared_refusal(),
            0 => op!("set_result", "future" => self.future(), "value" => self.number(9)),
            1 => op!("raise", "error" => "C"),
            2 | 3 => op!("cancel", "task" => self.task()),
            _ => self.plain(false),
        }))
    }
}

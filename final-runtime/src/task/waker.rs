//! The waker: what puts a task back into the ready queue, from any thread.

use std::sync::Arc;
use std::task::Wake;

use crate::current;
use crate::inbox;
use crate::task::TaskId;

/// Which task of which loop to wake. It owns neither: a task that is done and a loop that is gone are passed over.
pub(crate) struct TaskWaker {
    pub(crate) task: TaskId,
    /// The loop's number.
    pub(crate) number: u16,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Inside the task's own loop the wake is an entry of the ready queue, at this very point.
        match current::current() {
            Some(core) if core.inbox.address().number == self.number => core.wake(self.task),
            _ => inbox::wake(self.number, self.task),
        }
    }
}

//! The waker: what puts a task back into the ready queue, from any thread.

use std::sync::{Arc, Weak};
use std::task::Wake;

use crate::current;
use crate::inbox::Inbox;
use crate::task::TaskId;

/// Which task of which loop to wake. It owns neither: a task that is done and a loop that is gone are passed over.
pub(crate) struct TaskWaker {
    pub(crate) task: TaskId,
    pub(crate) inbox: Weak<Inbox>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Inside the task's own loop the wake is an entry of the ready queue, at this very point.
        if let Some(core) = current::current()
            && Arc::as_ptr(&core.inbox) == self.inbox.as_ptr()
        {
            core.wake(self.task);
        } else if let Some(inbox) = self.inbox.upgrade() {
            inbox.leave(self.task);
        }
    }
}

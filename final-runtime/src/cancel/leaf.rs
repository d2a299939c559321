//! What a task waits for, and how a request travels through it.
//!
//! Whoever makes a task wait leaves a [`Leaf`] with the scope that is polled, and takes it back when the wait is over,
//! is dropped, or goes on in another scope.

use std::cell::Cell;
use std::fmt;
use std::rc::{Rc, Weak};

use crate::any_promise::AnyPromise;
use crate::cancel::{Cancelled, Message, Node};
use crate::net::Reason;
use crate::task::TaskCell;

/// Something that a task waits for.
pub(crate) struct Leaf {
    on: On,
    /// A request went through here: if what is waited for ends as cancelled, that is its answer.
    asked: Cell<bool>,
}

/// What it is.
pub(crate) enum On {
    /// A result: of a future, a task, a gather.
    Result(Rc<dyn AnyPromise>),
    /// The next turn.
    Turn,
    /// A socket. Nobody else waits in this future's place, so it can be given up at once.
    Socket(Reason),
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is over already, or cannot be called off: the request must be noted.
    Refused,
    /// The wait is over, as cancelled.
    Settled,
    /// A task or a gather was asked. The wait goes on, and sees what they make of it.
    PassedOn,
    /// The request has come round to a task that it went out from: tasks wait for each other in a ring. The wait is over.
    Circular,
}

impl Answer {
    /// Whether there is nothing left to wait for.
    pub(crate) fn ends_the_wait(self) -> bool {
        matches!(self, Self::Settled | Self::Circular)
    }
}

impl Leaf {
    /// Whether a request goes through to somebody else.
    pub(crate) fn passes_on(&self) -> bool {
        matches!(&self.on, On::Result(result) if result.passes_on())
    }

    /// The task that makes the result, if one does.
    pub(crate) fn task(&self) -> Option<Rc<TaskCell>> {
        match &self.on {
            On::Result(result) => result.task(),
            On::Turn | On::Socket(_) => None,
        }
    }

    pub(crate) fn ask(&self, message: &Message) -> Answer {
        let answer = match &self.on {
            On::Result(result) => result.ask(message),
            On::Turn => Answer::Refused,
            On::Socket(_) => Answer::Settled,
        };
        self.note_answer(answer);
        answer
    }

    /// A request went through here, and this became of it.
    pub(crate) fn note_answer(&self, answer: Answer) {
        if answer != Answer::Refused {
            self.asked.set(true);
        }
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.asked.get()
    }

    /// A noted request is delivered instead of the result. What the result says of a cancellation, if it is one.
    pub(crate) fn cover(&self) -> Option<Cancelled> {
        match &self.on {
            On::Result(result) => result.cover(),
            _ => None,
        }
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.on {
            On::Result(result) => f.write_str(&result.describe()),
            On::Turn => f.write_str("its next turn"),
            On::Socket(reason) => reason.fmt(f),
        }
    }
}

/// A leaf and the scope that it is registered with, if it is.
pub(crate) struct Place {
    leaf: Rc<Leaf>,
    node: Weak<Node>,
}

impl Place {
    pub(crate) fn new(on: On) -> Self {
        Self {
            leaf: Rc::new(Leaf {
                on,
                asked: Cell::new(false),
            }),
            node: Weak::new(),
        }
    }

    pub(crate) fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// The wait goes on: it is registered with the scope that is polled now. Outside a task nobody can ask.
    pub(crate) fn wait_here(&mut self) {
        let Some(node) = Node::try_current() else {
            return self.leave();
        };
        if !std::ptr::eq(self.node.as_ptr(), Rc::as_ptr(&node)) {
            self.leave();
            node.add_leaf(&self.leaf);
            self.node = Rc::downgrade(&node);
        }
    }

    /// The wait is over.
    pub(crate) fn leave(&mut self) {
        if let Some(node) = std::mem::take(&mut self.node).upgrade() {
            node.remove_leaf(&self.leaf);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

//! What few promises need, made when it is: a name, context variables, an error, requests, a second listener.
//!
//! In the book: chapter 13.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use crate::cancel::{Cancelled, Message, Node, Wait};
use crate::context::Context;
use crate::error::JoinError;
use crate::promise::listeners::Listeners;
use crate::promise::{Targets, Upstream};

#[derive(Default)]
pub(crate) struct Cold {
    /// A name that somebody gave the task.
    pub(crate) name: RefCell<Option<Rc<str>>>,
    /// The task's context variables, between its steps.
    pub(crate) context: RefCell<Context>,
    /// What it failed with.
    pub(super) error: RefCell<Option<JoinError>>,
    /// What the request said that cancelled it, or that its task noted last.
    pub(super) message: RefCell<Message>,
    /// The very cancellation that ended a task: the first who asks gets it.
    pub(super) first: RefCell<Option<Cancelled>>,
    /// Who waits, behind the one in the header.
    pub(super) listeners: Listeners,
    /// Those whose callbacks are to settle it.
    pub(super) upstream: RefCell<Option<Upstream>>,
    /// By whose ends it will be settled, for those who look.
    pub(super) targets: RefCell<Option<Weak<dyn Targets>>>,
    /// Where a request arrives when no scope of the task waits.
    pub(crate) root: OnceCell<Rc<Node>>,
    /// What the task waits for at its root, as long as that is one thing and nobody has asked.
    pub(super) wait: Cell<Wait>,
    /// How many requests were not taken back.
    pub(crate) requests: Cell<u32>,
}

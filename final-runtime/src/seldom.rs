//! What few loops need, made when it is first used. A loop that uses none of it pays for an empty word.
//!
//! In the book: chapter 11.

use std::cell::RefCell;
use std::rc::Rc;

use crate::channel::ChannelWaits;
use crate::debug::Debug;
use crate::shared::Core;
use crate::signal::{Hub, Interrupt};
use crate::threads::{Away, DefaultExecutor};

#[derive(Default)]
pub(crate) struct Seldom {
    /// What goes on in other threads.
    pub(crate) away: Away,
    /// The pool for calls that name none.
    pub(crate) executor: RefCell<DefaultExecutor>,
    /// Who listens to signals.
    pub(crate) signals: RefCell<Option<Rc<Hub>>>,
    pub(crate) interrupt: Interrupt,
    /// Who waits at channels.
    pub(crate) channel_waits: ChannelWaits,
    pub(crate) debug: Debug,
}

impl Core {
    #[cold]
    pub(crate) fn seldom(&self) -> &Seldom {
        self.seldom.get_or_init(Box::default)
    }

    /// The loop closes.
    #[cold]
    pub(crate) fn close_seldom(&self) {
        drop(self.shut_executor_down());
        // Whatever comes back, nothing is done. What is dropped may be code of others, and panic.
        while let Some(then) = self.seldom().away.take_any() {
            self.reports.guard(|| drop(then));
        }
        while let Some(place) = self.seldom().channel_waits.take_any() {
            self.reports.guard(|| drop(place));
        }
        if let Some(hub) = self.seldom().signals.take() {
            hub.close(self);
        }
    }
}

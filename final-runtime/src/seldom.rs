//! What few loops need, made when it is first used. A loop that uses none of it pays for an empty word.

use std::cell::RefCell;

use crate::shared::Core;
use crate::threads::{Away, DefaultExecutor};

#[derive(Default)]
pub(crate) struct Seldom {
    /// What goes on in other threads.
    pub(crate) away: Away,
    /// The pool for calls that name none.
    pub(crate) executor: RefCell<DefaultExecutor>,
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
        self.seldom().away.forget_all();
    }
}

//! A loop that does nothing but wait for a call from another thread.

use loom::sync::Arc;

use super::alarm::{Alarm, Poller};
use super::mailbox::Message;
use super::owner::Inbox;
use super::registry::Registry;

pub(crate) struct Loop {
    registry: &'static Registry,
    inbox: Inbox,
    poller: Arc<Poller>,
}

impl Loop {
    pub(crate) fn open() -> Self {
        let registry = Box::leak(Box::new(Registry::new(0)));
        let inbox = Inbox::open(registry);
        let poller = Arc::new(Poller::default());
        inbox.set_alarm(Alarm(poller.clone()));
        Self {
            registry,
            inbox,
            poller,
        }
    }

    /// What another thread does to call.
    pub(crate) fn call(&self) -> impl FnOnce() + Send + 'static {
        let (registry, address) = (self.registry, self.inbox.address());
        move || drop(registry.call(address, Box::new(|| ())))
    }

    /// Sleeps until somebody has called.
    pub(crate) fn wait_for_a_call(&self) {
        let mut called = false;
        let mut take = || {
            self.inbox.take(|message| {
                assert!(matches!(message, Message::Call(_)));
                called = true;
            });
            called
        };
        while !take() {
            self.inbox.sleep(None, |longest| self.poller.wait(longest));
        }
    }
}

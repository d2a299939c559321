//! What goes on in other threads for a loop, and comes back.
//!
//! What is to be done on the loop then stays on the loop, under a number; only a [`Ticket`] with the number goes. It comes
//! back when it is dropped, on whatever way: nobody waits for ever for a job that was thrown away.

use crate::here;
use crate::inbox::{self, Address};
use crate::numbered::Numbered;
use crate::shared::Core;

/// What is to be done on the loop when something is back.
pub(crate) type Then = Box<dyn FnOnce()>;

/// A loop's list of what is away.
pub(crate) type Away = Numbered<Then>;

/// Comes back to its loop when it is dropped.
pub(super) struct Ticket {
    address: Address,
    number: u64,
}

/// Calls `then` on the loop, as a callback, when the ticket is back.
pub(super) fn send(core: &Core, then: Then) -> Ticket {
    let away = &core.seldom().away;
    let number = away.next();
    away.keep(number, then);
    Ticket {
        address: core.inbox.address(),
        number,
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let number = self.number;
        // A closed loop has forgotten it.
        let _ = inbox::call(
            self.address,
            Box::new(move || {
                let core = here::expect_core("what another thread has done");
                if let Some(then) = core.seldom().away.take(number) {
                    then();
                }
            }),
        );
    }
}

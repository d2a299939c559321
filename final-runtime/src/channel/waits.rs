//! What a wait at a channel tells its task, in a future that may go to another thread between two polls.
//!
//! A place among a task's waits belongs to one thread. So it stays with the loop, under a number; the future has the number
//! alone. Where the wait ends on the loop, the place is taken out at once; where it ends elsewhere, by a message to the loop.

use crate::cancel::{Place, Wait};
use crate::here;
use crate::inbox::{self, Address};
use crate::numbered::Numbered;

/// The places of a loop's waits at channels.
pub(crate) type ChannelWaits = Numbered<Place>;

/// Where a wait is registered, if it is.
#[derive(Default)]
pub(super) struct Tied(Option<(Address, u64)>);

impl Tied {
    /// The task that is polled now waits for this, if there is one.
    pub(super) fn wait_here(&mut self, wait: Wait) {
        let Some(core) = here::core() else {
            return self.leave();
        };
        let (own, waits) = (core.inbox.address(), &core.seldom().channel_waits);
        let known = self.0.filter(|(address, _)| *address == own);
        let number = known.map_or_else(
            || {
                self.leave();
                waits.next()
            },
            |(_, number)| number,
        );
        let mut place = waits.take(number).unwrap_or_default();
        place.wait_here(wait);
        waits.keep(number, place);
        self.0 = Some((own, number));
    }

    /// The wait is over.
    pub(super) fn leave(&mut self) {
        let Some((address, number)) = self.0.take() else {
            return;
        };
        match here::core().filter(|core| core.inbox.address() == address) {
            Some(core) => drop(core.seldom().channel_waits.take(number)),
            None => {
                let leave = move || {
                    let core = here::expect_core("the end of a wait elsewhere");
                    drop(core.seldom().channel_waits.take(number));
                };
                // A closed loop has forgotten it.
                let _ = inbox::call(address, Box::new(leave));
            }
        }
    }
}

impl Drop for Tied {
    fn drop(&mut self) {
        self.leave();
    }
}

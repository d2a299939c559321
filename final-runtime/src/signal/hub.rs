//! A loop's side of its signals: its doorbell, and who waits.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Wake, Waker};

use super::handler::{self, Doorbell};
use crate::driver::{self, Direction};
use crate::future::Future;
use crate::here;
use crate::inbox::{self, Address};
use crate::shared::Core;

/// Made when a loop first listens.
pub(crate) struct Hub {
    doorbell: &'static Doorbell,
    key: driver::Key,
    last: Cell<u64>,
    waiting: RefCell<Vec<Waiting>>,
}

/// Somebody who waits for a signal.
struct Waiting {
    number: u64,
    index: usize,
    /// How often it had arrived.
    seen: u32,
    then: Future<()>,
}

/// Calls [`Hub::look`] on the loop, in the turn after the one in which the doorbell is found to have rung.
struct Ring(Address);

impl Wake for Ring {
    fn wake(self: Arc<Self>) {
        let _ = inbox::call(
            self.0,
            Box::new(|| {
                let core = here::expect_core("a signal");
                let hub = core.seldom().signals.borrow().clone();
                if let Some(hub) = hub {
                    hub.look(&core);
                }
            }),
        );
    }
}

impl Hub {
    /// The loop's, made now if need be.
    pub(super) fn of(core: &Core) -> io::Result<Rc<Self>> {
        if let Some(hub) = &*core.seldom().signals.borrow() {
            return Ok(hub.clone());
        }
        if core.clock.is_virtual() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "a signal was to be waited for on a loop with a virtual clock, which never asks the system; make the \
                 loop with `EventLoop::new`",
            ));
        }
        // First, as a run that listens to Ctrl-C makes this when the poller is made.
        core.driver.make_sure_of_the_poller(&core.inbox)?;
        if let Some(hub) = &*core.seldom().signals.borrow() {
            return Ok(hub.clone());
        }
        let doorbell = Doorbell::take()?;
        let registered = core
            .driver
            .register(doorbell.descriptor(), Direction::Read, &core.inbox);
        let key = match registered {
            Ok(key) => key,
            Err(error) => {
                doorbell.give_back();
                return Err(error);
            }
        };
        let hub = Rc::new(Self {
            doorbell,
            key,
            last: Cell::new(0),
            waiting: RefCell::default(),
        });
        hub.listen(core);
        core.seldom().signals.replace(Some(hub.clone()));
        Ok(hub)
    }

    /// Has the loop look at the counts soon, also if it is about to sleep.
    pub(super) fn look_soon(core: &Core) {
        Arc::new(Ring(core.inbox.address())).wake();
    }

    /// The next ring is heard.
    fn listen(&self, core: &Core) {
        self.doorbell.silence();
        core.driver.would_block(self.key, Direction::Read);
        let waker = Waker::from(Arc::new(Ring(core.inbox.address())));
        let who = core.driver.new_future();
        core.driver.wait_for(self.key, Direction::Read, who, &waker);
    }

    /// The doorbell has rung: whoever waits for what has arrived goes on, in the order in which they came.
    fn look(&self, core: &Core) {
        self.listen(core);
        core.seldom().interrupt.look();
        let mut waiting = self.waiting.take();
        waiting.retain(|waiting| {
            let waits = handler::count(waiting.index) == waiting.seen;
            if !waits {
                let _ = waiting.then.set_result(());
            }
            waits
        });
        let mut came_meanwhile = self.waiting.borrow_mut();
        waiting.append(&mut came_meanwhile);
        *came_meanwhile = waiting;
    }

    /// Settles `then` when the signal has arrived once more than `seen`. The number by which to [`forget`](Self::forget)
    /// it.
    pub(super) fn wait(&self, index: usize, seen: u32, then: Future<()>) -> u64 {
        let number = self.last.get() + 1;
        self.last.set(number);
        let mut waiting = self.waiting.borrow_mut();
        waiting.push(Waiting {
            number,
            index,
            seen,
            then,
        });
        number
    }

    /// Nobody waits there any more.
    pub(super) fn forget(&self, number: u64) {
        let mut waiting = self.waiting.borrow_mut();
        let at = waiting.iter().position(|waiting| waiting.number == number);
        let left = at.map(|at| waiting.remove(at));
        drop(waiting);
        drop(left);
    }

    /// The loop closes.
    pub(crate) fn close(&self, core: &Core) {
        let _ = core.driver.release(self.doorbell.descriptor(), self.key);
        self.doorbell.give_back();
        drop(self.waiting.take());
    }
}

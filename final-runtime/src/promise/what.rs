//! What a promise is that is settled by hand: one word in its header, so that it costs nothing to say it.
//!
//! In the book: chapter 12.

use crate::promise::{Header, Kind};
use crate::task::TaskKey;

/// What it is, for those who look at who waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum What {
    /// A future of the program's.
    Future,
    /// A place in the line of a lock. [`AnyPromise::ahead`](Header::ahead) says who is in front.
    Lock,
    Event,
    Condition,
    Semaphore,
    Barrier,
    QueueItem,
    QueueRoom,
    QueueDone,
    Group,
    SomeOfSeveral,
    NextOfSeveral,
    Shielded,
    EndOfCancelled,
    ThreadCall,
    EndOfThreads,
    /// [`AnyPromise::signal`](Header::signal) says which.
    Signal,
}

impl What {
    const ALL: [Self; 17] = [
        Self::Future,
        Self::Lock,
        Self::Event,
        Self::Condition,
        Self::Semaphore,
        Self::Barrier,
        Self::QueueItem,
        Self::QueueRoom,
        Self::QueueDone,
        Self::Group,
        Self::SomeOfSeveral,
        Self::NextOfSeveral,
        Self::Shielded,
        Self::EndOfCancelled,
        Self::ThreadCall,
        Self::EndOfThreads,
        Self::Signal,
    ];

    pub(super) fn from_bits(bits: u8) -> Self {
        Self::ALL[usize::from(bits)]
    }
}

const _: () = {
    let mut bits = 0;
    while bits < What::ALL.len() {
        assert!(What::ALL[bits] as usize == bits);
        bits += 1;
    }
};

impl Header {
    fn is_a(&self, what: What) -> bool {
        self.kind() == Kind::Hand && self.what() == what
    }

    /// The task in front of who waits in the line of a lock: the one that holds it, or that will have held it before.
    pub(crate) fn ahead(&self) -> Option<TaskKey> {
        let known = self.is_a(What::Lock) && self.detail() != 0;
        known.then(|| TaskKey::from_halves(self.detail(), self.slot()))
    }

    /// Notes it, in place of a slot, which only a task has.
    pub(crate) fn set_ahead(&self, task: Option<TaskKey>) {
        debug_assert!(self.is_a(What::Lock));
        let (detail, slot) = task.map_or((0, 0), TaskKey::halves);
        self.set_detail(detail);
        self.set_slot(slot);
    }

    /// The task that awaits it, if one does, is of this runtime, and the first.
    pub(crate) fn first_listener(&self) -> Option<TaskKey> {
        let word = self.listener.get();
        (word != 0).then(|| TaskKey::from_word(word))
    }

    /// The number of the signal that it stands for.
    pub(crate) fn signal(&self) -> i32 {
        self.detail() as i32
    }

    pub(crate) fn set_signal(&self, number: i32) {
        self.set_detail(number.unsigned_abs().into());
    }
}

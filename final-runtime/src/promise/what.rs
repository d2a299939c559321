//! What a promise is that is settled by hand: one word in its header, so that it costs nothing to say it.
//!
//! In the book: chapter 12.

use std::num::NonZeroU64;

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

/// Which task of which loop, in one word that no other task has while the loop is open: the lowest 16 bits are the loop's
/// number, the others the task's. It is in the task's own header, so that it is had for little; to find the task by it
/// takes a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(NonZeroU64);

impl Identity {
    /// Of what is no task: none has the number 0.
    pub(crate) const NO_TASK: Self = Self(NonZeroU64::MIN);

    pub(crate) fn loop_number(self) -> u16 {
        self.0.get() as u16
    }

    pub(crate) fn number(self) -> u64 {
        self.0.get() >> u16::BITS
    }
}

impl Header {
    fn is_a(&self, what: What) -> bool {
        self.kind() == Kind::Hand && self.what() == what
    }

    /// The task in front of who waits in the line of a lock: the one that holds it, or that will have held it before.
    pub(crate) fn ahead(&self) -> Option<Identity> {
        let word = self.detail() << u32::BITS | u64::from(self.slot());
        NonZeroU64::new(word).map(Identity)
    }

    /// Notes it, in place of a slot, which only a task has.
    pub(crate) fn set_ahead(&self, task: Option<Identity>) {
        debug_assert!(self.is_a(What::Lock));
        let word = task.map_or(0, |Identity(word)| word.get());
        self.set_detail(word >> u32::BITS);
        self.set_slot(word as u32);
    }

    /// Which task it is.
    #[inline]
    pub(crate) fn identity(&self) -> Identity {
        let word = self.number_in_place() | u64::from(self.core().number);
        Identity(NonZeroU64::new(word).unwrap_or(Identity::NO_TASK.0))
    }

    /// The task that awaits it, if one does, is of the same loop, and the first.
    pub(crate) fn first_awaiter(&self) -> Option<Identity> {
        let word = NonZeroU64::new(self.listener.get())?;
        let task = self.core().slots.get(TaskKey::from_word(word.get()));
        task.map(|task| task.identity())
    }

    /// The number of the signal that it stands for.
    pub(crate) fn signal(&self) -> i32 {
        self.detail() as i32
    }

    pub(crate) fn set_signal(&self, number: i32) {
        self.set_detail(number.unsigned_abs().into());
    }
}

//! The list of doorbells, which a signal handler walks: without a lock, and without memory of its own.
//!
//! 1. A bell is something to ring and a mark that somebody has it. It lives for ever: a handler on another thread may be
//!    about to ring it. A loop takes a free one, or makes one, and gives it back.
//! 2. The list grows at its head, and nothing is ever taken out.
//! 3. A listener has taken its bell before it notes the count; a handler counts before it looks who has a bell; and there is
//!    a fence between the two, on both sides. So a signal that the listener does not find counted will ring.

#![expect(unsafe_code, reason = "a list that a signal handler can walk")]

use std::ptr;

use super::sync::{AtomicBool, AtomicPtr, AtomicU32, SeqCst, fence};

/// The bells of all loops.
pub(super) struct Bells<P: 'static> {
    /// The newest, or null.
    pub(super) newest: AtomicPtr<Bell<P>>,
}

/// One of them.
pub(super) struct Bell<P> {
    taken: AtomicBool,
    /// What is rung.
    pub(super) pipe: P,
    next: *const Bell<P>,
}

// SAFETY: `next` is written before the bell is shared, and points to one that lives for ever; the rest is `Sync` if `P` is.
unsafe impl<P: Sync> Sync for Bell<P> {}

impl<P> Bells<P> {
    /// One that nobody has, and whether it is as somebody left it; made if there is none. What is counted from now on, and
    /// not found in the count, will ring it.
    pub(super) fn take<E>(
        &self,
        make: impl FnOnce() -> Result<P, E>,
    ) -> Result<(&'static Bell<P>, bool), E> {
        let taken = self.find_or_make(make)?;
        fence(SeqCst);
        Ok(taken)
    }

    fn find_or_make<E>(
        &self,
        make: impl FnOnce() -> Result<P, E>,
    ) -> Result<(&'static Bell<P>, bool), E> {
        let used = self.iter().find(|bell| !bell.taken.swap(true, SeqCst));
        if let Some(bell) = used {
            return Ok((bell, true));
        }
        let made = Box::leak(Box::new(Bell {
            taken: AtomicBool::new(true),
            pipe: make()?,
            next: ptr::null(),
        }));
        let mut head = self.newest.load(SeqCst);
        loop {
            made.next = head;
            match self.newest.compare_exchange(head, made, SeqCst, SeqCst) {
                Ok(_) => return Ok((made, false)),
                Err(other) => head = other,
            }
        }
    }

    /// What the handler does: counts the signal, and calls `ring` for each bell that somebody has.
    pub(super) fn arrived(&self, count: Option<&AtomicU32>, ring: impl Fn(&P)) {
        if let Some(count) = count {
            count.fetch_add(1, SeqCst);
        }
        fence(SeqCst);
        for bell in self.iter() {
            if bell.taken.load(SeqCst) {
                ring(&bell.pipe);
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = &'static Bell<P>> {
        let mut next = self.newest.load(SeqCst).cast_const();
        std::iter::from_fn(move || {
            // SAFETY: the list holds bells that were leaked.
            let bell = unsafe { next.as_ref() }?;
            next = bell.next;
            Some(bell)
        })
    }
}

impl<P> Bell<P> {
    /// It is free for another loop.
    pub(super) fn give_back(&self) {
        self.taken.store(false, SeqCst);
    }
}

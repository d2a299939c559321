//! Which mailbox a loop's number means.
//!
//! A number is all that a waker knows of its loop. So the mailboxes live for ever: a closed one waits for the next
//! loop that gets its number, and whoever finds it meanwhile finds it closed. Chunk `k` holds the numbers from `2^k`
//! on, as many again, and is made when the first of them is needed. To find a mailbox takes no lock.

use std::collections::VecDeque;
use std::sync::{OnceLock, PoisonError};

use super::mailbox::{Call, Mailbox, Message};
use super::sync::{Mutex, MutexGuard};

/// The numbers 1 to 65535 in chunks of 1, 2, 4, …
const CHUNKS: usize = u16::BITS as usize;

/// Where a loop can be reached: its number, and which of the loops that had this number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) number: u16,
    epoch: u64,
}

/// The mailboxes of all loops.
pub(crate) struct Registry {
    chunks: [OnceLock<Box<[Mailbox]>>; CHUNKS],
    numbers: OnceLock<Mutex<Numbers>>,
    /// How many closed numbers rest before the first of them is used again.
    rest: usize,
}

struct Numbers {
    /// The least number that no loop had yet; past `u16` when there is none.
    fresh: u32,
    /// Those of closed loops, the longest closed first.
    free: VecDeque<u16>,
}

impl Registry {
    pub(super) const fn new(rest: usize) -> Self {
        Self {
            chunks: [const { OnceLock::new() }; CHUNKS],
            numbers: OnceLock::new(),
            rest,
        }
    }

    /// Gives a loop its number.
    ///
    /// # Panics
    ///
    /// If every number is in use.
    #[track_caller]
    pub(super) fn open(&self) -> Address {
        let Some(number) = self.numbers().next(self.rest) else {
            panic!(
                "an event loop was made while {} others are open, and there are no more numbers for loops; close those \
                 that nobody needs",
                u16::MAX
            );
        };
        let (chunk, index) = place(number).expect("numbers begin with 1");
        let mailboxes =
            self.chunks[chunk].get_or_init(|| (0..1 << chunk).map(|_| Mailbox::new()).collect());
        let epoch = mailboxes[index].open();
        Address { number, epoch }
    }

    /// Takes the number back. What the loop did not take is dropped here, when others may have the number already.
    pub(super) fn close(&self, address: Address) {
        let Some(mailbox) = self.mailbox(address.number) else {
            return;
        };
        let left = mailbox.close();
        self.numbers().free.push_back(address.number);
        drop(left);
    }

    /// The mailbox of a number; `None` for one that no loop ever had.
    pub(super) fn mailbox(&self, number: u16) -> Option<&Mailbox> {
        let (chunk, index) = place(number)?;
        Some(&self.chunks[chunk].get()?[index])
    }

    /// Leaves a wake.
    pub(super) fn wake(&self, number: u16, word: u64) {
        if let Some(mailbox) = self.mailbox(number) {
            mailbox.wake(word);
        }
    }

    /// Leaves a call.
    ///
    /// # Errors
    ///
    /// If the loop is closed, with the call.
    pub(super) fn call(&self, address: Address, call: Call) -> Result<(), Message> {
        match self.mailbox(address.number) {
            Some(mailbox) => mailbox.call(address.epoch, call),
            None => Err(Message::Call(call)),
        }
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        let numbers = self.numbers.get_or_init(|| {
            Mutex::new(Numbers {
                fresh: 1,
                free: VecDeque::new(),
            })
        });
        numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Numbers {
    /// A number that rested long enough, else a fresh one, else the longest closed.
    fn next(&mut self, rest: usize) -> Option<u16> {
        if self.free.len() <= rest
            && let Ok(fresh) = u16::try_from(self.fresh)
        {
            self.fresh += 1;
            return Some(fresh);
        }
        self.free.pop_front()
    }
}

/// Chunk and index of a number.
fn place(number: u16) -> Option<(usize, usize)> {
    let chunk = number.checked_ilog2()?;
    Some((chunk as usize, usize::from(number) - (1 << chunk)))
}

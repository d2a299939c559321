//! The sockets that the poller knows: what it said about each, and who waits.
//!
//! A socket has a slot from its registration until it is closed; slots that are free are used again, the last one
//! first. All that is known about a socket is one word:
//!
//! | bits | name | set by | cleared by |
//! |---|---|---|---|
//! | 0, 1 | `READY`, to read and to write | an event | `WouldBlock`; a short transfer, unless in doubt |
//! | 2, 3 | `DOUBT` | an event that tells of more than bytes | `WouldBlock` |
//! | 4, 5 | `CROWD`: more than one waits | the second who waits | an event; the slot's end |
//! | 6 to 31 | generation | | counted up when the slot is freed |
//!
//! A token is the slot's index with the generation above it: 32 and 26 bits, or 20 and 12 where `usize` has 32. When
//! the generation comes round, an event that was meant for a socket of long ago costs the one of now a try.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::os::fd::RawFd;
use std::task::Waker;

use mio::Token;

use crate::report::Reports;

/// A direction of a socket; its number is that of its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    Read = 0,
    Write = 1,
}

/// A socket that is registered: its slot's index, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(NonZeroU32);

const READY: u32 = 0b01;
const DOUBT: u32 = 0b01 << 2;
const CROWD: u32 = 0b01 << 4;
const ONE_GENERATION: u32 = 1 << 6;

const INDEX_BITS: u32 = if usize::BITS >= 64 { 32 } else { 20 };
/// The last index is not given out: with it a token could be the alarm's.
const MOST: usize = (1_u64 << INDEX_BITS) as usize - 1;

/// What an event says, as bits of the word.
#[derive(Clone, Copy)]
pub(crate) struct Told(u32);

/// Who waits, so that it can be found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who(u64);

/// Somebody who waits for one direction of a socket.
pub(crate) struct Waiter {
    pub(crate) who: Who,
    pub(crate) waker: Waker,
}

/// The wakers of all who waited for a socket.
#[derive(Default)]
pub(crate) struct Woken {
    first: [Option<Waker>; 2],
    crowd: Vec<Waker>,
}

#[derive(Default)]
struct Slot {
    word: u32,
    fd: RawFd,
    /// The one who waits, for each direction.
    first: [Option<Waiter>; 2],
}

/// All sockets that are registered with one poller.
#[derive(Default)]
pub(crate) struct Sockets {
    slots: Vec<Slot>,
    free: Vec<Key>,
    /// The rest, where several wait for one direction.
    crowds: BTreeMap<(Key, Direction), Vec<Waiter>>,
    /// The peers of those that are being connected.
    names: BTreeMap<Key, SocketAddr>,
}

impl Key {
    fn at(index: usize) -> Self {
        let number = u32::try_from(index + 1).ok().and_then(NonZeroU32::new);
        Self(number.expect("an index is below `MOST`"))
    }

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    /// The key as a number.
    pub(crate) fn to_bits(self) -> u32 {
        self.0.get()
    }

    /// The key that a number was made of.
    pub(crate) fn from_bits(bits: u32) -> Option<Self> {
        NonZeroU32::new(bits).map(Self)
    }
}

impl Direction {
    const BOTH: [Self; 2] = [Self::Read, Self::Write];

    fn bit(self, which: u32) -> u32 {
        which << self as u32
    }
}

impl Who {
    /// The owner of a socket, through traits that are polled: it waits for one thing at a time, and its last waker counts.
    pub(crate) const OWNER: Self = Self(0);
    /// Anybody who has a reference to a socket, through traits that are polled: each waker is another one.
    pub(crate) const ANYBODY: Self = Self(1);

    /// A future of ours, by its number, from 1. Its last waker counts, and it says when it waits no more.
    pub(crate) fn future(number: u64) -> Self {
        Self(number + 1)
    }
}

impl Told {
    /// For each direction, whether it is ready, and whether more than bytes is told.
    pub(crate) fn new(read: (bool, bool), write: (bool, bool)) -> Self {
        let bits = |direction: Direction, (ready, doubt): (bool, bool)| {
            let ready = if ready { direction.bit(READY) } else { 0 };
            let doubt = if doubt { direction.bit(DOUBT) } else { 0 };
            ready | doubt
        };
        Self(bits(Direction::Read, read) | bits(Direction::Write, write))
    }
}

impl Waiter {
    /// Whether it is this one. Of those who have no name each waker is another one.
    fn is(&self, who: Who, waker: &Waker) -> bool {
        self.who == who && (who != Who::ANYBODY || self.waker.will_wake(waker))
    }
}

impl Woken {
    /// An edge is told once: no waker's panic may keep the others from hearing of it.
    pub(crate) fn wake(self, reports: &Reports) {
        let all = self.first.into_iter().flatten().chain(self.crowd);
        all.for_each(|waker| reports.wake(waker));
    }
}

impl Slot {
    fn token(&self, key: Key) -> Token {
        let generation = (self.word / ONE_GENERATION) as usize;
        Token(generation << INDEX_BITS | key.index())
    }
}

impl Sockets {
    /// A slot for a socket whose `blocked` direction would block; the other is taken to be ready.
    pub(crate) fn add(&mut self, blocked: Direction, fd: RawFd) -> io::Result<(Key, Token)> {
        let key = match self.free.pop() {
            Some(key) => key,
            None if self.slots.len() < MOST => {
                self.slots.push(Slot::default());
                Key::at(self.slots.len() - 1)
            }
            None => {
                let told = format!("a loop has at most {MOST} sockets that wait; close some");
                return Err(io::Error::other(told));
            }
        };
        let slot = &mut self.slots[key.index()];
        slot.fd = fd;
        for direction in Direction::BOTH {
            if direction != blocked {
                slot.word |= direction.bit(READY);
            }
        }
        Ok((key, slot.token(key)))
    }

    /// Frees a slot. Who still waited is given back.
    pub(crate) fn remove(&mut self, key: Key) -> Woken {
        let all = Direction::BOTH.map(|direction| direction.bit(READY));
        let woken = self.take_waiters(key, all[0] | all[1]);
        let slot = &mut self.slots[key.index()];
        let generation = slot.word / ONE_GENERATION * ONE_GENERATION;
        slot.word = generation.wrapping_add(ONE_GENERATION);
        self.names.remove(&key);
        self.free.push(key);
        woken
    }

    /// Keeps what an event says. Who waited for that is given back. An event for a socket that is gone says nothing.
    pub(crate) fn note(&mut self, token: Token, told: Told) -> Woken {
        let index = token.0 & MOST;
        let Some(slot) = self.slots.get_mut(index) else {
            return Woken::default();
        };
        let key = Key::at(index);
        if slot.token(key) != token {
            return Woken::default();
        }
        slot.word |= told.0;
        self.take_waiters(key, told.0)
    }

    fn take_waiters(&mut self, key: Key, ready: u32) -> Woken {
        let slot = &mut self.slots[key.index()];
        let mut woken = Woken::default();
        for direction in Direction::BOTH {
            if ready & direction.bit(READY) == 0 {
                continue;
            }
            let first = slot.first[direction as usize].take();
            woken.first[direction as usize] = first.map(|waiter| waiter.waker);
            if slot.word & direction.bit(CROWD) != 0 {
                slot.word &= !direction.bit(CROWD);
                let crowd = self.crowds.remove(&(key, direction)).unwrap_or_default();
                woken
                    .crowd
                    .extend(crowd.into_iter().map(|waiter| waiter.waker));
            }
        }
        woken
    }

    /// It is being connected to this address.
    pub(crate) fn name(&mut self, key: Key, peer: SocketAddr) {
        self.names.insert(key, peer);
    }

    /// The socket's descriptor, and the peer of one that is being connected.
    pub(crate) fn descriptor(&self, key: Key) -> (RawFd, Option<SocketAddr>) {
        (self.slots[key.index()].fd, self.names.get(&key).copied())
    }

    pub(crate) fn is_ready(&self, key: Key, direction: Direction) -> bool {
        self.slots[key.index()].word & direction.bit(READY) != 0
    }

    pub(crate) fn would_block(&mut self, key: Key, direction: Direction) {
        self.slots[key.index()].word &= !(direction.bit(READY) | direction.bit(DOUBT));
    }

    pub(crate) fn fell_short(&mut self, key: Key, direction: Direction) {
        let word = &mut self.slots[key.index()].word;
        if *word & direction.bit(DOUBT) == 0 {
            *word &= !direction.bit(READY);
        }
    }

    /// Adds somebody, or gives it another waker. What is replaced is given back.
    pub(crate) fn add_waiter(
        &mut self,
        key: Key,
        direction: Direction,
        waiter: Waiter,
    ) -> Option<Waiter> {
        let slot = &mut self.slots[key.index()];
        let first = &mut slot.first[direction as usize];
        let crowded = slot.word & direction.bit(CROWD) != 0;
        match first {
            Some(first) if !first.is(waiter.who, &waiter.waker) => {}
            None if crowded => {}
            _ => return first.replace(waiter),
        }
        slot.word |= direction.bit(CROWD);
        let crowd = self.crowds.entry((key, direction)).or_default();
        match crowd
            .iter_mut()
            .find(|known| known.is(waiter.who, &waiter.waker))
        {
            Some(known) => Some(std::mem::replace(known, waiter)),
            None => {
                crowd.push(waiter);
                None
            }
        }
    }

    /// Takes out a future of ours that waits no more.
    pub(crate) fn remove_waiter(
        &mut self,
        key: Key,
        direction: Direction,
        who: Who,
    ) -> Option<Waiter> {
        let slot = &mut self.slots[key.index()];
        let first = &mut slot.first[direction as usize];
        if first.as_ref().is_some_and(|first| first.who == who) {
            return first.take();
        }
        if slot.word & direction.bit(CROWD) == 0 {
            return None;
        }
        let crowd = self.crowds.get_mut(&(key, direction))?;
        let index = crowd.iter().position(|known| known.who == who)?;
        Some(crowd.remove(index))
    }
}

//! The sockets that the poller knows: what it said about each, and who waits.
//!
//! A socket has a slot from its registration until it is closed; slots that are free are used again, the last one
//! first. All that is known about a socket is one word:
//!
//! | bits | name | set by | cleared by |
//! |---|---|---|---|
//! | 0, 1 | `READY`, to read and to write | an event | `WouldBlock`; a short transfer, unless in doubt |
//! | 2, 3 | `DOUBT` | an event that tells of more than bytes | `WouldBlock` |
//! | 4 to 31 | generation | | counted up when the slot is freed |
//!
//! A token is the slot's index with the generation above it: 32 and 28 bits, or 20 and 12 where `usize` has 32. When
//! the generation comes round, an event that was meant for a socket of long ago costs the one of now a try.
//!
//! In the book: chapter 7.

use std::collections::BTreeMap;
use std::io;
use std::mem::ManuallyDrop;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::os::fd::RawFd;
use std::task::Waker;

use mio::Token;

use crate::driver::waiter::{List, Waiter, Waiting, Who};
use crate::task::TaskKey;

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
const ONE_GENERATION: u32 = 1 << 4;

const INDEX_BITS: u32 = if usize::BITS >= 64 { 32 } else { 20 };
/// The last index is not given out: with it a token could be the alarm's.
const MOST: usize = (1_u64 << INDEX_BITS) as usize - 1;

/// What an event says, as bits of the word.
#[derive(Clone, Copy)]
pub(crate) struct Told(u32);

#[derive(Default)]
struct Slot {
    word: u32,
    fd: RawFd,
    /// Who waits, for each direction.
    waiting: [Waiting; 2],
}

/// It is there once for every connection.
const _: () = assert!(size_of::<Slot>() == 24);

/// All sockets that are registered with one poller. Nothing here calls code of others: who is taken out is given back.
#[derive(Default)]
pub(crate) struct Sockets {
    slots: Vec<Slot>,
    free: Vec<Key>,
    list: List,
    /// The peers of those that are being connected.
    names: BTreeMap<Key, SocketAddr>,
}

impl Key {
    fn at(index: usize) -> Self {
        let number = u32::try_from(index + 1).ok().and_then(NonZeroU32::new);
        Self(number.expect("an index is below `MOST`"))
    }

    #[inline]
    fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    /// The key as a number.
    #[inline]
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

    #[inline(always)]
    fn bit(self, which: u32) -> u32 {
        which << self as u32
    }
}

impl Told {
    /// For each direction, whether it is ready, and whether more than bytes is told.
    #[inline]
    pub(crate) fn new(read: (bool, bool), write: (bool, bool)) -> Self {
        let bits = |direction: Direction, (ready, doubt): (bool, bool)| {
            let ready = direction.bit(u32::from(ready) * READY);
            let doubt = direction.bit(u32::from(doubt) * DOUBT);
            ready | doubt
        };
        Self(bits(Direction::Read, read) | bits(Direction::Write, write))
    }
}

impl Slot {
    #[inline]
    fn generation(&self) -> usize {
        (self.word / ONE_GENERATION) as usize
    }

    fn token(&self, key: Key) -> Token {
        Token(self.generation() << INDEX_BITS | key.index())
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
    pub(crate) fn remove(&mut self, key: Key) -> [Waiting; 2] {
        let slot = &mut self.slots[key.index()];
        let generation = slot.word / ONE_GENERATION * ONE_GENERATION;
        slot.word = generation.wrapping_add(ONE_GENERATION);
        let waited = std::mem::take(&mut slot.waiting);
        if !self.names.is_empty() {
            self.names.remove(&key);
        }
        self.free.push(key);
        waited
    }

    /// Keeps what an event says. Who waited for that is given back. An event for a socket that is gone says nothing.
    #[inline(always)]
    pub(crate) fn note(&mut self, token: Token, told: Told) -> [Waiting; 2] {
        let mut waited = [Waiting::NOBODY; 2];
        let index = token.0 & MOST;
        if let Some(slot) = self.slots.get_mut(index)
            && slot.generation() << INDEX_BITS == token.0 & !MOST
        {
            slot.word |= told.0;
            for direction in Direction::BOTH {
                if told.0 & direction.bit(READY) != 0 {
                    let waiting = &mut slot.waiting[direction as usize];
                    waited[direction as usize] = std::mem::take(waiting);
                }
            }
        }
        waited
    }

    /// Takes out the first of those who were given back.
    pub(crate) fn pop(&mut self, waited: &mut Waiting) -> Option<Waiter> {
        self.list.pop(waited)
    }

    /// It is being connected to this address.
    pub(crate) fn name(&mut self, key: Key, peer: SocketAddr) {
        self.names.insert(key, peer);
    }

    /// The socket's descriptor, and the peer of one that is being connected.
    pub(crate) fn descriptor(&self, key: Key) -> (RawFd, Option<SocketAddr>) {
        (self.slots[key.index()].fd, self.names.get(&key).copied())
    }

    /// The tasks of this runtime that wait, with the socket and the direction.
    pub(crate) fn waiting_tasks(&self) -> Vec<(TaskKey, Key, Direction)> {
        let mut all = Vec::new();
        for (index, slot) in self.slots.iter().enumerate() {
            for direction in Direction::BOTH {
                let tasks = self.list.tasks(slot.waiting[direction as usize]);
                all.extend(tasks.map(|task| (task, Key::at(index), direction)));
            }
        }
        all
    }

    #[inline(always)]
    pub(crate) fn is_ready(&self, key: Key, direction: Direction) -> bool {
        self.slots[key.index()].word & direction.bit(READY) != 0
    }

    #[inline]
    pub(crate) fn would_block(&mut self, key: Key, direction: Direction) {
        self.slots[key.index()].word &= !(direction.bit(READY) | direction.bit(DOUBT));
    }

    #[inline(always)]
    pub(crate) fn fell_short(&mut self, key: Key, direction: Direction) {
        let word = &mut self.slots[key.index()].word;
        if *word & direction.bit(DOUBT) == 0 {
            *word &= !direction.bit(READY);
        }
    }

    /// Notes that `task` waits as the socket's owner, if nobody waits beside it.
    #[inline(always)]
    pub(crate) fn wait_alone(&mut self, key: Key, direction: Direction, task: TaskKey) -> bool {
        let waiting = &mut self.slots[key.index()].waiting[direction as usize];
        let is_alone = waiting.is_nobody() || waiting.as_task().is_some();
        if is_alone {
            *waiting = Waiting::task(task);
        }
        is_alone
    }

    /// Notes that `task` waits as `who`, if nobody waits yet.
    #[inline]
    pub(crate) fn wait_first(
        &mut self,
        key: Key,
        direction: Direction,
        who: Who,
        task: TaskKey,
    ) -> bool {
        let waiting = &mut self.slots[key.index()].waiting[direction as usize];
        let is_first = waiting.is_nobody();
        if is_first {
            let waker = ManuallyDrop::into_inner(task.waker());
            *waiting = self.list.begin(Waiter { who, waker });
        }
        is_first
    }

    /// Whether this one waits already, with this waker.
    pub(crate) fn has_waiter(
        &self,
        key: Key,
        direction: Direction,
        who: Who,
        waker: &Waker,
    ) -> bool {
        let waiting = self.slots[key.index()].waiting[direction as usize];
        self.list.has(waiting, who, waker)
    }

    /// Adds somebody, or gives it another waker. What has to be dropped is given back.
    pub(crate) fn add_waiter(
        &mut self,
        key: Key,
        direction: Direction,
        waiter: Waiter,
    ) -> Option<Waiter> {
        let waiting = &mut self.slots[key.index()].waiting[direction as usize];
        self.list.add(waiting, waiter)
    }

    /// Takes out a future of ours that waits no more. What has to be dropped is given back.
    pub(crate) fn remove_waiter(
        &mut self,
        key: Key,
        direction: Direction,
        who: Who,
    ) -> Option<Waiter> {
        let waiting = &mut self.slots[key.index()].waiting[direction as usize];
        self.list.remove(waiting, who)
    }
}

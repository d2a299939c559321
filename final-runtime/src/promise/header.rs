//! What every promise begins with, whatever its type.
//!
//! | bits of `word` | |
//! |---|---|
//! | 0–1 | where it stands: a [`State`] |
//! | 2–3 | who settles it: a [`Kind`] |
//! | 4 `BODY` | the payload is the task's future |
//! | 5 `VALUE` | the payload is the value |
//! | 6 `TAKEN` | the value went to somebody who did not need a copy |
//! | 7 `UNSEEN` | it holds an error at which nobody has looked |
//! | 8 `NEW` | the task's first step has not begun |
//! | 9 `INTERRUPTED` | another task runs inside a step of the task |
//! | 10 `ROOT` | a request has reached the task, or a scope was entered |
//! | 11 `ASKING` | a request is on its way through here: it must not come round again |
//! | 12 `STOPS` | the loop is to end its run one turn after this is settled |
//! | 13 `CONTEXT` | the task has context variables |
//! | 14 `MERE_HOLDS` | some of those who hold it can neither ask it nor wait for it: see `holds` |
//! | 16–63 | of a task: its creation number |
//! | 16–23 | of what is settled by hand: a [`What`] |
//! | 24–63 | and a number that says more of it |
//!
//! In the book: chapter 13.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use crate::cancel::Wait;
use crate::future::State;
use crate::promise::cold::Cold;
use crate::promise::more::More;
use crate::promise::raw::VTable;
use crate::promise::what::What;
use crate::shared::Core;

/// The fixed part of a promise. A task and a future that is settled by hand have the same.
#[repr(C)]
pub(crate) struct Header {
    /// What depends on the type.
    pub(super) vtable: &'static VTable,
    /// Taken out when the promise is freed.
    pub(super) core: ManuallyDrop<Rc<Core>>,
    /// How many hold it.
    pub(super) refs: Cell<u32>,
    /// A task's place in the table of tasks.
    pub(super) slot: Cell<u32>,
    pub(super) word: Cell<u64>,
    /// The first who waits, if that is a task of this runtime: the word of its waker. 0 is nobody.
    pub(super) listener: Cell<u64>,
    /// What a task waits for, or what few promises need.
    pub(super) more: More,
}

const STATE: u64 = 0b11;
const KIND: u64 = 0b11 << 2;
pub(super) const BODY: u64 = 1 << 4;
pub(super) const VALUE: u64 = 1 << 5;
pub(super) const TAKEN: u64 = 1 << 6;
pub(super) const UNSEEN: u64 = 1 << 7;
pub(crate) const NEW: u64 = 1 << 8;
pub(crate) const INTERRUPTED: u64 = 1 << 9;
pub(crate) const ROOT: u64 = 1 << 10;
pub(crate) const ASKING: u64 = 1 << 11;
pub(super) const STOPS: u64 = 1 << 12;
pub(crate) const CONTEXT: u64 = 1 << 13;
pub(super) const MERE_HOLDS: u64 = 1 << 14;
const NUMBER_SHIFT: u32 = 16;
const DETAIL_SHIFT: u32 = 24;

/// Who settles it, which says what a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Somebody settles it by hand. A request settles it.
    Hand,
    /// A task. A request goes on to it.
    Task,
    /// Several others. A request goes on to each that is not done.
    Gather,
}

impl Header {
    pub(super) fn first_word(kind: Kind, number: u64) -> u64 {
        number << NUMBER_SHIFT | (kind as u64) << 2 | if kind == Kind::Task { NEW } else { 0 }
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        match self.word.get() & STATE {
            0 => State::Pending,
            1 => State::Ok,
            2 => State::Failed,
            _ => State::Cancelled,
        }
    }

    #[inline]
    pub(super) fn set_state(&self, state: State) {
        let state = match state {
            State::Pending => 0,
            State::Ok => 1,
            State::Failed => 2,
            State::Cancelled => 3,
        };
        self.word.set(self.word.get() & !STATE | state);
    }

    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.word.get() & STATE != 0
    }

    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        match (self.word.get() & KIND) >> 2 {
            0 => Kind::Hand,
            1 => Kind::Task,
            _ => Kind::Gather,
        }
    }

    #[inline]
    pub(crate) fn has(&self, flag: u64) -> bool {
        self.word.get() & flag != 0
    }

    #[inline]
    pub(crate) fn set(&self, flags: u64) {
        self.word.set(self.word.get() | flags);
    }

    #[inline]
    pub(crate) fn clear(&self, flags: u64) {
        self.word.set(self.word.get() & !flags);
    }

    /// The task's creation number, from 1.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.word.get() >> NUMBER_SHIFT
    }

    /// What it is, of one that is settled by hand.
    pub(crate) fn what(&self) -> What {
        What::from_bits((self.word.get() >> NUMBER_SHIFT) as u8)
    }

    /// What more there is to say of it: 0 if nothing.
    pub(super) fn detail(&self) -> u64 {
        self.word.get() >> DETAIL_SHIFT
    }

    /// At most 40 bits.
    pub(super) fn set_detail(&self, detail: u64) {
        let rest = self.word.get() & ((1 << DETAIL_SHIFT) - 1);
        self.word.set(detail << DETAIL_SHIFT | rest);
    }

    /// The task's place in the table of tasks.
    #[inline]
    pub(crate) fn slot(&self) -> u32 {
        self.slot.get()
    }

    pub(crate) fn set_slot(&self, slot: u32) {
        self.slot.set(slot);
    }

    #[inline]
    pub(crate) fn core(&self) -> &Rc<Core> {
        &self.core
    }

    #[inline]
    pub(crate) fn cold(&self) -> Option<&Cold> {
        self.more.cold()
    }

    #[inline]
    pub(crate) fn make_cold(&self) -> &Cold {
        self.more.make_cold()
    }

    /// Whether there is neither a wait nor anything that few promises need.
    #[inline]
    pub(super) fn has_no_more(&self) -> bool {
        self.more.is_nothing()
    }

    /// What a task waits for at its root, as long as that is one thing and nobody has asked.
    #[inline]
    pub(crate) fn wait(&self) -> Wait {
        self.more.wait()
    }

    #[inline]
    pub(crate) fn set_wait(&self, wait: Wait) {
        self.more.set_wait(wait);
    }
}

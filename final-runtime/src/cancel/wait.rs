//! What a task waits for, in one word. (How a request travels through it is in `request`.)
//!
//! Whoever makes a task wait leaves a [`Wait`] with the scope that is polled, and takes it back when the wait is over, is
//! dropped, or goes on in another scope; a [`Place`] does both. At a task's root the word stands in the task itself, so
//! that a task which is never asked nor looked at pays for it a store at each end of its wait.
//!
//! | lowest bits | what is waited for | the rest of the word |
//! |---|---|---|
//! | `000` | a promise: of a future, a task, a gather | its address |
//! | `010` | a deadline | the timer's key |
//! | `100` | a socket; without a key a deadline that never comes, a child of a scope, a message of a channel, room in one | the socket's key and which of its [`SocketOperation`]s; without a key, 0, 1, 2, 3 |
//! | `110` | nothing: a free place of a [`Waits`] | the next free place |
//!
//! Bit 0: a request went through here; if what is waited for ends as cancelled, that is its answer.
//!
//! In the book: chapter 8.

use std::ptr::NonNull;
use std::rc::{Rc, Weak};

use crate::cancel::{Cancelled, Node};
use crate::driver::{self, SocketOperation};
use crate::here;
use crate::promise::{AnyPromise, Header, Lent, ROOT};
use crate::shared::Core;
use crate::wheel::Key;

/// Something that a task waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait(*const ());

const ASKED: usize = 0b001;
const KIND: usize = 0b110;
const TIMER: usize = 0b010;
const SOCKET: usize = 0b100;
const FREE: usize = 0b110;
const SHIFT: u32 = 3;
const _: () = assert!(Key::BITS + SHIFT <= u64::BITS);

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is over already, or cannot be called off: the request must be noted.
    Refused,
    /// The wait is over, as cancelled.
    Settled,
    /// A task or a gather was asked. The wait goes on, and sees what they make of it.
    PassedOn,
    /// The request has come round to a task that it went out from: tasks wait for each other in a ring. The wait is over.
    Circular,
}

impl Answer {
    /// Whether there is nothing left to wait for.
    pub(crate) fn ends_the_wait(self) -> bool {
        matches!(self, Self::Settled | Self::Circular)
    }
}

impl Default for Wait {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl Wait {
    pub(crate) const NOTHING: Self = Self(std::ptr::null());

    /// A deadline that never comes.
    pub(crate) const NEVER: Self = Self(std::ptr::without_provenance(SOCKET));

    /// A child of a scope, which waits for something in the same task itself.
    pub(crate) const CHILD: Self = Self(std::ptr::without_provenance(1 << SHIFT | SOCKET));

    /// A message of a channel that other threads may send into.
    pub(crate) const MESSAGE: Self = Self(std::ptr::without_provenance(2 << SHIFT | SOCKET));

    /// Room in such a channel.
    pub(crate) const ROOM: Self = Self(std::ptr::without_provenance(3 << SHIFT | SOCKET));

    /// `what` at a socket of the task's loop.
    #[inline]
    pub(crate) fn socket(key: driver::Key, what: SocketOperation) -> Self {
        let word = (u64::from(key.to_bits()) << 2 | what as u64) << SHIFT | SOCKET as u64;
        Self(std::ptr::without_provenance(word as usize))
    }

    /// The deadline of a timer of the task's loop.
    #[inline]
    pub(crate) fn timer(key: Key) -> Self {
        let word = key.to_bits() << SHIFT | TIMER as u64;
        Self(std::ptr::without_provenance(word as usize))
    }

    /// The result of `promise`. Who leaves this word somewhere holds the promise until it has taken the word back.
    #[inline]
    pub(crate) fn promise(promise: &AnyPromise) -> Self {
        Self(promise.as_ptr().as_ptr().cast_const().cast())
    }

    /// A task's word never has all of these bits.
    pub(crate) const UNUSED_KIND: usize = FREE;

    #[inline]
    pub(crate) fn word(self) -> *const () {
        self.0
    }

    #[inline]
    pub(crate) fn from_word(word: *const ()) -> Self {
        Self(word)
    }

    #[inline]
    pub(crate) fn is_nothing(self) -> bool {
        self.0.is_null()
    }

    /// A request went through here, and this became of it.
    pub(crate) fn noting(self, answer: Answer) -> Self {
        match answer {
            Answer::Refused => self,
            _ => Self(self.0.map_addr(|word| word | ASKED)),
        }
    }

    #[inline]
    pub(crate) fn was_asked(self) -> bool {
        self.0.addr() & ASKED != 0
    }

    fn is_free(self) -> bool {
        self.0.addr() & KIND == FREE
    }

    /// The word at `index` with what it means, held: what a request sets off may end the wait meanwhile.
    pub(crate) fn hold(self, index: u32) -> Held {
        let on = match self.0.addr() & KIND {
            TIMER => On::Timer(Key::from_bits((self.0.addr() >> SHIFT) as u64)),
            SOCKET => {
                let word = self.0.addr() >> SHIFT;
                let what = SocketOperation::ALL[word & 0b11];
                match driver::Key::from_bits((word >> 2) as u32) {
                    Some(key) => On::Socket(key, what),
                    None if word == 0 => On::Timer(None),
                    None if word == 1 => On::Child,
                    None if word == 2 => On::Message,
                    None => On::Room,
                }
            }
            _ => On::Promise(self.hold_promise()),
        };
        Held { index, on }
    }

    #[expect(unsafe_code, reason = "the word is a pointer again")]
    fn hold_promise(self) -> Option<AnyPromise> {
        let header = self.0.map_addr(|word| word & !ASKED).cast_mut();
        let header = NonNull::new(header.cast::<Header>());
        // SAFETY: `promise` made the word of somebody's hold, which they keep until they have taken the word back from where
        // it stands; and words are held only there (`Node`, and the root of a task).
        header.map(|header| unsafe { Lent::from_ptr(header) }.clone())
    }
}

/// A wait, and what is waited for.
pub(crate) struct Held {
    /// Where the word stands.
    pub(super) index: u32,
    pub(crate) on: On,
}

pub(crate) enum On {
    Promise(Option<AnyPromise>),
    Timer(Option<Key>),
    Socket(driver::Key, SocketOperation),
    Child,
    Message,
    Room,
}

impl Held {
    pub(super) fn promise(&self) -> Option<&AnyPromise> {
        match &self.on {
            On::Promise(promise) => promise.as_ref(),
            On::Timer(_) | On::Socket(..) | On::Child | On::Message | On::Room => None,
        }
    }

    /// Whether a request goes through to somebody else.
    pub(crate) fn passes_on(&self) -> bool {
        self.promise().is_some_and(AnyPromise::passes_on)
    }

    /// Whether a request has anybody to meet here. A child of a scope meets it where it waits itself.
    pub(crate) fn can_be_asked(&self) -> bool {
        !matches!(self.on, On::Child)
    }

    /// Ends the wait for what is no promise, of a task of `core`.
    pub(super) fn end(&self, core: &Core) -> Answer {
        match &self.on {
            On::Timer(Some(timer)) => core.timers.end(*timer),
            // Nobody else waits in its place, and it can be given up at once.
            On::Timer(None) | On::Socket(..) | On::Message | On::Room => Answer::Settled,
            On::Promise(_) | On::Child => Answer::Refused,
        }
    }

    /// A noted request is delivered instead of the result. What the result says of a cancellation, if it is one.
    pub(crate) fn cover(&self) -> Option<Cancelled> {
        self.promise()?.cover()
    }
}

/// The waits of a scope: each keeps its place, and a place is used again.
#[derive(Default)]
pub(crate) struct Waits {
    words: Vec<Wait>,
    /// How many are not free.
    used: u32,
    free: u32,
}

impl Waits {
    pub(crate) fn len(&self) -> u32 {
        self.used
    }

    /// Puts a wait into a place.
    pub(crate) fn add(&mut self, wait: Wait) -> u32 {
        if self.used as usize == self.words.len() {
            self.free = self.used;
            self.words.push(Wait(std::ptr::without_provenance(
                FREE | (self.used as usize + 1) << SHIFT,
            )));
        }
        self.used += 1;
        let index = self.free;
        let free = std::mem::replace(&mut self.words[index as usize], wait);
        self.free = (free.0.addr() >> SHIFT) as u32;
        index
    }

    /// Takes the wait out of its place.
    pub(crate) fn remove(&mut self, index: u32) -> Wait {
        self.used -= 1;
        let free = Wait(std::ptr::without_provenance(
            FREE | (self.free as usize) << SHIFT,
        ));
        self.free = index;
        std::mem::replace(&mut self.words[index as usize], free)
    }

    /// A request went through at this place, and this became of it.
    pub(crate) fn note_answer(&mut self, index: u32, answer: Answer) {
        // The wait may have ended meanwhile.
        if let Some(wait) = self
            .words
            .get_mut(index as usize)
            .filter(|wait| !wait.is_free())
        {
            *wait = wait.noting(answer);
        }
    }

    /// All of them, held.
    pub(crate) fn hold(&self) -> Vec<Held> {
        let waits = (0..).zip(&self.words).filter(|(_, wait)| !wait.is_free());
        waits.map(|(index, wait)| wait.hold(index)).collect()
    }
}

/// Where a wait is registered, if it is.
#[derive(Default)]
pub(crate) struct Place {
    at: At,
    /// Which of the waits there.
    index: u32,
    /// A request went through it, here or where it was before.
    asked: bool,
}

#[derive(Default)]
enum At {
    #[default]
    Nowhere,
    /// At a task's root.
    Task(AnyPromise),
    Scope(Weak<Node>),
}

impl Place {
    /// The wait goes on: it is registered with the scope that is polled now. Outside a task nobody can ask.
    #[inline]
    pub(crate) fn wait_here(&mut self, wait: Wait) {
        if let Some(scope) = here::scope() {
            return self.wait_in(&scope, wait);
        }
        let Some(task) = here::task() else {
            return self.leave();
        };
        if !matches!(&self.at, At::Task(known) if known.is(&task)) {
            self.leave();
            self.index = task.add_wait(wait);
            self.at = At::Task(task.clone());
        }
    }

    #[cold]
    fn wait_in(&mut self, scope: &Rc<Node>, wait: Wait) {
        let known =
            matches!(&self.at, At::Scope(known) if std::ptr::eq(known.as_ptr(), Rc::as_ptr(scope)));
        if !known {
            self.leave();
            self.index = scope.add_wait(wait);
            self.at = At::Scope(Rc::downgrade(scope));
        }
    }

    /// The wait is over.
    #[inline]
    pub(crate) fn leave(&mut self) {
        if !matches!(self.at, At::Nowhere) {
            self.take_back();
        }
    }

    fn take_back(&mut self) {
        let left = match std::mem::take(&mut self.at) {
            At::Nowhere => return,
            At::Task(task) => task.remove_wait(self.index),
            At::Scope(scope) => match scope.upgrade() {
                Some(scope) => scope.remove_wait(self.index),
                None => return,
            },
        };
        self.asked |= left.was_asked();
    }

    /// Whether a request went through it. Known when it was left.
    #[inline]
    pub(crate) fn was_asked(&self) -> bool {
        self.asked
    }
}

impl Drop for Place {
    #[inline]
    fn drop(&mut self) {
        self.leave();
    }
}

impl AnyPromise {
    /// The task waits for one thing more, at its root. The index of the first is 0, with a root and without.
    #[inline]
    fn add_wait(&self, wait: Wait) -> u32 {
        if !self.has(ROOT) && self.wait().is_nothing() {
            self.set_wait(wait);
            return 0;
        }
        self.make_root().add_wait(wait)
    }

    /// How many waits stand at the root, each of which holds the task.
    pub(crate) fn wait_count(&self) -> u32 {
        match self.root() {
            Some(root) => root.waits(),
            None => u32::from(!self.wait().is_nothing()),
        }
    }

    /// The wait is over. How it stood.
    #[inline]
    fn remove_wait(&self, index: u32) -> Wait {
        match self.root() {
            Some(root) => root.remove_wait(index),
            None => {
                let wait = self.wait();
                self.set_wait(Wait::NOTHING);
                wait
            }
        }
    }
}

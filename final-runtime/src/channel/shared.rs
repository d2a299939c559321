//! What the two sides of a channel share. The rules:
//!
//! 1. All of it is under one lock. No code of others runs under it: wakers are cloned before, woken and dropped after, and
//!    so is what is sent.
//! 2. There is room while `items + called` is below the capacity. Who finds none stands in the line. Whenever a place
//!    becomes free, the first of the line is called: it leaves the line, and the place is kept for it until it takes it or
//!    gives up. So while somebody stands in the line there is no room for others, and room is given in order.
//! 3. A sender's place in the line is a number. One that is not in the line any more was called, or the channel is closed.
//! 4. A closed channel takes nothing more, also from those who were called; what is in it can be received. It is closed
//!    by its receiver. When the last sender is gone, nothing more comes, which is the same to the receiver.
//! 5. The receiver is woken only if it waits, and once.

use std::collections::VecDeque;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};
use std::thread;

use super::error::{SendError, TryRecvError, TrySendError};
use super::sync::{Mutex, MutexGuard};

/// Both sides hold it.
pub(super) struct Shared<T> {
    capacity: usize,
    state: Mutex<State<T>>,
}

struct State<T> {
    items: VecDeque<T>,
    senders: usize,
    closed: bool,
    /// The receiver waits.
    receiver: Option<Waker>,
    /// Those who wait for room, in order of their numbers.
    line: VecDeque<(u64, Waker)>,
    next_number: u64,
    /// For how many a place is kept.
    called: usize,
}

impl<T> Shared<T> {
    /// A channel with one sender.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::new(State {
                items: VecDeque::new(),
                senders: 1,
                closed: false,
                receiver: None,
                line: VecDeque::new(),
                next_number: 0,
                called: 0,
            }),
        }
    }

    /// How many items it holds at most; `usize::MAX` if it takes whatever comes.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How many senders there are.
    pub(super) fn senders(&self) -> usize {
        self.lock().senders
    }

    pub(super) fn add_sender(&self) {
        self.lock().senders += 1;
    }

    pub(super) fn remove_sender(&self) {
        let mut state = self.lock();
        state.senders -= 1;
        let receiver = match state.senders {
            0 => state.receiver.take(),
            _ => None,
        };
        drop(state);
        wake(receiver);
    }

    pub(super) fn try_send(&self, item: T) -> Result<(), TrySendError<T>> {
        let mut state = self.lock();
        if state.closed {
            return Err(TrySendError::Closed(item));
        }
        if !state.has_room(self.capacity) {
            return Err(TrySendError::Full(item));
        }
        let receiver = state.push(item);
        drop(state);
        wake(receiver);
        Ok(())
    }

    /// Sends what is in `item`, which is there until that is done. `number` is the place in the line, if there is one.
    pub(super) fn poll_send(
        &self,
        item: &mut Option<T>,
        number: &mut Option<u64>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), SendError<T>>> {
        let waker = cx.waker().clone();
        let mut state = self.lock();
        if state.closed {
            *number = None;
            drop(state);
            let item = item.take().expect("polled again after it was done");
            return Poll::Ready(Err(SendError(item)));
        }
        if let Some(place) = number.and_then(|number| state.place(number)) {
            let before = mem::replace(&mut state.line[place].1, waker);
            drop(state);
            drop(before);
            return Poll::Pending;
        }
        match number.take() {
            Some(_called) => state.called -= 1,
            None if state.has_room(self.capacity) => {}
            None => {
                let own = state.next_number;
                state.next_number += 1;
                state.line.push_back((own, waker));
                *number = Some(own);
                return Poll::Pending;
            }
        }
        let receiver = state.push(item.take().expect("polled again after it was done"));
        drop(state);
        wake(receiver);
        Poll::Ready(Ok(()))
    }

    /// Who has this place in the line, or was called from there, does not send.
    pub(super) fn give_up(&self, number: u64) {
        let mut state = self.lock();
        if let Some(place) = state.place(number) {
            let left = state.line.remove(place);
            drop(state);
            drop(left);
            return;
        }
        if state.closed {
            return;
        }
        state.called -= 1;
        let next = state.call_next(self.capacity);
        drop(state);
        wake(next);
    }

    pub(super) fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut state = self.lock();
        let Some(item) = state.items.pop_front() else {
            return Err(state.nothing());
        };
        let next = state.call_next(self.capacity);
        drop(state);
        wake(next);
        Ok(item)
    }

    /// `None`: nothing more comes.
    pub(super) fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        match self.try_recv() {
            Ok(item) => return Poll::Ready(Some(item)),
            Err(TryRecvError::Closed) => return Poll::Ready(None),
            Err(TryRecvError::Empty) => {}
        }
        let waker = cx.waker().clone();
        let mut state = self.lock();
        // Something may have come meanwhile.
        if state.items.is_empty() && state.nothing() == TryRecvError::Empty {
            let before = state.receiver.replace(waker);
            drop(state);
            drop(before);
            return Poll::Pending;
        }
        drop(state);
        Poll::Ready(self.try_recv().ok())
    }

    /// From now on it takes nothing.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.called = 0;
        let line = mem::take(&mut state.line);
        drop(state);
        // Nobody is left out because of another's waker. The first panic goes on, unless one is under way.
        let wake = |(_, waker): (u64, Waker)| catch_unwind(AssertUnwindSafe(|| waker.wake())).err();
        let panics: Vec<_> = line.into_iter().filter_map(wake).collect();
        if let Some(first) = panics.into_iter().next()
            && !thread::panicking()
        {
            resume_unwind(first);
        }
    }

    /// The receiver is gone: nobody will have what is in it.
    pub(super) fn remove_receiver(&self) {
        self.close();
        let mut state = self.lock();
        let items = mem::take(&mut state.items);
        let receiver = state.receiver.take();
        drop(state);
        drop((items, receiver));
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code of others runs under the lock, so a poisoned one is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn has_room(&self, capacity: usize) -> bool {
        self.items.len() + self.called < capacity
    }

    /// Who must be woken for it.
    #[must_use]
    fn push(&mut self, item: T) -> Option<Waker> {
        self.items.push_back(item);
        self.receiver.take()
    }

    /// Calls the first of the line, if there is room. Who must be woken for that.
    #[must_use]
    fn call_next(&mut self, capacity: usize) -> Option<Waker> {
        if !self.has_room(capacity) {
            return None;
        }
        let (_, waker) = self.line.pop_front()?;
        self.called += 1;
        Some(waker)
    }

    fn place(&self, number: u64) -> Option<usize> {
        let found = self
            .line
            .binary_search_by_key(&number, |(number, _)| *number);
        found.ok()
    }

    /// Why there is no item.
    fn nothing(&self) -> TryRecvError {
        match self.closed || self.senders == 0 {
            true => TryRecvError::Closed,
            false => TryRecvError::Empty,
        }
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

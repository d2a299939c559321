//! A promise whose value has a type that is known: made, filled, emptied, copied.
//!
//! In the book: chapter 13.

use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

use crate::promise::Body;
use crate::promise::header::{BODY, Kind, TAKEN, VALUE};
use crate::promise::raw::{AnyPromise, Whole};
use crate::shared::Core;

/// A promise of a `T`.
#[repr(transparent)]
pub(crate) struct Promise<T> {
    any: AnyPromise,
    kind: PhantomData<T>,
}

#[expect(
    unsafe_code,
    reason = "the type of the payload is known here and forgotten elsewhere"
)]
impl<T: 'static> Promise<T> {
    /// One that somebody settles.
    pub(super) fn without_future<B: Body<Value = T>>(
        core: &Rc<Core>,
        kind: Kind,
        number: u64,
    ) -> Self {
        Self {
            any: AnyPromise::new::<B>(core, kind, number),
            kind: PhantomData,
        }
    }

    /// One that a task's end settles. The loop does not know of it yet.
    #[inline(always)]
    pub(crate) fn of_task<B: Body<Value = T>>(
        core: &Rc<Core>,
        number: u64,
        future: B::Future,
    ) -> Self {
        let any = AnyPromise::new::<B>(core, Kind::Task, number);
        // SAFETY: a `B::Future` fits there, and the payload is nothing.
        unsafe { any.payload_at(Whole::<B>::PAYLOAD).cast().write(future) };
        any.set(BODY);
        Self {
            any,
            kind: PhantomData,
        }
    }

    /// Queues `callback` when it is settled; at once if it is.
    #[track_caller]
    pub(crate) fn on_settled(&self, callback: impl FnOnce(Self) + 'static) -> u64 {
        self.on_done(Box::new(move |any| {
            // A listener is told without the type: it is this very promise, so one of a `T`.
            callback(Self {
                any,
                kind: PhantomData,
            });
        }))
    }

    /// A promise of a `T` whose type was forgotten, lent.
    ///
    /// # Safety
    ///
    /// It is a promise of a `T`.
    #[inline]
    pub(crate) unsafe fn remember_ref(any: &AnyPromise) -> &Self {
        // SAFETY: the types are the same in memory.
        unsafe { &*std::ptr::from_ref(any).cast() }
    }

    #[inline]
    pub(crate) fn forget_type(self) -> AnyPromise {
        self.any
    }

    /// Puts the value in. What the payload was before must be gone.
    pub(super) fn put(&self, value: T) {
        debug_assert!(!self.has(BODY | VALUE | TAKEN));
        // SAFETY: a `T` fits there, as this is a promise of a `T`, and the word says that the payload is nothing.
        unsafe { self.payload().cast::<T>().write(value) };
        self.set(VALUE);
    }

    /// Moves the value out.
    #[inline]
    pub(super) fn move_out(&self) -> Option<T> {
        if !self.has(VALUE) {
            return None;
        }
        self.clear(VALUE);
        self.set(TAKEN);
        // SAFETY: the word said that it is there, and says so no more.
        Some(unsafe { self.payload().cast::<T>().read() })
    }

    /// A copy of the value. While `clone` runs the value is out of its place: whatever `clone` does, nobody can take or
    /// drop it meanwhile.
    pub(super) fn copy_value(&self) -> Option<T>
    where
        T: Clone,
    {
        struct PutBack<'a, T: 'static>(&'a Promise<T>, Option<T>);
        impl<T: 'static> Drop for PutBack<'_, T> {
            fn drop(&mut self) {
                self.0.clear(TAKEN);
                self.1
                    .take()
                    .into_iter()
                    .for_each(|value| self.0.put(value));
            }
        }
        let value = PutBack(self, Some(self.move_out()?));
        value.1.clone()
    }
}

impl<T> Deref for Promise<T> {
    type Target = AnyPromise;

    #[inline]
    fn deref(&self) -> &AnyPromise {
        &self.any
    }
}

impl<T> Clone for Promise<T> {
    fn clone(&self) -> Self {
        Self {
            any: self.any.clone(),
            kind: PhantomData,
        }
    }
}

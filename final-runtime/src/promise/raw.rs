//! The memory of a promise: one block, from the pool of its loop, for the header and the payload, counted by those who
//! hold it. The payload is a task's future first and its value afterwards, in the same place.
//!
//! ```text
//!  AnyPromise, Promise<T>, the slot of a task
//!        │ count
//!        ▼
//!  ┌──────────────────────────────────────────────┬───────────────────────────┐
//!  │ Header: vtable, loop, count, slot, word, …   │ Payload: future │ value   │
//!  └──────────────────────────────────────────────┴───────────────────────────┘
//!        │
//!        ▼ what depends on the type: poll, drop the future, drop the value, where the payload is, how large it all is
//! ```
//!
//! Which of the two the payload is, the bits `BODY` and `VALUE` of the word say; with neither it is nothing. They are
//! taken back *before* the future or the value is dropped or moved out, so that whatever a drop does, or if it panics, it
//! is not dropped twice.
//!
//! Promises do not leave their thread: nothing here is atomic.
//!
//! In the book: chapter 13.

use std::cell::{Cell, UnsafeCell};
use std::future::Future;
use std::mem::{self, ManuallyDrop, offset_of};
use std::ops::Deref;
use std::pin::Pin;
use std::ptr::NonNull;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::pool::Shape;
use crate::promise::Body;
use crate::promise::header::{BODY, Header, Kind, MERE_HOLDS, VALUE};
use crate::promise::more::More;
use crate::shared::Core;

/// A promise of whatever type. Clones mean the same one; the last to go frees it. Like an `Rc` it stays on its thread, as
/// the pointer in it does.
pub(crate) struct AnyPromise {
    header: NonNull<Header>,
}

/// A promise that somebody else holds, for as long as they do.
pub(crate) struct Lent(ManuallyDrop<AnyPromise>);

/// What depends on the type of a promise.
pub(crate) struct VTable {
    poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> Poll<()>,
    drop_future: unsafe fn(NonNull<u8>),
    drop_value: unsafe fn(NonNull<u8>),
    payload: usize,
    shape: Shape,
    future_type: fn() -> &'static str,
}

#[repr(C)]
pub(super) struct Whole<B: Body> {
    header: Header,
    payload: UnsafeCell<Payload<B>>,
}

union Payload<B: Body> {
    future: ManuallyDrop<B::Future>,
    value: ManuallyDrop<B::Value>,
}

impl<B: Body> Whole<B> {
    /// Where the payload is.
    pub(super) const PAYLOAD: usize = offset_of!(Self, payload);

    const VTABLE: VTable = VTable {
        poll: poll::<B>,
        drop_future: drop_at::<B::Future>,
        drop_value: drop_at::<B::Value>,
        payload: Self::PAYLOAD,
        shape: Shape::of::<Self>(),
        future_type: std::any::type_name::<B::Future>,
    };
}

/// Polls the task's future, and when it is done puts its value in its place.
///
/// # Safety
///
/// `header` is that of a `Whole<B>` whose payload is the future, and nobody else polls or drops it meanwhile.
#[expect(unsafe_code, reason = "the payload is what the word says")]
unsafe fn poll<B: Body>(header: NonNull<Header>, cx: &mut Context<'_>) -> Poll<()> {
    // SAFETY: the caller's promise.
    let (header, payload) = unsafe {
        let whole = header.cast::<Whole<B>>();
        (header.as_ref(), (*whole.as_ptr()).payload.get())
    };
    // SAFETY: the payload is the future, which is not moved until it is dropped, in its place.
    let future = unsafe { Pin::new_unchecked(&mut *(*payload).future) };
    let Poll::Ready(output) = future.poll(cx) else {
        return Poll::Pending;
    };
    header.clear(BODY);
    // SAFETY: it is the future still, and with the bit taken back nobody drops it again.
    unsafe { ManuallyDrop::drop(&mut (*payload).future) };
    match B::outcome(output) {
        Ok(value) => {
            // SAFETY: the payload is nothing now.
            unsafe { (*payload).value = ManuallyDrop::new(value) };
            header.set(VALUE);
        }
        Err(error) => header.keep_error(error),
    }
    Poll::Ready(())
}

/// # Safety
///
/// There is a `T` at `place`, which is not used any more.
#[expect(unsafe_code, reason = "the payload is what the word says")]
unsafe fn drop_at<T>(place: NonNull<u8>) {
    // SAFETY: the caller's promise.
    unsafe { place.cast::<T>().drop_in_place() }
}

#[expect(
    unsafe_code,
    reason = "the promise is raw memory here, and counted by hand"
)]
impl AnyPromise {
    /// A new promise, whose payload is nothing yet.
    #[inline(always)]
    pub(super) fn new<B: Body>(core: &Rc<Core>, kind: Kind, number: u64) -> Self {
        let whole = core.pool.take(const { Shape::of::<Whole<B>>() });
        let header = whole.cast::<Header>();
        // SAFETY: the block is of this shape, so the header has its place at its beginning.
        unsafe {
            header.write(Header {
                vtable: const { &Whole::<B>::VTABLE },
                core: ManuallyDrop::new(core.clone()),
                refs: Cell::new(1),
                slot: Cell::new(0),
                word: Cell::new(Header::first_word(kind, number)),
                listener: Cell::new(0),
                more: More::default(),
            });
        }
        Self { header }
    }

    #[inline]
    pub(crate) fn as_ptr(&self) -> NonNull<Header> {
        self.header
    }

    #[inline]
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.header == other.header
    }

    /// Polls the task's future.
    ///
    /// # Panics
    ///
    /// As the future does. The payload is what the word says then too.
    #[inline]
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        debug_assert!(self.has(BODY), "a task without a future was polled");
        // SAFETY: the word says that the payload is the future, and the vtable is that of its type. Only the step of the
        // task comes here, and a task's step is not begun inside its own step.
        unsafe { (self.vtable.poll)(self.header, cx) }
    }

    /// Asks the processor for its memory, which will be needed soon.
    #[inline(always)]
    pub(crate) fn prefetch(&self) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: it reads nothing.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(self.header.as_ptr().cast_const().cast());
        }
    }

    /// The type of the task's future, as the compiler writes it.
    pub(crate) fn future_type(&self) -> &'static str {
        (self.vtable.future_type)()
    }

    #[inline]
    pub(super) fn payload(&self) -> NonNull<u8> {
        self.payload_at(self.vtable.payload)
    }

    #[inline(always)]
    pub(super) fn payload_at(&self, offset: usize) -> NonNull<u8> {
        // SAFETY: the payload lies in the same block, at the offset of its type.
        unsafe { self.header.cast::<u8>().add(offset) }
    }

    /// Drops the task's future where it stands, if it is there.
    pub(crate) fn drop_future(&self) {
        if self.has(BODY) {
            self.clear(BODY);
            // SAFETY: the word said that it is there, and says so no more.
            unsafe { (self.vtable.drop_future)(self.payload()) };
        }
    }

    /// Drops the value, if it is there.
    pub(crate) fn drop_value(&self) {
        if self.has(VALUE) {
            self.clear(VALUE);
            // SAFETY: the word said that it is there, and says so no more.
            unsafe { (self.vtable.drop_value)(self.payload()) };
        }
    }

    /// The last who held it is gone.
    #[inline(never)]
    fn free(&self) {
        /// Gives the memory back, also when a drop unwinds.
        struct Block(NonNull<Header>);
        impl Drop for Block {
            fn drop(&mut self) {
                // SAFETY: nobody holds the promise, and what was in it is dropped. The loop is moved out, so that its
                // pool outlives the block.
                unsafe {
                    let header = &mut *self.0.as_ptr();
                    let shape = header.vtable.shape;
                    let core = ManuallyDrop::take(&mut header.core);
                    core.pool.give_back(self.0.cast(), shape);
                }
            }
        }
        let _block = Block(self.header);
        match self.cold() {
            Some(_) => self.empty(),
            None => {
                self.drop_future();
                self.drop_value();
            }
        }
    }

    /// Nobody holds it: drops whatever it has.
    #[cold]
    fn empty(&self) {
        /// Drops what few promises need, also when the drop of the value unwinds.
        struct Rest(NonNull<Header>);
        impl Drop for Rest {
            fn drop(&mut self) {
                // SAFETY: nobody holds the promise, so nobody looks at what is dropped here.
                drop(mem::take(unsafe { &mut (*self.0.as_ptr()).more }));
            }
        }
        let _rest = Rest(self.header);
        self.report_unseen();
        self.drop_future();
        self.drop_value();
    }
}

impl Deref for AnyPromise {
    type Target = Header;

    #[inline]
    #[expect(unsafe_code, reason = "the promise is raw memory here")]
    fn deref(&self) -> &Header {
        // SAFETY: it is held, so it is there; and nothing writes to a header but through its cells.
        unsafe { self.header.as_ref() }
    }
}

impl Clone for AnyPromise {
    #[inline]
    fn clone(&self) -> Self {
        let refs = self.refs.get();
        assert!(refs != u32::MAX, "a task or a future has 2³² − 1 handles");
        self.refs.set(refs + 1);
        Self {
            header: self.header,
        }
    }
}

impl Drop for AnyPromise {
    #[inline]
    fn drop(&mut self) {
        let left = self.refs.get() - 1;
        self.refs.set(left);
        if left == 0 {
            self.free();
        } else if self.has(MERE_HOLDS) {
            self.let_go_if_no_handle_is_left(left);
        }
    }
}

impl Lent {
    /// # Safety
    ///
    /// Somebody holds `task` for as long as this is used.
    #[inline]
    #[expect(unsafe_code, reason = "what is lent is not counted")]
    pub(crate) unsafe fn new(task: &AnyPromise) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::from_ptr(task.header) }
    }

    /// # Safety
    ///
    /// As [`new`](Self::new).
    #[inline]
    #[expect(unsafe_code, reason = "what is lent is not counted")]
    pub(crate) unsafe fn from_ptr(header: NonNull<Header>) -> Self {
        Self(ManuallyDrop::new(AnyPromise { header }))
    }
}

impl Deref for Lent {
    type Target = AnyPromise;

    #[inline]
    fn deref(&self) -> &AnyPromise {
        &self.0
    }
}

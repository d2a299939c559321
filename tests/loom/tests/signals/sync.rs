//! Loom's atomics, in the place of the runtime's `sync`.

pub(super) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering::SeqCst, fence};

//! What the doorbells are built on. The models of `tests/loom` put loom's types of the same names in this file's place.

pub(super) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering::SeqCst, fence};

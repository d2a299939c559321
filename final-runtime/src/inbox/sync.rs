//! What the inbox is built on. The models of `tests/loom` put loom's types of the same names in this file's place.

pub(super) use std::sync::atomic::{AtomicU64, Ordering};
pub(super) use std::sync::{Arc, Mutex, MutexGuard};

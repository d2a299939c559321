//! Loom's locks and atomics, in the place of the runtime's `sync`.

pub(super) use loom::sync::atomic::{AtomicU8, Ordering};
pub(super) use loom::sync::{Arc, Mutex, MutexGuard};

//! Loom's locks and atomics, in the place of the runtime's `sync`.

pub(super) use loom::sync::atomic::{AtomicU64, Ordering};
pub(super) use loom::sync::{Arc, Mutex, MutexGuard};

//! Loom's lock, in the place of the runtime's `sync`.

pub(super) use loom::sync::{Mutex, MutexGuard};

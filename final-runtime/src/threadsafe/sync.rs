//! What an outcome is kept with. The models of `tests/loom` put loom's types of the same names in this file's place.

pub(super) use std::sync::{Mutex, MutexGuard};

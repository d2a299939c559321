//! What the compiler must refuse, each with its message: see `tests/`.

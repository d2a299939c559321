//! What the compiler must refuse, each with its message: the programs of `tests/ui/` beside what rustc says of them.

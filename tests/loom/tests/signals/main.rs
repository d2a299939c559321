//! The doorbells of signals, their shipped source, over loom's atomics: each model runs in every order of its threads. Loom
//! takes `SeqCst` of an access for `AcqRel`; what the models prove rests on the fences.
//!
//! What is not modelled: that a handler interrupts a thread at any instruction (here it is a thread of its own, which is
//! the weaker order of the two), and the system's `sigaction` and pipes. `final-runtime/tests/signals` has those.

#[path = "../../../../final-runtime/src/signal"]
mod signal {
    mod bells;

    #[path = "../../../tests/loom/tests/signals/models.rs"]
    mod models;
    #[path = "../../../tests/loom/tests/signals/sync.rs"]
    mod sync;
}

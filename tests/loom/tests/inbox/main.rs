//! The inbox of `final-runtime`, its shipped source, over loom's locks and atomics: each model runs in every order of
//! its threads, up to a number of preemptions. A lost wake is a loop that sleeps for ever, which loom reports as a
//! deadlock.
//!
//! `LOOM_LOG=trace LOOM_LOCATION=1` tell of an order that failed. A model that fails while a loop is open may end the
//! process: closing the loop is a step of the model, and a failed model takes none.

#[path = "../../../../final-runtime/src/inbox"]
mod inbox {
    mod mailbox;
    mod owner;
    mod registry;

    #[path = "../../../tests/loom/tests/inbox/alarm.rs"]
    mod alarm;
    #[path = "../../../tests/loom/tests/inbox/models.rs"]
    mod models;
    #[path = "../../../tests/loom/tests/inbox/sync.rs"]
    mod sync;
}

#[path = "../common/mod.rs"]
mod common;

use common::check;

//! The inbox of `final-runtime`, its shipped source, over loom's locks and atomics: each model runs in every order of
//! its threads, up to a number of preemptions. A lost wake is a loop that sleeps for ever, which loom reports as a
//! deadlock.
//!
//! `cargo test -p loom-test` allows [`PREEMPTIONS`]; `LOOM_MAX_PREEMPTIONS=4 cargo test --release -p loom-test` more.
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

/// How often a thread is interrupted where it could have gone on, at most, unless `LOOM_MAX_PREEMPTIONS` says
/// otherwise.
const PREEMPTIONS: usize = 3;

/// Runs `model` in every order.
fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(PREEMPTIONS);
    builder.check(model);
}

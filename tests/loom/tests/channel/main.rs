//! The channel of `final-runtime`, its shipped protocol, over loom's lock: each model runs in every order of its threads,
//! up to a number of preemptions. A lost wake is a thread that sleeps for ever, which loom reports as a deadlock; a message
//! that is never dropped, as a leak.
//!
//! `cargo test -p loom-test` allows [`PREEMPTIONS`]; `LOOM_MAX_PREEMPTIONS=4 cargo test --release -p loom-test` more.

#[path = "../../../../final-runtime/src/channel"]
mod channel {
    #[allow(
        dead_code,
        reason = "a oneshot's error, which is nothing of the protocol"
    )]
    mod error;
    #[allow(dead_code, reason = "what the sides tell of the channel")]
    mod shared;

    #[path = "../../../tests/loom/tests/channel/models.rs"]
    mod models;
    #[path = "../../../tests/loom/tests/channel/sync.rs"]
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

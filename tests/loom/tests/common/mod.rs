//! How a model is run.
//!
//! `cargo test -p loom-test` allows [`PREEMPTIONS`]; `LOOM_MAX_PREEMPTIONS=4 cargo test --release -p loom-test` more.

/// How often a thread is interrupted where it could have gone on, at most, unless `LOOM_MAX_PREEMPTIONS` says otherwise.
const PREEMPTIONS: usize = 3;

/// Runs `model` in every order.
pub fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(PREEMPTIONS);
    builder.check(model);
}

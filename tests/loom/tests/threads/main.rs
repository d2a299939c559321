//! The pool of threads of `final-runtime`, its shipped source, over loom's locks and threads; and the way of a result from
//! there through the inbox. Each model runs in every order of its threads, up to a number of preemptions. A job that
//! nobody comes to, or an end that nobody tells of, is a thread that sleeps for ever, which loom reports as a deadlock.
//!
//! `cargo test -p loom-test` allows [`PREEMPTIONS`]; `LOOM_MAX_PREEMPTIONS=4 cargo test --release -p loom-test` more.

#[path = "../../../../final-runtime/src/threads"]
mod threads {
    mod errand;
    #[allow(dead_code, reason = "what errors say")]
    mod error;
    #[allow(dead_code, reason = "what is for programs, and not of the protocol")]
    mod pool;

    #[path = "../../../tests/loom/tests/threads/models.rs"]
    mod models;
    #[path = "../../../tests/loom/tests/threads/sync.rs"]
    mod sync;
}

#[path = "../../../../final-runtime/src/inbox"]
#[allow(dead_code, reason = "the models of the inbox use the rest")]
mod inbox {
    mod mailbox;
    mod owner;
    mod registry;

    #[path = "../../../tests/loom/tests/inbox/alarm.rs"]
    mod alarm;
    #[path = "../../../tests/loom/tests/threads/one_loop.rs"]
    mod one_loop;
    #[path = "../../../tests/loom/tests/inbox/sync.rs"]
    mod sync;

    pub(crate) use one_loop::Loop;
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

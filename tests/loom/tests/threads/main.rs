//! The pool of threads of `final-runtime`, its shipped source, over loom's locks and threads; and the way of a result from
//! there through the inbox. Each model runs in every order of its threads, up to a number of preemptions. A job that
//! nobody comes to, or an end that nobody tells of, is a thread that sleeps for ever, which loom reports as a deadlock.

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

#[path = "../common/mod.rs"]
mod common;

use common::check;

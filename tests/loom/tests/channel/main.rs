//! The channel of `final-runtime`, its shipped protocol, over loom's lock: each model runs in every order of its threads,
//! up to a number of preemptions. A lost wake is a thread that sleeps for ever, which loom reports as a deadlock; a message
//! that is never dropped, as a leak.

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

#[path = "../common/mod.rs"]
mod common;

use common::check;

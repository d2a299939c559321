//! The outcome of a task that another thread has spawned, its shipped source, over loom's lock: each model runs in every
//! order of its threads.

#[path = "../../../../final-runtime/src/threadsafe"]
mod threadsafe {
    mod outcome;

    #[path = "../../../tests/loom/tests/outcome/models.rs"]
    mod models;
    #[path = "../../../tests/loom/tests/channel/sync.rs"]
    mod sync;
}

//! futures' `LocalPool`, without timers and I/O.

use std::cell::RefCell;

use futures_executor::LocalSpawner;
use futures_util::future::RemoteHandle;
use futures_util::task::LocalSpawnExt;

use super::{Runtime, Threads};

thread_local! {
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

/// Lends the spawner of the pool made last.
fn with_spawner<T>(work: impl FnOnce(&LocalSpawner) -> T) -> T {
    SPAWNER.with_borrow(|spawner| work(spawner.as_ref().expect("a pool was made")))
}

pub struct LocalPool(futures_executor::LocalPool);

impl Runtime for LocalPool {
    const NAME: &'static str = "localpool";

    type Join<T: 'static> = RemoteHandle<T>;

    fn new() -> Self {
        let pool = futures_executor::LocalPool::new();
        SPAWNER.set(Some(pool.spawner()));
        Self(pool)
    }

    fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        self.0.run_until(future)
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> RemoteHandle<T> {
        let handle = with_spawner(|spawner| spawner.spawn_local_with_handle(future));
        handle.expect("the pool is there")
    }

    fn spawn_detached(future: impl Future<Output = ()> + 'static) {
        let started = with_spawner(|spawner| spawner.spawn_local(future));
        started.expect("the pool is there");
    }
}

impl Threads for LocalPool {}

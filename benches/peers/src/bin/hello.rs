//! The least program of a runtime: one task, awaited. Built with the feature of one runtime and no other, for the
//! figures of crates, size and build time.

// With the features of several runtimes, as when everything is checked, it is the program of none.
#[cfg(feature = "harness")]
fn hello() -> u64 {
    panic!("build with --no-default-features --features rt-NAME, for one NAME")
}

#[cfg(all(feature = "rt-final", not(feature = "harness")))]
fn hello() -> u64 {
    final_runtime::run(async { final_runtime::spawn(async { 42 }).await.unwrap() })
}

#[cfg(all(feature = "rt-tokio", not(feature = "harness")))]
fn hello() -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(Default::default())
        .unwrap();
    runtime.block_on(async { tokio::task::spawn_local(async { 42 }).await.unwrap() })
}

#[cfg(all(feature = "rt-smol", not(feature = "harness")))]
fn hello() -> u64 {
    let executor = async_executor::LocalExecutor::new();
    let task = executor.spawn(async { 42 });
    async_io::block_on(executor.run(task))
}

#[cfg(all(feature = "rt-monoio", not(feature = "harness")))]
fn hello() -> u64 {
    let mut runtime = monoio::RuntimeBuilder::<monoio::LegacyDriver>::new()
        .enable_timer()
        .build()
        .unwrap();
    runtime.block_on(async { monoio::spawn(async { 42 }).await })
}

#[cfg(all(feature = "rt-compio", not(feature = "harness")))]
fn hello() -> u64 {
    let runtime = compio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { compio::runtime::spawn(async { 42 }).await.ok().unwrap() })
}

#[cfg(all(feature = "rt-glommio", not(feature = "harness")))]
fn hello() -> u64 {
    let executor = glommio::LocalExecutorBuilder::default().make().unwrap();
    executor.run(async { glommio::spawn_local(async { 42 }).await })
}

#[cfg(all(feature = "rt-localpool", not(feature = "harness")))]
fn hello() -> u64 {
    use futures_util::task::LocalSpawnExt;
    let mut pool = futures_executor::LocalPool::new();
    let task = pool.spawner().spawn_local_with_handle(async { 42 });
    pool.run_until(task.unwrap())
}

// The floor: what a loop asks of the system, and a call.
#[cfg(all(feature = "rt-floor", not(feature = "harness")))]
fn hello() -> u64 {
    let poll = mio::Poll::new().unwrap();
    let _waker = mio::Waker::new(poll.registry(), mio::Token(0)).unwrap();
    42
}

fn main() {
    println!("{}", hello());
}

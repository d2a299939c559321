//! How much memory tasks take: whatever number comes and goes, no more than those that are there at once.
//!
//! With `--cfg unpooled` each task is an allocation of its own, so only what is given back is counted.

use std::panic::resume_unwind;

use final_runtime::{EventLoop, Outcome, TaskBuilder, spawn};

/// What this thread has allocated.
#[expect(unsafe_code, reason = "an allocator is asked by unsafe functions")]
mod counting {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    thread_local! {
        static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
        static BYTES: Cell<isize> = const { Cell::new(0) };
    }

    struct Counting;

    #[global_allocator]
    static COUNTING: Counting = Counting;

    // SAFETY: the system's allocator does the work; the counters are words without a destructor.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            ALLOCATIONS.set(ALLOCATIONS.get() + 1);
            BYTES.set(BYTES.get() + layout.size() as isize);
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            BYTES.set(BYTES.get() - layout.size() as isize);
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(block, layout) }
        }
    }

    /// How many allocations there were, and how many bytes are in use.
    pub(crate) fn counts() -> (u64, isize) {
        (ALLOCATIONS.get(), BYTES.get())
    }
}

use counting::counts;

/// A task that spawns the next and ends, so many times.
fn link(left: u64, end: final_runtime::Future<()>) {
    match left {
        0 => end.set_result(()).unwrap(),
        _ => drop(spawn(async move { link(left - 1, end) })),
    }
}

#[test]
fn a_chain_of_ten_million_tasks_that_each_spawn_the_next_takes_the_memory_of_two() {
    // A sanitizer keeps what is freed for a while.
    let links = if cfg!(unpooled) { 100_000 } else { 10_000_000 };
    let event_loop = EventLoop::new();
    let run = event_loop.run_until_complete(async move {
        for links in [100, links] {
            let (allocations, bytes) = counts();
            let end = final_runtime::Future::new();
            link(links, end.clone());
            end.await.unwrap();
            if links > 100 {
                assert_eq!(counts().1, bytes);
                assert!(cfg!(unpooled) || counts().0 == allocations);
            }
        }
    });
    run.unwrap();
    assert!(event_loop.turn() > links);
}

#[test]
fn what_a_task_has_beside_its_value_is_freed_though_the_drop_of_the_value_panics() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            resume_unwind(Box::new("in a drop"));
        }
    }
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.set_exception_handler(|_| ());
    let in_use = [(); 4].map(|()| {
        let named = TaskBuilder::of(&event_loop).name("tea");
        named.spawn(async { Bomb });
        assert_eq!(event_loop.run_forever(), Outcome::Idle);
        counts().1
    });
    assert_eq!(in_use[1..], [in_use[1]; 3]);
}

#[cfg(not(unpooled))]
mod pooled {
    use std::cell::Cell;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use final_runtime::{EventLoop, spawn, yield_now};

    use crate::counts;

    /// Spawns so many tasks that all wait once, and waits for them.
    async fn crowd(size: usize) {
        let tasks: Vec<_> = (0..size)
            .map(|n| {
                spawn(async move {
                    yield_now().await;
                    n
                })
            })
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), n);
        }
    }

    #[test]
    fn a_second_million_of_tasks_allocates_nothing() {
        let event_loop = EventLoop::new();
        let run = event_loop.run_until_complete(async {
            let mut allocations = Vec::new();
            for _ in 0..2 {
                let (before, _) = counts();
                for _ in 0..1000 {
                    crowd(1000).await;
                }
                allocations.push(counts().0 - before);
            }
            // The list of handles is the test's own.
            assert_eq!(allocations[1], 1000, "after {}", allocations[0]);
        });
        run.unwrap();
    }

    #[test]
    fn a_large_crowd_leaves_its_memory_to_the_next_and_the_last_to_the_system() {
        let (_, before) = counts();
        let event_loop = EventLoop::new();
        let run = event_loop.run_until_complete(async {
            crowd(100_000).await;
            let (allocations, _) = counts();
            crowd(100_000).await;
            let more = counts().0 - allocations;
            // The ready queue has shrunk between them, and grows by doubling.
            assert!(more < 40, "{more} allocations");
        });
        run.unwrap();
        drop(event_loop);
        let kept = counts().1 - before;
        assert!(kept < 1024, "{kept} bytes outlive the loop");
    }

    /// A future of exactly so many bytes, ready at its second poll with a value of so many.
    struct Exactly<const FUTURE: usize, const VALUE: usize>([u8; FUTURE]);

    impl<const FUTURE: usize, const VALUE: usize> Future for Exactly<FUTURE, VALUE> {
        type Output = [u8; VALUE];

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<[u8; VALUE]> {
            if self.0[0] == 2 {
                assert!(self.0[1..].iter().all(|byte| *byte == 1));
                return Poll::Ready([3; VALUE]);
            }
            self.0[0] = 2;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    }

    /// How often a task of such a future allocates, once there were some.
    fn allocations<const FUTURE: usize, const VALUE: usize>() -> u64 {
        let event_loop = EventLoop::with_virtual_clock();
        let each = Cell::new(0);
        let spawned = |_| event_loop.spawn(Exactly::<FUTURE, VALUE>([1; FUTURE]));
        for _ in 0..2 {
            let (before, _) = counts();
            for task in [(); 8].map(spawned) {
                let run = event_loop.run_until_done(&task);
                run.unwrap();
                assert!(task.error().unwrap().is_none());
                assert_eq!(task.result().unwrap().unwrap(), [3; VALUE]);
            }
            each.set(counts().0 - before);
        }
        assert_eq!(each.get() % 8, 0);
        each.get() / 8
    }

    #[test]
    fn a_future_of_more_than_512_bytes_is_boxed_and_no_other() {
        assert_eq!(allocations::<1, 8>(), 0);
        assert_eq!(allocations::<511, 8>(), 0);
        assert_eq!(allocations::<512, 8>(), 0);
        assert_eq!(allocations::<513, 8>(), 1);
        assert_eq!(allocations::<5000, 8>(), 1);
    }

    #[test]
    fn a_block_of_up_to_1024_bytes_is_pooled_and_no_other() {
        macro_rules! of_values {
        ($($size:literal)*) => { [$(allocations::<1, $size>()),*] };
    }
        let small = of_values![0 1 7 8 9 64 255 256 257 511 512 513 800 900 901 902 903 904];
        assert_eq!(small, [0; 18]);
        let large = of_values![1023 1024 1025 2000 5000];
        assert_eq!(large, [1; 5]);
        // A header of some words stands before the value.
        let between = of_values![912 920 928 936 944 952 960 968 976 984 992 1000 1008 1016];
        assert!(between.is_sorted(), "{between:?}");
    }
}

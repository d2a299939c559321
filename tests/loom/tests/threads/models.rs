//! The models: those who give a pool jobs, its threads, and those who wait for their end.

use std::time::Duration;

use loom::sync::atomic::{AtomicU32, Ordering::Relaxed};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::errand::Errand;
use super::pool::ThreadPool;
use crate::check;
use crate::inbox::Loop;

const EVER: Duration = Duration::MAX;

/// A number that grows, for others to wait for.
#[derive(Clone, Default)]
struct Count(Arc<(Mutex<u32>, Condvar)>);

impl Count {
    fn add(&self) {
        *self.0.0.lock().unwrap() += 1;
        self.0.1.notify_all();
    }

    fn now(&self) -> u32 {
        *self.0.0.lock().unwrap()
    }

    fn wait_for(&self, least: u32) {
        let mut now = self.0.0.lock().unwrap();
        while *now < least {
            now = self.0.1.wait(now).unwrap();
        }
    }

    fn job(&self) -> Box<dyn FnOnce() + Send> {
        let count = self.clone();
        Box::new(move || count.add())
    }
}

/// The time that idle threads are kept.
fn for_each_kept(model: impl Fn(Duration) + Copy + Send + Sync + 'static) {
    for kept in [EVER, Duration::ZERO] {
        check(move || model(kept));
    }
}

#[test]
fn every_job_runs_also_one_that_meets_a_thread_about_to_end() {
    for_each_kept(|kept| {
        let pool = ThreadPool::keeping(1, kept);
        let ran = Count::default();
        pool.submit(ran.job()).unwrap();
        pool.submit(ran.job()).unwrap();
        ran.wait_for(2);
        pool.submit(ran.job()).unwrap();
        ran.wait_for(3);
        assert!(pool.threads() <= 1);
        assert!(pool.shutdown_and_wait(EVER).is_ok());
    });
}

#[test]
fn jobs_of_two_threads_run_on_no_more_than_the_bound() {
    for_each_kept(|kept| {
        let pool = ThreadPool::keeping(2, kept);
        let ran = Count::default();
        let (other, job) = (pool.clone(), ran.job());
        let submitter = thread::spawn(move || other.submit(job).unwrap());
        pool.submit(ran.job()).unwrap();
        ran.wait_for(2);
        assert!(pool.threads() <= 2);
        submitter.join().unwrap();
        assert!(pool.shutdown_and_wait(EVER).is_ok());
        assert_eq!(pool.threads(), 0);
    });
}

#[test]
fn a_job_runs_if_and_only_if_it_was_taken_before_the_end() {
    for_each_kept(|kept| {
        let pool = ThreadPool::keeping(1, kept);
        let ran = Count::default();
        let (other, job) = (pool.clone(), ran.job());
        let submitter = thread::spawn(move || other.submit(job).is_ok());
        assert!(pool.shutdown_and_wait(EVER).is_ok());
        let taken = submitter.join().unwrap();
        assert_eq!(ran.now(), u32::from(taken));
    });
}

#[test]
fn the_end_is_told_once_whoever_ends_last() {
    for_each_kept(|kept| {
        let pool = ThreadPool::keeping(2, kept);
        let (ran, ended) = (Count::default(), Count::default());
        pool.submit(ran.job()).unwrap();
        pool.submit(ran.job()).unwrap();
        pool.shutdown_then(ended.job());
        ended.wait_for(1);
        assert_eq!((ran.now(), pool.threads()), (2, 0));
        assert_eq!(ended.now(), 1);
    });
}

#[test]
fn the_last_clone_that_is_dropped_ends_it_and_what_is_in_line_runs() {
    check(|| {
        let pool = ThreadPool::keeping(1, EVER);
        let ran = Count::default();
        pool.submit(ran.job()).unwrap();
        pool.submit(ran.job()).unwrap();
        drop(pool);
        // Loom waits for the thread, too: one that rested for ever would be a deadlock.
        ran.wait_for(2);
    });
}

#[test]
fn a_thread_outlives_the_panic_of_a_job() {
    check(|| {
        let pool = ThreadPool::keeping(1, EVER);
        let ran = Count::default();
        // As what panics when it is dropped; without the hook's words, a thousand times.
        pool.submit(Box::new(|| std::panic::resume_unwind(Box::new("spilt"))))
            .unwrap();
        pool.submit(ran.job()).unwrap();
        ran.wait_for(1);
        assert_eq!(pool.threads(), 1);
        assert!(pool.shutdown_and_wait(EVER).is_ok());
    });
}

#[test]
fn a_call_begins_or_is_called_off_and_not_both() {
    check(|| {
        let begun = Arc::new(AtomicU32::new(0));
        let counted = begun.clone();
        let errand = Arc::new(Errand::new(move || counted.fetch_add(1, Relaxed)));
        let at_work = errand.clone();
        let thread = thread::spawn(move || at_work.run());
        errand.call_off();
        thread.join().unwrap();
        let gave = errand.take_outcome().map(|outcome| outcome.is_ok());
        assert_eq!(gave.is_some(), begun.load(Relaxed) == 1);
        assert!(errand.take_outcome().is_none(), "a result is taken once");
    });
}

#[test]
fn a_result_is_on_its_loop_when_the_loop_is_told() {
    check(|| {
        let event_loop = Loop::open();
        let call = event_loop.call();
        let pool = ThreadPool::keeping(1, EVER);
        let errand = Arc::new(Errand::new(|| 7));
        let at_work = errand.clone();
        let job = move || {
            at_work.run();
            drop(at_work);
            // What the ticket does when it is dropped.
            call();
        };
        pool.submit(Box::new(job)).unwrap();

        event_loop.wait_for_a_call();
        assert_eq!(errand.take_outcome().unwrap().unwrap(), 7);
        assert!(pool.shutdown_and_wait(EVER).is_ok());
    });
}

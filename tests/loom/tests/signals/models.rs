//! The models: loops that listen, and a handler.

use std::convert::Infallible;

use loom::model;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::bells::{Bell, Bells};
use super::sync::{AtomicPtr, AtomicU32, SeqCst};

/// A pipe: how many bytes are in it.
#[derive(Default)]
struct Pipe {
    bytes: Mutex<u32>,
    written: Condvar,
}

struct Process {
    count: AtomicU32,
    bells: Bells<Pipe>,
}

impl Process {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            count: AtomicU32::new(0),
            bells: Bells {
                newest: AtomicPtr::new(std::ptr::null_mut()),
            },
        })
    }

    fn handler(&self) {
        self.bells.arrived(Some(&self.count), |pipe| {
            *pipe.bytes.lock().unwrap() += 1;
            pipe.written.notify_one();
        });
    }

    /// A loop begins to listen: its bell, and the count as it finds it.
    fn listen(&self) -> (&'static Bell<Pipe>, u32) {
        let made = || Ok::<_, Infallible>(Pipe::default());
        let (bell, used) = self.bells.take(made).unwrap_or_else(|never| match never {});
        if used {
            *bell.pipe.bytes.lock().unwrap() = 0;
        }
        (bell, self.count.load(SeqCst))
    }

    /// Sleeps until the count is another one.
    fn wait(&self, bell: &Bell<Pipe>, seen: u32) {
        while self.count.load(SeqCst) == seen {
            let mut bytes = bell.pipe.bytes.lock().unwrap();
            while *bytes == 0 {
                bytes = bell.pipe.written.wait(bytes).unwrap();
            }
            *bytes = 0;
        }
    }
}

#[test]
fn a_signal_that_was_not_counted_yet_will_ring() {
    model(|| {
        let process = Process::new();
        let interrupted = process.clone();
        let handler = thread::spawn(move || interrupted.handler());
        let (bell, seen) = process.listen();
        if seen == 0 {
            process.wait(bell, seen);
        }
        handler.join().unwrap();
    });
}

#[test]
fn every_loop_that_listens_hears_it_also_one_that_comes_at_the_same_time() {
    model(|| {
        let process = Process::new();
        let (first, seen) = process.listen();
        let (other, interrupted) = (process.clone(), process.clone());
        let handler = thread::spawn(move || interrupted.handler());
        let second = thread::spawn(move || {
            let (bell, seen) = other.listen();
            if seen == 0 {
                other.wait(bell, seen);
            }
        });
        process.wait(first, seen);
        handler.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn loops_that_listen_at_once_have_bells_of_their_own() {
    model(|| {
        let process = Process::new();
        let other = process.clone();
        let second = thread::spawn(move || std::ptr::from_ref(other.listen().0).addr());
        let first = std::ptr::from_ref(process.listen().0).addr();
        assert_ne!(second.join().unwrap(), first);
    });
}

#[test]
fn a_bell_that_was_given_back_is_the_next_loops() {
    model(|| {
        let process = Process::new();
        let (first, _) = process.listen();
        let interrupted = process.clone();
        let handler = thread::spawn(move || interrupted.handler());
        first.give_back();
        let (second, seen) = process.listen();
        assert!(std::ptr::eq(first, second));
        if seen == 0 {
            process.wait(second, seen);
        }
        handler.join().unwrap();
    });
}

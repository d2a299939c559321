//! The models: one loop or two, and threads that send it wakes and calls. The words of wakes are arbitrary, but for
//! those below ten, which may be phases.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering::Relaxed};
use loom::thread;

use super::alarm::{Alarm, Poller};
use super::mailbox::Message;
use super::owner::Inbox;
use super::registry::{Address, Registry};
use crate::check;

/// A loop that has nothing to do but to take in messages.
struct Loop {
    inbox: Inbox,
    poller: Arc<Poller>,
}

/// What a loop took in.
#[derive(Default)]
struct Taken {
    wakes: Vec<u64>,
    calls: u32,
}

/// A registry of this run alone, which uses a closed number again at once. Nothing frees it, as nothing frees the one of
/// the process.
fn registry() -> &'static Registry {
    Box::leak(Box::new(Registry::new(0)))
}

impl Loop {
    fn open(registry: &'static Registry) -> Self {
        let inbox = Inbox::open(registry);
        let poller = Arc::new(Poller::default());
        inbox.set_alarm(Alarm(poller.clone()));
        Self { inbox, poller }
    }

    fn address(&self) -> Address {
        self.inbox.address()
    }

    /// Takes in what is there, as a turn does, and runs the calls.
    fn take(&self, taken: &mut Taken) {
        self.inbox.take(|message| match message {
            Message::Wake(word) => taken.wakes.push(word),
            Message::Call(call) => {
                call();
                taken.calls += 1;
            }
        });
    }

    /// Turns until `done`: takes in, and sleeps when there is nothing to do.
    fn run_until(&self, mut done: impl FnMut(&Taken) -> bool) -> Taken {
        let mut taken = Taken::default();
        self.take(&mut taken);
        while !done(&taken) {
            self.inbox.sleep(None, |longest| self.poller.wait(longest));
            self.take(&mut taken);
        }
        taken
    }

    /// A turn that a socket ends.
    fn doze(&self, taken: &mut Taken) {
        self.inbox
            .sleep(None, |longest| self.poller.wait_for_socket(longest));
        self.take(taken);
    }

    fn check_rings(&self) {
        assert!(
            self.poller.rings() <= self.poller.sleeps(),
            "{} sleeps were ended by {} rings",
            self.poller.sleeps(),
            self.poller.rings()
        );
    }
}

#[test]
fn a_wake_ends_the_sleep_that_it_finds_or_prevents_it() {
    check(|| {
        let registry = registry();
        let event_loop = Loop::open(registry);
        let number = event_loop.address().number;
        let waker = thread::spawn(move || registry.wake(number, 17));
        let taken = event_loop.run_until(|taken| !taken.wakes.is_empty());
        waker.join().unwrap();
        assert_eq!(taken.wakes, [17]);
        event_loop.check_rings();
    });
}

#[test]
fn an_awake_loop_is_not_rung() {
    check(|| {
        let registry = registry();
        let event_loop = Loop::open(registry);
        let number = event_loop.address().number;
        let waker = thread::spawn(move || {
            registry.wake(number, 11);
            registry.wake(number, 12);
        });
        let mut taken = Taken::default();
        event_loop.take(&mut taken);
        event_loop.take(&mut taken);
        waker.join().unwrap();
        event_loop.take(&mut taken);
        assert_eq!(taken.wakes, [11, 12]);
        assert_eq!(event_loop.poller.rings(), 0);
    });
}

#[test]
fn messages_of_several_threads_all_arrive_those_of_one_in_order() {
    check(|| {
        let registry = registry();
        let event_loop = Loop::open(registry);
        let address = event_loop.address();
        let threads: Vec<_> = [10, 20]
            .into_iter()
            .map(|word| {
                thread::spawn(move || {
                    registry.wake(address.number, word);
                    registry.call(address, Box::new(|| {})).unwrap();
                    registry.wake(address.number, word + 1);
                })
            })
            .collect();
        let taken = event_loop.run_until(|taken| taken.wakes.len() == 4 && taken.calls == 2);
        threads.into_iter().for_each(|it| it.join().unwrap());
        for word in [10, 20] {
            let own: Vec<_> = taken
                .wakes
                .iter()
                .filter(|it| **it / 10 * 10 == word)
                .collect();
            assert_eq!(own, [&word, &(word + 1)]);
        }
        event_loop.check_rings();
    });
}

#[test]
fn a_socket_may_end_the_sleep_while_wakes_come() {
    check(|| {
        let registry = registry();
        let event_loop = Loop::open(registry);
        let number = event_loop.address().number;
        let waker = thread::spawn(move || {
            registry.wake(number, 11);
            registry.wake(number, 12);
        });
        let mut early = Taken::default();
        event_loop.doze(&mut early);
        event_loop.doze(&mut early);
        let late = event_loop.run_until(|taken| taken.wakes.len() + early.wakes.len() == 2);
        waker.join().unwrap();
        assert_eq!([early.wakes, late.wakes].concat(), [11, 12]);
        event_loop.check_rings();
    });
}

#[test]
fn a_wake_shows_what_its_thread_did_before_it_also_one_that_was_there_already() {
    check(|| {
        let registry = registry();
        let event_loop = Loop::open(registry);
        let number = event_loop.address().number;
        let progress = Arc::new(AtomicU32::new(0));
        let made = progress.clone();
        let waker = thread::spawn(move || {
            for step in 1..=2 {
                made.store(step, Relaxed);
                registry.wake(number, 17);
            }
        });
        // A task that looks when it is woken, and only then.
        let mut looked_at = 0;
        event_loop.run_until(|taken| {
            if taken.wakes.len() > looked_at {
                looked_at = taken.wakes.len();
                return progress.load(Relaxed) == 2;
            }
            false
        });
        waker.join().unwrap();
    });
}

#[test]
fn a_wake_that_is_left_out_is_never_lost() {
    check(|| {
        let registry = registry();
        let event_loop = Loop::open(registry);
        let number = event_loop.address().number;
        let progress = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
        let made = progress.clone();
        let waker = thread::spawn(move || {
            made[0].store(1, Relaxed);
            registry.wake(number, 17);
        });
        let made = progress.clone();
        let other = thread::spawn(move || {
            made[1].store(1, Relaxed);
            registry.wake(number, 17);
            // It moves the wake from the phase into the list.
            registry.wake(number, 18);
        });
        // The task of word 17 looks when it is woken, and only then.
        let mut looked_at = 0;
        let mut seen = false;
        event_loop.run_until(|taken| {
            let woken = taken.wakes[looked_at..].contains(&17);
            looked_at = taken.wakes.len();
            seen |= woken && progress.iter().all(|it| it.load(Relaxed) == 1);
            seen
        });
        waker.join().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn a_call_sees_what_its_thread_did_before_it() {
    check(|| {
        let registry = registry();
        let event_loop = Loop::open(registry);
        let address = event_loop.address();
        let caller = thread::spawn(move || {
            let made = Arc::new(AtomicU32::new(0));
            let seen = made.clone();
            made.store(1, Relaxed);
            let call = Box::new(move || assert_eq!(seen.load(Relaxed), 1));
            registry.call(address, call).unwrap();
        });
        event_loop.run_until(|taken| taken.calls == 1);
        caller.join().unwrap();
    });
}

#[test]
fn close_meets_wakes_and_calls() {
    check(|| {
        let registry = registry();
        let event_loop = Loop::open(registry);
        let address = event_loop.address();
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let caller = thread::spawn(move || {
            registry.wake(address.number, 11);
            let call = Box::new(move || {
                counted.fetch_add(1, Relaxed);
            });
            let sent = registry.call(address, call).is_ok();
            registry.wake(address.number, 12);
            sent
        });
        let mut taken = Taken::default();
        event_loop.doze(&mut taken);
        let poller = event_loop.poller.clone();
        drop(event_loop.inbox.shut());
        let refused = registry.call(address, Box::new(|| {}));
        assert!(refused.is_err());
        drop(event_loop);
        let sent = caller.join().unwrap();
        assert!(sent || taken.calls == 0, "a call that was refused ran");
        assert_eq!(runs.load(Relaxed), taken.calls);
        assert!(poller.rings() <= poller.sleeps());
        let mailbox = registry.mailbox(address.number).unwrap();
        assert!(!mailbox.is_filled(), "a closed mailbox took a message");
        // What the call carries was dropped, run or not: loom reports an `Arc` that leaks.
    });
}

#[test]
fn a_call_never_reaches_the_next_loop_of_the_number_a_wake_may() {
    check(|| {
        let registry = registry();
        let first = Loop::open(registry);
        let address = first.address();
        let caller = thread::spawn(move || {
            registry.wake(address.number, 11);
            let _ = registry.call(address, Box::new(|| {}));
        });
        let mut taken = Taken::default();
        first.doze(&mut taken);
        drop(first);

        let second = Loop::open(registry);
        assert_eq!(second.address().number, address.number);
        assert_ne!(second.address(), address);
        let own = second.address();
        let friend = thread::spawn(move || registry.call(own, Box::new(|| {})).unwrap());
        let taken = second.run_until(|taken| taken.calls > 0);
        caller.join().unwrap();
        friend.join().unwrap();
        let mut rest = Taken::default();
        second.take(&mut rest);
        assert_eq!(
            taken.calls + rest.calls,
            1,
            "a call for the first loop ran on the second"
        );
        second.check_rings();
    });
}

#[test]
fn loops_that_open_at_once_have_numbers_of_their_own() {
    check(|| {
        let registry = registry();
        let other = thread::spawn(move || {
            let event_loop = Loop::open(registry);
            registry.wake(event_loop.address().number, 12);
            event_loop.run_until(|taken| !taken.wakes.is_empty()).wakes
        });
        let event_loop = Loop::open(registry);
        registry.wake(event_loop.address().number, 11);
        let taken = event_loop.run_until(|taken| !taken.wakes.is_empty());
        drop(event_loop);
        let others = other.join().unwrap();
        // A number that was closed already may have been the other's next: its wake is then still the other's own.
        assert_eq!((taken.wakes, others), (vec![11], vec![12]));
    });
}

#[test]
fn repeated_wakes_do_not_fill_the_mailbox_also_of_wakers_that_take_turns() {
    // One thread, so one order, of many steps.
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 100_000;
    builder.check(|| {
        let registry = registry();
        let event_loop = Loop::open(registry);
        let address = event_loop.address();
        let mut first = Vec::new();
        for round in 0..30 {
            for word in 100..200 {
                registry.wake(address.number, word);
                registry.wake(address.number, word);
                first.extend((round == 0).then_some(word));
            }
            registry.call(address, Box::new(|| {})).unwrap();
        }
        let mut taken = Taken::default();
        event_loop.take(&mut taken);
        assert_eq!(
            taken.wakes[..100],
            first,
            "the first wake of each keeps its place"
        );
        assert!(taken.wakes.len() <= 500, "{} wakes", taken.wakes.len());
        assert_eq!(taken.calls, 30);
    });
}

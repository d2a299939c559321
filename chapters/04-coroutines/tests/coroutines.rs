//! What `async fn` is made into: when it runs, when it switches, what it owns.

use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;

use chapter_04::{EventLoop, Outcome, Promise, block_on};

/// The lines of the demo's trace that belong to `task`, without name, time and source line.
fn trace_of(trace: &str, task: &str) -> Vec<String> {
    let own = format!(r#""task":"{task}","#);
    let lines = trace.lines().filter(|line| line.contains(&own));
    let part = |line: &str, from: &str, to: &str| {
        let start = line.find(from).expect("a trace line has all fields");
        let end = line.find(to).expect("a trace line has all fields");
        line[start..end].to_owned()
    };
    lines
        .map(|line| {
            part(line, r#""turn""#, r#","time""#)
                + &part(line, r#","lane""#, r#","task""#)
                + &part(line, r#","event""#, r#","file""#)
        })
        .collect()
}

#[test]
fn what_we_write_and_what_the_compiler_makes_of_it_have_the_same_trace() {
    let output = Command::new(env!("CARGO_BIN_EXE_chapter-04"))
        .arg("--trace")
        .output()
        .expect("the demo starts");
    assert!(output.status.success());
    let trace = String::from_utf8(output.stdout).expect("a trace is text");
    let written = trace_of(&trace, "written");
    assert_eq!(written, trace_of(&trace, "expanded"));
    assert_eq!(written.len(), 9);
    assert_eq!(
        written[6..],
        [
            r#""turn":2,"lane":"running","event":"says","note":"first 2""#,
            r#""turn":2,"lane":"running","event":"says","note":"sum 5""#,
            r#""turn":2,"lane":"running","event":"returned","note":"Ready""#
        ]
    );
}

#[test]
fn a_moved_self_reference_points_to_where_it_was() {
    let output = Command::new(env!("CARGO_BIN_EXE_moved"))
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("it prints text");
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            r#"before: red has "roses" and a bookmark in red"#,
            r#"before: blue has "water" and a bookmark in blue"#,
            r#"after: red has "water" and a bookmark in blue"#,
            r#"after: blue has "roses" and a bookmark in red"#,
        ]
    );
}

/// Writes down that it was dropped.
struct Noted(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

#[test]
fn calling_an_async_function_runs_nothing_of_it() {
    let log = Rc::default();
    let in_it = Noted("argument", Rc::clone(&log));
    let log_in_it = Rc::clone(&log);
    let future = async move {
        log_in_it.borrow_mut().push("ran");
        drop(in_it);
    };
    assert!(log.borrow().is_empty());
    drop(future);
    assert_eq!(*log.borrow(), ["argument"]);
}

#[test]
fn a_suspended_function_that_is_dropped_drops_its_variables_from_last_to_first() {
    let event_loop = Rc::new(EventLoop::new());
    let log = Rc::default();
    let (first, second) = (
        Noted("first", Rc::clone(&log)),
        Noted("second", Rc::clone(&log)),
    );
    event_loop.drive("sleeper", async move {
        let _first = first;
        let _second = second;
        std::future::pending::<()>().await;
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert!(log.borrow().is_empty());
    drop(event_loop);
    assert_eq!(*log.borrow(), ["second", "first"]);
}

#[test]
fn only_an_await_that_is_pending_switches() {
    let event_loop = Rc::new(EventLoop::new());
    let [settled, later] = ["settled", "later"].map(|name| Promise::new(&event_loop, name));
    assert!(settled.set_result(1).is_ok());
    let (of_red, waited) = (Rc::clone(&event_loop), later.clone());
    event_loop.drive("red", async move {
        let one = settled.await.expect("it was kept");
        of_red.say(one);
        let two = waited.await.expect("it was kept");
        of_red.say(two);
    });
    event_loop.call_soon("bell", move |event_loop| {
        event_loop.say("ding");
        assert!(later.set_result(2).is_ok());
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    let said: Vec<_> = events
        .filter(|e| e.event == "says")
        .map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect();
    assert_eq!(said, ["1 red 1", "1 bell ding", "2 red 2"]);
}

#[test]
fn block_on_returns_what_is_ready_and_sleeps_until_another_thread_wakes_it() {
    assert_eq!(block_on(async { 1 + async { 2 }.await }), 3);

    let (wakers, asked) = mpsc::channel::<Waker>();
    let (answers, answer) = mpsc::channel();
    let other = thread::spawn(move || {
        let waker = asked.recv().expect("the first poll sends its waker");
        answers.send(7).expect("somebody waits for it");
        waker.wake();
    });
    let mut wakers = Some(wakers);
    let value = block_on(std::future::poll_fn(|context| {
        if let Some(wakers) = wakers.take() {
            let sent = wakers.send(context.waker().clone());
            sent.expect("the other thread waits for it");
        }
        answer.try_recv().map_or(Poll::Pending, Poll::Ready)
    }));
    assert_eq!(value, 7);
    other.join().expect("the other thread ended");
}

#[test]
fn a_wake_before_block_on_sleeps_is_not_lost() {
    let mut polls = 0;
    block_on(std::future::poll_fn(|context| {
        polls += 1;
        context.waker().wake_by_ref();
        if polls < 3 {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }));
    assert_eq!(polls, 3);
}

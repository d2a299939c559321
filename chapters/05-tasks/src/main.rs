//! Breakfast twice: first one dish after the other, then both side by side. The
//! clock shows what that saves.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use chapter_05::{EventLoop, Outcome, Promise, gather};

fn main() {
    let event_loop = Rc::new(EventLoop::new());
    let clock = Rc::new(Clock::default());

    event_loop.spawn("serial", serial(Rc::clone(&event_loop), Rc::clone(&clock)));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.spawn("both", both(Rc::clone(&event_loop), clock));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    event_loop.trace().report();
}

/// Awaits one call after the other: they are parts of this task.
async fn serial(event_loop: Rc<EventLoop>, clock: Rc<Clock>) {
    let tea = cook(Rc::clone(&event_loop), Rc::clone(&clock), "tea").await;
    let egg = cook(Rc::clone(&event_loop), clock, "egg").await;
    event_loop.say(format!("{tea} and {egg}"));
}

/// Makes a task of each call, and awaits both.
async fn both(event_loop: Rc<EventLoop>, clock: Rc<Clock>) {
    let dishes = ["tea", "egg"].map(|dish| {
        let cooking = cook(Rc::clone(&event_loop), Rc::clone(&clock), dish);
        event_loop.spawn(dish, cooking)
    });
    let dishes = gather(&event_loop, &dishes).await;
    let dishes = dishes.expect("nobody cancels breakfast");
    event_loop.say(dishes.join(" and "));
}

/// Three strokes of the clock from raw to done.
async fn cook(event_loop: Rc<EventLoop>, clock: Rc<Clock>, dish: &'static str) -> &'static str {
    event_loop.say(format!("{dish} on"));
    let alarm = clock.alarm(&event_loop, 3);
    alarm.await.expect("nobody stops the clock");
    event_loop.say(format!("{dish} off"));
    dish
}

/// A toy clock: one stroke a turn while somebody waits for it. Chapter 6 has real ones.
#[derive(Default)]
struct Clock {
    strokes: Cell<u32>,
    alarms: RefCell<Vec<(u32, Promise<()>)>>,
}

impl Clock {
    /// A promise that is kept so many strokes from now.
    fn alarm(self: &Rc<Self>, event_loop: &Rc<EventLoop>, strokes: u32) -> Promise<()> {
        let alarm = Promise::new(event_loop, "alarm");
        if self.alarms.borrow().is_empty() {
            self.tick(event_loop);
        }
        let due = self.strokes.get() + strokes;
        self.alarms.borrow_mut().push((due, alarm.clone()));
        alarm
    }

    fn tick(self: &Rc<Self>, event_loop: &EventLoop) {
        let clock = Rc::clone(self);
        event_loop.call_soon("clock", move |event_loop| {
            let now = clock.strokes.get() + 1;
            clock.strokes.set(now);
            event_loop.say(now);
            let alarms = clock.alarms.take();
            let (due, later): (Vec<_>, _) = alarms.into_iter().partition(|(due, _)| *due <= now);
            clock.alarms.replace(later);
            for (_, alarm) in due {
                alarm.set_result(()).expect("nobody else settles alarms");
            }
            if !clock.alarms.borrow().is_empty() {
                clock.tick(event_loop);
            }
        });
    }
}

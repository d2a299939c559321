//! A request and a drop at every possible step of everything in `sync`, and of channels: no wake-up is lost, no lock is held
//! for ever, no item is lost or doubled.
//!
//! A scene is a crowd of tasks that do the same work on something shared. One of them, each in turn, is asked to end, or
//! has its work dropped, once at every step of it and every moment around that step; alone, and as a branch of a `select`.
//! All others must come to their end.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::pin::pin;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use final_runtime::{
    EventLoop, Outcome, State, TaskRef, catch_cancel, current_task, running_loop, sleep,
};
use futures_util::future::select;

mod channels;
#[path = "../common/mod.rs"]
mod common;
mod locks;
mod queues;

use common::clock::ms;
use common::steps::{Body, Place, at_step};

/// How the victim's work ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Request,
    Drop,
}

/// When, after a poll of the victim: at the end of it, or so many turns later, in a callback.
const MOMENTS: [Option<u32>; 4] = [None, Some(0), Some(1), Some(2)];

/// No victim takes more steps.
const MOST_STEPS: u32 = 60;

/// A crowd, and what must hold in the end.
struct Scene {
    /// The work of one of the crowd.
    work: Box<dyn Fn(u64) -> Body>,
    crowd: u64,
    /// Those who keep things going, and are left alone.
    others: Vec<Body>,
    check: Box<dyn FnOnce(&str)>,
}

impl Scene {
    fn new<F: Future<Output = ()> + 'static>(
        crowd: u64,
        work: impl Fn(u64) -> F + 'static,
    ) -> Self {
        Self {
            work: Box::new(move |who| Box::pin(work(who))),
            crowd,
            others: Vec::new(),
            check: Box::new(|_| ()),
        }
    }

    fn beside(mut self, other: impl Future<Output = ()> + 'static) -> Self {
        self.others.push(Box::pin(other));
        self
    }

    fn check(mut self, check: impl FnOnce(&str) + 'static) -> Self {
        self.check = Box::new(check);
        self
    }
}

/// Ends the work in `place`, `turns` turns from now.
fn end_later(turns: u32, end: End, victim: (TaskRef, Waker), place: Place) {
    running_loop().call_soon(move || match (turns, end) {
        (0, End::Request) => drop(victim.0.cancel()),
        (0, End::Drop) => {
            let dropped = place.take();
            drop(dropped);
            victim.1.wake();
        }
        _ => end_later(turns - 1, end, victim, place),
    });
}

/// Does `work`, which ends in or after its `step`th step. Whether that step was reached.
async fn ended_at(work: Body, step: u32, moment: Option<u32>, end: End, reached: Rc<Cell<bool>>) {
    at_step(work, step, |place, waker| {
        reached.set(true);
        let victim = current_task().unwrap();
        match (moment, end) {
            (None, End::Drop) => return ControlFlow::Break(()),
            (None, End::Request) => drop(victim.cancel()),
            (Some(turns), end) => end_later(turns, end, (victim, waker.clone()), place.clone()),
        }
        ControlFlow::Continue(())
    })
    .await;
}

/// The same work as one of two branches: the task waits for something else, too, which a request finds as well.
fn in_a_select(work: Body) -> Body {
    Box::pin(async {
        let other = pin!(sleep(Duration::from_secs(3600)));
        select(work, other).await;
    })
}

/// Plays the scene once. Whether the victim's step was reached.
fn play(
    name: &str,
    scene: fn() -> Scene,
    (victim, selects): (u64, bool),
    step: u32,
    moment: Option<u32>,
    end: End,
) -> bool {
    let what = format!(
        "{name}: {end:?} of {victim} at step {step}, moment {moment:?}, in a select: {selects}"
    );
    let event_loop = EventLoop::with_virtual_clock();
    let scene = scene();
    let reached = Rc::new(Cell::new(false));
    let mut tasks = Vec::new();
    for who in 0..scene.crowd {
        let work = (scene.work)(who);
        match who == victim {
            true => {
                let work = if selects { in_a_select(work) } else { work };
                let ended = ended_at(work, step, moment, end, reached.clone());
                drop(event_loop.spawn(async { drop(catch_cancel(ended).await) }));
            }
            false => tasks.push(event_loop.spawn(work)),
        }
    }
    tasks.extend(
        scene
            .others
            .into_iter()
            .map(|other| event_loop.spawn(other)),
    );
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let tree = event_loop.task_tree();
    assert!(tree.tasks.is_empty(), "{what}: {tree}");
    for task in tasks {
        assert_eq!(task.state(), State::Ok, "{what}");
    }
    (scene.check)(&what);
    reached.get()
}

fn at_every_step(name: &str, scene: fn() -> Scene) {
    let mut played = 0;
    let crowd = 0..scene().crowd;
    for victim in crowd.flat_map(|victim| [(victim, false), (victim, true)]) {
        for end in [End::Request, End::Drop] {
            for moment in MOMENTS {
                let steps = (1..MOST_STEPS)
                    .take_while(|&step| play(name, scene, victim, step, moment, end));
                let steps = steps.count();
                assert!(
                    steps < 50,
                    "{name}: a victim takes more steps than are tried"
                );
                played += steps;
            }
        }
    }
    assert!(played >= 48, "{name}: only {played} plays");
}

macro_rules! scenes {
    ($($name:ident: $scene:block)*) => {
        $(#[test]
        fn $name() {
            crate::at_every_step(stringify!($name), || $scene);
        })*
    };
}

use scenes;

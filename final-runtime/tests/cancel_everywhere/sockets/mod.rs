//! Sockets, on the real clock: every byte sent is received by somebody or still there, in order; every connection is
//! accepted or still in the backlog; and an event at a socket wakes nobody who has given up.
//!
//! The peer is in blocking hands of the test, and acts between two turns of the loop. Nothing here depends on how long
//! anything takes: a step is a poll of the subject, and whoever waits for an event waits for it.

use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::net;
use std::rc::Rc;

use final_runtime::net::TcpStream;
use final_runtime::{EventLoop, Future, State, WaitsFor, running_loop, spawn, yield_now};
use futures_util::poll;

use crate::common::sockets::pair_with_std;
use crate::{Body, ENDS, End, MOST_STEPS, Moment, Seen, Victim, ended_at, heed_panics, victim};

mod connections;
mod reading;
mod writing;

const MOMENTS: [Moment; 5] = [
    Moment::Inside,
    Moment::Later(0),
    Moment::Later(1),
    Moment::Later(2),
    Moment::WithTheEvent,
];

/// A subject, its peer, and what must hold in the end.
struct Scene {
    work: Body,
    /// Acts, through the stage, as long as the work goes on.
    peer: Body,
    /// Looks for everything that was sent, and makes an event at the socket that must not wake the victim.
    check: Body,
}

/// What peers act through.
struct Stage {
    /// Whom the next event is to end, and how.
    armed: RefCell<Option<(Victim, End)>>,
    /// Rung ahead of an action, so that its event comes ahead of the action's.
    bell: net::TcpStream,
    /// A connection to the loop itself.
    own: (TcpStream, net::TcpStream),
    over: Cell<bool>,
}

impl Stage {
    async fn new() -> Rc<Self> {
        let (ear, bell) = pair_with_std().await.unwrap();
        let own = pair_with_std().await.unwrap();
        let stage = Rc::new(Self {
            armed: RefCell::default(),
            bell,
            own,
            over: Cell::new(false),
        });
        let heard = Rc::downgrade(&stage);
        drop(spawn(async move {
            while ear.read(&mut [0]).await.unwrap() > 0 {
                let armed = heard.upgrade().and_then(|stage| stage.armed.take());
                if let Some((victim, end)) = armed {
                    victim.end(end);
                }
            }
        }));
        stage
    }

    /// Does something of which the loop learns by an event, and waits until it has; nothing, once the work is over.
    async fn act(&self, action: impl FnOnce()) {
        if self.over.get() {
            return;
        }
        if self.armed.borrow().is_some() {
            (&self.bell).write_all(b"!").unwrap();
        }
        action();
        self.events().await;
    }

    /// Waits until the loop has asked for events, and whoever they wake has run.
    async fn events(&self) {
        let mut buffer = [0; 8];
        let mut read = self.own.0.read(&mut buffer);
        assert!(poll!(&mut read).is_pending());
        (&self.own.1).write_all(b"!").unwrap();
        read.await.unwrap();
        yield_now().await;
    }
}

/// Plays the scene once. Whether the step was reached.
fn play(name: &str, scene: Make, step: u32, moment: Moment, end: End) -> bool {
    let what = format!("{name}: {end:?} at step {step}, {moment:?}");
    let event_loop = EventLoop::new();
    let panics = heed_panics(&event_loop);
    let seen = Rc::new(Seen::default());
    let watched = seen.clone();
    let main = event_loop.run_until_complete(async move {
        let stage = Stage::new().await;
        let scene = scene(stage.clone()).await;
        stage.events().await;
        let rest = Future::new();
        let (over, arming) = (stage.clone(), stage.clone());
        let arm = move |victim| drop(arming.armed.replace(Some((victim, end))));
        let work = ended_at(scene.work, step, moment, end, watched.clone(), arm);
        // However the work ends, the peer hears of it.
        struct Over(Rc<Stage>);
        impl Drop for Over {
            fn drop(&mut self) {
                self.0.over.set(true);
            }
        }
        let work = async move {
            let _over = Over(over);
            work.await;
        };
        let task = spawn(victim(work, rest.clone(), watched.clone()));
        stage.events().await;
        scene.peer.await;
        while !stage.over.get() {
            stage.events().await;
        }
        while watched.idle_polls.get() == 0 {
            stage.events().await;
        }
        stage.armed.take();
        let tree = running_loop().task_tree();
        let of_victim = &tree.get(task.id()).unwrap().waits_for;
        assert_eq!(*of_victim, [WaitsFor::Future], "{what}");
        scene.check.await;
        stage.events().await;
        assert_eq!(watched.idle_polls.get(), 1, "{what}: woken for nothing");
        rest.set_result(()).unwrap();
        while !task.is_done() {
            yield_now().await;
        }
        assert_eq!(task.state(), State::Ok, "{what}");
        assert_eq!(watched.delivered.get(), watched.taken.get(), "{what}");
        assert_eq!(task.cancelling(), watched.taken.get(), "{what}");
        drop(stage);
        while running_loop().all_tasks().len() > 1 {
            yield_now().await;
        }
    });
    main.unwrap();
    assert_eq!(*panics.borrow(), [] as [String; 0]);
    seen.reached.get()
}

type Make = fn(Rc<Stage>) -> std::pin::Pin<Box<dyn std::future::Future<Output = Scene>>>;

fn at_every_step(name: &str, scene: Make) {
    for end in ENDS {
        for moment in MOMENTS {
            let steps = (1..MOST_STEPS).take_while(|&step| play(name, scene, step, moment, end));
            let steps = steps.count() as u32;
            assert!(0 < steps, "{name}: no end was made");
            assert!(steps < MOST_STEPS - 1, "{name}: more steps than are tried");
        }
    }
}

/// Whether who gives up is taken out of the driver. The traits of `futures-io` cannot tell: see `net`.
#[derive(PartialEq)]
enum Leaves {
    Nothing,
    AWaker,
}

/// Plays each scene.
macro_rules! scenes {
    ($($name:ident: $scene:expr;)*) => {
        $(#[test]
        fn $name() {
            crate::sockets::at_every_step(stringify!($name), |stage| Box::pin(async { $scene(stage).await }));
        })*
    };
}

use scenes;

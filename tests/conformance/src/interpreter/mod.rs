//! A program of the format, run over the public API of `final-runtime`.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | which ops there are, and the modes of a run |
//! | `world` | what the program has made so far, and its log |
//! | `value` | values and errors |
//! | `tasks` | ops that may wait |
//! | `several` | ops that wait for several |
//! | `calls` | ops that do not wait |
//! | `shared` | ops on what tasks share |
//! | `objects`, `queues` | what that is |

use std::rc::Rc;

use final_runtime::{EventLoop, JoinError, Outcome, RunError};

use crate::json::Json;
use value::encode_error;
use world::{Who, World};

mod calls;
mod objects;
mod queues;
mod several;
mod shared;
mod tasks;
mod value;
mod world;

/// Runs `program` on a loop of its own. Gives the result line without the id: log, outcome, end, turns, and what nobody
/// looked at.
pub fn run(program: &Json) -> Json {
    let event_loop = EventLoop::with_virtual_clock();
    let world = World::new(&event_loop, program);
    match world.mode() {
        "idle" => {
            world.spawn("main", false);
            let _ = event_loop.run_forever();
        }
        "complete" => {
            let result = until(&world, &event_loop, "main");
            world.event(
                Who::Outside,
                ["run_until_complete".into(), "main".into(), result],
            );
        }
        "run" => run_and_close(&world, &event_loop),
        "steps" => steps(&world, &event_loop),
        mode => panic!("the format has no mode `{mode}`"),
    }
    let result = world.result();
    // What a close would report was listed already.
    event_loop.set_exception_handler(|_| ());
    world.forget();
    result
}

/// Runs until a task or a future is done; a task that has not begun begins now.
fn until(world: &Rc<World>, event_loop: &EventLoop, name: &str) -> Json {
    let target = match world.target(name) {
        Some(target) => target,
        None => world.spawn(name, false).future(),
    };
    match event_loop.run_until_done(&target) {
        Ok(()) => match target.result().expect("it is done") {
            Ok(value) => Json::list(["ok".into(), value.0]),
            Err(error) => Json::list(["err".into(), encode_error(&error)]),
        },
        Err(RunError::Stopped) => Json::list(["err".into(), Json::list(["runtime".into()])]),
        Err(_) => Json::list(["idle".into()]),
    }
}

/// As `asyncio.run`: main, then the end of all others.
fn run_and_close(world: &Rc<World>, event_loop: &EventLoop) {
    let result = until(world, event_loop, "main");
    world.event(Who::Outside, ["run".into(), result]);
    let closed = event_loop.cancel_all_tasks().and_then(|()| {
        // asyncio closes its generators and its threads here, in a task each that has nothing to do.
        event_loop.run_until_complete(async {})?;
        event_loop.run_until_complete(async {})
    });
    let end = if closed.is_ok() { "closed" } else { "idle" };
    world.event(Who::Outside, [end.into()]);
}

fn steps(world: &Rc<World>, event_loop: &EventLoop) {
    for step in world.program().get("steps").expect("mode steps").items() {
        if let Some(ops) = step.get("do") {
            if world.call_all(Who::Outside, ops).is_err() {
                panic!("a step outside the loop raised");
            }
        } else if let Some(name) = step.get("run_until_complete") {
            let name = name.as_str().expect("a name");
            let result = until(world, event_loop, name);
            world.event(
                Who::Outside,
                ["run_until_complete".into(), name.into(), result],
            );
        } else {
            let end = match event_loop.run_forever() {
                Outcome::Stopped => "stopped",
                Outcome::Idle => "idle",
            };
            world.event(Who::Outside, ["run_forever".into(), end.into()]);
        }
    }
}

/// Tells the log of a panic in a callback, which is how a callback raises here, and of errors during shutdown.
fn report(world: &World, report: &final_runtime::Report) {
    use final_runtime::ReportKind;
    match (report.kind(), report.error(), report.task()) {
        (ReportKind::Callback, JoinError::Panicked(panic), _) => {
            let raised = value::raised_in_callback(panic);
            world.event(Who::Loop, ["unhandled".into(), raised]);
        }
        (ReportKind::Shutdown, error, Some(task)) => {
            let event = [
                "unhandled_at_shutdown".into(),
                task.into(),
                encode_error(error),
            ];
            world.event(Who::Loop, event);
        }
        _ => {}
    }
}

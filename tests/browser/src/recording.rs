//! What chapter 1's program did, by its own account, and who was where meanwhile. The queue is kept here as the
//! program keeps it, by other means than the book's tool has: the one is a witness of the other.

use std::collections::VecDeque;
use std::fs;

use serde::Deserialize;

use crate::Fallible;
use crate::book::{cargo, root};

/// A line of what the program prints with `--trace`.
#[derive(Deserialize)]
struct Event {
    turn: u64,
    time: u64,
    lane: String,
    task: String,
    event: String,
    note: String,
    file: String,
    line: usize,
}

/// All that a player has to show of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// `Event 7 of 32, turn 1, time 7:`
    pub place: String,
    /// `red is queued`
    pub words: String,
    /// Who has the thread, after the event.
    pub running: Vec<String>,
    /// The ready queue, its head first.
    pub ready: Vec<String>,
    /// `src/main.rs:26`
    pub file: String,
    /// The text of that line.
    pub code: String,
    /// The number of that line among those that are shown, and theirs.
    pub lines: (usize, Vec<usize>),
    /// How the title of the bar begins that the event belongs to.
    pub bar: String,
}

/// Runs the program.
pub fn record() -> Fallible<Vec<Moment>> {
    let mut program = cargo();
    program.args(["run", "--quiet", "--package", "chapter-01", "--", "--trace"]);
    let output = program.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let read = |line| serde_json::from_str(line).map_err(|error| format!("{line}: {error}"));
    let events: Fallible<Vec<Event>> = text.lines().skip(1).map(read).collect();
    let events = events?;
    let mut queue = VecDeque::new();
    let mut running = None;
    let mut moments = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let mut shown = None;
        match (event.lane.as_str(), event.event.as_str()) {
            ("ready", "queued") => queue.push_back(event.task.clone()),
            ("ready", "skipped") | ("running", "run") => {
                let head = queue.pop_front();
                if head.as_ref() != Some(&event.task) {
                    return Err(format!(
                        "{} left the queue, its head was {head:?}",
                        event.task
                    ));
                }
                running = head.filter(|_| event.event == "run");
            }
            ("running", "returned") => running = None,
            // Whoever speaks has the thread, also outside of the loop.
            ("running", _) => shown = Some(event.task.clone()),
            _ => {
                return Err(format!(
                    "unknown in chapter 1: {} {}",
                    event.lane, event.event
                ));
            }
        }
        let shown = shown.or_else(|| running.clone());
        moments.push(Moment {
            running: shown.into_iter().collect(),
            ready: queue.iter().cloned().collect(),
            ..moment(event, at, events.len())?
        });
    }
    match moments.is_empty() {
        true => Err("chapter 1's program printed no recorded run".to_owned()),
        false => Ok(moments),
    }
}

fn moment(event: &Event, at: usize, of: usize) -> Fallible<Moment> {
    let text = fs::read_to_string(root().join(&event.file)).map_err(|error| error.to_string())?;
    let lines: Vec<&str> = text.lines().collect();
    let turn = match event.turn {
        0 => "before the first turn".to_owned(),
        turn => format!("turn {turn}"),
    };
    let deed = match event.event.as_str() {
        "queued" => "is queued".to_owned(),
        "skipped" => "is skipped".to_owned(),
        "run" => "runs".to_owned(),
        "returned" => "returns".to_owned(),
        "stop" => "asks the loop to stop".to_owned(),
        "says" => format!("says “{}”", event.note),
        other => return Err(format!("unknown in chapter 1: {other}")),
    };
    let lane = match event.lane.as_str() {
        "ready" => "ready queue",
        lane => lane,
    };
    let first = event.line.saturating_sub(3).max(1);
    Ok(Moment {
        place: format!("Event {} of {of}, {turn}, time {}:", at + 1, event.time),
        words: format!("{} {deed}", event.task),
        running: Vec::new(),
        ready: Vec::new(),
        file: format!(
            "{}:{}",
            event.file.replace("chapters/01-callback-loop/", ""),
            event.line
        ),
        code: lines[event.line - 1].to_owned(),
        lines: (
            event.line,
            (first..=lines.len().min(event.line + 3)).collect(),
        ),
        bar: format!("{}: {lane}", event.task),
    })
}

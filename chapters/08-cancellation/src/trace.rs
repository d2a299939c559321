//! The recorded run: what happened, to whom, in which turn, at which line.

use std::fmt;
use std::io::{self, Write};
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The version of the JSON lines that [`Trace::report`] prints.
pub const VERSION: u32 = 1;

/// Where an event stands in the picture of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// The kernel: sockets, files, its clock.
    Os,
    /// The part of the loop that asks the kernel.
    Reactor,
    /// Work that could run and waits for its place.
    Ready,
    /// The one piece of work that has the thread.
    Running,
    /// Work that waits for something to happen.
    Sleeping,
}

impl Lane {
    /// The lane's name in a trace.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Os => "os",
            Lane::Reactor => "reactor",
            Lane::Ready => "ready",
            Lane::Running => "running",
            Lane::Sleeping => "sleeping",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// The turn of the loop, from 1; 0 is before the first.
    pub turn: u64,
    /// The logical time: one tick an event.
    pub time: u64,
    /// Where it happened.
    pub lane: Lane,
    /// Whose event it is.
    pub task: String,
    /// What happened, in one word.
    pub event: &'static str,
    /// What was said, or nothing.
    pub note: String,
    /// The line of the program that is behind it.
    pub at: &'static Location<'static>,
}

impl Event {
    fn json(&self) -> String {
        format!(
            r#"{{"turn":{},"time":{},"lane":"{}","task":{},"event":"{}","note":{},"file":{},"line":{}}}"#,
            self.turn,
            self.time,
            self.lane.name(),
            quote(&self.task),
            self.event,
            quote(&self.note),
            quote(self.at.file()),
            self.at.line(),
        )
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = format!("{} {}", self.event, self.note);
        let file = self.at.file().rsplit(['/', '\\']).next().unwrap_or("");
        write!(
            f,
            "{:>4} {:>5}  {:<8}  {:<9} {:<22} {file}:{}",
            self.turn,
            self.time,
            self.lane.name(),
            self.task,
            event.trim_end(),
            self.at.line(),
        )
    }
}

/// The events of one run, in the order in which they happened. Wakers write here too, from
/// whatever thread they are on.
#[derive(Debug, Default)]
pub struct Trace {
    events: Mutex<Vec<Event>>,
    turn: AtomicU64,
    closed: AtomicBool,
    running: Mutex<Option<String>>,
}

impl Trace {
    /// A trace without events, before the first turn.
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks the beginning of a turn: what is recorded from now on belongs to it.
    pub fn next_turn(&self) {
        self.turn.fetch_add(1, Relaxed);
    }

    /// Marks that `task` has the thread from now on, or with `None` that nobody has.
    pub(crate) fn set_running(&self, task: Option<&str>) {
        *lock(&self.running) = task.map(str::to_owned);
    }

    /// Who has the thread.
    pub(crate) fn running(&self) -> String {
        lock(&self.running).as_deref().unwrap_or("main").to_owned()
    }

    /// Records nothing from now on: what runs for days must not fill the memory with its past.
    pub fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    /// Notes that something happened to `task`, because of the program's line `at`.
    pub fn record(
        &self,
        lane: Lane,
        task: &str,
        event: &'static str,
        note: impl fmt::Display,
        at: &'static Location<'static>,
    ) {
        if self.closed.load(Relaxed) {
            return;
        }
        let note = note.to_string();
        let mut events = lock(&self.events);
        let time = events.len() as u64 + 1;
        events.push(Event {
            turn: self.turn.load(Relaxed),
            time,
            lane,
            task: task.to_owned(),
            event,
            note,
            at,
        });
    }

    /// A copy of what was recorded so far.
    pub fn events(&self) -> Vec<Event> {
        lock(&self.events).clone()
    }

    /// Prints the run: a table for people, or JSON lines when the program
    /// was called with `--trace`.
    pub fn report(&self) {
        let json = std::env::args().any(|argument| argument == "--trace");
        // A reader that has gone away (`| head`) is no error of the program's.
        let _ = self.write(&mut io::stdout().lock(), json);
    }

    fn write(&self, out: &mut impl Write, json: bool) -> io::Result<()> {
        if json {
            writeln!(out, r#"{{"version":{VERSION}}}"#)?;
        } else {
            writeln!(out, "turn  time  lane      task      event")?;
        }
        for event in self.events() {
            if json {
                writeln!(out, "{}", event.json())?;
            } else {
                writeln!(out, "{event}")?;
            }
        }
        Ok(())
    }
}

/// Locks `mutex`. What it guards is whole at every moment, also when a
/// thread has panicked meanwhile.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes `text` as a JSON string.
fn quote(text: &str) -> String {
    let mut json = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c.is_control() => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json + "\""
}

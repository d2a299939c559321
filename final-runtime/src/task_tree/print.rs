//! The text of a tree. Each task is told of once, and each wait takes a line more at most; lines are of bounded length, however
//! deep the tree is.
//!
//! In the book: chapter 12.

use std::fmt::{self, Display, Formatter};

use crate::task_tree::{TaskId, TaskInfo, TaskState, TaskTree, Through, WaitsFor, rings};

/// Lines that are further in stand no further in, and say how deep they are.
const DEEPEST: usize = 20;
/// So many bytes of a future's type are shown, or some more.
const LONGEST: usize = 100;

impl Display for TaskTree {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Count(self.tasks.len(), "task").fmt(f)?;
        let mut text = Text {
            tree: self,
            edges: rings::edges(&self.tasks),
            met: vec![Met::Not; self.tasks.len()],
            lasts: Vec::new(),
        };
        for (root, task) in self.tasks.iter().enumerate() {
            if task.awaited_by.is_empty() {
                text.branch(root, f)?;
            }
        }
        // What is left is in a ring, or hangs on one.
        for root in 0..self.tasks.len() {
            text.branch(root, f)?;
        }
        for ring in &self.rings {
            f.write_str("\na ring: ")?;
            for task in &ring.tasks {
                write!(f, "{} → ", Name(self, *task))?;
            }
            match ring.tasks.first() {
                Some(first) => Name(self, *first).fmt(f)?,
                None => f.write_str("of nobody")?,
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Not,
    /// It is told of, and those that it waits for are not all.
    Open,
    Done,
}

struct Text<'a> {
    tree: &'a TaskTree,
    edges: Vec<Vec<usize>>,
    met: Vec<Met>,
    /// For each level between the margin and the line: whether its last line is written.
    lasts: Vec<bool>,
}

impl Text<'_> {
    /// A task and what hangs on it, unless it was told of.
    fn branch(&mut self, root: usize, f: &mut Formatter<'_>) -> fmt::Result {
        if self.met[root] != Met::Not {
            return Ok(());
        }
        self.line(root, f)?;
        let mut path = vec![(root, 0)];
        while let Some((task, next)) = path.last_mut() {
            let Some(&to) = self.edges[*task].get(*next) else {
                self.met[*task] = Met::Done;
                path.pop();
                self.lasts.pop();
                continue;
            };
            *next += 1;
            self.lasts.push(*next == self.edges[*task].len());
            let is_new = self.met[to] == Met::Not;
            self.line(to, f)?;
            match is_new {
                true => path.push((to, 0)),
                false => drop(self.lasts.pop()),
            }
        }
        Ok(())
    }

    fn line(&mut self, task: usize, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\n")?;
        let depth = self.lasts.len();
        for (level, last) in self.lasts.iter().enumerate().take(DEEPEST) {
            f.write_str(match (level + 1 == depth, last) {
                (true, true) => "└─ ",
                (true, false) => "├─ ",
                (false, true) => "   ",
                (false, false) => "│  ",
            })?;
        }
        if depth > DEEPEST {
            write!(f, "({depth} deep) ")?;
        }
        let info = &self.tree.tasks[task];
        let name = Name(self.tree, info.id);
        match std::mem::replace(&mut self.met[task], Met::Open) {
            Met::Not => write!(f, "{name} {}", Told(self.tree, info)),
            Met::Open => write!(f, "{name}, and the ring is closed"),
            Met::Done => {
                self.met[task] = Met::Done;
                write!(f, "{name}, see above")
            }
        }
    }
}

/// How many of what.
struct Count(usize, &'static str);

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(count, what) = self;
        let s = if *count == 1 { "" } else { "s" };
        write!(f, "{count} {what}{s}")
    }
}

/// A task's name, and its number if that is not in the name.
struct Name<'a>(&'a TaskTree, TaskId);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(tree, id) = self;
        match tree.get(*id) {
            Some(task) => name(&task.name, *id, f),
            None => write!(f, "task {id}"),
        }
    }
}

/// See [`Name`].
pub(crate) fn name(name: &str, id: TaskId, f: &mut Formatter<'_>) -> fmt::Result {
    let given = name
        .strip_prefix("Task-")
        .is_none_or(|number| number.parse() != Ok(id.0));
    match given {
        true => write!(f, "`{name}` ({id})"),
        false => write!(f, "`{name}`"),
    }
}

/// What there is to say of a task behind its name.
struct Told<'a>(&'a TaskTree, &'a TaskInfo);

impl Display for Told<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(tree, task) = self;
        match task.state {
            TaskState::New => f.write_str("has not begun")?,
            TaskState::Queued => f.write_str("is about to run")?,
            TaskState::Running => f.write_str("is running")?,
            TaskState::Waiting => {
                f.write_str("waits for ")?;
                for (number, wait) in task.waits_for.iter().enumerate() {
                    f.write_str(if number > 0 { " and " } else { "" })?;
                    Waited(tree, wait).fmt(f)?;
                }
            }
        }
        if task.cancelling > 0 {
            let requests = task.cancelling as usize;
            write!(f, ", with {} to cancel", Count(requests, "request"))?;
        }
        f.write_str(" [")?;
        function(task.future, f)?;
        if let Some(place) = task.spawned_at {
            write!(f, ", spawned at {place}")?;
        }
        f.write_str("]")
    }
}

/// The function that a future is of: its type without what says that it is a future.
pub(crate) fn function(future: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let boxed = future.strip_prefix("core::pin::Pin<alloc::boxed::Box<");
    let boxed = boxed.and_then(|inner| inner.strip_suffix(">>"));
    let mut name = boxed.unwrap_or(future);
    while let Some(outer) = name.strip_suffix("::{{closure}}") {
        name = outer;
    }
    let short = match name.len() > LONGEST {
        true => &name[..name.floor_char_boundary(LONGEST)],
        false => name,
    };
    f.write_str(short)?;
    f.write_str(if short.len() < name.len() { "…" } else { "" })
}

struct Waited<'a>(&'a TaskTree, &'a WaitsFor);

impl Display for Waited<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use crate::driver::SocketOperation::{Accept, Connect, Read, Write};
        let Self(tree, wait) = self;
        f.write_str(match wait {
            WaitsFor::Task(id) => return Name(tree, *id).fmt(f),
            WaitsFor::Tasks {
                through,
                tasks,
                others,
            } => return several(*through, tasks.len(), *others, f),
            WaitsFor::TaskOfOtherLoop(name) => return write!(f, "`{name}` of another loop"),
            WaitsFor::Deadline(Some(due)) => {
                let left = due.saturating_duration_since(tree.taken_at);
                return write!(f, "a deadline in {left:.3?}");
            }
            WaitsFor::Deadline(None) => "a deadline that never comes",
            WaitsFor::Socket {
                operation,
                address,
                is_certain,
                ..
            } => {
                f.write_str(if *is_certain { "" } else { "perhaps " })?;
                f.write_str(match operation {
                    Accept => "a connection on ",
                    Connect => "a connection to ",
                    Read => "data from ",
                    Write => "room to write to ",
                })?;
                return match address {
                    Some(address) => address.fmt(f),
                    None => f.write_str("an unknown address"),
                };
            }
            WaitsFor::Lock { behind: Some(id) } => {
                return write!(f, "a lock, behind {}", Name(tree, *id));
            }
            WaitsFor::Lock { behind: None } => "a lock",
            WaitsFor::Signal(kind) => return write!(f, "{kind}"),
            WaitsFor::Future => "a future",
            WaitsFor::Condition => "a condition",
            WaitsFor::Event => "an event",
            WaitsFor::Semaphore => "a semaphore",
            WaitsFor::Barrier => "a barrier",
            WaitsFor::QueueItem => "an item of a queue",
            WaitsFor::QueueRoom => "room in a queue",
            WaitsFor::QueueDone => "the last item of a queue to be done",
            WaitsFor::ChannelMessage => "a message of a channel",
            WaitsFor::ChannelRoom => "room in a channel",
            WaitsFor::ThreadCall => "a call in another thread",
            WaitsFor::EndOfThreads => "the end of a pool's threads",
            WaitsFor::ScopeChild => "a child of its scope",
            WaitsFor::Unknown => "something outside the runtime",
        })
    }
}

fn several(through: Through, tasks: usize, others: usize, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match through {
        Through::Gather => "a gather of ",
        Through::TaskGroup => "its group of ",
        Through::Wait => "some of ",
        Through::AsCompleted => "the next of ",
        Through::Shield => "what is shielded: ",
        Through::WaitFor => "the end of what was cancelled: ",
    })?;
    match (tasks, others) {
        (_, 0) => Count(tasks, "task").fmt(f),
        (0, _) => Count(others, "future").fmt(f),
        _ => write!(
            f,
            "{} and {}",
            Count(tasks, "task"),
            Count(others, "future")
        ),
    }
}

//! The thread that builds the book, and builds it again when one of its files changes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::hub::{Hub, News};
use super::site::Site;
use crate::press::Press;
use crate::project::Project;
use crate::publish;

/// Editors write a file in several steps. A build begins when there was no change for this long.
const QUIET: Duration = Duration::from_millis(100);

/// The folders whose files make the book.
const WATCHED: [&str; 2] = ["book", "chapters"];

/// Builds the book whenever it has to be.
pub(super) struct Builder {
    root: PathBuf,
    hub: Arc<Hub>,
    url: String,
    open: bool,
    builds: u64,
    /// Sets the versions of this run of the server apart from those of earlier ones.
    first_version: u64,
}

impl Builder {
    pub(super) fn new(root: PathBuf, hub: Arc<Hub>, url: String, open: bool) -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            root,
            hub,
            url,
            open,
            builds: 0,
            first_version: since_1970.map_or(1, |time| time.as_secs()),
        }
    }

    /// Builds now, and after every change, for ever.
    pub(super) fn run(mut self) {
        let (changed, changes) = mpsc::channel();
        // Watching begins before the first build, so that no change falls in between.
        let watcher = watch(&self.root, changed);
        if let Err(error) = &watcher {
            eprintln!("changes are not noticed ({error}): start the server again to see them");
        }
        self.build_and_tell();
        if watcher.is_ok() {
            while wait(&changes) {
                self.build_and_tell();
            }
        }
    }

    fn build_and_tell(&mut self) {
        let started = Instant::now();
        // A fault of the tool must not end the thread in silence: the page would never change again.
        let built = catch_unwind(AssertUnwindSafe(|| self.build()))
            .unwrap_or_else(|_| Err("the book tool panicked; see its terminal".to_owned()));
        match built {
            Ok(()) => {
                let seconds = started.elapsed().as_secs_f32();
                eprintln!("built in {seconds:.1} s; the book is at {}", self.url);
                if std::mem::take(&mut self.open)
                    && let Err(error) = opener::open(&self.url)
                {
                    eprintln!("no browser could be opened: {error}");
                }
            }
            Err(problems) => {
                eprint!("{problems}");
                let still = match self.hub.site() {
                    Some(_) => "the last good one is still at",
                    None => "there is no book yet at",
                };
                eprintln!("the book is broken; {still} {}", self.url);
                self.hub.announce(News::Broken(problems));
            }
        }
    }

    fn build(&mut self) -> Result<(), String> {
        let or_text = |problems: crate::problem::Problems| problems.to_string();
        let project = Project::open(&self.root).map_err(or_text)?;
        self.step("building the chapters' programs");
        let press = Press::new(&project, false);
        self.step("printing the pages");
        let report = publish::build(&project, &press);
        for problem in &report.edition.not_run {
            eprintln!("warning: {problem}");
        }
        if !report.problems.is_empty() {
            return Err(or_text(report.problems));
        }
        self.builds += 1;
        let version = self.first_version + self.builds;
        let site = Site::load(&self.root.join(publish::BUILD), version)
            .map_err(|error| format!("the built book cannot be read: {error}\n"))?;
        self.hub.publish(site, version);
        Ok(())
    }

    fn step(&self, name: &str) {
        eprintln!("… {name}");
        self.hub.announce(News::Building(name.to_owned()));
    }
}

/// Sends a word into `changed` for each change of a file that makes the book.
fn watch(root: &Path, changed: Sender<()>) -> notify::Result<RecommendedWatcher> {
    let book = root.join("book");
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| matters(&event, &book)) {
            // Nobody listens any more when the builder has ended; then there is nothing to tell.
            let _ = changed.send(());
        }
    })?;
    for folder in WATCHED {
        watcher.watch(&root.join(folder), RecursiveMode::Recursive)?;
    }
    Ok(watcher)
}

/// Whether the event changes a file, and one that a build does not write itself.
fn matters(event: &Event, book: &Path) -> bool {
    let changes = match event.kind {
        EventKind::Create(_) | EventKind::Remove(_) => true,
        EventKind::Modify(kind) => !matches!(kind, ModifyKind::Metadata(_)),
        _ => false,
    };
    changes && event.paths.iter().any(|path| !is_built(path, book))
}

/// Whether `path` lies in `book/build`, or in what becomes it.
fn is_built(path: &Path, book: &Path) -> bool {
    let below = path.strip_prefix(book).ok();
    let first = below.and_then(|below| below.components().next());
    first.is_some_and(|first| Path::new(&first).file_stem() == Some("build".as_ref()))
}

/// Waits for a change, and then until there are no more. False when there will never be one.
fn wait(changes: &Receiver<()>) -> bool {
    if changes.recv().is_err() {
        return false;
    }
    while changes.recv_timeout(QUIET).is_ok() {}
    true
}

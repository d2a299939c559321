//! A copy of `small-book/` that a test may break.

use std::fs;
use std::path::Path;

use book::binding::{Bound, bind, continuity};
use book::page::scan;
use book::problem::Problems;
use book::project::Project;

pub struct SmallBook {
    folder: tempfile::TempDir,
}

/// What the checks of a book came to.
#[derive(Debug)]
pub struct Checked {
    /// `file:line: message`, one each.
    pub problems: Vec<String>,
    /// One for each chapter that has a page.
    pub coverage: Vec<String>,
    /// The pages' excerpts.
    pub bound: Vec<Bound>,
}

impl SmallBook {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small-book");
        copy(&source, folder.path());
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Replaces `old`, which stands in the file once, by `new`.
    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {file}");
        self.write(file, &text.replace(old, new));
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).expect("a file of the small book")
    }

    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).expect("a file of the small book");
    }

    pub fn remove(&self, file: &str) {
        fs::remove_file(self.path().join(file)).expect("a file of the small book");
    }

    /// The line, from 1, of the first line of `file` that contains `text`.
    pub fn line(&self, file: &str, text: &str) -> usize {
        let found = self.read(file).lines().position(|line| line.contains(text));
        found.expect("the line is there") + 1
    }

    pub fn check(&self) -> Checked {
        let mut checked = Checked {
            problems: Vec::new(),
            coverage: Vec::new(),
            bound: Vec::new(),
        };
        let mut problems = Problems::new();
        match Project::open(self.path()) {
            Ok(project) => {
                for chapter in &project.chapters {
                    let Some(page) = &chapter.page else {
                        continue;
                    };
                    let text = fs::read_to_string(project.root.join(page)).expect("the page");
                    let bound = bind(&project, chapter, &scan(&text));
                    problems.extend(bound.problems.clone());
                    checked.coverage.push(bound.coverage.to_string());
                    checked.bound.push(bound);
                }
                problems.extend(continuity(&project));
            }
            Err(found) => problems.extend(found),
        }
        checked.problems = problems.iter().map(ToString::to_string).collect();
        checked
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the small book") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

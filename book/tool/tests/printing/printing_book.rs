//! A copy of `printing-book/` that a test may break: one chapter, with everything that a page can hold.

use std::fs;
use std::path::{Path, PathBuf};

use book::press::Press;
use book::problem::Problems;
use book::project::Project;
use book::{check, exercises, publish};

pub const PAGE: &str = "book/src/01-one.md";
pub const FRONT: &str = "book/src/front.md";

pub struct PrintingBook {
    folder: tempfile::TempDir,
}

impl PrintingBook {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/printing-book");
        copy(&source, folder.path());
        Self { folder }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Replaces `old`, which stands in the file once, by `new`.
    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {file}");
        self.write(file, &text.replace(old, new));
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("a file of the book")
    }

    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).expect("a file of the book");
    }

    /// The place of the one line of `file` that contains `text`: `file:line`.
    pub fn at(&self, file: &str, text: &str) -> String {
        let all = self.read(file);
        let mut lines = (1..)
            .zip(all.lines())
            .filter(|(_, line)| line.contains(text));
        let (line, _) = lines.next().expect("the line is there");
        assert!(lines.next().is_none(), "{text:?} in {file}");
        format!("{file}:{line}")
    }

    pub fn project(&self) -> Project {
        Project::open(self.folder.path()).expect("a project")
    }

    /// What building the book comes to: what is wrong, and what could not be verified.
    pub fn build(&self) -> (Vec<String>, Vec<String>) {
        let project = self.project();
        let press = Press::new(&project, false);
        let report = publish::build(&project, &press);
        (told(&report.problems), told(&report.edition.not_run))
    }

    /// What the exercises come to.
    pub fn exercises(&self) -> Vec<String> {
        told(&exercises::check(&self.project()).1)
    }

    /// What all checks together come to, and their summary.
    pub fn check(&self) -> (Vec<String>, String) {
        let checked = check::check(&self.project(), |_| {});
        (told(&checked.problems), checked.summary.to_string())
    }

    /// Asserts that building the book finds exactly one thing wrong, at `place`, which says `words`.
    #[track_caller]
    pub fn refused(&self, place: &str, words: &str) {
        self.refused_all(&[(place, words)]);
    }

    /// Asserts that building the book finds exactly these things wrong.
    #[track_caller]
    pub fn refused_all(&self, expected: &[(&str, &str)]) {
        assert_told(&self.build().0, expected);
    }
}

/// Asserts that `problems` are exactly the expected ones: place, and what the message contains.
#[track_caller]
pub fn assert_told(problems: &[String], expected: &[(&str, &str)]) {
    let listed = problems.join("\n");
    assert_eq!(problems.len(), expected.len(), "{listed}");
    for (problem, (place, words)) in problems.iter().zip(expected) {
        let at_place = problem.starts_with(&format!("{place}: "));
        assert!(at_place, "expected {place} in\n{listed}");
        assert!(problem.contains(words), "expected {words:?} in\n{listed}");
    }
}

fn told(problems: &Problems) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder of the book") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

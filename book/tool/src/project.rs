//! The workspace as the book sees it: chapters in order, each with its declaration (`chapter.toml`),
//! the text of its files, and its page. Reads the disk once; what follows works on this picture of it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::problem::Problems;

/// The workspace and its chapters.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of the workspace.
    pub root: PathBuf,
    /// The chapters, in order of their numbers.
    pub chapters: Vec<Chapter>,
}

/// One chapter: its crate, what it declares against the chapter before, and its page.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// From 1.
    pub number: usize,
    /// `chapter-01`.
    pub package: String,
    /// A row of the table of three questions: `callbacks`.
    pub stage: String,
    /// `01-callback-loop`: the name of the crate's folder, and of the page.
    pub folder: String,
    /// `chapter.toml` as it is written.
    pub declaration: String,
    /// Files that the chapter before does not have.
    pub adds: Vec<String>,
    /// Files that differ from the ones of the chapter before.
    pub changes: Vec<String>,
    /// Files of the chapter before that this one does not have.
    pub removes: Vec<String>,
    /// Files that stood elsewhere in the chapter before: old path, new path.
    pub moves: BTreeMap<String, String>,
    /// All files of the crate but `chapter.toml` and the exercises: path within the chapter, text.
    pub files: BTreeMap<String, String>,
    /// The page, relative to the root. A chapter without one is a draft: its lines are not counted.
    pub page: Option<PathBuf>,
}

/// `chapter.toml` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    number: usize,
    package: String,
    stage: String,
    #[serde(default)]
    adds: Vec<String>,
    #[serde(default)]
    changes: Vec<String>,
    #[serde(default)]
    removes: Vec<String>,
    #[serde(default)]
    moves: BTreeMap<String, String>,
}

impl Project {
    /// Reads the workspace that `start` is in.
    ///
    /// # Errors
    ///
    /// No workspace with a `chapters` folder at `start` or above it; a chapter that cannot be read.
    pub fn open(start: &Path) -> Result<Project, Problems> {
        let mut problems = Problems::new();
        let root = find_root(start)?;
        let listed = list_files(&root, Path::new("chapters")).map_err(|error| {
            let mut problems = Problems::new();
            let message = format!("the chapters cannot be listed: {error}");
            problems.add("chapters", None, message);
            problems
        })?;
        let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in &listed {
            if let Some((folder, file)) = path
                .strip_prefix("chapters/")
                .and_then(|path| path.split_once('/'))
            {
                let files = folders.entry(folder.to_owned()).or_default();
                files.push(file.to_owned());
            }
        }
        if folders.is_empty() {
            problems.add(
                "chapters",
                None,
                "holds no chapter: expected `chapters/01-…/chapter.toml`",
            );
        }
        let mut chapters = Vec::new();
        for (folder, files) in folders {
            chapters.extend(Chapter::read(&root, folder, files, &mut problems));
        }
        chapters.sort_by_key(|chapter| chapter.number);
        for pair in chapters.windows(2) {
            if pair[0].number == pair[1].number {
                let message = format!(
                    "is chapter {} like `chapters/{}`: give one of them another number",
                    pair[1].number, pair[0].folder
                );
                problems.add(pair[1].path("chapter.toml"), None, message);
            }
        }
        problems.or(Project { root, chapters })
    }

    /// The chapter before `chapter`; none for the first.
    pub fn before(&self, chapter: &Chapter) -> Option<&Chapter> {
        let before = |other: &&Chapter| other.number < chapter.number;
        self.chapters.iter().rev().find(before)
    }

    /// The chapter whose page is `page`, a path relative to `book/src`.
    pub fn chapter_of_page(&self, page: &Path) -> Option<&Chapter> {
        let is_its_page = |chapter: &&Chapter| page == Path::new(&format!("{}.md", chapter.folder));
        self.chapters.iter().find(is_its_page)
    }
}

impl Chapter {
    /// The path of one of the chapter's files, relative to the root of the workspace.
    pub fn path(&self, file: &str) -> PathBuf {
        ["chapters", &self.folder, file].iter().collect()
    }

    /// Whether `file` belongs to the program, whose every line stands on the page.
    pub fn is_program(file: &str) -> bool {
        file == "Cargo.toml" || file.starts_with("src/")
    }

    /// Whether `file` is one that a chapter takes over from the chapter before.
    pub(crate) fn is_carried(file: &str) -> bool {
        file != "chapter.toml" && !file.starts_with("exercises/")
    }

    /// The files of the program, `Cargo.toml` first.
    pub fn program(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter().filter(|(file, _)| Self::is_program(file));
        files.map(|(file, text)| (file.as_str(), text.as_str()))
    }

    fn read(
        root: &Path,
        folder: String,
        listed: Vec<String>,
        problems: &mut Problems,
    ) -> Option<Chapter> {
        let at: PathBuf = ["chapters", &folder].iter().collect();
        let toml = at.join("chapter.toml");
        let text = match fs::read_to_string(root.join(&toml)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                problems.add(
                    at,
                    None,
                    "has no chapter.toml: CONTRIBUTING.md says what stands in it",
                );
                return None;
            }
            Err(error) => {
                problems.add(toml, None, format!("cannot be read: {error}"));
                return None;
            }
        };
        let declared: Declaration = match toml::from_str(&text) {
            Ok(declared) => declared,
            Err(error) => {
                let line = error.span().map(|span| line_of(&text, span.start));
                let message = format!("is not a chapter's declaration: {}", error.message());
                problems.add(toml, line, message);
                return None;
            }
        };
        let number = format!("{:02}", declared.number);
        if !folder.starts_with(&format!("{number}-")) {
            let message = format!(
                "says number {}, but the folder is {folder}",
                declared.number
            );
            problems.add(&*toml, key_line(&text, "number"), message);
        }
        if declared.package != format!("chapter-{number}") {
            let message = format!(
                "says package {}, expected chapter-{number}",
                declared.package
            );
            problems.add(&*toml, key_line(&text, "package"), message);
        }
        let mut files = BTreeMap::new();
        for file in listed {
            if !Self::is_carried(&file) {
                continue;
            }
            match fs::read_to_string(root.join(&at).join(&file)) {
                Ok(text) => drop(files.insert(file, text)),
                // Git still lists a file that was deleted and not yet staged.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => problems.add(at.join(file), None, format!("cannot be read: {error}")),
            }
        }
        let page: PathBuf = ["book", "src", &format!("{folder}.md")].iter().collect();
        let page = root.join(&page).is_file().then_some(page);
        Some(Chapter {
            number: declared.number,
            package: declared.package,
            stage: declared.stage,
            folder,
            declaration: text,
            adds: declared.adds,
            changes: declared.changes,
            removes: declared.removes,
            moves: declared.moves,
            files,
            page,
        })
    }
}

/// The nearest folder, from `start` upwards, that holds a workspace with chapters.
fn find_root(start: &Path) -> Result<PathBuf, Problems> {
    let mut problems = Problems::new();
    let absolute = match fs::canonicalize(start) {
        Ok(absolute) => absolute,
        Err(error) => {
            problems.add(start, None, format!("cannot be opened: {error}"));
            return Err(problems);
        }
    };
    let is_root = |folder: &&Path| {
        folder.join("chapters").is_dir()
            && fs::read_to_string(folder.join("Cargo.toml"))
                .is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
    };
    let root = absolute.ancestors().find(is_root).map(Path::to_owned);
    root.ok_or_else(|| {
        let message = "no workspace here or above: looked for a Cargo.toml with [workspace] beside a \
                       folder `chapters`; call the tool inside a checkout of the book";
        problems.add(start, None, message);
        problems
    })
}

/// The files under `folder`, by their paths from the root, with slashes: what git tracks or would track,
/// so that an author sees drift before `git add`; without a git checkout, all but hidden ones.
pub(crate) fn list_files(root: &Path, folder: &Path) -> io::Result<Vec<String>> {
    if root.join(".git").exists()
        && let Ok(output) = Command::new("git")
            .arg("-C")
            .arg(root)
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
                "--",
            ])
            .arg(folder)
            .output()
        && output.status.success()
    {
        let listed = String::from_utf8_lossy(&output.stdout);
        let mut files: Vec<_> = listed.split_terminator('\0').map(str::to_owned).collect();
        files.sort();
        files.dedup();
        return Ok(files);
    }
    let mut files = Vec::new();
    walk(root, folder, &mut files)?;
    files.sort();
    Ok(files)
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') || name == "target" {
            continue;
        }
        let path = folder.join(&name);
        if entry.file_type()?.is_dir() {
            walk(root, &path, files)?;
        } else {
            files.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

/// The line, from 1, that byte `offset` of `text` stands in.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}

/// The line of a key of `chapter.toml`.
pub(crate) fn key_line(toml: &str, key: &str) -> Option<usize> {
    let is_key = |line: &str| {
        line.trim_start()
            .strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    toml.lines().position(is_key).map(|line| line + 1)
}

//! Carries the uncommitted change of one chapter into all later ones, since most of their files are the
//! same: a mended bug is mended everywhere.
//!
//! For each file of the chapter that differs from the last commit, each later chapter's file is merged
//! three ways: the base is the chapter's file in the last commit, one side is the chapter's file now, the
//! other side is the later chapter's file; base and first side bear the later crate's name. A file that
//! nobody changed since becomes the new one; where both sides changed the same lines, both stay, between
//! marks, and the place is a problem. A file is followed through `moves`, up to the chapter that `removes`
//! it. Where one chapter needs a decision, those that have the same file wait for it. Nothing is written
//! before all is merged, and nothing is deleted that differs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::problem::Problems;
use crate::project::{Chapter, Project};

/// What [`run`] did.
#[derive(Debug, Default)]
#[must_use]
pub struct Carried {
    /// Files that were written, relative to the root.
    pub written: Vec<PathBuf>,
    /// Files that were deleted.
    pub deleted: Vec<PathBuf>,
    /// Places where a person has to decide; the files hold both sides.
    pub conflicts: Problems,
}

/// Carries the uncommitted change of chapter `number` into every later chapter.
///
/// # Errors
///
/// There is no such chapter; git is not there or fails; a file cannot be written.
pub fn run(project: &Project, number: usize) -> Result<Carried, Problems> {
    let from = project
        .chapters
        .iter()
        .find(|chapter| chapter.number == number)
        .ok_or_else(|| one("chapters", format!("there is no chapter {number}")))?;
    let base = committed(&project.root, from)?;
    let names: BTreeSet<_> = base.keys().chain(from.files.keys()).collect();
    let mut carried = Carried::default();
    let mut edits: Vec<(PathBuf, Option<String>)> = Vec::new();
    for name in names {
        let change = Change {
            base: base.get(name).map(String::as_str),
            now: from.files.get(name).map(String::as_str),
        };
        if change.base == change.now {
            continue;
        }
        let mut stuck: Option<(&Chapter, &String)> = None;
        for (later, file) in descendants(project, from, name) {
            let ours = later.files.get(&file);
            if let Some(line) = ours.and_then(|ours| marks(ours).next()) {
                let message = "holds the marks of an earlier conflict: settle it first; until then nothing is \
                               carried into it and into the chapters behind it";
                carried.conflicts.add(later.path(&file), line, message);
                break;
            }
            if let (Some((earlier, text)), Some(ours)) = (stuck, ours)
                && renamed(text, earlier, later) == *ours
            {
                let message = format!(
                    "is as in chapter {0}, where a person has to decide: do that, then `forward {0}`",
                    earlier.number
                );
                carried.conflicts.add(later.path(&file), None, message);
                continue;
            }
            let conflicts = carried.conflicts.len();
            let edit = change.carry(&project.root, from, later, &file, &mut carried.conflicts)?;
            edits.extend(edit.map(|text| (later.path(&file), text)));
            if carried.conflicts.len() > conflicts {
                stuck = ours.map(|ours| (later, ours));
            }
        }
    }
    for (path, text) in edits {
        let target = project.root.join(&path);
        let failed = |error: io::Error| one(&path, format!("cannot be written: {error}"));
        match text {
            Some(text) => {
                if let Some(folder) = target.parent() {
                    fs::create_dir_all(folder).map_err(failed)?;
                }
                fs::write(&target, text).map_err(failed)?;
                carried.written.push(path);
            }
            None => {
                fs::remove_file(&target).map_err(failed)?;
                carried.deleted.push(path);
            }
        }
    }
    Ok(carried)
}

/// The later chapters that have `file` of chapter `from`, each with its path there.
fn descendants<'a>(project: &'a Project, from: &Chapter, file: &str) -> Vec<(&'a Chapter, String)> {
    let mut file = file.to_owned();
    let mut found = Vec::new();
    for later in project
        .chapters
        .iter()
        .filter(|later| later.number > from.number)
    {
        if later.removes.contains(&file) {
            break;
        }
        if let Some(to) = later.moves.get(&file) {
            file.clone_from(to);
        }
        found.push((later, file.clone()));
    }
    found
}

/// What happened to one file of the chapter since the last commit.
struct Change<'a> {
    base: Option<&'a str>,
    now: Option<&'a str>,
}

impl Change<'_> {
    /// What has to become of `file` of chapter `later`: nothing, a text, or (the inner none) deletion.
    fn carry(
        &self,
        root: &Path,
        from: &Chapter,
        later: &Chapter,
        file: &str,
        conflicts: &mut Problems,
    ) -> Result<Option<Option<String>>, Problems> {
        let path = later.path(file);
        let number = from.number;
        let base = self.base.map(|text| renamed(text, from, later));
        let theirs = self.now.map(|text| renamed(text, from, later));
        let ours = later.files.get(file);
        if ours == theirs.as_ref() {
            return Ok(None);
        }
        Ok(match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                let labels = [
                    format!("chapter {}", later.number),
                    format!("chapter {number} as committed"),
                    format!("chapter {number}"),
                ];
                let sides = [ours, base.as_deref().unwrap_or(""), &theirs];
                let merged = merge(root, sides, &labels).map_err(|message| one(&path, message))?;
                for line in marks(&merged) {
                    let message = format!(
                        "differs in the lines that chapter {number} changed: keep what is right of both"
                    );
                    conflicts.add(&*path, line, message);
                }
                (merged != *ours).then_some(Some(merged))
            }
            (Some(ours), None) if base.as_ref() == Some(ours) => Some(None),
            (Some(_), None) => {
                let message = format!(
                    "is deleted in chapter {number}, but differs here: delete it, or keep it and say so in chapter.toml"
                );
                conflicts.add(path, None, message);
                None
            }
            (None, Some(theirs)) if base.is_none() => Some(Some(theirs)),
            (None, Some(_)) => {
                let message = format!(
                    "was changed in chapter {number}, but is not here, and no chapter.toml says that it was removed"
                );
                conflicts.add(path, None, message);
                None
            }
            (None, None) => None,
        })
    }
}

/// `text` with the name of the later chapter's crate in the place of its own.
fn renamed(text: &str, from: &Chapter, later: &Chapter) -> String {
    let ident = |package: &str| package.replace('-', "_");
    text.replace(&from.package, &later.package)
        .replace(&ident(&from.package), &ident(&later.package))
}

/// The lines, from 1, at which a conflict begins.
fn marks(text: &str) -> impl Iterator<Item = usize> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| line.starts_with("<<<<<<< "))
        .map(|(index, _)| index + 1)
}

/// Merges `ours`, `base` and `theirs`; conflicts stay in the text.
fn merge(root: &Path, sides: [&str; 3], labels: &[String; 3]) -> Result<String, String> {
    let folder =
        tempfile::tempdir().map_err(|error| format!("no temporary folder to merge in: {error}"))?;
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["merge-file", "-p"]);
    for label in labels {
        command.args(["-L", label]);
    }
    for (name, text) in ["ours", "base", "theirs"].iter().zip(sides) {
        let side = folder.path().join(name);
        fs::write(&side, text).map_err(|error| format!("cannot be merged: {error}"))?;
        command.arg(side);
    }
    let output = command
        .output()
        .map_err(|error| format!("cannot be merged: git does not start: {error}"))?;
    // The status is the number of conflicts, or above 127 a failure.
    if output.status.code().is_none_or(|code| code > 127) {
        return Err(format!("cannot be merged: {}", stderr(&output)));
    }
    String::from_utf8(output.stdout).map_err(|_| "cannot be merged: it is not text".to_owned())
}

/// The chapter's files as they are in the last commit.
fn committed(root: &Path, chapter: &Chapter) -> Result<BTreeMap<String, String>, Problems> {
    let folder = format!("chapters/{}/", chapter.folder);
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(arguments)
            .output();
        match output {
            Ok(output) if output.status.success() => Ok(output.stdout),
            Ok(output) => Err(one(
                &folder,
                format!("its last commit cannot be read: {}", stderr(&output)),
            )),
            Err(error) => Err(one(
                &folder,
                format!("its last commit cannot be read: git does not start: {error}"),
            )),
        }
    };
    let listed = git(&["ls-tree", "-r", "-z", "--name-only", "HEAD", "--", &folder])?;
    let mut files = BTreeMap::new();
    for path in String::from_utf8_lossy(&listed).split_terminator('\0') {
        let name = path.strip_prefix(&folder).unwrap_or(path);
        if Chapter::is_carried(name) {
            let text = git(&["show", &format!("HEAD:./{path}")])?;
            let text = String::from_utf8(text)
                .map_err(|_| one(path, "is not text in the last commit".to_owned()))?;
            files.insert(name.to_owned(), text);
        }
    }
    Ok(files)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

fn one(file: impl Into<PathBuf>, message: String) -> Problems {
    let mut problems = Problems::new();
    problems.add(file, None, message);
    problems
}

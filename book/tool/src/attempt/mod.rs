//! `try`: a reader's work on an exercise, held against the exercise's tests.
//!
//! Each test runs in a process of its own, so that one that hangs or ends its process says nothing about the
//! others. What a failed `assert_eq!` has on its left is what the reader's work did, on its right what is expected.
//!
//! - `hints`: the exercise's hints, one more each time;
//! - `verdict`: what one test came to, in words.

mod hints;
mod verdict;

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use self::verdict::Verdict;
use crate::exercises::{Exercise, exercises};
use crate::problem::Problems;
use crate::programs::cargo;
use crate::project::{Chapter, Project};
use crate::run;

pub(crate) use self::hints::misnumbered;

/// How long a test of an exercise may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What somebody wants to know of a chapter's exercises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Whether the work passes its tests.
    Test,
    /// The next hint.
    Hint,
    /// Where the solution is.
    Solution,
}

/// Fulfils `wish` for `which`: a chapter (`1`) or one of its exercises (`1.2`). The answer goes to `out`; gives
/// back whether all is well.
///
/// # Errors
///
/// There is no such exercise, or it is incomplete, or `out` cannot be written.
pub fn attempt(
    project: &Project,
    which: &str,
    wish: Wish,
    out: &mut impl Write,
) -> Result<bool, Problems> {
    let asked = asked(project, which)?;
    if wish != Wish::Test && asked.len() > 1 {
        let names: Vec<String> = asked.iter().map(Exercise::number).collect();
        return Err(problem(format!(
            "`{which}` is more than one exercise: say which of {}",
            names.join(", ")
        )));
    }
    let answered = match wish {
        Wish::Test => test_all(project, &asked, out),
        Wish::Hint => hints::show(project, &asked[0], out).map(|()| true),
        Wish::Solution => {
            let solution = asked[0].folder.join("solution.rs");
            writeln!(out, "{}", solution.display()).map(|()| true)
        }
    };
    answered.map_err(|error| problem(format!("exercise {which} cannot be tried: {error}")))
}

/// The exercises that `which` means; at least one.
fn asked<'a>(project: &'a Project, which: &str) -> Result<Vec<Exercise<'a>>, Problems> {
    let (chapter, name) = match which.split_once('.') {
        Some((chapter, name)) => (chapter, Some(name)),
        None => (which, None),
    };
    let number: usize = chapter.parse().map_err(|_| {
        problem(format!(
            "`{which}` is no exercise: expected a chapter such as 1, or one of its exercises such as 1.2"
        ))
    })?;
    let is_it = |chapter: &&Chapter| chapter.number == number;
    let Some(chapter) = project.chapters.iter().find(is_it) else {
        return Err(problem(format!("there is no chapter {number} yet")));
    };
    let mut problems = Problems::new();
    let all = exercises(project, chapter, &mut problems);
    let all = problems.or(all)?;
    let there: Vec<String> = all.iter().map(Exercise::number).collect();
    let is_asked = |exercise: &Exercise<'_>| name.is_none_or(|name| name == exercise.name);
    let asked: Vec<_> = all.into_iter().filter(is_asked).collect();
    match (asked.is_empty(), there.is_empty()) {
        (false, _) => Ok(asked),
        (true, true) => Err(problem(format!("chapter {number} has no exercises yet"))),
        (true, false) => Err(problem(format!(
            "there is no exercise {which}: chapter {number} has {}",
            there.join(", ")
        ))),
    }
}

fn problem(message: String) -> Problems {
    let mut problems = Problems::new();
    problems.add("chapters", None, message);
    problems
}

fn test_all(
    project: &Project,
    exercises: &[Exercise<'_>],
    out: &mut impl Write,
) -> io::Result<bool> {
    let mut done = 0;
    for exercise in exercises {
        done += usize::from(test(project, exercise, out)?);
        writeln!(out)?;
    }
    writeln!(out, "{done} of {} exercises pass", exercises.len())?;
    Ok(done == exercises.len())
}

/// Tests the work on one exercise; gives back whether it passes.
fn test(project: &Project, exercise: &Exercise<'_>, out: &mut impl Write) -> io::Result<bool> {
    let number = exercise.number();
    writeln!(out, "{}", title(project, exercise))?;
    out.flush()?;
    let starter = exercise.folder.join("starter.rs");
    let tests = match build(project, exercise)? {
        Ok(tests) => tests,
        Err(said) => {
            writeln!(out, "{}", said.trim_end())?;
            writeln!(out, "  {} does not compile", starter.display())?;
            return Ok(false);
        }
    };
    let folder = project.root.join(exercise.chapter.path("exercises"));
    let source = project.root.join(&exercise.folder).join("tests.rs");
    let names = names(&tests, &folder, &fs::read_to_string(source)?)?;
    let mut passed = 0;
    for name in &names {
        let mut command = Command::new(&tests);
        command
            .args([name.as_str(), "--exact", "--nocapture"])
            .env("RUST_BACKTRACE", "0")
            .current_dir(&folder);
        let verdict = Verdict::of(&run::run(&mut command, LIMIT)?, LIMIT);
        passed += usize::from(verdict.passed());
        write!(out, "{}", verdict.told(name))?;
        out.flush()?;
    }
    let all = names.len();
    write!(out, "  {passed} of {all} tests pass")?;
    if passed == all {
        writeln!(out)?;
        return Ok(true);
    }
    match unchanged(&project.root, &starter) {
        Some(true) => writeln!(
            out,
            "; {} is as it was given, for you to change",
            starter.display()
        )?,
        Some(false) | None => writeln!(out)?,
    }
    writeln!(out, "  a hint: cargo run -- try {number} --hint")?;
    Ok(false)
}

/// `Exercise 1.2: the last one calls`, from the first line of the exercise's README.
fn title(project: &Project, exercise: &Exercise<'_>) -> String {
    let readme = project.root.join(&exercise.folder).join("README.md");
    let text = fs::read_to_string(readme).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let number = exercise.number();
    match first.split_once(": ") {
        Some((_, title)) => format!("Exercise {number}: {title}"),
        None => format!("Exercise {number}"),
    }
}

/// Builds the tests of the reader's work. The inner error is what the compiler says.
fn build(project: &Project, exercise: &Exercise<'_>) -> io::Result<Result<PathBuf, String>> {
    let test = exercise.test();
    let mut command = cargo(&project.root);
    command
        .args(["test", "--quiet", "--no-run", "--features", "try"])
        .args(["--package", &exercise.package(), "--test", &test])
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null());
    if io::stdout().is_terminal() {
        command.args(["--color", "always"]);
    }
    let output = command.output()?;
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Ok(Err(said()));
    }
    let built = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == *test)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    Ok(built.ok_or_else(said))
}

/// The names of the tests, in the order in which they stand in their `source`.
fn names(tests: &Path, folder: &Path, source: &str) -> io::Result<Vec<String>> {
    let mut command = Command::new(tests);
    command
        .args(["--list", "--format", "terse"])
        .current_dir(folder);
    let listed = run::run(&mut command, LIMIT)?.stdout;
    let names = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_by_key(|name| source.find(&format!("fn {name}(")));
    Ok(names)
}

/// Whether a file is as git has it; none where git does not know it, or is not there.
fn unchanged(root: &Path, file: &Path) -> Option<bool> {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(root).args(arguments).arg(file);
        command.stdin(Stdio::null());
        command.output().ok()?.status.code()
    };
    if git(&["ls-files", "--error-unmatch", "--"])? != 0 {
        return None;
    }
    match git(&["diff", "--quiet", "HEAD", "--"])? {
        0 => Some(true),
        1 => Some(false),
        _ => None,
    }
}

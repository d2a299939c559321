//! Every check of the book, one after the other, each to its end.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use crate::binding::Coverage;
use crate::edition::Edition;
use crate::exercises;
use crate::press::Press;
use crate::problem::Problems;
use crate::project::{Chapter, Project};
use crate::publish;

/// What the checks found.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong.
    pub problems: Problems,
    /// What could not be verified on this machine.
    pub not_run: Problems,
    /// What was verified.
    pub summary: Summary,
}

/// How much was verified.
#[derive(Debug, Default)]
pub struct Summary {
    edition: Edition,
    coverage: Vec<(usize, Coverage)>,
    links: usize,
    programs: usize,
    exercises: usize,
}

/// Checks the book of `project`. `step` is told what comes next.
pub fn check(project: &Project, step: impl Fn(&str)) -> Checked {
    let mut checked = Checked::default();
    step("building the chapters' programs");
    let press = Press::new(project, true);
    checked.summary.coverage = press.coverage().collect();
    step("printing the pages, running what they show");
    match tempfile::tempdir() {
        Ok(folder) => {
            let report = publish::render(project, &press, &folder.path().join("book"));
            checked.problems.extend(report.problems);
            checked.summary.links = report.links;
            checked.summary.edition = report.edition;
        }
        Err(error) => {
            let message = format!("no temporary folder can be made to build it in: {error}");
            checked.problems.add("book", None, message);
        }
    }
    checked.not_run = std::mem::take(&mut checked.summary.edition.not_run);
    step("running the chapters' programs");
    for chapter in &project.chapters {
        checked.summary.programs += programs_end(chapter, &press, &mut checked);
    }
    step("testing the exercises");
    let (exercises, problems) = exercises::check(project);
    checked.summary.exercises = exercises;
    checked.problems.extend(problems);
    checked
}

/// Writes the outputs of today into the pages that differ; gives back the pages' paths.
///
/// # Errors
///
/// A page that cannot be written.
pub fn bless(project: &Project, checked: &Checked) -> Result<Vec<PathBuf>, Problems> {
    let mut problems = Problems::new();
    let mut written = Vec::new();
    for (page, text) in &checked.summary.edition.blessed {
        let file = PathBuf::from("book/src").join(page);
        match fs::write(project.root.join(&file), text) {
            Ok(()) => written.push(file),
            Err(error) => problems.add(file, None, format!("cannot be written: {error}")),
        }
    }
    problems.or(written)
}

/// Every program of a chapter ends by itself, and well, when its input is closed.
fn programs_end(chapter: &Chapter, press: &Press<'_>, checked: &mut Checked) -> usize {
    let binaries = press.programs().binaries(&chapter.package);
    for binary in &binaries {
        let named = (chapter.package.clone(), (*binary).to_owned());
        if checked.summary.edition.failing.contains(&named) {
            continue;
        }
        let file = match *binary == chapter.package {
            true => chapter.path("src/main.rs"),
            false => chapter.path(&format!("src/bin/{binary}.rs")),
        };
        match press
            .programs()
            .run(press.cache(), &chapter.package, binary, &[])
        {
            Ok(run) => {
                if let Some(complaint) = run.complaint() {
                    checked
                        .problems
                        .add(file, None, format!("the program {complaint}"));
                }
            }
            Err(message) => checked.problems.add(file, None, message),
        }
    }
    binaries.len()
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Edition { pages, counts, .. } = &self.edition;
        writeln!(
            f,
            "{pages} pages, {} excerpts, {} figures, {} links; {} outputs, {} Python programs, \
             {} illustrations; {} programs, {} exercises",
            counts.excerpts,
            counts.figures,
            self.links,
            counts.outputs,
            counts.python,
            counts.illustrations,
            self.programs,
            self.exercises,
        )?;
        let mut chapters = self.coverage.iter();
        chapters.try_for_each(|(number, coverage)| {
            writeln!(f, "chapter {number}: lines shown: {coverage}")
        })
    }
}

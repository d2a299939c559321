//! The chapters' exercises: everything is there, the solutions pass, the starters compile and fail, and the
//! chapter's page leads to each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::attempt;
use crate::problem::Problems;
use crate::programs::{Built, built};
use crate::project::{Chapter, Project};
use crate::run::{self, End, LIMIT};

/// What a folder of an exercise holds.
const FILES: [&str; 4] = ["README.md", "starter.rs", "solution.rs", "tests.rs"];

/// Verifies the exercises of all chapters; gives back how many there are.
pub fn check(project: &Project) -> (usize, Problems) {
    let mut problems = Problems::new();
    let mut chapters: BTreeMap<String, Vec<Exercise<'_>>> = BTreeMap::new();
    for chapter in &project.chapters {
        let exercises = exercises(project, chapter, &mut problems);
        if !exercises.is_empty() {
            chapters.insert(exercises[0].package(), exercises);
        }
    }
    let packages: Vec<&str> = chapters.keys().map(String::as_str).collect();
    let count = chapters.values().map(Vec::len).sum();
    if count == 0 || !problems.is_empty() {
        return (count, problems);
    }
    for (features, subject) in [(None, "solution.rs"), (Some("try"), "starter.rs")] {
        let mut arguments = vec!["test", "--no-run", "--tests"];
        arguments.extend(features.iter().flat_map(|feature| ["--features", feature]));
        let (built, not_built) = built(&project.root, &arguments, &packages);
        problems.extend(not_built);
        for (package, exercises) in &chapters {
            for exercise in exercises {
                if let Err(message) = exercise.run(project, &built, package, subject) {
                    problems.add(exercise.folder.join(subject), None, message);
                }
            }
        }
    }
    (count, problems)
}

/// One exercise.
pub(crate) struct Exercise<'a> {
    /// Within its chapter: `2`.
    pub(crate) name: String,
    /// Relative to the root.
    pub(crate) folder: PathBuf,
    pub(crate) chapter: &'a Chapter,
}

/// The exercises that a chapter has, with a look at whether they are complete.
pub(crate) fn exercises<'a>(
    project: &Project,
    chapter: &'a Chapter,
    problems: &mut Problems,
) -> Vec<Exercise<'a>> {
    let all = chapter.path("exercises");
    let entries = fs::read_dir(project.root.join(&all))
        .into_iter()
        .flatten()
        .flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "target" && !name.starts_with('.'))
        .collect();
    names.sort();
    let page = chapter.page.as_ref();
    let text = page.and_then(|page| fs::read_to_string(project.root.join(page)).ok());
    let mut exercises = Vec::new();
    for name in names {
        let folder = all.join(&name);
        for file in FILES {
            if !project.root.join(&folder).join(file).is_file() {
                let message = format!("has no {file}: an exercise is {}", FILES.join(", "));
                problems.add(&*folder, None, message);
            }
        }
        let readme = project.root.join(&folder).join("README.md");
        if let Some(message) = attempt::misnumbered(&fs::read_to_string(readme).unwrap_or_default())
        {
            problems.add(folder.join("README.md"), None, message);
        }
        let link = format!("chapters/{}/exercises/{name}/", chapter.folder);
        if let (Some(page), Some(text)) = (page, &text)
            && !text.contains(&link)
        {
            let message =
                format!("does not link to exercise {name}: expected ../../{link}README.md");
            problems.add(&**page, None, message);
        }
        exercises.push(Exercise {
            name,
            folder,
            chapter,
        });
    }
    exercises
}

impl Exercise<'_> {
    /// Within the book: `1.2`.
    pub(crate) fn number(&self) -> String {
        format!("{}.{}", self.chapter.number, self.name)
    }

    /// The package that it is a part of.
    pub(crate) fn package(&self) -> String {
        format!("{}-exercises", self.chapter.package)
    }

    /// The `[[test]]` that holds its tests.
    pub(crate) fn test(&self) -> String {
        format!("exercise-{}", self.name)
    }

    fn run(
        &self,
        project: &Project,
        built: &Built,
        package: &str,
        subject: &str,
    ) -> Result<(), String> {
        let test = self.test();
        let executable = built.executable(package, &test).ok_or_else(|| {
            format!(
                "was not built as the test `{test}`: {} needs a [[test]] of that name",
                self.chapter.path("exercises/Cargo.toml").display()
            )
        })?;
        let mut command = Command::new(executable);
        command.current_dir(
            project
                .root
                .join(Path::new(&self.chapter.path("exercises"))),
        );
        let run = run::run(&mut command, LIMIT)
            .map_err(|error| format!("its tests cannot be started: {error}"))?;
        match (subject, run.end) {
            ("solution.rs", End::Success) | ("starter.rs", End::Failure(_)) => Ok(()),
            (_, End::Killed) => Err(format!(
                "its tests came to no end within {} s",
                LIMIT.as_secs()
            )),
            ("starter.rs", End::Success) => {
                Err("passes its tests as it is: nothing is left to do for the reader".to_owned())
            }
            _ => {
                let said = run::indent(run::tail(run.stdout.trim_end(), 12));
                Err(format!("does not pass its tests:\n{said}"))
            }
        }
    }
}

//! The chapters' programs: built once by cargo, found by name, run with their input closed.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::cache::{self, Cache};
use crate::problem::Problems;
use crate::run::{self, LIMIT, Run};

/// The programs of the chapters.
#[derive(Debug)]
pub struct Programs {
    root: PathBuf,
    built: Built,
}

/// What cargo built.
#[derive(Debug, Default)]
pub struct Built {
    /// The executables, by package and target.
    executables: BTreeMap<String, BTreeMap<String, PathBuf>>,
    /// The compiled libraries, by the names that `use` knows them by.
    libraries: BTreeMap<String, PathBuf>,
}

/// A line of `cargo build --message-format=json`, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    target: Option<Target>,
    executable: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// What the compiler says; also the form of `rustc --error-format=json`.
#[derive(Deserialize)]
pub struct Diagnostic {
    /// The headline.
    pub message: String,
    /// `error`, `warning`, `note`, …
    pub level: String,
    /// The number of the error, if it has one.
    pub code: Option<Code>,
    /// Where it is.
    pub spans: Vec<Span>,
    /// All of it, as it stands in a terminal.
    pub rendered: Option<String>,
}

/// The number of an error.
#[derive(Deserialize)]
pub struct Code {
    /// `E0382`.
    pub code: String,
}

/// A place in a source file.
#[derive(Deserialize)]
pub struct Span {
    /// As the compiler was given it.
    pub file_name: String,
    /// From 1.
    pub line_start: usize,
    /// Whether this is the place of the error itself.
    pub is_primary: bool,
}

impl Diagnostic {
    /// The place of the error itself.
    pub fn place(&self) -> Option<&Span> {
        self.spans.iter().find(|span| span.is_primary)
    }
}

/// Has cargo build `packages` in the workspace at `root`: `arguments` say what of them.
pub fn built(root: &Path, arguments: &[&str], packages: &[&str]) -> (Built, Problems) {
    let mut built = Built::default();
    let mut problems = Problems::new();
    if packages.is_empty() {
        return (built, problems);
    }
    let mut command = cargo(root);
    command.args(arguments).arg("--message-format=json");
    for package in packages {
        command.args(["--package", package]);
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            let message = format!("cargo cannot be started to build the chapters: {error}");
            problems.add("Cargo.toml", None, message);
            return (built, problems);
        }
    };
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Ok(message) = serde_json::from_str(line) {
            built.take(message, &mut problems);
        }
    }
    if !output.status.success() && problems.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = run::indent(run::tail(said.trim_end(), 12));
        let message = format!("cargo could not build {}:\n{said}", packages.join(", "));
        problems.add("Cargo.toml", None, message);
    }
    (built, problems)
}

impl Built {
    /// The executable of a target of a package.
    pub fn executable(&self, package: &str, target: &str) -> Option<&Path> {
        self.executables
            .get(package)?
            .get(target)
            .map(PathBuf::as_path)
    }

    fn take(&mut self, message: Message, problems: &mut Problems) {
        if let Some(diagnostic) = message.message.filter(|said| said.level == "error") {
            if let Some(place) = diagnostic.place() {
                let text = format!("does not compile: {}", diagnostic.message);
                problems.add(&*place.file_name, place.line_start, text);
            }
            return;
        }
        let (Some(target), Some(id)) = (message.target, message.package_id) else {
            return;
        };
        if message.reason != "compiler-artifact" {
            return;
        }
        if let Some(executable) = message.executable {
            let package = self.executables.entry(package_name(&id)).or_default();
            package.insert(target.name, executable);
        } else if target.kind.iter().any(|kind| kind.ends_with("lib")) {
            let is_library = |file: &&PathBuf| file.extension().is_some_and(|end| end == "rlib");
            if let Some(file) = message.filenames.iter().find(is_library) {
                let name = target.name.replace('-', "_");
                self.libraries.insert(name, file.clone());
            }
        }
    }
}

impl Programs {
    /// Builds the libraries and binaries of `packages` in the workspace at `root`.
    pub fn build(root: &Path, packages: &[&str]) -> (Programs, Problems) {
        let (built, problems) = built(
            root,
            &["build", "--lib", "--bins", "--keep-going"],
            packages,
        );
        let root = root.to_owned();
        (Programs { root, built }, problems)
    }

    /// The names of a package's binaries.
    pub fn binaries(&self, package: &str) -> Vec<&str> {
        let executables = self.built.executables.get(package);
        let names = executables.into_iter().flat_map(BTreeMap::keys);
        names.map(String::as_str).collect()
    }

    /// The compiled library of a crate, by the name that `use` knows it by.
    pub fn library(&self, krate: &str) -> Option<&Path> {
        self.built.libraries.get(krate).map(PathBuf::as_path)
    }

    /// Runs a binary with `arguments`, in the root of the workspace.
    ///
    /// # Errors
    ///
    /// A sentence that says why there is nothing to run.
    pub fn run(
        &self,
        cache: &Cache,
        package: &str,
        binary: &str,
        arguments: &[&str],
    ) -> Result<Run, String> {
        let Some(executable) = self.built.executable(package, binary) else {
            let there = match self.binaries(package).as_slice() {
                [] => format!("{package} was not built"),
                names => format!("{package} has {}", names.join(", ")),
            };
            return Err(format!("no program `{binary}` to run: {there}"));
        };
        cache.get((cache::stamp(executable), arguments), || {
            let mut command = Command::new(executable);
            command.args(arguments).current_dir(&self.root);
            let run = run::run(&mut command, LIMIT);
            run.map_err(|error| format!("`{binary}` cannot be started: {error}"))
        })
    }
}

/// The cargo that runs this tool, else the one on the path, to be called in the workspace.
pub fn cargo(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root);
    // Variables that describe the package that is running now would be read as settings of the other.
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command
}

/// The package's name in cargo's long form of it: `path+file:///…/folder#name@1.0.0`, or `…/name#1.0.0`.
fn package_name(id: &str) -> String {
    let (path, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, _)) => name.to_owned(),
        None => path.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_long_forms_name_the_package() {
        let named = "path+file:///book/chapters/01-callback-loop#chapter-01@0.1.0";
        assert_eq!(package_name(named), "chapter-01");
        assert_eq!(
            package_name("path+file:///book/chapter-01#0.1.0"),
            "chapter-01"
        );
    }
}

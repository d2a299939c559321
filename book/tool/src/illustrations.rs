//! Short pieces of Rust that are not the program: compiled against the chapter's crate, and run or refused
//! as their info string says.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::blocks::Illustration;
use crate::cache::{self, Cache};
use crate::programs::{Diagnostic, Programs};
use crate::project::Chapter;
use crate::run::{self, End, LIMIT, Run};

/// The file that the compiler is given.
const SOURCE: &str = "illustration.rs";

/// What is wrong with an illustration.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line of the block, from 1; none if all of it is meant.
    pub line: Option<usize>,
    /// What was expected, what was found.
    pub message: String,
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Fault {
            line: None,
            message,
        }
    }
}

/// Does what `kind` asks for; gives back what the illustration printed, if it was run, or what the compiler said,
/// if it was to be refused.
///
/// # Errors
///
/// It does not compile, or does; it does not run to its end.
pub fn verify(
    programs: &Programs,
    cache: &Cache,
    chapter: Option<&Chapter>,
    kind: &Illustration,
    source: &str,
) -> Result<Option<Run>, Fault> {
    let program = whole_program(source);
    let compiler = Compiler::new(programs, chapter);
    let key = (&program, compiler.stamps());
    let compiled = cache.get(("compile", &key), || compiler.compile(&program, None))?;
    let errors = errors(&compiled.stderr);
    if compiled.end == End::Killed {
        return Err(Fault::from("the compiler came to no end".to_owned()));
    }
    if let Illustration::Refused(code) = kind {
        refused(code, &errors)?;
        let stdout = words(&compiled.stderr);
        return Ok(Some(Run { stdout, ..compiled }));
    }
    if let Some((line, error)) = errors.first() {
        return Err(Fault {
            line: *line,
            message: format!("does not compile: {error}"),
        });
    }
    if let Some(complaint) = compiled.complaint() {
        return Err(Fault::from(format!("the compiler {complaint}")));
    }
    if *kind == Illustration::Compiles {
        return Ok(None);
    }
    let run = cache.get(("run", &key), || {
        let folder = folder()?;
        let executable = folder.path().join("illustration");
        compiler.compile(&program, Some(&executable))?;
        let run = run::run(&mut Command::new(&executable), LIMIT);
        run.map_err(|error| format!("cannot be started: {error}"))
    })?;
    match run.complaint() {
        Some(complaint) => Err(Fault::from(complaint)),
        None => Ok(Some(run)),
    }
}

/// A program of which line n is line n of the block.
fn whole_program(source: &str) -> String {
    if source.contains("fn main(") {
        source.to_owned()
    } else {
        format!("fn main() {{ {source}\n}}\n")
    }
}

fn refused(code: &str, errors: &[(Option<usize>, String)]) -> Result<(), Fault> {
    let numbered = format!("[{code}]");
    let other = errors
        .iter()
        .find(|(_, error)| !error.starts_with(&numbered));
    match (errors, other) {
        ([], _) => Err(Fault::from(format!(
            "compiles, and should be refused with {code}"
        ))),
        (_, None) => Ok(()),
        (_, Some((line, error))) => Err(Fault {
            line: *line,
            message: format!("should be refused with {code} alone; found {error}"),
        }),
    }
}

/// The errors that the compiler told as JSON.
fn told(stderr: &str) -> impl Iterator<Item = Diagnostic> {
    let diagnostics = stderr
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    diagnostics.filter(|said: &Diagnostic| said.level == "error" && !said.spans.is_empty())
}

/// The errors as a person reads them in a terminal; the file has no folder, since it lay in a temporary one.
fn words(stderr: &str) -> String {
    let rendered: Vec<String> = told(stderr).filter_map(|said| said.rendered).collect();
    let mut text = String::new();
    for line in rendered
        .iter()
        .flat_map(|said| said.trim_end().lines().chain([""]))
    {
        match (line.split_once("--> "), line.rsplit_once(SOURCE)) {
            (Some((margin, _)), Some((_, place))) => {
                text.push_str(&format!("{margin}--> {SOURCE}{place}"));
            }
            _ => text.push_str(line.trim_end()),
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

/// The line of the block of each error, and its text with its number.
fn errors(stderr: &str) -> Vec<(Option<usize>, String)> {
    told(stderr)
        .map(|said| {
            let line = said.place().map(|place| place.line_start);
            let code = said.code.as_ref().map(|code| format!("[{}] ", code.code));
            (
                line,
                format!("{}{}", code.unwrap_or_default(), said.message),
            )
        })
        .collect()
}

/// The compiler, with the crates that a chapter's page may use.
struct Compiler {
    crates: Vec<(String, PathBuf)>,
}

impl Compiler {
    fn new(programs: &Programs, chapter: Option<&Chapter>) -> Self {
        let names = chapter.map(usable_crates).unwrap_or_default();
        let library = |name: String| {
            let path = programs.library(&name)?.to_owned();
            Some((name, path))
        };
        Self {
            crates: names.into_iter().filter_map(library).collect(),
        }
    }

    fn stamps(&self) -> Vec<(PathBuf, u64, u128)> {
        self.crates
            .iter()
            .map(|(_, path)| cache::stamp(path))
            .collect()
    }

    /// Compiles into `executable`; without one, only as far as it takes to find all errors.
    fn compile(&self, program: &str, executable: Option<&Path>) -> Result<Run, String> {
        let folder = folder()?;
        let source = folder.path().join(SOURCE);
        let unwritten = |error| format!("{} cannot be written: {error}", source.display());
        fs::write(&source, program).map_err(unwritten)?;
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
        let mut command = Command::new(rustc);
        command.args([
            "--edition",
            "2024",
            "--crate-type",
            "bin",
            "--error-format",
            "json",
            "-A",
            "unused",
        ]);
        for (name, path) in &self.crates {
            command
                .arg("--extern")
                .arg(format!("{name}={}", path.display()));
            for folder in path
                .parent()
                .into_iter()
                .flat_map(|parent| [parent.to_owned(), parent.join("deps")])
            {
                command
                    .arg("-L")
                    .arg(format!("dependency={}", folder.display()));
            }
        }
        match executable {
            Some(executable) => command.arg("-o").arg(executable),
            None => command
                .args(["--emit", "metadata", "--out-dir"])
                .arg(folder.path()),
        };
        command.arg(&source);
        run::run(&mut command, LIMIT).map_err(|error| format!("rustc cannot be started: {error}"))
    }
}

/// The chapter's crate and what it depends on, as `use` knows them.
fn usable_crates(chapter: &Chapter) -> Vec<String> {
    let manifest = chapter.files.get("Cargo.toml").map(String::as_str);
    let manifest: toml::Table = manifest.unwrap_or_default().parse().unwrap_or_default();
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    let mut names = vec![chapter.package.clone()];
    names.extend(
        dependencies
            .into_iter()
            .flat_map(|table| table.keys().cloned()),
    );
    names.iter().map(|name| name.replace('-', "_")).collect()
}

fn folder() -> Result<TempDir, String> {
    tempfile::tempdir().map_err(|error| format!("no temporary folder can be made: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_for_one_reason() {
        let moved = (Some(3), "[E0382] borrow of moved value".to_owned());
        let unknown = (Some(2), "[E0425] cannot find value".to_owned());
        assert_eq!(refused("E0382", std::slice::from_ref(&moved)), Ok(()));
        assert!(refused("E0382", &[]).is_err());
        let fault = refused("E0382", &[moved, unknown]).expect_err("another error");
        assert_eq!(fault.line, Some(2));
    }

    #[test]
    fn statements_become_a_program() {
        assert_eq!(whole_program("let a = 1;"), "fn main() { let a = 1;\n}\n");
        assert_eq!(whole_program("fn main() {}"), "fn main() {}");
    }
}

//! The Python programs that stand beside ours: run with the python3 of the machine, where there is one.

use std::process::{Command, Stdio};

use crate::cache::Cache;
use crate::run::{self, LIMIT, Run};

/// What runs Python.
const PROGRAM: &str = "python3";

/// The machine's Python.
#[derive(Debug)]
pub struct Python {
    version: Option<String>,
}

impl Python {
    /// Looks for it.
    pub fn find() -> Self {
        let mut command = Command::new(PROGRAM);
        let output = command.arg("--version").stdin(Stdio::null()).output();
        let output = output.ok().filter(|output| output.status.success());
        let version = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        Self { version }
    }

    /// Runs a program; `None` if the machine has no Python.
    ///
    /// # Errors
    ///
    /// A sentence that says why it could not be started.
    pub fn run(&self, cache: &Cache, program: &str) -> Result<Option<Run>, String> {
        let Some(version) = &self.version else {
            return Ok(None);
        };
        let run = cache.get(("python", version, program), || {
            let mut command = Command::new(PROGRAM);
            // Isolated from the user's own modules and settings, so that it prints the same everywhere.
            command.args(["-I", "-X", "utf8", "-c", program]);
            run::run(&mut command, LIMIT)
        });
        run.map(Some)
            .map_err(|error| format!("{PROGRAM} cannot be started: {error}"))
    }
}

/// The line of the program in which it failed, from 1, by what it complained of.
pub fn failed_line(stderr: &str) -> Option<usize> {
    let (_, rest) = stderr.rsplit_once("File \"<string>\", line ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_line_is_named() {
        let said = "Traceback (most recent call last):\n  File \"<string>\", line 7, in <module>\n  \
                    File \"<string>\", line 3, in f\nValueError\n";
        assert_eq!(failed_line(said), Some(3));
        assert_eq!(failed_line("killed"), None);
    }
}

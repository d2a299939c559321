//! An exercise's hints: paragraphs of its README that begin with `Hint 1:`, `Hint 2:` and so on. One more is shown
//! each time; how many were is remembered below the target folder.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::cache::target;
use crate::exercises::Exercise;
use crate::project::Project;

/// How wide a hint is set.
const WIDTH: usize = 90;

/// Shows the next hint of `exercise`; after the last, all of them again.
pub(super) fn show(
    project: &Project,
    exercise: &Exercise<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let readme = project.root.join(&exercise.folder).join("README.md");
    let hints = hints(&fs::read_to_string(readme)?);
    let number = exercise.number();
    let memory = memory(project, exercise);
    let seen = fs::read_to_string(&memory).ok();
    let seen = seen
        .and_then(|seen| seen.trim().parse::<usize>().ok())
        .unwrap_or(0);
    if let Some(hint) = hints.get(seen) {
        write!(
            out,
            "Exercise {number}, hint {} of {}\n{}",
            seen + 1,
            hints.len(),
            wrapped(hint)
        )?;
        // A memory that cannot be written shows the same hint again.
        let folder = memory.parent().map_or(Ok(()), fs::create_dir_all);
        let _ = folder.and_then(|()| fs::write(&memory, (seen + 1).to_string()));
        return Ok(());
    }
    if hints.is_empty() {
        writeln!(out, "Exercise {number} has no hints.")?;
    } else {
        writeln!(out, "Exercise {number}: these were all its hints.")?;
    }
    for hint in &hints {
        write!(out, "\n{}", wrapped(hint))?;
    }
    writeln!(
        out,
        "\nWhere the solution is: cargo run -- try {number} --solution"
    )
}

/// Where it is remembered how many hints somebody has seen.
fn memory(project: &Project, exercise: &Exercise<'_>) -> PathBuf {
    let folder = target(&project.root).join("book/hints");
    folder.join(&exercise.chapter.folder).join(&exercise.name)
}

/// The hints in a README, each on one line and without its number.
fn hints(readme: &str) -> Vec<String> {
    numbered(readme).into_iter().map(|(_, hint)| hint).collect()
}

fn numbered(readme: &str) -> Vec<(usize, String)> {
    let hint = |paragraph: &str| {
        let (number, hint) = paragraph.trim().strip_prefix("Hint ")?.split_once(": ")?;
        let words: Vec<&str> = hint.split_whitespace().collect();
        Some((number.parse().ok()?, words.join(" ")))
    };
    let readme = readme.replace("\r\n", "\n");
    readme.split("\n\n").filter_map(hint).collect()
}

/// What is wrong with the numbers of a README's hints.
pub(crate) fn misnumbered(readme: &str) -> Option<String> {
    let hints = numbered(readme);
    let wrong = (1..)
        .zip(&hints)
        .find(|(expected, (number, _))| expected != number)?;
    let (expected, (number, _)) = wrong;
    Some(format!(
        "`Hint {number}:` comes where `Hint {expected}:` is expected: hints are shown in their order"
    ))
}

/// A paragraph in lines that a terminal can show.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut room = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count() + 1;
        let separator = match (lines.is_empty(), length <= room) {
            (true, _) => "",
            (false, true) => " ",
            (false, false) => "\n",
        };
        room = match separator {
            " " => room - length,
            _ => WIDTH.saturating_sub(length),
        };
        lines.push_str(separator);
        lines.push_str(word);
    }
    lines + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# Exercise 1: x\n\nDo it.\n\nHint 1: think\nof `n`.\n\nHint 2: and: of m.\n\nHints are over.\n";

    #[test]
    fn hints_are_the_paragraphs_that_say_so() {
        assert_eq!(hints(README), ["think of `n`.", "and: of m."]);
        assert!(hints("# Exercise 1: x\n\nDo it.\n").is_empty());
    }

    #[test]
    fn hints_are_numbered_from_one() {
        assert_eq!(misnumbered(README), None);
        let said = misnumbered(&README.replace("Hint 2", "Hint 3")).expect("wrong");
        assert!(
            said.starts_with("`Hint 3:` comes where `Hint 2:`"),
            "{said}"
        );
    }

    #[test]
    fn a_hint_is_set_in_lines_of_the_terminal() {
        let text = "word ".repeat(40);
        let lines = wrapped(&text);
        assert!(lines.lines().all(|line| line.len() <= WIDTH), "{lines}");
        assert_eq!(lines.split_whitespace().count(), 40);
        assert_eq!(lines.lines().count(), 3);
    }
}

//! What a chapter does not declare, it has not changed: every other file is the one of the chapter
//! before, byte for byte, but for the crate's own name. And what it declares is true.

use std::path::PathBuf;

use super::difference::without_own_name;
use crate::problem::Problems;
use crate::project::{Chapter, Project, key_line};

/// Checks the declarations of all chapters, drafts too.
pub fn continuity(project: &Project) -> Problems {
    let mut problems = Problems::new();
    for chapter in &project.chapters {
        match project.before(chapter) {
            Some(before) => Check {
                before,
                chapter,
                problems: &mut problems,
            }
            .run(),
            None => first(chapter, &mut problems),
        }
    }
    problems
}

/// The first chapter has nothing before it to declare anything against.
fn first(chapter: &Chapter, problems: &mut Problems) {
    let declared = [
        ("adds", !chapter.adds.is_empty()),
        ("changes", !chapter.changes.is_empty()),
        ("removes", !chapter.removes.is_empty()),
        ("moves", !chapter.moves.is_empty()),
    ];
    for (key, _) in declared.iter().filter(|(_, declared)| *declared) {
        let message = format!("`{key}` says something, but there is no chapter before this one");
        problems.add(
            chapter.path("chapter.toml"),
            key_line(&chapter.declaration, key),
            message,
        );
    }
}

struct Check<'a> {
    before: &'a Chapter,
    chapter: &'a Chapter,
    problems: &'a mut Problems,
}

impl Check<'_> {
    fn run(mut self) {
        let (before, chapter) = (self.before, self.chapter);
        let was = before.path("").display().to_string();
        let was = was.trim_end_matches('/');
        let there = |file: &String| before.files.contains_key(file);
        let here = |file: &String| chapter.files.contains_key(file);
        for file in &chapter.adds {
            if !here(file) {
                self.declared("adds", file, "is not here");
            } else if there(file) {
                self.declared(
                    "adds",
                    file,
                    &format!("is in {was} already: is it one of `changes`?"),
                );
            } else if chapter.moves.values().any(|to| to == file) {
                self.declared(
                    "adds",
                    file,
                    "is one of `moves` too: it can only be one of both",
                );
            }
        }
        for file in &chapter.removes {
            if here(file) {
                self.declared("removes", file, "is still here");
            } else if !there(file) {
                self.declared("removes", file, &format!("is not in {was} either"));
            }
        }
        for (from, to) in &chapter.moves {
            if !there(from) {
                self.declared("moves", from, &format!("is not in {was}"));
            } else if here(from) {
                self.declared("moves", from, "is still here");
            }
            if !here(to) {
                self.declared("moves", to, "is not here");
            } else if there(to) {
                self.declared("moves", to, &format!("is in {was} already"));
            }
        }
        for file in &chapter.changes {
            let was_at = self.was_at(file);
            match (before.files.get(was_at), chapter.files.get(file)) {
                (Some(old), Some(new)) if self.same(old, new) => {
                    self.declared("changes", file, &format!("is the same as in {was}"));
                }
                (Some(_), Some(_)) => {}
                (None, _) => self.declared(
                    "changes",
                    file,
                    &format!("is not in {was}: is it one of `adds`?"),
                ),
                (_, None) => self.declared("changes", file, "is not here"),
            }
        }
        self.undeclared();
    }

    fn declaration(&self) -> PathBuf {
        self.chapter.path("chapter.toml")
    }

    /// A declaration that is not true.
    fn declared(&mut self, key: &str, file: &str, what: &str) {
        let quoted = format!("\"{file}\"");
        let key_line = key_line(&self.chapter.declaration, key);
        let lines = self
            .chapter
            .declaration
            .lines()
            .enumerate()
            .skip(key_line.unwrap_or(1) - 1);
        let line = lines
            .filter(|(_, line)| line.contains(&quoted))
            .map(|(index, _)| index + 1)
            .next();
        let message = format!("`{key}` names {file}, which {what}");
        self.problems
            .add(self.declaration(), line.or(key_line), message);
    }

    /// A difference that no declaration names.
    fn undeclared(&mut self) {
        let (before, chapter) = (self.before, self.chapter);
        for (file, new) in &chapter.files {
            let was_at = self.was_at(file);
            let Some(old) = before.files.get(was_at) else {
                if !chapter.adds.contains(file) && !chapter.moves.values().any(|to| to == file) {
                    let message = format!(
                        "is not in the chapter before, and {} does not say so: name it in `adds`",
                        self.declaration().display()
                    );
                    self.problems.add(chapter.path(file), None, message);
                }
                continue;
            };
            if chapter.changes.contains(file) || self.same(old, new) {
                continue;
            }
            let old_path = before.path(was_at);
            let message = format!(
                "differs from {} here, and {} does not say so: name it in `changes`, or carry the change over with `forward {}`",
                old_path.display(),
                self.declaration().display(),
                before.number,
            );
            self.problems
                .add(chapter.path(file), self.first_difference(old, new), message);
        }
        for file in before.files.keys() {
            let gone = !chapter.files.contains_key(file);
            if gone && !chapter.removes.contains(file) && !chapter.moves.contains_key(file) {
                let message = format!(
                    "{} is not in this chapter any more: name it in `removes` or `moves`, or bring it back",
                    before.path(file).display()
                );
                let line = key_line(&self.chapter.declaration, "removes");
                self.problems.add(self.declaration(), line, message);
            }
        }
    }

    /// The path of `file` in the chapter before.
    fn was_at<'f>(&'f self, file: &'f str) -> &'f str {
        let moved = self.chapter.moves.iter().find(|(_, to)| *to == file);
        moved.map_or(file, |(from, _)| from)
    }

    fn comparable(&self, text: &str) -> String {
        without_own_name(text, [&self.before.package, &self.chapter.package])
    }

    fn same(&self, old: &str, new: &str) -> bool {
        self.comparable(old) == self.comparable(new)
    }

    fn first_difference(&self, old: &str, new: &str) -> Option<usize> {
        let (old, new) = (self.comparable(old), self.comparable(new));
        let lines = new.split_inclusive('\n').zip(old.split_inclusive('\n'));
        let same = lines.take_while(|(new, old)| new == old).count();
        // Where the end is missing, the last line that is left is the place.
        Some((same + 1).min(new.lines().count().max(1)))
    }
}

//! A file of a program, cut into lines and items.

use std::cell::OnceCell;

use super::highlight::{self, Stretch};
use super::outline::Outline;
use super::{items, tables};

/// One file of a chapter's program.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its path within the chapter: `src/event_loop.rs`.
    pub(crate) file: String,
    pub(crate) text: String,
    lines: Vec<String>,
    pub(crate) outline: Outline,
    /// Where and why it could not be cut into items, which leaves only the whole file to be shown.
    pub(crate) fault: Option<(usize, String)>,
    coloured: OnceCell<Vec<Vec<Stretch>>>,
}

impl Source {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let (outline, fault) = if file.ends_with(".rs") {
            match items::outline(text) {
                Ok(outline) => (outline, None),
                Err(fault) => (Outline::default(), Some(fault)),
            }
        } else if file.ends_with(".toml") {
            (tables::outline(text), None)
        } else {
            (Outline::default(), None)
        };
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
            coloured: OnceCell::new(),
            outline,
            fault,
        }
    }

    /// The lines; line 1 is the first of them.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.lines.iter().map(String::as_str).collect()
    }

    /// Line `number`, counted from 1.
    pub(crate) fn line(&self, number: usize) -> &str {
        self.lines.get(number - 1).map_or("", String::as_str)
    }

    /// Line `number` in stretches of one colour.
    pub(crate) fn coloured(&self, number: usize) -> &[Stretch] {
        let lines = self
            .coloured
            .get_or_init(|| highlight::lines(&self.file, &self.text));
        lines.get(number - 1).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn is_blank(&self, number: usize) -> bool {
        self.line(number).trim().is_empty()
    }

    /// The text of item `index`, without the indentation that it has as a whole.
    pub(crate) fn item_text(&self, index: usize) -> String {
        let lines = self.outline.items[index].lines.clone();
        let lines: Vec<_> = lines.map(|line| self.line(line)).collect();
        let depth = |line: &&&str| line.len() - line.trim_start().len();
        let full = lines.iter().filter(|line| !line.trim().is_empty());
        let indent = full.map(|line| depth(&line)).min().unwrap_or(0);
        let cut = lines.iter().map(|line| line.get(indent..).unwrap_or(""));
        cut.collect::<Vec<_>>().join("\n")
    }

    /// What line `number` belongs to, for a message.
    pub(crate) fn owner(&self, number: usize) -> String {
        match self.outline.at(number) {
            Some(index) => format!("`{}`", self.outline.items[index].path),
            None => "the file".to_owned(),
        }
    }
}

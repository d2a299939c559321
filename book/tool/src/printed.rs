//! What comes of a page that was printed.

use std::collections::BTreeSet;
use std::ops::AddAssign;

use crate::problem::Problems;

/// A page, printed.
#[derive(Debug, Default)]
pub struct Printed {
    /// The Markdown that mdBook gets to see.
    pub markdown: String,
    /// What is wrong with it.
    pub problems: Problems,
    /// What could not be verified on this machine.
    pub not_run: Problems,
    /// The page as an author could have written it: with the outputs of today. None if there is nothing to
    /// change.
    pub blessed: Option<String>,
    /// What was verified.
    pub counts: Counts,
    /// The binaries that the page expects to fail.
    pub failing: BTreeSet<String>,
}

/// How much was verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Directives that stand for code.
    pub excerpts: usize,
    /// Pictures and tables.
    pub figures: usize,
    /// Blocks of output.
    pub outputs: usize,
    /// Python programs.
    pub python: usize,
    /// Pieces of Rust that are not the program.
    pub illustrations: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.excerpts += other.excerpts;
        self.figures += other.figures;
        self.outputs += other.outputs;
        self.python += other.python;
        self.illustrations += other.illustrations;
    }
}

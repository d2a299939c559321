//! Builds, checks and serves the book.

pub mod page;
pub mod problem;
pub mod project;

//! Builds, checks and serves the book.
//!
//! A page goes through the [`press`]: directives become what they stand for, outputs are compared with what the
//! programs print. An [`edition`] is all pages; [`publish`] has mdBook make HTML of it and follows its
//! links. [`check`] does the same and more, and only reports.

pub mod attempt;
pub mod binding;
pub mod blocks;
pub mod built;
pub mod cache;
pub mod check;
mod complaints;
pub mod edition;
pub mod exercises;
pub mod figures;
pub mod forward;
pub mod html;
pub mod illustrations;
pub mod links;
pub mod origins;
pub mod outputs;
pub mod page;
pub mod pictures;
pub mod preprocess;
pub mod press;
pub mod printed;
pub mod problem;
pub mod programs;
pub mod project;
pub mod publish;
pub mod python;
pub mod run;
pub mod serve;
pub mod sources;

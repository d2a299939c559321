//! Runs small concurrent programs, written as data, on `final-runtime`, and holds what happens against what asyncio
//! did. `FORMAT.md` describes the data.
//!
//! | file | what it is |
//! |---|---|
//! | `json` | reading and writing |
//! | `record` | a program and what asyncio made of it |
//! | `interpreter` | a program, run over the public API |
//! | `generate` | random programs |
//! | `compare` | where two results differ, and the table of areas |

pub mod compare;
pub mod generate;
mod interpreter;
pub mod json;
pub mod record;

pub use interpreter::run;

//! Words to say.

/// What the programs say.
pub const WORDS: [&str; 3] = ["one", "two", "three"];

//! The command line of the book tool.

fn main() {}

//! Builds, checks and serves the book.

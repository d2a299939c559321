//! What the tests share.
#![allow(dead_code, reason = "each test file takes its own part of it")]

pub mod clock;
pub mod random;
pub mod reports;
pub mod sockets;
pub mod steps;

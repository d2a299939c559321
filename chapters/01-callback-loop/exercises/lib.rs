//! The exercises of chapter 1: each folder holds a starter, a solution and the tests of both.

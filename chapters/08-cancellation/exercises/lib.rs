//! The exercises of chapter 8: each folder holds a starter, a solution and the tests of both.

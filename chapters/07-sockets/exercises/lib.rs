//! The exercises of chapter 6: each folder holds a starter, a solution and the tests of both.

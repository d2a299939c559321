//! The exercises of chapter 7: each folder holds a starter, a solution and the tests of both.

//! The exercises of chapter 5: each folder holds a starter, a solution and the tests of both.

//! The exercises of chapter 4: each folder holds a starter, a solution and the tests of both.

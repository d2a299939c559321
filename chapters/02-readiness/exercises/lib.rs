//! The exercises of chapter 2: each folder holds a starter, a solution and the tests of both.

//! The exercises of chapter 3: each folder holds a starter, a solution and the tests of both.

//! What `Pin` refuses, with the compiler's words.

#[test]
fn a_pinned_value_stays_where_it_is() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pin/stays.rs");
    cases.pass("tests/pin/swap_unpin.rs");
    cases.compile_fail("tests/pin/swap.rs");
    cases.compile_fail("tests/pin/move_out.rs");
    cases.compile_fail("tests/pin/poll_unpinned.rs");
}

//! Each program of `ui/` is refused, with the message that stands beside it.

#[test]
fn every_program_is_refused_with_its_message() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

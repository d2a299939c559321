#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

#[test]
fn it_is_two() {
    assert_eq!(exercise::two(), 2);
}

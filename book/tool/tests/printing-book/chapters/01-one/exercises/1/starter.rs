pub fn two() -> u32 {
    1
}

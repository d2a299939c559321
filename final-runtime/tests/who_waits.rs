//! The example that finds a stall, a deadlock and a ring does find them.

#[path = "../examples/who_waits.rs"]
#[allow(dead_code, reason = "the test calls what the example prints")]
mod who_waits;

/// The lines without the places in the source.
fn short(text: &str) -> Vec<String> {
    let cut = |line: &str| line.split(" [").next().unwrap().to_owned();
    text.lines().map(cut).collect()
}

#[test]
fn the_stall_is_named() {
    let warnings = who_waits::find_the_stall();
    let warning = warnings
        .iter()
        .find(|warning| warning.contains("`thumbnail`"));
    let warning = warning.unwrap_or_else(|| panic!("{warnings:?}"));
    let expected = "task `thumbnail` (3) [who_waits::who_waits::resize, spawned at ";
    assert!(warning.starts_with(expected), "{warning}");
    assert!(warning.contains("examples/who_waits.rs:"), "{warning}");
}

#[test]
fn the_deadlock_is_named() {
    let tree = who_waits::find_the_deadlock();
    assert_eq!(
        short(&tree),
        [
            "3 tasks",
            "`Task-1` is running",
            "`there` (2) waits for a lock, behind `back` (3)",
            "└─ `back` (3) waits for a lock, behind `there` (2)",
            "   └─ `there` (2), and the ring is closed",
            "a ring: `there` (2) → `back` (3) → `there` (2)",
        ]
    );
    assert_eq!(tree.matches("spawned at ").count(), 3, "{tree}");
}

#[test]
fn the_ring_is_named() {
    let said = who_waits::find_the_ring().to_string();
    assert_eq!(
        short(&said),
        [
            "the loop is idle and the future not done: nothing will ever wake it; who waits for what:",
            "4 tasks",
            "`Task-1` waits for `guest` (4)",
            "└─ `guest` (4) waits for `waiter` (3)",
            "   └─ `waiter` (3) waits for `cook` (2)",
            "      └─ `cook` (2) waits for `guest` (4)",
            "         └─ `guest` (4), and the ring is closed",
            "a ring: `cook` (2) → `guest` (4) → `waiter` (3) → `cook` (2)",
        ]
    );
}

//! How much is too much.

/// How many entries a queue may hold.
fn limit() -> usize {
    let lots = 8;
    // Room for twice as many.
    lots * 2
}

/// Whether `n` entries are too many.
pub(crate) fn too_many(n: usize) -> bool {
    n > limit()
}

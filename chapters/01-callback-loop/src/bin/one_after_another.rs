//! Two countdowns as plain functions: the second waits until the first is through.

fn main() {
    countdown("red", 3);
    countdown("blue", 3);
}

/// Says `n`, and goes the rest of the way down to zero.
fn countdown(name: &str, n: u32) {
    println!("{name} {n}");
    if n > 1 {
        countdown(name, n - 1);
    }
}

//! Never gives anything back.

fn main() {
    println!("mine");
}

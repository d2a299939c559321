//! Tells the time.

fn main() {
    println!("pid {} runs", std::process::id());
}

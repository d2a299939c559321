//! A runner stays on its thread, with its loop.

use final_runtime::Runner;

fn main() {
    let runner = Runner::new();
    std::thread::spawn(move || drop(runner.run(async {})));
}

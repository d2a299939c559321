//! A closed runner runs nothing any more.

use final_runtime::Runner;

fn main() {
    let runner = Runner::new();
    runner.close().unwrap();
    runner.run(async {}).unwrap();
}

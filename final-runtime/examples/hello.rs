//! Two tasks that take turns.

use final_runtime::{run, sleep, spawn};
use std::time::Duration;

fn main() {
    run(async {
        let tea = spawn(async {
            sleep(Duration::from_millis(20)).await;
            "tea"
        });
        println!("the kettle is on");
        println!("{} is ready", tea.await.expect("making tea does not panic"));
    });
}

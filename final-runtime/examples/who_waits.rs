//! Finds a task that holds the loop, two that have taken two locks in opposite order, and three that wait for each other's
//! ends; with `-- --serve` it goes on with them for ever, and dumps its tasks at SIGUSR1.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::sync::Lock;
use final_runtime::{
    EventLoop, Future, RunError, Runner, SignalKind, Task, running_loop, sleep, spawn, yield_now,
};

fn main() {
    if std::env::args().any(|argument| argument == "--serve") {
        return serve();
    }
    for warning in find_the_stall() {
        println!("{warning}\n");
    }
    println!("{}\n", find_the_deadlock());
    println!("{}", find_the_ring());
}

/// A computation between two awaits: nothing else runs meanwhile.
async fn resize(picture: &str) -> usize {
    std::thread::sleep(Duration::from_millis(80)); // as long as it may take to compute
    picture.len()
}

/// What debug mode says while pictures are resized in the loop.
pub fn find_the_stall() -> Vec<String> {
    let warnings: Rc<RefCell<Vec<String>>> = Rc::default();
    let heard = warnings.clone();
    let runner = Runner::new().debug(true);
    let event_loop = runner.get_loop();
    event_loop.set_slow_callback_duration(Duration::from_millis(50));
    event_loop.set_slow_callback_handler(move |slow| heard.borrow_mut().push(slow.to_string()));
    let main = async {
        let clock = spawn(sleep(Duration::from_millis(1)));
        let picture = spawn(resize("a large picture"));
        picture.set_name("thumbnail");
        clock.await.unwrap();
        picture.await.unwrap()
    };
    runner.run(main).expect("nothing panics");
    warnings.take()
}

async fn transfer(from: Rc<Lock<i64>>, to: Rc<Lock<i64>>, amount: i64) {
    let mut from = from.lock().await;
    yield_now().await; // ask the bank
    let mut to = to.lock().await;
    *from -= amount;
    *to += amount;
}

/// Two transfers that each hold what the other needs.
fn start_transfers() -> [Task<()>; 2] {
    let (mine, yours) = (Rc::new(Lock::new(100)), Rc::new(Lock::new(100)));
    let there = spawn(transfer(mine.clone(), yours.clone(), 30));
    let back = spawn(transfer(yours, mine, 20));
    there.set_name("there");
    back.set_name("back");
    [there, back]
}

/// What a service sees that looks at its tasks now and then.
pub fn find_the_deadlock() -> String {
    let runner = Runner::new().debug(true);
    let main = async {
        let transfers = start_transfers();
        sleep(Duration::from_millis(20)).await;
        let tree = running_loop().task_tree();
        for transfer in transfers {
            transfer.cancel();
        }
        tree.to_string()
    };
    runner.run(main).expect("nothing panics")
}

/// What a test on a virtual clock sees: everything waits, so the run ends, and says for what.
pub fn find_the_ring() -> RunError {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.set_debug(true);
    let main = async {
        let last = Future::<Future<()>>::new();
        let known_later = last.clone();
        let cook = spawn(async move { known_later.await.unwrap().await.unwrap() });
        cook.set_name("cook");
        let waiter = spawn(async move { cook.await.unwrap() });
        waiter.set_name("waiter");
        let guest = spawn(async move { waiter.await.unwrap() });
        guest.set_name("guest");
        last.set_result(guest.future()).unwrap(); // the cook waits until the guest has eaten
        guest.await
    };
    let outcome = event_loop.run_until_complete(main);
    outcome.map(drop).expect_err("nobody ever comes to an end")
}

fn serve() {
    let main = async {
        running_loop().dump_on_signal(SignalKind::user_defined1())?;
        println!("kill -USR1 {}", std::process::id());
        let _transfers = start_transfers();
        loop {
            sleep(Duration::from_secs(60)).await;
        }
        #[expect(unreachable_code, reason = "what `?` gives has a type")]
        Ok::<(), std::io::Error>(())
    };
    let runner = Runner::new().debug(true);
    match runner.run(main) {
        Ok(Err(error)) => eprintln!("{error}"),
        Err(error) => eprintln!("{error}"),
        Ok(Ok(())) => {}
    }
}

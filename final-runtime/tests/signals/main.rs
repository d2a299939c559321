//! Signals, and Ctrl-C in a run. Each statement has a process of its own, and its main thread: without arguments this
//! runs itself once for each; with a name, that one.
#![allow(
    unsafe_code,
    reason = "the tests send signals to their own process, and ask what it does at one"
)]

use std::env;
use std::process::{Command, Output};
use std::time::Duration;

use final_runtime::SignalKind;

mod runs;
mod streams;

/// Its name, what the process does, and whether that process ended as it should.
type Statement = (&'static str, fn(), fn(&Output) -> bool);

const TICK: Duration = Duration::from_millis(1);

fn statements() -> impl Iterator<Item = &'static Statement> {
    streams::STATEMENTS.iter().chain(runs::STATEMENTS)
}

fn main() {
    let mut names = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'));
    let wanted = names.next().unwrap_or_default();
    if let Some((_, statement, _)) = statements().find(|(name, ..)| *name == wanted) {
        return statement();
    }
    let mut wrong = 0;
    for (name, _, right) in statements().filter(|(name, ..)| name.contains(&wanted)) {
        let output = Command::new(env::current_exe().unwrap())
            .arg(name)
            .output()
            .unwrap();
        let said = if right(&output) { "ok" } else { "FAILED" };
        wrong += usize::from(!right(&output));
        println!("test {name} ... {said} ({})", output.status);
        if !right(&output) {
            println!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert_eq!(wrong, 0, "statements that do not hold");
}

fn ended_well(output: &Output) -> bool {
    output.status.success()
}

fn send(kind: SignalKind) {
    // SAFETY: it takes no memory.
    unsafe { libc::kill(libc::getpid(), kind.as_raw()) };
}

fn ctrl_c() {
    send(SignalKind::interrupt());
}

/// What the process does at a signal.
fn action(kind: SignalKind) -> usize {
    // SAFETY: zeroes are a `sigaction`, which is filled in.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(kind.as_raw(), std::ptr::null(), &mut action);
        action.sa_sigaction
    }
}

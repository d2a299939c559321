//! What the process does at each signal, and what it did before we came.
//!
//! | who listens | what the process does |
//! |---|---|
//! | a stream | calls the handler |
//! | no stream, a run that Ctrl-C cancels | calls the handler once, and then does what the system does |
//! | nobody | what it did before, unless somebody has set something else meanwhile |

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::SignalKind;
use super::handler::Action;

static LISTENED: Mutex<Vec<Listened>> = Mutex::new(Vec::new());

/// A signal to which somebody listens.
struct Listened {
    number: i32,
    streams: usize,
    run: bool,
    /// The one call of the handler that is the run's has been: the next signal does what the system does.
    spent: bool,
    before: Action,
}

fn listened() -> MutexGuard<'static, Vec<Listened>> {
    LISTENED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One stream more.
pub(super) fn add_stream(kind: SignalKind) -> io::Result<()> {
    change(kind, |listened| listened.streams += 1)
}

/// One stream less.
pub(super) fn remove_stream(kind: SignalKind) {
    // What could be set can be set back.
    let _ = change(kind, |listened| listened.streams -= 1);
}

/// Whether a stream listens.
pub(super) fn has_stream(kind: SignalKind) -> bool {
    let number = kind.as_raw();
    let all = listened();
    all.iter()
        .any(|signal| signal.number == number && signal.streams > 0)
}

/// A run listens, if nobody has said what is to happen at the signal. Whether it does.
pub(super) fn add_run(kind: SignalKind) -> bool {
    let is_free = Action::now(kind.as_raw()).is_ok_and(|now| now.is_default());
    is_free && change(kind, |listened| listened.run = true).is_ok()
}

/// It does not any more.
pub(super) fn remove_run(kind: SignalKind) {
    let _ = change(kind, |listened| listened.run = false);
}

fn change(kind: SignalKind, change: impl FnOnce(&mut Listened)) -> io::Result<()> {
    let number = kind.as_raw();
    let mut all = listened();
    let now = Action::now(number)?;
    let known = all.iter().position(|signal| signal.number == number);
    let mut signal = match known {
        Some(known) => all.swap_remove(known),
        None => Listened {
            number,
            streams: 0,
            run: false,
            spent: false,
            before: now,
        },
    };
    let had_streams = signal.streams > 0;
    signal.spent |= signal.run && !had_streams && !now.is_ours();
    change(&mut signal);
    match (signal.streams, signal.run) {
        (0, false) => match now.is_ours() {
            true => signal.before.set(number),
            false => Ok(()),
        },
        (0, true) if had_streams && !now.is_ours() => {
            all.push(signal);
            Ok(())
        }
        (0, true) if signal.spent => {
            signal.before.set(number)?;
            all.push(signal);
            Ok(())
        }
        (streams, _) => {
            // A first signal that has come for the run has set the system's own action already: a stream takes over.
            Action::listen(streams == 0).set(number)?;
            all.push(signal);
            Ok(())
        }
    }
}

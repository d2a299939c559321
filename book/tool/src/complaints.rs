//! What mdBook warns of while it builds. It only logs, and goes on; to this tool, each is a problem.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Runs `work`, and gives back what was warned of meanwhile, on this thread.
pub fn collect<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let collector = Collector::default();
    let complaints = Arc::clone(&collector.0);
    let done = tracing::subscriber::with_default(collector, work);
    let mut complaints = complaints.lock().unwrap_or_else(PoisonError::into_inner);
    (done, std::mem::take(&mut *complaints))
}

#[derive(Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message::default();
        event.record(&mut message);
        let mut complaints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.push(message.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_collected_and_chatter_is_not() {
        let (done, complaints) = collect(|| {
            tracing::warn!("unclosed `<{}>`", "b");
            tracing::info!("built");
            7
        });
        assert_eq!((done, complaints), (7, vec!["unclosed `<b>`".to_owned()]));
    }
}

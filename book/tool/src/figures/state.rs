//! Who is where at each event of a run: who has the thread, who is ready and in which order, who sleeps. Read
//! off the bars of the picture, so that picture and player cannot tell two stories.

use super::bars::Bar;
use super::recording::{Event, Lane};

/// Who is where once an event has happened.
#[derive(Debug, PartialEq, Eq)]
pub struct State<'a> {
    /// Who has the thread.
    pub running: Option<&'a str>,
    /// The ready queue, its head first. A task that is queued twice stands in it twice.
    pub ready: Vec<&'a str>,
    /// Who waits for something to happen, the one that began first in front.
    pub sleeping: Vec<&'a str>,
}

/// The state that event `at`, counted from 0, leaves behind.
pub fn state<'a>(events: &[Event], bars: &'a [Bar], at: usize) -> State<'a> {
    let within = |lane: Lane| {
        let here = move |bar: &&Bar| bar.lane == lane && lasts(events, bar, at);
        bars.iter().filter(here).map(|bar| bar.task.as_str())
    };
    State {
        running: within(Lane::Running).next_back(),
        ready: within(Lane::Ready).collect(),
        sleeping: within(Lane::Sleeping).collect(),
    }
}

/// Whether `bar` goes on after event `at`. The event that ends a bar is drawn as its last, and is its end.
fn lasts(events: &[Event], bar: &Bar, at: usize) -> bool {
    let ends_itself = match bar.lane {
        Lane::Running => events[bar.to - 1].event == "returned",
        _ => bar.ended.is_some(),
    };
    bar.from <= at && at + usize::from(ends_itself) < bar.to
}

#[cfg(test)]
mod tests {
    use super::super::bars::bars;
    use super::super::recording::tests::event;
    use super::*;

    /// The states of a run: who runs | the queue | who sleeps.
    fn told(events: &[Event]) -> Vec<String> {
        let bars = bars(events);
        let told = |at| {
            let state = state(events, &bars, at);
            let running = state.running.unwrap_or("-");
            format!(
                "{running} | {} | {}",
                state.ready.join(" "),
                state.sleeping.join(" ")
            )
        };
        (0..events.len()).map(told).collect()
    }

    #[test]
    fn the_queue_gives_its_head_to_the_thread_and_takes_new_entries_at_its_end() {
        let events = [
            event(0, 1, Lane::Ready, "red queued"),
            event(0, 2, Lane::Ready, "blue queued"),
            event(1, 3, Lane::Running, "red run"),
            event(1, 4, Lane::Ready, "red queued"),
            event(1, 5, Lane::Running, "red returned"),
            event(1, 6, Lane::Running, "blue run"),
            event(1, 7, Lane::Running, "blue returned"),
            event(1, 8, Lane::Running, "main says done"),
        ];
        let expected = [
            "- | red | ",
            "- | red blue | ",
            "red | blue | ",
            "red | blue red | ",
            "- | blue red | ",
            "blue | red | ",
            "- | red | ",
            "main | red | ",
        ];
        assert_eq!(told(&events), expected);
    }

    #[test]
    fn an_entry_that_is_skipped_is_gone_and_only_that_one() {
        let events = [
            event(0, 1, Lane::Ready, "red queued"),
            event(0, 2, Lane::Ready, "red queued"),
            event(1, 3, Lane::Ready, "red skipped"),
            event(1, 4, Lane::Running, "red run"),
        ];
        assert_eq!(
            told(&events),
            ["- | red | ", "- | red red | ", "- | red | ", "red |  | "]
        );
    }

    #[test]
    fn a_task_sleeps_between_its_steps_until_it_is_woken() {
        let events = [
            event(1, 1, Lane::Running, "red run"),
            event(1, 2, Lane::Running, "red returned Pending"),
            event(1, 3, Lane::Sleeping, "red waits"),
            event(2, 4, Lane::Os, "socket readable"),
            event(2, 5, Lane::Ready, "red woken"),
            event(2, 6, Lane::Ready, "red woken by main, again"),
            event(2, 7, Lane::Running, "red run"),
        ];
        let expected = [
            "red |  | ",
            "- |  | ",
            "- |  | red",
            "- |  | red",
            "- | red | ",
            "- | red | ",
            "red |  | ",
        ];
        assert_eq!(told(&events), expected);
    }
}

//! Where the thread that builds and the loop that serves meet: the last good book, and the news of the build.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use super::site::Site;

/// What the builder is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// A build is under way, and this is the step it is at.
    Building(String),
    /// The book with this version is being served.
    Ready(u64),
    /// The last build failed, for these reasons; the book before it is still up.
    Broken(String),
}

/// Shared by the builder's thread and all connections.
pub(super) struct Hub {
    state: Mutex<State>,
}

struct State {
    site: Option<Arc<Site>>,
    news: News,
    /// Goes up with every piece of news.
    edition: u64,
    waiting: HashMap<u64, Waker>,
    next_waiter: u64,
}

impl Hub {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                site: None,
                news: News::Building("starting".to_owned()),
                edition: 1,
                waiting: HashMap::new(),
                next_waiter: 0,
            }),
        }
    }

    /// The last good book.
    pub(super) fn site(&self) -> Option<Arc<Site>> {
        self.lock().site.clone()
    }

    /// Serves `site` from now on.
    pub(super) fn publish(&self, site: Site, version: u64) {
        self.lock().site = Some(Arc::new(site));
        self.announce(News::Ready(version));
    }

    /// Tells all open pages.
    pub(super) fn announce(&self, news: News) {
        let mut state = self.lock();
        if state.news == news {
            return;
        }
        state.news = news;
        state.edition += 1;
        let waiting: Vec<Waker> = state.waiting.drain().map(|(_, waker)| waker).collect();
        // A waker is somebody else's code: no lock is held while it runs.
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits for news that is newer than the edition `seen`; 0 has seen nothing.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by a drop: the caller keeps the edition that it has seen.
    pub(super) async fn news_after(&self, seen: u64) -> (u64, News) {
        let waiter = Waiter::new(self);
        poll_fn(|context| {
            let mut state = self.lock();
            if state.edition > seen {
                return Poll::Ready((state.edition, state.news.clone()));
            }
            state.waiting.insert(waiter.id, context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is a single assignment, so a panic elsewhere leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among those who wait; given up when the future that holds it is dropped.
struct Waiter<'a> {
    hub: &'a Hub,
    id: u64,
}

impl<'a> Waiter<'a> {
    fn new(hub: &'a Hub) -> Self {
        let mut state = hub.lock();
        state.next_waiter += 1;
        let id = state.next_waiter;
        Self { hub, id }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let waker = self.hub.lock().waiting.remove(&self.id);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake};

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn news_wakes_whoever_waits_and_is_delivered_once() {
        let (hub, count) = (Hub::new(), Arc::new(Count::default()));
        let waker = Waker::from(Arc::clone(&count));
        let mut context = Context::from_waker(&waker);

        let mut first = pin!(hub.news_after(0));
        let Poll::Ready((seen, _)) = first.as_mut().poll(&mut context) else {
            panic!("the first edition is there from the start")
        };
        let mut next = pin!(hub.news_after(seen));
        assert!(next.as_mut().poll(&mut context).is_pending());
        assert!(next.as_mut().poll(&mut context).is_pending());

        hub.announce(News::Ready(7));
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
        let Poll::Ready((_, news)) = next.as_mut().poll(&mut context) else {
            panic!("woken, and yet no news")
        };
        assert_eq!(news, News::Ready(7));
        hub.announce(News::Ready(7));
        assert_eq!(count.0.load(Ordering::SeqCst), 1, "old news woke somebody");
    }

    #[test]
    fn who_goes_away_waits_no_more() {
        let (hub, count) = (Hub::new(), Arc::new(Count::default()));
        let waker = Waker::from(Arc::clone(&count));
        {
            let mut gone = Box::pin(hub.news_after(1));
            assert!(
                gone.as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
        }
        assert!(hub.lock().waiting.is_empty());
        hub.announce(News::Ready(7));
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
    }
}

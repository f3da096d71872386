//! The threads on which guests run. A guest's file operations block its thread; a guest that waits for an answer holds
//! none; and a thread that is stuck in a slow disk gives its place to the next call.
//!
//! Most calls are short, and to change threads takes longer than they do. So a call begins where it was asked for, and
//! goes to a thread of its own once it turns to files, or has computed for a tick.

use crate::meter::Stopwatch;
use std::cell::Cell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, spawn_blocking};

/// A guest that computes is seen at every tick. One that was not for so long is in the operating system.
const STUCK: Duration = Duration::from_millis(100);
/// Places beyond the usual ones, for those whose threads are stuck. The runtime has more threads than all of them.
const MOST_LENT: usize = 256;

thread_local! {
    /// This thread is the runtime's own, and a call has begun on it.
    static BEGINS_HERE: Cell<bool> = const { Cell::new(false) };
}

/// Places of threads, and who is on them. Cheap to clone; clones share the places.
#[derive(Debug, Clone)]
pub(crate) struct Threads {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Calls that begin on threads of the runtime in this instant.
    beginning: AtomicUsize,
    next: AtomicU64,
    /// What runs on a thread in this instant.
    steps: Mutex<HashMap<u64, Step>>,
}

#[derive(Debug)]
struct Step {
    stopwatch: Arc<Stopwatch>,
    /// Its place was given to another, since its thread is stuck.
    lent: bool,
}

/// A call, from when it gets a thread until it waits.
struct Place {
    shared: Arc<Shared>,
    step: u64,
    permit: Option<OwnedSemaphorePermit>,
}

/// A call between two threads.
struct Call<R> {
    guest: Pin<Box<dyn Future<Output = R> + Send>>,
    stopwatch: Arc<Stopwatch>,
    woken: Arc<Woken>,
}

enum Stepped<R> {
    Ended(R),
    Waits(Call<R>),
}

/// The host's own code panicked in a call.
#[derive(Debug, thiserror::Error)]
#[error("the host failed while a call ran; what it said is in its log")]
pub(crate) struct Broken(#[source] Option<JoinError>);

impl From<JoinError> for Broken {
    fn from(error: JoinError) -> Self {
        Self(Some(error))
    }
}

#[derive(Default)]
struct Woken(Notify);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

impl Threads {
    pub(crate) fn new(places: usize) -> Self {
        let places = Arc::new(Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS)));
        let (waiting, beginning) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (next, steps) = (AtomicU64::new(0), Mutex::default());
        Self { shared: Arc::new(Shared { places, waiting, beginning, next, steps }) }
    }

    /// Runs a call to its end, which dropping this does not hinder. The stopwatch goes while it is on a thread.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        guest: Pin<Box<dyn Future<Output = R> + Send>>,
        stopwatch: Arc<Stopwatch>,
    ) -> Result<R, Broken> {
        let call = Call { guest, stopwatch, woken: Arc::default() };
        let place = self.shared.place(&call.stopwatch).await;
        let Some(here) = Here::take(&self.shared) else {
            return tokio::spawn(call.elsewhere(place, Arc::clone(&self.shared))).await?;
        };
        let stepped = catch_unwind(AssertUnwindSafe(|| call.step(place)));
        drop(here);
        match stepped.map_err(|_| Broken(None))? {
            Stepped::Ended(end) => Ok(end),
            Stepped::Waits(call) => tokio::spawn(call.go_on(Arc::clone(&self.shared))).await?,
        }
    }

    /// Whether calls wait for a thread, so that one that computes should let another go first.
    pub(crate) fn are_wanted(&self) -> bool {
        self.shared.waiting.load(Ordering::Relaxed) > 0
    }

    /// Gives the places of stuck threads to those that wait. To be called at every tick.
    pub(crate) fn relieve(&self) {
        if !self.are_wanted() {
            return;
        }
        let mut steps = self.shared.steps();
        let lent = steps.values().filter(|step| step.lent).count();
        let stuck = steps.values_mut().filter(|step| !step.lent && step.stopwatch.unseen() >= STUCK);
        for step in stuck.take(MOST_LENT.saturating_sub(lent)) {
            step.lent = true;
            self.shared.places.add_permits(1);
        }
    }
}

impl Shared {
    /// Waits for a place. Those that came first go first.
    async fn place(self: &Arc<Self>, stopwatch: &Arc<Stopwatch>) -> Place {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waits = Waits(&self.waiting);
        // It is never closed.
        let permit = Arc::clone(&self.places).acquire_owned().await.ok();
        drop(waits);
        let step = self.next.fetch_add(1, Ordering::Relaxed);
        self.steps().insert(step, Step { stopwatch: Arc::clone(stopwatch), lent: false });
        Place { shared: Arc::clone(self), step, permit }
    }

    fn steps(&self) -> MutexGuard<'_, HashMap<u64, Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The runtime's thread, as long as a call begins on it.
struct Here<'a>(&'a Shared);

impl<'a> Here<'a> {
    /// None while so many calls begin that the runtime would come to nothing else.
    fn take(shared: &'a Shared) -> Option<Self> {
        let most = Handle::current().metrics().num_workers().div_ceil(2);
        let here = Self(shared);
        let first = shared.beginning.fetch_add(1, Ordering::Relaxed) < most;
        first.then(|| {
            BEGINS_HERE.set(true);
            here
        })
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        BEGINS_HERE.set(false);
        self.0.beginning.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether the call of this thread is to leave it soon.
pub(crate) fn begins_here() -> bool {
    BEGINS_HERE.get()
}

/// Goes on where a call may block its thread.
pub(crate) async fn may_block() {
    poll_fn(|context| {
        if begins_here() {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Counts as waiting, also if it is given up.
struct Waits<'a>(&'a AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let ended = self.shared.steps().remove(&self.step);
        if let (Some(Step { lent: true, .. }), Some(permit)) = (ended, self.permit.take()) {
            // Another has it already.
            permit.forget();
        }
    }
}

impl<R: Send + 'static> Call<R> {
    /// Runs until it ends or waits, on this thread.
    fn step(mut self, place: Place) -> Stepped<R> {
        self.stopwatch.resume();
        let waker = Waker::from(Arc::clone(&self.woken));
        let polled = self.guest.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_pending() {
            self.stopwatch.pause();
        }
        drop(place);
        match polled {
            Poll::Ready(end) => Stepped::Ended(end),
            Poll::Pending => Stepped::Waits(self),
        }
    }

    /// Goes on as often as it is woken, each time on some thread.
    async fn go_on(self, shared: Arc<Shared>) -> Result<R, Broken> {
        self.woken.0.notified().await;
        let place = shared.place(&self.stopwatch).await;
        self.elsewhere(place, shared).await
    }

    /// Runs to its end, on threads that may block.
    async fn elsewhere(self, place: Place, shared: Arc<Shared>) -> Result<R, Broken> {
        let (mut call, mut place) = (self, place);
        loop {
            match spawn_blocking(move || call.step(place)).await? {
                Stepped::Ended(end) => return Ok(end),
                Stepped::Waits(waits) => call = waits,
            }
            call.woken.0.notified().await;
            place = shared.place(&call.stopwatch).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use tokio::sync::oneshot;

    fn stopwatch() -> Arc<Stopwatch> {
        Arc::default()
    }

    #[tokio::test]
    async fn a_short_call_ends_on_the_thread_where_it_began() {
        let here = std::thread::current().id();
        let call = Box::pin(async { std::thread::current().id() });
        assert_eq!(Threads::new(1).run(call, stopwatch()).await.expect("it runs"), here);
        assert!(!begins_here());
    }

    #[tokio::test]
    async fn a_call_that_may_block_goes_to_a_thread_of_its_own() {
        let here = std::thread::current().id();
        let call = Box::pin(async {
            may_block().await;
            std::thread::current().id()
        });
        assert_ne!(Threads::new(1).run(call, stopwatch()).await.expect("it runs"), here);
    }

    #[tokio::test]
    async fn while_one_begins_here_others_begin_elsewhere() {
        let threads = Threads::new(2);
        let first = Here::take(&threads.shared).expect("nobody else begins");
        let here = std::thread::current().id();
        let call = Box::pin(async { std::thread::current().id() });
        assert_ne!(threads.run(call, stopwatch()).await.expect("it runs"), here);
        drop(first);
    }

    #[tokio::test]
    async fn what_panics_is_an_error_and_gives_its_place_back() {
        let threads = Threads::new(1);
        let broken = threads.run(Box::pin(async { panic!("on purpose") }), stopwatch()).await;
        assert!(matches!(broken, Err::<(), _>(Broken(None))));
        assert_eq!(threads.run(Box::pin(async { 1 }), stopwatch()).await.expect("the next runs"), 1);
    }

    #[tokio::test]
    async fn a_call_that_waits_holds_no_place() {
        let threads = Threads::new(1);
        let (answer, answered) = oneshot::channel();
        let waits = tokio::spawn({
            let threads = threads.clone();
            async move { threads.run(Box::pin(async { answered.await.expect("an answer") }), stopwatch()).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(threads.run(Box::pin(async { 1 }), stopwatch()).await.expect("the other runs"), 1);
        answer.send(2).expect("it still waits");
        assert_eq!(waits.await.expect("a task").expect("it goes on"), 2);
    }

    #[tokio::test]
    async fn a_stuck_thread_gives_its_place_away_and_does_not_get_it_twice() {
        let threads = Threads::new(1);
        let (let_go, stuck) = mpsc::channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let held = tokio::spawn({
            let threads = threads.clone();
            async move {
                let in_a_system_call = async move {
                    may_block().await;
                    begun.send(()).expect("somebody listens");
                    stuck.recv().expect("it is let go");
                };
                threads.run(Box::pin(in_a_system_call), stopwatch()).await
            }
        });
        has_begun.await.expect("it runs");
        let other = tokio::spawn({
            let threads = threads.clone();
            async move { threads.run(Box::pin(async { 1 }), stopwatch()).await }
        });
        while !other.is_finished() {
            threads.relieve();
            tokio::task::yield_now().await;
        }
        assert_eq!(threads.shared.places.available_permits(), 1, "lent by the one that is stuck");
        let_go.send(()).expect("it is stuck");
        held.await.expect("a task").expect("it ends");
        assert_eq!(threads.shared.places.available_permits(), 1);
    }

    #[tokio::test]
    async fn whoever_asks_may_go_away() {
        let threads = Threads::new(1);
        let (answer, answered) = oneshot::channel();
        let (begun, has_begun) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let guest = async move {
            begun.send(()).expect("somebody listens");
            done.send(answered.await).expect("somebody listens");
        };
        let call = tokio::spawn({
            let threads = threads.clone();
            async move { threads.run(Box::pin(guest), stopwatch()).await }
        });
        has_begun.await.expect("it runs");
        call.abort();
        answer.send(7).expect("it still waits");
        assert_eq!(is_done.await.expect("it ended"), Ok(7));
    }
}

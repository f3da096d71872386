//! Room for calls: how many there may be, and how many large ones at once.

use crate::CallError;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All room of a host. A call takes some from its beginning to its end, also while it waits.
#[derive(Debug)]
pub(crate) struct Slots {
    calls: Arc<Semaphore>,
    most: usize,
    /// A call that may use much memory takes the places of several.
    large: Arc<Semaphore>,
    places: u32,
    /// Memory that one place stands for, in bytes.
    size: usize,
}

/// The room that a call has.
#[derive(Debug)]
pub(crate) struct Slot {
    _call: OwnedSemaphorePermit,
    _large: Option<OwnedSemaphorePermit>,
}

impl Slots {
    pub(crate) fn new(calls: usize, places: usize, size: usize) -> Self {
        let places = u32::try_from(places).unwrap_or(u32::MAX).max(1);
        let (calls, large) = (Arc::new(Semaphore::new(calls)), Arc::new(Semaphore::new(places as usize)));
        Self { most: calls.available_permits(), calls, large, places, size: size.max(1) }
    }

    /// Room for a call that may use so much memory. A large one waits until there is some, in the order in which they
    /// came; one more than there may be is refused.
    pub(crate) async fn take(&self, memory: usize) -> Result<Slot, CallError> {
        let call = Arc::clone(&self.calls).try_acquire_owned();
        let call = call.map_err(|_| CallError::HostFull { limit: self.most })?;
        let places = u32::try_from(memory.div_ceil(self.size)).unwrap_or(u32::MAX).min(self.places);
        let large = match places {
            0 | 1 => None,
            places => {
                let large = Arc::clone(&self.large).acquire_many_owned(places).await;
                Some(large.map_err(|closed| CallError::Host(closed.into()))?)
            }
        };
        Ok(Slot { _call: call, _large: large })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_large_call_takes_several_places_and_a_huge_one_all() {
        let slots = Slots::new(10, 4, 100);
        let large = slots.take(250).await.expect("places");
        assert_eq!(slots.large.available_permits(), 1);
        let small = slots.take(100).await.expect("it needs none of them");
        drop((large, small));
        let huge = slots.take(usize::MAX).await.expect("places");
        assert_eq!(slots.large.available_permits(), 0);
        drop(huge);
    }

    #[tokio::test]
    async fn one_more_than_there_may_be_is_refused() {
        let slots = Slots::new(1, 4, 100);
        let first = slots.take(1).await.expect("room");
        assert!(matches!(slots.take(1).await, Err(CallError::HostFull { limit: 1 })));
        drop(first);
        slots.take(1).await.expect("room again");
    }
}

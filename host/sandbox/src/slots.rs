//! Places for calls that run at once, by size: a call that may use much memory takes the places of several.

use crate::CallError;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All places of a host.
#[derive(Debug)]
pub(crate) struct Slots {
    places: Arc<Semaphore>,
    all: u32,
    /// Memory that one place stands for, in bytes.
    size: usize,
}

impl Slots {
    pub(crate) fn new(places: usize, size: usize) -> Self {
        let all = u32::try_from(places).unwrap_or(u32::MAX).max(1);
        Self { places: Arc::new(Semaphore::new(all as usize)), all, size: size.max(1) }
    }

    /// Waits until there is room for a call that may use so much memory. Those that came first go first.
    pub(crate) async fn take(&self, memory: usize) -> Result<OwnedSemaphorePermit, CallError> {
        let places = u32::try_from(memory.div_ceil(self.size)).unwrap_or(u32::MAX).clamp(1, self.all);
        let places = Arc::clone(&self.places).acquire_many_owned(places).await;
        places.map_err(|closed| CallError::Host(closed.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_large_call_takes_several_places_and_a_huge_one_all() {
        let slots = Slots::new(4, 100);
        let large = slots.take(250).await.expect("places");
        assert_eq!(slots.places.available_permits(), 1);
        drop(large);
        let huge = slots.take(usize::MAX).await.expect("places");
        assert_eq!(slots.places.available_permits(), 0);
        drop(huge);
    }
}

//! `cowork:host/parallel`: parts of a call, each in a fresh instance of its component, side by side.

use crate::bindings::EverythingPre;
use crate::bindings::parallel::{Error, Host};
use crate::call::{Guest, Runner};
use crate::context::{CallContext, TRANSFER};
use crate::inputs::{Readings, random};
use crate::memory::HostMemory;
use crate::{CallError, Sandbox};
use cowork_domain::CallId;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wasmtime::AsContextMut;

/// Parts that one call may run, one after the other and side by side.
const MOST: usize = 10_000;
/// Parts of all calls that run at once take no more places than this, however many processors there are.
const WIDEST: usize = 16;
const EXPORT: &str = "cowork:tool/parts@0.1.0";

/// Room for the parts of all calls: as many as there are processors. They take no room of calls, so a call that has begun
/// can always end.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    places: Arc<Semaphore>,
}

/// What a call needs to run parts of itself.
pub(crate) struct Parts {
    runner: Runner,
    pre: EverythingPre<CallContext>,
    room: Room,
    host_memory: Arc<HostMemory>,
    readings: Readings,
    /// What random numbers of parts are drawn from.
    seed: [u8; 32],
    begun: usize,
}

/// Parts that run at once on this machine.
pub(crate) fn width() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(WIDEST)
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(width())) }
    }
}

impl Parts {
    pub(crate) fn of(
        sandbox: &Sandbox,
        call: CallId,
        pre: &EverythingPre<CallContext>,
        readings: &Readings,
    ) -> Self {
        let seed = blake3::keyed_hash(sandbox.cache.key(), format!("parts of the call {call}").as_bytes());
        Self {
            runner: sandbox.runner(),
            pre: pre.clone(),
            room: sandbox.room.clone(),
            host_memory: Arc::clone(&sandbox.memory),
            readings: readings.clone(),
            seed: *seed.as_bytes(),
            begun: 0,
        }
    }

    /// The guest of one part.
    fn guest(&self, part: String, input: Vec<u8>) -> Guest<Result<Vec<u8>, String>> {
        let pre = self.pre.clone();
        Box::new(move |store| {
            Box::pin(async move {
                let instance = pre.instance_pre().instantiate_async(store.as_context_mut()).await?;
                let mut export = |parent: Option<&_>, name| {
                    let index = instance.get_export_index(store.as_context_mut(), parent, name);
                    index.ok_or_else(|| wasmtime::format_err!("the component does not export {EXPORT}"))
                };
                let interface = export(None, EXPORT)?;
                let run = export(Some(&interface), "run")?;
                type Ran = (Result<Vec<u8>, String>,);
                let run = instance.get_typed_func::<(String, Vec<u8>), Ran>(store.as_context_mut(), run)?;
                let (result,) = run.call_async(store.as_context_mut(), (part, input)).await?;
                Ok(result)
            })
        })
    }
}

impl Host for CallContext {
    fn width(&mut self) -> wasmtime::Result<u32> {
        self.may_use("cowork:host/parallel")?;
        Ok(number_of(width()))
    }

    async fn run(
        &mut self,
        part: String,
        inputs: Vec<Vec<u8>>,
    ) -> wasmtime::Result<Result<Vec<Vec<u8>>, Error>> {
        self.may_use("cowork:host/parallel")?;
        let Some(parts) = &mut self.parts else { wasmtime::bail!("a part of a call runs no parts") };
        if inputs.len() > MOST - parts.begun {
            return Ok(Err(Error::TooMany(format!("a call may run {MOST} parts, and no more"))));
        }
        let first = parts.begun;
        parts.begun += inputs.len();
        match self.run_parts(first, &part, inputs).await {
            Ok(results) => Ok(results),
            Err(error) => {
                self.ended_by = Some(error);
                wasmtime::bail!("a part of the call ended it")
            }
        }
    }
}

impl CallContext {
    /// What each part returned. The error is what ended one of them; then the others are stopped.
    async fn run_parts(
        &mut self,
        first: usize,
        part: &str,
        inputs: Vec<Vec<u8>>,
    ) -> Result<Result<Vec<Vec<u8>>, Error>, CallError> {
        let Some(parts) = &self.parts else { return Ok(Ok(Vec::new())) };
        let stop = self.stop.child_token();
        // Also when the call itself is ended meanwhile.
        let _stopped_at_the_end = stop.clone().drop_guard();
        let (clock, count) = (parts.readings.still(), inputs.len());
        let mut running = JoinSet::new();
        for (number, input) in inputs.into_iter().enumerate() {
            let random = random(&parts.seed, &(first + number).to_string());
            let context =
                Box::new(self.for_a_part(&parts.host_memory, clock, random).stopped_by(stop.clone()));
            let guest = parts.guest(part.to_owned(), input);
            let (runner, places) = (parts.runner.clone(), Arc::clone(&parts.room.places));
            running.spawn(async move {
                // It is never closed.
                let place = places.acquire_owned().await.ok();
                let end = move |result, _| {
                    drop(place);
                    result
                };
                let result = runner.run(context, guest, end).await;
                (number, result.and_then(|result| result))
            });
        }
        let (mut results, mut size) = (vec![Vec::new(); count], 0);
        let progress = self.progress.clone();
        while let Some(ended) = running.join_next().await {
            let (number, result) = ended.map_err(|ended| CallError::Host(ended.into()))?;
            match result.map_err(|error| in_part(error, part, number, count))? {
                Ok(result) => {
                    size += result.len();
                    results[number] = result;
                }
                Err(text) => {
                    return Ok(Err(Error::Failed((number_of(number), text))));
                }
            }
            if size > TRANSFER {
                return Err(CallError::TooMuchData { limit: TRANSFER });
            }
            if let Some(progress) = &progress {
                progress.report(number_of(count - running.len()), number_of(count), part).await;
            }
        }
        Ok(Ok(results))
    }
}

fn number_of(parts: usize) -> u32 {
    u32::try_from(parts).unwrap_or(u32::MAX)
}

/// A crash says where it was; limits are the call's.
fn in_part(error: CallError, part: &str, number: usize, count: usize) -> CallError {
    let place = format!("in part {} of {count}, {part}", number + 1);
    let named =
        |printed: String| if printed.is_empty() { place.clone() } else { format!("{place}: {printed}") };
    match error {
        CallError::Trapped { printed, source } => CallError::Trapped { printed: named(printed), source },
        CallError::Exited { printed, source } => CallError::Exited { printed: named(printed), source },
        error => error,
    }
}

//! One call: a fresh instance, on a thread of its own, to its end or to its limit.

use crate::bindings::{EverythingPre, tools};
use crate::context::{CallContext, Own, TRANSFER};
use crate::inputs::{Readings, random};

use crate::http::{Gate, Nobody, Outbound};
use crate::parts::Parts;
use crate::refusal;
use crate::registry::Tool;
use crate::threads::{Threads, begins_here};
use crate::{CallError, Content, Memories, Output, Progress, Sandbox, TaskContext};
use cowork_coworkspaces::staged::{ReadFile, Scope};
use cowork_coworkspaces::{Changes, Folder, Staged, drop_staged};
use cowork_domain::CallId;
use cowork_domain::call::{HostEffect, Usage};
use cowork_domain::capability::Effective;
use rustix::io::Errno;
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use wasmtime::{AsContextMut, Engine, Store, UpdateDeadline};

/// What to call, where.
pub struct Invocation {
    /// The call's id, under which its changes are staged.
    pub id: CallId,
    /// The tool.
    pub tool: Tool,
    /// Its arguments, from [`Tool::parse_arguments`].
    pub arguments: Value,
    /// The coworkspace that it sees.
    pub folder: Arc<Folder>,
    /// The task that it belongs to, if any.
    pub task: Option<Arc<TaskContext>>,
    /// What it may do.
    pub powers: Effective,
    /// What an earlier run of the same call read from the clock, since 1970.
    pub clock: Vec<Duration>,
    /// Who decides about requests that change something. None: none of them is sent.
    pub outbound: Option<Arc<dyn Outbound>>,
    /// What the coworkspace remembers. None: there is nobody who could say whose memories are meant.
    pub memories: Option<Arc<dyn Memories>>,
    /// Who is told how far it is. None: nobody.
    pub progress: Option<Arc<dyn Progress>>,
    /// Ends the call when it is cancelled: a guest that computes within some 10 ms, one that waits at once.
    pub stop: CancellationToken,
    /// Nothing leaves this machine: requests are answered by what would become of them.
    pub dry: bool,
}

/// A call that has ended.
#[derive(Debug)]
pub struct Ended {
    /// What it gave.
    pub result: Result<Finished, CallError>,
    /// What it used.
    pub usage: Usage,
    /// Files that it opened for reading, also if it gave nothing else.
    pub reads: Vec<ReadFile>,
}

/// A call that succeeded. Nobody sees what it did yet: that is to be committed, or dropped.
#[derive(Debug)]
pub struct Finished {
    /// What the tool gave back.
    pub output: Output,
    /// What it did through the host's interfaces, to be done when the result becomes final.
    pub effects: Vec<HostEffect>,
    /// What it did to files.
    pub changes: Changes,
}

impl Sandbox {
    /// Runs a tool to its end. What it did to files is staged, seen by nobody and on an error gone. Dropping the future
    /// does not stop the guest, which ends at its time limit at the latest.
    pub async fn call(&self, invocation: Invocation) -> Ended {
        let unused = |error| Ended { result: Err(error), usage: Usage::default(), reads: Vec::new() };
        self.call_counted(invocation).await.unwrap_or_else(unused)
    }

    async fn call_counted(&self, invocation: Invocation) -> Result<Ended, CallError> {
        let Invocation {
            id,
            tool,
            arguments,
            folder,
            task,
            powers,
            clock,
            outbound,
            memories,
            progress,
            stop,
            dry,
        } = invocation;
        let limits = Arc::new(self.limits.of(&powers, &self.most));
        let slot = self.slots.take(limits.memory).await?;
        let counted = self.quotas.begin(&tool.plugin.name, &limits, Instant::now())?;
        let name = tool.definition().name.clone();
        let writes = !tool.definition().read_only;
        let scope = Scope::new(powers.clone());
        let view = Staged::new(&folder, id, writes, scope, limits.staged).map_err(host)?;
        let plugin = Arc::clone(&tool.plugin);
        let pre = plugin.pre(self).await.map_err(host)?.clone();
        let readings = Readings::after(clock);
        let parts = Parts::of(self, id, &pre, &readings);
        let outbound = outbound.unwrap_or_else(|| Arc::new(Nobody));
        let gate =
            Gate::new(&plugin.name, powers.clone(), &self.client, outbound, &limits, readings.clone(), dry);
        let own = Own { plugin, powers, gate: Arc::new(gate), readings, random: self.random(id) };
        let context = CallContext::new(&limits, &self.memory, Some(view), task, Some(own));
        let context = Box::new(context.stopped_by(stop).with_memories(memories).with_parts(parts, progress));
        let run: Guest<_> = Box::new(move |store| {
            Box::pin(async move {
                let instance = pre.instantiate_async(store.as_context_mut()).await?;
                let guest = instance.cowork_tool_tools();
                guest.call_call(store.as_context_mut(), &name, &arguments.to_string()).await
            })
        });
        let end = move |result, context: CallContext| {
            // It counts as long as its guest runs, whoever waits for it.
            let _counted = (slot, counted);
            let (usage, reads) = (context.usage(), context.reads());
            let stopped = context.stopped_at_gate();
            let mut result = finish(result, context);
            // A tool may have its own words for a request that was refused, and even call it a success.
            match (stopped, &result) {
                (Some(asks @ CallError::Asks(_)), _) => result = Err(asks),
                (
                    Some(stopped),
                    Err(CallError::Failed(_) | CallError::Denied(_) | CallError::Trapped { .. }),
                ) => {
                    result = Err(stopped);
                }
                _ => {}
            }
            if result.is_err()
                && let Err(error) = drop_staged(&folder, id)
            {
                result = Err(host(error));
            }
            Ended { result, usage, reads }
        };
        self.runner().run(context, run, end).await
    }

    fn random(&self, call: CallId) -> rand::rngs::StdRng {
        random(self.cache.key(), &call.to_string())
    }

    pub(crate) fn runner(&self) -> Runner {
        Runner { engine: self.engine.clone(), threads: self.threads.clone() }
    }
}

/// What runs guests.
#[derive(Clone)]
pub(crate) struct Runner {
    engine: Engine,
    threads: Threads,
}

impl Runner {
    /// Runs a guest, and on the thread of its last step what follows its end. The error is the host's.
    pub(crate) async fn run<T, R, E>(
        &self,
        context: Box<CallContext>,
        guest: Guest<T>,
        end: E,
    ) -> Result<R, CallError>
    where
        T: Send + 'static,
        R: Send + 'static,
        E: FnOnce(Result<T, CallError>, CallContext) -> R + Send + 'static,
    {
        let (engine, threads, stopwatch) = (self.engine.clone(), self.threads.clone(), context.stopwatch());
        // On the heap at once: whoever waits for it holds no copy of it.
        let call = Box::pin(async move {
            let mut store = Store::new(&engine, *context);
            store.limiter(|context| &mut context.space);
            store.set_hostcall_fuel(TRANSFER);
            interrupt_at_ticks(&mut store, threads);
            // The epoch stops a guest that computes, this one that waits.
            let time = store.data().limits.wall_time;
            let stop = store.data().stop.clone();
            let result = stop.run_until_cancelled_owned(tokio::time::timeout(time, guest(&mut store))).await;
            // With the store go the guest's handles: what it wrote is complete.
            let mut context = store.into_data();
            context.stop();
            let result = match result {
                Some(Ok(result)) => result,
                Some(Err(elapsed)) => Err(elapsed.into()),
                None => Err(wasmtime::format_err!("the call was stopped")),
            };
            let result = match (result, context.used_too_much()) {
                (Ok(_), Some(error)) => Err(error),
                (result, _) => {
                    result.map_err(|error| context.ended_by.take().unwrap_or_else(|| context.explain(error)))
                }
            };
            end(result, context)
        });
        self.threads.run(call, stopwatch).await.map_err(host)
    }
}

/// What runs in a store made for it.
pub(crate) type Guest<T> = Box<
    dyn for<'a> FnOnce(
            &'a mut Store<CallContext>,
        ) -> Pin<Box<dyn Future<Output = wasmtime::Result<T>> + Send + 'a>>
        + Send,
>;

/// Asks a component for its tools, without a coworkspace.
pub(crate) async fn list_tools(
    sandbox: &Sandbox,
    pre: &EverythingPre<CallContext>,
) -> Result<Vec<tools::Definition>, CallError> {
    let pre = pre.clone();
    let list: Guest<_> = Box::new(move |store| {
        Box::pin(async move {
            let instance = pre.instantiate_async(store.as_context_mut()).await?;
            instance.cowork_tool_tools().call_list_tools(store.as_context_mut()).await
        })
    });
    let context = Box::new(CallContext::new(&sandbox.limits, &sandbox.memory, None, None, None));
    sandbox.runner().run(context, list, |tools, _| tools).await?
}

/// What a call that returned gave and did.
fn finish(
    result: Result<Result<tools::Output, tools::Error>, CallError>,
    context: CallContext,
) -> Result<Finished, CallError> {
    let limits = Arc::clone(&context.limits);
    let plugin = context.plugin_name();
    let (effects, view) = context.into_parts();
    let view = view.ok_or_else(|| host("a call without a coworkspace"))?;
    let staged = view.staged_bytes();
    let output = match result.and_then(|result| convert(result, limits.result)) {
        Err(CallError::Failed(_) | CallError::Trapped { .. }) if staged > limits.staged => {
            return Err(CallError::StagedTooMuch { limit: limits.staged });
        }
        output => output.map_err(|error| with_refusals(error, &plugin, &view))?,
    };
    match view.finish() {
        Ok(changes) => Ok(Finished { output, effects, changes }),
        Err(Errno::STALE) => Err(CallError::Conflict),
        Err(Errno::NAMETOOLONG) => {
            Err(CallError::Failed("it made a path that is longer than file systems take".to_owned()))
        }
        Err(error) => Err(host(error)),
    }
}

/// A tool that was refused something says so in its own words; which power is missing is said here.
fn with_refusals(error: CallError, plugin: &str, view: &Staged) -> CallError {
    let refused = view.refused();
    match error {
        CallError::Failed(text) | CallError::Denied(text) if !refused.is_empty() => {
            CallError::Denied(format!("{text}. {}", refusal::explain(plugin, &refused)))
        }
        error => error,
    }
}

fn interrupt_at_ticks(store: &mut Store<CallContext>, threads: Threads) {
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |context| {
        if context.data().is_out_of_time() {
            return Err(wasmtime::format_err!("the time limit is reached"));
        }
        if context.data().stop.is_cancelled() {
            return Err(wasmtime::format_err!("the call was stopped"));
        }
        // A guest that computes for long lets those go first that wait for a thread, and leaves the runtime's.
        let yields = threads.are_wanted() || begins_here();
        Ok(if yields { UpdateDeadline::Yield(1) } else { UpdateDeadline::Continue(1) })
    });
}

fn convert(result: Result<tools::Output, tools::Error>, limit: usize) -> Result<Output, CallError> {
    let output = result.map_err(|error| match error {
        tools::Error::InvalidArguments(text) => CallError::InvalidArguments(text),
        tools::Error::Denied(text) => CallError::Denied(text),
        tools::Error::Failed(text) => CallError::Failed(text),
    })?;
    let structured = output.structured.as_ref().map_or(0, String::len);
    let size = structured + output.content.iter().map(size_of).sum::<usize>();
    if size > limit {
        return Err(CallError::ResultTooLarge { size, limit });
    }
    let structured = output
        .structured
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(CallError::BrokenResult)?;
    Ok(Output { content: output.content.into_iter().map(content).collect(), structured })
}

fn size_of(part: &tools::Content) -> usize {
    match part {
        tools::Content::Text(text) => text.len(),
        tools::Content::Image(image) => image.data.len(),
        tools::Content::File(file) => file.path.len(),
    }
}

fn content(part: tools::Content) -> Content {
    match part {
        tools::Content::Text(text) => Content::Text { text },
        tools::Content::Image(image) => Content::Image { media_type: image.media_type, data: image.data },
        tools::Content::File(file) => Content::File { path: file.path, media_type: file.media_type },
    }
}

fn host(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CallError {
    CallError::Host(error.into())
}

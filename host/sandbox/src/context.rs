//! Everything that belongs to one call: the data of its store.

use crate::fs::FilesystemView;
use crate::limits::{Limits, MemoryLimiter};
use crate::{CallError, TaskContext};
use cowork_coworkspaces::Staged;
use cowork_domain::call::HostEffect;
use std::sync::Arc;
use std::time::Instant;
use wasmtime::component::{ResourceTable, ResourceTableError};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// What passes between guest and host in one function call, in bytes.
pub(crate) const TRANSFER: usize = 128 << 20;
/// How wasmtime words the error of a guest that passes more; there is no type for it.
const OUT_OF_FUEL: &str = "fuel allocated for hostcalls";

pub(crate) struct CallContext {
    table: ResourceTable,
    wasi: WasiCtx,
    printed: MemoryOutputPipe,
    pub(crate) memory: MemoryLimiter,
    /// None while tools are listed: then there is no coworkspace.
    pub(crate) view: Option<Staged>,
    pub(crate) task: Option<Arc<TaskContext>>,
    pub(crate) effects: Vec<HostEffect>,
    /// Bytes of text in them.
    pub(crate) effects_text: usize,
    pub(crate) too_many_effects: bool,
    pub(crate) limits: Arc<Limits>,
    pub(crate) deadline: Instant,
}

impl CallContext {
    pub(crate) fn new(limits: &Arc<Limits>, view: Option<Staged>, task: Option<Arc<TaskContext>>) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let printed = MemoryOutputPipe::new(limits.printed);
        // An empty environment, no arguments, no preopens, no sockets: the builder's defaults, and nothing added.
        let wasi = WasiCtxBuilder::new().stdout(printed.clone()).stderr(printed.clone()).build();
        let memory = MemoryLimiter::new(limits.memory);
        let limits = Arc::clone(limits);
        let deadline = Instant::now();
        Self {
            table,
            wasi,
            printed,
            memory,
            view,
            task,
            effects: Vec::new(),
            effects_text: 0,
            too_many_effects: false,
            limits,
            deadline,
        }
    }

    /// The call begins now: the time that it waited for a place is not its own.
    pub(crate) fn begin(&mut self) {
        self.deadline = Instant::now() + self.limits.wall_time;
    }

    /// The file system as the generated functions want it.
    pub(crate) fn files(&mut self) -> FilesystemView<'_> {
        FilesystemView { view: self.view.as_mut(), table: &mut self.table }
    }

    /// What is left when the guest has ended: what it did through the host's interfaces, and to files.
    pub(crate) fn into_parts(self) -> (Vec<HostEffect>, Option<Staged>) {
        // The guest's handles go first: a file that it removed is gone with the last of them.
        drop(self.table);
        (self.effects, self.view)
    }

    /// What a trap means, from the limits that were reached.
    pub(crate) fn explain(&self, source: wasmtime::Error) -> CallError {
        let limits = &self.limits;
        let printed = self.printed.contents();
        if source.chain().any(|cause| cause.to_string().contains(OUT_OF_FUEL)) {
            CallError::TooMuchData { limit: TRANSFER }
        } else if Instant::now() >= self.deadline {
            CallError::TimedOut { limit: limits.wall_time }
        } else if self.too_many_effects {
            CallError::TooManyEffects { limit: limits.effects, text: limits.effects_text }
        } else if self.memory.exceeded {
            CallError::OutOfMemory { limit: limits.memory }
        } else if let Some(error) = self.printed_too_much() {
            error
        } else if matches!(source.downcast_ref(), Some(ResourceTableError::Full)) {
            CallError::TooManyHandles { limit: limits.handles }
        } else if source.is::<I32Exit>() {
            CallError::Exited { printed: last_line(&printed), source }
        } else {
            CallError::Trapped { printed: last_line(&printed), source }
        }
    }
}

impl CallContext {
    /// The error of a call that printed up to its limit, however it ended: from there on its output was refused.
    pub(crate) fn printed_too_much(&self) -> Option<CallError> {
        let limit = self.limits.printed;
        (self.printed.contents().len() >= limit).then_some(CallError::PrintedTooMuch { limit })
    }
}

impl WasiView for CallContext {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// The line that says most about a crash: a panic's message, else the last one.
fn last_line(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("note: "));
    lines().next_back().unwrap_or_default().chars().take(300).collect()
}

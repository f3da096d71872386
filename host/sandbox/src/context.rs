//! Everything that belongs to one call: the data of its store.

use crate::fs::FilesystemView;
use crate::http::{Gate, Http, Stopped};
use crate::inputs::Readings;
use crate::limits::Limits;
use crate::memory::HostMemory;
use crate::meter::{Space, Stopwatch};
use crate::plugin::Plugin;
use crate::{CallError, Memories, TaskContext, refusal};
use cowork_coworkspaces::Staged;
use cowork_coworkspaces::staged::ReadFile;
use cowork_domain::call::{HostEffect, Usage};
use cowork_domain::capability::Effective;
use rand::RngExt as _;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{ResourceTable, ResourceTableError};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

/// What passes between guest and host in one function call, in bytes.
pub(crate) const TRANSFER: usize = 128 << 20;
/// How wasmtime words the error of a guest that passes more; there is no type for it.
const OUT_OF_FUEL: &str = "fuel allocated for hostcalls";

pub(crate) struct CallContext {
    table: ResourceTable,
    wasi: WasiCtx,
    printed: MemoryOutputPipe,
    pub(crate) space: Space,
    /// None while tools are listed: then there is no coworkspace.
    pub(crate) view: Option<Staged>,
    pub(crate) task: Option<Arc<TaskContext>>,
    /// What the coworkspace remembers. None: the call belongs to no task.
    pub(crate) memories: Option<Arc<dyn Memories>>,
    /// Memories that the call was given.
    pub(crate) recalled: u64,
    pub(crate) effects: Vec<HostEffect>,
    /// How many there are, with those that the host staged as files.
    pub(crate) effects_count: usize,
    /// Bytes of text in them.
    pub(crate) effects_text: usize,
    pub(crate) too_many_effects: bool,
    pub(crate) limits: Arc<Limits>,
    /// None while tools are listed: then there are no powers.
    powers: Option<(Arc<Plugin>, Effective)>,
    http: Http,
    /// A power that the call used and did not have, which ended it.
    denied: Option<String>,
    stopwatch: Arc<Stopwatch>,
    usage: Usage,
    pub(crate) stop: CancellationToken,
}

/// What a call has of its own; while tools are listed there is nothing of it.
pub(crate) struct Own {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) powers: Effective,
    pub(crate) gate: Arc<Gate>,
    pub(crate) readings: Readings,
    pub(crate) random: StdRng,
}

impl CallContext {
    pub(crate) fn new(
        limits: &Arc<Limits>,
        host_memory: &Arc<HostMemory>,
        view: Option<Staged>,
        task: Option<Arc<TaskContext>>,
        own: Option<Own>,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let printed = MemoryOutputPipe::new(limits.printed);
        // No arguments, no preopens, no sockets: the builder's defaults. The environment has what an administrator chose.
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(printed.clone()).stderr(printed.clone());
        let (mut powers, mut gate) = (None, None);
        if let Some(own) = own {
            for (name, value) in own.powers.settings() {
                wasi.env(name, value);
            }
            let mut random = own.random;
            // Languages seed their hash tables with these: a later run must order them alike.
            wasi.insecure_random_seed(random.random()).insecure_random(StdRng::from_rng(&mut random));
            wasi.wall_clock(own.readings.clone()).monotonic_clock(own.readings).secure_random(random);
            powers = Some((own.plugin, own.powers));
            gate = Some(own.gate);
        }
        let wasi = wasi.build();
        let limits = Arc::clone(limits);
        Self {
            table,
            wasi,
            printed,
            space: Space::new(&limits, host_memory),
            view,
            task,
            memories: None,
            recalled: 0,
            effects: Vec::new(),
            effects_count: 0,
            effects_text: 0,
            too_many_effects: false,
            limits,
            powers,
            http: Http::new(gate),
            denied: None,
            stopwatch: Arc::default(),
            usage: Usage::default(),
            stop: CancellationToken::new(),
        }
    }

    pub(crate) fn stopped_by(self, stop: CancellationToken) -> Self {
        Self { stop, ..self }
    }

    pub(crate) fn with_memories(self, memories: Option<Arc<dyn Memories>>) -> Self {
        Self { memories, ..self }
    }

    /// What the call opened for reading.
    pub(crate) fn reads(&self) -> Vec<ReadFile> {
        self.view.as_ref().map(Staged::reads).unwrap_or_default()
    }

    pub(crate) fn stopwatch(&self) -> Arc<Stopwatch> {
        Arc::clone(&self.stopwatch)
    }

    /// The guest has ended, on this thread.
    pub(crate) fn stop(&mut self) {
        self.usage = Usage {
            memory: self.space.most_memory as u64,
            cpu_micros: micros(self.stopwatch.cpu()),
            wall_micros: micros(self.stopwatch.wall()),
            staged: self.view.as_ref().map_or(0, Staged::staged_bytes),
            printed: self.printed.contents().len() as u64,
            files_read: self.reads().len() as u64,
            recalled: self.recalled,
            ..self.traffic()
        };
    }

    /// Whether other hosts have answered it so far.
    pub(crate) fn has_received(&self) -> bool {
        self.traffic().received > 0
    }

    fn traffic(&self) -> Usage {
        let Some(gate) = self.http.gate() else { return Usage::default() };
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let traffic = &gate.traffic;
        let (sent, received) = (count(&traffic.sent), count(&traffic.received));
        Usage { sent, received, requests: count(&traffic.requests), ..Usage::default() }
    }

    /// Why the gate stopped the call, if it did: then nothing that it did counts.
    pub(crate) fn stopped_at_gate(&self) -> Option<CallError> {
        let limit = self.limits.http;
        self.http.gate()?.stopped().map(|stopped| match stopped {
            Stopped::Asks(request) => CallError::Asks(Box::new(request)),
            Stopped::Denied(why) => CallError::Denied(why),
            Stopped::TooMuch => CallError::TooMuchTraffic { limit },
        })
    }

    /// What the call used, once it has stopped.
    pub(crate) fn usage(&self) -> Usage {
        self.usage
    }

    /// How long it may still take.
    pub(crate) fn time_left(&self) -> Duration {
        self.limits.wall_time.saturating_sub(self.stopwatch.wall())
    }

    /// To be called on the thread that runs the call.
    pub(crate) fn is_out_of_time(&self) -> bool {
        self.stopwatch.see();
        self.time_left().is_zero() || self.stopwatch.cpu() >= self.limits.cpu_time
    }

    pub(crate) fn plugin_name(&self) -> String {
        self.powers.as_ref().map(|(plugin, _)| plugin.name.clone()).unwrap_or_default()
    }

    /// Whether an interface of the host is there for this call. A guest that uses another one ends.
    pub(crate) fn may_use(&mut self, interface: &str) -> wasmtime::Result<()> {
        let Some((plugin, powers)) = &self.powers else { wasmtime::bail!("there are no powers yet") };
        let ruling = powers.interface(interface);
        if !ruling.is_denied() {
            return Ok(());
        }
        let grant = format!("cowork grant {} --interface {interface}", plugin.name);
        let refused = refusal::of(&ruling, &plugin.name, &grant);
        self.denied = Some(format!("the interface {interface} is {refused}"));
        wasmtime::bail!("the interface {interface} is not granted")
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
        } else if self.stop.is_cancelled() {
            CallError::Stopped
        } else if let Some(denied) = &self.denied {
            CallError::Denied(denied.clone())
        } else if self.usage.cpu_micros >= micros(limits.cpu_time) {
            CallError::OutOfCpuTime { limit: limits.cpu_time }
        } else if self.time_left().is_zero() {
            CallError::TimedOut { limit: limits.wall_time }
        } else if self.too_many_effects {
            CallError::TooManyEffects { limit: limits.effects, text: limits.effects_text }
        } else if self.space.host_exceeded {
            CallError::HostOutOfMemory { limit: self.space.host_limit() }
        } else if self.space.memory_exceeded {
            CallError::OutOfMemory { limit: limits.memory }
        } else if self.space.tables_exceeded {
            CallError::TablesTooLarge { limit: limits.table_elements }
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
    /// The error of a call that returned and had used more than it may: its output was refused from there on, or the
    /// clock was not looked at in time.
    pub(crate) fn used_too_much(&self) -> Option<CallError> {
        let limit = self.limits.cpu_time;
        let cpu = (self.usage.cpu_micros >= micros(limit)).then_some(CallError::OutOfCpuTime { limit });
        self.printed_too_much().or(cpu)
    }

    fn printed_too_much(&self) -> Option<CallError> {
        let limit = self.limits.printed;
        (self.printed.contents().len() >= limit).then_some(CallError::PrintedTooMuch { limit })
    }
}

impl WasiHttpView for CallContext {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.http.hooks, table: &mut self.table, ctx: &mut self.http.ctx }
    }
}

impl WasiView for CallContext {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The line that says most about a crash: a panic's message, else the last one.
fn last_line(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("note: "));
    lines().next_back().unwrap_or_default().chars().take(300).collect()
}

//! Everything that belongs to one call: the data of its store.

use crate::fs::FilesystemView;
use crate::http::{Gate, Http, Stopped};
use crate::inputs::{Readings, Still};
use crate::limits::Limits;
use crate::memory::HostMemory;
use crate::meter::{Space, Stopwatch};
use crate::parts::Parts;
use crate::plugin::Plugin;
use crate::{CallError, Memories, Progress, TaskContext, refusal};
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
    /// Who is told how far it is. None: nobody.
    pub(crate) progress: Option<Arc<dyn Progress>>,
    /// None: it is a part itself.
    pub(crate) parts: Option<Parts>,
    /// What ended one of its parts, and so the call.
    pub(crate) ended_by: Option<CallError>,
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
        let printed = MemoryOutputPipe::new(limits.printed);
        let (mut wasi, mut powers, mut gate) = (closed(&printed), None, None);
        if let Some(own) = own {
            for (name, value) in own.powers.settings() {
                wasi.env(name, value);
            }
            draw_from(&mut wasi, own.random);
            wasi.wall_clock(own.readings.clone()).monotonic_clock(own.readings);
            powers = Some((own.plugin, own.powers));
            gate = Some(own.gate);
        }
        let nothing = Self::empty(limits, host_memory, printed, wasi.build(), Stopwatch::default());
        Self { view, task, powers, http: Http::new(gate), ..nothing }
    }

    /// For a part of the call, which computes and has nothing else: no files, no task, no way out, and a clock that
    /// stands still. What it uses and prints is the call's.
    pub(crate) fn for_a_part(&self, host_memory: &Arc<HostMemory>, clock: Still, random: StdRng) -> Self {
        let mut wasi = closed(&self.printed);
        draw_from(&mut wasi, random);
        wasi.wall_clock(clock).monotonic_clock(clock);
        let (printed, stopwatch) = (self.printed.clone(), self.stopwatch.of_a_part());
        let nothing = Self::empty(&self.limits, host_memory, printed, wasi.build(), stopwatch);
        Self { powers: self.powers.clone(), ..nothing }
    }

    fn empty(
        limits: &Arc<Limits>,
        host_memory: &Arc<HostMemory>,
        printed: MemoryOutputPipe,
        wasi: WasiCtx,
        stopwatch: Stopwatch,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            table,
            wasi,
            printed,
            space: Space::new(limits, host_memory, &stopwatch.together),
            view: None,
            task: None,
            memories: None,
            recalled: 0,
            effects: Vec::new(),
            effects_count: 0,
            effects_text: 0,
            too_many_effects: false,
            limits: Arc::clone(limits),
            powers: None,
            http: Http::new(None),
            denied: None,
            stopwatch: Arc::new(stopwatch),
            usage: Usage::default(),
            stop: CancellationToken::new(),
            progress: None,
            parts: None,
            ended_by: None,
        }
    }

    /// With what it needs to run parts of itself, and whoever is told how far it is.
    pub(crate) fn with_parts(self, parts: Parts, progress: Option<Arc<dyn Progress>>) -> Self {
        Self { parts: Some(parts), progress, ..self }
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
            memory: self.stopwatch.together.most_memory() as u64,
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

    pub(crate) fn plugin(&self) -> Option<Arc<Plugin>> {
        self.powers.as_ref().map(|(plugin, _)| Arc::clone(plugin))
    }

    pub(crate) fn plugin_name(&self) -> String {
        self.plugin().map(|plugin| plugin.name.clone()).unwrap_or_default()
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

/// An empty environment, no arguments, no preopens, no sockets: the builder's defaults, and nothing added.
fn closed(printed: &MemoryOutputPipe) -> WasiCtxBuilder {
    let mut wasi = WasiCtxBuilder::new();
    wasi.stdout(printed.clone()).stderr(printed.clone());
    wasi
}

/// Languages seed their hash tables with these: a later run must order them alike.
fn draw_from(wasi: &mut WasiCtxBuilder, mut random: StdRng) {
    wasi.insecure_random_seed(random.random()).insecure_random(StdRng::from_rng(&mut random));
    wasi.secure_random(random);
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

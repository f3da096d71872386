//! The one engine of a host, set up so that a fresh instance per call is cheap and every guest can be stopped.

use crate::assets::Assets;
use crate::cache::CompiledCode;
use crate::context::CallContext;
use crate::http::Client;
use crate::limits::Most;
use crate::memory::{self, HostMemory};
use crate::parts::{self, Room};
use crate::quota::Quotas;
use crate::slots::Slots;
use crate::threads::Threads;
use crate::{Limits, LoadError, Package, Plugin, linker};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How often a running guest is looked at: the grain of the time limit.
pub(crate) const TICK: Duration = Duration::from_millis(10);
const WASM_STACK: usize = 1 << 20;
/// What Linux allows where nobody changed it.
const MAPPINGS_BY_DEFAULT: usize = 65_530;
/// Those of a call that waits: its memory, its tables, its stack and their guards.
const MAPPINGS_OF_A_CALL: usize = 5;
/// For everything else in the process.
const SPARE_MAPPINGS: usize = 8_000;
/// Address space ends somewhere too.
const MOST_CALLS: usize = 12_000;

/// What an idle place keeps of its memory, and of its tables, in bytes. At most 100 places are kept warm.
const KEPT: usize = 128 << 10;

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Where compiled code is kept between starts. Only the host may write there.
    pub cache_dir: PathBuf,
    /// Calls that run at once; more wait for a thread.
    pub calls_at_once: usize,
    /// Calls that there may be at all, those included that wait for an answer from elsewhere; more are refused.
    pub calls: usize,
    /// Memory of all calls together, in bytes.
    pub memory: usize,
    /// What each call may use, unless its grant says otherwise.
    pub limits: Limits,
    /// What a grant may raise that to.
    pub most: Most,
}

impl SandboxConfig {
    /// The defaults, with compiled code kept in `cache_dir`.
    pub fn new(cache_dir: PathBuf) -> Self {
        let (limits, most) = (Limits::default(), Most::default());
        Self { cache_dir, calls_at_once: 64, calls: 64, memory: memory::of_the_machine(), limits, most }
    }

    /// For one call after the other.
    pub fn for_one(self) -> Self {
        Self { calls: 4, calls_at_once: 4, ..self }
    }

    /// With room for as many calls that wait as the machine allows. Making the room takes some time.
    pub fn for_many(self) -> Self {
        let calls = mappings().saturating_sub(SPARE_MAPPINGS) / MAPPINGS_OF_A_CALL;
        Self { calls: calls.clamp(self.calls_at_once, MOST_CALLS), ..self }
    }
}

/// Runs tools.
pub struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<CallContext>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) most: Most,
    pub(crate) slots: Slots,
    pub(crate) threads: Threads,
    pub(crate) memory: Arc<HostMemory>,
    pub(crate) quotas: Quotas,
    pub(crate) client: Client,
    pub(crate) cache: Arc<CompiledCode>,
    pub(crate) room: Room,
}

impl Sandbox {
    /// Sets up the engine. Its ticker thread ends when the sandbox is dropped.
    pub fn new(config: SandboxConfig) -> Result<Self, LoadError> {
        let engine = Engine::new(&engine_config(&config)).map_err(LoadError::Engine)?;
        let linker = linker::linker(&engine).map_err(LoadError::Engine)?;
        let cache = Arc::new(CompiledCode::open(&config.cache_dir, &engine)?);
        let threads = Threads::new(config.calls_at_once);
        start_ticker(&engine, threads.clone())?;
        let slots = Slots::new(config.calls, config.calls_at_once, config.limits.memory);
        let memory = HostMemory::new(config.memory);
        let (limits, most, quotas) = (Arc::new(config.limits), config.most, Quotas::default());
        let client = Client::default();
        Ok(Self {
            engine,
            linker,
            limits,
            most,
            slots,
            threads,
            memory,
            quotas,
            client,
            cache,
            room: Room::new(),
        })
    }

    /// Makes a plugin of a component. One that this host sees for the first time is compiled, checked for what it imports
    /// and exports, and asked for its tools; of one that it knows the compiled code is loaded at its first call. `name`
    /// is what errors call it.
    pub async fn load(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Result<Arc<Plugin>, LoadError> {
        self.load_from(name, bytes.into(), None).await
    }

    /// [`Sandbox::load`] from a file, with the assets beside it.
    pub async fn load_file(&self, path: &Path) -> Result<Arc<Plugin>, LoadError> {
        let bytes = std::fs::read(path).map_err(|source| LoadError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        self.load_from(&name, bytes, Some(path)).await
    }

    async fn load_from(
        &self,
        name: &str,
        bytes: Vec<u8>,
        path: Option<&Path>,
    ) -> Result<Arc<Plugin>, LoadError> {
        let wrong = |source| LoadError::Package { name: name.to_owned(), source };
        let package = Package::read(&bytes).map_err(wrong)?;
        let assets = Assets::beside(path, package.manifest.as_ref());
        Plugin::new(self, name, bytes, package, assets).await.map(Arc::new)
    }
}

fn engine_config(sandbox: &SandboxConfig) -> Config {
    // Parts of calls have room of their own.
    let calls = u32::try_from(sandbox.calls + parts::width()).unwrap_or(u32::MAX);
    // A component is made of several modules: its own, the adapter's, the language's.
    let modules = calls.saturating_mul(8);
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(calls)
        .total_core_instances(modules)
        // Few components have more than one memory.
        .total_memories(calls.saturating_add(calls.min(64)))
        .total_tables(modules)
        .total_stacks(calls)
        .max_core_instances_per_component(32)
        .max_memories_per_component(4)
        .max_tables_per_component(32)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        .table_elements(sandbox.limits.table_elements)
        .max_memory_size(sandbox.most.memory.max(sandbox.limits.memory));
    // A place that was used is made clean in place: to give its pages back and to fault them in again takes longer than
    // a short call does.
    pool.linear_memory_keep_resident(KEPT).table_keep_resident(KEPT).pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(2 * WASM_STACK)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Memory mappings that the system gives one process.
fn mappings() -> usize {
    let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok();
    limit.and_then(|text| text.trim().parse().ok()).unwrap_or(MAPPINGS_BY_DEFAULT)
}

/// Counts epochs for as long as the engine lives.
fn start_ticker(engine: &Engine, threads: Threads) -> Result<(), LoadError> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            threads.relieve();
            std::thread::sleep(TICK);
        }
    };
    std::thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(tick)
        .map(drop)
        .map_err(|error| LoadError::Engine(error.into()))
}

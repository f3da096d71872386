//! From options to a running engine: data directory, tools, model.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use cowork_coworkspaces::CoworkspaceManager;
use cowork_domain::{Durability, SystemClock};
use cowork_engine::{Orchestrator, Parts, Secrets, Settings};
use cowork_models::{Model, ModelsConfig, Provider, ProviderConfig};
use cowork_sandbox::{Registry, Sandbox, SandboxConfig};
use cowork_store::Store;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeSet;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Args, Clone)]
pub(crate) struct HostOptions {
    /// Where the database and the coworkspaces are kept.
    #[arg(long, env = "COWORK_DATA_DIR", default_value_os_t = default_data_dir())]
    pub(crate) data_dir: PathBuf,
    #[command(flatten)]
    pub(crate) tools: ToolsOptions,
    /// Against what everything that was committed is safe.
    #[arg(long, env = "COWORK_DURABILITY", value_enum, default_value = "process")]
    durability: DurabilityName,
    /// After how many ends of the host in a row a call is suspected that was at work each time: its task goes on alone then,
    /// and stops if the host ends again. 0: never.
    #[arg(long, env = "COWORK_SUSPECT_AFTER", default_value_t = 3)]
    suspect_after: u32,
    #[command(flatten)]
    model: ModelOptions,
}

#[derive(Args, Clone)]
pub(crate) struct ToolsOptions {
    /// The folder of the tools (*.wasm). Default: `tools` beside the program or one level up.
    #[arg(long, env = "COWORK_TOOLS_DIR")]
    tools_dir: Option<PathBuf>,
    /// Where compiled tools are kept. Default: in the data directory.
    #[arg(long, env = "COWORK_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
    /// Memory of all tools at work together, in MiB. Default: half of the machine's.
    #[arg(long, env = "COWORK_TOOLS_MEMORY", value_name = "MIB")]
    tools_memory: Option<usize>,
}

#[derive(Args, Clone)]
struct ModelOptions {
    /// Which kind of model server to ask.
    #[arg(long, env = "COWORK_PROVIDER", value_enum)]
    provider: Option<ProviderName>,
    /// The model, as the provider names it.
    #[arg(long, env = "COWORK_MODEL", default_value = "")]
    model: String,
    /// Where the provider's API begins, for servers other than its own: http://localhost:11434/v1
    #[arg(long, env = "COWORK_BASE_URL")]
    base_url: Option<String>,
    /// The provider's key. Best given by the environment: arguments are seen by other users.
    #[arg(long, env = "COWORK_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// Tokens that the model takes in one request: older turns of an agent are summed up before there are more. Default: the
    /// smallest in `models.toml`, else 128000.
    #[arg(long, env = "COWORK_CONTEXT_WINDOW", value_name = "TOKENS")]
    context_window: Option<u32>,
    /// A recorded conversation, for the scripted provider.
    #[arg(long, env = "COWORK_SCRIPT")]
    script: Option<PathBuf>,
    /// A file with models that stand in for each other, their limits and prices, and what a task may use. Default:
    /// `models.toml` in the data directory, if it is there.
    #[arg(long, env = "COWORK_MODELS", value_name = "FILE")]
    models: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy)]
enum ProviderName {
    /// OpenAI, Ollama, llama.cpp, vLLM, OpenRouter and others that speak its format.
    Openai,
    /// Anthropic.
    Anthropic,
    /// A recorded conversation that stands where a model would.
    Scripted,
}

#[derive(ValueEnum, Clone, Copy)]
enum DurabilityName {
    /// The end of the host at any instant.
    Process,
    /// The loss of power too. Each commit waits for the disk.
    Power,
}

/// `granted.toml`: components that are given what they ask for when the host first sees them.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Bundled {
    digests: Vec<String>,
}

/// What keeps a host from starting, apart from its rooms' own errors.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    #[error("no model is configured")]
    NoModel,
    #[error("another host uses the data directory {}", .0.display())]
    InUse(PathBuf),
    #[error("there are no tools in {}", .0.display())]
    NoTools(PathBuf),
}

impl SetupError {
    pub(crate) fn hint(&self) -> Option<&str> {
        Some(match self {
            Self::NoModel => {
                "set COWORK_PROVIDER, COWORK_MODEL and COWORK_API_KEY, or write a models.toml; see `cowork serve --help`"
            }
            Self::InUse(_) => "stop it, or give this one a --data-dir of its own",
            Self::NoTools(_) => "build them with `cargo xtask build`, or name their folder with --tools-dir",
        })
    }
}

/// A host at work.
pub(crate) struct Host {
    pub(crate) engine: Orchestrator,
    pub(crate) data_dir: PathBuf,
    /// Held until the process ends, since guests that run may outlast everything else here.
    _lock: ManuallyDrop<File>,
}

impl Host {
    pub(crate) async fn open(options: &HostOptions, model: Arc<dyn Model>) -> anyhow::Result<Self> {
        let data_dir = options.data_dir.clone();
        std::fs::create_dir_all(&data_dir)
            .with_context(|| format!("cannot create {}", data_dir.display()))?;
        let lock = lock(&data_dir)?;
        allow_many_handles();
        let (sandbox, tools) = options.tools.load(&data_dir, SandboxConfig::for_many).await?;
        let durability = options.durability.into();
        let parts = Parts {
            store: Store::open(&data_dir.join("cowork.db"), durability).await?,
            coworkspaces: CoworkspaceManager::new(data_dir.join("coworkspaces"))?.with_durability(durability),
            sandbox: Arc::new(sandbox),
            tools,
            model,
            clock: Arc::new(SystemClock),
            settings: options.settings()?,
            bundled: options.tools.bundled()?,
            secrets: Secrets::in_folder(data_dir.join("secrets")),
        };
        let engine = Orchestrator::open(parts).await?;
        Ok(Self { engine, data_dir, _lock: ManuallyDrop::new(lock) })
    }
}

impl HostOptions {
    /// The model that is configured.
    pub(crate) fn model(&self) -> anyhow::Result<Arc<dyn Model>> {
        self.configured_model()?.ok_or_else(|| SetupError::NoModel.into())
    }

    /// The same, if one is configured. One that is named by options takes the place of the file's.
    pub(crate) fn configured_model(&self) -> anyhow::Result<Option<Arc<dyn Model>>> {
        let options = &self.model;
        let mut models = self.models_file()?.models;
        if let Some(provider) = options.provider {
            models = vec![ProviderConfig {
                base_url: options.base_url.clone(),
                api_key: options.api_key.clone().map(Into::into),
                script: options.script.clone(),
                ..ProviderConfig::new(provider.into(), options.model.clone())
            }];
        }
        if models.is_empty() {
            return Ok(None);
        }
        Ok(Some(cowork_models::connect(&models)?))
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let ModelsConfig { prices, budget, models } = self.models_file()?;
        // Each of them may have to take what was meant for the first.
        let smallest = || models.iter().filter_map(|model| model.context_window).min();
        let window = self.model.context_window.or_else(smallest);
        let default = Settings::default();
        let context_window = window.unwrap_or(default.context_window);
        let suspect_after = self.suspect_after;
        Ok(Settings { prices, budget, context_window, suspect_after, ..default })
    }

    fn models_file(&self) -> anyhow::Result<ModelsConfig> {
        let default = self.data_dir.join("models.toml");
        let path = match &self.model.models {
            Some(path) => path,
            None if default.is_file() => &default,
            None => return Ok(ModelsConfig::default()),
        };
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        ModelsConfig::from_text(&text).with_context(|| format!("{} is wrong", path.display()))
    }
}

impl ToolsOptions {
    /// Loads every tool, compiling those that are new.
    pub(crate) async fn load(
        &self,
        data_dir: &Path,
        size: fn(SandboxConfig) -> SandboxConfig,
    ) -> anyhow::Result<(Sandbox, Registry)> {
        let cache = self.cache_dir.clone().unwrap_or_else(|| data_dir.join("cache"));
        let mut config = SandboxConfig::new(cache);
        if let Some(mib) = self.tools_memory {
            config.memory = mib << 20;
        }
        let sandbox = Sandbox::new(size(config))?;
        let dir = self.dir()?;
        let registry = Registry::load_dir(&sandbox, &dir).await?;
        if registry.tools().next().is_none() {
            return Err(SetupError::NoTools(dir).into());
        }
        Ok((sandbox, registry))
    }

    /// What the distribution grants at a first start: the components that are named in a file beside them.
    fn bundled(&self) -> anyhow::Result<BTreeSet<String>> {
        let path = self.dir()?.join("granted.toml");
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            text => text.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let file: Bundled = toml::from_str(&text).with_context(|| format!("{} is wrong", path.display()))?;
        Ok(file.digests.into_iter().collect())
    }

    fn dir(&self) -> anyhow::Result<PathBuf> {
        if let Some(dir) = &self.tools_dir {
            return Ok(dir.clone());
        }
        let program = std::env::current_exe().context("cannot find this program's own folder")?;
        let beside = program.with_file_name("tools");
        let above = program.parent().and_then(Path::parent).map(|dir| dir.join("tools"));
        let found = [Some(beside.clone()), above].into_iter().flatten().find(|dir| dir.is_dir());
        found.ok_or_else(|| SetupError::NoTools(beside).into())
    }
}

impl From<DurabilityName> for Durability {
    fn from(name: DurabilityName) -> Self {
        match name {
            DurabilityName::Process => Self::Process,
            DurabilityName::Power => Self::Power,
        }
    }
}

impl From<ProviderName> for Provider {
    fn from(name: ProviderName) -> Self {
        match name {
            ProviderName::Openai => Self::OpenAi,
            ProviderName::Anthropic => Self::Anthropic,
            ProviderName::Scripted => Self::Scripted,
        }
    }
}

pub(crate) fn default_data_dir() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
    base.unwrap_or_default().join("cowork")
}

/// Calls that wait for an answer hold a connection each.
fn allow_many_handles() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, "the number of open files stays as it is");
    }
}

/// Two hosts on one data directory would undo each other's calls.
fn lock(data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(SetupError::InUse(data_dir.to_owned()).into()),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

//! Looking into a component, packing and signing it.

use crate::client::ServerOptions;
use crate::render;
use anyhow::Context as _;
use clap::Args;
use cowork_domain::capability::FileAccess;
use cowork_sandbox::Package;
use cowork_sandbox::package::{SigningKey, signed, with_manifest};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Inspect {
    /// The component.
    component: PathBuf,
}

#[derive(Args)]
pub(crate) struct Explain {
    /// The tool.
    tool: String,
    /// A path in the coworkspace, or a URL.
    target: String,
    /// What it would do with the path: read, create, modify, delete.
    #[arg(long, default_value = "read")]
    access: String,
    /// The method of the request to the URL.
    #[arg(long, default_value = "GET")]
    method: String,
    /// In which coworkspace. Nothing is changed there.
    #[arg(long, short = 'C')]
    coworkspace: String,
    #[command(flatten)]
    server: ServerOptions,
}

#[derive(Args)]
pub(crate) struct Pack {
    /// The component. It is changed in place.
    component: PathBuf,
    /// What it asks for.
    #[arg(long, default_value = "manifest.toml")]
    manifest: PathBuf,
}

#[derive(Args)]
pub(crate) struct Sign {
    /// The component. It is changed in place.
    component: PathBuf,
    /// The key, from `cowork tools keygen`.
    #[arg(long)]
    key: PathBuf,
}

#[derive(Args)]
pub(crate) struct Keygen {
    /// Where to put it. Nothing is overwritten.
    key: PathBuf,
}

impl Inspect {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        print!("{}", render::package(&Package::read(&read(&self.component)?)?));
        Ok(ExitCode::SUCCESS)
    }
}

impl Explain {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut query = vec![("coworkspace", self.coworkspace.as_str())];
        if self.target.contains("://") {
            query.extend([("url", self.target.as_str()), ("method", self.method.as_str())]);
        } else {
            let known = FileAccess::ALL.iter().any(|access| access.name() == self.access);
            anyhow::ensure!(known, "{:?} is no access: there are read, create, modify, delete", self.access);
            query.extend([("path", self.target.as_str()), ("access", self.access.as_str())]);
        }
        let said = self.server.client()?.explain(&self.tool, &query).await?;
        let text = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
        println!("{} of the plugin {}: {}", self.tool, text("plugin"), text("words"));
        println!("tried: {}", text("tried"));
        let denied = said["ruling"]["verdict"] == "deny";
        Ok(if denied { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

impl Pack {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let manifest = String::from_utf8(read(&self.manifest)?).context("the manifest is not UTF-8")?;
        replace(&self.component, &with_manifest(&read(&self.component)?, &manifest)?)?;
        println!("{} asks for what {} says", self.component.display(), self.manifest.display());
        Ok(ExitCode::SUCCESS)
    }
}

impl Sign {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let key: [u8; 32] = read(&self.key)?.try_into().ok().context("a key has 32 bytes")?;
        replace(&self.component, &signed(&read(&self.component)?, &SigningKey::from_bytes(&key))?)?;
        println!("{} is signed", self.component.display());
        Ok(ExitCode::SUCCESS)
    }
}

impl Keygen {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let key: [u8; 32] = rand::random();
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.key);
        let file = file.as_mut().map_err(|error| std::io::Error::new(error.kind(), error.to_string()));
        file.and_then(|file| file.write_all(&key))
            .with_context(|| format!("cannot make {}", self.key.display()))?;
        println!("{} is the publisher's secret; keep it", self.key.display());
        Ok(ExitCode::SUCCESS)
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let partial = path.with_extension("wasm.partial");
    let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    written.with_context(|| format!("cannot write {}", path.display()))
}

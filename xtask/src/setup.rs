//! What must be there before anything is built, and how it gets there.

use crate::command::{output, program, run, step, target};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// The target of the components.
pub(crate) const WASM: &str = "wasm32-wasip2";
/// Makes components of Python programs.
const COMPONENTIZE: &str = "componentize-py==0.25.1";
/// Carries a C compiler with what a sandbox has of the C library. The hashes are those for x86-64 and for 64-bit ARM.
const WASM_C: &str = "ziglang==0.15.2 \\
    --hash=sha256:806316453d1ede7174ed3fefb8e5348154629089c3bb5fe812dfd0e172fac130 \\
    --hash=sha256:edc0aa60ec964a4cf462d40f68d7de242ddf37fd9a80f2afaee6397059463230
";

/// A C compiler: the database and cryptography contain C.
pub(crate) fn c_compiler() -> anyhow::Result<()> {
    if output(program("cc").arg("--version")).is_none() {
        bail!("a C compiler is missing; on Debian: apt-get install gcc libc6-dev");
    }
    Ok(())
}

/// The standard library for components, by rustup.
pub(crate) fn wasm_target() -> anyhow::Result<()> {
    if has_std() {
        return Ok(());
    }
    step(&format!("adding the target {WASM}"));
    let added = run(program("rustup").args(["target", "add", WASM]));
    if !has_std() {
        let why = added.err().map(|error| format!(" ({error:#})")).unwrap_or_default();
        bail!(
            "Rust's library for {WASM} is missing and rustup did not add it{why}; install rustup, then: rustup target add {WASM}"
        );
    }
    Ok(())
}

fn has_std() -> bool {
    let Some(dir) = output(program("rustc").args(["--print", "target-libdir", "--target", WASM])) else {
        return false;
    };
    let Ok(entries) = std::fs::read_dir(dir.trim()) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// The C compiler for components, from the package registry: the database in `data-query` is C. `xtask/wasm/cc` runs it.
pub(crate) fn wasm_c_compiler() -> anyhow::Result<()> {
    let venv = target().join("wasm-cc");
    let stamp = venv.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == WASM_C) {
        return Ok(());
    }
    step("installing the C compiler for components");
    make_venv(&venv)?;
    let requirements = venv.join("requirements.txt");
    std::fs::write(&requirements, WASM_C)?;
    let mut install = program(venv.join("bin/pip"));
    install.args([
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--requirement",
    ]);
    run(install.arg(&requirements))
        .context("ziglang is not to be had; is the Python package registry reachable?")?;
    Ok(std::fs::write(&stamp, WASM_C)?)
}

/// `componentize-py` in an environment of its own, from the package registry.
pub(crate) fn componentize_py() -> anyhow::Result<PathBuf> {
    let venv = target().join("python");
    let program_path = venv.join("bin/componentize-py");
    let stamp = venv.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == COMPONENTIZE)
        && program_path.exists()
    {
        return Ok(program_path);
    }
    step(&format!("installing {COMPONENTIZE}"));
    make_venv(&venv)?;
    run(program(venv.join("bin/pip")).args(["install", "--quiet", COMPONENTIZE])).with_context(|| {
        format!("{COMPONENTIZE} is not to be had; is the Python package registry reachable?")
    })?;
    std::fs::write(&stamp, COMPONENTIZE)?;
    Ok(program_path)
}

/// `pip` in that environment.
pub(crate) fn pip() -> anyhow::Result<PathBuf> {
    let venv = target().join("python");
    let pip = venv.join("bin/pip");
    if !pip.exists() {
        make_venv(&venv)?;
    }
    Ok(pip)
}

fn make_venv(venv: &Path) -> anyhow::Result<()> {
    run(program("python3").args(["-m", "venv"]).arg(venv))
        .context("Python 3 with venv is missing; on Debian: apt-get install python3 python3-venv")
}

//! The host, the tools and the test guests.

use crate::command::{cargo, program, root, run, step, target};
use crate::{models, setup};
use anyhow::Context as _;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_encoder::{ComponentSection as _, CustomSection};

/// The host's program.
pub(crate) fn cowork() -> PathBuf {
    target().join("debug/cowork")
}

/// Builds the host, always with the same selection of packages, so that nothing is built twice.
pub(crate) fn host() -> anyhow::Result<()> {
    setup::c_compiler()?;
    step("building the host (the first time takes some minutes)");
    run(cargo().args(["build", "--locked"]))
}

/// Builds every crate in `tools/` as a component, into `target/tools/`.
pub(crate) fn tools() -> anyhow::Result<()> {
    setup::c_compiler()?;
    setup::wasm_target()?;
    setup::wasm_c_compiler()?;
    step("building the tools as components");
    let out = target().join("tools");
    let packages = tool_packages()?;
    components(&packages, &out)?;
    remove_others(&packages, &out)?;
    models::of_ocr(&out)?;
    grant_what_they_ask(&out)
}

/// A component whose crate is gone or has another name is no tool any more.
fn remove_others(packages: &[String], out: &Path) -> anyhow::Result<()> {
    let files: Vec<String> = packages.iter().map(|package| file_of(package)).collect();
    for entry in fs::read_dir(out)? {
        let path = entry?.path();
        let is_ours = |name: &str| files.iter().any(|file| file == name);
        if path.extension().is_some_and(|end| end == "wasm")
            && !path.file_name().and_then(|name| name.to_str()).is_some_and(is_ours)
        {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The host gives the tools that it ships with what they ask for, by the digests in this file; but not those that reach
/// other hosts: which ones an administrator says.
fn grant_what_they_ask(out: &Path) -> anyhow::Result<()> {
    let mut digests = String::new();
    for package in tool_packages()? {
        let manifest = fs::read_to_string(root().join("tools").join(&package).join("manifest.toml"));
        if manifest.is_ok_and(|text| text.contains("[[http]]")) {
            continue;
        }
        let bytes = fs::read(out.join(file_of(&package)))?;
        let _ = writeln!(digests, "    \"{}\", # {package}", blake3::hash(&bytes).to_hex());
    }
    let text = format!(
        "# Components that are given what they ask for when a host first sees them.\ndigests = [\n{digests}]\n"
    );
    Ok(fs::write(out.join("granted.toml"), text)?)
}

/// Builds the guests that tests use, in Rust and in Python, into `target/guests/`.
pub(crate) fn guests() -> anyhow::Result<()> {
    setup::wasm_target()?;
    step("building the test guests");
    let out = target().join("guests");
    components(&["filesystem", "network", "probe", "tiny"].map(str::to_owned), &out)?;
    template(&out)?;
    slow_disk(&out)?;
    python_guest(&out)
}

/// The file system in which a test lets guests get stuck.
fn slow_disk(out: &Path) -> anyhow::Result<()> {
    let built = guests_target();
    let mut build = cargo();
    build.args(["build", "--locked", "--quiet", "--package", "slow-disk", "--target-dir"]).arg(&built);
    // It is small and does nothing in a hurry.
    run(build.args(["--config", "profile.dev.package.'*'.opt-level=0"]))?;
    let name = "slow-disk";
    let (from, to) = (built.join("debug").join(name), out.join(name));
    if is_newer(std::slice::from_ref(&from), &to) {
        fs::copy(from, to)?;
    }
    Ok(())
}

/// The crate that plugin authors copy, built as its README says.
fn template(out: &Path) -> anyhow::Result<()> {
    let built = guests_target();
    let mut build = cargo();
    build.args(["build", "--release", "--target", setup::WASM, "--target-dir"]).arg(&built);
    run(build.arg("--manifest-path").arg(root().join("tools-sdk/template/Cargo.toml")))?;
    let manifest = root().join("tools-sdk/template/manifest.toml");
    let greeter = with_manifest(&built.join(setup::WASM).join("release/greeter.wasm"), Some(&manifest))?;
    copy_if_new(&greeter, &out.join("greeter.wasm"))
}

fn components(packages: &[String], out: &Path) -> anyhow::Result<()> {
    // A target folder of its own: this build and the host's never wait for each other or undo each other's work.
    let built = guests_target();
    run(guest_cargo("build").args(selected(packages)))?;
    fs::create_dir_all(out)?;
    for package in packages {
        let name = file_of(package);
        let from = built.join(setup::WASM).join("guest").join(&name);
        let manifest =
            ["tools", "tests/guests"].map(|folder| root().join(folder).join(package).join("manifest.toml"));
        let manifest = manifest.into_iter().find(|path| path.exists());
        copy_if_new(&with_manifest(&from, manifest.as_deref())?, &out.join(&name))?;
    }
    Ok(())
}

fn file_of(package: &str) -> String {
    format!("{}.wasm", package.replace('-', "_"))
}

/// A component's bytes with what it asks for, as `cowork tools pack` adds it.
fn with_manifest(component: &Path, manifest: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    let mut bytes = fs::read(component).with_context(|| format!("{} was not built", component.display()))?;
    if let Some(manifest) = manifest {
        let text = fs::read(manifest)?;
        let section = CustomSection { name: "cowork-manifest".into(), data: text.into() };
        section.append_to_component(&mut bytes);
    }
    Ok(bytes)
}

/// Cargo with the settings that components are built with.
pub(crate) fn guest_cargo(command: &str) -> std::process::Command {
    let mut cargo = cargo();
    cargo
        .args([command, "--locked", "--profile", "guest", "--target", setup::WASM, "--target-dir"])
        .arg(guests_target());
    cargo
}

pub(crate) fn guests_target() -> PathBuf {
    target().join("guests-build")
}

/// The packages in `tools/`.
pub(crate) fn tool_packages() -> anyhow::Result<Vec<String>> {
    folders(&root().join("tools"))
}

/// Arguments that select packages.
pub(crate) fn selected(packages: &[String]) -> impl Iterator<Item = &str> {
    packages.iter().flat_map(|package| ["--package", package])
}

fn python_guest(out: &Path) -> anyhow::Result<()> {
    let source = root().join("tests/guests/python");
    let component = out.join("python.wasm");
    if !is_newer(&[source.join("app.py"), root().join("wit/tool.wit")], &component) {
        return Ok(());
    }
    let componentize = setup::componentize_py()?;
    step("building the Python guest");
    let mut build = program(componentize);
    build.arg("-d").arg(root().join("wit")).args(["-w", "tool", "componentize", "app", "-p"]);
    run(build.arg(source).arg("-o").arg(component))
}

fn is_newer(sources: &[PathBuf], output: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let Some(built) = time(output) else { return true };
    sources.iter().any(|source| time(source).is_none_or(|time| time > built))
}

/// Only what changed, so that compiled code by digest and times stay as they are.
fn copy_if_new(new: &[u8], to: &Path) -> anyhow::Result<()> {
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::write(to, new).with_context(|| format!("cannot write {}", to.display()))
}

fn folders(dir: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").exists() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

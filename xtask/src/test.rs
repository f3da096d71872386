//! Checks, measurements, endurance.

use crate::command::{cargo, run, step, target};
use crate::{build, setup};
use anyhow::anyhow;
use std::thread;

/// Each run tries the same cases.
const SEEDED: [(&str, &str); 1] = [("PROPTEST_RNG_SEED", "2026")];

/// All but those in docstrings, of which there are none: looking for them takes a compiler's run for each crate.
const TESTS: [&str; 5] = ["test", "--locked", "--lib", "--bins", "--tests"];

/// Every check. Components and host are built side by side: each has long stretches of one crate after the other.
pub(crate) fn all() -> anyhow::Result<()> {
    step("checking the format");
    run(cargo().args(["fmt", "--all", "--check"]))?;
    setup::c_compiler()?;
    setup::wasm_target()?;
    let (host, components) = thread::scope(|scope| {
        let components = scope.spawn(components);
        (host(), components.join())
    });
    components.map_err(|_| anyhow!("the build of the components panicked"))??;
    host?;
    step("running the tests");
    run(cargo().args(TESTS).envs(SEEDED))
}

fn components() -> anyhow::Result<()> {
    build::tools()?;
    build::guests()?;
    tools_own_tests(&SEEDED)
}

fn host() -> anyhow::Result<()> {
    build::host()?;
    step("building the tests");
    run(cargo().args(TESTS).arg("--no-run"))
}

/// The full counts of kills and properties, and the documentation.
pub(crate) fn soak() -> anyhow::Result<()> {
    step("checking the documentation");
    run(cargo().args(["doc", "--locked", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "--deny warnings"))?;
    build::tools()?;
    build::guests()?;
    build::host()?;
    step("running the tests with their full counts");
    let full = [("COWORK_SOAK", "1"), ("PROPTEST_CASES", "20000")];
    run(cargo().args(TESTS).envs(full))?;
    tools_own_tests(&full)
}

/// Measures with an optimised build.
pub(crate) fn bench(name: Option<&str>, json: bool) -> anyhow::Result<()> {
    build::tools()?;
    build::guests()?;
    step("building for measuring");
    run(cargo().args(["build", "--locked", "--release"]))?;
    let mut native = cargo();
    native.args([
        "build",
        "--locked",
        "--release",
        "--package",
        "ocr",
        "--example",
        "native",
        "--target-dir",
    ]);
    run(native.arg(build::guests_target()))?;
    step("measuring");
    let mut bench = crate::command::program(target().join("release/cowork-bench"));
    bench.args(name).args(json.then_some("--json"));
    run(bench.env("COWORK_TOOLS_DIR", target().join("tools")))
}

fn tools_own_tests(environment: &[(&str, &str)]) -> anyhow::Result<()> {
    step("running the tools' own tests");
    let mut tests = cargo();
    tests.args(["test", "--locked", "--lib", "--target-dir"]).arg(build::guests_target());
    // They are few and quick; what they are built on is not used for anything else.
    tests.args(["--config", "profile.dev.package.'*'.opt-level=0"]);
    tests.args(build::selected(&build::tool_packages()?)).args(["--package", "cowork-tables"]);
    run(tests.envs(environment.iter().copied()))
}

//! Checks, measurements, endurance.

use crate::build;
use crate::command::{cargo, run, step, target};

/// Every check, the quick ones first.
pub(crate) fn all() -> anyhow::Result<()> {
    step("checking the format");
    run(cargo().args(["fmt", "--all", "--check"]))?;
    build::tools()?;
    build::guests()?;
    build::host()?;
    step("running the tests");
    tests(&[("PROPTEST_RNG_SEED", "2026")])?;
    step("checking the lints");
    run(cargo().args(["clippy", "--locked", "--all-targets", "--quiet", "--", "--deny", "warnings"]))?;
    let mut clippy = build::guest_cargo("clippy");
    run(clippy
        .args(build::selected(&build::tool_packages()?))
        .args(["--quiet", "--", "--deny", "warnings"]))?;
    step("checking the documentation");
    run(cargo().args(["doc", "--locked", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "--deny warnings"))
}

/// The full counts of kills and properties.
pub(crate) fn soak() -> anyhow::Result<()> {
    build::tools()?;
    build::guests()?;
    build::host()?;
    step("running the tests with their full counts");
    tests(&[("COWORK_SOAK", "1"), ("PROPTEST_CASES", "20000")])
}

/// Measures with an optimised build.
pub(crate) fn bench(name: Option<&str>, json: bool) -> anyhow::Result<()> {
    build::tools()?;
    build::guests()?;
    step("building for measuring");
    run(cargo().args(["build", "--locked", "--release"]))?;
    step("measuring");
    let mut bench = crate::command::program(target().join("release/cowork-bench"));
    bench.args(name).args(json.then_some("--json"));
    run(bench.env("COWORK_TOOLS_DIR", target().join("tools")))
}

fn tests(environment: &[(&str, &str)]) -> anyhow::Result<()> {
    let mut tests = cargo();
    tests.args(["test", "--locked"]).envs(environment.iter().copied());
    run(&mut tests)?;
    step("running the tools' own tests");
    let mut tests = cargo();
    tests.args(["test", "--locked", "--lib", "--target-dir"]).arg(build::guests_target());
    // They are few and quick; what they are built on is not used for anything else.
    tests.args(["--config", "profile.dev.package.'*'.opt-level=0"]);
    tests.args(build::selected(&build::tool_packages()?)).args(["--package", "cowork-tables"]);
    run(tests.envs(environment.iter().copied()))
}

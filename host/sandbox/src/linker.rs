//! What a component may import.

use crate::bindings::{agents, assets, catalogue, deliverables, memory, parallel, person, plan, progress};
use crate::context::CallContext;
use crate::fs::Filesystem;
use crate::fs::bindings::{preopens, types};
use crate::host::HostCalls;
use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::p2::bindings::{cli, random, sockets};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};

/// Links each interface by name. `wasi:filesystem` is ours and registered once, at one version, so that no other
/// version leads round it.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallContext>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(&mut linker)?;
    add_rest_of_cli(&mut linker)?;
    add_denying_sockets(&mut linker)?;
    types::add_to_linker::<_, Filesystem>(&mut linker, CallContext::files)?;
    preopens::add_to_linker::<_, Filesystem>(&mut linker, CallContext::files)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    plan::add_to_linker::<_, HostCalls>(&mut linker, |context| context)?;
    deliverables::add_to_linker::<_, HostCalls>(&mut linker, |context| context)?;
    memory::add_to_linker::<_, HostCalls>(&mut linker, |context| context)?;
    person::add_to_linker::<_, HostCalls>(&mut linker, |context| context)?;
    agents::add_to_linker::<_, HostCalls>(&mut linker, |context| context)?;
    assets::add_to_linker::<_, HostCalls>(&mut linker, |context| context)?;
    parallel::add_to_linker::<_, HostCalls>(&mut linker, |context| context)?;
    progress::add_to_linker::<_, HostCalls>(&mut linker, |context| context)?;
    catalogue::add_to_linker::<_, HostCalls>(&mut linker, |context| context)?;
    Ok(linker)
}

/// Languages' standard libraries import these whether a program uses them or not.
fn add_rest_of_cli(linker: &mut Linker<CallContext>) -> wasmtime::Result<()> {
    type Context = CallContext;
    cli::exit::add_to_linker::<Context, WasiCli>(linker, Context::cli)?;
    cli::environment::add_to_linker::<Context, WasiCli>(linker, Context::cli)?;
    cli::terminal_input::add_to_linker::<Context, WasiCli>(linker, Context::cli)?;
    cli::terminal_output::add_to_linker::<Context, WasiCli>(linker, Context::cli)?;
    cli::terminal_stdin::add_to_linker::<Context, WasiCli>(linker, Context::cli)?;
    cli::terminal_stdout::add_to_linker::<Context, WasiCli>(linker, Context::cli)?;
    cli::terminal_stderr::add_to_linker::<Context, WasiCli>(linker, Context::cli)?;
    random::insecure::add_to_linker::<Context, WasiRandom>(linker, Context::random)?;
    random::insecure_seed::add_to_linker::<Context, WasiRandom>(linker, Context::random)
}

/// Sockets exist, so that components which import them load, and every use is refused: the context's default
/// allows no address and no name look-up.
fn add_denying_sockets(linker: &mut Linker<CallContext>) -> wasmtime::Result<()> {
    type Context = CallContext;
    sockets::tcp::add_to_linker::<Context, WasiSockets>(linker, Context::sockets)?;
    sockets::udp::add_to_linker::<Context, WasiSockets>(linker, Context::sockets)?;
    sockets::tcp_create_socket::add_to_linker::<Context, WasiSockets>(linker, Context::sockets)?;
    sockets::udp_create_socket::add_to_linker::<Context, WasiSockets>(linker, Context::sockets)?;
    sockets::instance_network::add_to_linker::<Context, WasiSockets>(linker, Context::sockets)?;
    let options = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<Context, WasiSockets>(linker, &options, Context::sockets)?;
    sockets::ip_name_lookup::add_to_linker::<Context, WasiSockets>(linker, Context::sockets)
}

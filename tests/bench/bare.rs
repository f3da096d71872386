//! The limit: the same guest in a bare wasmtime loop, with wasmtime-wasi's own file system and nothing around it.

use cowork_tests::components::{component, guests_dir};
use std::path::Path;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable, Val};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

pub(crate) struct Bare {
    engine: Engine,
    guest: InstancePre<State>,
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// The host's own interfaces, which no measured call uses.
fn without_host(engine: &Engine, component: &Component, linker: &mut Linker<State>) {
    for (name, item) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(interface) = item.ty else { continue };
        if !name.starts_with("cowork:host/") {
            continue;
        }
        let mut instance = linker.instance(name).expect("an interface");
        for (function, item) in interface.exports(engine) {
            if let ComponentItem::ComponentFunc(_) = item.ty {
                let absent = |_: wasmtime::StoreContextMut<'_, State>,
                              _: ComponentFunc,
                              _: &[Val],
                              _: &mut [Val]| { wasmtime::bail!("not measured") };
                instance.func_new(function, absent).expect("a function");
            }
        }
    }
}

fn config(places: usize) -> Config {
    let places = u32::try_from(places).expect("not so many");
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(places).max_memory_size(512 << 20).max_component_instance_size(4 << 20);
    pool.max_core_instances_per_component(32).max_tables_per_component(32).max_memories_per_component(4);
    pool.total_core_instances(places * 16).total_memories(places * 2).total_tables(places * 16);
    pool.table_elements(100_000);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

impl Bare {
    /// The test guest `probe`, for calls one after the other.
    pub(crate) fn new() -> Self {
        Self::with_places(16)
    }

    /// Any component, for calls one after the other.
    pub(crate) fn of(folder: &Path, name: &str) -> Self {
        Self::load(&component(folder, name), 16)
    }

    /// The same for so many calls at once.
    pub(crate) fn with_places(places: usize) -> Self {
        Self::load(&component(&guests_dir(), "probe"), places)
    }

    fn load(component: &Path, places: usize) -> Self {
        let engine = Engine::new(&config(places)).expect("an engine");
        let component = Component::from_file(&engine, component).expect("a component");
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("WASI");
        without_host(&engine, &component, &mut linker);
        let guest = linker.instantiate_pre(&component).expect("nothing is missing");
        Self { engine, guest }
    }

    /// One call in a fresh instance.
    pub(crate) async fn call(&self, folder: &Path, tool: &str, arguments: &str) {
        let wasi = WasiCtxBuilder::new()
            .preopened_dir(folder, "/", FsPerms::ReadWrite)
            .expect("a folder")
            .allow_blocking_current_thread(true)
            .build();
        let mut store = Store::new(&self.engine, State { table: ResourceTable::new(), wasi });
        let instance = self.guest.instantiate_async(&mut store).await.expect("an instance");
        let tools = instance.get_export_index(&mut store, None, "cowork:tool/tools@0.1.0").expect("tools");
        let call = instance.get_export_index(&mut store, Some(&tools), "call").expect("call");
        let call = instance.get_func(&mut store, call).expect("a function");
        let mut results = [Val::Bool(false)];
        let arguments = [Val::String(tool.to_owned()), Val::String(arguments.to_owned())];
        call.call_async(&mut store, &arguments, &mut results).await.expect("the guest returns");
        assert!(matches!(&results[0], Val::Result(Ok(_))), "{results:?}");
    }
}

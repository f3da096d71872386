//! The same guest on a plain folder, under wasmtime-wasi's own file system.

use cowork_tests::components::{component, guests_dir};
use std::path::Path;
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable, Val};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

pub struct Plain {
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

impl Plain {
    pub fn new() -> Self {
        let engine = Engine::default();
        let component =
            Component::from_file(&engine, component(&guests_dir(), "filesystem")).expect("a component");
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("WASI");
        let guest = linker.instantiate_pre(&component).expect("nothing else is imported");
        Self { engine, guest }
    }

    /// What the guest's tool `run` returns.
    pub async fn run(&self, folder: &Path, arguments: &str) -> String {
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
        let arguments = [Val::String("run".to_owned()), Val::String(arguments.to_owned())];
        call.call_async(&mut store, &arguments, &mut results).await.expect("the guest returns");
        text(&results[0]).unwrap_or_else(|| panic!("no text in {results:?}"))
    }
}

/// The text of the only content part of a success.
fn text(result: &Val) -> Option<String> {
    let Val::Result(Ok(Some(output))) = result else { return None };
    let Val::Record(fields) = &**output else { return None };
    let (_, Val::List(content)) = fields.iter().find(|(name, _)| name == "content")? else { return None };
    match content.first()? {
        Val::Variant(kind, Some(text)) if kind == "text" => match &**text {
            Val::String(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

//! Generated from `wit/tool.wit` and `wit/deps/cowork-host/`.
#![allow(missing_docs, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "cowork:tool/everything",
    imports: {
        "cowork:host/assets.read": async | trappable,
        "cowork:host/assets.size": async | trappable,
        "cowork:host/memory.retrieve": async | trappable,
        "cowork:host/parallel.run": async | trappable,
        "cowork:host/progress.report": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    require_store_data_send: true,
});

pub(crate) use cowork::host::tools as catalogue;
pub(crate) use cowork::host::{agents, assets, deliverables, memory, parallel, person, plan, progress};
pub(crate) use exports::cowork::tool::tools;

//! Generated from `wit/tool.wit` and `wit/deps/cowork-host/`.
#![allow(missing_docs, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "cowork:tool/everything",
    imports: {
        "cowork:host/memory.retrieve": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    require_store_data_send: true,
});

pub(crate) use cowork::host::{agents, deliverables, memory, person, plan, tools as catalogue};
pub(crate) use exports::cowork::tool::tools;

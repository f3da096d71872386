//! Generated from `wit/deps/filesystem.wit` (WASI 0.2.12), over our own descriptor.
#![allow(missing_docs, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "wasi:filesystem/imports@0.2.12",
    imports: {
        "wasi:filesystem/preopens.get-directories": async | trappable,
        default: trappable,
    },
    trappable_error_type: { "wasi:filesystem/types.error-code" => super::FsError },
    with: {
        "wasi:io": wasmtime_wasi::p2::bindings::io,
        "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
        "wasi:filesystem/types.descriptor": super::Node,
        "wasi:filesystem/types.directory-entry-stream": super::Directory,
    },
    require_store_data_send: true,
});

pub(crate) use wasi::filesystem::{preopens, types};

//! A guest without a standard library: what a call of it costs is what the host takes.

#![no_std]

extern crate alloc;

mod fetch;

#[allow(missing_docs, unsafe_code, clippy::all, reason = "generated: the calls over the component boundary")]
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package guest:tiny;
            world tiny {
                include cowork:tool/tool@0.1.0;
                import wasi:http/outgoing-handler@0.2.12;
            }
        ",
        path: "../../../wit",
        generate_all,
    });

    export!(Tiny with_types_in self);

    use crate::Tiny;
    use core::alloc::Layout;

    // For `memcmp`, which the compiler takes for granted.
    #[link(name = "c")]
    unsafe extern "C" {}

    /// What the host calls for memory of its own; a standard library has one.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn cabi_realloc(old: *mut u8, old_len: usize, align: usize, len: usize) -> *mut u8 {
        match (old_len, len) {
            (0, 0) => core::ptr::without_provenance_mut(align),
            (0, _) => unsafe { alloc::alloc::alloc(Layout::from_size_align_unchecked(len, align)) },
            _ => unsafe {
                alloc::alloc::realloc(old, Layout::from_size_align_unchecked(old_len, align), len)
            },
        }
    }
}

use alloc::string::{String, ToString as _};
use alloc::{format, vec, vec::Vec};
use bindings::exports::cowork::tool::tools::{Annotations, Content, Definition, Error, Guest, Output};

/// Memory that it has from the beginning: a guest that asks for more makes the host change protections of pages.
#[allow(unsafe_code, reason = "nothing else uses the bytes")]
#[global_allocator]
static MEMORY: talc::wasm::WasmArenaTalc = {
    static mut BYTES: [u8; 64 << 10] = [0; 64 << 10];
    unsafe { talc::wasm::new_wasm_arena_allocator(&raw mut BYTES) }
};

struct Tiny;

impl Guest for Tiny {
    fn list_tools() -> Vec<Definition> {
        let tool = |name: &str, description: &str, argument: &str| Definition {
            name: name.to_string(),
            title: None,
            description: description.to_string(),
            input_schema: format!(r#"{{"type":"object","properties":{{"{argument}":{{"type":"string"}}}}}}"#),
            output_schema: None,
            annotations: Annotations {
                read_only: true,
                destructive: false,
                idempotent: true,
                open_world: true,
            },
        };
        vec![
            tool("greet", "Says a greeting.", "name"),
            tool("fetch", "Asks for a URL, and waits for the answer.", "url"),
        ]
    }

    fn call(name: String, arguments: String) -> Result<Output, Error> {
        // The only string of the object: this guest reads no JSON.
        let value = arguments.rsplit('"').nth(1).unwrap_or_default();
        let said = match name.as_str() {
            "greet" => Ok(format!("Hello, {value}!")),
            _ => fetch::status_of(value),
        };
        let said = said.map_err(|problem| Error::Failed(problem.to_string()))?;
        Ok(Output { content: vec![Content::Text(said)], structured: None })
    }
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

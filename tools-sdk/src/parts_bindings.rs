//! What `wit-bindgen` makes of the export that only plugins with parts have, met through
//! [`export_parts!`](crate::export_parts!).

#![allow(missing_docs, unsafe_code, clippy::all, reason = "generated: the calls over the component boundary")]

wit_bindgen::generate!({
    path: "../wit",
    world: "parts-only",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_component_parts",
});

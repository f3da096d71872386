//! What `wit-bindgen` makes of the WIT. Plugins meet it only through [`export!`](crate::export!).

#![allow(missing_docs, unsafe_code, clippy::all, reason = "generated: the calls over the component boundary")]

wit_bindgen::generate!({
    path: "../wit",
    world: "everything",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_component",
});

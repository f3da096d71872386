//! Reads pictures as this machine's own code, on one thread: what the component is held against.
//!
//! `COWORK_ASSETS_DIR=… native PICTURE…` prints for each a line of JSON: the picture, seconds, text.

use ocr::{Ocr, ocr};
use std::time::Instant;

fn main() {
    for path in std::env::args().skip(1) {
        let started = Instant::now();
        let output = ocr(Ocr { path: path.clone(), pages: None });
        let seconds = started.elapsed().as_secs_f64();
        let text = output.map_or_else(|error| format!("error: {error}"), |output| output.as_text());
        println!("{}", serde_json::json!({ "path": path, "seconds": seconds, "text": text }));
    }
}

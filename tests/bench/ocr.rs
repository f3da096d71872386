//! Pictures read by the component, its parts spread over the processors, beside the same code and models as this machine's
//! own, on one thread. Says of each picture how much of it is read. `COWORK_OCR_PICTURES` names another folder of pictures,
//! `COWORK_RAPIDOCR` a Python that has rapidocr, which then reads them too.

use crate::figure::{Bound, Figure};
use cowork_tests::truth::{Known, errors, fields, known};
use cowork_tests::{Coworkspace, Host, target_dir};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

pub(crate) const TIME: &str = "ocr_page";
pub(crate) const ERRORS: &str = "ocr_errors";
/// What people would call from Python; it prints what the native reader prints.
const RAPIDOCR: &str = "
import json, sys, time
from rapidocr import RapidOCR
threads = {'EngineConfig.onnxruntime.intra_op_num_threads': 1, 'Global.log_level': 'error'}
engine = RapidOCR(params=threads)
for path in sys.argv[1:]:
    started = time.time()
    lines = engine(path).txts or []
    print(json.dumps({'seconds': time.time() - started, 'text': '\\n'.join(lines)}))
";

/// What somebody has read of a picture.
struct Read {
    seconds: f64,
    text: String,
}

/// Seconds of a page.
pub(crate) async fn time() -> Figure {
    let pictures = pictures();
    let ours = ours(&pictures).await;
    let seconds = |reads: &[Read]| reads.iter().map(|read| read.seconds).collect();
    let (reference, bound) = match native(&pictures) {
        Some(reads) => (Some(("native, one thread", seconds(&reads))), Bound::AtMost(2.0)),
        None => (None, Bound::AtMost(f64::INFINITY)),
    };
    Figure { name: TIME, samples: seconds(&ours), unit: "s", reference, bound }
}

/// Letters in a hundred that are wrong.
pub(crate) async fn wrong() -> Figure {
    let pictures = pictures();
    let ours = ours(&pictures).await;
    let peers = rapidocr(&pictures);
    for (at, picture) in pictures.iter().enumerate() {
        let name = picture.picture.file_stem().unwrap_or_default().to_string_lossy();
        let peer = peers.as_ref().map(|peers| format!("; rapidocr {}", row(picture, &peers[at])));
        eprintln!("{name:28} {}{}", row(picture, &ours[at]), peer.unwrap_or_default());
    }
    let percent = |reads: &[Read]| vec![percent(&pictures, reads)];
    let (reference, bound) = match &peers {
        Some(peers) => (Some(("rapidocr", percent(peers))), Bound::AtMost(1.0)),
        None => (None, Bound::AtMost(1.0)),
    };
    Figure { name: ERRORS, samples: percent(&ours), unit: "% of letters", reference, bound }
}

fn row(picture: &Known, read: &Read) -> String {
    let (wrong, all) = errors(&picture.text, &read.text);
    let (found, wanted) = fields(&picture.text, &read.text);
    let percent = 100.0 * wrong as f64 / all as f64;
    format!("{percent:6.2} % wrong, {found:3} of {wanted:3} fields, {:5.2} s", read.seconds)
}

fn percent(pictures: &[Known], reads: &[Read]) -> f64 {
    let counts = pictures.iter().zip(reads).map(|(picture, read)| errors(&picture.text, &read.text));
    let (wrong, all) = counts.fold((0, 0), |sum, (wrong, all)| (sum.0 + wrong, sum.1 + all));
    100.0 * wrong as f64 / all as f64
}

fn pictures() -> Vec<Known> {
    let folder = std::env::var_os("COWORK_OCR_PICTURES");
    known(folder.as_ref().map(Path::new))
}

async fn ours(pictures: &[Known]) -> Vec<Read> {
    let (host, space) = (Host::tools().await, Coworkspace::new());
    let mut reads = Vec::new();
    // The first call loads the component and its assets.
    for (round, picture) in pictures.iter().take(1).chain(pictures).enumerate() {
        let path = format!("files/{round}");
        space.plant(&path, std::fs::read(&picture.picture).expect("a picture"));
        let started = Instant::now();
        let called = host.call(&space, "ocr", &json!({ "path": path })).await.expect("a text");
        let seconds = started.elapsed().as_secs_f64();
        let text = called.json()["pages"][0]["text"].as_str().expect("a text").to_owned();
        reads.push(Read { seconds, text });
    }
    reads.split_off(1)
}

/// The tool's own code without a sandbox, where it was built.
fn native(pictures: &[Known]) -> Option<Vec<Read>> {
    let target = target_dir();
    let program = target.join("guests-build/release/examples/native");
    let mut reader = Command::new(&program);
    reader.env("RTEN_NUM_THREADS", "1").env("COWORK_ASSETS_DIR", target.join("tools/ocr.assets"));
    program.exists().then(|| read_by(&mut reader, pictures))
}

fn rapidocr(pictures: &[Known]) -> Option<Vec<Read>> {
    let python = std::env::var_os("COWORK_RAPIDOCR")?;
    Some(read_by(Command::new(python).args(["-c", RAPIDOCR]).env("OMP_NUM_THREADS", "1"), pictures))
}

fn read_by(reader: &mut Command, pictures: &[Known]) -> Vec<Read> {
    let output = reader.args(pictures.iter().map(|known| &known.picture)).output().expect("a reader");
    let lines = String::from_utf8(output.stdout).expect("JSON");
    let read = |line: &str| {
        let read: Value = serde_json::from_str(line).expect("JSON");
        let text = read["text"].as_str().expect("a text").to_owned();
        Read { seconds: read["seconds"].as_f64().expect("seconds"), text }
    };
    let reads: Vec<Read> = lines.lines().map(read).collect();
    assert_eq!(reads.len(), pictures.len(), "{}", String::from_utf8_lossy(&output.stderr));
    reads
}

use super::*;
use ::image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use cowork_tool::Tool;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Left half red, right half blue.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 200]) })
}

fn plant(folder: &Path, name: &str, picture: impl Into<DynamicImage>) -> PathBuf {
    let path = folder.join(name);
    picture.into().save(&path).unwrap();
    path
}

fn call(arguments: Value) -> Result<Output, Error> {
    Tool::new("image", image).call(&arguments.to_string())
}

/// The picture that an edit writes.
fn edited(folder: &Path, path: &Path, mut arguments: Value) -> DynamicImage {
    let target = folder.join("output/edited.png");
    let _ = std::fs::remove_file(&target);
    arguments["action"] = json!("edit");
    arguments["paths"] = json!([path]);
    arguments["output"] = json!(target);
    call(arguments).unwrap();
    ::image::open(target).unwrap()
}

#[test]
fn every_format_is_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = plant(folder.path(), "a.png", picture(40, 20));
    for ending in ["png", "jpg", "webp", "tiff", "gif", "bmp"] {
        let target = folder.path().join(format!("b.{ending}"));
        call(json!({ "action": "edit", "paths": [path], "output": target })).unwrap();
        let read = ::image::open(&target).unwrap().into_rgb8();
        assert_eq!(read.dimensions(), (40, 20), "{ending}");
        assert!(read.get_pixel(5, 5).0[0] > 180 && read.get_pixel(35, 5).0[2] > 180, "{ending}");
    }
}

#[test]
fn sizes() {
    let folder = tempfile::tempdir().unwrap();
    let path = plant(folder.path(), "a.png", picture(400, 200));
    let size = |arguments: Value| {
        let picture = edited(folder.path(), &path, arguments);
        (picture.width(), picture.height())
    };
    assert_eq!(size(json!({ "width": 100 })), (100, 50));
    assert_eq!(size(json!({ "width": 100, "height": 20 })), (40, 20));
    assert_eq!(size(json!({ "width": 4000 })), (400, 200));
    assert_eq!(size(json!({ "width": 50, "height": 50, "fit": "cover" })), (50, 50));
    assert_eq!(size(json!({ "width": 30, "height": 90, "fit": "stretch" })), (30, 90));
    assert_eq!(size(json!({ "rotate": 90 })), (200, 400));
    assert_eq!(size(json!({ "crop": { "x": 10, "y": 20, "width": 30, "height": 40 } })), (30, 40));
}

#[test]
fn turning_and_mirroring() {
    let folder = tempfile::tempdir().unwrap();
    let path = plant(folder.path(), "a.png", picture(40, 20));
    let at = |arguments: Value, x, y| edited(folder.path(), &path, arguments).into_rgb8().get_pixel(x, y).0;
    assert_eq!(at(json!({ "rotate": 90 }), 10, 5), [200, 0, 0], "what was left is at the top");
    assert_eq!(at(json!({ "rotate": 180 }), 5, 5), [0, 0, 200]);
    assert_eq!(at(json!({ "flip": "horizontal" }), 5, 5), [0, 0, 200]);
}

#[test]
fn a_photograph_is_set_upright() {
    let folder = tempfile::tempdir().unwrap();
    let path = plant(folder.path(), "a.jpg", picture(40, 20));
    let plain = std::fs::read(&path).unwrap();
    // A segment of EXIF with one entry: orientation 6, a quarter to the right.
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let turned = [&plain[..2], b"\xff\xe1", &length, exif, &plain[2..]].concat();
    std::fs::write(&path, turned).unwrap();
    let facts = call(json!({ "action": "info", "paths": [path] })).unwrap().as_json();
    assert_eq!(facts["pictures"][0]["orientation"], 6);
    assert_eq!((&facts["pictures"][0]["width"], &facts["pictures"][0]["height"]), (&json!(20), &json!(40)));
    let upright = edited(folder.path(), &path, json!({})).into_rgb8();
    assert_eq!(upright.dimensions(), (20, 40));
    assert!(upright.get_pixel(10, 5).0[0] > 180);
}

#[test]
fn transparent_parts_are_white_in_a_jpeg() {
    let folder = tempfile::tempdir().unwrap();
    let path = plant(folder.path(), "a.png", RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0])));
    let target = folder.path().join("b.jpg");
    call(json!({ "action": "edit", "paths": [path], "output": target })).unwrap();
    assert_eq!(::image::open(target).unwrap().into_rgb8().get_pixel(4, 4).0, [255, 255, 255]);
}

#[test]
fn several_pictures_go_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.png", "b.png"].map(|name| plant(folder.path(), name, picture(40, 20)));
    let target = format!("{}/small/", folder.path().display());
    let arguments =
        json!({ "action": "edit", "paths": paths, "output": target, "format": "webp", "width": 10 });
    assert_eq!(call(arguments).unwrap().as_json()["written"].as_array().unwrap().len(), 2);
    assert_eq!(::image::open(folder.path().join("small/b.webp")).unwrap().width(), 10);
}

#[test]
fn a_contact_sheet_shows_all() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..5)
        .map(|n| plant(folder.path(), &format!("Größe {n}.png"), picture(300, 100 + 100 * n)))
        .collect();
    let target = folder.path().join("sheet.png");
    let arguments =
        json!({ "action": "contact_sheet", "paths": paths, "output": target, "columns": 3, "width": 120 });
    call(arguments).unwrap();
    let sheet = ::image::open(&target).unwrap().into_rgb8();
    assert_eq!(sheet.dimensions(), (3 * 132 + 12, 2 * 154 + 12));
    assert!(sheet.get_pixel(20, 72).0[0] > 150, "the first picture");
    let dark =
        sheet.enumerate_pixels().filter(|(_, y, pixel)| (135..155).contains(y) && pixel.0[1] < 120).count();
    assert!(dark > 100, "names are below the pictures: {dark}");
    if let Some(keep) = std::env::var_os("COWORK_KEEP_PICTURES") {
        std::fs::copy(&target, Path::new(&keep).join("sheet.png")).unwrap();
    }
}

fn check_error(arguments: Value, expected: &str) {
    let error = call(arguments.clone()).unwrap_err().to_string();
    assert!(error.contains(expected), "{arguments}: {error}");
}

#[test]
fn what_cannot_be_done_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let path = plant(folder.path(), "a.png", picture(40, 20));
    let words = folder.path().join("words.png");
    std::fs::write(&words, "words").unwrap();
    let edit = |paths: Value, output: &str| json!({ "action": "edit", "paths": paths, "output": folder.path().join(output) });
    check_error(edit(json!(["/nowhere.png"]), "b.png"), "nowhere.png: no such file");
    check_error(edit(json!([folder.path()]), "b.png"), "is a folder");
    check_error(edit(json!([words]), "b.png"), "is no PNG, JPEG, WebP, TIFF, GIF or BMP picture");
    check_error(edit(json!([path]), "b.txt"), "b.txt: ends in none of .png");
    check_error(edit(json!([path]), "a.png"), "a.png: exists already; choose another name");
    check_error(edit(json!([path, path]), "b.png"), "`output` is a folder ending in `/`");
    check_error(json!({ "action": "edit", "paths": ["files/a.b.png"] }), "such as output/a.jpg");
    let mut beyond = edit(json!([path]), "b.png");
    beyond["crop"] = json!({ "x": 30, "y": 0, "width": 4294967290u32, "height": 1 });
    check_error(beyond, "`crop` goes beyond the picture, which has 40×20 pixels");
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let path = plant(folder.path(), "a.png", picture(4, 4));
    let mut bytes = std::fs::read(&path).unwrap();
    // The size that the header says, with its checksum.
    bytes[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    let sum = crc(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&sum);
    std::fs::write(&path, bytes).unwrap();
    let target = folder.path().join("b.png");
    let expected = "has 16384×16384 pixels, which take 768 MiB; the limit is 200 MiB";
    check_error(json!({ "action": "edit", "paths": [path], "output": target }), expected);
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(
            sum ^ u32::from(byte),
            |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn changed_bytes_are_a_picture_or_an_error(
        format in prop::sample::select(vec!["png", "jpg", "webp", "tiff", "gif", "bmp"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = plant(folder.path(), &format!("a.{format}"), picture(24, 16));
        let mut bytes = std::fs::read(&path).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        std::fs::write(&path, bytes).unwrap();
        let _ = call(json!({ "action": "edit", "paths": [path], "output": folder.path().join("b.png"), "width": 8 }));
    }
}

#[test]
fn formats_have_an_ending() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff] {
        assert!(!save::ending(format).is_empty());
    }
}

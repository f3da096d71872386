//! PDFs made here, piece by piece.

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, Stream, dictionary};

/// A PDF with one page for each of these contents, in Helvetica.
fn pdf(pages: &[&[Operation]]) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    });
    let mut kids = Vec::<Object>::new();
    for operations in pages {
        let content = Content { operations: operations.to_vec() }.encode().unwrap();
        let content = document.add_object(Stream::new(dictionary! {}, content));
        let page = dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => content,
            "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
        };
        kids.push(document.add_object(page).into());
    }
    let count = kids.len() as i64;
    document.objects.insert(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into());
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    let info = document.add_object(dictionary! { "Title" => lopdf::text_string("Invoice №7") });
    document.trailer.set("Root", catalog);
    document.trailer.set("Info", info);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn op(operator: &str, operands: Vec<Object>) -> Operation {
    Operation::new(operator, operands)
}

fn text(text: &str, x: i64, y: i64) -> [Operation; 5] {
    [
        op("BT", vec![]),
        op("Tf", vec!["F1".into(), 10.into()]),
        op("Td", vec![x.into(), y.into()]),
        op("Tj", vec![Object::string_literal(text)]),
        op("ET", vec![]),
    ]
}

fn check(operations: &[Operation], expected: &str) {
    assert_eq!(super::read(&pdf(&[operations])).unwrap().text, expected);
}

#[test]
fn pieces_become_lines() {
    check(
        &[text("Total", 50, 700), text("12.50", 300, 700), text("Thank you", 50, 685)].concat(),
        "Total  12.50\nThank you",
    );
    check(&[text("one", 50, 700), text("two", 50, 600)].concat(), "one\n\ntwo");
}

#[test]
fn small_steps_are_spaces_and_kerning_is_none() {
    let parts = vec![
        Object::string_literal("W"),
        80.into(),
        Object::string_literal("ord"),
        (-300).into(),
        Object::string_literal("two"),
    ];
    let shown = [
        op("BT", vec![]),
        op("Tf", vec!["F1".into(), 10.into()]),
        op("TJ", vec![parts.into()]),
        op("T*", vec![]),
        op("ET", vec![]),
    ];
    check(&shown, "Word two");
}

#[test]
fn a_page_may_be_upside_down() {
    let flipped = op("cm", vec![1.into(), 0.into(), 0.into(), (-1).into(), 0.into(), 800.into()]);
    check(
        &[vec![flipped], text("one", 50, 100).to_vec(), text("two", 50, 112).to_vec()].concat(),
        "one\ntwo",
    );
}

#[test]
fn pages_and_title() {
    let document = super::read(&pdf(&[&text("one", 50, 700), &text("two", 50, 700)])).unwrap();
    assert_eq!(document.text, "one\n\ntwo");
    assert_eq!((document.pages, document.title.as_deref()), (Some(2), Some("Invoice №7")));
}

/// Every beginning of a PDF, and every PDF with one wrong byte, is read or refused.
#[test]
fn a_broken_pdf_does_not_panic() {
    let whole = pdf(&[&text("one", 50, 700)]);
    for length in 0..whole.len() {
        let _ = super::read(&whole[..length]);
    }
    for place in 0..whole.len() {
        let mut broken = whole.clone();
        broken[place] ^= 0x15;
        let _ = super::read(&broken);
    }
    assert!(super::read(b"%PDF-1.7\nnothing").is_err());
}

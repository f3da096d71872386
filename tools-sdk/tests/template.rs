//! The template's README shows the template's source, and nothing else.

#[test]
fn the_readme_shows_the_source() {
    let readme = include_str!("../template/README.md");
    let source = include_str!("../template/src/lib.rs");
    let block =
        readme.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("```")).expect("a code block");
    assert_eq!(block.0, source);
}

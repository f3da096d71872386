use super::*;
use proptest::prelude::*;

fn memory() -> Memory {
    let tags = vec!["people".to_owned(), "invoices".to_owned()];
    let memory = Memory::new("Invoices go to Ana", tags, "Send them **on Mondays**.").expect("a memory");
    let time = Some("2026-03-01T10:00:00Z".parse().expect("a time"));
    Memory { time, who: Some("Sort the receipts".to_owned()), tainted: true, ..memory }
}

#[test]
fn a_person_can_read_the_file() {
    insta::assert_snapshot!(memory().to_markdown(None), @r"
    ---
    title: Invoices go to Ana
    tags:
    - people
    - invoices
    time: 2026-03-01T10:00:00Z
    who: Sort the receipts
    tainted: true
    ---

    Send them **on Mondays**.
    ");
}

#[test]
fn a_file_without_anything_above_is_a_memory_too() {
    let plain = Memory::from_markdown("ana", "# Who Ana is\n\nShe keeps the books.\n");
    assert_eq!((plain.title.as_str(), plain.tainted), ("Who Ana is", false));
    assert_eq!(Memory::from_markdown("ana", "She keeps the books.").title, "ana");
    assert_eq!(Memory::from_markdown("ana", "---\ntitle: [\n---\nBooks").text, "---\ntitle: [\n---\nBooks");
}

#[test]
fn what_a_person_added_above_the_text_stays() {
    let theirs = "---\ntitle: Old\nreviewed: yes by Tom\n---\nOld text\n";
    let ours = memory().to_markdown(Some(theirs));
    assert!(ours.contains("reviewed: yes by Tom") && ours.contains("title: Invoices go to Ana"), "{ours}");
}

#[test]
fn a_title_names_a_file() {
    assert_eq!(key_of("Invoices → Ana (2026)").as_deref(), Some("invoices-ana-2026"));
    assert_eq!(key_of("Über Größe").as_deref(), Some("über-größe"));
    assert_eq!(key_of(" … "), None);
    assert_eq!(key_in(".memory/ana.md"), Some("ana"));
    assert_eq!(key_in(".memory/ana.txt"), None);
    assert_eq!(Memory::new("a\nb", vec![], "x"), Err(InvalidMemory::Title));
    assert_eq!(Memory::new("a", vec![], " "), Err(InvalidMemory::Text(0)));
}

#[test]
fn a_query_is_words_and_nothing_else() {
    assert_eq!(words("\"Ana\" OR title:x* NEAR(ana)"), ["ana", "or", "title", "x", "near"]);
}

proptest! {
    #[test]
    fn a_memory_comes_back_from_its_file(
        title in "[a-zA-Z0-9][^\\p{C}]{0,80}", tags in proptest::collection::vec("[^\\p{C}\\s]{1,20}", 0..4),
        text in "[a-z#][^\\p{C}]{0,100}", tainted in any::<bool>(),
    ) {
        let memory = Memory::new(&title, tags, &text).expect("a memory");
        let memory = Memory { tainted, ..memory };
        prop_assert_eq!(&Memory::from_markdown(&memory.key, &memory.to_markdown(None)), &memory);
    }

    #[test]
    fn every_file_can_be_read(markdown in "(---\n)?\\PC{0,40}\n(---\n)?\\PC*") {
        let memory = Memory::from_markdown("any", &markdown);
        prop_assert!(!memory.title.is_empty());
    }

    #[test]
    fn every_key_names_a_file_of_its_own_folder(title in "\\PC{1,300}") {
        if let Some(key) = key_of(&title) {
            let path = path_of(&key).expect("a path");
            prop_assert_eq!(key_in(path.as_str()), Some(key.as_str()));
            prop_assert!(!key.contains('/'));
        }
    }
}

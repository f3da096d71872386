//! Whatever text comes from outside, the answer is a value that keeps its rules or an error, never a crash.

use cowork_domain::{CoworkspacePath, Plan, Slug};
use cowork_models::Scripted;
use cowork_tests::Host;
use proptest::prelude::*;
use tokio::runtime::Runtime;

const PLAN: &str = r#"{"summary": "Tidy", "phases": [{"name": "a", "subtasks": ["x"], "parallel": true},
    {"name": "b", "subtasks": ["y", "z"], "depends_on": ["a"]}, {"name": "c", "subtasks": ["w"], "depends_on": []}]}"#;
const CONVERSATION: &str = "[[part]]\nfor = \"plan\"\n[[part.answer]]\ntext = \"{{ 1 + 1 }}\"\n";
const ARGUMENTS: &str = r#"{"path": "files/a.txt", "content": "x", "mode": "append"}"#;

/// A text with some of its bytes changed, taken out or doubled.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    let change = (0..text.len(), any::<u8>(), 0..3u8);
    prop::collection::vec(change, 0..6).prop_map(move |changes| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, byte, how) in changes {
            let at = at.min(bytes.len().saturating_sub(1));
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

proptest! {
    #[test]
    fn a_path_is_inside_or_refused(text in prop_oneof!["\\PC{0,60}", "[./a\\x00-]{0,20}"]) {
        if let Ok(path) = text.parse::<CoworkspacePath>() {
            prop_assert!(path.as_str().split('/').all(|part| !matches!(part, "" | "." | "..")), "{path}");
            prop_assert!(!path.as_str().contains('\0'));
        }
    }

    #[test]
    fn a_slug_is_one_plain_name_or_refused(text in prop_oneof!["\\PC{0,60}", "[a-z0-9-]{0,70}"]) {
        if let Ok(slug) = text.parse::<Slug>() {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            prop_assert!(!slug.as_str().is_empty() && slug.as_str().chars().all(plain), "{slug}");
        }
    }

    #[test]
    fn a_plan_is_sound_or_refused(text in mutated(PLAN)) {
        if let Ok(plan) = serde_json::from_str::<Plan>(&text)
            && plan.validate().is_ok()
        {
            let order = plan.order().expect("a valid plan has an order");
            prop_assert_eq!(order.len(), plan.phases.len());
        }
    }

    #[test]
    fn a_conversation_is_read_or_refused(text in mutated(CONVERSATION)) {
        if let Err(error) = Scripted::from_text("conversation.toml", &text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn arguments_fit_or_are_refused_in_a_few_words() {
    let runtime = Runtime::new().expect("a runtime");
    let tool = runtime.block_on(Host::tools()).registry.find("file_write").expect("a tool").clone();
    proptest!(|(text in prop_oneof![mutated(ARGUMENTS), "\\PC{0,200}".boxed()])| {
        if let Err(error) = tool.parse_arguments(&text) {
            prop_assert!(error.to_string().len() < 2000, "{}", error);
        }
    });
}

//! `kill -9` of the host while agents make agents and speak with them: nobody is made twice, nothing is read twice.

use cowork_domain::Durability;
use cowork_domain::agent::AgentStatus;
use cowork_store::Store;
use cowork_tests::{Program, files_under};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::path::Path;
use std::time::Duration;

const CONVERSATION: &str = r##"
[[part]]
for = "plan"
[[part.answer]]
text = '''{"summary": "Lead", "phases": [{"name": "Lead", "subtasks": ["Lead"]}]}'''

[[part]]
agent = "Lead"
[[part.answer]]
calls = '''[{"tool": "sub_agent_spawn", "arguments": {"name": "Helper a", "brief": "Make a.", "wait": true}},
            {"tool": "file_write", "arguments": {"path": "output/lead.txt", "content": "x"}}]'''
[[part.answer]]
calls = '''[{"tool": "sub_agent_spawn", "arguments": {"name": "Helper b", "brief": "Make b.", "wait": true}}]'''
[[part.answer]]
calls = '''[{"tool": "sub_agent_spawn", "arguments": {"name": "Helper c", "brief": "Make c.", "wait": true}}]'''
[[part.answer]]
text = "{% for r in results %}{{ r[0].text | capture('(made [abc][.])') }} {% endfor %}"

[[part]]
agent = "Helper [abc]"
[[part.answer]]
calls = '''[{"tool": "file_write", "arguments": {"path": "output/{{ task | capture('Make ([abc])') }}.txt", "content": "made"}}]'''
[[part.answer]]
text = "made {{ task | capture('Make ([abc])') }}."

[[part]]
for = "synthesis"
[[part.answer]]
text = "{{ task | capture('Lead:[^>]*>[^a-z]*(.*)') }}"
"##;

/// What the task leaves behind.
#[derive(Debug, PartialEq)]
struct End {
    turns: Vec<u32>,
    agents: Vec<(String, AgentStatus)>,
    messages: Vec<(String, String, bool)>,
    files: Vec<String>,
    report: Option<String>,
}

async fn run(kills: u32, seed: u64) -> (End, u32) {
    let mut random = StdRng::seed_from_u64(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let script = dir.path().join("conversation.toml");
    std::fs::write(&script, CONVERSATION).expect("a file");
    let data = dir.path().join("data");
    let start = || Program::start_with(&data, &script);
    let mut program = start().await;
    let id = program.begin_task_in("mine").await;
    let mut killed = 0;
    while killed < kills {
        let moment = Duration::from_millis(random.random_range(1..80));
        if program.ends_within(&id, moment).await {
            break;
        }
        program.kill().await;
        killed += 1;
        program = start().await;
    }
    program.wait_for_end(&id).await;
    program.kill().await;
    (end(&data, &id).await, killed)
}

async fn end(data: &Path, id: &str) -> End {
    let store = Store::open(&data.join("cowork.db"), Durability::default()).await.expect("the database");
    let id = id.parse().expect("an id");
    let checkpoints = store.checkpoints(id).await.expect("checkpoints");
    let agents = store.agents(id).await.expect("agents");
    let messages = store.messages(id).await.expect("messages");
    let output = data.join("coworkspaces/mine/output");
    let state = store.task(id).await.expect("a task").expect("the task").state;
    End {
        turns: checkpoints.iter().map(|checkpoint| checkpoint.turn).collect(),
        agents: agents.into_iter().map(|agent| (agent.name, agent.status)).collect(),
        messages: messages
            .into_iter()
            .map(|m| (m.from_name, m.content, m.delivered_turn.is_some()))
            .collect(),
        files: files_under(&output).iter().map(|file| file.display().to_string()).map(name).collect(),
        report: match state {
            cowork_domain::TaskState::Completed { report } => Some(report.trim().to_owned()),
            _ => None,
        },
    }
}

fn name(path: String) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_that_speak_killed_at_random_moments_end_as_if_never() {
    let (undisturbed, _) = run(0, 0).await;
    assert_eq!(undisturbed.report.as_deref(), Some("made a. made b. made c."), "{undisturbed:?}");
    assert_eq!(undisturbed.files, ["a.txt", "b.txt", "c.txt", "lead.txt"]);
    assert_eq!(undisturbed.messages.len(), 3);
    let rounds = if std::env::var_os("COWORK_SOAK").is_some() { 30 } else { 1 };
    for round in 0..rounds {
        let (end, kills) = run(10, 900 + round).await;
        println!("killed {kills} times: {} turns, {} messages", end.turns.len(), end.messages.len());
        assert_eq!(end, undisturbed);
    }
}

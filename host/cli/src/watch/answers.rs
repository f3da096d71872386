//! Who answers a task's questions.

use super::tree::Tree;
use crate::client::{ApiProblem, Client};
use crate::render;
use anyhow::Context as _;
use cowork_domain::approval::{Approval, Decision};
use cowork_domain::progress::TaskProgress;
use cowork_domain::{TaskId, TaskState};
use std::io::{BufRead as _, Write as _};

/// Who answers.
pub(crate) enum Answers {
    /// Somebody else; the question is only shown, once.
    Elsewhere {
        /// The question that was shown.
        shown: Option<String>,
    },
    /// The person at this terminal.
    Person,
    /// Everything is approved, for machines.
    Yes,
}

impl Answers {
    /// Somebody else answers.
    pub(crate) fn elsewhere() -> Self {
        Self::Elsewhere { shown: None }
    }

    /// Answers what the task waits for, if it waits.
    pub(super) async fn give(
        &mut self,
        client: &Client,
        progress: &TaskProgress,
        tree: &Tree,
    ) -> anyhow::Result<()> {
        let id = progress.task.id;
        match &progress.task.state {
            TaskState::PlanReady => self.plan(client, id, tree).await,
            TaskState::Waiting => self.calls(client, id, tree).await,
            _ => Ok(()),
        }
    }

    async fn plan(&mut self, client: &Client, id: TaskId, tree: &Tree) -> anyhow::Result<()> {
        let plan = client.plan(&id.to_string()).await?;
        let text = format!("\nThe plan:\n{}", render::plan(&plan));
        let question = "Start with this plan?";
        match self.ask(tree, &text, question, id)? {
            None => Ok(()),
            Some(
                Decision::Approve
                | Decision::ApproveKind
                | Decision::ApprovePart { .. }
                | Decision::Answer { .. },
            ) => unless_elsewhere(client.start(&id.to_string()).await.map(drop)),
            Some(Decision::Deny { .. }) => anyhow::bail!(
                "the plan is not approved; edit it with PUT /api/cowork/tasks/{id}/plan, then: cowork task approve {id}"
            ),
        }
    }

    async fn calls(&mut self, client: &Client, id: TaskId, tree: &Tree) -> anyhow::Result<()> {
        let open = client.approvals(&id.to_string()).await?;
        let (asked, open): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|approval| approval.question.is_some());
        for approval in &asked {
            self.in_words(client, approval, tree).await?;
        }
        if open.is_empty() {
            return Ok(());
        }
        let calls: String = open.iter().map(render::approval).collect();
        let text = format!("\nThe agent asks to change files, by {}:\n{calls}", count(open.len()));
        let Some(decision) = self.ask(tree, &text, "Make these changes?", id)? else { return Ok(()) };
        for approval in &open {
            unless_elsewhere(client.answer(approval, &decision).await)?;
        }
        Ok(())
    }

    /// Answers a question in words.
    async fn in_words(&mut self, client: &Client, approval: &Approval, tree: &Tree) -> anyhow::Result<()> {
        let text = format!("\n{}", render::approval(approval));
        let decision = match self {
            Self::Yes => {
                tree.print(&text);
                Decision::Deny { word: Some("nobody is there to answer".to_owned()) }
            }
            Self::Elsewhere { shown } => {
                if shown.as_deref() != Some(&text) {
                    tree.print(&text);
                    tree.print(&format!("Answer with: cowork answer {} \"…\"", approval.id));
                    *shown = Some(text);
                }
                return Ok(());
            }
            Self::Person => tree.suspend(|| ask_in_words(&text, approval))?,
        };
        unless_elsewhere(client.answer(approval, &decision).await)
    }

    /// Shows a question and gives the answer, if it is ours to give.
    fn ask(
        &mut self,
        tree: &Tree,
        text: &str,
        question: &str,
        id: TaskId,
    ) -> anyhow::Result<Option<Decision>> {
        match self {
            Self::Yes => {
                tree.print(text);
                tree.print(&format!("{question} yes, like all that follows"));
                Ok(Some(Decision::Approve))
            }
            Self::Elsewhere { shown } => {
                if shown.as_deref() != Some(text) {
                    tree.print(text);
                    tree.print(&format!("{question} Answer with: cowork task approve {id}"));
                    *shown = Some(text.to_owned());
                }
                Ok(None)
            }
            Self::Person => {
                let (decision, rest) = tree.suspend(|| ask_person(text, question))?;
                if rest {
                    *self = Self::Yes;
                }
                Ok(Some(decision))
            }
        }
    }
}

/// Asks at the terminal. The flag: everything that follows is approved too.
fn ask_person(text: &str, question: &str) -> anyhow::Result<(Decision, bool)> {
    println!("{text}");
    loop {
        print!("{question} [y]es, [n]o, [a]ll that follows: ");
        std::io::stdout().flush().context("cannot ask")?;
        let mut answer = String::new();
        if std::io::stdin().lock().read_line(&mut answer).context("cannot read the answer")? == 0 {
            anyhow::bail!("nobody answers here; run it in a terminal, or with --yes");
        }
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok((Decision::Approve, false)),
            "a" | "all" => return Ok((Decision::Approve, true)),
            "n" | "no" => return Ok((Decision::Deny { word: None }, false)),
            _ => {}
        }
    }
}

/// Asks for words at the terminal; a number stands for an option, nothing for no answer.
fn ask_in_words(text: &str, approval: &Approval) -> anyhow::Result<Decision> {
    println!("{text}");
    print!("Your answer (empty: none): ");
    std::io::stdout().flush().context("cannot ask")?;
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line).context("cannot read the answer")? == 0 {
        anyhow::bail!("nobody answers here; run it in a terminal, or with --yes");
    }
    let line = line.trim();
    let options = approval.question.as_ref().map(|question| question.options.as_slice()).unwrap_or_default();
    let chosen = line.parse::<usize>().ok().and_then(|number| options.get(number.checked_sub(1)?));
    Ok(match (chosen, line) {
        (Some(option), _) => Decision::Answer { text: option.clone() },
        (None, "") => Decision::Deny { word: None },
        (None, words) => Decision::Answer { text: words.to_owned() },
    })
}

/// An answer that somebody else gave first counts, and is no error.
fn unless_elsewhere(result: anyhow::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if ApiProblem::is_answered_elsewhere(&error) => Ok(()),
        other => other,
    }
}

fn count(calls: usize) -> String {
    if calls == 1 { "a call".to_owned() } else { format!("{calls} calls") }
}

/// Shows a question apart from any tree and asks the person, or takes `yes`.
pub(crate) fn confirm(text: &str, question: &str, yes: bool) -> anyhow::Result<Decision> {
    if yes {
        println!("{text}");
        return Ok(Decision::Approve);
    }
    Ok(ask_person(text, question)?.0)
}

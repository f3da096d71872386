//! Which rule decides about a use of a power, and a probe that proves it: a real component tries it.

use crate::{Error, Orchestrator, Result};
use cowork_domain::capability::{Effective, FileAccess, Ruling};
use cowork_domain::{CallId, Slug};
use cowork_sandbox::{Content, Invocation};
use serde::Serialize;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What is asked: may this tool do this?
#[derive(Debug, Clone)]
pub struct Question {
    /// The tool.
    pub tool: String,
    /// What it would do.
    pub probe: Probe,
    /// In which coworkspace. Nothing is changed there.
    pub coworkspace: Slug,
}

/// One use of a power.
#[derive(Debug, Clone)]
pub enum Probe {
    /// An access to a file.
    File {
        /// Relative to the coworkspace.
        path: String,
        /// How.
        access: FileAccess,
    },
    /// A request. Nothing is sent.
    Http {
        /// `GET`.
        method: String,
        /// Where to.
        url: String,
    },
}

/// Which rule decides, and what happened when it was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The plugin of the tool.
    pub plugin: String,
    /// What the rules say.
    pub ruling: Ruling,
    /// The same in words.
    pub words: String,
    /// What a component saw that tried it under these powers, with nothing left of it.
    pub tried: String,
}

impl Orchestrator {
    /// Says which rule decides, and lets a component try it.
    pub async fn explain(&self, question: &Question) -> Result<Explanation> {
        let core = &self.core;
        let no_tool = |source| Error::Sandbox { tool: question.tool.clone(), source };
        let tool = core.tools.find(&question.tool).map_err(no_tool)?;
        let plugin = Arc::clone(tool.plugin());
        let powers = core.grants.powers(&core.store, &plugin, &question.coworkspace, None).await?;
        let ruling = match &question.probe {
            Probe::File { path, access } => powers.file(Path::new(path), *access),
            Probe::Http { method, url } => cowork_sandbox::rule_http(&powers, method, url)
                .map_err(|problem| Error::Invalid { field: "url", problem })?,
        };
        Ok(Explanation {
            words: words(&ruling),
            tried: self.try_it(question, powers).await?,
            plugin: plugin.name.clone(),
            ruling,
        })
    }

    /// Runs the probe under these powers. What it staged is dropped, what it would send is not sent.
    async fn try_it(&self, question: &Question, powers: Effective) -> Result<String> {
        let core = &self.core;
        let Some(tool) = core.probe() else {
            return Ok("not tried: the host's own plugin for it is not installed".to_owned());
        };
        let arguments = match &question.probe {
            Probe::File { path, access } => json!({ "path": path, "access": access }),
            Probe::Http { method, url } => json!({ "method": method, "url": url }),
        };
        let folder = self.folder(&question.coworkspace).await?;
        let invocation = Invocation {
            id: CallId::new(),
            tool: tool.clone(),
            arguments,
            folder: Arc::clone(&folder),
            task: None,
            powers,
            clock: Vec::new(),
            outbound: None,
            memories: None,
            progress: None,
            stop: CancellationToken::new(),
            dry: true,
        };
        let id = invocation.id;
        let ended = core.sandbox.call(invocation).await;
        cowork_coworkspaces::drop_staged(&folder, id)?;
        Ok(match ended.result {
            Ok(finished) => finished.output.content.iter().map(text).collect(),
            Err(error) => error.to_string(),
        })
    }
}

fn text(content: &Content) -> &str {
    match content {
        Content::Text { text } => text,
        Content::Image { .. } | Content::File { .. } => "",
    }
}

fn words(ruling: &Ruling) -> String {
    use cowork_domain::policy::Verdict;
    let said = match ruling.verdict {
        None => "it is there; the task's mode says whether a person is asked",
        Some(Verdict::Allow) => "it is always done, but for deleting, which is always asked about",
        Some(Verdict::Ask) => "a person is asked about it each time",
        Some(Verdict::Deny) => "it is refused",
    };
    match &ruling.rule {
        Some(rule) => format!("{said}, by the {}: {rule}", ruling.layer),
        None => format!("{said}: no rule of the {} speaks of it", ruling.layer),
    }
}

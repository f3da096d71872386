//! What is said of a power that is missing: who refuses it, and what would grant it.

use cowork_coworkspaces::staged::Refusal;
use cowork_domain::capability::{Layer, Ruling};
use std::path::Path;

/// Accesses to files that were refused.
pub(crate) fn explain(plugin: &str, refused: &[Refusal]) -> String {
    let all = refused.iter().map(|refusal| {
        let (path, access) = (refusal.path.display(), refusal.access.name());
        let grant = grantable(&refusal.path, plugin, access);
        format!("To {access} {path} is {}", of(&refusal.ruling, plugin, &grant))
    });
    let mut said: Vec<String> = all.collect();
    said.dedup();
    said.join(" ")
}

/// A command that an administrator may copy: a path that could say something else to a shell is not in it.
fn grantable(path: &Path, plugin: &str, access: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '/' | '-' | ' ');
    match path.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) => {
            format!("cowork grant {plugin} --files '{text}:{access}'")
        }
        _ => format!("cowork grant {plugin} --files '**:{access}'"),
    }
}

/// Who refuses, and the command that would change it.
pub(crate) fn of(ruling: &Ruling, plugin: &str, grant: &str) -> String {
    match (ruling.layer, &ruling.rule) {
        (Layer::Manifest, _) => format!("nothing that the plugin {plugin} asks for in its manifest."),
        (Layer::Grant, None) => format!("not granted to the plugin {plugin}; an administrator can: {grant}"),
        (Layer::Grant, Some(rule)) => format!("refused to the plugin {plugin} by its grant: {rule}."),
        (Layer::Task, _) => "beyond what this task may do.".to_owned(),
        (Layer::Coworkspace, _) => "beyond what may be done in this coworkspace.".to_owned(),
    }
}

//! `.results/`: what calls gave that is too long for a context. Agents read it in parts with the tools that read files;
//! nothing but the host writes there.

use crate::Result;
use crate::blocking::blocking;
use crate::core::Core;
use crate::upkeep::past;
use cowork_coworkspaces::Folder;
use cowork_domain::CallId;
use cowork_sandbox::{Content, Output};
use std::sync::Arc;

const RESULTS: &str = ".results";
const SUFFIX: &str = ".txt";

/// What a model reads of a call's result: all of it, or its beginning and where the whole is.
pub(crate) async fn shown(
    folder: &Arc<Folder>,
    call: CallId,
    output: &Output,
    limit: usize,
) -> Result<String> {
    let text = text_of(output);
    let Some((end, _)) = text.char_indices().nth(limit) else { return Ok(text) };
    let path = path(call);
    let note = format!(
        "\n[cut: {} of {} bytes are shown; the whole result is the file {path}, to be read in parts]",
        end,
        text.len()
    );
    let (folder, whole) = (Arc::clone(folder), whole(output));
    let to = path.clone();
    blocking(move || folder.write_host_file(&to, whole.as_bytes())).await??;
    Ok(format!("{}{note}", &text[..end]))
}

/// The call whose result a file holds, if it holds one.
pub(crate) fn call_of(path: &str) -> Option<CallId> {
    path.strip_prefix(RESULTS)?.strip_prefix('/')?.strip_suffix(SUFFIX)?.parse().ok()
}

/// Forgets what is too old or too much of calls whose tasks are over, oldest first.
pub(crate) async fn purge(core: &Core, folder: &Arc<Folder>) -> Result<()> {
    let mut files = folder.host_files(RESULTS)?;
    files.sort_by_key(|file| file.modified);
    let oldest = past(core.clock.now(), core.settings.undo_age);
    let mut total: u64 = files.iter().map(|file| file.size).sum();
    for file in files {
        if file.modified >= oldest && total <= core.settings.results_bytes {
            break;
        }
        let call = file.name.strip_suffix(SUFFIX).and_then(|id| id.parse::<CallId>().ok());
        if let Some(call) = call
            && core.store.is_call_of_open_task(call).await?
        {
            continue;
        }
        folder.remove_host_file(&format!("{RESULTS}/{}", file.name))?;
        total -= file.size;
    }
    Ok(())
}

/// The JSON where the tool gave some, else the text.
fn text_of(output: &Output) -> String {
    match &output.structured {
        Some(json) => json.to_string(),
        None => output.content.iter().map(part).collect::<Vec<_>>().join("\n"),
    }
}

/// The same with a line for each fact, so that it can be searched and read by lines.
fn whole(output: &Output) -> String {
    match &output.structured {
        Some(json) => format!("{json:#}\n"),
        None => text_of(output),
    }
}

fn part(content: &Content) -> String {
    match content {
        Content::Text { text } => text.clone(),
        Content::Image { media_type, data } => format!("[image, {media_type}, {} bytes]", data.len()),
        Content::File { path, .. } => format!("[file {path}]"),
    }
}

fn path(call: CallId) -> String {
    format!("{RESULTS}/{call}{SUFFIX}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &str, structured: Option<serde_json::Value>) -> Output {
        Output { content: vec![Content::Text { text: text.to_owned() }], structured }
    }

    fn folder() -> (tempfile::TempDir, Arc<Folder>) {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&"mine".parse().expect("a slug"), dir.path()).expect("a coworkspace");
        (dir, Arc::new(folder))
    }

    #[tokio::test]
    async fn json_goes_before_text() {
        let (_dir, folder) = folder();
        let json = output("two", Some(serde_json::json!({"count": 2})));
        assert_eq!(shown(&folder, CallId::new(), &json, 100).await.expect("a text"), r#"{"count":2}"#);
        let text = shown(&folder, CallId::new(), &output("two", None), 100).await;
        assert_eq!(text.expect("a text"), "two");
    }

    #[tokio::test]
    async fn a_long_result_is_cut_at_a_character_and_kept_whole() {
        let ((dir, folder), call) = (folder(), CallId::new());
        let text = shown(&folder, call, &output("äöü", None), 2).await.expect("a text");
        let path = format!(".results/{call}.txt");
        let note = format!(
            "[cut: 4 of 6 bytes are shown; the whole result is the file {path}, to be read in parts]"
        );
        assert_eq!(text, format!("äö\n{note}"));
        assert_eq!(std::fs::read_to_string(dir.path().join(path)).expect("the file"), "äöü");
    }
}

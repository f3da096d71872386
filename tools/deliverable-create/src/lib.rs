//! A tool that hands a file over to the person.

mod whole;

use std::fs;

use cowork_tool::{Deserialize, Error, JsonSchema, OnPath, Output, Serialize, deliverables, relative};

cowork_tool::export!(deliverable_create {
    title: "Hand over a file",
    description: "Hands a finished file under `output/` over to the person, with a title. Write the file first.",
    annotations: [read_only, idempotent],
    output: Created,
});

/// Arguments of [`deliverable_create`].
#[derive(Deserialize, JsonSchema)]
pub struct DeliverableCreate {
    /// The file, such as `output/report.xlsx`.
    pub path: String,
    /// What people read: "Expense report, March".
    pub title: String,
    /// What is in it.
    pub description: Option<String>,
}

/// What was handed over.
#[derive(Serialize, JsonSchema)]
pub struct Created {
    /// Relative to the coworkspace.
    path: String,
    title: String,
    /// In bytes.
    size: u64,
}

/// Hands over one file, which must exist, hold something and be whole.
pub fn deliverable_create(args: DeliverableCreate) -> Result<Output, Error> {
    let DeliverableCreate { path, title, description } = args;
    if title.trim().is_empty() {
        return Err(Error::invalid("the title is empty; say in a few words what the file is"));
    }
    let size = check(&path)?;
    let path = relative(&path);
    deliverables::create(&path, &title, description.as_deref())?;
    Output::text(format!("handed over {path} ({size} bytes) as \"{title}\""))
        .file(&path)
        .structured(Created { path, title, size })
}

/// The file's size in bytes, if it can be handed over.
fn check(path: &str) -> Result<u64, Error> {
    let metadata = fs::metadata(path).on_path(path)?;
    if metadata.is_dir() {
        return Err(Error::failed("is a folder; hand over its files one by one").about(relative(path)));
    }
    match metadata.len() {
        0 => Err(Error::failed("is empty; write the file first").about(relative(path))),
        size => match whole::trouble(path, size).on_path(path)? {
            Some(trouble) => Err(Error::failed(trouble).about(relative(path))),
            None => Ok(size),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_with_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        fs::write(path("empty"), "").unwrap();
        fs::write(path("full"), "abc").unwrap();
        assert_eq!(check(&path("full")), Ok(3));
        for (name, reason) in [("empty", "is empty"), ("missing", "no such file"), ("", "is a folder")] {
            let error = check(&path(name)).unwrap_err();
            assert!(error.message().contains(reason), "{error}");
        }
    }
}

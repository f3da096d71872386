//! Tools for the files of a coworkspace: read, write, edit, list, search, move, delete.

mod delete;
mod edit;
mod list;
mod pattern;
mod read;
mod relocate;
mod rules;
mod search;
mod walk;
mod write;

pub use delete::file_delete;
pub use edit::file_edit;
pub use list::file_list;
pub use read::file_read;
pub use relocate::file_move;
pub use search::file_search;
pub use write::file_write;

cowork_tool::export!(
    file_read {
        title: "Read a file",
        description: "Reads a text file in any encoding, or the lines of it that you ask for, and shows pictures. Use document_read for PDF, HTML and office files, file_info for anything else.",
        annotations: [read_only, idempotent],
        output: read::Read,
    },
    file_write {
        title: "Write a file",
        description: "Writes text to a file and creates the folders it needs. The mode `create` refuses a path that exists; `overwrite` and `append` change a file. Use file_edit to change parts of a file.",
        annotations: [destructive],
        output: write::Written,
    },
    file_edit {
        title: "Edit a file",
        description: "Replaces texts in a file by others, several in one call: all or none. Each `old` must occur exactly once, unless `all`; blanks and the shape of quotes may differ. If one is not there, the nearest text is shown.",
        annotations: [destructive],
        output: edit::Edited,
    },
    file_list {
        title: "List files",
        description: "Lists a folder with sizes and modification times, with everything below it if `recursive`.",
        annotations: [read_only, idempotent],
        output: list::Listing,
    },
    file_move {
        title: "Move files",
        description: "Moves or renames files and folders, many in one call, and creates the folders they need. Nothing is moved if any target exists already.",
        annotations: [],
        output: relocate::Moved,
    },
    file_delete {
        title: "Delete files",
        description: "Deletes files and folders. A folder that is not empty is deleted only with `recursive`.",
        annotations: [destructive],
        output: delete::Deleted,
    },
    file_search {
        title: "Search files",
        description: "Finds files by name (a glob such as `*.pdf`), by the text in them (a regular expression), or both, with the lines around a match, or only the files or counts.",
        annotations: [read_only, idempotent],
        output: search::Found,
    },
);

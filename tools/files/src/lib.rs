//! Tools for the files of a coworkspace: read, write, list, search, move, delete.

mod delete;
mod list;
mod read;
mod relocate;
mod search;
mod walk;
mod write;

pub use delete::file_delete;
pub use list::file_list;
pub use read::file_read;
pub use relocate::file_move;
pub use search::file_search;
pub use write::file_write;

cowork_tool::export!(
    file_read {
        title: "Read a file",
        description: "Reads a text file, or a part of it. Use document_read for PDF and HTML, file_info for anything else.",
        annotations: [read_only, idempotent],
        output: read::Read,
    },
    file_write {
        title: "Write a file",
        description: "Writes text to a file and creates the folders it needs. The mode `create` refuses a path that exists; `overwrite` and `append` change a file.",
        annotations: [destructive],
        output: write::Written,
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
        description: "Deletes files and empty folders.",
        annotations: [destructive],
        output: delete::Deleted,
    },
    file_search {
        title: "Search files",
        description: "Finds files by name (a glob such as `*.pdf`), by the text in them (a regular expression), or both.",
        annotations: [read_only, idempotent],
        output: search::Found,
    },
);

//! The HTTP API.
//!
//! Two trees: `/api/cowork/tasks` for tasks and `/api/coworkspaces` for folders and files. Errors are
//! `application/problem+json` (RFC 9457) with a stable `code` and, where there is one, a `hint`. There is no
//! authentication yet, so the server listens on loopback only and answers no other host name.

mod error;
mod guard;
mod json;
mod linger;
mod routes;
mod serve;

pub use routes::router;
pub use serve::{BindError, Server};

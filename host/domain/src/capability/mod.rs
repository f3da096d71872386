//! Powers: what a plugin asks for in its manifest, what an administrator grants it, and what is left of both for one
//! call.

mod effective;
mod grant;
mod host_pattern;
mod path_pattern;
mod powers;
mod wassette;

pub use effective::{Effective, Layer, LiveGrant, Ruling};
pub use grant::{Difference, Grant, GrantEntry, GrantEvent, GrantState, InvalidManifest, Manifest};
pub use host_pattern::{HostPattern, InvalidHostPattern, UrlParts};
pub use path_pattern::{InvalidPathPattern, PathPattern};
pub use powers::{FileAccess, FileRule, HttpRule, LimitRules, Powers, SecretRule};
pub use wassette::{Imported, InvalidPolicy, import_wassette};

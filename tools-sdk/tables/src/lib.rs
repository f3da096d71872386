//! Tables in files, row by row, for plugins: CSV and TSV in any encoding, JSON lines, spreadsheets.
//!
//! A file is never held whole, so its size does not matter: [`Table::each_row`] hands out one row after the other.
//! Spreadsheets other than .xlsx are the exception, since their readers hold a sheet at a time.
//!
//! ```
//! use cowork_tables::{Source, Table};
//! use std::ops::ControlFlow;
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("a.csv").to_string_lossy().into_owned();
//! # std::fs::write(&path, "name;amount\nAda;12.5\n").unwrap();
//! let mut table = Table::open(&Source::of(path))?;
//! assert_eq!(table.columns(), ["name", "amount"]);
//! table.each_row(&mut |cells| {
//!     println!("{}: {}", cells[0], cells[1].typed());
//!     Ok(ControlFlow::Continue(()))
//! })?;
//! # Ok::<(), cowork_tool::Error>(())
//! ```

mod area;
mod cell;
mod delimited;
mod json;
mod name;
mod patient;
mod source;
mod table;
mod workbook;

pub use area::{Area, cell_name, column_letters};
pub use cell::{Cell, date_parts};
pub use delimited::Delimited;
pub use name::nearest;
pub use source::{Format, Source};
pub use table::Table;
pub use workbook::{Row, SheetFacts, Workbook};

/// Whether to go on with the next row.
pub type Flow = std::ops::ControlFlow<()>;

//! JSON: an object for each row, one after the other or in an array.

use crate::delimited::open_file;
use crate::name::MOST_COLUMNS;
use crate::patient::Patient;
use crate::{Cell, Flow};
use cowork_tool::{Deserialize, Error, relative};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

/// The fields of one object, in their order.
struct Fields(Vec<(String, Value)>);

type Each<'a> = &'a mut dyn FnMut(Fields) -> Result<Flow, Error>;

/// The names of all fields, in the order in which they first appear.
pub(crate) fn columns(path: &str) -> Result<Vec<String>, Error> {
    let mut places = HashMap::new();
    let mut columns = Vec::new();
    each_object(path, &mut |Fields(fields)| {
        for (name, _) in fields {
            if !places.contains_key(&name) {
                places.insert(name.clone(), columns.len());
                columns.push(name);
            }
        }
        match columns.len() > MOST_COLUMNS {
            true => Err(too_many().about(relative(path))),
            false => Ok(Flow::Continue(())),
        }
    })?;
    Ok(columns)
}

fn too_many() -> Error {
    Error::failed(format!("the objects have more than {MOST_COLUMNS} different fields, which is the limit"))
}

/// Hands out every row, with a cell for each of the columns.
pub(crate) fn each_row(
    path: &str,
    columns: &[String],
    each: &mut dyn FnMut(&[Cell<'_>]) -> Result<Flow, Error>,
) -> Result<(), Error> {
    let places: HashMap<&str, usize> = columns.iter().map(String::as_str).zip(0..).collect();
    each_object(path, &mut |Fields(fields)| {
        let mut cells = vec![Cell::Empty; columns.len()];
        for (name, value) in fields {
            if let Some(&place) = places.get(name.as_str()) {
                cells[place] = cell(value);
            }
        }
        each(&cells)
    })
}

fn cell(value: Value) -> Cell<'static> {
    match value {
        Value::Null => Cell::Empty,
        Value::Bool(value) => Cell::Bool(value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Cell::Integer(whole),
            (None, Some(number)) => Cell::Number(number),
            (None, None) => Cell::Text(number.to_string().into()),
        },
        Value::String(text) => Cell::Text(text.into()),
        nested => Cell::Text(nested.to_string().into()),
    }
}

fn each_object(path: &str, each: Each<'_>) -> Result<(), Error> {
    let (file, ended) = Patient::new(open_file(path)?);
    let mut reader = BufReader::with_capacity(128 * 1024, file);
    let in_array = begins_array(&mut reader).map_err(|error| Error::from(error).about(relative(path)))?;
    let mut failed = Ok(());
    let mut row = |fields: Fields| {
        ended.reached();
        each(fields).unwrap_or_else(|error| {
            failed = Err(error);
            Flow::Break(())
        })
    };
    let read = if in_array { in_one_array(reader, &mut row) } else { one_by_one(reader, &mut row) };
    failed?;
    read.map_err(|error| broken(&error).about(relative(path)))
}

fn one_by_one(reader: impl Read, row: &mut dyn FnMut(Fields) -> Flow) -> serde_json::Result<()> {
    for fields in serde_json::Deserializer::from_reader(reader).into_iter::<Fields>() {
        if row(fields?).is_break() {
            break;
        }
    }
    Ok(())
}

fn in_one_array(reader: impl Read, row: &mut dyn FnMut(Fields) -> Flow) -> serde_json::Result<()> {
    let mut stopped = false;
    let read =
        Rows { row, stopped: &mut stopped }.deserialize(&mut serde_json::Deserializer::from_reader(reader));
    // Stopping in the middle of an array is an error to the parser, and none to us.
    if stopped { Ok(()) } else { read }
}

/// Whether the first character is `[`. A byte order mark and white space before it are taken away.
fn begins_array(reader: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let buffer = reader.fill_buf()?;
        let Some(first) = buffer.first() else { return Ok(false) };
        match first {
            b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf => reader.consume(1),
            first => return Ok(*first == b'['),
        }
    }
}

fn broken(error: &serde_json::Error) -> Error {
    let advice = if error.is_data() { "; each row is an object such as {\"name\": \"Ada\"}" } else { "" };
    Error::failed(format!("{error}{advice}"))
}

/// The elements of an array, each one a row.
struct Rows<'a> {
    row: &'a mut dyn FnMut(Fields) -> Flow,
    stopped: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(fields) = rows.next_element()? {
            if (self.row)(fields).is_break() {
                *self.stopped = true;
                break;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(content: &[u8]) -> Result<Vec<String>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl").to_string_lossy().into_owned();
        std::fs::write(&path, content).unwrap();
        let columns = columns(&path)?;
        let mut rows = vec![columns.join("|")];
        each_row(&path, &columns, &mut |cells| {
            rows.push(cells.iter().map(Cell::to_string).collect::<Vec<_>>().join("|"));
            Ok(Flow::Continue(()))
        })?;
        Ok(rows)
    }

    #[test]
    fn objects_one_by_one_and_in_an_array() {
        let expected = ["b|a|c", "1|x|", "2.5||[1,{\"d\":true}]"];
        let lines = "{\"b\": 1, \"a\": \"x\"}\n\n{\"b\": 2.5, \"a\": null, \"c\": [1, {\"d\": true}]}\n";
        assert_eq!(rows(lines.as_bytes()).unwrap(), expected);
        let array = "\u{feff} [{\"b\": 1, \"a\": \"x\"},\n{\"b\": 2.5, \"c\": [1, {\"d\": true}]}]";
        assert_eq!(rows(array.as_bytes()).unwrap(), expected);
        assert_eq!(rows(b"").unwrap(), [""]);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let error = rows(b"{\"a\": 1}\n7\n").unwrap_err();
        assert!(error.message().contains("expected an object at line"), "{error}");
        let error = rows(b"[{\"a\": 1}, {\"a\"").unwrap_err();
        assert!(error.message().contains("EOF while parsing"), "{error}");
        let deep = "[".repeat(100_000);
        assert!(rows(deep.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_rows_or_an_error(text in "[\\[\\]{}\":,a0\\n\\-.e ]{0,60}") {
            if let Err(error) = rows(text.as_bytes()) {
                prop_assert!(matches!(error, Error::Failed(_)), "{}", error);
            }
        }
    }
}

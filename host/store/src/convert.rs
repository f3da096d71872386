//! Between columns and domain types.

use crate::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// An identifier, slug or path from its text.
pub(crate) fn parse<T>(column: &'static str, value: String) -> Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    T::from_str(&value).map_err(|error| Error::Value { column, value, source: Some(error.into()) })
}

/// The same where the column may be null.
pub(crate) fn parse_opt<T>(column: &'static str, value: Option<String>) -> Result<Option<T>>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    value.map(|value| parse(column, value)).transpose()
}

/// A unit enum from the name that it is stored under, which is its serde name.
pub(crate) fn named<T: DeserializeOwned>(column: &'static str, value: String) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(value.clone())).map_err(|error| Error::Value {
        column,
        value,
        source: Some(error.into()),
    })
}

pub(crate) fn from_json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| Error::Json { column, source })
}

pub(crate) fn to_json<T: Serialize>(column: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| Error::Json { column, source })
}

/// Counts are never negative in a database that only we write.
pub(crate) fn count<T>(column: &'static str, value: i64) -> Result<T>
where
    T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>,
{
    T::try_from(value).map_err(|error| Error::Value {
        column,
        value: value.to_string(),
        source: Some(error.into()),
    })
}

//! Filters with which a script reads what the tools gave.

use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Value};
use regex::{Captures, Regex};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Makes them known to templates.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("capture", capture);
    environment.add_filter("captures", captures);
    environment.add_filter("matches", matches);
    environment.add_test("matches", matches);
    environment.add_filter("fromjson", from_json);
}

/// The first group of the first match, or undefined.
fn capture(text: &str, pattern: &str) -> Result<Value, Error> {
    Ok(regex(pattern)?.captures(text).map_or(Value::UNDEFINED, |found| group(&found)))
}

/// The first group of every match.
fn captures(text: &str, pattern: &str) -> Result<Vec<Value>, Error> {
    Ok(regex(pattern)?.captures_iter(text).map(|found| group(&found)).collect())
}

/// Whether there is a match.
fn matches(text: &str, pattern: &str) -> Result<bool, Error> {
    Ok(regex(pattern)?.is_match(text))
}

/// The value of a JSON text.
fn from_json(text: &str) -> Result<Value, Error> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|source| Error::new(ErrorKind::CannotDeserialize, "not JSON").with_source(source))?;
    Ok(Value::from(Serde(value)))
}

/// The first group, or the whole match where the pattern has no group. A group that took no part is undefined.
fn group(found: &Captures<'_>) -> Value {
    let place = usize::from(found.len() > 1);
    found.get(place).map_or(Value::UNDEFINED, |group| Value::from(group.as_str()))
}

/// A script asks with the same few patterns again and again, and compiling one takes longer than most searches.
fn regex(pattern: &str) -> Result<Regex, Error> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return Ok(regex.clone());
    }
    let regex = Regex::new(pattern).map_err(|source| {
        Error::new(ErrorKind::InvalidOperation, "not a regular expression").with_source(source)
    })?;
    compiled.insert(pattern.to_owned(), regex.clone());
    Ok(regex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str) -> String {
        let mut environment = Environment::new();
        add(&mut environment);
        let values = minijinja::context! { text => "invoice 12 of 2026-03, invoice 7", list => ["a1", "b"] };
        environment.render_str(template, values).unwrap_or_else(|error| format!("{error:#}"))
    }

    #[test]
    fn read_with_regular_expressions() {
        for (template, expected) in [
            (r"{{ text | capture('invoice (\\d+)') }}", "12"),
            (r"{{ text | capture('\\d{4}-\\d\\d') }}", "2026-03"),
            (r"{{ text | capture('receipt (\\d+)') is undefined }}", "True"),
            (r"{{ text | capture('receipt (\\d+)') | default('none') }}", "none"),
            (r"{{ text | captures('invoice (\\d+)') | join('+') }}", "12+7"),
            (r"{{ text | matches('^invoice') }}", "True"),
            (r"{{ list | select('matches', '\\d') | list | tojson }}", r#"["a1"]"#),
        ] {
            assert_eq!(render(template), expected, "{template}");
        }
        assert!(render("{{ text | capture('(') }}").contains("not a regular expression"));
    }

    #[test]
    fn read_json() {
        assert_eq!(render(r#"{{ ('{"a": [1, 2]}' | fromjson).a | sum }}"#), "3");
        assert!(render("{{ text | fromjson }}").contains("not JSON"));
    }
}

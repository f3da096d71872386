//! What a call gives back.

use serde::Serialize;
use serde_json::Value;

use crate::Error;
use crate::bindings::exports::cowork::tool::tools as wit;

/// The result of a call: parts for a model to read, and the same facts as JSON for programs.
///
/// ```
/// # use cowork_tool::Output;
/// let output = Output::text("3 files, 12 kB").file("output/report.pdf").structured(serde_json::json!({"files": 3}))?;
/// # Ok::<(), cowork_tool::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Output {
    content: Vec<wit::Content>,
    structured: Option<String>,
}

impl Output {
    /// An output of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Output::default().and_text(text)
    }

    /// Adds a text.
    pub fn and_text(mut self, text: impl Into<String>) -> Self {
        self.content.push(wit::Content::Text(text.into()));
        self
    }

    /// Adds a picture, such as `image/png`, for models that see.
    pub fn image(mut self, media_type: impl Into<String>, data: Vec<u8>) -> Self {
        self.content.push(wit::Content::Image(wit::Image { media_type: media_type.into(), data }));
        self
    }

    /// Adds a file in the coworkspace, by its path.
    pub fn file(mut self, path: impl Into<String>) -> Self {
        self.content.push(wit::Content::File(wit::File { path: path.into(), media_type: None }));
        self
    }

    /// Sets the facts for programs. Fails only when `value` cannot be JSON, such as a map with keys that are not
    /// strings.
    pub fn structured(mut self, value: impl Serialize) -> Result<Self, Error> {
        self.structured = Some(to_json(&value)?);
        Ok(self)
    }

    /// Its texts, one per line.
    pub fn as_text(&self) -> String {
        let texts = self.content.iter().filter_map(|part| match part {
            wit::Content::Text(text) => Some(text.as_str()),
            wit::Content::Image(_) | wit::Content::File(_) => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// What [`structured`](Self::structured) set, or `null`.
    pub fn as_json(&self) -> Value {
        self.structured.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    pub(crate) fn into_wit(self) -> wit::Output {
        wit::Output { content: self.content, structured: self.structured }
    }
}

/// A value that is given back as JSON, both as text and as the facts for programs.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// What a tool's function may return: a `String`, an [`Output`], a [`Json`], or nothing.
pub trait IntoOutput {
    /// Makes the output; fails when the value cannot be JSON.
    fn into_output(self) -> Result<Output, Error>;
}

impl IntoOutput for Output {
    fn into_output(self) -> Result<Output, Error> {
        Ok(self)
    }
}

impl IntoOutput for String {
    fn into_output(self) -> Result<Output, Error> {
        Ok(Output::text(self))
    }
}

impl IntoOutput for &str {
    fn into_output(self) -> Result<Output, Error> {
        Ok(Output::text(self))
    }
}

impl IntoOutput for () {
    fn into_output(self) -> Result<Output, Error> {
        Ok(Output::default())
    }
}

impl<T: Serialize> IntoOutput for Json<T> {
    fn into_output(self) -> Result<Output, Error> {
        let json = to_json(&self.0)?;
        Ok(Output { structured: Some(json.clone()), ..Output::text(json) })
    }
}

fn to_json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::failed(format!("the result cannot be JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_text_and_structured() {
        let output = Json(vec![1, 2]).into_output().unwrap();
        assert_eq!(output.as_text(), "[1,2]");
        assert_eq!(output.as_json(), serde_json::json!([1, 2]));
    }
}

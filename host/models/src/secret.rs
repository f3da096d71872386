//! A text that is never shown.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// A key to a provider. It prints and serialises as `***`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Secret(String);

impl Secret {
    /// The text itself, to be sent and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with the secret blotted out, for a provider that quotes the key in its complaint.
    pub(crate) fn blot(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "***") }
    }
}

impl From<String> for Secret {
    /// Space around it is dropped: keys come from files that end with a line break.
    fn from(text: String) -> Self {
        Self(text.trim().to_owned())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_not_shown() {
        let secret = Secret::from("sk-1\n");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "*** Some(***)");
        assert_eq!(serde_json::to_string(&secret).expect("json"), r#""***""#);
        assert_eq!(secret.blot("bad key sk-1."), "bad key ***.");
        assert_eq!(secret.expose(), "sk-1");
    }
}

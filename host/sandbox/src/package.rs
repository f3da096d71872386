//! What a component says of itself before any of its code runs: what it imports, what it asks for, who published it.
//!
//! The manifest is a custom section `cowork-manifest`, in TOML. A signature is a custom section `cowork-signature`, the
//! last of the component: the publisher's Ed25519 key (32 bytes) and its signature (64 bytes, RFC 8032) over
//! `cowork plugin 1` and all bytes before the section.

use cowork_domain::capability::Manifest;
pub use ed25519_dalek::SigningKey;
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use std::borrow::Cow;
use wasm_encoder::{ComponentSection as _, CustomSection};
use wasmparser::{Encoding, Parser, Payload};

const MANIFEST: &str = "cowork-manifest";
const SIGNATURE: &str = "cowork-signature";
const DOMAIN: &[u8] = b"cowork plugin 1";

/// A component, read and not run.
#[derive(Debug)]
pub struct Package {
    /// What it imports, sorted: `wasi:http/outgoing-handler@0.2.12`. It can never use anything else.
    pub imports: Vec<String>,
    /// What it asks for. None: it has no manifest, and asks for nothing.
    pub manifest: Option<Manifest>,
    /// The key that signed it, in hexadecimal digits.
    pub publisher: Option<String>,
}

/// Why bytes are no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// They are no component.
    #[error("it is not a WebAssembly component")]
    NotAComponent(#[source] Option<wasmparser::BinaryReaderError>),
    /// Its manifest is wrong.
    #[error("its manifest is wrong")]
    Manifest(#[source] cowork_domain::capability::InvalidManifest),
    /// It has a section twice, or one after its signature.
    #[error("its section {0:?} stands where none may be")]
    Misplaced(&'static str),
    /// Somebody changed it after it was signed, or the signature is no signature.
    #[error("its signature does not fit: it was changed after it was signed")]
    Signature(#[source] Option<ed25519_dalek::SignatureError>),
}

impl Package {
    /// Reads a component's bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, PackageError> {
        let broken = |error| PackageError::NotAComponent(Some(error));
        let mut package = Self { imports: Vec::new(), manifest: None, publisher: None };
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(broken)? {
                Payload::Version { encoding, .. } => {
                    depth += 1;
                    if depth == 1 && encoding != Encoding::Component {
                        return Err(PackageError::NotAComponent(None));
                    }
                }
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    for import in imports {
                        package.imports.push(import.map_err(broken)?.name.name.to_owned());
                    }
                }
                Payload::CustomSection(section) if depth == 1 => {
                    package.custom(section.name(), section.data(), bytes)?;
                }
                _ => {}
            }
        }
        package.imports.sort();
        Ok(package)
    }

    /// Whether it could ever send a request.
    pub fn may_send(&self) -> bool {
        self.imports.iter().any(|name| name.starts_with("wasi:http/"))
    }

    /// Whether it could ever use what a coworkspace remembers.
    pub fn may_recall(&self) -> bool {
        self.imports.iter().any(|name| name.starts_with("cowork:host/memory"))
    }

    /// Whether it could ever speak with other agents.
    pub fn may_speak(&self) -> bool {
        self.imports.iter().any(|name| name.starts_with("cowork:host/agents"))
    }

    /// Whether it could ever look for tools.
    pub fn may_find_tools(&self) -> bool {
        self.imports.iter().any(|name| name.starts_with("cowork:host/tools"))
    }

    /// What it could ever do, whatever it is granted: in words, by its imports alone.
    pub fn could(&self) -> Vec<String> {
        let imports = |prefix: &str| self.imports.iter().any(|name| name.starts_with(prefix));
        let known = [
            ("wasi:filesystem/", "use files of the coworkspace it is called in, as far as it is granted"),
            ("wasi:http/outgoing-handler", "send requests to hosts that it is granted"),
            ("wasi:sockets/", "nothing with sockets: it imports them, and every use is refused"),
            ("wasi:clocks/", "read the clock"),
            ("wasi:random/", "draw random numbers"),
            ("wasi:cli/std", "print, for errors"),
            ("cowork:host/plan", "report progress on the plan, where that is granted"),
            ("cowork:host/deliverables", "hand over files, where that is granted"),
            ("cowork:host/memory", "remember, recall and forget facts, where that is granted"),
            ("cowork:host/person", "ask the person, where that is granted"),
            ("cowork:host/agents", "make agents and speak with them, where that is granted"),
            ("cowork:host/assets", "read the data that is installed with it, where that is granted"),
            ("cowork:host/progress", "tell how far its calls are, where that is granted"),
            ("cowork:host/parallel", "run parts of its calls side by side, where that is granted"),
            ("cowork:host/tools", "show an agent more of the host's tools, where that is granted"),
        ];
        let mut could: Vec<String> = known
            .iter()
            .filter(|(prefix, _)| imports(prefix))
            .map(|(_, words)| (*words).to_owned())
            .collect();
        let is_known = |name: &&String| {
            let harmless = ["wasi:io/", "wasi:cli/", "wasi:http/types"];
            known.iter().map(|(prefix, _)| *prefix).chain(harmless).any(|prefix| name.starts_with(prefix))
        };
        let strange = self.imports.iter().filter(|name| !is_known(name));
        could.extend(strange.map(|name| format!("not be loaded: no host has {name}")));
        could
    }

    fn custom(&mut self, name: &str, data: &[u8], bytes: &[u8]) -> Result<(), PackageError> {
        match name {
            MANIFEST if self.manifest.is_some() => return Err(PackageError::Misplaced(MANIFEST)),
            MANIFEST => {
                let text = String::from_utf8_lossy(data);
                self.manifest = Some(Manifest::from_toml(&text).map_err(PackageError::Manifest)?);
            }
            SIGNATURE => self.publisher = Some(check(data, bytes)?),
            _ => {}
        }
        Ok(())
    }
}

/// The component with another manifest. A signature that it had is gone.
pub fn with_manifest(bytes: &[u8], manifest: &str) -> Result<Vec<u8>, PackageError> {
    Manifest::from_toml(manifest).map_err(PackageError::Manifest)?;
    let mut component = without(bytes, &[MANIFEST, SIGNATURE])?;
    append(&mut component, MANIFEST, manifest.as_bytes());
    Ok(component)
}

/// The component with a publisher's signature, in place of one that it had.
pub fn signed(bytes: &[u8], key: &SigningKey) -> Result<Vec<u8>, PackageError> {
    let mut component = without(bytes, &[SIGNATURE])?;
    Package::read(&component)?;
    let signature = key.sign(&[DOMAIN, &component].concat());
    let data = [&key.verifying_key().to_bytes()[..], &signature.to_bytes()].concat();
    append(&mut component, SIGNATURE, &data);
    Ok(component)
}

/// The key that signed everything before the section, which must be the last.
fn check(data: &[u8], bytes: &[u8]) -> Result<String, PackageError> {
    let mut section = Vec::new();
    append(&mut section, SIGNATURE, data);
    let before = bytes.strip_suffix(section.as_slice()).ok_or(PackageError::Misplaced(SIGNATURE))?;
    let (key, signature) = data.split_first_chunk::<32>().ok_or(PackageError::Signature(None))?;
    let wrong = |source| PackageError::Signature(Some(source));
    let key = VerifyingKey::from_bytes(key).map_err(wrong)?;
    let signature = Signature::from_slice(signature).map_err(wrong)?;
    key.verify_strict(&[DOMAIN, before].concat(), &signature).map_err(wrong)?;
    Ok(key.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn append(component: &mut Vec<u8>, name: &str, data: &[u8]) {
    CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.append_to_component(component);
}

/// The bytes without some custom sections, wherever they stand.
fn without(bytes: &[u8], names: &[&str]) -> Result<Vec<u8>, PackageError> {
    let mut kept = bytes.to_vec();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| PackageError::NotAComponent(Some(error)))?;
        if let Payload::CustomSection(section) = payload
            && names.contains(&section.name())
        {
            let mut whole = Vec::new();
            append(&mut whole, section.name(), section.data());
            // Ours are always written in this one way; another is left, and refused when it is read.
            if let Some(at) = kept.windows(whole.len()).position(|window| window == whole) {
                kept.drain(at..at + whole.len());
            }
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";
    const ASKS: &str = "[[files]]\npaths = \"files/**\"\naccess = [\"read\"]\n";

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    #[test]
    fn a_manifest_and_a_signature_are_read_back() {
        let packed = with_manifest(EMPTY, ASKS).expect("a manifest");
        let signed = signed(&packed, &key(1)).expect("a signature");
        let package = Package::read(&signed).expect("a package");
        assert_eq!(package.manifest.expect("a manifest").powers.files.len(), 1);
        assert_eq!(package.publisher.expect("a publisher").len(), 64);
        assert_eq!(Package::read(EMPTY).expect("a package").manifest, None);
    }

    #[test]
    fn packing_again_replaces() {
        let first = signed(&with_manifest(EMPTY, ASKS).expect("a manifest"), &key(1)).expect("signed");
        let second = signed(&with_manifest(&first, ASKS).expect("a manifest"), &key(1)).expect("signed");
        assert_eq!(first, second);
        let other = Package::read(&signed(&first, &key(2)).expect("signed")).expect("a package");
        assert_ne!(other.publisher, Package::read(&first).expect("a package").publisher);
    }

    #[test]
    fn what_was_changed_after_it_was_signed_is_refused() {
        let signed = signed(&with_manifest(EMPTY, ASKS).expect("a manifest"), &key(1)).expect("signed");
        let mut changed = signed.clone();
        let at = changed.windows(5).position(|window| window == b"files").expect("the manifest");
        changed[at + 2] = b'1';
        assert!(Package::read(&changed).is_err());
        let mut more = signed.clone();
        append(&mut more, "cowork-manifest", ASKS.as_bytes());
        assert!(matches!(Package::read(&more), Err(PackageError::Misplaced(_))), "a section after it");
        assert!(Package::read(b"\0asm\x01\0\0\0").is_err(), "a core module");
        assert!(Package::read(b"no component").is_err());
    }
}

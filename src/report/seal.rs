//! Sealed files: what one process leaves for another, with version and checksum.
//!
//! A sealed file is one JSON object; `body` is its last key, and the checksum is over the bytes of
//! the body. What is cut short, changed, or of another version is refused with a sentence.

use super::manifest::{MADE_BY, fingerprint};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// Which form sealed files have: raised when what is counted changes, so that parts of two forms are never
/// added up.
const FORMAT: u32 = 3;

/// What parts the header from the body.
const BODY: &[u8] = b",\"body\":";

#[derive(serde::Deserialize)]
struct Header {
    made_by: String,
    what: String,
    format: u32,
    version: String,
    bytes: u64,
    checksum: String,
}

/// The bytes of a sealed file; `what` tells one kind from another.
pub fn seal<T: Serialize>(what: &str, body: &T) -> Vec<u8> {
    let body = serde_json::to_vec(body).expect("what is sealed has a JSON text");
    let header = json!({
        "made_by": MADE_BY,
        "what": what,
        "format": FORMAT,
        "version": env!("CARGO_PKG_VERSION"),
        "bytes": body.len(),
        "checksum": fingerprint(&body),
    });
    let mut bytes = header.to_string().into_bytes();
    bytes.pop();
    bytes.extend_from_slice(BODY);
    bytes.extend_from_slice(&body);
    bytes.extend_from_slice(b"}\n");
    bytes
}

/// The header of a sealed file, and what stands behind it; none where it is no file of fleetsim.
fn header(bytes: &[u8]) -> Option<(Header, &[u8])> {
    let at = bytes.windows(BODY.len()).take(1000).position(|w| w == BODY)?;
    let mut head = bytes[..at].to_vec();
    head.push(b'}');
    let head: Header = serde_json::from_slice(&head).ok()?;
    (head.made_by == MADE_BY).then(|| (head, &bytes[at + BODY.len()..]))
}

/// Which kind of sealed file it is, whole or not; none where it is no file of fleetsim.
pub fn kind(bytes: &[u8]) -> Option<String> {
    header(bytes).map(|(head, _)| head.what)
}

/// Opens a sealed file; an error is a sentence that says what is wrong with it.
pub fn open<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, String> {
    let (head, body) = header(bytes).ok_or_else(|| format!("it is no {what} of fleetsim"))?;
    if head.what != what {
        return Err(format!("it is a {}, not a {what}", head.what));
    }
    let version = env!("CARGO_PKG_VERSION");
    if head.version != version {
        let other = head.version;
        return Err(format!(
            "it was written by fleetsim {other}, and this is {version}: play it again with one version"
        ));
    }
    if head.format != FORMAT {
        let other = head.format;
        return Err(format!(
            "it is of format {other}, and this fleetsim {version} reads format {FORMAT}: play it again with it"
        ));
    }
    let body = body.strip_suffix(b"}\n").ok_or("it is cut short")?;
    match (body.len() as u64, head.bytes) {
        (there, all) if there < all => {
            return Err(format!("it is cut short: {there} of {all} bytes are there"));
        }
        (there, all) if there > all => {
            return Err(format!("it is damaged: {there} bytes are there, and {all} were written"));
        }
        _ => {}
    }
    if fingerprint(body) != head.checksum {
        return Err("it is damaged: the checksum does not fit".to_string());
    }
    serde_json::from_slice(body).map_err(|e| format!("it cannot be read: {e}"))
}

/// Whether these bytes begin as a sealed file does.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(format!("{{\"made_by\":\"{MADE_BY}\"").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_and_what_is_damaged_is_not() {
        let body = (vec![1u128 << 100, 3], "a \"quoted\" ,\"body\": text".to_string());
        let bytes = seal("thing", &body);
        assert_eq!(open::<(Vec<u128>, String)>("thing", &bytes).as_ref(), Ok(&body));
        let again: serde_json::Value = serde_json::from_slice(&bytes).expect("it is JSON");
        assert_eq!(again["what"], "thing");
        assert_eq!(kind(&bytes[..bytes.len() - 5]).as_deref(), Some("thing"));
        assert_eq!((kind(b"{}"), kind(&bytes[..40])), (None, None));
        let refused = |bytes: &[u8]| open::<(Vec<u128>, String)>("thing", bytes).unwrap_err();
        assert!(refused(&bytes[..bytes.len() - 5]).contains("cut short"));
        assert!(refused(&bytes[..40]).contains("no thing"));
        assert!(refused(b"").contains("no thing"));
        let mut changed = bytes.clone();
        let last = changed.len() - 10;
        changed[last] ^= 1;
        assert!(refused(&changed).contains("damaged"));
        assert!(open::<()>("other", &bytes).unwrap_err().contains("not a other"));
        let mut longer = bytes.clone();
        longer.insert(last, b' ');
        let said = refused(&longer);
        assert!(said.contains("damaged") && !said.contains("cut short"), "{said}");
        let text = String::from_utf8(bytes).expect("text");
        let old = text.replacen(env!("CARGO_PKG_VERSION"), "0.0.0", 1);
        assert!(refused(old.as_bytes()).contains("0.0.0"));
        let other = text.replacen(&format!("\"format\":{FORMAT}"), "\"format\":77", 1);
        let said = refused(other.as_bytes());
        assert!(
            said.contains("of format 77") && said.contains(&format!("format {FORMAT}:")),
            "{said}"
        );
    }
}

//! The bytes of a file: sent as they are, compared by their hash, and never shown.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// How many hexadecimal digits of the hash stand for the content in a name.
const STAMP: usize = 8;

/// Bytes, known by their SHA-256. Printing them in any way gives their size and the start of the hash.
#[derive(Clone)]
pub struct Content {
    /// The bytes that are sent; `None` for content of a saved plan, which has only size and hash.
    bytes: Option<Arc<[u8]>>,
    size: u64,
    hash: Arc<str>,
}

impl Content {
    /// Takes bytes in.
    pub fn new(bytes: Vec<u8>) -> Content {
        let hash: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Content {
            size: bytes.len() as u64,
            hash: hash.into(),
            bytes: Some(bytes.into()),
        }
    }

    /// Content with only size and hash known; `None` if the text is not a hash.
    pub fn reported(size: u64, hash: &str) -> Option<Content> {
        let sound = hash.len() == 64
            && hash
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        sound.then(|| Content {
            bytes: None,
            size,
            hash: hash.into(),
        })
    }

    /// The bytes, for the one place that sends them.
    pub fn bytes(&self) -> Option<&Arc<[u8]>> {
        self.bytes.as_ref()
    }

    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The whole hash: 64 hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The start of the hash, which stands for the content in a name.
    pub fn stamp(&self) -> &str {
        self.hash.get(..STAMP).unwrap_or(&self.hash)
    }
}

/// A name with the stamp of its content before its ending: `icons/wiki.png` and `3f9a1c2b` give `icons/wiki-3f9a1c2b.png`.
pub fn stamped(name: &str, stamp: &str) -> String {
    let (stem, end) = name.split_at(ending(name));
    format!("{stem}-{stamp}{end}")
}

/// A name without its stamp, and the stamp; `None` for a name that has none.
pub fn unstamped(name: &str) -> Option<(String, &str)> {
    let (stem, end) = name.split_at(ending(name));
    let at = stem.len().checked_sub(STAMP + 1)?;
    let stamp = stem.get(at..)?.strip_prefix('-')?;
    let sound = stamp
        .bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let plain = stem
        .get(..at)
        .filter(|plain| !plain.is_empty() && !plain.ends_with('/') && sound)?;
    Some((format!("{plain}{end}"), stamp))
}

/// Where the ending of a name begins, with its dot; its end if it has none.
fn ending(name: &str) -> usize {
    let file = name.rfind('/').map_or(0, |slash| slash + 1);
    let dot = name
        .get(file..)
        .and_then(|file| file.rfind('.'))
        .filter(|dot| *dot > 0);
    dot.map_or(name.len(), |dot| file + dot)
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.stamp())?;
        match self.size {
            size @ 0..1_000 => write!(f, "{size} bytes)"),
            size @ 1_000..1_000_000 => write!(f, "{}.{} kB)", size / 1_000, size % 1_000 / 100),
            size => write!(f, "{}.{} MB)", size / 1_000_000, size % 1_000_000 / 100_000),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({self})")
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Content {}

impl PartialOrd for Content {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Content {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.hash, self.size).cmp(&(&other.hash, other.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_stamps_and_lose_them() {
        for (name, with) in [
            ("wiki.png", "wiki-3f9a1c2b.png"),
            ("icons/wiki.png", "icons/wiki-3f9a1c2b.png"),
            ("a.b/wiki", "a.b/wiki-3f9a1c2b"),
            ("wiki.tar.gz", "wiki.tar-3f9a1c2b.gz"),
            ("a-b.svg", "a-b-3f9a1c2b.svg"),
        ] {
            assert_eq!(stamped(name, "3f9a1c2b"), with);
            assert_eq!(unstamped(with), Some((name.to_owned(), "3f9a1c2b")));
        }
        for plain in [
            "wiki.png",
            "wiki-3F9A1C2B.png",
            "wiki-3f9a1c2.png",
            "-3f9a1c2b.png",
            "a/-3f9a1c2b.png",
            "é.png",
            "",
        ] {
            assert_eq!(unstamped(plain), None, "{plain}");
        }
    }

    #[test]
    fn bytes_are_reported_and_not_shown() {
        let content = Content::new(b"hunter2".to_vec());
        let report = format!("{content} {content:?}");
        assert!(
            report.contains("7 bytes") && !report.contains("hunter2"),
            "{report}"
        );
        assert_eq!(Content::reported(7, content.hash()), Some(content.clone()));
        assert_eq!(Content::reported(7, "hunter2"), None);
        assert_ne!(Content::new(b"hunter3".to_vec()), content);
        assert!(
            Content::new(vec![0; 4_096])
                .to_string()
                .ends_with("(4.0 kB)")
        );
        assert!(
            Content::new(vec![0; 1_250_000])
                .to_string()
                .ends_with("(1.2 MB)")
        );
    }
}

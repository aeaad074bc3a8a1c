//! Forms with files in them: `multipart/form-data` (RFC 7578), made here, since nothing but this one form is ever sent.
//! Must never show what is in a form.

use std::sync::Arc;

use sha2::{Digest, Sha256};

/// One part of a form.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    /// A text, by its name.
    Text(&'a str, &'a str),
    /// A file: the part's name, the file's name and its bytes.
    File(&'a str, &'a str, &'a [u8]),
}

/// A form as it is sent; repeating a request costs no copy of it that would last.
pub(super) struct Form {
    boundary: String,
    body: Arc<[u8]>,
}

impl Form {
    /// Puts the parts together. The boundary is the hash of all that is in them: what holds its own hash would be a
    /// broken hash.
    pub fn of(parts: &[Part<'_>]) -> Form {
        let mut hash = Sha256::new();
        for part in parts {
            match part {
                Part::Text(name, text) => [*name, *text].iter().for_each(|text| hash.update(text)),
                Part::File(name, file, bytes) => {
                    [*name, *file].iter().for_each(|text| hash.update(text));
                    hash.update(bytes);
                }
            }
        }
        let boundary: String = hash
            .finalize()
            .iter()
            .take(20)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let boundary = format!("akrec-{boundary}");
        let mut body = Vec::new();
        for part in parts {
            body.extend_from_slice(
                format!("--{boundary}\r\nContent-Disposition: form-data; ").as_bytes(),
            );
            match part {
                Part::Text(name, text) => {
                    body.extend_from_slice(
                        format!("name=\"{}\"\r\n\r\n{text}\r\n", quoted(name)).as_bytes(),
                    );
                }
                Part::File(name, file, bytes) => {
                    let head = format!(
                        "name=\"{}\"; filename=\"{}\"\r\n",
                        quoted(name),
                        quoted(file)
                    );
                    body.extend_from_slice(head.as_bytes());
                    body.extend_from_slice(b"Content-Type: application/octet-stream\r\n\r\n");
                    body.extend_from_slice(bytes);
                    body.extend_from_slice(b"\r\n");
                }
            }
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Form {
            boundary,
            body: body.into(),
        }
    }

    /// The value of `Content-Type`.
    pub fn kind(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// All of it.
    pub fn body(&self) -> Vec<u8> {
        self.body.to_vec()
    }
}

/// A name inside quotes, in the spelling that browsers send.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_its_parts_and_ends() {
        let bytes = b"\x89PNG\r\n\x00--akrec-\r\n";
        let parts = [
            Part::Text("name", "a.png"),
            Part::File("file", "a\".png", bytes),
        ];
        let form = Form::of(&parts);
        let boundary = form.kind().split_once("boundary=").unwrap().1.to_owned();
        assert_eq!(boundary.len(), 46);
        let body = form.body();
        let text = String::from_utf8_lossy(&body);
        assert_eq!(text.matches(&format!("--{boundary}")).count(), 3);
        assert!(text.starts_with(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na.png\r\n--{boundary}\r\n"
        )));
        assert!(text.contains(
            "name=\"file\"; filename=\"a%22.png\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        ));
        assert!(body.windows(bytes.len()).any(|window| window == bytes));
        assert!(text.ends_with(&format!("\r\n--{boundary}--\r\n")));
        assert_eq!(Form::of(&parts).body(), body);
    }
}

//! What a name of an upload may look like; the server refuses others (admin/files/validation.py).

/// The longest name, and the longest part of one between slashes, with room for a stamp.
const LONGEST: usize = 1024 - 9;
const LONGEST_PART: usize = 255 - 9;

/// Why the server would refuse a file of this name, if it would.
pub fn upload_name(name: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if !name.chars().all(plain) {
        return Err("letters without accents, digits, `.`, `_`, `-` and `/` only");
    }
    let mut parts = name.split('/');
    if name.starts_with(['.', '/']) {
        Err("it must not begin with a dot or a slash")
    } else if parts.clone().any(str::is_empty) {
        Err("a `/` is allowed only between two parts")
    } else if parts.clone().any(|part| matches!(part, "." | "..")) {
        Err("no part of it may be `.` or `..`")
    } else if name.len() > LONGEST || parts.any(|part| part.len() > LONGEST_PART) {
        Err("it is too long")
    } else {
        Ok(())
    }
}

/// Why the server would refuse a field that names a file, if it would.
pub(super) fn file_name(name: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if !name.chars().all(plain) {
        return Err("letters without accents, digits, `.`, `_`, `-` and `/` only");
    }
    if name.starts_with(['.', '/']) {
        Err("it must not begin with a dot or a slash")
    } else if name.contains("//") {
        Err("two slashes in a row")
    } else if name.split('/').any(|part| part == "..") {
        Err("no part of it may be `..`")
    } else if name.len() > 1024 || name.split('/').any(|part| part.len() > 255) {
        Err("it is too long")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_refuses_is_refused() {
        for good in ["wiki.png", "icons/wiki-2.png", "WIKI_1", "a/.b"] {
            assert_eq!(upload_name(good), Ok(()), "{good}");
        }
        let (long, part) = ("a/".repeat(600) + "a", "a".repeat(250));
        for bad in [
            "é.png", "a b.png", "a%20b", "/a", "a/", "a//b", "../a", "a/../b", ".a", "", &long,
            &part,
        ] {
            assert!(upload_name(bad).is_err(), "{bad}");
        }
    }
}

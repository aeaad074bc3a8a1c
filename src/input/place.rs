//! Where paths lead: out of a folder or not, and whether into git's own data.
//!
//! Files are looked up here and not read. The target of a link is never reported, only its purpose.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// A folder that nothing that a checkout names may lead out of.
#[derive(Clone, Debug)]
pub struct Place {
    real: PathBuf,
    open: bool,
}

/// Why a path is not followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Astray {
    /// The path does not exist.
    Missing,
    /// A symbolic link leads to nothing.
    Dangling,
    /// It leads out of the folder.
    Outside,
    /// It leads into git's own data, where checkouts keep tokens.
    Git,
    /// It cannot be looked up.
    Other(String),
}

impl Place {
    /// A folder; `None` if there is none. If it is `open`, paths may lead out of it, but never into git's own data.
    pub fn of(folder: &Path, open: bool) -> Option<Place> {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let real = std::fs::canonicalize(folder).ok()?;
        Some(Place { real, open })
    }

    /// The folder itself, without links.
    pub fn path(&self) -> &Path {
        &self.real
    }

    /// Whether a path without links lies in the folder.
    pub fn holds(&self, real: &Path) -> bool {
        real.starts_with(&self.real)
    }

    /// Where a path really leads.
    ///
    /// Everything lies in the root directory, so there a link must not be followed at all.
    pub fn find(&self, path: &Path) -> Result<PathBuf, Astray> {
        let real = std::fs::canonicalize(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound if path.is_symlink() => Astray::Dangling,
            ErrorKind::NotFound => Astray::Missing,
            ErrorKind::PermissionDenied => Astray::Other("permission denied".to_owned()),
            kind => Astray::Other(kind.to_string()),
        })?;
        let inside = match self.real.parent() {
            Some(_) => self.holds(&real),
            None => std::path::absolute(path).is_ok_and(|written| normal(&written) == real),
        };
        if !inside && !self.open {
            return Err(Astray::Outside);
        }
        if in_git(&real) {
            return Err(Astray::Git);
        }
        Ok(real)
    }
}

/// Whether a path without links leads into git's own data: `.git`, whatever its case, or a folder that is laid out like one
/// (a bare repository, or one of `git init --separate-git-dir`).
pub fn in_git(real: &Path) -> bool {
    let named = |part: Component| matches!(part, Component::Normal(name) if is_git(name));
    let laid_out = |folder: &Path| {
        folder.join("HEAD").is_file()
            && folder.join("objects").is_dir()
            && folder.join("refs").is_dir()
    };
    real.components().any(named) || real.ancestors().any(laid_out)
}

/// Whether a path has a part that is hidden below a folder. Names that begin with two dots are not: Kubernetes keeps the
/// files of a mount in such folders.
pub fn is_hidden(real: &Path, below: &Path) -> bool {
    let rest = real.strip_prefix(below).unwrap_or(real);
    let hidden = |name: &[u8]| name.starts_with(b".") && !name.starts_with(b"..");
    rest.components()
        .any(|part| matches!(part, Component::Normal(name) if hidden(name.as_encoded_bytes())))
}

fn is_git(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        name.trim_end_matches(['.', ' '])
            .eq_ignore_ascii_case(".git")
    })
}

/// A path without `.` and `..`, without asking the file system.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => drop(out.pop()),
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            part => out.push(part),
        }
    }
    out
}

/// The folder that a relative path cannot leave, judged by its text: the working directory, or one above it for each
/// `..` at the beginning. `None` for an absolute path, which says itself where it leads.
pub fn anchor(working: &Path, path: &Path) -> Option<PathBuf> {
    if path.is_absolute() {
        return None;
    }
    let up = normal(path)
        .components()
        .take_while(|part| *part == Component::ParentDir)
        .count();
    let mut anchor = working.to_path_buf();
    (0..up).for_each(|_| anchor.push(".."));
    Some(anchor)
}

/// Refuses a path that a flag names relative to the working directory and that a link in it leads elsewhere: the checkout
/// decides what such a link leads to. An absolute path, and what is not there, is not looked at.
pub fn given(working: &Path, path: &Path) -> Result<(), Astray> {
    let Some(place) = anchor(working, path).and_then(|anchor| Place::of(&anchor, false)) else {
        return Ok(());
    };
    match place.find(&working.join(path)) {
        // Everything lies in the root directory, which is not a checkout.
        Err(Astray::Outside) if place.real.parent().is_none() => Ok(()),
        Err(error @ (Astray::Outside | Astray::Git)) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_their_dots() {
        for (path, is) in [
            ("a/./b/../c", "a/c"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/..", "/"),
            ("/a/..", "/"),
        ] {
            assert_eq!(normal(Path::new(path)), Path::new(is), "{path}");
        }
        let anchor = |path: &str| anchor(Path::new("w"), Path::new(path));
        assert_eq!((anchor("a/b"), anchor("/a")), (Some("w".into()), None));
        assert_eq!(
            (anchor("../a"), anchor("a/../../../b")),
            (Some("w/..".into()), Some("w/../..".into()))
        );
    }

    #[test]
    fn hidden_parts_are_seen_and_mounts_are_not() {
        let hidden = |path: &str| is_hidden(Path::new(path), Path::new("/home/.x/p"));
        assert!(hidden("/home/.x/p/.env") && hidden("/home/.x/p/.docker/config.json"));
        assert!(!hidden("/home/.x/p/a") && !hidden("/home/.x/p/..2026_01/a"));
    }

    #[test]
    fn the_data_of_git_is_known_by_name_and_by_layout() {
        let root = std::env::temp_dir().join(format!("akrec-place-{}", std::process::id()));
        for folder in ["bare/objects", "bare/refs", "tree/objects"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        std::fs::write(root.join("bare/HEAD"), "").unwrap();
        let found = [
            "bare/config",
            "tree/config",
            ".git",
            "a/.GIT/x",
            ".git./x",
            ".github/x",
            "x.git/y",
        ]
        .map(|path| in_git(&root.join(path)));
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(found, [true, false, true, true, true, false, false]);
    }

    #[test]
    fn from_the_root_directory_no_link_is_followed() {
        let root = Place::of(Path::new("/"), false).unwrap();
        assert_eq!(root.find(Path::new("/")), Ok("/".into()));
        let link = std::env::temp_dir().join(format!("akrec-root-{}", std::process::id()));
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        let found = root.find(&link);
        std::fs::remove_file(&link).unwrap();
        assert_eq!(found, Err(Astray::Outside));
    }
}

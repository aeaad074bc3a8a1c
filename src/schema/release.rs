//! Releases of authentik, as year and month.

use std::fmt;

/// A release such as `2026.2`; the patch level makes no difference to what akrec does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Release {
    /// The year.
    pub year: u16,
    /// The month.
    pub month: u8,
}

/// 2025.10
pub const V2025_10: Release = Release {
    year: 2025,
    month: 10,
};
/// 2025.12
pub const V2025_12: Release = Release {
    year: 2025,
    month: 12,
};
/// 2026.2
pub const V2026_2: Release = Release {
    year: 2026,
    month: 2,
};
/// 2026.5
pub const V2026_5: Release = Release {
    year: 2026,
    month: 5,
};
/// 2026.8
pub const V2026_8: Release = Release {
    year: 2026,
    month: 8,
};

/// 2026.11, of which only release candidates have been seen: a gate in the table, no release that akrec was made for.
pub const V2026_11: Release = Release {
    year: 2026,
    month: 11,
};

/// The releases that akrec was made for, oldest first.
pub const RELEASES: &[Release] = &[V2025_10, V2025_12, V2026_2, V2026_5, V2026_8];

impl Release {
    /// Reads `2026.2`, `2026.2.2` or `2026.8.0-rc6`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Release> {
        let mut parts = text.trim().split('.');
        let year = parts
            .next()?
            .parse()
            .ok()
            .filter(|year| (2020..2200).contains(year))?;
        let month: String = parts
            .next()?
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let month = month
            .parse()
            .ok()
            .filter(|month| (1..=12).contains(month))?;
        Some(Release { year, month })
    }

    /// Itself if it is not older than all releases that akrec knows; the oldest of those otherwise.
    pub fn supported(self) -> Result<Release, Release> {
        if self < RELEASES[0] {
            Err(RELEASES[0])
        } else {
            Ok(self)
        }
    }

    /// A patch release of it.
    pub const fn patch(self, patch: u16) -> Version {
        Version {
            release: self,
            patch: Some(patch),
        }
    }

    /// Whether it has what came with `since` and went with `until`; `None` is always and never.
    pub(super) fn is_between(self, since: Option<Release>, until: Option<Release>) -> bool {
        since.is_none_or(|since| self >= since) && until.is_none_or(|until| self < until)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.year, self.month)
    }
}

/// A version of authentik: a release, and which patch release of it if that is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version {
    /// The release.
    pub release: Release,
    /// The patch level; a release candidate counts as the release that it is a candidate for.
    pub patch: Option<u16>,
}

impl Version {
    /// Reads `2026.2`, `2026.2.7` or `2026.8.0-rc6`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.trim();
        let release = Release::parse(text)?;
        let patch = match text.splitn(3, '.').nth(2) {
            Some(rest) => Some(
                rest.split(['-', '+'])
                    .next()
                    .unwrap_or_default()
                    .parse()
                    .ok()?,
            ),
            None => None,
        };
        Some(Version { release, patch })
    }
}

impl From<Release> for Version {
    fn from(release: Release) -> Version {
        Version {
            release,
            patch: None,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.patch {
            Some(patch) => write!(f, "{}.{patch}", self.release),
            None => self.release.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_and_ordered() {
        assert_eq!(Release::parse("2026.2.2"), Some(V2026_2));
        assert_eq!(Release::parse("2026.8.0-rc6"), Some(V2026_8));
        assert_eq!(Release::parse("2025.12"), Some(V2025_12));
        assert_eq!(Release::parse("latest"), None);
        assert!(V2025_10 < V2025_12 && V2025_12 < V2026_2);
    }

    #[test]
    fn versions_are_read_and_written() {
        for text in ["2026.2", "2026.2.7", "2025.10.10"] {
            assert_eq!(
                Version::parse(text)
                    .map(|version| version.to_string())
                    .as_deref(),
                Some(text)
            );
        }
        assert_eq!(Version::parse("2026.8.0-rc6"), Some(V2026_8.patch(0)));
        assert_eq!(
            (
                Version::parse("2026.2.x"),
                Version::parse("2026.2.7.1"),
                Version::parse("2026")
            ),
            (None, None, None)
        );
        assert!(V2026_2.patch(7) < V2026_2.patch(10) && V2026_2.patch(10) < V2026_5.patch(0));
    }
}

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
pub const V2025_10: Release = Release { year: 2025, month: 10 };
/// 2025.12
pub const V2025_12: Release = Release { year: 2025, month: 12 };
/// 2026.2
pub const V2026_2: Release = Release { year: 2026, month: 2 };
/// 2026.5
pub const V2026_5: Release = Release { year: 2026, month: 5 };
/// 2026.8
pub const V2026_8: Release = Release { year: 2026, month: 8 };

/// The releases that akrec was made for, oldest first.
pub const RELEASES: &[Release] = &[V2025_10, V2025_12, V2026_2, V2026_5, V2026_8];

impl Release {
    /// Reads `2026.2`, `2026.2.2` or `2026.8.0-rc6`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Release> {
        let mut parts = text.trim().split('.');
        let year = parts.next()?.parse().ok().filter(|year| (2020..2200).contains(year))?;
        let month: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
        let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
        Some(Release { year, month })
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
}

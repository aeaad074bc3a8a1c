//! The releases of authentik that tests run on, all from the list that akrec itself has.

#![allow(dead_code, reason = "every test executable uses its own part of it")]

use std::sync::LazyLock;

use akrec::schema::{Release, V2026_2};

/// The release on which a test runs that is about no particular one, and whose expected outputs have no release in their names.
pub const USUAL: Release = V2026_2;

/// Every release that akrec was made for: the usual one, and then the others, the newest first.
pub static RELEASES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let others = akrec::schema::RELEASES
        .iter()
        .rev()
        .filter(|release| **release != USUAL);
    std::iter::once(&USUAL)
        .chain(others)
        .map(|release| text(*release))
        .collect()
});

fn text(release: Release) -> &'static str {
    Box::leak(release.to_string().into_boxed_str())
}

/// [`USUAL`] as text.
pub fn usual() -> &'static str {
    RELEASES[0]
}

/// The newest release, which has every kind and field that is still there.
pub fn newest() -> &'static str {
    static NEWEST: LazyLock<&str> =
        LazyLock::new(|| text(akrec::schema::RELEASES[akrec::schema::RELEASES.len() - 1]));
    &NEWEST
}

/// The oldest release.
pub fn oldest() -> &'static str {
    static OLDEST: LazyLock<&str> = LazyLock::new(|| text(akrec::schema::RELEASES[0]));
    &OLDEST
}

//! Uploads, whose names carry a hash of their content, and the fields that show them.

use akrec::schema::V2025_10;
use insta::assert_snapshot;

use crate::table::{Table, check};

/// The hash of `one` begins with 7692c3ad, that of `two` with 3fc4ccfe.
const WIKI: &str = "
file: [{name: wiki-7692c3ad.png}]
brand: [{domain: wiki.org, branding_logo: wiki-7692c3ad.png}]
";
const ICON: &str = "brands: {wiki.org: {branding_logo: !ref {file: wiki.png}}}";

fn with(content: &str) -> String {
    format!("files: {{wiki.png: {{content: {content}}}}}\n{ICON}")
}

#[test]
fn an_upload_comes_before_what_shows_it() {
    assert_snapshot!(check(&with("one"), "file: []"), @"");
    assert_snapshot!(check(&with("one"), WIKI), @"");
}

#[test]
fn other_content_is_uploaded_then_shown_and_the_old_one_goes_last() {
    let state = with("two");
    let table = || Table::new(&state, WIKI).made("file", "wiki-7692c3ad.png").made("brand", "~wiki.org").unsettled();
    assert_snapshot!(table().show(), @"");
    // Protection is of what is declared, not of content that it had once.
    assert_snapshot!(table().protected().show(), @"");
    // What akrec did not make stays.
    assert_snapshot!(check(&state, WIKI), @"");
    // Stopped before the old one went.
    let both = "
file: [{name: wiki-7692c3ad.png}, {name: wiki-3fc4ccfe.png}]
brand: [{domain: wiki.org, branding_logo: wiki-3fc4ccfe.png}]
";
    let table =
        Table::new(&state, both).made("file", "wiki-7692c3ad.png").made("file", "wiki-3fc4ccfe.png").unsettled();
    assert_snapshot!(table.show(), @"");
}

#[test]
fn a_name_and_a_reference_say_the_same() {
    let text = "brands: {wiki.org: {branding_logo: wiki-7692c3ad.png}}";
    assert_snapshot!(check(text, WIKI), @"");
    assert_snapshot!(check(&format!("files: {{wiki.png: {{content: one}}}}\n{text}"), WIKI), @"");
    // Shown by its name before it was there.
    let dangling = "brand: [{domain: wiki.org, branding_logo: wiki-7692c3ad.png}]";
    assert_snapshot!(check(&with("one"), dangling), @"");
    // Uploaded by hand, with or without a hash.
    assert_snapshot!(check("files: {wiki-7692c3ad.png: {}}", WIKI), @"");
    assert_snapshot!(check(ICON, WIKI), @"");
    assert_snapshot!(check(ICON, "file: [{name: wiki.png}]"), @"");
    assert_snapshot!(check(&text.replace("wiki-7692c3ad.png", "fa://fa-book"), WIKI), @"");
}

#[test]
fn what_is_meant_must_be_clear_and_there() {
    assert_snapshot!(check(ICON, "file: [{name: wiki-7692c3ad.png}, {name: wiki-3fc4ccfe.png}]"), @"");
    assert_snapshot!(check(ICON, "file: [{name: wikis.png}]"), @"");
    assert_snapshot!(check("files: {wiki.png: {}}", "file: []"), @"");
    assert_snapshot!(Table::new(ICON, WIKI).made("file", "wiki-7692c3ad.png").show(), @"");
    let text = "brands: {wiki.org: {branding_logo: wiki-7692c3ad.png}}";
    assert_snapshot!(Table::new(text, WIKI).made("file", "wiki-7692c3ad.png").show(), @"");
    assert_snapshot!(Table::new(&with("one"), "").on(V2025_10).show(), @"");
}

#[test]
fn an_absent_name_is_absent_with_every_content() {
    let live = "file: [{name: wiki-7692c3ad.png}, {name: wiki-3fc4ccfe.png}, {name: wiki.png}, {name: wiki.svg}]";
    assert_snapshot!(check("absent: {files: [wiki.png]}", live), @"");
    assert_snapshot!(check("absent: {files: [wiki-7692c3ad.png]}", live), @"");
    assert_snapshot!(check("absent: {files: [wiki.png]}\nfiles: {wiki.png: {content: one}}", live), @"");
}

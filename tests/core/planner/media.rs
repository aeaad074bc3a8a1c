//! Uploads, whose names carry a hash of their content, and the fields that show them.

use akrec::schema::V2025_10;
use insta::assert_snapshot;

use super::table::{Table, check};

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
    assert_snapshot!(check(&with("one"), "file: []"), @"
    0 + file.wiki-7692c3ad.png
        file: <7692c3ad (3 bytes)>
    1 + brand.wiki.org after 0
        branding_logo: file.wiki-7692c3ad.png
    ");
    assert_snapshot!(check(&with("one"), WIKI), @"nothing to do");
}

#[test]
fn other_content_is_uploaded_then_shown_and_the_old_one_goes_last() {
    let state = with("two");
    let table = || {
        Table::new(&state, WIKI)
            .made("file", "wiki-7692c3ad.png")
            .made("brand", "~wiki.org")
            .unsettled()
    };
    assert_snapshot!(table().show(), @"
    0 + file.wiki-3fc4ccfe.png
        file: #7692c3ad -> <3fc4ccfe (3 bytes)>
    1 ~ brand.wiki.org after 0
        branding_logo: file.wiki-7692c3ad.png -> file.wiki-3fc4ccfe.png
    2 - file.wiki-7692c3ad.png (replaced by file.wiki-3fc4ccfe.png) after 0, 1
    ");
    // Protection is of what is declared, not of content that it had once.
    assert_snapshot!(table().protected().show(), @"
    0 + file.wiki-3fc4ccfe.png
        file: #7692c3ad -> <3fc4ccfe (3 bytes)>
    1 ~ brand.wiki.org after 0
        branding_logo: file.wiki-7692c3ad.png -> file.wiki-3fc4ccfe.png
    2 - file.wiki-7692c3ad.png (replaced by file.wiki-3fc4ccfe.png) after 0, 1
    ");
    // What akrec did not make stays.
    assert_snapshot!(check(&state, WIKI), @"
    0 + file.wiki-3fc4ccfe.png
        file: <3fc4ccfe (3 bytes)>
    1 ~ brand.wiki.org after 0
        branding_logo: file.wiki-7692c3ad.png -> file.wiki-3fc4ccfe.png
    ");
    // Stopped before the old one went.
    let both = "
file: [{name: wiki-7692c3ad.png}, {name: wiki-3fc4ccfe.png}]
brand: [{domain: wiki.org, branding_logo: wiki-3fc4ccfe.png}]
";
    let table = Table::new(&state, both)
        .made("file", "wiki-7692c3ad.png")
        .made("file", "wiki-3fc4ccfe.png")
        .unsettled();
    assert_snapshot!(table.show(), @"
    0 = brand.wiki.org
    1 - file.wiki-7692c3ad.png (replaced by file.wiki-3fc4ccfe.png)
    ");
}

#[test]
fn a_name_and_a_reference_say_the_same() {
    let text = "brands: {wiki.org: {branding_logo: wiki-7692c3ad.png}}";
    assert_snapshot!(check(text, WIKI), @"nothing to do");
    assert_snapshot!(check(&format!("files: {{wiki.png: {{content: one}}}}\n{text}"), WIKI), @"nothing to do");
    // Shown by its name before it was there.
    let dangling = "brand: [{domain: wiki.org, branding_logo: wiki-7692c3ad.png}]";
    assert_snapshot!(check(&with("one"), dangling), @"
    0 + file.wiki-7692c3ad.png
        file: <7692c3ad (3 bytes)>
    ");
    // Uploaded by hand, with or without a hash.
    assert_snapshot!(check("files: {wiki-7692c3ad.png: {}}", WIKI), @"nothing to do");
    assert_snapshot!(check(ICON, WIKI), @"nothing to do");
    assert_snapshot!(check(ICON, "file: [{name: wiki.png}]"), @"
    0 + brand.wiki.org
        branding_logo: file.wiki.png
    ");
    assert_snapshot!(check(&text.replace("wiki-7692c3ad.png", "fa://fa-book"), WIKI), @r#"
    0 ~ brand.wiki.org
        branding_logo: file.wiki-7692c3ad.png -> "fa://fa-book"
    "#);
}

#[test]
fn what_is_meant_must_be_clear_and_there() {
    assert_snapshot!(check(ICON, "file: [{name: wiki-7692c3ad.png}, {name: wiki-3fc4ccfe.png}]"), @r#"
    error[AKR0204] 1:48: "wiki.png" matches several objects
        note: the candidates are "wiki-3fc4ccfe.png", "wiki-7692c3ad.png"
        help: write the full name of the one that you mean
    "#);
    assert_snapshot!(check(ICON, "file: [{name: wikis.png}]"), @r#"
    error[AKR0203] 1:48: file "wiki.png" is not declared and not found on the server
        help: did you mean "wikis.png"?
    "#);
    assert_snapshot!(check("files: {wiki.png: {}}", "file: []"), @r#"error[AKR0117] 1:9: file "wiki.png" does not exist yet, and cannot be created without content"#);
    assert_snapshot!(Table::new(ICON, WIKI).made("file", "wiki-7692c3ad.png").show(), @r#"
    error[AKR0205] 1:48: file "wiki-7692c3ad.png" is deleted by this plan
        note: akrec created it, and no file declares it any more
        help: declare it again, refer to another one, or forget it with `akrec forget`
    "#);
    let text = "brands: {wiki.org: {branding_logo: wiki-7692c3ad.png}}";
    assert_snapshot!(Table::new(text, WIKI).made("file", "wiki-7692c3ad.png").show(), @r#"
    error[AKR0205] 1:21: file "wiki-7692c3ad.png" is deleted by this plan
        note: akrec created it, and no file declares it any more
        help: declare it again, refer to another one, or forget it with `akrec forget`
    "#);
    assert_snapshot!(Table::new(&with("one"), "").on(V2025_10).show(), @"error[AKR0106] 1:9: authentik 2025.10 has no files");
}

#[test]
fn an_absent_name_is_absent_with_every_content() {
    let live = "file: [{name: wiki-7692c3ad.png}, {name: wiki-3fc4ccfe.png}, {name: wiki.png}, {name: wiki.svg}]";
    assert_snapshot!(check("absent: {files: [wiki.png]}", live), @"
    0 - file.wiki-3fc4ccfe.png (absent)
    1 - file.wiki-7692c3ad.png (absent)
    2 - file.wiki.png (absent)
    ");
    assert_snapshot!(check("absent: {files: [wiki-7692c3ad.png]}", live), @"0 - file.wiki-7692c3ad.png (absent)");
    assert_snapshot!(check("absent: {files: [wiki.png]}\nfiles: {wiki.png: {content: one}}", live), @r#"error[AKR0208] 1:18: file "wiki.png" is both declared and listed under `absent`"#);
}

//! The text of an export, to be read.

use akrec::export::Options;

use super::{all, apply, round};
use crate::support::releases::newest;
use crate::support::{Bench, State};

#[tokio::test]
async fn files_read_well() {
    let (_sandbox, bench) = Bench::sandbox(newest()).await;
    apply(&bench, &State::at("tests/server/export/sample")).await;
    let options = Options {
        origin: "Exported by akrec from https://auth.example.org (authentik 2026.8.0).".to_owned(),
        schema: Some("akrec.schema.json".to_owned()),
        ..Options::default()
    };
    let (export, _) = round(&bench, "sample", &options).await;
    let text = all(&export).replace("--- ", "=== ");
    let text = text
        .split_inclusive('\n')
        .filter(|line| !line.contains("# expires:"))
        .collect::<String>();
    let path = "tests/server/export/sample.txt";
    if std::env::var_os("AKREC_UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        text,
        "AKREC_UPDATE=1 accepts what is new"
    );
}

//! The examples that `akrec explain` shows are valid state.

use std::fs;
use std::path::Path;

use akrec::desired;
use akrec::diag::Sources;
use akrec::kinds::KINDS;
use akrec::report::{diagnostics, reference};
use akrec::schema::{Items, RELEASES};
use akrec::state::Inputs;

/// What a variable holds: a text that also serves where a secret is data, and what only some texts are taken for.
fn env(name: &str) -> Option<String> {
    Some(match name {
        "KUBECONFIG" => {
            r#"{"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "k"}}],
            "clusters": [{"name": "k", "cluster": {"server": "https://k.example.org"}}]}"#
                .to_owned()
        }
        _ if name.contains("KEY_DATA") => {
            "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----".to_owned()
        }
        _ if name.contains("URL") => "https://app.example.org/".to_owned(),
        _ => format!("{{\"value-of\": \"{name}\"}}"),
    })
}

#[test]
fn every_example_loads_and_shows_what_is_required() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("akrec-examples-{}", std::process::id()));
    for kind in KINDS.iter() {
        let text = reference::example(kind, &KINDS);
        let dir = root.join(kind.name);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("state.yaml"), &text).unwrap();
        let inputs = Inputs::new(dir, &env);
        let release = RELEASES
            .iter()
            .rev()
            .copied()
            .find(|release| kind.is_in(*release));
        let settings = desired::Settings {
            release,
            allow_unknown: false,
            today: jiff::civil::date(2026, 11, 22),
        };
        let mut sources = Sources::default();
        let (desired, problems) = akrec::state::load(&inputs, None, &settings, &mut sources);
        let reported = diagnostics::text(&problems, &sources, false, 50);
        assert!(
            problems.is_empty(),
            "the example of {}:\n{text}\n{reported}",
            kind.name
        );
        let object = desired.objects.iter().find(|object| object.kind == *kind);
        let object =
            object.unwrap_or_else(|| panic!("the example of {} has none:\n{text}", kind.name));
        if matches!(kind.create, akrec::schema::Create::PostOrImport { .. }) {
            continue;
        }
        for field in kind
            .fields
            .iter()
            .filter(|field| field.required && field.create_default.is_none())
        {
            let there = object.fields.contains_key(field.name)
                || release.is_some_and(|release| !field.is_in(release));
            assert!(
                there,
                "the example of {} lacks {}:\n{text}",
                kind.name, field.name
            );
        }
        assert!(!kind.is_named() || text.starts_with(kind.section), "{text}");
        for children in kind.children {
            let shown = text.contains(&format!(" {}:", children.yaml_key));
            assert!(
                shown || matches!(children.items, Items::Named(_)) || kind.section.is_empty(),
                "{text}"
            );
        }
    }
    drop(fs::remove_dir_all(root));
}

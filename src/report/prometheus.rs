//! Drift as metrics, for the textfile collector of Prometheus' node exporter.
//!
//! Must never give a number that is not known: a run that failed has its exit code and its time alone.

use std::collections::BTreeMap;

use super::document::Document;
use super::json::drift::state;
use super::safe;

/// The whole run as metrics.
pub fn metrics(run: &Document<'_>) -> String {
    let env = run.source.env.as_deref().unwrap_or("default");
    let mut out = String::new();
    let mut gauge = |name: &str, help: &str, values: Vec<(Vec<(&str, &str)>, String)>| {
        out.push_str(&format!(
            "# HELP akrec_{name} {help}\n# TYPE akrec_{name} gauge\n"
        ));
        for (labels, value) in values {
            let labels = std::iter::once(("env", env)).chain(labels);
            let labels: Vec<String> = labels
                .map(|(name, value)| format!("{name}=\"{}\"", escape(value)))
                .collect();
            out.push_str(&format!("akrec_{name}{{{}}} {value}\n", labels.join(",")));
        }
    };
    if let Some(drift) = run.drift() {
        let (mut by_state, mut waiting) = (BTreeMap::<_, usize>::new(), 0_usize);
        for object in &drift.objects {
            match object.is_drift() {
                true => {
                    *by_state
                        .entry((object.kind.name, state(&object.state).to_string()))
                        .or_default() += 1
                }
                false => waiting += 1,
            }
        }
        gauge(
            "drifted_objects",
            "How many objects differ on the server from the last apply.",
            vec![(Vec::new(), drift.drifted().count().to_string())],
        );
        gauge(
            "drift_objects",
            "The same by kind and type of drift; only counts above 0.",
            by_state
                .iter()
                .map(|((kind, state), count)| {
                    (
                        vec![("kind", *kind), ("state", state.as_str())],
                        count.to_string(),
                    )
                })
                .collect(),
        );
        gauge(
            "unapplied_objects",
            "How many objects changed only in the files and are not applied yet.",
            vec![(Vec::new(), waiting.to_string())],
        );
        gauge(
            "uncompared_secrets",
            "How many declared secrets the server does not return, so that changes of them are not detected.",
            vec![(Vec::new(), drift.uncompared.len().to_string())],
        );
        if let Some(unmanaged) = &drift.unmanaged {
            let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
            unmanaged
                .objects
                .iter()
                .for_each(|(_, kind)| *by_kind.entry(kind.name).or_default() += 1);
            gauge(
                "unmanaged_objects",
                "How many objects nobody declares, by kind; only with --unmanaged.",
                by_kind
                    .iter()
                    .map(|(kind, count)| (vec![("kind", *kind)], count.to_string()))
                    .collect(),
            );
            gauge(
                "managed_objects",
                "How many objects of the same kinds are in the files or a ledger.",
                vec![(Vec::new(), unmanaged.managed.to_string())],
            );
        }
    }
    gauge(
        "drift_exit_code",
        "The exit code of the last run of akrec drift: 0 no drift, 2 drift, otherwise it failed.",
        vec![(Vec::new(), run.exit_code.to_string())],
    );
    let at = run.run["created_at"]
        .as_str()
        .and_then(|text| text.parse::<jiff::Timestamp>().ok());
    if let Some(at) = at {
        gauge(
            "last_run_timestamp_seconds",
            "The time at which the last run of akrec drift started.",
            vec![(Vec::new(), at.as_second().to_string())],
        );
    }
    out
}

/// The value of a label.
fn escape(text: &str) -> String {
    // Line breaks are spelled out as the format wants them; all else that is dangerous is text to it.
    let lines: Vec<_> = text
        .split('\n')
        .map(|line| safe::cell(line).replace('\\', "\\\\"))
        .collect();
    lines.join("\\n").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diag::Sources;
    use crate::drift::{Drift, Object, Since, State, Unmanaged};
    use crate::kinds;
    use crate::report::document::{Body, Source, Verb};
    use crate::report::sample::at;

    #[test]
    fn numbers_by_kind_and_state() {
        let kind = kinds::kind("group").unwrap();
        let object = |name: &str, state: State| Object {
            address: at("group", name),
            kind,
            source: None,
            id: None,
            run: None,
            state,
            fields: Vec::new(),
            attribution: None,
        };
        let drift = Drift {
            objects: vec![
                object("a", State::Gone),
                object("b", State::Gone),
                object("c", State::Remade),
                object("d", State::NotApplied),
            ],
            since: Since::Applied,
            uncompared: vec![(at("source", "git"), "consumer_secret".to_owned())],
            unmanaged: Some(Unmanaged {
                objects: vec![(at("group", "x"), kind)],
                managed: 41,
            }),
        };
        let sources = Sources::default();
        let mut run = Document {
            body: Body::drift(&drift),
            exit_code: 2,
            run: json!({ "created_at": "2026-11-22T10:00:00.5Z" }),
            source: Source {
                env: Some("a\"b\\c".to_owned()),
                ..Source::default()
            },
            ..Document::new(Verb::Drift, &sources)
        };
        let lines = |run: &Document<'_>| {
            metrics(run)
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect::<Vec<_>>()
                .join("\n")
        };
        insta::assert_snapshot!(lines(&run), @r#"
        akrec_drifted_objects{env="a\"b\\c"} 3
        akrec_drift_objects{env="a\"b\\c",kind="group",state="gone"} 2
        akrec_drift_objects{env="a\"b\\c",kind="group",state="remade"} 1
        akrec_unapplied_objects{env="a\"b\\c"} 1
        akrec_uncompared_secrets{env="a\"b\\c"} 1
        akrec_unmanaged_objects{env="a\"b\\c",kind="group"} 1
        akrec_managed_objects{env="a\"b\\c"} 41
        akrec_drift_exit_code{env="a\"b\\c"} 2
        akrec_last_run_timestamp_seconds{env="a\"b\\c"} 1795341600
        "#);
        run.body = Body::Nothing;
        run.exit_code = 5;
        insta::assert_snapshot!(lines(&run), @r#"
        akrec_drift_exit_code{env="a\"b\\c"} 5
        akrec_last_run_timestamp_seconds{env="a\"b\\c"} 1795341600
        "#);
        let text = metrics(&run);
        assert_eq!(
            text.matches("# TYPE").count(),
            text.matches("# HELP").count()
        );
    }
}

//! Drift as metrics, for the textfile collector of Prometheus' node exporter.
//!
//! Must never give a number that is not known: a run that failed has its exit code and its time alone.

use std::collections::BTreeMap;

use super::document::Document;
use super::json::drift::state;
use super::safe;
use crate::drift::Drift;

/// One value of a metric with its labels.
type Sample<'a> = (Vec<(&'a str, &'a str)>, String);

/// Metrics in the text format, as they are collected.
struct Metrics<'a> {
    /// The environment, a label of every value.
    env: &'a str,
    out: String,
}

impl Metrics<'_> {
    /// Adds a metric with several values.
    fn gauges(&mut self, name: &str, help: &str, values: Vec<Sample<'_>>) {
        self.out.push_str(&format!(
            "# HELP akrec_{name} {help}\n# TYPE akrec_{name} gauge\n"
        ));
        for (labels, value) in values {
            let labels = std::iter::once(("env", self.env)).chain(labels);
            let labels: Vec<String> = labels
                .map(|(name, value)| format!("{name}=\"{}\"", escape(value)))
                .collect();
            let line = format!("akrec_{name}{{{}}} {value}\n", labels.join(","));
            self.out.push_str(&line);
        }
    }

    /// Adds a metric with one value.
    fn gauge(&mut self, name: &str, help: &str, value: impl ToString) {
        self.gauges(name, help, vec![(Vec::new(), value.to_string())]);
    }

    /// Adds the counts of objects that differ.
    fn drift(&mut self, drift: &Drift) {
        let (mut by_state, mut waiting) = (BTreeMap::<_, usize>::new(), 0_usize);
        for object in &drift.objects {
            if object.is_drift() {
                let state = state(&object.state).to_string();
                *by_state.entry((object.kind.name, state)).or_default() += 1;
            } else {
                waiting += 1;
            }
        }
        self.gauge(
            "drifted_objects",
            "How many objects differ on the server from the last apply.",
            drift.drifted().count(),
        );
        let by_state = by_state.iter().map(|((kind, state), count)| {
            let labels = vec![("kind", *kind), ("state", state.as_str())];
            (labels, count.to_string())
        });
        self.gauges(
            "drift_objects",
            "The same by kind and type of drift; only counts above 0.",
            by_state.collect(),
        );
        self.gauge(
            "unapplied_objects",
            "How many objects changed only in the files and are not applied yet.",
            waiting,
        );
        self.gauge(
            "uncompared_secrets",
            "How many declared secrets the server does not return, so that changes of them are not detected.",
            drift.uncompared.len(),
        );
        if let Some(unmanaged) = &drift.unmanaged {
            let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
            for (_, kind) in &unmanaged.objects {
                *by_kind.entry(kind.name).or_default() += 1;
            }
            let by_kind = by_kind
                .iter()
                .map(|(kind, count)| (vec![("kind", *kind)], count.to_string()));
            self.gauges(
                "unmanaged_objects",
                "How many objects nobody declares, by kind; only with --unmanaged.",
                by_kind.collect(),
            );
            self.gauge(
                "managed_objects",
                "How many objects of the same kinds are in the files or a ledger.",
                unmanaged.managed,
            );
        }
    }
}

/// The whole run as metrics.
pub fn metrics(run: &Document<'_>) -> String {
    let mut metrics = Metrics {
        env: run.source.env.as_deref().unwrap_or("default"),
        out: String::new(),
    };
    if let Some(drift) = run.drift() {
        metrics.drift(drift);
    }
    metrics.gauge(
        "drift_exit_code",
        "The exit code of the last run of akrec drift: 0 no drift, 2 drift, otherwise it failed.",
        run.exit_code,
    );
    let at = run.run["created_at"]
        .as_str()
        .and_then(|text| text.parse::<jiff::Timestamp>().ok());
    if let Some(at) = at {
        metrics.gauge(
            "last_run_timestamp_seconds",
            "The time at which the last run of akrec drift started.",
            at.as_second(),
        );
    }
    metrics.out
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

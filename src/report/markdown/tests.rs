//! What stands outside the folds, what no name can do, and how long a page may be.

use super::*;
use crate::diag::{Code, Diagnostic, Sources};
use crate::plan::Reason;
use crate::report::document::{Body, Server, Source};
use crate::report::sample::{self, at, binding, small, step};

fn run<'a>(plan: &'a Plan, sources: &'a Sources) -> Document<'a> {
    Document {
        body: Body::plan(plan),
        server: Server {
            url: Some("https://auth.example.org".to_owned()),
            version: Some("2026.2.2".to_owned()),
            ..Server::default()
        },
        source: Source {
            revision: Some("3f2c1ab".to_owned()),
            env: Some("prod".to_owned()),
            ..Source::default()
        },
        ..Document::new(Verb::Plan, sources)
    }
}

/// The page without the version of akrec.
fn shown(run: &Document<'_>) -> String {
    markdown(run).replace(&format!("akrec {}<", env!("CARGO_PKG_VERSION")), "akrec -<")
}

#[test]
fn a_plan_is_a_page() {
    let (plan, sources) = small();
    let mut run = run(&plan, &sources);
    run.diagnostics = vec![Diagnostic::warning(Code::SERVER, "slow").help("wait")];
    insta::assert_snapshot!(shown(&run), @r#"
    <!-- akrec:plan:prod -->
    ### ⚠️ akrec plan for `prod`

    **Plan: 1 to add, 1 to change, 1 to delete.**

    `3f2c1ab` · `https://auth.example.org` (authentik 2026.2.2)

    #### ⚠️ Becomes open to all users

    ```diff
    - application "vaultwarden" becomes open to all users: no enabled binding is left
    ```

    #### Deletes

    ```diff
    - delete policy_binding application "wiki" -> group "old-staff"
    #     (because it is not in the exact list)
    ```

    #### Warnings

    ```text
    warning[AKR0401]: slow
      = help: wait

    1 warning
    ```

    <details>
    <summary>groups: 1 to change</summary>

    ```diff
    !   change group "grafana-editors"                                         config/groups.yaml:14
    !       users: 12 -> 13
    +           alice
    #         (6 unchanged fields hidden)
    ```

    </details>

    <details>
    <summary>policy bindings: 1 to add, 1 to delete</summary>

    ```diff
    -   delete policy_binding application "wiki" -> group "old-staff"
    #       (because it is not in the exact list)

    +   add policy_binding application "wiki" -> group "staff" (order 0)    config/apps/wiki.yaml:31
    ```

    </details>

    <sub>akrec -</sub>
    "#);
}

#[test]
fn nothing_to_do_is_short() {
    let plan = sample::plan(Vec::new());
    let sources = Sources::default();
    insta::assert_snapshot!(shown(&run(&plan, &sources)), @"
    <!-- akrec:plan:prod -->
    ### ✅ akrec plan for `prod`

    **No changes. authentik matches the configuration.**

    `3f2c1ab` · `https://auth.example.org` (authentik 2026.2.2)

    <sub>akrec -</sub>
    ");
}

#[test]
fn a_run_without_a_plan_says_why() {
    let sources = Sources::default();
    let failed = Document {
        exit_code: 5,
        diagnostics: vec![Diagnostic::error(
            Code::SERVER,
            "no ``` answer </details> @all",
        )],
        ..Document::new(Verb::Plan, &sources)
    };
    insta::assert_snapshot!(shown(&failed), @"
    <!-- akrec:plan:default -->
    ### ❌ akrec plan

    **Nothing could be planned.** Exit code 5.

    #### Errors

    ````text
    error[AKR0401]: no ``` answer </details> @all

    1 error
    ````

    <sub>akrec -</sub>
    ");
}

/// The lines that a renderer reads as markup: those outside of fences.
fn outside(page: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<String> = None;
    for line in page.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line.trim_end() == *open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => out.push_str(&format!("{line}\n")),
        }
    }
    assert!(fence.is_none(), "a fence stays open:\n{page}");
    out
}

#[test]
fn no_name_becomes_markup() {
    let evil = "a`b```` </details> | @mention #12 \n```\n<script>x</script> **b** <!-- c --> https://evil.example";
    let mut plan = sample::plan(vec![
        step(Action::Create, "group", at("group", evil))
            .gets("name", crate::value::Value::text(evil)),
        step(Action::Delete, "policy_binding", binding(evil, "a")).because(Reason::NotInList),
    ]);
    plan.openings = vec![crate::plan::Opening {
        address: at("application", evil),
        by: crate::plan::Opens::New,
    }];
    let sources = Sources::default();
    let mut run = run(&plan, &sources);
    run.source.env = Some(evil.to_owned());
    run.server.url = Some(evil.to_owned());
    run.server.version = Some(evil.to_owned());
    run.diagnostics = vec![Diagnostic::error(Code::SERVER, evil).note(evil).help(evil)];
    run.link = Some("https://ci.example/a b>c\n<x>".to_owned());
    let page = markdown(&run);
    let outside = outside(&page);
    assert!(
        outside.contains("The full output: <https://ci.example/a%20b%3Ec%0A%3Cx%3E>\n"),
        "{outside}"
    );
    // In the header they stand in code spans, which end where they should.
    for line in outside.lines().filter(|line| line.contains("@mention")) {
        assert!(
            line.contains("`````") && line.matches("`````").count() % 2 == 0,
            "{line}"
        );
    }
    let plain: String = outside
        .lines()
        .filter(|line| !line.contains("`````"))
        .map(|line| format!("{line}\n"))
        .collect();
    for bad in ["<script", "@mention", "#12", "**b**", "a`b"] {
        assert!(!plain.contains(bad), "{bad} in\n{plain}");
    }
    assert_eq!(
        plain.matches("</details>").count(),
        plain.matches("<details>").count(),
        "{plain}"
    );
    assert_eq!(
        page.matches("<!--").count() - page.matches("<!-- c").count(),
        1,
        "one mark:\n{page}"
    );
    assert!(page.starts_with("<!-- akrec:plan:a_b"), "{page}");
}

#[test]
fn what_is_long_is_cut_and_keeps_what_must_be_seen() {
    let create = |i: usize| {
        step(
            Action::Create,
            "group",
            at("group", &format!("group-{i}-{}", "x".repeat(60))),
        )
        .gets(
            "attributes",
            sample::data(serde_json::json!({ "text": "ü".repeat(80) })),
        )
    };
    let mut steps: Vec<_> = (0..2000).map(create).collect();
    let delete = |i: usize| {
        step(
            Action::Delete,
            "policy_binding",
            binding(&format!("app-{i}"), "old"),
        )
        .because(Reason::NotInList)
    };
    steps.extend((0..20).map(delete));
    let mut plan = sample::plan(steps);
    plan.openings = vec![crate::plan::Opening {
        address: at("application", "wiki"),
        by: crate::plan::Opens::LastBinding,
    }];
    let sources = Sources::default();
    let mut run = run(&plan, &sources);
    run.diagnostics = vec![Diagnostic::error(Code::LIMIT, "too many")];
    run.link = Some("https://ci.example/run/1".to_owned());
    let page = markdown(&run);
    assert!(
        page.len() <= LIMIT && page.len() > LIMIT / 2,
        "{}",
        page.len()
    );
    assert_eq!(page, markdown(&run), "cut the same way twice");
    for kept in [
        "Becomes open to all users",
        "wiki",
        "#### Deletes",
        "error[AKR0606]",
        "**Shortened**",
        "<https://ci.example/run/1>",
    ] {
        assert!(page.contains(kept), "no {kept:?} in\n{page}");
    }
    let seen = page.split("#### Errors").next().unwrap();
    assert!(
        (0..20).all(|i| seen.contains(&format!("application \"app-{i}\""))),
        "{seen}"
    );
    outside(&page);
    // Even what is never folded has an end.
    let mut plan = sample::plan((0..5000).map(delete).collect());
    plan.openings.clear();
    run.body = Body::plan(&plan);
    let page = markdown(&run);
    assert!(
        page.len() <= LIMIT && page.contains("more lines"),
        "{}",
        page.len()
    );
    outside(&page);
}

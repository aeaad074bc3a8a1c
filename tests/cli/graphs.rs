//! `graph`: what depends on what, offline, the same bytes every time, with names that stay names.

use super::support::*;

#[test]
fn dependencies_are_drawn_by_kind() {
    let home = Home::new(STATE);
    let dot = home.akrec("graph").run().expect(0);
    assert!(dot.err.is_empty(), "{}", dot.err);
    insta::assert_snapshot!(dot.out, @r#"
    digraph akrec {
      rankdir=LR;
      node [shape=box];
      subgraph cluster_0 {
        label="applications";
        "application.wiki" [label="wiki"];
      }
      subgraph cluster_1 {
        label="groups";
        "group.staff" [label="staff"];
      }
      subgraph cluster_2 {
        label="providers.oauth2";
        "provider.wiki" [label="wiki"];
      }
      subgraph cluster_3 {
        label="users";
        "user.bob" [label="bob"];
      }
      subgraph cluster_4 {
        label="not declared here";
        style=dashed;
        node [style=dashed];
        "flow.default-provider-authorization-implicit-consent" [label="flow default-provider-authorization-implicit-consent"];
        "flow.default-provider-invalidation-flow" [label="flow default-provider-invalidation-flow"];
      }
      "application.wiki" -> "group.staff" [label="bindings"];
      "application.wiki" -> "provider.wiki" [label="provider"];
      "group.staff" -> "user.bob" [label="members"];
      "provider.wiki" -> "flow.default-provider-authorization-implicit-consent" [label="authorization_flow"];
      "provider.wiki" -> "flow.default-provider-invalidation-flow" [label="invalidation_flow"];
    }
    "#);
    let mermaid = home.akrec("graph --format mermaid").run().expect(0);
    insta::assert_snapshot!(mermaid.out, @"");
    assert_eq!(home.akrec("graph").run().out, dot.out);
    // No variable need be set, and none is shown.
    let mut bare = home.akrec("graph");
    bare.0.env_remove("KEY");
    assert_eq!(bare.run().expect(0).out, dot.out);
}

#[test]
fn a_part_is_drawn_with_what_it_needs() {
    let home = Home::new(STATE);
    let ran = home.akrec("graph --target provider.wiki").run().expect(0);
    assert!(ran.out.contains("\"provider.wiki\"") && !ran.out.contains("group.staff"), "{}", ran.out);
    assert!(ran.out.contains("default-provider-invalidation-flow"), "{}", ran.out);
    let ran = home.akrec("graph --target group.*").run().expect(0);
    assert!(ran.out.contains("\"group.staff\" -> \"user.bob\" [label=\"members\"]"), "{}", ran.out);
    home.akrec("graph --target group.stff").run().expect(3).says(&["fits nothing", "did you mean group.staff?"]);
    home.write("state/main.yaml", "groups: {a: {parents: 7}}\n");
    home.akrec("graph").run().expect(3).says(&["state/main.yaml:1"]);
}

#[test]
fn names_stay_names() {
    let evil = "x\\\"]; evil [label=<b>pwned</b>]; \\n %%{init}%% end\\u202e\\t|`";
    let home = Home::new(&format!("groups:\n  \"{evil}\": {{}}\n  b: {{parents: [\"{evil}\"]}}\n  end: {{}}\n"));
    let dot = home.akrec("graph").run().expect(0).out;
    insta::assert_snapshot!(dot, @r#"
    digraph akrec {
      rankdir=LR;
      node [shape=box];
      subgraph cluster_0 {
        label="groups";
        "group.b" [label="b"];
        "group.end" [label="end"];
        "group.x\"]; evil [label=<b>pwned</b>]; \\n %%{init}%% end\\u{202e} |`" [label="x\"]; evil [label=<b>pwned</b>]; \\n %%{init}%% end\\u{202e} |`"];
      }
      "group.b" -> "group.x\"]; evil [label=<b>pwned</b>]; \\n %%{init}%% end\\u{202e} |`" [label="parents"];
    }
    "#);
    // Every line is of ours: outside quotes there is nothing of a name.
    for line in dot.lines() {
        let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
        assert!(quotes % 2 == 0 && !line.contains('\u{202e}'), "{line}");
    }
    let mermaid = home.akrec("graph --format mermaid").run().expect(0).out;
    insta::assert_snapshot!(mermaid, @"");
}

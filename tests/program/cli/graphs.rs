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
    insta::assert_snapshot!(mermaid.out, @r#"
    flowchart LR
      subgraph k0["applications"]
        n0["wiki"]
      end
      subgraph k1["groups"]
        n1["staff"]
      end
      subgraph k2["providers.oauth2"]
        n2["wiki"]
      end
      subgraph k3["users"]
        n3["bob"]
      end
      subgraph k4["not declared here"]
        n4["flow default-provider-authorization-implicit-consent"]
        n5["flow default-provider-invalidation-flow"]
      end
      n0 -->|"bindings"| n1
      n0 -->|"provider"| n2
      n1 -->|"members"| n3
      n2 -->|"authorization_flow"| n4
      n2 -->|"invalidation_flow"| n5
      classDef outside stroke-dasharray: 4 4
      class n4,n5 outside
    "#);
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
    assert!(
        ran.out.contains("\"provider.wiki\"") && !ran.out.contains("group.staff"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("default-provider-invalidation-flow"),
        "{}",
        ran.out
    );
    let ran = home.akrec("graph --target group.*").run().expect(0);
    assert!(
        ran.out
            .contains("\"group.staff\" -> \"user.bob\" [label=\"members\"]"),
        "{}",
        ran.out
    );
    home.akrec("graph --target group.stff")
        .run()
        .expect(3)
        .says(&["matches nothing", "did you mean group.staff?"]);
    home.write("state/main.yaml", "groups: {a: {parents: 7}}\n");
    home.akrec("graph")
        .run()
        .expect(3)
        .says(&["state/main.yaml:1"]);
}

#[test]
fn names_stay_names() {
    let evil = "x\\\"]; evil [label=<b>pwned</b>]; \\n %%{init}%% end\\u202e\\t|`";
    let home = Home::new(&format!(
        "groups:\n  \"{evil}\": {{}}\n  b: {{parents: [\"{evil}\"]}}\n  end: {{}}\n"
    ));
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
        let quotes = line
            .replace("\\\\", "")
            .replace("\\\"", "")
            .matches('"')
            .count();
        assert!(quotes % 2 == 0 && !line.contains('\u{202e}'), "{line}");
    }
    let mermaid = home.akrec("graph --format mermaid").run().expect(0).out;
    insta::assert_snapshot!(mermaid, @r#"
    flowchart LR
      subgraph k0["groups"]
        n0["b"]
        n1["end"]
        n2["x#34;#93;#59; evil #91;label#61;#60;b#62;pwned#60;/b#62;#93;#59; #92;n #37;#37;#123;init#125;#37;#37; end#92;u#123;202e#125;#9;#124;#96;"]
      end
      n0 -->|"parents"| n2
    "#);
}

//! Files that are wrong: the place, the caret, the code, and no request to anybody.

use super::support::*;

/// A mistake in the state: `validate` and `plan` say the same, and no server is asked.
#[track_caller]
fn mistake(state: &str, code: &str, place: &str, says: &[&str]) -> Ran {
    let server = Scripted::start(|_| json("{}"));
    let home = Home::new(state);
    let code = format!("error[{code}]");
    let ran = home
        .akrec("validate")
        .run()
        .expect(3)
        .says(&[&code, place, "^"])
        .says(says);
    assert!(ran.out.is_empty(), "{}", ran.out);
    home.against(&server.url, "plan")
        .run()
        .expect(3)
        .says(&[&code, place, "^"]);
    home.against(&server.url, "apply --auto-approve")
        .run()
        .expect(3)
        .says(&[&code, place, "^"]);
    for verb in ["plan", "validate"] {
        let (json, document) = home.against(&server.url, verb).json();
        json.expect(3);
        let all = document["diagnostics"].as_array().unwrap();
        let printed = all
            .iter()
            .find(|printed| code.contains(printed["code"].as_str().unwrap()))
            .unwrap();
        let (file, line) = (
            printed["range"]["filename"].as_str(),
            printed["range"]["start"]["line"].as_u64(),
        );
        assert_eq!(
            format!("{}:{}", file.unwrap(), line.unwrap()),
            place,
            "{verb}: {printed}"
        );
    }
    let short = home.akrec("validate --format short").run().expect(3);
    assert!(
        short.out.starts_with(place) && short.out.contains(&code),
        "{}",
        short.out
    );
    assert!(
        server.seen.lock().unwrap().is_empty(),
        "the network is not touched"
    );
    ran
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let ran = mistake(
        "groups:\n  staff: {membrs: [bob]}\n",
        "AKR0105",
        "state/main.yaml:2",
        &["did you mean \"members\""],
    );
    insta::assert_snapshot!(ran.err, @r#"
    error[AKR0105]: groups have no field "membrs"
     --> state/main.yaml:2:11
      |
    2 |   staff: {membrs: [bob]}
      |           ^^^^^^ unknown
      |
    help: did you mean "members"?

    1 error
    "#);
    mistake(
        "groups:\n  staff: {\n",
        "AKR0101",
        "state/main.yaml:2",
        &["is not closed"],
    );
    mistake(
        "groups:\n  a: {}\n  a: {}\n",
        "AKR0102",
        "state/main.yaml:3",
        &[],
    );
    mistake(
        "grups: {a: {}}\n",
        "AKR0104",
        "state/main.yaml:1",
        &["groups"],
    );
    mistake(
        "groups:\n  a: {is_superuser: yes}\n",
        "AKR0107",
        "state/main.yaml:2",
        &["write true"],
    );
    mistake(
        "groups:\n  a: {attributes: {x: !env NOT_SET}}\n",
        "AKR0110",
        "state/main.yaml:2",
        &["NOT_SET", "default"],
    );
    mistake(
        "groups:\n  a: {attributes: {x: !file ../../etc/passwd}}\n",
        "AKR0111",
        "state/main.yaml:2",
        &[],
    );
    mistake(
        "groups: [a\nusers: {}\n",
        "AKR0101",
        "state/main.yaml:2",
        &["indent"],
    );
}

#[test]
fn a_circle_is_found_without_a_server_and_reported_in_short() {
    let home = Home::new("groups:\n  a: {parents: [b]}\n  b: {parent: a}\n");
    home.akrec("validate").run().expect(3).says(&[
        "error[AKR0206]",
        "state/main.yaml:2",
        "a -> b -> a",
    ]);
    let groups: String = (0..200)
        .map(|i| format!("  g{i}: {{parents: [g{}]}}\n", (i + 1) % 200))
        .collect();
    home.write("state/main.yaml", format!("groups:\n{groups}").as_bytes());
    let ran = home
        .akrec("validate")
        .run()
        .expect(3)
        .says(&["error[AKR0206]", "g8 -> (191 more) -> g0"]);
    assert!(ran.err.lines().count() < 50, "{}", ran.err);
}

#[test]
fn what_is_no_text_is_said_without_a_place() {
    let home = Home::new("");
    home.write("state/main.yaml", b"groups:\n  \xff\xfe: {}\n");
    home.akrec("validate")
        .run()
        .expect(3)
        .says(&["AKR0112", "main.yaml"]);
    let empty = Home::new("# nothing\n");
    empty.akrec("validate").run().expect(3).says(&["AKR0114"]);
    empty
        .akrec("plan --sandbox")
        .run()
        .expect(6)
        .says(&["AKR0114", "--allow AKR0114"]);
    Home::new("")
        .akrec("validate")
        .run()
        .expect(3)
        .says(&["error[AKR0119]", "= help: "]);
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let home = Home::new("groups:\n  a: {x: 1}\n  b: {y: 2}\nusers:\n  c: {z: 3}\n");
    home.akrec("validate").run().expect(3).says(&[
        "main.yaml:2:",
        "main.yaml:3:",
        "main.yaml:5:",
        "3 errors",
    ]);
}

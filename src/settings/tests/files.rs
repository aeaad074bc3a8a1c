//! `akrec.yaml`: everything it may say, and every way to get it wrong.

use super::*;

const FULL: &str = "\
server: https://auth.example.org/
workspace: homelab
release: 2025.10
state: conf/state
allow_unknown: true
ca_cert: ca.pem
headers: {X-Proxy: !env PROXY, X-Plain: a b}
timeout: 1m30s
retries: 0
parallelism: 8
limits: {deletes: 10, delete_share: 20%, removals: {membership: 50, policy_binding: 10%}, changes: 100}
break_glass: [akadmin, root]
lints: {open-application: deny, weak-redirect: allow, AKR0717: warn}
vars: {domain: example.org, port: 0443, on: yes}
on_error: stop
concise: true
";

#[test]
fn everything_that_a_file_may_say() {
    let files = [
        ("akrec.yaml", FULL),
        ("ca.pem", "-----BEGIN CERTIFICATE-----\n"),
    ];
    let run = run(
        "akrec plan",
        &files,
        &[("AKREC_TOKEN", "t"), ("PROXY", "hunter2")],
    );
    let root = run.folder.0.clone();
    let all = run.ok();
    assert_eq!(all.state_dir, root.join("conf/state"));
    assert_eq!(all.workspace.as_deref(), Some("homelab"));
    assert_eq!(all.release, Some(V2025_10), "2025.10 is not a number");
    assert!(!all.allow_outside && all.allow_unknown && all.concise);
    assert_eq!(all.on_error, OnError::Stop);
    let limits = &all.limits;
    assert_eq!(
        (limits.deletes, limits.delete_share, limits.changes),
        (Some(10), Some(20), Some(100))
    );
    assert_eq!(limits.removals["membership"], Limit::Count(50));
    assert_eq!(limits.removals["policy_binding"], Limit::Percent(10));
    assert_eq!(all.break_glass, ["akadmin", "root"]);
    assert_eq!(
        all.lints.values().copied().collect::<Vec<_>>(),
        [Level::Deny, Level::Allow, Level::Warn]
    );
    let vars: Vec<_> = all
        .vars
        .iter()
        .map(|(k, v)| (k.as_str(), v.text.as_str()))
        .collect();
    assert_eq!(
        vars,
        [("domain", "example.org"), ("on", "yes"), ("port", "0443")],
        "spellings are kept"
    );
    let client = all.client.as_ref().unwrap();
    assert_eq!(client.url, "https://auth.example.org");
    assert!(client.ca_cert.is_some() && !client.insecure_skip_tls_verify);
    assert_eq!(
        (client.timeout, client.retries, client.parallelism),
        (Duration::from_secs(90), 0, 8)
    );
    let headers: Vec<_> = client
        .headers
        .iter()
        .map(|(k, v)| (k.as_str(), v.expose_secret()))
        .collect();
    assert_eq!(headers, [("X-Plain", "a b"), ("X-Proxy", "hunter2")]);
    assert!(!format!("{all:?}").contains("hunter2"));
}

#[test]
fn no_file_and_an_empty_file_mean_the_defaults() {
    for files in [
        &[][..],
        &[("akrec.yaml", "")],
        &[("akrec.yaml", "# nothing\n---\n")],
        &[("akrec.yaml", "server:\n")],
    ] {
        let all = run("akrec validate", files, &[]).ok();
        assert!(
            all.state_dir.ends_with("state") && all.client.is_none() && all.warnings.is_empty()
        );
        assert_eq!(
            (all.limits, all.on_error, all.allow_unknown),
            (Limits::default(), OnError::Continue, false)
        );
    }
}

#[test]
fn a_settings_file_by_another_name_is_not_passed_over() {
    for name in ["akrec.yml", "environments/prod/akrec.yml"] {
        let files = [
            ("akrec.yaml", ""),
            (name, "limits: {deletes: 1}\n"),
            ("environments/prod/a.yaml", ""),
        ];
        let run = run("akrec validate --env prod", &files, &[]);
        let reported = run.shown();
        assert!(
            reported.contains(&format!(
                "{name} is not read: settings belong in akrec.yaml"
            )),
            "{reported}"
        );
        assert!(reported.contains("rename it to akrec.yaml"), "{reported}");
    }
}

#[test]
fn a_release_that_no_akrec_knew_is_refused_as_a_server_of_it_is() {
    let run = run(
        "akrec validate",
        &[("akrec.yaml", "release: 2024.2\n")],
        &[],
    );
    insta::assert_snapshot!(run.shown(), @"
    error[AKR0301]: `release` must be a release such as 2026.2
      akrec.yaml:1:10: `…` akrec supports 2025.10 and later
    ");
}

#[test]
fn every_problem_is_reported_at_once_with_its_place() {
    let text = "\
sever: https://auth.example.org
server: auth.example.org
release: latest
limits: {deletes: ten, delete_share: 20, removals: {membershp: 5, group: -1}, delets: 1}
break_glass: akadmin
lints: {AKR9999: deny, open-application: maybe, AKR0601: allow, weak-redirct: deny}
vars: {list: [a], nothing: }
timeout: 30
retries: 101
parallelism: \"4\"
insecure_skip_tls_verify: yes
headers: {Authorization: Bearer hunter2, 'X Y': hunter2}
workspace: !var name
state: [a]
";
    let run = run("akrec validate", &[("akrec.yaml", text)], &[]);
    insta::assert_snapshot!(run.shown(), @"
    error[AKR0301]: `!var` is not allowed in a settings file
      akrec.yaml:13:12: `…` this tag
      help: write the value itself
    error[AKR0301]: unknown setting `sever` in akrec.yaml
      akrec.yaml:1:1: `…` unknown
      help: did you mean `server`?
    error[AKR0301]: `server` must be the address of authentik
      akrec.yaml:2:9: `…` it has no scheme; it must begin with https:// (or http://)
    error[AKR0301]: `release` must be a release such as 2026.2
      akrec.yaml:3:10: `…` this is not a year and a month
    error[AKR0301]: `deletes` must be a whole number
      akrec.yaml:4:19: `…` this is not a whole number
    error[AKR0301]: `delete_share` must be a percentage such as 20%
      akrec.yaml:4:38: `…` the sign % is missing
    error[AKR0301]: unknown kind `membershp`
      akrec.yaml:4:53: `…` unknown
      help: did you mean `membership`?
    error[AKR0301]: `group` must be a number or a percentage, such as 10 or 20%
      akrec.yaml:4:74: `…` this is not a whole number
    error[AKR0301]: unknown setting `delets` in `limits`
      akrec.yaml:4:79: `…` unknown
      help: did you mean `deletes`?
    error[AKR0301]: `break_glass` must be a list of names
      akrec.yaml:5:14: `…` this is a plain value
    error[AKR0301]: unknown lint
      akrec.yaml:6:9: `…` unknown
      help: write a code such as AKR0710, or a name such as open-application
    error[AKR0301]: `open-application` must be allow, warn or deny
      akrec.yaml:6:42: `…` unknown
    error[AKR0301]: AKR0601 is not a lint
      akrec.yaml:6:49: `…` no level can be set
      help: a safety check is overridden for one run only: --allow AKR0601
    error[AKR0301]: unknown lint `weak-redirct`
      akrec.yaml:6:65: `…` unknown
      help: did you mean `weak-redirect`?
    error[AKR0301]: `list` must be a single value
      akrec.yaml:7:14: `…` this is a list
    error[AKR0301]: `nothing` must be a single value
      akrec.yaml:7:26: `…` this is nothing (null)
    error[AKR0301]: `timeout` must be a duration such as 30s
      akrec.yaml:8:10: `…` write a number and a unit (ms, s, m, h)
    error[AKR0301]: `retries` must be a whole number from 0 to 100
      akrec.yaml:9:10: `…` this is out of range
    error[AKR0301]: `parallelism` must be a whole number from 1 to 64
      akrec.yaml:10:14: `…` this is a string, because it is quoted
    error[AKR0301]: `insecure_skip_tls_verify` must be true or false
      akrec.yaml:11:27: `…` only `true` and `false` are booleans
    error[AKR0301]: the header Authorization is set by akrec itself
      akrec.yaml:12:11: `…` not here
      help: set AKREC_TOKEN or AKREC_TOKEN_FILE
    error[AKR0301]: a header cannot have this name
      akrec.yaml:12:42: `…` this name
      help: such as `X-Forwarded-Proto`
    error[AKR0301]: `state` must be a directory
      akrec.yaml:14:8: `…` this is a list
    ");
}

#[test]
fn a_token_in_a_file_is_refused_and_not_shown() {
    for text in [
        "token: hunter2\n",
        "Token:\n  hunter2\n",
        "AKREC_TOKEN: |\n  hunter2\n",
        "token: [hunter2\n",
    ] {
        let run = run(
            "akrec plan",
            &[("akrec.yaml", text)],
            &[("AKREC_TOKEN", "t"), ("AKREC_URL", "https://a")],
        );
        assert!(!run.shown().contains("hunter2"), "{}", run.shown());
        assert!(run.outcome.is_err());
        let source = run.sources.iter().next().unwrap().1;
        let at = text.find("hunter2").unwrap() as u32;
        assert!(
            source
                .hidden()
                .iter()
                .any(|h| h.start <= at && at + 7 <= h.end),
            "{text}: {:?}",
            source.hidden()
        );
    }
    let run = run(
        "akrec validate",
        &[("akrec.yaml", "token: hunter2\ntoken_file: x\n")],
        &[],
    );
    insta::assert_snapshot!(run.shown(), @r#"
    error[AKR0301]: a settings file must not contain a token
      akrec.yaml:1:1: `token` everybody who can read this file has the token
      note: if this file was ever shared or committed, make a new token and delete this one
      help: remove it, and set AKREC_TOKEN, or AKREC_TOKEN_FILE to a file that holds it
    error[AKR0301]: a settings file must not name the token file
      akrec.yaml:2:1: `token_file` whoever can change this file could make akrec send any file as a token
      help: use AKREC_TOKEN_FILE or --token-file
    "#);
}

#[test]
fn what_is_no_settings_file() {
    for (text, code, says) in [
        ("- a\n", "AKR0301", "a settings file is a mapping"),
        ("just text\n", "AKR0301", "a settings file is a mapping"),
        ("a: [1\n", "AKR0101", "not closed"),
        (
            "server: https://a\nserver: https://b\n",
            "AKR0102",
            "the same key twice",
        ),
        (
            "server: https://a\n---\nserver: https://b\n",
            "AKR0301",
            "one document",
        ),
        (
            "server: https://me:hunter2@a\n",
            "AKR0301",
            "a user name or a password",
        ),
        ("vars: {x: !env NOT_SET}\n", "AKR0110", "NOT_SET is not set"),
        (
            "vars: {x: !env AKREC_TOKEN}\n",
            "AKR0126",
            "AKREC_TOKEN holds akrec's own credentials",
        ),
        (
            "headers: {X: !env AKREC_ARGS}\n",
            "AKR0126",
            "AKREC_ARGS holds akrec's own credentials",
        ),
    ] {
        let run = run("akrec validate", &[("akrec.yaml", text)], &[]);
        let shown = run.shown();
        assert!(
            run.outcome.is_err() && shown.contains(code) && shown.contains(says),
            "{text}: {shown}"
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    for text in [
        "server: !env SECRET",
        "timeout: !env SECRET",
        "server: !env {name: X, default: !env SECRET}",
        "workspace: !env SECRET",
        "state: !env SECRET",
        "ca_cert: !env SECRET",
        "break_glass: [!env SECRET]",
        "limits: {removals: {group: !env SECRET}}",
        "lints: {open-application: !env SECRET}",
        "vars: {x: &x !env SECRET}\nstate: *x",
        "vars: {x: &x {y: !env SECRET}}\nlimits: {<<: *x}",
    ] {
        let shown = run(
            "akrec validate",
            &[("akrec.yaml", text)],
            &[("SECRET", "773")],
        )
        .shown();
        assert!(
            shown.contains("`!env` is not allowed here") && !shown.contains("773"),
            "{shown}"
        );
    }
    let folder = Folder::new(&[]);
    fs::write(folder.0.join("akrec.yaml"), b"a: \xff\n").unwrap();
    let cli = crate::cli::parse(["akrec".into(), "validate".into()], &|_| None).unwrap();
    assert!(
        run_in(folder, &cli, &[])
            .shown()
            .contains("akrec.yaml is not UTF-8 text")
    );
    let folder = Folder::new(&[("akrec.yaml/x", "")]);
    assert!(
        run_in(folder, &cli, &[])
            .shown()
            .contains("akrec.yaml cannot be read: it is not a regular file")
    );
}

#[test]
fn settings_stand_beside_the_state_directory() {
    let state = |line: &str, files: &[(&str, &str)]| run(line, files, &[]).ok().workspace;
    let inner = [
        ("a/akrec.yaml", "workspace: inner"),
        ("akrec.yaml", "workspace: outer"),
        ("a/state/x.yaml", ""),
    ];
    assert_eq!(state("akrec validate", &inner).as_deref(), Some("outer"));
    assert_eq!(
        state("akrec validate -C a/state", &inner).as_deref(),
        Some("inner")
    );
    assert_eq!(
        state("akrec validate -C a/state/", &inner).as_deref(),
        Some("inner")
    );
    assert_eq!(
        state("akrec validate -C a/state/.", &inner).as_deref(),
        Some("inner")
    );
    assert_eq!(
        state("akrec validate -C a/state/../state/sub/..", &inner).as_deref(),
        None
    );
    // `state: .` keeps everything in one folder.
    assert!(
        run("akrec validate", &[("akrec.yaml", "state: .")], &[])
            .outcome
            .is_ok()
    );
    let run = run(
        "akrec validate -C state",
        &[("state/akrec.yaml", "limits: {deletes: 1}")],
        &[],
    );
    insta::assert_snapshot!(run.shown(), @r#"
    error[AKR0301]: state/akrec.yaml is not read, because it is inside the state directory
      note: settings belong beside the state directory, not in it
      help: move it to akrec.yaml; or run akrec in its folder without -C, with `state: .` in it
    "#);
}

//! Who wins: flags, variables, environments, files; and where the token comes from.

use super::*;

const URL: (&str, &str) = ("AKREC_URL", "https://a");
const TOKEN: (&str, &str) = ("AKREC_TOKEN", "t");

fn client(line: &str, files: &[(&str, &str)], env: &[(&str, &str)]) -> client::Settings {
    run(line, files, env).ok().client.unwrap()
}

#[test]
fn servers() {
    let file = [("akrec.yaml", "server: https://file")];
    let env = [
        ("AKREC_URL", "https://env"),
        ("AUTHENTIK_URL", "https://last"),
        TOKEN,
    ];
    assert_eq!(
        client("akrec plan --url https://flag", &file, &env).url,
        "https://flag"
    );
    assert_eq!(client("akrec plan", &file, &env).url, "https://env");
    assert_eq!(client("akrec apply", &file, &env[1..]).url, "https://file");
    assert_eq!(client("akrec plan", &[], &env[1..]).url, "https://last");
    let shown = run("akrec plan", &file, &[("AKREC_URL", ""), TOKEN]).shown();
    assert!(
        shown.contains("the address of AKREC_URL cannot be used: it is empty"),
        "{shown}"
    );
    let shown = run("akrec plan --url https://me:hunter2@a", &[], &[TOKEN]).shown();
    assert!(
        shown.contains("AKR0301") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn tokens() {
    let files = [("a.txt", "\u{feff} from-flag \n"), ("b.txt", "from-file")];
    let env = [
        ("AKREC_TOKEN_FILE", "b.txt"),
        ("AKREC_TOKEN", " from-env\n"),
        ("AUTHENTIK_TOKEN", "from-last"),
        URL,
    ];
    let token = |line, env: &[_]| token_of(&client(line, &files, env));
    assert_eq!(token("akrec plan --token-file a.txt", &env), "from-flag");
    assert_eq!(
        token("akrec plan --token-file -", &env),
        "from-standard-input"
    );
    assert_eq!(token("akrec plan", &env), "from-file");
    assert_eq!(token("akrec plan", &env[1..]), "from-env");
    assert_eq!(token("akrec plan", &env[2..]), "from-last");
    let resolved = run("akrec plan", &files, &env[1..]).ok();
    assert!(!format!("{resolved:?} {:?}", resolved.client).contains("from-"));
}

#[test]
fn tokens_that_cannot_be_used() {
    let files = [
        ("empty", " \n"),
        ("two", "hunter2\nhunter2\n"),
        ("env", "TOKEN=x hunter2"),
        ("folder/x", ""),
    ];
    for (line, env, code, says) in [
        (
            "akrec plan",
            &[][..],
            Code::NO_TOKEN,
            "no API token is given",
        ),
        (
            "akrec plan",
            &[("AKREC_TOKEN", ""), ("AUTHENTIK_TOKEN", "x")],
            Code::NO_TOKEN,
            "AKREC_TOKEN is set and empty",
        ),
        (
            "akrec plan",
            &[("AUTHENTIK_TOKEN", " ")],
            Code::NO_TOKEN,
            "AUTHENTIK_TOKEN is set and empty",
        ),
        (
            "akrec plan",
            &[("AKREC_TOKEN_FILE", ""), TOKEN],
            Code::NO_TOKEN,
            "AKREC_TOKEN_FILE is set and empty",
        ),
        (
            "akrec plan",
            &[("AKREC_TOKEN", "hunter2 x")],
            Code::BAD_SETTING,
            "AKREC_TOKEN holds more than a token",
        ),
        (
            "akrec plan --token-file empty",
            &[TOKEN],
            Code::NO_TOKEN,
            "empty does not hold a token",
        ),
        (
            "akrec plan --token-file none",
            &[TOKEN],
            Code::BAD_SETTING,
            "no such file or directory",
        ),
        (
            "akrec plan --token-file two",
            &[TOKEN],
            Code::BAD_SETTING,
            "two holds more than a token",
        ),
        (
            "akrec plan --token-file env",
            &[TOKEN],
            Code::BAD_SETTING,
            "env holds more than a token",
        ),
        (
            "akrec plan --token-file folder",
            &[TOKEN],
            Code::BAD_SETTING,
            "a directory",
        ),
    ] {
        let env: Vec<_> = env.iter().copied().chain([URL]).collect();
        let run = run(line, &files, &env);
        let shown = run.shown();
        assert!(
            shown.contains(says) && !shown.contains("hunter2"),
            "{line} {env:?}: {shown}"
        );
        let found = run.outcome.unwrap_err();
        assert_eq!(
            found
                .iter()
                .filter(|d| d.is_error())
                .map(|d| d.code)
                .collect::<Vec<_>>(),
            [code],
            "{line}"
        );
    }
}

#[test]
fn what_is_missing_is_missed_only_where_a_server_is_needed() {
    let run_ = run("akrec plan", &[], &[]);
    insta::assert_snapshot!(run_.shown(), @"
    error[AKR0303]: no server is named
      help: set AKREC_URL, --url, or `server:` in akrec.yaml; --sandbox tries things without a server
    error[AKR0302]: no API token is given
      note: create one in authentik under Directory > Tokens, with the intent API Token
      help: set AKREC_TOKEN, or name a file that holds it with AKREC_TOKEN_FILE or --token-file; CI can sign in with AKREC_OIDC
    ");
    for line in [
        "akrec validate",
        "akrec plan --sandbox",
        "akrec apply --sandbox-data x.json",
    ] {
        assert!(run(line, &[], &[]).ok().client.is_none(), "{line}");
    }
    // A server that a broken file may name is not called missing.
    let shown = run(
        "akrec plan",
        &[("akrec.yaml", "servr: https://a")],
        &[TOKEN],
    )
    .shown();
    assert!(
        shown.contains("did you mean `server`?") && !shown.contains("AKR0303"),
        "{shown}"
    );
}

#[cfg(unix)]
#[test]
fn a_token_that_others_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let cli = crate::cli::parse(
        "akrec plan --token-file t".split(' ').map(Into::into),
        &|_| None,
    )
    .unwrap();
    for (mode, warns) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        let folder = Folder::new(&[("t", "hunter2")]);
        fs::set_permissions(folder.0.join("t"), fs::Permissions::from_mode(mode)).unwrap();
        let run = run_in(folder, &cli, &[URL]);
        let shown = run.shown();
        assert_eq!(
            shown,
            if warns {
                "warning[AKR0305]: others can read the token in t\n  help: chmod 600 t\n"
            } else {
                ""
            }
        );
        assert_eq!(token_of(&run.ok().client.unwrap()), "hunter2");
    }
}

#[test]
fn variables() {
    let files = [
        (
            "akrec.yaml",
            "vars: {a: base, b: base, c: base, d: base, e: base}",
        ),
        (
            "environments/prod/akrec.yaml",
            "vars: {b: prod, c: prod, d: prod, e: prod}",
        ),
        ("v.yaml", "d: file\ne: file\n"),
        ("w.yaml", "{\"x\": \"1\"}"),
    ];
    let env = [
        ("AKREC_VAR_c", "env"),
        ("AKREC_VAR_d", "env"),
        ("AKREC_VAR_e", "env"),
        ("AKREC_VAR_", "x"),
    ];
    let line =
        "akrec validate --env prod --var e=flag --var f=x=y --var-file v.yaml --var-file w.yaml";
    let vars: Vec<_> = run(line, &files, &env)
        .ok()
        .vars
        .into_iter()
        .map(|(k, v)| format!("{k}={}", v.text))
        .collect();
    assert_eq!(
        vars,
        [
            "a=base", "b=prod", "c=env", "d=file", "e=flag", "f=x=y", "x=1"
        ]
    );
    let files = [("v.yaml", "a: [1]\nb:\nc: !file x\n"), ("w.yaml", "- a\n")];
    let run = run(
        "akrec validate --var-file v.yaml --var-file w.yaml --var-file x.yaml",
        &files,
        &[],
    );
    insta::assert_snapshot!(run.shown(), @"
    error[AKR0301]: `!file` is not allowed in a settings file
      v.yaml:3:4: `…` this tag
      help: write the value itself
    error[AKR0301]: `a` must be a single value
      v.yaml:1:4: `…` this is a list
    error[AKR0301]: `b` must be a single value
      v.yaml:2:2: `…` this is nothing (null)
    error[AKR0301]: a file of variables is a mapping
      w.yaml:1:1: `…` this is a list
      help: write `domain: example.org`
    error[AKR0301]: x.yaml cannot be read: no such file or directory
    ");
}

#[test]
fn environments_go_over_the_base_field_by_field() {
    let files = [
        (
            "akrec.yaml",
            "server: https://base\nworkspace: w\ntimeout: 10s\nheaders: {X-A: a, X-B: b}\nbreak_glass: [a, b]\n\
             limits: {deletes: 1, removals: {group: 1, user: 1}}\nlints: {moot-binding: deny}\ninsecure_skip_tls_verify: true\n",
        ),
        (
            "environments/prod/akrec.yaml",
            "server: https://prod\nrelease: '2026.2'\nheaders: {x-b: prod}\nbreak_glass: [c]\n\
             limits: {changes: 2, removals: {user: 2}}\nlints: {AKR0717: warn, no-provider: allow}\ninsecure_skip_tls_verify: false\n",
        ),
    ];
    for all in [
        run("akrec plan --env prod", &files, &[TOKEN]).ok(),
        run("akrec plan", &files, &[TOKEN, ("AKREC_ENV", "prod")]).ok(),
    ] {
        assert_eq!(
            (all.environment.as_deref(), all.workspace.as_deref()),
            (Some("prod"), Some("w"))
        );
        assert!(all.environment_dir.unwrap().ends_with("environments/prod"));
        assert_eq!(
            (all.release, all.break_glass),
            (Some(V2026_2), vec!["c".to_owned()])
        );
        assert_eq!((all.limits.deletes, all.limits.changes), (Some(1), Some(2)));
        assert_eq!(
            (all.limits.removals["group"], all.limits.removals["user"]),
            (Limit::Count(1), Limit::Count(2))
        );
        assert_eq!(
            (
                all.lints[&Code::MOOT_BINDING],
                all.lints[&Code::NO_PROVIDER]
            ),
            (Level::Warn, Level::Allow)
        );
        let client = all.client.unwrap();
        assert_eq!(
            (client.url.as_str(), client.timeout),
            ("https://prod", Duration::from_secs(10))
        );
        assert!(!client.insecure_skip_tls_verify && all.warnings.is_empty());
        let headers: Vec<_> = client
            .headers
            .iter()
            .map(|(k, v)| (k.as_str(), v.expose_secret()))
            .collect();
        assert_eq!(headers, [("X-A", "a"), ("x-b", "prod")]);
    }
    let base = run("akrec plan", &files, &[TOKEN]);
    assert!(
        base.shown()
            .starts_with("warning[AKR0305]: certificates are not checked"),
        "{}",
        base.shown()
    );
    assert_eq!(base.ok().client.unwrap().url, "https://base");
}

#[test]
fn environments_that_do_not_exist() {
    let files = [
        ("environments/prod/x.yaml", ""),
        ("environments/staging/akrec.yaml", "state: x"),
    ];
    for (line, env, says) in [
        (
            "akrec plan --env pord",
            &[][..],
            "the environments are: prod, staging",
        ),
        ("akrec plan", &[("AKREC_ENV", "")], "AKREC_ENV is empty"),
        (
            "akrec plan --env ../x",
            &[],
            "--env must be the name of a folder in environments/",
        ),
        ("akrec plan --env .", &[], "--env must be the name"),
        (
            "akrec plan --env staging",
            &[],
            "an environment has no state directory of its own",
        ),
    ] {
        let run = run(line, &files, env);
        let shown = run.shown();
        assert!(
            run.outcome.is_err() && shown.contains(says) && !shown.contains("AKR0303"),
            "{line}: {shown}"
        );
    }
    assert_eq!(
        run(
            "akrec plan --env prod",
            &files,
            &[("AKREC_ENV", ""), URL, TOKEN]
        )
        .ok()
        .environment
        .unwrap(),
        "prod"
    );
}

#[test]
fn flags_over_files_for_the_connection() {
    let text = "timeout: 10s\nretries: 1\nparallelism: 2\nca_cert: none.pem\nheaders: {X-A: file, X-B: file}\n\
                release: '2025.10'\non_error: stop\n";
    let files = [
        ("akrec.yaml", text),
        ("ca.pem", "-----BEGIN CERTIFICATE-----"),
        ("no.pem", "x"),
    ];
    let line = "akrec apply --timeout 5s --retries 9 --parallelism 3 --ca-cert ca.pem --header x-a=flag --on-error continue";
    let all = run(line, &files, &[URL, TOKEN]).ok();
    assert_eq!(all.on_error, OnError::Continue);
    let client = all.client.unwrap();
    assert_eq!(
        (client.timeout, client.retries, client.parallelism),
        (Duration::from_secs(5), 9, 3)
    );
    let headers: Vec<_> = client
        .headers
        .iter()
        .map(|(k, v)| (k.as_str(), v.expose_secret()))
        .collect();
    assert_eq!(headers, [("X-B", "file"), ("x-a", "flag")]);
    let client = self::client("akrec plan", &[], &[URL, TOKEN]);
    assert_eq!(
        (client.timeout, client.retries, client.parallelism),
        (TIMEOUT, RETRIES, PARALLELISM)
    );
    let release = |line| run(line, &files, &[]).ok().release;
    assert_eq!(release("akrec validate"), Some(V2025_10));
    assert_eq!(
        release("akrec validate --release 2027.4"),
        Some(Release {
            year: 2027,
            month: 4
        })
    );
    let both = [
        run("akrec plan", &files, &[URL, TOKEN]),
        run("akrec plan --ca-cert no.pem", &files, &[URL, TOKEN]),
    ];
    insta::assert_snapshot!(both.map(|run| run.shown()).concat(), @"
    error[AKR0301]: the certificates of `ca_cert` cannot be used
      akrec.yaml:4:10: `…` named here
      note: no such file or directory
    error[AKR0301]: the certificates in no.pem (--ca-cert) cannot be used
      note: this is not a PEM file
      help: a PEM file has lines `-----BEGIN CERTIFICATE-----`
    ");
}

#[test]
fn the_user_agent_leads_back_to_the_run() {
    let agent = |env: &[(&str, &str)]| {
        user_agent(&|name| {
            env.iter()
                .find(|(k, _)| *k == name)
                .map(|(_, v)| v.to_string())
        })
    };
    let github = [
        ("GITHUB_SERVER_URL", "https://forge.example/"),
        ("GITHUB_REPOSITORY", "me/infra"),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_SHA", "3f2c1ab"),
        ("CI_PIPELINE_URL", "https://lab.example/7"),
    ];
    assert_eq!(agent(&[]), "akrec/0.1.0");
    assert_eq!(
        agent(&github),
        "akrec/0.1.0 (run=https://forge.example/me/infra/actions/runs/42; commit=3f2c1ab)"
    );
    assert_eq!(
        agent(&github[1..]),
        "akrec/0.1.0 (run=https://lab.example/7; commit=3f2c1ab)"
    );
    assert_eq!(
        agent(&[("CI_COMMIT_SHA", "1"), ("CI_PIPELINE_URL", " ")]),
        "akrec/0.1.0 (commit=1)"
    );
    let own = [
        ("AKREC_RUN", "ticket (7); \"x\"\r\nX-Evil: ü"),
        ("AKREC_COMMIT", "abc"),
    ];
    assert_eq!(
        agent(&[&own[..], &github].concat()),
        "akrec/0.1.0 (run=ticket7xX-Evil:; commit=abc)"
    );
    assert_eq!(
        agent(&[("AKREC_RUN", "https://me:hunter2@h/x@y")]),
        "akrec/0.1.0 (run=https://h/x@y)"
    );
    assert!(
        agent(&[
            ("AKREC_RUN", &"x".repeat(9999)),
            ("AKREC_COMMIT", &"y".repeat(9999))
        ])
        .len()
            < 300
    );
}

#[test]
fn the_sandbox_gets_nothing_that_is_meant_for_a_server() {
    let all = run(
        "akrec plan --sandbox",
        &[("akrec.yaml", "headers: {X-A: hunter2}\ntimeout: 1s")],
        &[TOKEN],
    )
    .ok();
    let client = all.sandbox_client(
        "http://127.0.0.1:1".to_owned(),
        SecretString::from("sandbox"),
    );
    assert!(client.headers.is_empty() && client.ca_cert.is_none());
    assert_eq!(
        (token_of(&client).as_str(), client.timeout),
        ("sandbox", TIMEOUT)
    );
    let inputs = all.inputs(&|_| None);
    assert_eq!(
        (inputs.state_dir, inputs.allow_outside),
        (all.state_dir, false)
    );
}

/// The token that a client is given; none if it signs in.
fn token_of(settings: &client::Settings) -> String {
    match &settings.credentials {
        client::Credentials::Token(token) => token.expose_secret().to_owned(),
        client::Credentials::SignIn(_) => String::new(),
    }
}

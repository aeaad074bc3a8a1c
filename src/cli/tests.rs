//! The command line: every flag, what is refused and with which code, what is never quoted, and what the environment adds.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;
use crate::schema::{V2025_12, V2026_2};

/// Parses a line as a shell without quotes would split it.
fn with(line: &str, env: &[(&str, &str)]) -> Result<Cli, Exit> {
    let env: Vec<(String, String)> = env
        .iter()
        .map(|(k, v)| (k.to_string(), v.to_string()))
        .collect();
    parse(line.split(' ').map(Into::into), &move |name| {
        env.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone())
    })
}

fn ok(line: &str) -> Cli {
    with(line, &[]).unwrap_or_else(|exit| panic!("{line}: {}", exit.plain()))
}

fn refused(line: &str) -> String {
    let exit = with(line, &[]).expect_err(line);
    assert_eq!((exit.code, exit.to_stdout()), (3, false), "{line}");
    exit.plain()
}

fn plan(cli: Cli) -> Plan {
    match cli.verb {
        Verb::Plan(plan) => plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn clap_finds_no_fault_with_the_types() {
    command().debug_assert();
}

#[test]
fn every_flag_of_plan() {
    let line = "akrec --color never plan -C conf/state --env prod --var a=1 --var b=x=y --var-file v.yaml \
                --allow-outside --allow-unknown --url https://a.example --token-file - --ca-cert ca.pem --header \
                X-A=b=c --timeout 1m30s --retries 0 --parallelism 8 --format json --concise --summary \
                --detailed-exitcode --write-secret provider.my.app#client_secret --no-progress -vv";
    let cli = ok(&line.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(
        (cli.global.color, cli.global.no_progress, cli.global.verbose),
        (ColorWhen::Never, true, 2)
    );
    let plan = plan(cli);
    let pairs = |pairs: &[Pair]| -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|pair| (pair.name.clone(), pair.value().expose_secret().to_owned()))
            .collect()
    };
    assert_eq!(plan.inputs.state, Some("conf/state".into()));
    assert_eq!(plan.inputs.env.as_deref(), Some("prod"));
    assert_eq!(
        pairs(&plan.inputs.var),
        [("a".into(), "1".into()), ("b".into(), "x=y".into())]
    );
    assert_eq!(plan.inputs.var_file, [PathBuf::from("v.yaml")]);
    assert!(plan.inputs.allow_outside && plan.inputs.allow_unknown);
    let connection = &plan.connection;
    assert_eq!(connection.url.as_deref(), Some("https://a.example"));
    assert_eq!(connection.token_file, Some("-".into()));
    assert_eq!(connection.ca_cert, Some("ca.pem".into()));
    assert_eq!(pairs(&connection.header), [("X-A".into(), "b=c".into())]);
    assert_eq!(connection.timeout, Some(Duration::from_secs(90)));
    assert_eq!(
        (connection.retries, connection.parallelism),
        (Some(0), Some(8))
    );
    assert_eq!(plan.output.artifacts.format, OutputFormat::Json);
    assert!(plan.output.concise && plan.output.summary && plan.detailed_exitcode);
    let secret = WriteSecret {
        address: "provider.my.app".into(),
        field: "client_secret".into(),
    };
    assert_eq!(plan.write_secret, [secret]);
    assert!(!plan.sandbox.wanted());
}

#[test]
fn every_flag_of_the_other_verbs() {
    let Verb::Apply(apply) =
        ok("akrec apply --auto-approve --on-error stop --write-secret user.a#password -q").verb
    else {
        panic!()
    };
    assert!(
        apply.writes.auto_approve
            && apply.writes.on_error == Some(OnError::Stop)
            && apply.write_secret.len() == 1
    );
    let Verb::Validate(validate) = ok("akrec validate --release 2026.2.1 --format short -C x").verb
    else {
        panic!()
    };
    assert_eq!(
        (validate.release, validate.artifacts.format),
        (Some(V2026_2), OutputFormat::Short)
    );
    let line = "akrec sandbox --release 2025.12 --listen localhost:1234 --sandbox-data d.json";
    let Verb::Sandbox(sandbox) = ok(line).verb else {
        panic!()
    };
    assert_eq!(
        (sandbox.release, sandbox.listen.to_string()),
        (Some(V2025_12.into()), "127.0.0.1:1234".to_owned())
    );
    assert_eq!(sandbox.sandbox_data, Some("d.json".into()));
    let Verb::Explain(explain) = ok("akrec explain AKR0203").verb else {
        panic!()
    };
    assert_eq!(
        (explain.topic.as_deref(), explain.all),
        (Some("AKR0203"), false)
    );
    let Verb::Explain(explain) = ok("akrec explain --all --format markdown").verb else {
        panic!()
    };
    assert_eq!(
        (explain.topic, explain.all, explain.format),
        (None, true, ReferenceFormat::Markdown)
    );
    let Verb::Kinds(kinds) = ok("akrec kinds --format json").verb else {
        panic!()
    };
    assert_eq!(kinds.format, ReferenceFormat::Json);
    let Verb::Schema(schema) = ok("akrec schema --release 2025.12").verb else {
        panic!()
    };
    assert_eq!(
        (schema.what, schema.release, schema.overlay),
        (SchemaOf::State, Some(V2025_12), false)
    );
    assert!(matches!(
        ok("akrec completions zsh").verb,
        Verb::Completions(Completions { shell: Shell::Zsh })
    ));
    assert!(matches!(
        ok("akrec man out").verb,
        Verb::Man(Man { dir: Some(_) })
    ));
    let Verb::Init(init) = ok("akrec init --url https://a.example").verb else {
        panic!()
    };
    assert_eq!(
        (init.state, init.url.as_deref()),
        ("state".into(), Some("https://a.example"))
    );
}

#[test]
fn the_sandbox_takes_a_release_or_none() {
    let release = |line| {
        let sandbox = plan(ok(line)).sandbox;
        (sandbox.wanted(), sandbox.version())
    };
    assert_eq!(release("akrec plan --sandbox"), (true, None));
    assert_eq!(
        release("akrec plan --sandbox=2026.2"),
        (true, Some(V2026_2.into()))
    );
    assert_eq!(
        release("akrec plan --sandbox=2026.2.7"),
        (true, Some(V2026_2.patch(7)))
    );
    assert_eq!(release("akrec plan --sandbox-data d.json"), (true, None));
    assert!(refused("akrec plan --sandbox=2024.2").contains("2025.10, 2025.12, 2026.2"));
    assert!(
        refused("akrec validate --release 2024.2").contains("akrec supports 2025.10 and later")
    );
}

#[test]
fn help_and_version_succeed_on_standard_output() {
    for line in [
        "akrec --help",
        "akrec -h",
        "akrec help",
        "akrec help plan",
        "akrec plan --help",
        "akrec --version",
    ] {
        let exit = with(line, &[]).expect_err(line);
        assert_eq!((exit.code, exit.to_stdout()), (0, true), "{line}");
    }
    assert_eq!(with("akrec -V", &[]).unwrap_err().plain(), "akrec 0.1.0\n");
    let help = with("akrec --help", &[]).unwrap_err();
    assert!(help.plain().contains("AKREC_TOKEN_FILE") && !help.plain().contains('\u{1b}'));
    assert!(help.ansi().contains('\u{1b}'));
}

#[test]
fn a_wrong_command_line_is_3_and_says_why() {
    for (line, says) in [
        ("akrec", "Usage: akrec"),
        ("akrec paln", "'plan'"),
        ("akrec plan --evn x", "'--env'"),
        ("akrec plan --format xml", "text, short, json"),
        ("akrec plan --timeout 30", "30s"),
        ("akrec plan --timeout soon", "30s or 1m30s"),
        ("akrec plan --timeout 0s", "longer than zero"),
        ("akrec plan --timeout 25h", "a day"),
        ("akrec plan --parallelism 0", "1..=64"),
        (
            "akrec plan --write-secret grafana",
            "source.github#consumer_secret",
        ),
        (
            "akrec plan --write-secret source.github#",
            "source.github#consumer_secret",
        ),
        ("akrec plan --var a", "--var takes NAME=VALUE"),
        ("akrec plan --var =a", "--var takes NAME=VALUE"),
        (
            "akrec plan --sandbox --url https://a.example",
            "cannot be used with",
        ),
        (
            "akrec plan --sandbox-data x --token-file x",
            "cannot be used with",
        ),
        (
            "akrec plan --ca-cert x --insecure-skip-tls-verify",
            "cannot be used with",
        ),
        ("akrec plan -q -v", "cannot be used with"),
        ("akrec plan --auto-approve", "unexpected argument"),
        ("akrec plan plan.json", "unexpected argument"),
        ("akrec validate --release latest", "2026.8"),
        (
            "akrec validate --url https://a.example",
            "unexpected argument",
        ),
        ("akrec sandbox --listen 0.0.0.0:9000", "loopback only"),
        ("akrec sandbox --listen 9000", "127.0.0.1:9000"),
        ("akrec explain", "CODE|KIND"),
        ("akrec explain AKR0203 --all", "cannot be used with"),
        (
            "akrec schema sate",
            "[possible values: state, settings, plan, drift, diagnostics, events, access, diff, verify, invite, upgrade, kinds]",
        ),
        ("akrec schema --release latest", "2026.8"),
        ("akrec completions tcsh", "bash"),
    ] {
        let message = refused(line);
        assert!(message.contains(says), "{line}: {message}");
    }
}

#[test]
fn what_may_be_secret_is_not_quoted() {
    for line in [
        "akrec plan --token hunter2",
        "akrec plan --token=hunter2",
        "akrec apply --header hunter2",
        "akrec plan --header X-Proxy:hunter2",
        "akrec validate --var hunter2",
    ] {
        let message = refused(line);
        assert!(!message.contains("hunter2"), "{line}: {message}");
    }
    assert!(refused("akrec plan --token=hunter2").contains("AKREC_TOKEN"));
    let cli = ok("akrec plan --header X-Proxy=hunter2 --var a=hunter2");
    assert!(!format!("{cli:?}").contains("hunter2"));
}

/// A value that its flag takes, for the flags that judge theirs.
fn value_of(arg: &clap::Arg) -> String {
    let own = arg.get_possible_values();
    match arg.get_value_names().map(|names| names[0].as_str()) {
        _ if !own.is_empty() => own[0].get_name().to_owned(),
        Some("DURATION") => "30s".to_owned(),
        Some("N" | "COUNT" | "PERCENT" | "LIMIT") => "5".to_owned(),
        Some("SIZE") => "64MiB".to_owned(),
        _ => "word".to_owned(),
    }
}

/// Each flag of every verb: what takes one value is refused the second time, wherever it stands; the rest may be repeated.
#[test]
fn a_flag_with_one_value_is_given_once() {
    let mut command = command();
    command.build();
    let mut tried = 0;
    for verb in command
        .get_subcommands()
        .filter(|verb| !matches!(verb.get_name(), "help" | "complete"))
    {
        for arg in verb
            .get_arguments()
            .filter(|arg| !arg.is_positional() && arg.get_action().takes_values())
        {
            let long = format!("--{}", arg.get_long().unwrap());
            let value = value_of(arg);
            let one = super::extra::names_one(arg);
            let mut forms = vec![format!("{long}={value}")];
            if !arg.is_require_equals_set() {
                forms.push(format!("{long} {value}"));
                if let Some(short) = arg.get_short() {
                    forms.extend([
                        format!("-{short} {value}"),
                        format!("-{short}{value}"),
                        format!("-q{short} {value}"),
                    ]);
                }
            }
            let is_global = command
                .get_arguments()
                .any(|other| other.get_id() == arg.get_id());
            for (first, second) in forms.iter().zip(forms.iter().rev()) {
                let mut lines = vec![format!("akrec {} {first} {second}", verb.get_name())];
                if is_global {
                    lines.push(format!("akrec {first} {} {second}", verb.get_name()));
                    lines.push(format!("akrec {first} {second} {}", verb.get_name()));
                }
                for line in lines {
                    let reported = with(&line, &[])
                        .err()
                        .map(|exit| exit.plain())
                        .unwrap_or_default();
                    let refused = reported.contains("more than once") && reported.contains(&long);
                    assert_eq!(refused, one, "{line}: {reported}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

/// Wherever addresses are named, a file may name them.
#[test]
fn every_target_may_be_a_file() {
    let mut command = command();
    command.build();
    let mut verbs = Vec::new();
    for verb in command.get_subcommands() {
        for arg in verb
            .get_arguments()
            .filter(|arg| matches!(arg.get_long(), Some("target" | "exclude")))
        {
            let (verb, flag) = (verb.get_name(), arg.get_long().unwrap());
            let needed = if verb == "diff" {
                "--from https://a.example --to https://b.example "
            } else {
                ""
            };
            let reported = refused(&format!("akrec {verb} {needed}--{flag} @"));
            assert!(
                reported.contains("name the file: @FILE"),
                "{verb} --{flag}: {reported}"
            );
            let all = match ok(&format!(
                "akrec {verb} {needed}--{flag} @a.txt --{flag} group.b"
            ))
            .verb
            {
                Verb::Plan(plan) => [plan.scope.target, plan.scope.exclude].concat(),
                Verb::Apply(apply) => [apply.scope.target, apply.scope.exclude].concat(),
                Verb::Export(export) => export.target,
                Verb::Diff(diff) => diff.target,
                Verb::Graph(graph) => graph.target,
                other => panic!("{other:?}"),
            };
            assert!(
                matches!(&all[..], [Target::File(_), Target::Pattern(_)]),
                "{verb} --{flag}: {all:?}"
            );
            let help = arg.get_help().or(arg.get_long_help()).unwrap().to_string();
            assert!(
                help.contains("@FILE reads one per line"),
                "{verb} --{flag}: {help}"
            );
            verbs.push(verb.to_owned());
        }
    }
    assert!(
        ["plan", "apply", "export", "diff", "graph"]
            .iter()
            .all(|verb| verbs.iter().any(|it| it == verb)),
        "{verbs:?}"
    );
}

#[test]
fn what_is_no_second_value_is_not_taken_for_one() {
    // Of flags that say how a run works the last one counts.
    assert_eq!(
        plan(ok("akrec plan --parallelism 9 --parallelism 1"))
            .connection
            .parallelism,
        Some(1)
    );
    // Flags without a value may be repeated.
    assert!(plan(ok("akrec plan --concise --concise")).output.concise);
    assert_eq!(ok("akrec -v plan -vv").global.verbose, 2);
    assert_eq!(
        plan(ok(
            "akrec plan --var a=1 --var b=2 --target group.a --target group.b"
        ))
        .inputs
        .var
        .len(),
        2
    );
    // What stands behind `--`.
    assert!(
        ok("akrec complete -- akrec plan -C a -C b")
            .verb
            .artifacts()
            .is_none()
    );
    let reported = refused("akrec plan --url https://secret-a --url https://secret-b");
    assert!(
        reported.contains("--url more than once") && !reported.contains("secret"),
        "{reported}"
    );
    let reported = refused("akrec plan -C a --state b");
    assert!(
        reported.contains("--state (-C) more than once, but it takes one value"),
        "{reported}"
    );
    // AKREC_ARGS gives way to the command line on either side of the verb, and has each flag once.
    let extra = |line: &str, extra: &str| with(line, &[("AKREC_ARGS", extra)]);
    assert_eq!(
        extra("akrec --color always plan", "--color never")
            .unwrap()
            .global
            .color,
        ColorWhen::Always
    );
    assert_eq!(
        plan(extra("akrec plan -C b", "-C a").unwrap()).inputs.state,
        Some("b".into())
    );
    let reported = extra("akrec plan", "-C a --state=b").unwrap_err().plain();
    assert!(
        reported.contains("AKREC_ARGS has --state (-C) more than once"),
        "{reported}"
    );
}

#[test]
fn extra_arguments_stand_before_those_of_the_command_line() {
    let extra = |line: &str, extra: &str| with(line, &[("AKREC_ARGS", extra)]);
    let cli = extra(
        "akrec --color never plan --url https://b",
        "--url https://a --concise --var 'a=b c'",
    )
    .unwrap();
    let plan = plan(cli);
    assert_eq!(plan.connection.url.as_deref(), Some("https://b"));
    assert!(plan.output.concise);
    assert_eq!(plan.inputs.var[0].value().expose_secret(), "b c");
    // What another verb has is left out with its value, and with no verb nothing is put in.
    let args =
        "--url https://a --on-error stop --detailed-exitcode --sandbox=2026.2 -C x --color never";
    let Verb::Validate(validate) = extra("akrec validate", args).unwrap().verb else {
        panic!()
    };
    assert_eq!(validate.inputs.state, Some("x".into()));
    assert!(matches!(
        extra("akrec explain AKR0203", args).unwrap().verb,
        Verb::Explain(_)
    ));
    // `kinds` has a connection too, for --check.
    assert!(matches!(
        extra("akrec kinds", "--url https://a -C x").unwrap().verb,
        Verb::Kinds(_)
    ));
    assert_eq!(extra("akrec --version", args).unwrap_err().code, 0);
    assert!(extra("akrec plan", "  ").is_ok());
    for (args, says) in [
        ("--urll https://a", "the unknown flag --urll"),
        ("plan", "word number 1 is not a flag"),
        ("--concise -- x", "word number 2 is not a flag"),
        ("--url 'https://a", "not closed"),
        ("--url \\", "ends in a \\"),
        ("--token=hunter2", "the unknown flag --token"),
    ] {
        let exit = extra("akrec plan", args).unwrap_err();
        assert!(
            exit.code == 3 && exit.plain().contains(says),
            "{args}: {}",
            exit.plain()
        );
        assert!(!exit.plain().contains("hunter2"));
    }
}

#[test]
fn colours_follow_the_flag_then_the_environment_then_the_terminal() {
    use ColorWhen::{Always, Auto, Never};
    for (when, env, terminal, expected) in [
        (Auto, &[("TERM", "xterm")][..], true, true),
        (Auto, &[("TERM", "xterm")], false, false),
        (Auto, &[], true, cfg!(windows)),
        (Auto, &[("CI", "true")], true, true),
        (Auto, &[("CI", "true"), ("TERM", "xterm")], false, false),
        (Auto, &[("TERM", "dumb")], true, false),
        (
            Auto,
            &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")],
            false,
            true,
        ),
        (
            Auto,
            &[("CLICOLOR_FORCE", "0"), ("TERM", "xterm")],
            false,
            false,
        ),
        (Auto, &[("CLICOLOR", "0"), ("TERM", "xterm")], true, false),
        (
            Auto,
            &[
                ("NO_COLOR", "1"),
                ("CLICOLOR_FORCE", "1"),
                ("TERM", "xterm"),
            ],
            true,
            false,
        ),
        (Auto, &[("NO_COLOR", ""), ("TERM", "xterm")], true, true),
        (Always, &[("NO_COLOR", "1"), ("TERM", "dumb")], false, true),
        (
            Never,
            &[("CLICOLOR_FORCE", "1"), ("TERM", "xterm")],
            true,
            false,
        ),
    ] {
        let look = |name: &str| {
            env.iter()
                .find(|(k, _)| *k == name)
                .map(|(_, v)| v.to_string())
        };
        assert_eq!(
            color_choice(when, &look, terminal),
            expected,
            "{when:?} {env:?} {terminal}"
        );
    }
}

#[test]
fn progress_and_logs_follow_flags_and_environment() {
    let none = |_: &str| None;
    let ci = |name: &str| (name == "CI").then(|| "true".to_owned());
    let global = |line| ok(line).global;
    assert!(progress_choice(&global("akrec plan"), &none, true));
    assert!(!progress_choice(&global("akrec plan"), &none, false));
    assert!(!progress_choice(&global("akrec plan"), &ci, true));
    assert!(!progress_choice(
        &global("akrec plan --no-progress"),
        &none,
        true
    ));
    assert!(!progress_choice(&global("akrec plan -q"), &none, true));
    for (line, filter) in [
        ("akrec plan", "warn"),
        ("akrec plan -q", "error"),
        ("akrec plan -v", "info"),
        ("akrec -vv plan", "debug"),
    ] {
        assert_eq!(log_filter(&global(line), &none), format!("akrec={filter}"));
    }
    assert_eq!(
        log_filter(&global("akrec plan -q"), &|_| Some(
            "akrec=trace".to_owned()
        )),
        "akrec=trace"
    );
}

#[test]
fn completions_and_manual_pages_know_every_verb() {
    for shell in [
        Shell::Bash,
        Shell::Zsh,
        Shell::Fish,
        Shell::PowerShell,
        Shell::Elvish,
    ] {
        let script = completions(shell);
        assert!(
            script.contains("detailed-exitcode") && script.contains("sandbox-data"),
            "{shell}"
        );
        assert!(
            !script.contains("complete:")
                && !script.contains("'complete'")
                && !script.contains(" complete help")
        );
    }
    let pages = manual().unwrap();
    let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    let verbs = [
        "init",
        "plan",
        "apply",
        "rollback",
        "show",
        "drift",
        "forget",
        "export",
        "access",
        "output",
        "verify",
        "invite",
        "diff",
        "upgrade",
        "graph",
        "report",
        "validate",
        "sandbox",
        "explain",
        "kinds",
        "schema",
        "completions",
        "man",
    ];
    let expected: Vec<String> = verbs.iter().map(|verb| format!("akrec-{verb}.1")).collect();
    assert_eq!(names[0], "akrec.1");
    assert_eq!(names[1..], expected);
    assert!(
        pages
            .iter()
            .all(|(_, text)| text.starts_with(".ie") && text.contains(".TH"))
    );
}

#[test]
fn help_for_plan_is_grouped_and_has_examples() {
    let help = with("akrec plan --help", &[]).unwrap_err().plain();
    for part in [
        "Inputs:",
        "Connection:",
        "Sandbox:",
        "Output:",
        "Display:",
        "Examples:",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    assert!(!help.contains("--token "), "{help}");
}

#[test]
fn pairs_without_a_value_are_refused_by_every_verb_that_takes_them() {
    let mut tried = 0;
    for verb in command().get_subcommands() {
        for (flag, says) in [
            ("var", "--var takes NAME=VALUE"),
            ("header", "--header takes NAME=VALUE"),
        ] {
            if !verb.get_arguments().any(|arg| arg.get_long() == Some(flag)) {
                continue;
            }
            let more = match verb.get_name() {
                "forget" => " group.staff",
                "rollback" => " rollback.json",
                "output" => " wiki",
                "invite" => " --list",
                "upgrade" => " --to 2026.8",
                _ => "",
            };
            let message = refused(&format!(
                "akrec {} --{flag} nonsense{more}",
                verb.get_name()
            ));
            assert!(
                message.contains(says),
                "{} --{flag}: {message}",
                verb.get_name()
            );
            tried += 1;
        }
    }
    assert!(tried > 15, "{tried} tried");
}

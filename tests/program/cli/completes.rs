//! Completion: what `akrec complete` answers, and that real shells ask it.

use std::process::{Command, Stdio};

use super::support::*;

/// A state with environments and a name that no shell takes as it is.
fn home() -> Home {
    let source = "sources: {git: {type: oauth, name: Git, provider_type: github, consumer_key: k, consumer_secret: !env KEY}}";
    let home = Home::new(&format!("{STATE}roles: {{'a b $(x)': {{}}}}\n{source}\n"));
    home.write("environments/prod/more.yaml", "groups: {only-prod: {}}\n");
    home.write("environments/staging/.keep", "");
    home
}

fn complete(home: &Home, words: &[&str]) -> Vec<String> {
    let mut ran = home.akrec("complete --");
    ran.0.args(words);
    let ran = ran.run().expect(0);
    assert!(ran.err.is_empty(), "{}", ran.err);
    ran.out.lines().map(str::to_owned).collect()
}

#[test]
fn names_come_from_the_files() {
    let home = home();
    let all = [
        "application.wiki",
        "group.staff",
        "provider.wiki",
        "source.git",
        "user.bob",
    ];
    assert_eq!(complete(&home, &["plan", "--target", ""]), all);
    assert_eq!(
        complete(&home, &["plan", "--exclude", "gr"]),
        ["group.staff"]
    );
    assert_eq!(
        complete(&home, &["plan", "--target=gr"]),
        ["--target=group.staff"]
    );
    assert_eq!(
        complete(&home, &["plan", "--target", "=", "gr"]),
        ["group.staff"],
        "as bash splits it"
    );
    assert_eq!(complete(&home, &["forget", "app"]), ["application.wiki"]);
    assert_eq!(
        complete(&home, &["forget", "--auto-approve", "app"]),
        ["application.wiki"]
    );
    // Not what the server gives back.
    assert_eq!(
        complete(&home, &["apply", "--write-secret", ""]),
        ["source.git#consumer_secret"]
    );
    assert_eq!(complete(&home, &["access", "--app", ""]), ["wiki"]);
    assert_eq!(complete(&home, &["access", "--user", ""]), ["bob"]);
    assert_eq!(complete(&home, &["plan", "--env", ""]), ["prod", "staging"]);
    assert_eq!(
        complete(&home, &["diff", "--from", "s"]),
        ["sandbox", "staging"]
    );
    assert_eq!(
        complete(&home, &["plan", "--env", "prod", "--target", "group."]),
        ["group.only-prod", "group.staff"]
    );
    assert!(
        complete(&home, &["export", "--kind", "stages.user_l"])
            .contains(&"stages.user_login".to_owned())
    );
    assert!(complete(&home, &["plan", "--allow", "AKR06"]).contains(&"AKR0601".to_owned()));
    assert!(
        !complete(&home, &["plan", "--allow", ""]).contains(&"AKR0203".to_owned()),
        "no rail"
    );
    assert!(complete(&home, &["plan", "--deny", "open"]).contains(&"open-application".to_owned()));
    assert!(complete(&home, &["explain", "AKR02"]).contains(&"AKR0203".to_owned()));
    assert_eq!(
        complete(&home, &["explain", "applicati"]),
        ["application", "application_entitlement", "applications"]
    );
    // Where it knows nothing, the shell's script goes on.
    for words in [
        &["plan", "--"][..],
        &["plan", ""],
        &["pl"],
        &[""],
        &[],
        &["plan", "--detailed-exitcode", ""],
    ] {
        assert!(complete(&home, words).is_empty(), "{words:?}");
    }
    assert_eq!(
        complete(&home, &["plan", "-C", "nowhere/state", "--target", ""]),
        Vec::<String>::new()
    );
    // Files that are wrong are completed as far as they can be understood.
    home.write(
        "state/wrong.yaml",
        "groups: {extra: {nonsense: 1}}\nusers: [\n",
    );
    assert!(complete(&home, &["plan", "--target", "group.staff"]).len() <= 1);
}

/// Runs a script in a shell, with the program in the path; none where the shell is not installed, which is said, and is
/// wrong in CI.
fn shell(home: &Home, shell: &str, args: &[&str], script: &str) -> Option<Ran> {
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_akrec"))
        .parent()
        .unwrap();
    let path = format!(
        "{}:{}",
        folder.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut command = Command::new(shell);
    command
        .args(args)
        .arg(script)
        .env_clear()
        .env("HOME", &home.0)
        .env("PATH", path)
        .current_dir(&home.0);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    match command.spawn() {
        Ok(child) => Some(finish(child)),
        Err(error) => {
            assert!(
                std::env::var_os("CI").is_none(),
                "CI is set, and there is no {shell}: {error}"
            );
            println!("\nNOT TESTED: completion in {shell}, which is not installed\n");
            None
        }
    }
}

#[test]
fn bash_completes() {
    let home = home();
    for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home
            .akrec(&format!("completions {name}"))
            .run()
            .expect(0)
            .out;
        assert!(
            script.contains("complete --") || script.contains("complete @new --"),
            "{name} asks for names"
        );
        home.write(&format!("akrec.{name}"), script);
    }
    let Some(checked) = shell(&home, "bash", &["-n"], "akrec.bash") else {
        return;
    };
    assert!(checked.expect(0).err.is_empty());
    let ask = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let script = format!(
            "source akrec.bash; COMP_WORDS=({}); COMP_CWORD={}; _akrec_words akrec \"${{COMP_WORDS[COMP_CWORD]}}\" \
             \"${{COMP_WORDS[COMP_CWORD-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"; complete -p akrec",
            words
                .iter()
                .map(|word| format!("'{word}'"))
                .collect::<Vec<_>>()
                .join(" "),
            words.len() - 1,
        );
        shell(&home, "bash", &["--norc", "-c"], &script)
            .unwrap()
            .expect(0)
    };
    let ran = ask("akrec plan --target gr");
    assert!(ran.err.is_empty(), "{}", ran.err);
    assert!(
        ran.out.starts_with("group.staff\n") && ran.out.contains("-F _akrec_words"),
        "{}",
        ran.out
    );
    assert!(ask("akrec plan --env ").out.starts_with("prod\nstaging\n"));
    // Flags and their fixed words are the script's own.
    assert!(
        ask("akrec plan --detailed")
            .out
            .starts_with("--detailed-exitcode\n")
    );
    assert!(ask("akrec pl").out.starts_with("plan\n"));
    assert!(ask("akrec plan --format js").out.starts_with("json\n"));
}

#[test]
fn other_shells_take_their_script() {
    let home = home();
    for (name, args) in [("zsh", &["-n"][..]), ("fish", &["--no-execute"])] {
        let script = home
            .akrec(&format!("completions {name}"))
            .run()
            .expect(0)
            .out;
        home.write(&format!("akrec.{name}"), script);
        let Some(ran) = shell(&home, name, args, &format!("akrec.{name}")) else {
            continue;
        };
        assert!(ran.expect(0).err.is_empty(), "{name}");
    }
    if let Some(ran) = shell(
        &home,
        "fish",
        &["-c"],
        "source akrec.fish; complete -C 'akrec plan --target gr'",
    ) {
        assert!(ran.expect(0).out.lines().any(|line| line == "group.staff"));
    }
    if let Some(ran) = shell(
        &home,
        "fish",
        &["-c"],
        "source akrec.fish; complete -C 'akrec forget app'",
    ) {
        assert!(
            ran.expect(0)
                .out
                .lines()
                .any(|line| line == "application.wiki")
        );
    }
    // With a compadd and a compdef of our own, zsh runs without a terminal.
    let script = "compdef() { }; compadd() { print -l -- \"${@[2,-1]}\" }; source akrec.zsh; \
                  words=(akrec plan --target gr); CURRENT=4; _akrec";
    if let Some(ran) = shell(&home, "zsh", &["-f", "-c"], script) {
        assert_eq!(ran.expect(0).out, "group.staff\n");
    }
    // Its editor is there only at a terminal: what the script takes of it stands before it.
    let script = home.akrec("completions elvish").run().expect(0).out;
    let script = script
        .replace("edit:completion:arg-completer", "completers")
        .replace("edit:complex-candidate", "taken");
    home.write(
        "akrec.elv",
        format!(
            "var completers = [&]\nfn taken {{|text &display=''| put $text }}\n{script}\n$completers[akrec] akrec plan \
             --target gr | each {{|it| echo $it}}\n$completers[akrec] akrec '' | each {{|it| echo $it}}\n"
        ),
    );
    if let Some(ran) = shell(&home, "elvish", &["-norc"], "akrec.elv") {
        let ran = ran.expect(0);
        assert!(
            ran.err.is_empty() && ran.out.starts_with("group.staff\n"),
            "{}{}",
            ran.out,
            ran.err
        );
        assert!(ran.out.lines().any(|line| line == "apply"), "{}", ran.out);
    }
}

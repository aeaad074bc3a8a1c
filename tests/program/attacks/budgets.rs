//! Every input that can be large: each has a limit that a clear error names, and memory stays far below a runner's.

use std::fmt::Write;

use super::support::{ONE, Project};

const MIB: u64 = 1 << 20;

#[test]
fn one_file_that_is_too_large() {
    for (path, size, args, code, says) in [
        (
            "akrec.yaml",
            MIB + 1,
            "validate",
            3,
            "AKR0113|akrec.yaml is larger than 1 MiB",
        ),
        (
            "environments/prod/akrec.yaml",
            MIB + 1,
            "validate --env prod",
            3,
            "AKR0113|is larger than 1 MiB",
        ),
        (
            "vars.yaml",
            MIB + 1,
            "validate --var-file vars.yaml",
            3,
            "AKR0113|vars.yaml is larger than 1 MiB",
        ),
        (
            "targets",
            MIB + 1,
            "plan --sandbox --target @targets",
            3,
            "it is larger than 1 MiB",
        ),
        (
            "state/b.yaml",
            8 * MIB + 1,
            "validate",
            3,
            "AKR0113|state/b.yaml is larger than 8 MiB",
        ),
        (
            "plan.akrec",
            64 * MIB + 1,
            "show plan.akrec",
            8,
            "AKR0804|it is larger than 64 MiB",
        ),
        (
            "plan.akrec",
            64 * MIB + 1,
            "apply --sandbox --auto-approve plan.akrec",
            8,
            "AKR0804|it is larger than 64 MiB",
        ),
    ] {
        let project = Project::new();
        project.zeros(path, size);
        let ran = project.akrec(args).memory(700).run().expect(code);
        says.split('|').for_each(|part| {
            assert!(
                format!("{}{}", ran.out, ran.err).contains(part),
                "{part}: {}",
                ran.err
            )
        });
    }
    let project = Project::with(&[("state/a.yaml", ONE), ("akrec.yaml", "ca_cert: ca.pem\n")]);
    project.zeros("ca.pem", 4 * MIB + 1);
    for args in ["plan --retries 0", "plan --retries 0 --ca-cert ca.pem"] {
        let ran = project
            .akrec(args)
            .env("AKREC_URL", "https://127.0.0.1:1")
            .run()
            .expect(3);
        ran.says(&["AKR0301", "it is larger than 4 MiB"]);
    }
    let project = Project::with(&[(
        "state/a.yaml",
        "groups: {g: {attributes: {x: !file x.txt}}}\n",
    )]);
    project.zeros("state/x.txt", 8 * MIB + 1);
    project
        .akrec("validate")
        .run()
        .expect(3)
        .says(&["AKR0111", "x.txt is larger than 8 MiB"]);
    let project = Project::with(&[("state/a.yaml", "files: {f.png: {content: !file x.png}}\n")]);
    project.zeros("state/x.png", 10_000 * MIB);
    project
        .akrec("validate")
        .memory(700)
        .run()
        .expect(3)
        .says(&["AKR0111", "x.png is larger than"]);
}

#[test]
fn one_file_that_is_named_many_times_is_read_once() {
    let mut state = "files:\n".to_owned();
    (0..400).for_each(|i| writeln!(state, "  f{i}.png: {{content: !file b.bin}}").unwrap());
    let project = Project::with(&[("state/f.yaml", &state)]);
    project.zeros("state/b.bin", 25_000_000);
    for name in ["c", "d"] {
        project.link(&format!("state/{name}.bin"), "b.bin");
    }
    project.akrec("validate").memory(500).run().expect(0);
}

#[test]
fn many_media_files_are_too_much_together() {
    let mut state = "files:\n".to_owned();
    let project = Project::empty();
    for i in 0..12 {
        writeln!(state, "  f{i}.png: {{content: !file b{i}.bin}}").unwrap();
        project.zeros(&format!("state/b{i}.bin"), 25_000_000);
    }
    project.write("state/f.yaml", &state);
    let ran = project.akrec("validate").memory(900).run().expect(3);
    ran.says(&[
        "AKR0113",
        "the media files of this state have more than 256 MiB",
        "--max-input 512MiB",
        "state/f.yaml:1",
    ]);
    let ran = project.akrec("validate --max-input 30MB").run().expect(3);
    ran.says(&["--max-input", "write a size such as 128MiB"]);
    // The advice works.
    project.akrec("validate --max-input 512MiB").run().expect(0);
    project
        .akrec("validate")
        .env("AKREC_MAX_INPUT", "512MiB")
        .run()
        .expect(0);
    project
        .akrec("validate")
        .env("AKREC_MAX_INPUT", "much")
        .run()
        .expect(3)
        .says(&["AKREC_MAX_INPUT is not a size"]);
}

#[test]
fn many_texts_are_too_much_together() {
    let says = [
        "AKR0113",
        "the texts of this state have more than 64 MiB",
        "--max-input 128MiB",
    ];
    // Files of a state, of which each alone is small enough.
    let project = Project::new();
    let text = format!("# {}\n", "x".repeat(3_900_000));
    project.write("state/b0.yaml", &text);
    (1..60).for_each(|i| {
        drop(std::fs::hard_link(
            project.path("state/b0.yaml"),
            project.path(format!("state/b{i}.yaml")),
        ))
    });
    project
        .akrec("validate")
        .memory(700)
        .run()
        .expect(3)
        .says(&says);
    // One text that is named often: it is there as often.
    let mut state = "groups:\n".to_owned();
    (0..1500).for_each(|i| writeln!(state, "  g{i}: {{attributes: {{x: !file t.txt}}}}").unwrap());
    let project = Project::with(&[
        ("state/f.yaml", &state),
        ("state/t.txt", &"y".repeat(3_900_000)),
    ]);
    project
        .akrec("validate")
        .memory(700)
        .run()
        .expect(3)
        .says(&says)
        .says(&["state/f.yaml:"]);
    // And a variable.
    let project = Project::with(&[("state/f.yaml", &state.replace("!file t.txt", "!env LONG"))]);
    let ran = project
        .akrec("validate")
        .env("LONG", &"z".repeat(100_000))
        .memory(700)
        .run()
        .expect(3);
    ran.says(&says);
}

#[test]
fn values_are_counted_over_all_files_and_aliases() {
    let limit = ["AKR0113", "1,000,000 values"];
    // Aliases that grow by ten with each line.
    let mut bomb = "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n".to_owned();
    (1..10).for_each(|i| {
        writeln!(
            bomb,
            "x{i}: &x{i} [{}]",
            vec![format!("*x{}", i - 1); 10].join(", ")
        )
        .unwrap()
    });
    let project = Project::with(&[("state/a.yaml", &bomb)]);
    project
        .akrec("validate")
        .memory(1200)
        .run()
        .expect(3)
        .says(&limit);
    // The same in settings, where less is enough.
    let project = Project::with(&[("state/a.yaml", ONE), ("akrec.yaml", &bomb)]);
    project
        .akrec("validate")
        .memory(500)
        .run()
        .expect(3)
        .says(&["AKR0113", "50000 in a settings file"]);
    // Many files, none of which is large.
    let project = Project::new();
    for i in 0..12 {
        project.write(
            &format!("state/b{i}.yaml"),
            format!(
                "groups: {{g{i}: {{attributes: {{x: [{}]}}}}}}\n",
                "1,".repeat(100_000)
            ),
        );
    }
    project
        .akrec("validate")
        .memory(1200)
        .run()
        .expect(3)
        .says(&limit);
    // Defaults that every object repeats.
    let mut state = format!(
        "defaults: {{groups: {{attributes: {{x: [{}]}}}}}}\ngroups:\n",
        "1,".repeat(10_000)
    );
    (0..5_000).for_each(|i| writeln!(state, "  g{i}: {{}}").unwrap());
    let project = Project::with(&[("state/a.yaml", &state)]);
    let ran = project.akrec("validate").memory(1200).run().expect(3);
    ran.says(&[
        "AKR0113",
        "with its defaults, the state is larger than akrec reads",
        "state/a.yaml:1",
    ]);
    let mut state = format!(
        "defaults: {{groups: {{attributes: {{x: {}}}}}}}\ngroups:\n",
        "y".repeat(1_000_000)
    );
    (0..5_000).for_each(|i| writeln!(state, "  g{i}: {{}}").unwrap());
    let project = Project::with(&[("state/a.yaml", &state)]);
    project
        .akrec("validate")
        .memory(1200)
        .run()
        .expect(3)
        .says(&["with its defaults"]);
}

#[test]
fn a_plan_file_of_few_bytes_takes_no_memory_of_many() {
    let project = Project::new();
    project.write("plan.akrec", format!("[{}0]", "0,".repeat(20 << 20)));
    let ran = project.akrec("show plan.akrec").memory(400).run().expect(8);
    ran.says(&["AKR0804", "3,000,000 values"]);
    project.write("plan.akrec", "[".repeat(1 << 20));
    project
        .akrec("show plan.akrec")
        .run()
        .expect(8)
        .says(&["AKR0804"]);
}

#[test]
fn many_names_end_in_an_error() {
    let project = Project::new();
    (0..20_001).for_each(|i| {
        project.write(&format!("state/d{}/f{i}.yaml", i / 1000), "");
    });
    let ran = project.akrec("validate").memory(700).run().expect(3);
    ran.says(&["AKR0113", "the state has more than 20,000 files"]);
    // A folder that leads back to itself is walked once.
    let project = Project::new();
    project.link("state/loop", ".").link("state/x/up", "..");
    project.akrec("validate").seconds(30).run().expect(0);
}

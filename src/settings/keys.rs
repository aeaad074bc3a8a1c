//! The keys of `akrec.yaml`: the one table from which the reader, `docs/settings.md` and the JSON Schema follow.
//!
//! The reader accepts no key that has no row here. A row says what people need; how a value is parsed stays in `file.rs`.

use super::connection::{PARALLELISM, RETRIES};

/// What a value may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// An address of a server.
    Url,
    /// Any text that is not empty.
    Name,
    /// A release of authentik.
    Release,
    /// A directory, relative to the settings file.
    Directory,
    /// A file, relative to the settings file.
    File,
    /// `true` or `false`.
    Boolean,
    /// A length of time with a unit.
    Duration,
    /// A whole number within bounds, both included.
    Whole(u64, u64),
    /// A share from 0% to 100%.
    Percent,
    /// One of several words.
    OneOf(&'static [&'static str]),
    /// A list of names.
    Names,
    /// A mapping whose keys are the rows `<key>.…` of this table.
    Keys,
    /// A mapping of kinds to limits.
    Removals,
    /// A mapping of lints to levels.
    Lints,
    /// A mapping of header names to texts.
    Headers,
    /// A mapping of names to single values.
    Variables,
}

impl Form {
    /// What a message says that a value must be.
    pub(super) fn expected(self) -> String {
        match self {
            Form::Url => "the address of authentik".to_owned(),
            Form::Name => "a name".to_owned(),
            Form::Headers => "a string".to_owned(),
            Form::Release => "a release such as 2026.2".to_owned(),
            Form::Directory => "a directory".to_owned(),
            Form::File => "a file".to_owned(),
            Form::Boolean => "true or false".to_owned(),
            Form::Duration => "a duration such as 30s".to_owned(),
            Form::Whole(_, u64::MAX) => "a whole number".to_owned(),
            Form::Whole(from, upto) => format!("a whole number from {from} to {upto}"),
            Form::Percent => "a percentage such as 20%".to_owned(),
            Form::Removals => "a number or a percentage".to_owned(),
            Form::OneOf(words) => words.join(" or "),
            Form::Names => "a list of names".to_owned(),
            Form::Keys => "a limit".to_owned(),
            Form::Lints => "allow, warn or deny".to_owned(),
            Form::Variables => "a single value".to_owned(),
        }
    }

    /// The type, as the reference names it.
    pub(super) fn title(self) -> String {
        match self {
            Form::Url => "URL".to_owned(),
            Form::Name => "string".to_owned(),
            Form::Release => "release".to_owned(),
            Form::Directory => "directory".to_owned(),
            Form::File => "file".to_owned(),
            Form::Boolean => "true or false".to_owned(),
            Form::Duration => "duration".to_owned(),
            Form::Whole(from, u64::MAX) => format!("integer, {from} or more"),
            Form::Whole(from, upto) => format!("integer, {from} to {upto}"),
            Form::Percent => "percentage".to_owned(),
            Form::OneOf(words) => words
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(" or "),
            Form::Names => "list of strings".to_owned(),
            Form::Keys => "mapping, see below".to_owned(),
            Form::Removals => "mapping of kinds to an integer or a percentage".to_owned(),
            Form::Lints => "mapping of lints to `allow`, `warn` or `deny`".to_owned(),
            Form::Headers => "mapping of header names to strings".to_owned(),
            Form::Variables => "mapping of names to single values".to_owned(),
        }
    }
}

/// One key of a settings file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// The key; one inside a mapping is written with its path, such as `limits.deletes`.
    pub name: &'static str,
    /// What its value may be.
    pub form: Form,
    /// What holds where nobody sets it.
    pub default: &'static str,
    /// The flags that win over it, as they are typed.
    pub flags: &'static [&'static str],
    /// The environment variables that set the same; one that the file wins over is not among them.
    pub variables: &'static [&'static str],
    /// Whether its values are never shown, so that `!env` may bring them in.
    pub unseen: bool,
    /// What it does, in whole sentences.
    pub about: &'static str,
    /// A settings file that sets it.
    pub example: &'static str,
}

impl Setting {
    /// What can be given instead of the key on the command line or in the environment; `None` if there is nothing.
    pub(super) fn instead(&self) -> Option<String> {
        let all: Vec<&str> = self.variables.iter().chain(self.flags).copied().collect();
        let (last, before) = all.split_last()?;
        Some(if before.is_empty() {
            (*last).to_owned()
        } else {
            format!("{} or {last}", before.join(", "))
        })
    }
}

/// A row without flags and variables, whose values are shown.
const ROW: Setting = Setting {
    name: "",
    form: Form::Name,
    default: "",
    flags: &[],
    variables: &[],
    unseen: false,
    about: "",
    example: "",
};

/// Every key, in the order of the reference: what people set first comes first.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "server",
        form: Form::Url,
        default: "none; a command that needs a server refuses to run without one",
        variables: &["AKREC_URL"],
        flags: &["--url"],
        about: "The address of authentik. `AUTHENTIK_URL` is used only if nothing else names a server. Not taken from an untrusted checkout.",
        example: "server: https://auth.example.org",
        ..ROW
    },
    Setting {
        name: "workspace",
        default: "`default`",
        about: "The name of this state on a server that several states share. Each workspace has a ledger of its own.",
        example: "workspace: homelab",
        ..ROW
    },
    Setting {
        name: "release",
        form: Form::Release,
        default: "none: what any known release has is valid",
        flags: &["--release"],
        about: "The release of authentik that commands without a server check the files for. With a server, the server's own release counts.",
        example: "release: 2026.2",
        ..ROW
    },
    Setting {
        name: "state",
        form: Form::Directory,
        default: "`state`",
        flags: &["-C DIR"],
        about: "The directory of the state files. It must lie in the folder of `akrec.yaml`. An environment cannot set it. Not taken from an untrusted checkout.",
        example: "state: authentik",
        ..ROW
    },
    Setting {
        name: "vars",
        form: Form::Variables,
        default: "none",
        variables: &["AKREC_VAR_name"],
        flags: &["--var NAME=VALUE", "--var-file FILE"],
        unseen: true,
        about: "Values for `!var` in the state files. `--var` wins over `--var-file`, and that over `AKREC_VAR_name`. An environment's values are merged over the base's.",
        example: "vars: {domain: example.org}",
    },
    Setting {
        name: "break_glass",
        form: Form::Names,
        default: "none",
        about: "Users that must always be able to sign in and administer. A plan that changes or deletes one of them, or removes one from a group or role, is refused.",
        example: "break_glass: [akadmin]",
        ..ROW
    },
    Setting {
        name: "limits",
        form: Form::Keys,
        default: "as below",
        flags: &["--max-deletes", "--max-changes", "--max-removals"],
        about: "How much one plan may do. A plan above a limit is refused.",
        example: "limits: {deletes: 5}",
        ..ROW
    },
    Setting {
        name: "limits.deletes",
        form: Form::Whole(0, u64::MAX),
        default: "10",
        flags: &["--max-deletes"],
        about: "How many objects a plan may delete.",
        example: "limits: {deletes: 5}",
        ..ROW
    },
    Setting {
        name: "limits.delete_share",
        form: Form::Percent,
        default: "20%",
        flags: &["--max-deletes"],
        about: "Which share of the managed objects a plan may delete.",
        example: "limits: {delete_share: 10%}",
        ..ROW
    },
    Setting {
        name: "limits.changes",
        form: Form::Whole(0, u64::MAX),
        default: "no limit",
        flags: &["--max-changes"],
        about: "How many objects a plan may add, change or delete.",
        example: "limits: {changes: 100}",
        ..ROW
    },
    Setting {
        name: "limits.removals",
        form: Form::Removals,
        default: "10 and 20% for each relation, no limit for kinds",
        flags: &["--max-removals"],
        about: "How many objects of one kind, or of one relation such as `membership`, a plan may remove.",
        example: "limits: {removals: {membership: 50, policy_binding: 30%}}",
        ..ROW
    },
    Setting {
        name: "lints",
        form: Form::Lints,
        default: "every lint is `warn`",
        flags: &["--warn", "--deny"],
        about: "How a lint is taken, by its name or code: `allow` hides it, `warn` reports it, `deny` makes it an error.",
        example: "lints: {open-application: deny, AKR0715: allow}",
        ..ROW
    },
    Setting {
        name: "on_error",
        form: Form::OneOf(&["continue", "stop"]),
        default: "`continue`",
        flags: &["--on-error"],
        about: "What an apply does after a failed step: `continue` with the steps that do not depend on it, or `stop`.",
        example: "on_error: stop",
        ..ROW
    },
    Setting {
        name: "allow_unknown",
        form: Form::Boolean,
        default: "`false`",
        flags: &["--allow-unknown"],
        about: "Whether variants of enumerations that this akrec does not know are warnings instead of errors.",
        example: "allow_unknown: true",
        ..ROW
    },
    Setting {
        name: "concise",
        form: Form::Boolean,
        default: "`false`",
        flags: &["--concise"],
        about: "Whether a plan shows one line for each change, without its fields. Ignored in an untrusted checkout.",
        example: "concise: true",
        ..ROW
    },
    Setting {
        name: "ca_cert",
        form: Form::File,
        default: "none; the authorities of the machine are always trusted",
        variables: &["AKREC_CA_CERT"],
        flags: &["--ca-cert"],
        about: "A PEM file with certificate authorities to trust in addition. Not taken from an untrusted checkout.",
        example: "ca_cert: ca.pem",
        ..ROW
    },
    Setting {
        name: "insecure_skip_tls_verify",
        form: Form::Boolean,
        default: "`false`",
        flags: &["--insecure-skip-tls-verify"],
        about: "Whether every certificate is accepted. Anyone between akrec and the server can then read the token. Not taken from an untrusted checkout.",
        example: "insecure_skip_tls_verify: true",
        ..ROW
    },
    Setting {
        name: "headers",
        form: Form::Headers,
        default: "none",
        flags: &["--header NAME=VALUE"],
        unseen: true,
        about: "Headers to send with every request, for a proxy in front of authentik. `Authorization` is not allowed. Not taken from an untrusted checkout.",
        example: "headers: {X-Proxy-Secret: !env PROXY_SECRET}",
        ..ROW
    },
    Setting {
        name: "timeout",
        form: Form::Duration,
        default: "30s",
        flags: &["--timeout"],
        about: "The longest time for one request, at most 24 hours.",
        example: "timeout: 1m30s",
        ..ROW
    },
    Setting {
        name: "retries",
        form: Form::Whole(0, 100),
        default: "4",
        flags: &["--retries"],
        about: "How often a request that may safely be repeated is repeated.",
        example: "retries: 8",
        ..ROW
    },
    Setting {
        name: "parallelism",
        form: Form::Whole(1, 64),
        default: "4",
        flags: &["--parallelism"],
        about: "How many requests may be in flight at once.",
        example: "parallelism: 8",
        ..ROW
    },
];

// The rows above quote these numbers.
const _: () = assert!(RETRIES == 4 && PARALLELISM == 4);

/// Keys that are refused with a reason of their own, and what to use instead.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("AKREC_TOKEN", TOKEN),
    ("Token", TOKEN),
    ("akrec_token", TOKEN),
    ("allow_outside", "`--allow-outside`"),
    ("token", TOKEN),
    ("token_file", "`AKREC_TOKEN_FILE` or `--token-file`"),
];

const TOKEN: &str = "`AKREC_TOKEN`, `AKREC_TOKEN_FILE` or `--token-file`";

/// The row of a key.
pub(super) fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// The keys of a mapping, sorted: of the file itself for an empty `parent`, or of `limits`.
pub(super) fn known(parent: &str) -> Vec<&'static str> {
    let mut names: Vec<&str> = SETTINGS
        .iter()
        .filter_map(|setting| match setting.name.split_once('.') {
            Some((above, name)) => (above == parent).then_some(name),
            None => parent.is_empty().then_some(setting.name),
        })
        .collect();
    names.sort_unstable();
    names
}

//! Whether the checkout may be a stranger's, and what its settings files must not decide then.
//!
//! Flags, environment variables and the files that these name are the operator's. Everything in the checkout is the
//! author's: settings files, state files, overlays, links, names. Where the author may be a stranger (`--untrusted`,
//! `AKREC_UNTRUSTED`, or a job for a pull request), the checkout does not decide where akrec connects, how it verifies whom
//! it meets, what it sends along and which directory it reads. docs/threat-model.md has the whole model.

use super::Outside;
use super::file::File;
use crate::cli::{Connection, Inputs};
use crate::client;
use crate::diag::{Code, Diagnostic, Span};

/// The variable that says it.
pub const VARIABLE: &str = "AKREC_UNTRUSTED";

/// Why the checkout may be a stranger's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Untrusted {
    /// A flag or a variable says so.
    Said,
    /// The job is for a pull request, by this variable of the CI system.
    Job(&'static str),
}

/// What CI systems say of a job for a pull request: a variable, and which of its values mean one.
const JOBS: [(&str, Means); 8] = [
    // GitHub, Gitea and Forgejo.
    ("GITHUB_EVENT_NAME", Means::Beginning("pull_request")),
    // GitLab.
    ("CI_PIPELINE_SOURCE", Means::Word("merge_request_event")),
    (
        "CI_PIPELINE_SOURCE",
        Means::Word("external_pull_request_event"),
    ),
    // Woodpecker, Drone.
    ("CI_PIPELINE_EVENT", Means::Beginning("pull_request")),
    ("DRONE_BUILD_EVENT", Means::Word("pull_request")),
    // Azure Pipelines.
    ("BUILD_REASON", Means::Word("PullRequest")),
    // Bitbucket, Jenkins.
    ("BITBUCKET_PR_ID", Means::Anything),
    ("CHANGE_ID", Means::Anything),
];

#[derive(Clone, Copy)]
enum Means {
    Word(&'static str),
    Beginning(&'static str),
    Anything,
}

/// Whether the checkout may be a stranger's: the flag, then the variable, then what the CI system says of the job.
pub(super) fn decide(
    inputs: &Inputs,
    outside: &Outside,
) -> Result<Option<Untrusted>, Box<Diagnostic>> {
    if inputs.untrusted {
        return Ok(Some(Untrusted::Said));
    }
    match (outside.env)(VARIABLE).as_deref().map(str::trim) {
        Some("true" | "1") => Ok(Some(Untrusted::Said)),
        Some("" | "false" | "0") => Ok(None),
        Some(_) => {
            let problem = Diagnostic::error(
                Code::BAD_SETTING,
                format!("{VARIABLE} must be true or false"),
            );
            Err(Box::new(problem.help(format!(
                "set {VARIABLE} to true, or to false, or unset it"
            ))))
        }
        None => Ok(job(outside).map(Untrusted::Job)),
    }
}

fn job(outside: &Outside) -> Option<&'static str> {
    let means = |(name, means): &(&'static str, Means)| {
        let value = (outside.env)(name).filter(|value| !value.is_empty())?;
        let fits = match means {
            Means::Word(word) => value == *word,
            Means::Beginning(word) => value.starts_with(word),
            Means::Anything => true,
        };
        fits.then_some(*name)
    };
    JOBS.iter().find_map(means)
}

impl Untrusted {
    /// Why, for a note.
    fn why(self) -> String {
        match self {
            Untrusted::Said => {
                "the checkout is untrusted, according to --untrusted or AKREC_UNTRUSTED".to_owned()
            }
            Untrusted::Job(variable) => format!(
                "the checkout is untrusted: according to {variable}, this job is for a pull request; where only \
                 trusted people can open one, AKREC_UNTRUSTED=false turns this off"
            ),
        }
    }

    /// A setting that is not the checkout's to give.
    fn refuse(self, name: &str, span: Span, help: &str) -> Diagnostic {
        Diagnostic::error(
            Code::UNTRUSTED_SETTING,
            format!("`{name}` is not taken from the checkout"),
        )
        .at(span, "not from here")
        .note(self.why())
        .help(help)
    }

    /// That a flag asks for what must not be had together with it.
    pub(super) fn conflict(self) -> Diagnostic {
        Diagnostic::error(
            Code::UNTRUSTED_SETTING,
            "--allow-outside is not allowed with an untrusted checkout",
        )
        .note(self.why())
        .help("remove --allow-outside, and move what the state reads into the state directory")
    }

    /// Takes the state directory of the settings files out, unless the command line names one.
    pub(super) fn state(self, file: &mut File, given: bool, problems: &mut Vec<Diagnostic>) {
        let Some(placed) = file.state.take().filter(|_| !given) else {
            return;
        };
        problems.push(self.refuse(
            "state",
            placed.span,
            "name the directory on the command line: `-C DIR`",
        ));
    }

    /// Takes out of the settings files what says where akrec connects and how it verifies that. What the operator gives
    /// instead wins in silence; what the operator does not give is an error.
    pub(super) fn connection(
        self,
        file: &mut File,
        flags: &Connection,
        outside: &Outside,
        problems: &mut Vec<Diagnostic>,
    ) {
        let given = |name: &str| (outside.env)(name);
        let url = flags
            .url
            .clone()
            .or_else(|| given("AKREC_URL"))
            .or_else(|| given("AUTHENTIK_URL"));
        if let Some(server) = file.server.take() {
            match url {
                None => {
                    problems.push(self.refuse(
                        "server",
                        server.span,
                        "set AKREC_URL, or give the address with --url",
                    ));
                }
                Some(url) if client::canonical_url(&url).is_ok_and(|url| url != server.value) => {
                    problems.push(
                        Diagnostic::warning(
                            Code::UNTRUSTED_SETTING,
                            "`server` differs from the pipeline's server, which is used",
                        )
                        .at(server.span, "this is ignored")
                        .note(self.why())
                        .help("if the server is to move, change AKREC_URL of the pipeline too"),
                    )
                }
                Some(_) => {}
            }
        }
        let verifies = flags.insecure_skip_tls_verify || super::connection::trusts(flags, outside);
        if let Some(ca_cert) = file.ca_cert.take().filter(|_| !verifies) {
            problems.push(self.refuse(
                "ca_cert",
                ca_cert.span,
                "set AKREC_CA_CERT, or give the file with --ca-cert",
            ));
        }
        if let Some(insecure) = file
            .insecure
            .take()
            .filter(|placed| placed.value && !verifies)
        {
            let help = "trust the server's authority with AKREC_CA_CERT or --ca-cert";
            problems.push(self.refuse("insecure_skip_tls_verify", insecure.span, help));
        }
        for (name, placed) in std::mem::take(&mut file.headers) {
            if !flags
                .header
                .iter()
                .any(|pair| pair.name.eq_ignore_ascii_case(&name))
            {
                let help =
                    "give the header with --header NAME=VALUE, or in AKREC_ARGS if it is a secret";
                problems.push(self.refuse("headers", placed.span, help));
            }
        }
    }
}

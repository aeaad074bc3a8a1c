//! How the server is talked to: flags over variables over settings files over defaults.
//!
//! It finds everything that is missing or wrong at once and sends nothing. A message never quotes an address that cannot
//! be used (it may hold a password), a header's value or a token.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::file::File;
use super::{Outside, token, user_agent};
use crate::budget;
use crate::budget::CERTIFICATES;
use crate::cli::{Connection, Pair};
use crate::client::{self, ErrorKind};
use crate::diag::{Code, Diagnostic};
use crate::input::{self, Whose};
use crate::state::files::show;

/// The longest time for one request, if nobody says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// How often a request is repeated, if nobody says otherwise.
pub const RETRIES: u32 = 4;
/// How many requests may be under way at once, if nobody says otherwise.
pub const PARALLELISM: usize = 4;

/// The client's settings, or `None` with the reason among the problems.
pub(super) fn resolve(
    flags: &Connection,
    file: &File,
    outside: &Outside,
    problems: &mut Vec<Diagnostic>,
) -> Option<client::Settings> {
    let url = url(flags, file, outside)
        .map_err(|problem| problems.push(*problem))
        .ok();
    let credentials = token::find(
        flags.token_file.as_deref(),
        url.as_deref(),
        outside,
        problems,
    );
    let credentials = credentials.map_err(|problem| problems.push(*problem)).ok();
    let insecure = flags.insecure_skip_tls_verify
        || (!trusts(flags, outside) && file.insecure.is_some_and(|insecure| insecure.value));
    if insecure {
        let problem = Diagnostic::warning(
            Code::WEAK_SETTING,
            "certificates are not checked: anyone on the network path can read the token",
        )
        .help("trust the server's authority with --ca-cert or `ca_cert`");
        problems.push(
            match file.insecure.filter(|_| !flags.insecure_skip_tls_verify) {
                Some(placed) => problem.at(placed.span, "because of this"),
                None => problem,
            },
        );
    }
    let ca_cert = if insecure {
        None
    } else {
        ca_cert(flags, file, outside, problems)
    };
    let max_answers = max_answers(flags, outside).map_err(|problem| problems.push(*problem));
    Some(client::Settings {
        url: url?,
        credentials: credentials?,
        ca_cert,
        insecure_skip_tls_verify: insecure,
        headers: headers(&flags.header, file),
        timeout: flags
            .timeout
            .or(file.timeout.map(|timeout| timeout.value))
            .unwrap_or(TIMEOUT),
        retries: flags
            .retries
            .or(file.retries.map(|retries| retries.value))
            .unwrap_or(RETRIES),
        parallelism: flags
            .parallelism
            .map(usize::from)
            .or(file.parallelism.map(|n| n.value))
            .unwrap_or(PARALLELISM),
        user_agent: user_agent(outside.env),
        max_answers: max_answers.ok()?,
    })
}

/// How much is read of the server: `--max-answers`, then `AKREC_MAX_ANSWERS`. Not a setting of a file: it bounds what a
/// server may do to the machine.
fn max_answers(flags: &Connection, outside: &Outside) -> Result<u64, Box<Diagnostic>> {
    let variable = (outside.env)("AKREC_MAX_ANSWERS").filter(|size| !size.trim().is_empty());
    let (whose, size) = match (flags.max_answers, variable) {
        (Some(size), _) => ("--max-answers", Ok(size)),
        (None, Some(text)) => ("AKREC_MAX_ANSWERS", budget::parse(&text)),
        (None, None) => return Ok(budget::ANSWERS.most),
    };
    let problem = |what: &str, help: String| {
        Box::new(Diagnostic::error(Code::BAD_SETTING, format!("{whose} {what}")).help(help))
    };
    let size = size.map_err(|why| problem("is not a size", why))?;
    match size {
        0..budget::LEAST_ANSWERS => Err(problem(
            "is too small",
            format!("allow at least {}", budget::size(budget::LEAST_ANSWERS)),
        )),
        budget::LEAST_ANSWERS..=budget::MOST_ANSWERS => Ok(size),
        _ => Err(problem(
            "is too large",
            format!("allow at most {}", budget::size(budget::MOST_ANSWERS)),
        )),
    }
}

/// Whether the operator names authorities to trust.
pub(super) fn trusts(flags: &Connection, outside: &Outside) -> bool {
    flags.ca_cert.is_some()
        || (outside.env)("AKREC_CA_CERT").is_some_and(|path| !path.trim().is_empty())
}

fn url(flags: &Connection, file: &File, outside: &Outside) -> Result<String, Box<Diagnostic>> {
    let variable = |name: &'static str| (outside.env)(name).map(|url| (url, name));
    let found = flags
        .url
        .clone()
        .map(|url| (url, "--url"))
        .or_else(|| variable("AKREC_URL"))
        .or_else(|| {
            file.server
                .as_ref()
                .map(|server| (server.value.clone(), "`server`"))
        })
        .or_else(|| variable("AUTHENTIK_URL"));
    match found {
        Some((url, whose)) => client::canonical_url(&url).map_err(|error| {
            // What a variable holds may be a token that went astray; a command line is there to be seen.
            let why = if whose == "--url" || url.contains("://") || url.trim().is_empty() {
                reason(&error)
            } else {
                "it has no scheme; it must begin with https:// (or http://)".to_owned()
            };
            let problem = format!("the address of {whose} cannot be used: {why}");
            Box::new(Diagnostic::error(Code::BAD_SETTING, problem))
        }),
        None => Err(Box::new(
            Diagnostic::error(Code::NO_SERVER, "no server is named")
                .help("set AKREC_URL, --url, or `server:` in akrec.yaml; --sandbox tries things without a server"),
        )),
    }
}

/// Why the client refuses an address, without the words around it.
pub(super) fn reason(error: &client::Error) -> String {
    match &error.kind {
        ErrorKind::InvalidUrl { reason } => reason.clone(),
        _ => error.to_string(),
    }
}

fn ca_cert(
    flags: &Connection,
    file: &File,
    outside: &Outside,
    problems: &mut Vec<Diagnostic>,
) -> Option<Vec<u8>> {
    let variable = (outside.env)("AKREC_CA_CERT").filter(|path| !path.trim().is_empty());
    let flag = flags.ca_cert.clone().map(|path| (path, "--ca-cert"));
    let operators =
        flag.or_else(|| variable.map(|path| (PathBuf::from(path.trim()), "AKREC_CA_CERT")));
    let (path, whose, refused) = match (operators, &file.ca_cert) {
        (Some((path, flag)), _) => {
            let message = format!(
                "the certificates in {} ({flag}) cannot be used",
                show(&path)
            );
            (
                outside.dir.join(&path),
                Whose::of(&path),
                Diagnostic::error(Code::BAD_SETTING, message),
            )
        }
        (None, Some(placed)) => {
            let message = "the certificates of `ca_cert` cannot be used";
            let refused =
                Diagnostic::error(Code::BAD_SETTING, message).at(placed.span, "named here");
            (placed.value.clone(), Whose::Checkout, refused)
        }
        (None, None) => return None,
    };
    match input::bytes(&path, whose, CERTIFICATES.most) {
        Ok(pem) if pem.windows(11).any(|part| part == b"-----BEGIN ") => return Some(pem),
        Ok(_) => {
            let help = "a PEM file has lines `-----BEGIN CERTIFICATE-----`";
            problems.push(refused.note("this is not a PEM file").help(help));
        }
        Err(why) => problems.push(refused.note(why.to_string())),
    }
    None
}

/// The headers of the files, without those that a flag names, and those of the flags.
fn headers(flags: &[Pair], file: &File) -> Vec<(String, SecretString)> {
    let named = |name: &str| {
        flags
            .iter()
            .any(|pair| pair.name.eq_ignore_ascii_case(name))
    };
    let kept = file.headers.iter().filter(|(name, _)| !named(name));
    kept.map(|(name, placed)| (name.clone(), placed.value.clone()))
        .chain(flags.iter().map(|pair| (pair.name.clone(), pair.value())))
        .collect()
}

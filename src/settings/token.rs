//! Where the token comes from: a file, standard input or a variable; never a flag, never a settings file. Or what akrec signs
//! in with, so that no token need be stored (`AKREC_OIDC`).
//!
//! No message and no `Debug` may contain any part of it, nor of the file that was taken for one.

use std::fs;
use std::io;
use std::path::Path;

use secrecy::SecretString;

use super::Outside;
use crate::budget::TOKEN;
use crate::client::{Credentials, Proof, SignIn};
use crate::diag::{Code, Diagnostic};
use crate::input::{self, Whose};
use crate::state::files::show;

/// The token: `--token-file`, then `AKREC_TOKEN_FILE`, `AKREC_TOKEN`; or the sign-in of `AKREC_OIDC`; or
/// `AUTHENTIK_TOKEN`. What is set and empty is an error and not passed over, so that a CI job without its secrets does not
/// act as somebody else. Two ways at once are an error too.
pub(super) fn find(
    flag: Option<&Path>,
    server: Option<&str>,
    outside: &Outside,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Credentials, Box<Diagnostic>> {
    if let Some(path) = flag {
        return from_file(path, "--token-file", outside, warnings).map(Credentials::Token);
    }
    if let Some(client_id) = (outside.env)("AKREC_OIDC") {
        if let Some(other) = ["AKREC_TOKEN_FILE", "AKREC_TOKEN"]
            .into_iter()
            .find(|name| (outside.env)(name).is_some())
        {
            let problem = Diagnostic::error(
                Code::BAD_SETTING,
                format!("AKREC_OIDC and {other} are both set"),
            );
            return Err(Box::new(
                problem.help("keep one of the two: a sign-in, or an API token"),
            ));
        }
        return sign_in(&client_id, server, outside).map(Credentials::SignIn);
    }
    given(outside, warnings).map(Credentials::Token)
}

/// What proves to the server that it is this job: a client secret, a signed token, or GitHub's service that signs one.
fn sign_in(
    client_id: &str,
    server: Option<&str>,
    outside: &Outside,
) -> Result<SignIn, Box<Diagnostic>> {
    let get = |name: &'static str| match (outside.env)(name) {
        Some(value) if value.trim().is_empty() => Err(empty(name)),
        Some(value) => Ok(Some((name, value.trim().to_owned()))),
        None => Ok(None),
    };
    let client_id = client_id.trim().to_owned();
    if client_id.is_empty() {
        return Err(empty("AKREC_OIDC"));
    }
    let ways = [
        get("AKREC_OIDC_SECRET")?,
        get("AKREC_OIDC_TOKEN")?,
        get("AKREC_OIDC_TOKEN_FILE")?,
    ];
    let mut ways = ways.into_iter().flatten();
    let proof = match (ways.next(), ways.next()) {
        (Some((one, _)), Some((other, _))) => {
            let problem =
                Diagnostic::error(Code::BAD_SETTING, format!("{one} and {other} are both set"));
            return Err(Box::new(problem.help("keep one of the two")));
        }
        (Some(("AKREC_OIDC_SECRET", secret)), None) => Proof::Secret(SecretString::from(secret)),
        (Some(("AKREC_OIDC_TOKEN", token)), None) => Proof::Token(SecretString::from(token)),
        (Some((_, path)), None) => Proof::File(outside.dir.join(path)),
        (None, _) => match (
            get("ACTIONS_ID_TOKEN_REQUEST_URL")?,
            get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?,
        ) {
            (Some((_, url)), Some((_, token))) => {
                let audience = get("AKREC_OIDC_AUDIENCE")?.map(|(_, audience)| audience);
                let audience = audience
                    .or_else(|| server.map(str::to_owned))
                    .unwrap_or_else(|| client_id.clone());
                Proof::Github {
                    url,
                    token: SecretString::from(token),
                    audience,
                }
            }
            _ => {
                let problem = Diagnostic::error(Code::NO_TOKEN, "AKREC_OIDC is set, but there is nothing to sign in with")
                    .note("GitHub gives a job what it needs with `permissions: {id-token: write}`, GitLab with `id_tokens`")
                    .help("set AKREC_OIDC_TOKEN, AKREC_OIDC_TOKEN_FILE or AKREC_OIDC_SECRET");
                return Err(Box::new(problem));
            }
        },
    };
    Ok(SignIn { client_id, proof })
}

/// A token of the API that a variable holds or names.
fn given(
    outside: &Outside,
    warnings: &mut Vec<Diagnostic>,
) -> Result<SecretString, Box<Diagnostic>> {
    if let Some(path) = (outside.env)("AKREC_TOKEN_FILE") {
        if path.trim().is_empty() {
            return Err(empty("AKREC_TOKEN_FILE"));
        }
        return from_file(Path::new(&path), "AKREC_TOKEN_FILE", outside, warnings);
    }
    for name in ["AKREC_TOKEN", "AUTHENTIK_TOKEN"] {
        if let Some(token) = (outside.env)(name) {
            return usable(&token, name).ok_or_else(|| empty(name))?;
        }
    }
    let problem = Diagnostic::error(Code::NO_TOKEN, "no API token is given")
        .note("create one in authentik under Directory > Tokens, with the intent API Token")
        .help("set AKREC_TOKEN, or name a file that holds it with AKREC_TOKEN_FILE or --token-file; CI can sign in with AKREC_OIDC");
    Err(Box::new(problem))
}

fn empty(name: &str) -> Box<Diagnostic> {
    let problem = Diagnostic::error(Code::NO_TOKEN, format!("{name} is set and empty"))
        .note("CI passes withheld secrets as empty values, such as for a pull request from a fork")
        .help(format!("give {name} a value, or unset it"));
    Box::new(problem)
}

fn from_file(
    path: &Path,
    whose: &str,
    outside: &Outside,
    warnings: &mut Vec<Diagnostic>,
) -> Result<SecretString, Box<Diagnostic>> {
    let stdin = path == Path::new("-");
    let (shown, read) = if stdin {
        (
            "standard input".to_owned(),
            (outside.stdin)(TOKEN.most).map_err(|error| why(&error)),
        )
    } else {
        let place = outside.dir.join(path);
        if open_to_others(&place) {
            warnings.push(
                Diagnostic::warning(
                    Code::WEAK_SETTING,
                    format!("others can read the token in {}", show(path)),
                )
                .help(format!("chmod 600 {}", show(path))),
            );
        }
        // `/dev/fd/63` of a shell's `<(…)` is no regular file.
        let read = input::text(&place, Whose::of(path), TOKEN.most);
        (show(path), read.map_err(|why| why.to_string()))
    };
    let text = read.map_err(|why| {
        let message = format!("the token cannot be read from {shown} ({whose}): {why}");
        Box::new(Diagnostic::error(Code::BAD_SETTING, message))
    })?;
    usable(&text, &shown).ok_or_else(|| {
        let problem = Diagnostic::error(
            Code::NO_TOKEN,
            format!("{shown} does not hold a token ({whose})"),
        );
        Box::new(problem.help("put the token into it, and nothing else"))
    })?
}

/// Why standard input gives no token.
fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "it is not text".to_owned(),
        io::ErrorKind::FileTooLarge => format!("it is larger than {TOKEN}"),
        kind => kind.to_string(),
    }
}

/// The token without the white space around it; `None` if nothing is left.
fn usable(text: &str, whose: &str) -> Option<Result<SecretString, Box<Diagnostic>>> {
    let token = text.trim_start_matches('\u{feff}').trim();
    if token.is_empty() {
        return None;
    }
    if token.chars().any(|c| !c.is_ascii_graphic()) {
        let problem = Diagnostic::error(
            Code::BAD_SETTING,
            format!("{whose} holds more than a token"),
        )
        .note("a token is one word of letters, digits and symbols")
        .help("give the token alone, without a name before it and without a second line");
        return Some(Err(Box::new(problem)));
    }
    Some(Ok(SecretString::from(token)))
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}

//! How applications learn who their user is: signing keys and the addresses that answers are sent to.

use super::scene::{Scene, Seen};
use crate::diag::{Code, Diagnostic};
use crate::schema::Lint;
use crate::value::{Address, Value, Weakness, tightened, weakness};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (address, seen, object) in scene.mine() {
        for lint in seen.kind.lints {
            match lint {
                Lint::SigningKey { key } if seen.value(key) == Some(Value::Null) => found.push(
                    Diagnostic::warning(
                        Code::NO_SIGNING_KEY,
                        format!("{address} has no signing key, so its JWKS is empty"),
                    )
                    .at(
                        seen.place(key).unwrap_or(object.span),
                        format!("no `{key}`"),
                    )
                    .note("tokens are signed with the client secret instead")
                    .help(format!(
                        "name a certificate: `{key}: authentik Self-signed Certificate`"
                    )),
                ),
                Lint::RedirectUris {
                    uris,
                    client,
                    confidential,
                } => {
                    let secret = seen
                        .value(client)
                        .and_then(|word| Some(word.as_text()? == *confidential));
                    redirects(address, seen, uris, secret, found);
                }
                _ => {}
            }
        }
    }
}

fn redirects(
    address: &Address,
    seen: &Seen<'_>,
    uris: &str,
    confidential: Option<bool>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(Value::List(items)) = seen.value(uris) else {
        return;
    };
    let Some(span) = seen.place(uris) else { return };
    let shown = seen.is_shown(uris);
    let quoted = |url: &str| {
        if shown {
            format!("{url:?}")
        } else {
            "(sensitive value)".to_owned()
        }
    };
    for item in &items {
        let Value::Record(fields) = item else {
            continue;
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_text);
        let Some(url) = text("url") else { continue };
        let regex = text("matching_mode") == Some("regex");
        let diagnostic = Diagnostic::warning(
            Code::WEAK_REDIRECT,
            format!("a redirect URI of {address} can be misused to intercept sign-ins"),
        );
        let diagnostic = match weakness(url, regex) {
            Some(Weakness::Loose(why)) => {
                let tight = tightened(url);
                let help = match weakness(&tight, true) {
                    Some(Weakness::Loose(_)) => {
                        "use `strict`, one redirect for each address".to_owned()
                    }
                    _ if !shown => "use `strict`, or name the intended hosts".to_owned(),
                    _ => format!("use `strict`, or name the intended hosts: `{tight}`"),
                };
                diagnostic
                    .at(
                        span,
                        format!("the expression {} matches unintended hosts", quoted(url)),
                    )
                    .note(why)
                    .help(help)
            }
            Some(Weakness::Unusable(why)) => {
                let message = format!("a redirect URI of {address} cannot work");
                Diagnostic::warning(Code::USELESS_OBJECT, message)
                    .at(
                        span,
                        format!("no application is reached at {}", quoted(url)),
                    )
                    .note(why)
                    .help(
                        "write it as the application sends it, such as https://app.example.org/cb",
                    )
            }
            Some(Weakness::Unencrypted(_)) if confidential == Some(true) => diagnostic
                .at(span, format!("{} is plain http", quoted(url)))
                .note("anyone on the network path can read the code that signs the user in")
                .help("use https"),
            _ => continue,
        };
        found.push(diagnostic);
    }
}

//! What stands in the files and gives somebody power for good: API tokens without an end, paths that a proxy leaves open,
//! events that are sent unencrypted. What a plan changes of it is in its section `Privileges:`.

use super::scene::{Scene, Seen};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::schema::Power;
use crate::value::{
    Address, Value, Weakness, expressions, matches_every_path, shown_host, weakness,
};

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (address, seen, object) in scene.mine() {
        for power in seen.kind.powers {
            match power {
                Power::Token { .. } => found.extend(endless(address, seen, object, power)),
                Power::Unprotected(field) => {
                    found.extend(unprotected(address, seen, object, field))
                }
                Power::Sends { .. } => found.extend(unencrypted(address, seen, object, power)),
                _ => {}
            }
        }
    }
}

fn endless(
    address: &Address,
    seen: &Seen<'_>,
    object: &Object,
    power: &Power,
) -> Option<Diagnostic> {
    let Power::Token {
        user,
        sort,
        api,
        expiring,
        ..
    } = power
    else {
        return None;
    };
    if seen.value(expiring) != Some(Value::Bool(false)) {
        return None;
    }
    // The files of a new token need not say what is the server's default.
    let word = match seen.value(sort) {
        Some(word) => word.as_text()?.to_owned(),
        None => crate::schema::default_value(seen.kind.field(sort)?, None)?
            .as_text()?
            .to_owned(),
    };
    if word != *api {
        return None;
    }
    let owner = match seen.to(user) {
        Some(user) => format!("of {user}"),
        None => "of the caller".to_owned(),
    };
    let diagnostic = Diagnostic::warning(
        Code::ENDLESS_TOKEN,
        format!("{address} is an API token that never ends"),
    );
    Some(
        diagnostic
            .at(
                seen.place(expiring).unwrap_or(object.span),
                "without an end",
            )
            .note(format!(
                "whoever reads its key has the rights {owner} until somebody deletes the token"
            ))
            .help(format!(
                "remove `{expiring}`, or use an app password or an OAuth2 client instead"
            )),
    )
}

fn unprotected(
    address: &Address,
    seen: &Seen<'_>,
    object: &Object,
    field: &str,
) -> Option<Diagnostic> {
    let text = seen.value(field)?;
    let text = text.as_text()?;
    let expression = expressions(text)
        .into_iter()
        .find(|it| matches_every_path(it))?;
    let label = match (seen.is_shown(field), expression) {
        (false, _) => "an expression matches every path".to_owned(),
        (true, "") => "an empty line matches every path".to_owned(),
        (true, expression) => format!("{expression:?} matches every path"),
    };
    let diagnostic = Diagnostic::warning(
        Code::UNPROTECTED,
        format!("{address} protects nothing: `{field}` matches every path"),
    );
    Some(
        diagnostic
            .at(seen.place(field).unwrap_or(object.span), label)
            .note("the outpost looks for each line anywhere in the path, and lets everybody request a path that matches")
            .help("name the paths that must be public from their beginning: `^/public/`"),
    )
}

fn unencrypted(
    address: &Address,
    seen: &Seen<'_>,
    object: &Object,
    power: &Power,
) -> Option<Diagnostic> {
    let Power::Sends { mode, url, web, .. } = power else {
        return None;
    };
    if let Some(word) = seen.value(mode)
        && !web.contains(&word.as_text()?)
    {
        return None;
    }
    let value = seen.value(url)?;
    let text = match &value {
        Value::Secret(secret) => secret.expose(),
        value => value.as_text()?,
    };
    if !matches!(weakness(text, false), Some(Weakness::Unencrypted(_))) {
        return None;
    }
    let label = match shown_host(text) {
        Some(host) => format!("{host:?} is reached by plain http"),
        None => "plain http".to_owned(),
    };
    let diagnostic = Diagnostic::warning(
        Code::UNENCRYPTED_WEBHOOK,
        format!("{address} sends events unencrypted"),
    );
    Some(
        diagnostic
            .at(seen.place(url).unwrap_or(object.span), label)
            .note("anyone on the network path can read the events, and the address with its key")
            .help("use https"),
    )
}

//! What no longer has an effect, or soon ends: invitations, and memberships for a while.

use jiff::{SignedDuration, tz::TimeZone};

use super::scene::Scene;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::schema::Lint;
use crate::value::Value;

/// How long before its end a membership is reported.
const DAYS: i64 = 14;

pub(super) fn judge(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    lasting(scene, found);
    for (address, seen, object) in scene.mine() {
        for lint in seen.kind.lints {
            if let Lint::Expiry(field) = lint
                && let Some(Value::Time(end)) = seen.value(field)
                && end <= scene.now
            {
                let reported = Diagnostic::warning(
                    Code::ENDS_SOON,
                    format!("{address} has expired, so it is of no use"),
                );
                let ended = match seen.is_shown(field) {
                    true => format!("ended {}", end.to_zoned(TimeZone::UTC).date()),
                    false => "ended".to_owned(),
                };
                found.push(
                    reported
                        .at(seen.place(field).unwrap_or(object.span), ended)
                        .help("give it a later end, or remove it from the files"),
                );
            }
        }
    }
    let day = |ahead: i64| {
        let at = scene
            .now
            .checked_add(SignedDuration::from_hours(24 * ahead))
            .unwrap_or(scene.now);
        at.to_zoned(TimeZone::UTC).date()
    };
    for grant in &scene.desired.grants {
        let Value::Ref(item) = &grant.item else {
            continue;
        };
        let reported = |message: String| Diagnostic::warning(Code::ENDS_SOON, message);
        if grant.until < day(0) {
            found.push(
                reported(format!("{item} in {} has expired", grant.address))
                    .at(grant.span, "ended")
                    .help("remove the line, or give it a later date"),
            );
        } else if grant.until <= day(DAYS) {
            let left = grant.until.since(day(0)).map_or(0, |span| span.get_days());
            let when = match left {
                0 => "today".to_owned(),
                1 => "tomorrow".to_owned(),
                days => format!("in {days} days"),
            };
            found.push(
                reported(format!("{item} leaves {} {when}", grant.address))
                    .at(grant.span, "the last day")
                    .help("give it a later date, if it is still needed"),
            );
        }
    }
}

/// What is declared to last longer than the server allows.
fn lasting(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (address, seen, object) in scene.mine() {
        for lint in seen.kind.lints {
            let Lint::MaxLifetime {
                field,
                when,
                setting,
                user,
                unless,
            } = lint
            else {
                continue;
            };
            let Some(Value::Time(end)) = seen.fields.get(field) else {
                continue;
            };
            let word = seen.value(when.0);
            if word.as_ref().and_then(Value::as_text) != Some(when.1)
                || !object.fields.contains_key(field)
            {
                continue;
            }
            let settings = kinds::kind(setting.0)
                .and_then(|kind| scene.objects.get(&kind.singleton_address()));
            let Some(Value::Duration(most)) =
                settings.and_then(|settings| settings.value(setting.1))
            else {
                continue;
            };
            let micros = i64::try_from(most.micros()).unwrap_or(i64::MAX);
            let Ok(latest) = scene.now.checked_add(SignedDuration::from_micros(micros)) else {
                continue;
            };
            // Whoever has the attribute may have longer; the attributes of an unknown user are not known.
            let has =
                |value: &Value| matches!(value, Value::Json(data) if data.0.get(unless).is_some());
            let longer = scene
                .objects
                .values()
                .any(|other| other.fields.values().any(has));
            let known = seen
                .to(user)
                .is_some_and(|user| scene.objects.contains_key(user));
            if *end <= latest || longer || !known {
                continue;
            }
            let diagnostic = Diagnostic::error(
                Code::LASTS_TOO_LONG,
                format!("{address} ends later than authentik allows"),
            );
            found.push(
                diagnostic
                    .at(
                        seen.place(field).unwrap_or(object.span),
                        format!("further away than {most}"),
                    )
                    .note(format!("`{}` of the {} says so", setting.1, setting.0))
                    .help(format!(
                        "name an earlier end, or give the user the attribute {unless}: days=365"
                    )),
            );
        }
    }
}

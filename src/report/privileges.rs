//! What becomes of privileges, in sentences: the section `Privileges:` of every form.
//!
//! Must never show a value that is a secret: the planner leaves those out.

use super::page::{Page, Tone};
use super::safe;
use crate::kinds;
use crate::plan::{Ends, Plan, Privilege, PrivilegeChange, Severity, Topic};
use crate::value::Address;
use crate::wire::privilege as wire;

/// The heading of the section.
pub(super) const TITLE: &str = "Privileges";
/// How many names and items a sentence has.
const NAMED: usize = 5;

/// A line each, without the heading.
pub(super) fn lines(page: &mut Page, indent: usize, plan: &Plan) {
    for privilege in all(Some(plan)) {
        page.bright(indent, tone(privilege), &sentence(privilege));
    }
}

/// The section of a text, with its heading; nothing where nothing changes.
pub(super) fn section(page: &mut Page, plan: &Plan) {
    if all(Some(plan)).next().is_none() {
        return;
    }
    page.gap();
    page.toned(0, Tone::Strong, &format!("{TITLE}:"));
    lines(page, 2, plan);
    page.gap();
}

/// All of them, for machines.
pub(super) fn wire(plan: Option<&Plan>) -> Vec<wire::Privilege> {
    let paths = |all: &[Address]| all.iter().map(Address::path).collect();
    let one = |it: &Privilege| wire::Privilege {
        severity: it.severity.into(),
        what: it.topic.into(),
        change: it.change.into(),
        address: it.address.path(),
        subjects: paths(&it.subjects),
        unnamed_subjects: it.unnamed,
        by: paths(&it.by),
        object: it.object.as_ref().map(Address::path),
        items: it.items.clone(),
        ends: it.ends.map(|ends| match ends {
            Ends::Never => "never".to_owned(),
            Ends::ByServer => "by server".to_owned(),
            Ends::At(at) => at.to_string(),
        }),
        detail: it.detail.clone(),
        text: sentence(it),
    };
    all(plan).map(one).collect()
}

fn all(plan: Option<&Plan>) -> impl Iterator<Item = &Privilege> {
    plan.into_iter()
        .filter_map(|plan| plan.privileges.as_ref())
        .flatten()
}

/// How a line looks, and with it its symbol.
fn tone(privilege: &Privilege) -> Tone {
    match (privilege.severity, privilege.change) {
        (Severity::Critical, _) | (_, PrivilegeChange::Unknown) => Tone::Alarm,
        (_, PrivilegeChange::Lost) => Tone::Remove,
        (Severity::Info, _) | (_, PrivilegeChange::Changed) => Tone::Change,
        _ => Tone::Add,
    }
}

/// One change in one sentence.
pub(super) fn sentence(it: &Privilege) -> String {
    let text = match it.topic {
        Topic::Superuser => superuser(it),
        Topic::SuperuserGroup => superuser_group(it),
        Topic::Membership => format!(
            "{} puts users into {}, which makes them superusers",
            it.address,
            way(&it.by)
        ),
        Topic::Permission => permission(it),
        Topic::Role => role(it),
        Topic::InitialPermissions => format!(
            "{} gets {} on every object that its members create ({}){}",
            who(it, "a role that cannot be read"),
            permissions(it),
            it.address,
            takeover(it)
        ),
        Topic::Token => token(it),
        Topic::ServiceAccount => {
            let sort = match it.items.first().map(String::as_str) {
                Some("internal_service_account") => "an internal service account",
                _ => "a service account",
            };
            match it.change {
                PrivilegeChange::Created => format!("{} is created as {sort}", it.address),
                _ => format!("{} becomes {sort}", it.address),
            }
        }
        Topic::Attribute => {
            let key = safe::name(it.items.first().map_or("", String::as_str));
            let verb = match it.change {
                PrivilegeChange::Lost => "loses",
                PrivilegeChange::Changed => "gets another value of",
                _ => "gets",
            };
            format!(
                "{} {verb} the attribute {key}, by which authentik treats users differently",
                it.address
            )
        }
        Topic::Setting => format!("the {} {} ({})", it.address, detail(it), list(&it.items)),
        Topic::Blueprint => {
            let verb = match it.change {
                PrivilegeChange::Created => "created",
                PrivilegeChange::Activated => "enabled",
                _ => "changed",
            };
            format!(
                "{} is {verb}: the server applies it, and it can change anything",
                it.address
            )
        }
        Topic::Code => match it.change {
            PrivilegeChange::Created => {
                format!(
                    "{} is created and runs Python on the server ({})",
                    it.address,
                    list(&it.items)
                )
            }
            _ => format!(
                "{} runs other Python on the server ({})",
                it.address,
                list(&it.items)
            ),
        },
        Topic::UnprotectedPath => unprotected(it),
        Topic::Protection => match it.change {
            PrivilegeChange::Changed => {
                format!(
                    "{} gets another {}: {}",
                    it.address,
                    list(&it.items),
                    detail(it)
                )
            }
            _ => format!("{} {} ({})", it.address, detail(it), list(&it.items)),
        },
        Topic::Client => {
            let verb = match it.change {
                PrivilegeChange::Created => "is created as",
                _ => "becomes",
            };
            format!(
                "{} {verb} a public client, which gets tokens without a secret",
                it.address
            )
        }
        Topic::RedirectUri => {
            let also = match it.change {
                PrivilegeChange::Created => "",
                _ => " as well",
            };
            format!(
                "{} sends sign-ins to {}{also}: {}",
                it.address,
                list(&it.items),
                detail(it)
            )
        }
        Topic::Trust => {
            let verb = match it.change {
                PrivilegeChange::Lost => "no longer accepts",
                _ => "accepts",
            };
            format!(
                "{} {verb} tokens of {}",
                it.address,
                who(it, "what cannot be read")
            )
        }
        Topic::Notification => match (it.change, it.items.first()) {
            (PrivilegeChange::Gained, _) => format!(
                "{} sends events through {}",
                it.address,
                who(it, "a transport that cannot be read")
            ),
            (_, Some(host)) => {
                format!(
                    "{} sends events to {} ({})",
                    it.address,
                    safe::name(host),
                    detail(it)
                )
            }
            _ if detail(it) == "email" => format!("{} sends events by e-mail", it.address),
            _ => format!("{} sends events elsewhere ({})", it.address, detail(it)),
        },
    };
    safe::harmless(&text).replace('\t', " ")
}

fn superuser(it: &Privilege) -> String {
    let many = it.subjects.len() + it.unnamed;
    let way = way(&it.by);
    let names = match many {
        1 => String::new(),
        _ => format!(": {}", who(it, "")),
    };
    let subject = match many {
        1 => who(it, "a user that cannot be read"),
        _ => format!("{many} users"),
    };
    let one = many == 1;
    let already = match (&it.detail, one) {
        (None, _) => String::new(),
        (Some(how), true) => format!(" (if it is not one already, {how})"),
        (Some(how), false) => format!(" (if they are not already, {how})"),
    };
    match it.change {
        PrivilegeChange::Unknown if many == 0 => format!(
            "it is unknown who becomes a superuser through {}: {}",
            it.address,
            detail(it)
        ),
        PrivilegeChange::Unknown => format!(
            "it is unknown whether {subject} {} through {}{names}: {}",
            if one {
                "becomes a superuser"
            } else {
                "become superusers"
            },
            it.address,
            detail(it)
        ),
        PrivilegeChange::Lost => format!(
            "{subject} {} (until now through {way}){names}",
            if one {
                "is no longer a superuser"
            } else {
                "are no longer superusers"
            }
        ),
        PrivilegeChange::Activated => {
            format!("{subject}, a superuser through {way}, is activated and can sign in again")
        }
        _ => format!(
            "{subject} {} through {way}{already}{names}",
            if one {
                "becomes a superuser"
            } else {
                "become superusers"
            }
        ),
    }
}

fn superuser_group(it: &Privilege) -> String {
    let through = match it.by.as_slice() {
        [] => String::new(),
        groups => format!(" through {}", way(groups)),
    };
    match it.change {
        PrivilegeChange::Lost => format!("{} no longer makes its members superusers", it.address),
        _ => format!("{} makes its members superusers{through}", it.address),
    }
}

fn permission(it: &Privilege) -> String {
    let on = it
        .object
        .as_ref()
        .map(|object| format!(" on {object}"))
        .unwrap_or_default();
    let held = match (&it.detail, it.subjects.len() + it.unnamed) {
        (Some(why), _) => why.clone(),
        (None, 0) => "nobody has the role".to_owned(),
        (None, _) => format!("held by {}", who(it, "users that cannot be read")),
    };
    match it.change {
        PrivilegeChange::Lost if it.items.is_empty() => {
            format!("{} is deleted with its permissions; {held}", it.address)
        }
        PrivilegeChange::Lost => format!("{} loses {}{on}; {held}", it.address, permissions(it)),
        _ => format!(
            "{} gains {}{on}{}; {held}",
            it.address,
            permissions(it),
            takeover(it)
        ),
    }
}

fn role(it: &Privilege) -> String {
    let many = it.subjects.len() + it.unnamed > 1;
    let holder = who(it, "a user that cannot be read");
    if it.change == PrivilegeChange::Lost {
        let verb = if many {
            "no longer have"
        } else {
            "no longer has"
        };
        return format!("{holder} {verb} {}", it.address);
    }
    let verb = if many { "get" } else { "gets" };
    let gives = match (&it.detail, it.items.is_empty()) {
        (Some(why), _) => format!("; {why}"),
        (None, true) => String::new(),
        (None, false) => format!(", which gives {}{}", permissions(it), takeover(it)),
    };
    format!("{holder} {verb} {}{gives}", it.address)
}

fn token(it: &Privilege) -> String {
    let token = format!(
        "{} of {}",
        it.address,
        who(it, "a user that cannot be read")
    );
    let sort = match it.items.first().map(String::as_str) {
        Some("api") => "an API token".to_owned(),
        Some("app_password") => "an app password".to_owned(),
        Some(sort) => format!("a token for {sort}"),
        None => "a token".to_owned(),
    };
    let ends = match it.ends {
        Some(Ends::Never) => "that never ends".to_owned(),
        Some(Ends::At(at)) => format!("that ends {at}"),
        Some(Ends::ByServer) | None => "whose end the server sets".to_owned(),
    };
    match (it.change, it.ends) {
        (PrivilegeChange::Lost, _) => format!("{token} is deleted"),
        (PrivilegeChange::Created, _) => format!("{token} is created: {sort} {ends}"),
        (PrivilegeChange::Extended, Some(Ends::Never)) => {
            format!("{token}, {sort}, never ends from now on")
        }
        (PrivilegeChange::Extended, Some(Ends::At(at))) => {
            format!(
                "{token}, {sort}, ends later: {at} (until now {})",
                detail(it)
            )
        }
        (PrivilegeChange::Extended, _) => {
            format!("{token}, {sort}, lasts longer: at every write the server sets a new end")
        }
        _ => format!("{token} becomes {sort} {ends}"),
    }
}

fn unprotected(it: &Privilege) -> String {
    let paths = list(&it.items);
    match (it.change, &it.detail) {
        (PrivilegeChange::Lost, _) => format!("{} protects these paths again: {paths}", it.address),
        (_, Some(every)) => {
            format!(
                "{} leaves {every} unprotected, to everybody: {paths}",
                it.address
            )
        }
        _ => format!(
            "{} leaves these paths unprotected, to everybody: {paths}",
            it.address
        ),
    }
}

fn detail(it: &Privilege) -> &str {
    it.detail.as_deref().unwrap_or_default()
}

/// `authentik_core.view_user`, or `3 permissions: …`.
fn permissions(it: &Privilege) -> String {
    match it.items.as_slice() {
        [one] => safe::name(one).into_owned(),
        many => format!("{} permissions ({})", many.len(), list(many)),
    }
}

/// What holders of the gravest of some permissions can do.
fn takeover(it: &Privilege) -> String {
    if it.severity != Severity::Critical {
        return String::new();
    }
    let gravest = it
        .items
        .iter()
        .find_map(|item| Some((item, kinds::takeover(item)?)));
    match gravest {
        Some((_, what)) if it.items.len() == 1 => format!(": its holders can {what}"),
        Some((item, what)) => format!(": with {item} its holders can {what}"),
        None => String::new(),
    }
}

/// The subjects; `none` where not one of them is known.
fn who(it: &Privilege, none: &str) -> String {
    let mut names: Vec<String> = it
        .subjects
        .iter()
        .take(NAMED)
        .map(Address::to_string)
        .collect();
    let more = it.subjects.len().saturating_sub(NAMED) + it.unnamed;
    match (names.is_empty(), more) {
        (true, 0 | 1) => none.to_owned(),
        (true, more) => format!("{more} that cannot be read"),
        (false, 0) => names.join(", "),
        (false, more) => {
            names.push(format!("{more} more"));
            names.join(", ")
        }
    }
}

/// Some items; a long list is cut. The document for machines has all of them.
fn list(items: &[String]) -> String {
    let mut names: Vec<String> = items
        .iter()
        .take(NAMED)
        .map(|item| match item.is_empty() {
            true => "(an empty line)".to_owned(),
            false => safe::shortened(item, safe::NAME).into_owned(),
        })
        .collect();
    if items.len() > NAMED {
        names.push(format!("{} more", items.len() - NAMED));
    }
    names.join(", ")
}

/// `group "dev" -> group "admins"`
fn way(groups: &[Address]) -> String {
    groups
        .iter()
        .map(Address::to_string)
        .collect::<Vec<_>>()
        .join(" -> ")
}

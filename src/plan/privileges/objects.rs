//! What single objects give: tokens, service accounts, settings, blueprints, Python, proxies, clients, notifications. The
//! table says which field means what ([`Power`]).

use std::collections::BTreeSet;

use super::redirects::wider;
use super::touched::{Object, Touched};
use super::{Ends, Privilege, PrivilegeChange, Severity, Topic};
use crate::live::Live;
use crate::schema::{Format, Power, WayIn};
use crate::value::{MASKED, Value, expressions, matches_every_path, shown_host};

pub(super) fn found(live: &Live, touched: &Touched<'_>) -> Vec<Privilege> {
    let mut found = Vec::new();
    for object in &touched.objects {
        let judged = Judged {
            live,
            touched,
            object,
        };
        judged.service_account(&mut found);
        judged.code(&mut found);
        for power in object.kind.powers {
            judged.power(power, &mut found);
        }
    }
    found
}

struct Judged<'j, 'a> {
    live: &'j Live,
    touched: &'j Touched<'a>,
    object: &'j Object<'a>,
}

impl Judged<'_, '_> {
    fn row(&self, severity: Severity, topic: Topic, change: PrivilegeChange) -> Privilege {
        Privilege::new(severity, topic, change, self.object.address)
    }

    fn word(&self, field: &str) -> Option<String> {
        Some(self.object.is(field)?.as_text()?.to_owned())
    }

    fn power(&self, power: &Power, found: &mut Vec<Privilege>) {
        let object = self.object;
        match power {
            Power::Token { .. } => self.token(power, found),
            Power::Anything { enabled, content } => self.blueprint(enabled, content, found),
            Power::Public { field, word } => {
                if object.changes(field) && self.word(field).as_deref() == Some(word) {
                    let change = self.created_or(PrivilegeChange::Changed);
                    found.push(self.row(Severity::Warning, Topic::Client, change));
                }
            }
            Power::Redirects(field) => self.redirects(field, found),
            Power::Unprotected(field) => self.unprotected(field, found),
            Power::Mode(field) => {
                let modes = object
                    .was(field)
                    .and_then(Value::as_text)
                    .zip(self.word(field));
                if let Some((was, is)) = modes.filter(|(was, is)| was != is) {
                    let row = self.row(
                        Severity::Warning,
                        Topic::Protection,
                        PrivilegeChange::Changed,
                    );
                    found.push(
                        row.items([(*field).to_owned()])
                            .detail(format!("{was} -> {is}")),
                    );
                }
            }
            Power::Switch { .. } => self.switch(power, found),
            Power::Trusts(field) => self.trusts(field, found),
            Power::Sends { .. } => self.sends(power, found),
            Power::Routes(field) => self.routes(field, found),
            Power::Attributes { field, begins } => self.attributes(field, begins, found),
            // With the superusers and the roles.
            Power::PutsInto(_) | Power::Initial { .. } => {}
        }
    }

    fn created_or(&self, change: PrivilegeChange) -> PrivilegeChange {
        match self.object.is_new() {
            true => PrivilegeChange::Created,
            false => change,
        }
    }

    fn token(&self, power: &Power, found: &mut Vec<Privilege>) {
        let Power::Token {
            user,
            sort,
            api,
            expiring,
            expires,
        } = power
        else {
            return;
        };
        let object = self.object;
        let ends = |value: &dyn Fn(&str) -> Option<Value>| {
            if value(expiring) == Some(Value::Bool(false)) {
                return Ends::Never;
            }
            match value(expires) {
                Some(Value::Time(at)) => Ends::At(at),
                _ => Ends::ByServer,
            }
        };
        let owner = match object.is(user).or_else(|| object.was(user).cloned()) {
            Some(Value::Ref(owner)) => Some(owner),
            None if object.is_new() => self.live.me.as_ref().map(|(me, _)| me.clone()),
            _ => None,
        };
        let unnamed = usize::from(owner.is_none());
        let row = |severity, change, ends: Option<Ends>| {
            let row = self
                .row(severity, Topic::Token, change)
                .subjects(owner.clone());
            let row = row.items(self.word(sort));
            Privilege {
                ends,
                unnamed,
                ..row
            }
        };
        if object.is_deleted() {
            let row = row(Severity::Info, PrivilegeChange::Lost, None);
            let sort = object.was(sort).and_then(Value::as_text).map(str::to_owned);
            return found.push(row.items(sort));
        }
        let is_api = self.word(sort).as_deref() == Some(api);
        let was_api = object.was(sort).and_then(Value::as_text) == Some(api);
        // Whenever an API token is written, the server sets a new end.
        let is = match ends(&|name| object.is(name)) {
            Ends::At(_) if is_api => Ends::ByServer,
            ends => ends,
        };
        let severity = match (is, is_api) {
            (Ends::Never, true) => Severity::Critical,
            _ => Severity::Warning,
        };
        if object.is_new() {
            return found.push(row(severity, PrivilegeChange::Created, Some(is)));
        }
        if is_api && !was_api && object.was(sort).is_some() {
            return found.push(row(Severity::Critical, PrivilegeChange::Changed, Some(is)));
        }
        let was = ends(&|name| object.was(name).cloned());
        match (was, is) {
            (Ends::Never, _) => {}
            (_, Ends::Never) => found.push(row(severity, PrivilegeChange::Extended, Some(is))),
            (_, Ends::ByServer) if is_api => {
                found.push(row(Severity::Info, PrivilegeChange::Extended, Some(is)));
            }
            (Ends::At(before), Ends::At(after)) if before < after => {
                let row = row(Severity::Warning, PrivilegeChange::Extended, Some(is));
                found.push(row.detail(before.to_string()));
            }
            _ => {}
        }
    }

    fn service_account(&self, found: &mut Vec<Privilege>) {
        let Some(WayIn::User { sort, machines, .. }) = self.object.kind.way_in else {
            return;
        };
        let Some(word) = self
            .word(sort)
            .filter(|word| machines.contains(&word.as_str()))
        else {
            return;
        };
        if self.object.changes(sort) {
            let change = self.created_or(PrivilegeChange::Changed);
            found.push(
                self.row(Severity::Warning, Topic::ServiceAccount, change)
                    .items([word]),
            );
        }
    }

    fn blueprint(&self, enabled: &str, content: &[&str], found: &mut Vec<Privilege>) {
        let object = self.object;
        if object.is_deleted() || object.is(enabled) == Some(Value::Bool(false)) {
            return;
        }
        let is_changed = content.iter().any(|field| object.changes(field));
        let change = match object.was(enabled) {
            _ if object.is_new() => PrivilegeChange::Created,
            Some(Value::Bool(false)) => PrivilegeChange::Activated,
            _ if is_changed => PrivilegeChange::Changed,
            _ => return,
        };
        found.push(self.row(Severity::Critical, Topic::Blueprint, change));
    }

    /// Fields that the server runs.
    fn code(&self, found: &mut Vec<Privilege>) {
        let object = self.object;
        let mut fields = Vec::new();
        for field in object.kind.fields {
            let runs = match field.format {
                Format::Python => true,
                Format::PythonIf(switch) => {
                    let is_on = object.is(switch).or_else(|| object.was(switch).cloned());
                    is_on == Some(Value::Bool(true))
                }
                _ => false,
            };
            let turned_on = match field.format {
                Format::PythonIf(switch) => object.changes(switch),
                _ => false,
            };
            let is_empty = object.is(field.name).is_none_or(|value| value.is_empty());
            if runs && !is_empty && (object.changes(field.name) || turned_on) {
                fields.push(field.name.to_owned());
            }
        }
        if !fields.is_empty() {
            let change = self.created_or(PrivilegeChange::Changed);
            found.push(
                self.row(Severity::Warning, Topic::Code, change)
                    .items(fields),
            );
        }
    }

    fn redirects(&self, field: &str, found: &mut Vec<Privilege>) {
        let object = self.object;
        let Some(is) = object.is(field).filter(|_| object.changes(field)) else {
            return;
        };
        let was = object.was(field);
        // What a provider had that was not fully read is not known to be narrower.
        let none = Value::List(Vec::new());
        let before = match object.is_new() {
            true => None,
            false => Some(was.unwrap_or(&none)),
        };
        for wider in wider(before, &is) {
            let url = match object.is_shown(field) {
                true => wider.url,
                false => MASKED.to_owned(),
            };
            let change = self.created_or(PrivilegeChange::Gained);
            let row = self.row(wider.severity, Topic::RedirectUri, change);
            found.push(row.items([url]).detail(wider.why));
        }
    }

    fn unprotected(&self, field: &str, found: &mut Vec<Privilege>) {
        let object = self.object;
        let text = |value: Option<&Value>| value.and_then(Value::as_text).unwrap_or("").to_owned();
        let (was, is) = (text(object.was(field)), text(object.is(field).as_ref()));
        if object.is_deleted() || was == is {
            return;
        }
        let (was, is): (BTreeSet<&str>, BTreeSet<&str>) = (
            expressions(&was).into_iter().collect(),
            expressions(&is).into_iter().collect(),
        );
        let item = |text: &&str| match object.is_shown(field) {
            true => (*text).to_owned(),
            false => MASKED.to_owned(),
        };
        let added: Vec<&str> = is.difference(&was).copied().collect();
        let removed: Vec<&str> = was.difference(&is).copied().collect();
        let row = |severity, change, lines: &[&str]| {
            let row = self.row(severity, Topic::UnprotectedPath, change);
            let items: BTreeSet<String> = lines.iter().map(item).collect();
            Privilege {
                items: items.into_iter().collect(),
                ..row
            }
        };
        let all: Vec<&str> = added
            .iter()
            .copied()
            .filter(|it| matches_every_path(it))
            .collect();
        if !all.is_empty() {
            let row = row(Severity::Critical, PrivilegeChange::Gained, &all);
            found.push(row.detail("every path"));
        }
        let some: Vec<&str> = added.into_iter().filter(|it| !all.contains(it)).collect();
        if !some.is_empty() {
            found.push(row(Severity::Warning, PrivilegeChange::Gained, &some));
        }
        if !removed.is_empty() {
            found.push(row(Severity::Info, PrivilegeChange::Lost, &removed));
        }
    }

    fn switch(&self, power: &Power, found: &mut Vec<Privilege>) {
        let Power::Switch {
            field,
            on,
            allows,
            otherwise,
        } = power
        else {
            return;
        };
        let (object, topic) = (
            self.object,
            match self.object.kind.is_singleton() {
                true => Topic::Setting,
                false => Topic::Protection,
            },
        );
        let usual = object.kind.field(field).and_then(|it| it.default);
        let is_usual = usual == Some(if *on { "true" } else { "false" });
        let (severity, change, says) = match (object.is(field), object.was(field)) {
            (Some(Value::Bool(is)), Some(Value::Bool(was))) if is != *was => match is == *on {
                true => (Severity::Warning, PrivilegeChange::Gained, allows),
                false => (Severity::Info, PrivilegeChange::Lost, otherwise),
            },
            // A new object is as the server makes it, unless the files say otherwise.
            (Some(Value::Bool(is)), None) if is == *on && !is_usual => {
                (Severity::Warning, PrivilegeChange::Gained, allows)
            }
            _ => return,
        };
        found.push(
            self.row(severity, topic, change)
                .items([(*field).to_owned()])
                .detail(*says),
        );
    }

    fn trusts(&self, field: &str, found: &mut Vec<Privilege>) {
        let refs = |value: Option<&Value>| -> BTreeSet<Value> {
            value.and_then(Value::as_set).cloned().unwrap_or_default()
        };
        let is = refs(self.object.is(field).as_ref());
        let was = refs(self.object.was(field));
        if self.object.is_deleted() {
            return;
        }
        let mut one = |severity, change, items: Vec<&Value>| {
            if items.is_empty() {
                return;
            }
            let names = items.iter().filter_map(|item| match item {
                Value::Ref(at) => Some(at.clone()),
                _ => None,
            });
            let row = self.row(severity, Topic::Trust, change).subjects(names);
            found.push(Privilege {
                unnamed: items.len() - row.subjects.len(),
                ..row
            });
        };
        one(
            Severity::Warning,
            PrivilegeChange::Gained,
            is.difference(&was).collect(),
        );
        one(
            Severity::Info,
            PrivilegeChange::Lost,
            was.difference(&is).collect(),
        );
    }

    fn sends(&self, power: &Power, found: &mut Vec<Privilege>) {
        let Power::Sends {
            mode,
            local,
            url,
            web,
        } = power
        else {
            return;
        };
        let object = self.object;
        let Some(word) = self
            .word(mode)
            .or_else(|| Some(object.was(mode)?.as_text()?.to_owned()))
        else {
            return;
        };
        let to_web = web.contains(&word.as_str());
        if object.is_deleted()
            || word == *local
            || !(object.changes(mode) || (to_web && object.changes(url)))
        {
            return;
        }
        let host = object.is(url).and_then(|value| match value {
            Value::Secret(secret) => shown_host(secret.expose()),
            Value::Text(text) => shown_host(&text),
            _ => None,
        });
        let change = self.created_or(PrivilegeChange::Changed);
        let row = self.row(Severity::Warning, Topic::Notification, change);
        let row = row.items(host.filter(|_| to_web));
        found.push(row.detail(word));
    }

    fn routes(&self, field: &str, found: &mut Vec<Privilege>) {
        let object = self.object;
        let refs = |value: Option<&Value>| -> BTreeSet<Value> {
            value.and_then(Value::as_set).cloned().unwrap_or_default()
        };
        let is = refs(object.is(field).as_ref());
        let was = refs(object.was(field));
        let mut names = Vec::new();
        let mut unnamed = 0;
        for item in is.difference(&was) {
            match item {
                Value::Ref(at) if self.is_local(at) => {}
                Value::Ref(at) => names.push(at.clone()),
                _ => unnamed += 1,
            }
        }
        if !names.is_empty() || unnamed > 0 {
            let row = self.row(
                Severity::Warning,
                Topic::Notification,
                PrivilegeChange::Gained,
            );
            found.push(Privilege {
                unnamed,
                ..row.subjects(names)
            });
        }
    }

    /// Whether a transport is known to send nothing elsewhere.
    fn is_local(&self, transport: &crate::value::Address) -> bool {
        let touched = self.touched.get(transport);
        let live = self.live.get(transport);
        let kind = touched.map(|it| it.kind).or(live.map(|it| it.kind));
        let sends = kind.into_iter().flat_map(|kind| kind.powers);
        sends.into_iter().any(|power| {
            let Power::Sends { mode, local, .. } = power else {
                return false;
            };
            let is = touched.and_then(|it| it.is(mode));
            let is = is.or_else(|| live.and_then(|it| it.fields.get(mode)).cloned());
            is.as_ref().and_then(Value::as_text) == Some(local)
        })
    }

    fn attributes(&self, field: &str, begins: &str, found: &mut Vec<Privilege>) {
        for (key, (was, is)) in self.object.keys(field) {
            if !key.starts_with(begins) || self.object.is_deleted() {
                continue;
            }
            let change = match (was, is) {
                (false, _) => PrivilegeChange::Gained,
                (true, true) => PrivilegeChange::Changed,
                (true, false) => PrivilegeChange::Lost,
            };
            found.push(
                self.row(Severity::Warning, Topic::Attribute, change)
                    .items([key]),
            );
        }
    }
}

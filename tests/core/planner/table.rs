//! The harness: files and a live world give a plan, as text short enough to read at a glance.
//!
//! Every table also proves, unasked, that the plan does not depend on the order of files and pages, that it can be done
//! step by step, and that nothing is left to do after it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use akrec::desired::Desired;
use akrec::diag::{Diagnostic, Sources};
use akrec::ledger::{Ledger, Origin, Record};
use akrec::pattern::Pattern;
use akrec::plan::{self, Action, Change, Delta, Opens, Options, Plan, Reason, Step, Write};
use akrec::report::plan as text;
use akrec::schema::{Release, V2026_2};
use akrec::state::Inputs;
use akrec::value::{Address, Part, Value};
use akrec::{desired, kinds};

use super::memory::Memory;
use crate::world::World;

/// The plan for these files against this live world, on 2026.2.
pub fn check(desired: &str, live: &str) -> String {
    Table::new(desired, live).show()
}

pub struct Table<'a> {
    desired: &'a str,
    live: &'a str,
    release: Release,
    options: Options,
    settles: bool,
    made: Vec<Address>,
    protect: bool,
    withheld: Vec<&'a str>,
}

impl<'a> Table<'a> {
    pub fn new(desired: &'a str, live: &'a str) -> Table<'a> {
        Table {
            desired,
            live,
            release: V2026_2,
            options: Options::default(),
            settles: true,
            made: Vec::new(),
            protect: false,
            withheld: Vec::new(),
        }
    }

    pub fn on(mut self, release: Release) -> Self {
        self.release = release;
        self
    }

    /// A write-only field that is to be sent again.
    pub fn rewrite(mut self, address: &str, field: &str) -> Self {
        self.options
            .write_secrets
            .insert((address.to_owned(), field.to_owned()));
        self
    }

    /// Fields that no answer contains.
    pub fn withheld(mut self, fields: &[&'a str]) -> Self {
        self.withheld = fields.to_vec();
        self
    }

    /// What is not in an answer is said and left alone.
    pub fn allow_unknown(mut self) -> Self {
        self.options.allow_unknown = true;
        self
    }

    /// Only this part.
    pub fn only(mut self, targets: &[&str], excludes: &[&str]) -> Self {
        let patterns = |all: &[&str]| all.iter().map(|text| Pattern::new(text).unwrap()).collect();
        self.options.scope = plan::Scope {
            targets: patterns(targets),
            excludes: patterns(excludes),
            done: false,
        };
        self
    }

    /// The plan leaves something for a second run, on purpose.
    pub fn unsettled(mut self) -> Self {
        self.settles = false;
        self
    }

    /// An object that is there because akrec made it; its id is its name.
    pub fn made(mut self, family: &'static str, name: &str) -> Self {
        self.made.push(Address::named(family, name));
        self
    }

    /// What akrec made is protected.
    pub fn protected(mut self) -> Self {
        self.protect = true;
        self
    }

    fn ledger(&self) -> Ledger {
        if self.made.is_empty() {
            return Ledger::unknown("test", "tables");
        }
        let mut ledger = Ledger::empty("test");
        for address in &self.made {
            let record = Record {
                kind: kinds::family(address.family).next().unwrap(),
                id: address.name().unwrap().to_owned(),
                origin: Origin::Created,
                protect: self.protect,
                partial: false,
                items: Default::default(),
                fields: Default::default(),
                run: "before".into(),
            };
            ledger.records.insert(address.clone(), record);
        }
        ledger
    }

    /// The section `Privileges:` of the plan, as lines with their symbols; empty if it has none. Also proves that the plan
    /// file keeps it.
    pub fn privileges(self) -> String {
        let (desired, problems, sources) = load(self.desired, self.release);
        assert!(
            !problems.iter().any(Diagnostic::is_error),
            "{}",
            reported(&problems, &sources)
        );
        let (live, _) = Memory::new(self.release, self.live).live();
        let mut options = self.options.clone();
        options
            .allow
            .extend(akrec::diag::CODES.iter().map(|(code, _)| *code));
        let (found, more) = plan::plan(&desired, &live, &self.ledger(), &options);
        let found = found.unwrap_or_else(|| panic!("no plan: {}", reported(&more, &sources)));
        section(&found)
    }

    pub fn show(self) -> String {
        let (desired, problems, sources) = load(self.desired, self.release);
        if problems.iter().any(Diagnostic::is_error) {
            return reported(&problems, &sources);
        }
        let ledger = self.ledger();
        let mut memory = Memory::new(self.release, self.live);
        memory.withheld = self
            .withheld
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        let (live, mut diagnostics) = memory.live();
        let (found, more) = plan::plan(&desired, &live, &ledger, &self.options);
        let (again, _) = plan::plan(
            &shuffled(&desired),
            &memory.reversed().0,
            &ledger,
            &self.options,
        );
        assert_eq!(
            format!("{found:#?}"),
            format!("{again:#?}"),
            "the order of what was read shows in the plan"
        );
        diagnostics.extend(problems);
        diagnostics.extend(more);
        let Some(found) = found else {
            return reported(&diagnostics, &sources);
        };
        let text = shown(&found) + &reported(&diagnostics, &sources);
        if let Err(why) = memory.apply(&found) {
            panic!("the plan cannot be done: {why}\n{text}");
        }
        if self.settles {
            let scope = plan::Scope {
                done: true,
                ..self.options.scope
            };
            let options = Options {
                scope,
                allow_unknown: self.options.allow_unknown,
                ..Options::default()
            };
            let (again, _) = plan::plan(
                &desired,
                &memory.live().0,
                &Ledger::unknown("test", "tables"),
                &options,
            );
            let again = again.expect("a second plan");
            assert!(
                again.is_empty(),
                "not settled:\n{text}\nagain:\n{}",
                shown(&again)
            );
        }
        text
    }
}

/// What a variable holds; a private key has to be one.
fn env(name: &str) -> Option<String> {
    match name.ends_with("PRIVATE_KEY") {
        true => Some("-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----".to_owned()),
        false => Some(format!("secret-of-{name}")),
    }
}

/// The files of a state, lowered for a release.
pub fn load(text: &str, release: Release) -> (Desired, Vec<Diagnostic>, Sources) {
    let world = World::with(&[("state/a.yaml", text)]);
    let inputs = Inputs::new(world.root.join("state"), &env);
    let settings = desired::Settings {
        release: Some(release),
        allow_unknown: false,
        today: jiff::civil::date(2026, 6, 15),
    };
    let mut sources = Sources::default();
    let (desired, problems) = akrec::state::load(&inputs, None, &settings, &mut sources);
    (desired, problems, sources)
}

/// The same wish, with everything that has no order in another one.
pub fn shuffled(desired: &Desired) -> Desired {
    let mut other = desired.clone();
    other.objects.reverse();
    other.owned.reverse();
    other.absent.reverse();
    other
}

/// The section `Privileges:` of a plan, without its heading.
fn section(plan: &Plan) -> String {
    let style = text::Style {
        width: 1000,
        ..Default::default()
    };
    let shown = text::text(plan, &Default::default(), &Sources::default(), &style);
    let after = shown.split_once("\nPrivileges:\n").map(|(_, after)| after);
    let section = after.and_then(|after| after.split_once("\n\n"));
    let lines = section.map_or("", |(lines, _)| lines).lines();
    lines
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}

/// A plan in few words.
pub fn shown(plan: &Plan) -> String {
    let mut out = String::new();
    for (i, step) in plan.steps.iter().enumerate() {
        head(&mut out, i, step);
        step.changes
            .iter()
            .for_each(|change| changed(&mut out, step, change));
        beside(&mut out, step);
    }
    for opening in &plan.openings {
        let how = match opening.by {
            Opens::New => "is new and open",
            Opens::LastBinding => "opens",
            Opens::Setting => "opens by the setting",
        };
        writeln!(out, "{} {how}", opening.address.path()).unwrap();
    }
    if plan.ignored > 0 {
        writeln!(out, "ignored: {}", plan.ignored).unwrap();
    }
    if out.is_empty() {
        out.push_str("nothing to do\n");
    }
    for (address, field) in &plan.uncompared {
        writeln!(out, "not compared: {}#{field}", address.path()).unwrap();
    }
    out
}

fn head(out: &mut String, i: usize, step: &Step) {
    let sign = match step.action {
        Action::Create => '+',
        Action::Update => '~',
        Action::Rename => '>',
        Action::Delete => '-',
        Action::Adopt => '=',
        Action::Forget => '.',
    };
    write!(out, "{i} {sign} {}", step.address.path()).unwrap();
    match &step.reason {
        None => {}
        Some(Reason::Absent) => out.push_str(" (absent)"),
        Some(Reason::NotInList) => out.push_str(" (not in the list)"),
        Some(Reason::Excluded) => out.push_str(" (excluded)"),
        Some(Reason::Renamed(before)) => write!(out, " (was {})", before.path()).unwrap(),
        Some(Reason::Deferred) => out.push_str(" (deferred)"),
        Some(Reason::Late) => out.push_str(" (late)"),
        Some(Reason::Replaced(new)) => write!(out, " (replaced by {})", new.path()).unwrap(),
        Some(other) => write!(out, " ({other:?})").unwrap(),
    }
    if !step.needs.is_empty() {
        let needs: Vec<String> = step.needs.iter().map(usize::to_string).collect();
        write!(out, " after {}", needs.join(", ")).unwrap();
    }
    out.push('\n');
}

fn changed(out: &mut String, step: &Step, change: &Change) {
    let owner = step
        .address
        .parts()
        .first()
        .is_some_and(|part| matches!(part, Part::At(_)));
    // What a new binding joins stands in its address.
    if owner
        && step.action == Action::Create
        && step.kind.key_fields().any(|name| name == change.field)
    {
        return;
    }
    write!(out, "    {}", change.field).unwrap();
    match &change.delta {
        Delta::New(value) => writeln!(out, ": {}", value_text(value)),
        Delta::Value(before, after) => {
            writeln!(out, ": {} -> {}", value_text(before), value_text(after))
        }
        Delta::Items {
            added,
            removed,
            counts,
        } => {
            let list = |sign: &str, items: &BTreeSet<Value>| -> String {
                items
                    .iter()
                    .map(|item| format!(" {sign}{}", value_text(item)))
                    .collect()
            };
            writeln!(
                out,
                ":{}{} ({} -> {})",
                list("+", added),
                list("-", removed),
                counts.0,
                counts.1
            )
        }
        Delta::Keys(keys) => {
            out.push_str(":\n");
            for (key, (before, after)) in keys {
                let side = |raw: &Option<serde_json::Value>| {
                    raw.as_ref().map_or("nothing".into(), |raw| raw.to_string())
                };
                writeln!(out, "        {key}: {} -> {}", side(before), side(after)).unwrap();
            }
            Ok(())
        }
        Delta::Written => writeln!(out, ": (written)"),
    }
    .unwrap();
}

/// What is written besides what changes.
fn beside(out: &mut String, step: &Step) {
    let (Write::Create { body, .. } | Write::Update { body, .. }) = &step.write else {
        return;
    };
    for (name, value) in body {
        if !step.kind.is_key(name) && !step.changes.iter().any(|change| change.field == *name) {
            writeln!(out, "    with {name} = {}", value_text(value)).unwrap();
        }
    }
}

fn value_text(value: &Value) -> String {
    let all = |items: &mut dyn Iterator<Item = &Value>| {
        items.map(value_text).collect::<Vec<_>>().join(", ")
    };
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::Duration(duration) => duration.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Secret(secret) => format!("{secret:?}"),
        Value::Digest(print) => format!("#{print}"),
        Value::Content(content) => format!("<{content}>"),
        Value::Ref(address) => address.path(),
        Value::Unknown(id) => format!("?{id}"),
        Value::List(items) => format!("[{}]", all(&mut items.iter())),
        Value::Set(items) => format!("{{{}}}", all(&mut items.iter())),
        Value::Record(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", value_text(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Json(json) => json.0.to_string(),
    }
}

/// Diagnostics with their notes, one line each.
pub fn reported(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let word = if diagnostic.is_error() {
            "error"
        } else {
            "warning"
        };
        let place = diagnostic
            .primary
            .as_ref()
            .and_then(|label| sources.place(label.span));
        let place = place.map_or(String::new(), |place| {
            format!(" {}:{}", place.line, place.column)
        });
        writeln!(
            out,
            "{word}[{}]{place}: {}",
            diagnostic.code, diagnostic.message
        )
        .unwrap();
        diagnostic
            .notes
            .iter()
            .for_each(|note| writeln!(out, "    note: {note}").unwrap());
        diagnostic
            .help
            .iter()
            .for_each(|help| writeln!(out, "    help: {help}").unwrap());
    }
    out
}

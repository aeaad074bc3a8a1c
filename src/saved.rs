//! Saved plans: a plan as a file that can be reviewed, carried and applied later, and what it was made from.
//!
//! Pure. A saved plan holds no secret and no hash of one; whoever applies it has them at hand. A file that was cut,
//! edited or written by a newer akrec is refused whole, with the reason; it never panics on anything that it reads.

mod access;
mod places;
mod prints;
mod steps;
mod undo;
mod value;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value as Raw, json};

use crate::access::Difference;
use crate::diag::{CODES, Code, Diagnostic, Sources};
use crate::inverse::Undo;
use crate::plan::{Plan, Step};
use crate::value::{Address, digest, sorted};
use places::Places;
use value::{Read, part, some_list, some_text, text};

pub use prints::{Moved, Print, Prints, Sums, moved_in_state, moved_on_server, of_live, of_state, sums};

/// The format that this akrec writes, and the newest one that it reads.
const FORMAT: u64 = 1;
/// The most bytes that a plan file or rollback file has. It is read whole.
pub const MOST: usize = 64 << 20;
/// The most mappings in one: each takes a hundred times as much memory as it takes room in the file.
const MAPPINGS: usize = 1_000_000;
/// What the head of a plan file says that it is, and that of a rollback file.
const PLAN: &str = "saved plan";
const ROLLBACK: &str = "rollback";
/// How many objects a message names.
const NAMED: usize = 10;

/// Where, when and by whom a plan was made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Made {
    /// The akrec that made it.
    pub version: String,
    /// When.
    pub at: String,
    /// The token's user.
    pub by: String,
    /// The server's address.
    pub url: String,
    /// The server's release in full.
    pub release: String,
    /// The id of the installation, if the server says it.
    pub install: Option<String>,
    /// The workspace.
    pub workspace: String,
    /// The environment.
    pub environment: Option<String>,
    /// The revision of the files.
    pub revision: Option<String>,
}

/// A plan, and all that is needed to apply it later.
#[derive(Clone, Debug)]
pub struct Saved {
    /// Where it comes from.
    pub made: Made,
    /// Rails that were waived.
    pub waived: BTreeSet<Code>,
    /// Write-only fields that are sent again.
    pub write_secrets: BTreeSet<(String, String)>,
    /// What the files declared.
    pub state: Prints,
    /// What was on the server.
    pub live: Prints,
    /// The plan. As it comes out of a file, it can be shown and not be applied: it has no secrets.
    pub plan: Plan,
    /// For a rollback: what it puts back. It needs no files.
    pub undo: Option<Undo>,
    /// Who gains and who loses access by it, as it was when the plan was made, if that was worked out.
    pub access: Option<Difference>,
}

impl Saved {
    /// The file. `sources` give the places of the plan's steps.
    pub fn text(&self, sources: &Sources) -> String {
        let Made { version, at, by, url, release, install, workspace, environment, revision } = &self.made;
        let mut content = json!({
            "made": {
                "version": version, "at": at, "by": by,
                "server": { "url": url, "release": release, "install": install },
                "workspace": workspace, "environment": environment, "revision": revision,
            },
            "waived": self.waived.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
            "write_secrets": self.write_secrets.iter().map(|(at, field)| json!([at, field])).collect::<Vec<_>>(),
            "secrets": secrets(&self.plan).iter().map(|(at, field)| json!([at, field])).collect::<Vec<_>>(),
            "fingerprints": { "state": prints::write(&self.state), "live": prints::write(&self.live) },
            "plan": steps::write(&self.plan, Some(sources)),
        });
        if let Some(undo) = &self.undo {
            content["undo"] = undo::write(undo);
        }
        if let Some(told) = &self.access {
            content["access"] = access::write(told);
        }
        // Of what a reader will see: a number may be read as its neighbour.
        let seen = serde_json::from_str(&content.to_string()).unwrap_or(Raw::Null);
        let sum = digest(&sorted(&seen).to_string());
        let what = if self.undo.is_some() { ROLLBACK } else { PLAN };
        content["akrec"] = json!({ "format": FORMAT, "what": what, "sum": sum });
        format!("{:#}\n", sorted(&content))
    }

    /// Reads a file; the places of its steps are in the second part.
    ///
    /// Refuses what is no saved plan, was cut or edited, or is of a newer format, with a diagnostic that names `name`.
    pub fn read(name: &str, text: &str) -> Result<(Saved, Sources), Box<Diagnostic>> {
        let content = sound(name, text).map_err(Box::new)?;
        parse(&content).map_err(|why| {
            let told = Diagnostic::error(Code::BAD_PLAN_FILE, format!("{name} cannot be used"));
            Box::new(told.note(why).help("plan again"))
        })
    }

    /// What the plan of now does otherwise than the saved one: nothing, if it may be applied in its place. Secrets and
    /// places do not count.
    pub fn differences(&self, now: &Plan) -> Vec<Moved> {
        // A plan that the rails let pass then is not judged by numbers again.
        let plain =
            |plan: &Plan| steps::write(&Plan { safety: Vec::new(), weakened: Vec::new(), ..plan.clone() }, None);
        let (before, after) = (plain(&self.plan), plain(now));
        if before == after {
            return Vec::new();
        }
        let all = |plan: &Plan| plan.steps.iter().map(|step| step.address.clone()).collect::<BTreeSet<Address>>();
        let (old_steps, new_steps) = (by_address(&before, &self.plan), by_address(&after, now));
        let none = Vec::new();
        let one = |address: &Address| {
            let old = old_steps.get(address).unwrap_or(&none);
            let new = new_steps.get(address).unwrap_or(&none);
            if old.iter().map(|(raw, _)| raw).eq(new.iter().map(|(raw, _)| raw)) {
                return None;
            }
            let fields = |steps: &[(&Raw, &Step)]| -> BTreeSet<String> {
                steps.iter().flat_map(|(_, step)| &step.changes).map(|change| change.field.to_owned()).collect()
            };
            let (old, new) = (fields(old), fields(new));
            let differ: Vec<String> = old.symmetric_difference(&new).cloned().collect();
            let all: Vec<String> = old.union(&new).cloned().collect();
            let what = [differ, all].into_iter().find(|names| !names.is_empty());
            Some((address.clone(), what.unwrap_or_else(|| vec!["what akrec owns".to_owned()])))
        };
        let moved: Vec<Moved> = all(&self.plan).union(&all(now)).filter_map(one).collect();
        if !moved.is_empty() {
            return moved;
        }
        // The steps are the same, in the same words, and rest on something else: the ledger, or the order.
        let declared = self.plan.declared.keys().chain(now.declared.keys()).collect::<BTreeSet<_>>();
        let moved = |address: &&&Address| {
            let shown = |plan: &Plan| plan.declared.get(**address).map(|declared| format!("{declared:?}"));
            shown(&self.plan) != shown(now)
        };
        let moved: Vec<Moved> =
            declared.iter().filter(moved).map(|it| ((**it).clone(), vec!["what akrec owns".to_owned()])).collect();
        if moved.is_empty() {
            all(now).into_iter().map(|at| (at, vec!["what goes first".to_owned()])).collect()
        } else {
            moved
        }
    }
}

/// The steps of a plan, with what a file has of each, by the object that they are about.
fn by_address<'a>(raw: &'a Raw, plan: &'a Plan) -> BTreeMap<&'a Address, Vec<(&'a Raw, &'a Step)>> {
    let mut all: BTreeMap<&Address, Vec<(&Raw, &Step)>> = BTreeMap::new();
    for (raw, step) in raw["steps"].as_array().into_iter().flatten().zip(&plan.steps) {
        all.entry(&step.address).or_default().push((raw, step));
    }
    all
}

/// The content of a file that is a saved plan of a known format, as it was made.
#[allow(clippy::result_large_err, reason = "boxed by the only caller")]
fn sound(name: &str, text: &str) -> Result<Raw, Diagnostic> {
    let told = |what: &str| Diagnostic::error(Code::BAD_PLAN_FILE, format!("{name} {what}"));
    let none = || told("is not a saved plan").help("`akrec plan -o FILE` makes one");
    if text.bytes().filter(|byte| *byte == b'{').count() > MAPPINGS {
        let most = format!("a plan file has {MAPPINGS} mappings at most");
        return Err(told("holds more than a plan file can").note(most).help("plan a part at a time, with --target"));
    }
    let mut content: Raw = match serde_json::from_str(text) {
        Ok(content) => content,
        Err(error) if error.is_eof() && !text.trim().is_empty() => {
            return Err(told("is a saved plan that was cut, or no plan at all")
                .note(format!("the JSON ends too early: {error}")));
        }
        Err(error) => return Err(none().note(format!("it is not JSON: {error}"))),
    };
    let head = content.as_object_mut().and_then(|content| content.remove("akrec"));
    let what = head.as_ref().and_then(|head| head.get("what")).and_then(Raw::as_str);
    let (Some(head), Some(what)) = (&head, what.filter(|what| [PLAN, ROLLBACK].contains(what))) else {
        return Err(none());
    };
    match head.get("format").and_then(Raw::as_u64) {
        Some(FORMAT) => {}
        Some(format) if format > FORMAT => {
            let by = content["made"]["version"].as_str().map(|by| by.chars().take(40).collect::<String>());
            let by = by.map(|by| format!("it was made by akrec {by}"));
            return Err(told("is a saved plan of a newer format")
                .note(by.unwrap_or_default())
                .help("use that akrec, or plan again"));
        }
        _ => return Err(none().note("its format is no number that akrec knows")),
    }
    // In place, since the file may be large.
    content.sort_all_objects();
    if head.get("sum").and_then(Raw::as_str) != Some(digest(&content.to_string()).as_str()) {
        return Err(told("was edited or damaged after it was made")
            .note("its checksum does not fit what it holds")
            .help("plan again; a plan file or rollback file is used as it is or not at all"));
    }
    // The head is not part of what the checksum is of; what makes a rollback is that it says what it puts back.
    if what == ROLLBACK && content.get("undo").is_none() {
        return Err(told("is a rollback file without what it puts back"));
    }
    Ok(content)
}

fn parse(content: &Raw) -> Read<(Saved, Sources)> {
    let made = part(content, "made")?;
    let server = part(made, "server")?;
    let mut places = Places::default();
    let mut plan = steps::read(part(content, "plan")?, &mut places)?;
    let (sources, spans) = places.settle();
    for step in &mut plan.steps {
        step.source = step.source.and_then(|span| spans.get(span.start as usize).copied().flatten());
    }
    let code = |raw: &Raw| {
        let known = CODES.iter().map(|(code, _)| *code).find(|code| raw.as_str() == Some(code.as_str()));
        known.ok_or_else(|| "it waives a rail that this akrec does not know".to_owned())
    };
    let pair = |raw: &Raw| match value::list(raw)? {
        [Raw::String(address), Raw::String(field)] => Ok((address.clone(), field.clone())),
        _ => Err("`write_secrets` is of another form".to_owned()),
    };
    let prints = part(content, "fingerprints")?;
    let saved = Saved {
        made: Made {
            version: text(made, "version")?,
            at: text(made, "at")?,
            by: text(made, "by")?,
            url: text(server, "url")?,
            release: text(server, "release")?,
            install: some_text(server, "install"),
            workspace: text(made, "workspace")?,
            environment: some_text(made, "environment"),
            revision: some_text(made, "revision"),
        },
        waived: some_list(content, "waived")?.iter().map(code).collect::<Read<_>>()?,
        write_secrets: some_list(content, "write_secrets")?.iter().map(pair).collect::<Read<_>>()?,
        state: prints::read(part(prints, "state")?)?,
        live: prints::read(part(prints, "live")?)?,
        plan,
        undo: content.get("undo").map(undo::read).transpose()?,
        access: content.get("access").map(access::read).transpose()?,
    };
    Ok((saved, sources))
}

/// Fields that the plan writes and whose values are not in the file, by address.
pub fn secrets(plan: &Plan) -> BTreeSet<(String, String)> {
    let written = |step: &Step| -> Vec<(String, String)> {
        let body = match &step.write {
            crate::plan::Write::Create { body, .. } | crate::plan::Write::Update { body, .. } => body,
            crate::plan::Write::Delete | crate::plan::Write::Nothing => return Vec::new(),
        };
        let hidden = steps::concealed(step);
        let names = body.iter().filter(|(name, value)| hidden.contains(*name) && !value.is_empty());
        names.map(|(name, _)| (step.address.path(), (*name).to_owned())).collect()
    };
    plan.steps.iter().flat_map(written).collect()
}

/// That a saved plan is out of date, and why: what moved in the files, on the server, and in what is to be done.
pub fn stale(files: &[Moved], server: &[Moved], plan: &[Moved]) -> Option<Diagnostic> {
    let mut all: Vec<Moved> = Vec::new();
    let mut places: HashMap<&Address, usize> = HashMap::new();
    for (address, what) in files.iter().chain(server).chain(plan) {
        let place = *places.entry(address).or_insert(all.len());
        match all.get_mut(place) {
            Some((_, known)) => what.iter().for_each(|it| {
                if !known.contains(it) {
                    known.push(it.clone())
                }
            }),
            None => all.push((address.clone(), what.clone())),
        }
    }
    if all.is_empty() {
        return None;
    }
    let count = if all.len() == 1 { "1 object".to_owned() } else { format!("{} objects", all.len()) };
    let message = format!("saved plan is stale: {count} changed since it was made ({})", names(&all));
    let mut told = Diagnostic::error(Code::STALE, message).note("nothing was written");
    for (where_, moved) in [("in the files", files), ("on the server", server)] {
        if !moved.is_empty() {
            told = told.note(format!("{where_}: {}", names(moved)));
        }
    }
    Some(told.help("plan again, and look at what changed"))
}

fn names(moved: &[Moved]) -> String {
    let shown = moved.iter().take(NAMED).map(|(address, what)| format!("{address}: {}", what.join(", ")));
    let mut text = shown.collect::<Vec<_>>().join("; ");
    if moved.len() > NAMED {
        text.push_str(&format!("; and {} more", moved.len() - NAMED));
    }
    text
}

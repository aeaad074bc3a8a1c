//! Saved plans: a plan as a file that can be reviewed, carried and applied later, and what it was made from.
//!
//! Pure. A saved plan holds no secret and no hash of one; whoever applies it has them at hand. A file that was cut,
//! edited or written by a newer akrec is refused whole, with the reason; it never panics on anything that it reads.

mod access;
mod enumerations;
mod fingerprints;
mod places;
mod plan;
mod privileges;
mod rollback;
mod value;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::access::Difference;
use crate::diag::{CODES, Code, Diagnostic, Sources};
use crate::plan::{Plan, Step};
use crate::rollback::Undo;
use crate::signin::{BRAND, FLOW, SOURCE};
use crate::value::{Address, digest, has_fraction, sort};
use crate::wire::json;
use crate::wire::plan_file::{self, Content, What};
use crate::wire::sign_in::{About, Change, SignIn};
use places::Places;
use value::Read;

pub use fingerprints::{
    Moved, Print, Prints, Sums, moved_in_state, moved_on_server, of_live, of_state, sums,
};

/// The format that this akrec writes, and the newest one that it reads.
const FORMAT: u64 = 1;
/// The most bytes that a plan file or rollback file has. It is read whole.
pub const MOST: usize = 64 << 20;
/// The most mappings in one: each takes a hundred times as much memory as it takes room in the file.
const MAPPINGS: usize = 1_000_000;
/// How many characters of a message of the JSON reader are shown: it may quote what it read.
const SHOWN: usize = 200;
/// How many objects a message names.
const NAMED: usize = 10;

/// Where, when and by whom a plan was made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Made {
    /// The akrec that made it.
    pub version: String,
    /// The time.
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
    /// Safety checks that were overridden.
    pub waived: BTreeSet<Code>,
    /// Write-only fields that are sent again.
    pub write_secrets: BTreeSet<(String, String)>,
    /// Fingerprints of the desired state.
    pub state: Prints,
    /// Fingerprints of the live state.
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
        let mut content = json(&self.content(sources));
        sort(&mut content);
        let written = content.to_string();
        // Computed from what a reader will see: a number may be read as its neighbor.
        let sum = match has_fraction(&content) {
            false => digest(&written),
            true => {
                let mut seen = serde_json::from_str(&written).unwrap_or(Json::Null);
                sort(&mut seen);
                digest(&seen.to_string())
            }
        };
        let what = if self.undo.is_some() {
            What::Rollback
        } else {
            What::Plan
        };
        let mut file = content;
        file["akrec"] = json(&plan_file::Head {
            format: FORMAT,
            what,
            sum,
        });
        sort(&mut file);
        format!("{file:#}\n")
    }

    fn content(&self, sources: &Sources) -> Content {
        let Made {
            version,
            at,
            by,
            url,
            release,
            install,
            workspace,
            environment,
            revision,
        } = self.made.clone();
        Content {
            made: plan_file::Made {
                version,
                at,
                by,
                server: plan_file::Server {
                    url,
                    release,
                    install,
                },
                workspace,
                environment,
                revision,
            },
            waived: self
                .waived
                .iter()
                .map(|code| code.as_str().to_owned())
                .collect(),
            write_secrets: self.write_secrets.iter().cloned().collect(),
            secrets: secrets(&self.plan).into_iter().collect(),
            fingerprints: plan_file::Fingerprints {
                state: fingerprints::write(&self.state),
                live: fingerprints::write(&self.live),
            },
            plan: plan::write(&self.plan, Some(sources)),
            undo: self.undo.as_ref().map(rollback::write),
            access: self.access.as_ref().map(access::write),
        }
    }

    /// Reads a file; the places of its steps are in the second part.
    ///
    /// Refuses text that is not a plan file, was cut or edited, or has a newer format, with a diagnostic that names
    /// `name`.
    pub fn read(name: &str, text: &str) -> Result<(Saved, Sources), Box<Diagnostic>> {
        let content = sound(name, text).map_err(Box::new)?;
        parse(content).map_err(|why| {
            let diagnostic =
                Diagnostic::error(Code::BAD_PLAN_FILE, format!("{name} cannot be used"));
            Box::new(diagnostic.note(why).help("plan again"))
        })
    }

    /// How the new plan differs from the saved one: nothing, if it may be applied in its place. Secrets and source
    /// positions do not count.
    pub fn differences(&self, now: &Plan) -> Vec<Moved> {
        // A plan that passed the safety checks when it was saved is not judged by numbers again.
        let plain = |plan: &Plan| {
            plan::write(
                &Plan {
                    safety: Vec::new(),
                    weakened: Vec::new(),
                    ..plan.clone()
                },
                None,
            )
        };
        let (mut before, mut after) = (plain(&self.plan), plain(now));
        // A file of an older akrec does not say what becomes of privileges and of signing in.
        if before.privileges.is_none() {
            after.privileges = None;
        }
        if before.sign_in.is_none() {
            after.sign_in = None;
        }
        if before == after {
            return Vec::new();
        }
        let (was, is) = (before.privileges.take(), after.privileges.take());
        let sign_in = (before.sign_in.take(), after.sign_in.take());
        if before == after {
            let mut moved = privileges::moved(was.unwrap_or_default(), is.unwrap_or_default());
            let (was, is) = sign_in;
            moved.extend(signed_in(was.unwrap_or_default(), is.unwrap_or_default()));
            if !moved.is_empty() {
                return moved;
            }
        }
        let all = |plan: &Plan| {
            plan.steps
                .iter()
                .map(|step| step.address.clone())
                .collect::<BTreeSet<Address>>()
        };
        let (old_steps, new_steps) = (by_address(&before, &self.plan), by_address(&after, now));
        let none = Vec::new();
        let one = |address: &Address| {
            let old = old_steps.get(address).unwrap_or(&none);
            let new = new_steps.get(address).unwrap_or(&none);
            if old
                .iter()
                .map(|(written, _)| written)
                .eq(new.iter().map(|(written, _)| written))
            {
                return None;
            }
            let fields = |steps: &[(&plan_file::Step, &Step)]| -> BTreeSet<String> {
                steps
                    .iter()
                    .flat_map(|(_, step)| &step.changes)
                    .map(|change| change.field.to_owned())
                    .collect()
            };
            let (old, new) = (fields(old), fields(new));
            let differ: Vec<String> = old.symmetric_difference(&new).cloned().collect();
            let all: Vec<String> = old.union(&new).cloned().collect();
            let what = [differ, all].into_iter().find(|names| !names.is_empty());
            Some((
                address.clone(),
                what.unwrap_or_else(|| vec!["what akrec owns".to_owned()]),
            ))
        };
        let moved: Vec<Moved> = all(&self.plan).union(&all(now)).filter_map(one).collect();
        if !moved.is_empty() {
            return moved;
        }
        // The steps are the same, in the same words, and rest on something else: the ledger, or the order.
        let declared = self
            .plan
            .declared
            .keys()
            .chain(now.declared.keys())
            .collect::<BTreeSet<_>>();
        let moved = |address: &&&Address| {
            let shown = |plan: &Plan| {
                plan.declared
                    .get(**address)
                    .map(|declared| format!("{declared:?}"))
            };
            shown(&self.plan) != shown(now)
        };
        let moved: Vec<Moved> = declared
            .iter()
            .filter(moved)
            .map(|it| ((**it).clone(), vec!["what akrec owns".to_owned()]))
            .collect();
        if moved.is_empty() {
            all(now)
                .into_iter()
                .map(|at| (at, vec!["what goes first".to_owned()]))
                .collect()
        } else {
            moved
        }
    }
}

/// The steps of a plan by the object that they are about, each with what a file has of it.
type StepsByAddress<'a> = BTreeMap<&'a Address, Vec<(&'a plan_file::Step, &'a Step)>>;

fn by_address<'a>(written: &'a plan_file::Plan, plan: &'a Plan) -> StepsByAddress<'a> {
    let mut all = StepsByAddress::new();
    for (written, step) in written.steps.iter().zip(&plan.steps) {
        all.entry(&step.address).or_default().push((written, step));
    }
    all
}

/// What of signing in only one of two plans of the same steps changes.
fn signed_in(was: SignIn, is: SignIn) -> Vec<Moved> {
    let gone = was.changes.iter().filter(|it| !is.changes.contains(it));
    let new = is.changes.iter().filter(|it| !was.changes.contains(it));
    let address = |change: &Change| {
        let family = match change.about {
            About::Brand => BRAND,
            About::Flow => FLOW,
            About::Source => SOURCE,
        };
        Address::named(family, &change.name)
    };
    let moved: BTreeSet<Address> = gone.chain(new).map(address).collect();
    let what = || vec!["what signing in takes".to_owned()];
    moved.into_iter().map(|address| (address, what())).collect()
}

/// The content of a file that is a saved plan of a known format, as it was made.
#[allow(clippy::result_large_err, reason = "boxed by the only caller")]
fn sound(name: &str, text: &str) -> Result<Json, Diagnostic> {
    let reported = |what: &str| Diagnostic::error(Code::BAD_PLAN_FILE, format!("{name} {what}"));
    let none = || reported("is not a saved plan").help("`akrec plan -o FILE` makes one");
    if text.bytes().filter(|byte| *byte == b'{').count() > MAPPINGS {
        let most = format!("a plan file has {MAPPINGS} mappings at most");
        return Err(reported("holds more than a plan file can")
            .note(most)
            .help("plan one part at a time, with --target"));
    }
    let mut content: Json = match serde_json::from_str(text) {
        Ok(content) => content,
        Err(error) if error.is_eof() && !text.trim().is_empty() => {
            return Err(reported("is a truncated plan, or not a plan at all")
                .note(format!("the JSON ends too early: {error}")));
        }
        Err(error) => return Err(none().note(format!("it is not JSON: {error}"))),
    };
    let head = content
        .as_object_mut()
        .and_then(|content| content.remove("akrec"));
    let what = head
        .as_ref()
        .and_then(|head| What::deserialize(head.get("what")?).ok());
    let (Some(head), Some(what)) = (head, what) else {
        return Err(none());
    };
    match head.get("format").and_then(Json::as_u64) {
        Some(FORMAT) => {}
        Some(format) if format > FORMAT => {
            let by = content["made"]["version"]
                .as_str()
                .map(|by| by.chars().take(40).collect::<String>());
            let by = by.map(|by| format!("it was made by akrec {by}"));
            return Err(reported("is a saved plan of a newer format")
                .note(by.unwrap_or_default())
                .help("use that akrec, or plan again"));
        }
        _ => return Err(none().note("its format is not a number that akrec knows")),
    }
    // In place, since the file may be large.
    content.sort_all_objects();
    if head.get("sum").and_then(Json::as_str) != Some(digest(&content.to_string()).as_str()) {
        return Err(reported("was edited or damaged after it was made")
            .note("its checksum does not match its content")
            .help("plan again; a plan file or rollback file is used as it is or not at all"));
    }
    // The head is not part of what the checksum is of; what makes a rollback is that it says what it puts back.
    if what == What::Rollback && content.get("undo").is_none() {
        return Err(reported("is a rollback file without what it restores"));
    }
    Ok(content)
}

fn parse(content: Json) -> Read<(Saved, Sources)> {
    let content: Content = serde_json::from_value(content)
        .map_err(|error| error.to_string().chars().take(SHOWN).collect::<String>())?;
    let mut places = Places::default();
    let mut plan = plan::read(content.plan, &mut places)?;
    let (sources, spans) = places.settle();
    for step in &mut plan.steps {
        step.source = step
            .source
            .and_then(|span| spans.get(span.start as usize).copied().flatten());
    }
    let read_code = |text: &String| {
        let known = CODES
            .iter()
            .map(|(code, _)| *code)
            .find(|code| text == code.as_str());
        known.ok_or_else(|| "it overrides a safety check that this akrec does not know".to_owned())
    };
    let plan_file::Made {
        version,
        at,
        by,
        server,
        workspace,
        environment,
        revision,
    } = content.made;
    let plan_file::Server {
        url,
        release,
        install,
    } = server;
    let saved = Saved {
        made: Made {
            version,
            at,
            by,
            url,
            release,
            install,
            workspace,
            environment,
            revision,
        },
        waived: content.waived.iter().map(read_code).collect::<Read<_>>()?,
        write_secrets: content.write_secrets.into_iter().collect(),
        state: fingerprints::read(content.fingerprints.state)?,
        live: fingerprints::read(content.fingerprints.live)?,
        plan,
        undo: content.undo.map(rollback::read).transpose()?,
        access: content.access.map(access::read).transpose()?,
    };
    Ok((saved, sources))
}

/// Fields that the plan writes and whose values are not in the file, by address.
pub fn secrets(plan: &Plan) -> BTreeSet<(String, String)> {
    let written = |step: &Step| -> Vec<(String, String)> {
        let body = match &step.write {
            crate::plan::Write::Create { body, .. } | crate::plan::Write::Update { body, .. } => {
                body
            }
            crate::plan::Write::Delete | crate::plan::Write::Nothing => return Vec::new(),
        };
        let hidden = plan::concealed(step);
        let names = body
            .iter()
            .filter(|(name, value)| hidden.contains(*name) && !value.is_empty());
        names
            .map(|(name, _)| (step.address.path(), (*name).to_owned()))
            .collect()
    };
    plan.steps.iter().flat_map(written).collect()
}

/// The error that a saved plan is out of date, and why: changes in the files, on the server, and in the steps.
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
    let count = if all.len() == 1 {
        "1 object".to_owned()
    } else {
        format!("{} objects", all.len())
    };
    let message = format!(
        "saved plan is stale: {count} changed since it was made ({})",
        names(&all)
    );
    let mut diagnostic = Diagnostic::error(Code::STALE, message).note("nothing was written");
    for (where_, moved) in [("in the files", files), ("on the server", server)] {
        if !moved.is_empty() {
            diagnostic = diagnostic.note(format!("{where_}: {}", names(moved)));
        }
    }
    Some(diagnostic.help("plan again and review what changed"))
}

fn names(moved: &[Moved]) -> String {
    let shown = moved
        .iter()
        .take(NAMED)
        .map(|(address, what)| format!("{address}: {}", what.join(", ")));
    let mut text = shown.collect::<Vec<_>>().join("; ");
    if moved.len() > NAMED {
        text.push_str(&format!("; and {} more", moved.len() - NAMED));
    }
    text
}

//! The blueprint instances that hold ledgers and leases: their names, and what they say. Pure.
//!
//! Measured on 2026.2: such an instance keeps 100,000 records, its name is unique, the server leaves it alone and syncs
//! it nowhere; a PATCH must carry `content`. Nothing here decides what is owned.

use serde_json::Value as Json;

use super::format::{self, Bad};
use super::held::Held;
use super::items::{ItemOrigin, extend_adding};
use super::ownership::Ledger;
use super::record::{Origin, Other};
use crate::diag::{Code, Diagnostic};
use crate::schema::{Kind, id_text};
use crate::wire::json;
use crate::wire::ledger::Instance;

/// The collection that holds ledgers and leases.
pub(crate) const PATH: &str = "/managed/blueprints/";
const LEDGER: &str = "akrec: ";
const LEASE: &str = "akrec-lock: ";
const ENDED: &str = "akrec-ended: ";
/// A blueprint that does nothing.
const CONTENT: &str = "version: 1\nmetadata:\n  name: akrec\nentries: []\n";

/// Whether a blueprint instance of this name is a ledger or a lease of akrec's, which nobody declares and exports.
pub fn is_akrecs(name: &str) -> bool {
    [LEDGER, LEASE, ENDED]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Whether an object of this kind and name is such an instance.
pub fn is_record(kind: &Kind, name: &str) -> bool {
    kind.path == PATH && is_akrecs(name)
}

/// What the blueprint instances of a server say of the ledgers and leases on it, and of those of this workspace; other
/// instances are skipped.
///
/// Refuses a ledger of our workspace that a newer akrec wrote, or that is none; that of another workspace is then reported
/// and skipped.
pub(crate) fn read(
    workspace: &str,
    instances: &[Json],
) -> Result<(Ledger, Vec<Diagnostic>), Box<Diagnostic>> {
    let mut ledger = Ledger::empty(workspace);
    let mut diagnostics = Vec::new();
    for raw in instances {
        let Some(name) = raw.get("name").and_then(Json::as_str) else {
            continue;
        };
        let context = raw.get("context").unwrap_or(&Json::Null);
        let lease = |workspace: &str| {
            let id = raw.get("pk").and_then(id_text).unwrap_or_default();
            Held::read(id, workspace, context)
        };
        if name.strip_prefix(LEASE) == Some(workspace) {
            ledger.held = Some(lease(workspace));
        } else if ended(name) == Some(workspace) {
            ledger.ended.push(lease(workspace));
        } else if let Some(whose) = name.strip_prefix(LEDGER) {
            match format::read(context) {
                Ok(content) if whose == workspace => {
                    ledger.home = raw.get("pk").and_then(id_text);
                    own(&mut ledger, content);
                    diagnostics.extend(ledger.edited.then(|| edited(name)));
                }
                Ok(content) => others(&mut ledger, content),
                Err(bad) if whose == workspace => {
                    return Err(Box::new(reported(name, bad)));
                }
                Err(bad) => {
                    let mut diagnostic = reported(name, bad);
                    diagnostic.severity = crate::diag::Severity::Warning;
                    diagnostics.push(diagnostic.note("what that workspace owns is unknown"));
                }
            }
        }
    }
    if ledger.edited {
        distrust(&mut ledger);
    }
    collect_pending(&mut ledger);
    Ok((ledger, diagnostics))
}

/// Takes in the content of the workspace's own ledger.
fn own(ledger: &mut Ledger, content: format::Content) {
    ledger.edited = content.edited;
    ledger.records = content.records;
    ledger.kept = content.kept;
    ledger.written = content.pending;
    ledger.written_adding = content.adding;
}

/// Takes in what another workspace owns.
fn others(ledger: &mut Ledger, content: format::Content) {
    let theirs = content.records.into_iter().map(|(at, record)| {
        let other = Other {
            workspace: content.workspace.clone(),
            id: record.id,
        };
        (at, other)
    });
    ledger.others.extend(theirs);
}

/// Records that somebody else has changed may claim too much: whatever they say was created stays.
fn distrust(ledger: &mut Ledger) {
    for record in ledger.records.values_mut() {
        record.origin = Origin::Adopted;
        record
            .items
            .values_mut()
            .flat_map(|items| items.values_mut())
            .for_each(|it| *it = ItemOrigin::Unknown);
    }
    ledger.written.clear();
    ledger.written_adding.clear();
}

/// Collects what runs that are under way or ended early may have created and added.
fn collect_pending(ledger: &mut Ledger) {
    let leases = ledger
        .ended
        .iter()
        .chain(&ledger.held)
        .flat_map(|lease| &lease.creating);
    let pending = ledger
        .written
        .iter()
        .chain(leases)
        .filter(|(address, _)| !ledger.records.contains_key(address));
    ledger.pending = pending
        .map(|(address, pending)| (address.clone(), pending.clone()))
        .collect();
    ledger.adding = ledger.written_adding.clone();
    for lease in ledger.ended.iter().chain(&ledger.held) {
        extend_adding(&mut ledger.adding, &lease.adding);
    }
}

/// The body of an instance; whole every time, since the server wants `path` or `content` in every PATCH.
pub(crate) fn instance(name: String, context: Option<Json>) -> Json {
    json(&Instance {
        name,
        path: String::new(),
        enabled: false,
        content: CONTENT.to_owned(),
        context,
    })
}

/// The body of the instance that holds a ledger.
pub(crate) fn ledger_instance(ledger: &Ledger) -> Json {
    let name = format!("{LEDGER}{}", ledger.workspace);
    instance(name, Some(format::context(ledger)))
}

/// The name of the lease of a workspace.
pub(crate) fn lease_name(workspace: &str) -> String {
    format!("{LEASE}{workspace}")
}

/// The name of a lease whose run ended before its time. Every such lease has a name of its own, since names are unique.
pub(crate) fn ended_name(id: &str, workspace: &str) -> String {
    format!("{ENDED}{id}: {workspace}")
}

/// The workspace of such a lease.
fn ended(name: &str) -> Option<&str> {
    name.strip_prefix(ENDED)?
        .split_once(": ")
        .map(|(_, workspace)| workspace)
}

fn edited(name: &str) -> Diagnostic {
    Diagnostic::warning(
        Code::LEDGER_EDITED,
        format!("the ledger `{name}` was changed by something other than akrec"),
    )
    .note(
        "objects that it lists as created count as adopted, so that nothing is deleted by mistake",
    )
    .help("the next apply rewrites it; use `absent` for objects to be deleted")
}

fn reported(name: &str, bad: Bad) -> Diagnostic {
    match bad {
        Bad::Newer(version) => Diagnostic::error(
            Code::LEDGER_NEWER,
            format!("the ledger `{name}` was written by a newer akrec, {version}"),
        )
        .help("use that version, or a newer one"),
        Bad::Broken(what) => {
            Diagnostic::error(Code::LEDGER_BROKEN, format!("the ledger `{name}` on the server cannot be read"))
                .note(format!("{what}; it is the `context` of the blueprint instance of that name"))
                .help(
                    "restore it, or delete that instance: akrec then adopts everything in the files again and \
                     deletes nothing by itself",
                )
        }
    }
}

//! Applications that end up open to everyone: authentik lets anybody pass where no enabled binding stands. What that
//! means is `access`'s to say.

use std::collections::BTreeMap;

use super::Opening;
use super::afterwards::{Projected, touches_access};
use super::matching::Matched;
use super::rails::Rails;
use super::step::Step;
use crate::access::{Gate, World};
use crate::desired::Object;
use crate::diag::{Code, Diagnostic};
use crate::schema::Release;
use crate::value::Address;

/// Objects with bindings, of kinds whose whole purpose is access, that have no enabled one afterwards and had one
/// before or are new.
pub(super) fn openings(
    release: Release,
    objects: &[Object],
    matched: &Matched,
    steps: &[Step],
    rails: &Rails,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Opening> {
    if !touches_access(steps) {
        return Vec::new();
    }
    // What ends by itself guards nothing for long, so it does not count.
    let read = matched.live.iter().filter(|(address, (_, found))| World::depends_on(address.family) && !found.ends);
    let mut projected = Projected::new(read.map(|(address, (_, found))| (address.clone(), found.fields.clone())));
    let before = World::of(release, projected.objects.iter());
    steps.iter().for_each(|step| projected.take(step));
    let after = World::of(release, projected.objects.iter());
    let declared: BTreeMap<&Address, &Object> = objects.iter().map(|object| (&object.address, object)).collect();
    let mut openings = Vec::new();
    for (address, _) in after.gates.iter().filter(|(_, gate)| gate.is_open()) {
        let was = before.gates.get(address);
        let is_new = was.is_none();
        if was.is_some_and(Gate::is_open) {
            continue;
        }
        openings.push(Opening { address: address.clone(), new: is_new });
        let object = declared.get(address);
        // Of a new one it is a lint that says so.
        if is_new || object.is_some_and(|object| object.open) {
            continue;
        }
        let message = format!("{address} loses its last enabled binding: everyone may open it");
        let diagnostic = Diagnostic::error(Code::OPENS, message);
        let diagnostic = match object {
            Some(object) => diagnostic
                .at(object.span, "open to everyone, superusers or not")
                .help("bind a group, or say that it is meant with `lifecycle: {open: true, reason: …}`"),
            None => diagnostic
                .note("the server takes its bindings along with a group, user or policy that this plan deletes")
                .help("declare the application with other bindings, or keep what is bound to it"),
        };
        rails.refuse(diagnostic, diagnostics);
    }
    openings
}

//! Lists that the server cuts: it counts more objects than it shows to this token.
//!
//! `/rac/endpoints/` is such a list for everyone but superusers (2025.12 to 2026.8): it shows what the token's user may
//! open and counts all. What such a list lacks may exist all the same. So the names that matter are asked for singly, and
//! what the ledger knows is read by its id; what is then still not accounted for makes the kind incomplete.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Reader, again, join};
use crate::client::Error;
use crate::diag::{Code, Diagnostic};
use crate::ledger::Ledger;
use crate::live::{Batch, Cut};
use crate::schema::{Kind, id_text};

/// What was seen of cut lists while reading.
#[derive(Default)]
pub(super) struct Cuts {
    /// By kind.
    kinds: Mutex<BTreeMap<&'static str, Seen>>,
    /// Sets that are read from lists of their own and were cut: the object and how much was shown.
    sets: Mutex<Vec<String>>,
}

/// What was seen of the lists of one kind.
#[derive(Default)]
struct Seen {
    /// By the filter of a list: how many objects it showed and how many it counted.
    lists: BTreeMap<String, (u64, u64)>,
    /// Names that a list filtered by them alone counts none of.
    absent: BTreeSet<String>,
    /// How many objects the lists lacked and their ids in the ledger led to.
    found: u64,
    /// Ids of the ledger that led to nothing.
    gone: BTreeSet<String>,
}

impl Cuts {
    /// Takes in how many objects a list showed and how many it counted.
    pub fn note(&self, kind: &'static Kind, filter: &[(&str, &str)], shown: usize, count: u64) {
        if shown as u64 >= count {
            return;
        }
        let filter: Vec<String> = filter
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut seen = self.seen();
        seen.entry(kind.name)
            .or_default()
            .lists
            .insert(filter.join("&"), (shown as u64, count));
    }

    /// Takes in that no object has this name: its own request says so.
    pub fn note_absent(&self, kind: &'static Kind, name: &str) {
        self.seen()
            .entry(kind.name)
            .or_default()
            .absent
            .insert(name.to_owned());
    }

    /// Whether a list of the kind was cut.
    pub fn has(&self, kind: &Kind) -> bool {
        self.seen()
            .get(kind.name)
            .is_some_and(|seen| !seen.lists.is_empty())
    }

    /// A warning for each of these kinds of which a list was cut: what is read from it is not all there is.
    pub fn warnings<'k>(&self, kinds: impl Iterator<Item = &'k Kind>) -> Vec<Diagnostic> {
        let warn = |kind: &Kind| {
            let reason = self.reason(std::iter::once(kind))?;
            let message = format!("the list of {} is not complete", kind.title());
            Some(
                Diagnostic::warning(Code::CUT_LIST, message)
                    .note(reason)
                    .help("use a token of a superuser"),
            )
        };
        kinds.filter_map(warn).collect()
    }

    /// Why what was read of these kinds does not suffice; `None` if no list of them was cut.
    pub fn reason<'k>(&self, kinds: impl Iterator<Item = &'k Kind>) -> Option<String> {
        let seen = self.seen();
        let mut cut =
            kinds.filter_map(|kind| Some((kind, seen.get(kind.name)?.lists.values().next()?)));
        let (kind, (shown, count)) = cut.next()?;
        Some(format!(
            "GET {} shows {shown} of {count} objects to this token",
            kind.path
        ))
    }

    /// Takes in how much a list showed in which a set of one object is read.
    pub fn note_set(&self, object: &str, path: &str, shown: usize, count: u64) {
        if (shown as u64) < count {
            let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
            sets.push(format!("GET {path} shows {shown} of {count} for {object}"));
        }
    }

    /// The first set that was cut, in words.
    pub fn cut_set(&self) -> Option<String> {
        self.sets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .first()
            .cloned()
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<&'static str, Seen>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader<'_> {
    /// Reads by their ids the objects of cut lists that the ledger knows, and gives what the lists still lack.
    pub(super) async fn look_again(
        &self,
        ledger: &Ledger,
        batches: &mut Vec<Batch>,
    ) -> Result<BTreeMap<&'static str, Cut>, Error> {
        let cut: Vec<&'static str> = {
            let seen = self.cuts.seen();
            seen.iter()
                .filter(|(_, seen)| !seen.lists.is_empty())
                .map(|(name, _)| *name)
                .collect()
        };
        let mut cuts = BTreeMap::new();
        for name in cut {
            let known: BTreeSet<String> = batches
                .iter()
                .filter(|batch| batch.kind.name == name)
                .flat_map(|batch| {
                    batch
                        .objects
                        .iter()
                        .filter_map(|raw| raw.get(batch.kind.pk).and_then(id_text))
                })
                .collect();
            let looked_for = self
                .cuts
                .seen()
                .get(name)
                .map(|seen| seen.gone.clone())
                .unwrap_or_default();
            // An object is read by the id in its URL; only where references carry the same one does the ledger have it.
            let records = ledger
                .records
                .values()
                .filter(|record| record.kind.name == name);
            let records = records.filter(|record| record.kind.id == record.kind.pk);
            let records = records
                .filter(|record| !known.contains(&record.id) && !looked_for.contains(&record.id));
            let asked = join(records.map(async |record| {
                (
                    record.kind,
                    record.id.clone(),
                    again(self.client, record.kind, &record.id).await,
                )
            }));
            let (mut found, mut gone) = (0, BTreeSet::new());
            for (kind, id, answer) in asked.await {
                match answer {
                    Ok(Some(object)) => {
                        found += 1;
                        batches.push(Batch {
                            kind,
                            objects: vec![object],
                        });
                    }
                    Ok(None) => drop(gone.insert(id)),
                    Err(error) if error.is_forbidden() => {}
                    Err(error) => return Err(error),
                }
            }
            let mut seen = self.cuts.seen();
            let Some(seen) = seen.get_mut(name) else {
                continue;
            };
            seen.found += found;
            seen.gone.extend(gone);
            let shown: u64 = seen.lists.values().map(|(shown, _)| shown).sum();
            let count: u64 = seen.lists.values().map(|(_, count)| count).sum();
            if shown + seen.found < count {
                let (absent, gone) = (seen.absent.clone(), seen.gone.clone());
                cuts.insert(
                    name,
                    Cut {
                        shown: shown + seen.found,
                        count,
                        absent,
                        gone,
                    },
                );
            }
        }
        Ok(cuts)
    }
}

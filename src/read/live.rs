//! All that a plan needs, read a step after another: each step asks for what the ones before it have brought up.
//!
//! The order of the steps stands here, in [`plan`]. What a step needs is said by `needs`, and how it is read by `lists`,
//! `members` and `safety`; nothing here knows a path.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use serde_json::Value as Json;

use super::lists;
use super::needs::{self, Needs};
use super::{Need, Problem, Reader, Server, join, lacks_permission};
use crate::access::World;
use crate::client::{Client, Error, ErrorKind, Page};
use crate::desired::Desired;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::ledger::Ledger;
use crate::live::{Batch, Live, Question};
use crate::plan::{Draft, Options, Plan};
use crate::schema::Kind;

/// How often one answer may lead to the next question.
const ROUNDS: usize = 5;
/// How deep children lie: those of plain objects, and those of children.
const GENERATIONS: usize = 2;

/// The live state, and the plan made from it.
pub struct Read {
    /// The live state.
    pub live: Live,
    /// The diagnostics about it.
    pub found: Vec<Diagnostic>,
    /// The plan, if there can be one.
    pub plan: Option<Plan>,
    /// The diagnostics of the plan.
    pub planned: Vec<Diagnostic>,
}

/// Reads all that a plan for `desired` needs, and makes it: what has to be read depends on what the plan would do.
pub async fn plan(
    client: &Client,
    server: &Server,
    desired: &Desired,
    ledger: &Ledger,
    options: &Options,
) -> Result<Read, Problem> {
    let mut gathering = Gathering::new(Reader::new(client, server), desired, ledger);
    let first_pages = gathering.read_named().await?;
    gathering.read_unexplained().await?;
    gathering.read_elsewhere().await?;
    gathering.read_whole_lists().await?;
    gathering.read_vague().await?;
    gathering.read_taken_along().await?;
    gathering.look_again().await?;
    gathering.read_children(first_pages).await?;
    gathering.read_members().await?;
    gathering.read_unknown_ids().await?;
    let untold = gathering.read_users().await?;
    let (plan, planned) = gathering.plan(options).await?;
    let (live, mut found) = gathering.finish();
    found.extend(untold);
    Ok(Read {
        live,
        found,
        plan,
        planned,
    })
}

/// The answers that have been read so far, and the inputs that they are read for.
struct Gathering<'a> {
    reader: Reader<'a>,
    desired: &'a Desired,
    ledger: &'a Ledger,
    needs: Needs<'a>,
    /// As the server sent it.
    batches: Vec<Batch>,
    /// Kinds with every object read.
    whole: BTreeSet<&'static str>,
    /// Ids that were looked for, by family.
    looked_for: BTreeSet<(&'static str, String)>,
    /// Objects that were read again with fields that the plan does not compare.
    beside: Vec<(&'static Kind, Json)>,
    /// Batches were dropped since the last decoding.
    dropped: bool,
    /// The same decoded, and what is asked beside objects.
    live: Live,
    /// What decoding found.
    found: Vec<Diagnostic>,
}

impl<'a> Gathering<'a> {
    fn new(reader: Reader<'a>, desired: &'a Desired, ledger: &'a Ledger) -> Gathering<'a> {
        let release = reader.server.release;
        let (mut live, found) = Live::build(release, &[]);
        live.me = Some(reader.server.me());
        let needs = Needs::new(desired, ledger, release);
        let (batches, whole, looked_for) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        Gathering {
            reader,
            desired,
            ledger,
            needs,
            batches,
            whole,
            looked_for,
            beside: Vec::new(),
            dropped: false,
            live,
            found,
        }
    }

    /// Takes in what was read. Batches without objects change nothing that is decoded.
    fn add(&mut self, batches: Vec<Batch>) {
        let more = batches.iter().any(|batch| !batch.objects.is_empty());
        let known = self.batches.len();
        let trimmed = batches
            .into_iter()
            .map(|batch| Batch::trimmed(batch.kind, batch.objects));
        self.batches.extend(trimmed);
        if self.dropped {
            self.decode();
        } else if more {
            match self.live.add(&self.batches[known..]) {
                Some(found) => {
                    self.found.extend(found);
                    self.forget_gone();
                }
                None => self.decode(),
            }
        }
    }

    /// A kind is read whole: what was read of it before is dropped.
    fn set_whole(&mut self, kind: &'static Kind) {
        let before = self.batches.len();
        self.batches.retain(|batch| batch.kind != kind);
        self.dropped |= self.batches.len() < before;
        self.whole.insert(kind.name);
    }

    /// Leaves out permissions on objects that were looked for and are still not known.
    fn forget_gone(&mut self) {
        let looked_for = &self.looked_for;
        self.live
            .forget_permissions_on(&|kind, id| looked_for.contains(&(kind.family, id.to_owned())));
    }

    /// Decodes all that was read again. Answers that were asked beside objects stay.
    fn decode(&mut self) {
        let (live, found) = Live::build(self.reader.server.release, &self.batches);
        let known = std::mem::replace(&mut self.live, live);
        self.dropped = false;
        self.forget_gone();
        self.live.unreadable = known.unreadable;
        self.live.cut = known.cut;
        self.live.referrers = known.referrers;
        self.live.me = known.me;
        self.live.answered = known.answered;
        for (kind, raw) in &self.beside {
            if let Ok(found) = self.live.object(kind, raw) {
                self.live.beside.insert(found.address, found.fields);
            }
        }
        self.found = found;
    }

    /// Reads the objects that the files and the ledger name. Also gives the first pages of lists that are going to be
    /// read whole: a list that many owners have is read whole in the end, so its first page need not wait for theirs.
    async fn read_named(&mut self) -> Result<BTreeMap<&'static str, Page>, Problem> {
        let reader = &self.reader;
        let named = self
            .needs
            .named
            .iter()
            .map(|(kind, need)| reader.named(kind, need));
        let first_pages = self.needs.of_many().into_iter();
        let first_pages =
            first_pages.map(async |kind| Some((kind.name, reader.page(kind, &[]).await.ok()?)));
        let (results, first_pages) = tokio::join!(join(named), join(first_pages));
        let mut batches = Vec::new();
        for ((kind, need), result) in self.needs.named.iter().zip(results) {
            match result {
                Ok((objects, all)) => {
                    batches.push(Batch { kind, objects });
                    self.whole.extend(all.then_some(kind.name));
                }
                Err(error) if lacks_permission(&error) && need.only_referred => {
                    self.live.unreadable.insert(kind.family, error.what());
                }
                Err(error) => return Err(refused(kind, error, self.desired)),
            }
        }
        self.add(batches);
        Ok(first_pages.into_iter().flatten().collect())
    }

    /// Names that only a family's own collection can explain.
    async fn read_unexplained(&mut self) -> Result<(), Problem> {
        let unexplained = self.needs.unexplained(&self.live);
        let results = join(
            unexplained
                .iter()
                .map(|(kind, need)| self.reader.named(kind, need)),
        )
        .await;
        let mut batches = Vec::new();
        for ((kind, _), result) in unexplained.iter().zip(results) {
            match result {
                Ok((objects, _)) => batches.push(Batch { kind, objects }),
                Err(error) if lacks_permission(&error) => {
                    self.live.unreadable.insert(kind.family, error.what());
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.add(batches);
        Ok(())
    }

    /// Objects that were applied and are not found under their names: they may have other names now.
    async fn read_elsewhere(&mut self) -> Result<(), Problem> {
        let elsewhere = self.needs.elsewhere(&self.live);
        let elsewhere = elsewhere
            .into_iter()
            .filter(|(kind, _)| !self.whole.contains(kind.name));
        let asked =
            join(elsewhere.map(async |(kind, id)| (kind, self.reader.by_id(kind, id).await))).await;
        let batches = asked.into_iter().map(|(kind, objects)| {
            Ok(Batch {
                kind,
                objects: objects?,
            })
        });
        let batches = batches.collect::<Result<_, Error>>()?;
        self.add(batches);
        Ok(())
    }

    /// Lists that a plan has to know completely: the mappings that a new object is given where the files name none, and
    /// the others of a kind where only one object may have what is declared.
    async fn read_whole_lists(&mut self) -> Result<(), Problem> {
        let release = self.reader.server.release;
        let wanted = self
            .needs
            .preselected(&self.live, release)
            .into_iter()
            .map(|kind| (kind, true));
        let wanted = wanted.chain(self.needs.lasting().into_iter().map(|kind| (kind, true)));
        let wanted = wanted.chain(
            self.needs
                .rivals(&self.live)
                .into_iter()
                .map(|kind| (kind, false)),
        );
        let mut unread: Vec<(&'static Kind, bool)> = Vec::new();
        for (kind, can_do_without) in wanted.filter(|(kind, _)| !self.whole.contains(kind.name)) {
            if unread.iter().all(|(known, _)| *known != kind) {
                unread.push((kind, can_do_without));
            }
        }
        let everything = Need::everything();
        let results = join(
            unread
                .iter()
                .map(|(kind, _)| self.reader.named(kind, &everything)),
        )
        .await;
        let mut batches = Vec::new();
        for ((kind, can_do_without), result) in unread.into_iter().zip(results) {
            match result {
                Ok((objects, _)) => {
                    batches.push(Batch { kind, objects });
                    self.set_whole(kind);
                }
                Err(error) if lacks_permission(&error) && can_do_without => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.add(batches);
        Ok(())
    }

    /// Reads objects of a mixed family that are deleted, by their kind: so far only their names are known.
    async fn read_vague(&mut self) -> Result<(), Problem> {
        let going = self.needs.going(&self.live).into_iter();
        let vague = going.filter(|found| kinds::outside(found.kind.family) == Some(found.kind));
        let mut wanted: BTreeMap<&str, (&'static Kind, BTreeMap<&str, Option<&str>>)> =
            BTreeMap::new();
        for found in vague {
            if let Some(kind) = found.model.as_deref().and_then(kinds::by_model) {
                let (_, ids) = wanted.entry(kind.name).or_insert((kind, BTreeMap::new()));
                ids.insert(&found.id, found.address.name());
            }
        }
        let reader = &self.reader;
        let asked = join(wanted.into_values().map(async |(kind, ids)| {
            reader
                .some(kind, &ids, lists::MANY)
                .await
                .map(|objects| Batch { kind, objects })
        }));
        let batches = asked.await.into_iter().collect::<Result<_, Error>>()?;
        self.add(batches);
        Ok(())
    }

    /// The dependents that the server deletes along with deleted objects, unless they have been read whole already.
    async fn read_taken_along(&mut self) -> Result<(), Problem> {
        let can_list = |kind: &Kind| self.reader.server.superuser || !kind.superuser_list;
        let taken = self.needs.cascades(&self.live).into_iter();
        let taken: Vec<_> = taken
            .filter(|kind| !self.whole.contains(kind.name) && can_list(kind))
            .collect();
        let everything = Need::everything();
        let results = join(
            taken
                .iter()
                .map(|kind| self.reader.named(kind, &everything)),
        )
        .await;
        let mut batches = Vec::new();
        for (kind, result) in taken.into_iter().zip(results) {
            batches.push(Batch {
                kind,
                objects: result?.0,
            });
            self.set_whole(kind);
        }
        self.add(batches);
        Ok(())
    }

    /// What belongs to the objects that are there, such as bindings.
    async fn read_children(
        &mut self,
        mut first_pages: BTreeMap<&'static str, Page>,
    ) -> Result<(), Problem> {
        for _ in 0..GENERATIONS {
            let read: BTreeSet<&str> = self.batches.iter().map(|batch| batch.kind.name).collect();
            let children = self.needs.children(&self.live, &read);
            let asked = children.iter().map(|(kind, owners)| {
                let first_page = first_pages.remove(kind.name);
                self.reader.children_after(kind, owners, first_page)
            });
            let results = join(asked).await;
            let mut batches = Vec::new();
            for ((kind, _), result) in children.iter().zip(results) {
                let (objects, all) = result?;
                batches.push(Batch { kind, objects });
                self.whole.extend(all.then_some(kind.name));
            }
            self.add(batches);
            self.look_again().await?;
        }
        Ok(())
    }

    /// What lists lack that the server cuts.
    async fn look_again(&mut self) -> Result<(), Problem> {
        let before = self.batches.len();
        let cut = self
            .reader
            .look_again(self.ledger, &mut self.batches)
            .await?;
        if self.batches.len() > before {
            self.decode();
        }
        self.whole.retain(|name| !cut.contains_key(name));
        self.live.cut = cut;
        Ok(())
    }

    /// Sets that answers lack.
    async fn read_members(&mut self) -> Result<(), Problem> {
        if !self.needs.members.is_empty() {
            self.reader.members(&self.needs, &mut self.batches).await?;
            self.decode();
        }
        Ok(())
    }

    /// Ids that nothing explains, and what may have been meant by names that nothing has.
    async fn read_unknown_ids(&mut self) -> Result<(), Problem> {
        let unknown = self.needs.unknown_ids(&self.live);
        let mut batches = self
            .reader
            .ids(
                unknown.clone(),
                self.needs.going(&self.live).len() >= lists::MANY,
            )
            .await?;
        for batch in &batches {
            let ids = unknown.get(batch.kind.family).into_iter().flatten();
            self.looked_for
                .extend(ids.map(|id| (batch.kind.family, id.clone())));
        }
        batches.extend(self.reader.hints(&self.needs.unresolved(&self.live)).await);
        self.add(batches);
        self.forget_gone();
        Ok(())
    }

    /// The referrers of objects that are deleted. Gives the diagnostics where the server does not list them.
    async fn read_users(&mut self) -> Result<Vec<Diagnostic>, Problem> {
        let (referrers, untold) = self.reader.referrers(&self.needs.going(&self.live)).await?;
        self.live.referrers = referrers;
        // Dependents without a name of their own are identified by the objects that they join, which takes a look-up.
        let strangers = self
            .reader
            .ids(needs::strangers(&self.live.referrers, &self.live), false)
            .await?;
        if !strangers.is_empty() {
            let kinds: Vec<&str> = strangers.iter().map(|batch| batch.kind.name).collect();
            self.add(strangers);
            let joined = self
                .reader
                .ids(needs::joined(&self.live, &kinds), false)
                .await?;
            self.add(joined);
        }
        Ok(untold)
    }

    /// Makes the plan. What only its safety checks need to know is read before, and only if this plan may take something
    /// away.
    async fn plan(
        &mut self,
        options: &Options,
    ) -> Result<(Option<Plan>, Vec<Diagnostic>), Problem> {
        let mut round = 0;
        loop {
            let draft = Draft::new(self.desired, &self.live, self.ledger, options);
            let questions = draft.questions();
            if questions.is_empty() || round == ROUNDS {
                return Ok(draft.finish());
            }
            drop(draft);
            self.answer(questions).await?;
            round += 1;
        }
    }

    /// Asks the server what the safety checks must know.
    async fn answer(&mut self, questions: BTreeSet<Question>) -> Result<(), Problem> {
        let is_whole = |batch: &&Batch| self.whole.contains(batch.kind.name);
        let whole: Vec<&Batch> = self.batches.iter().filter(is_whole).collect();
        let asked = questions
            .iter()
            .map(|question| self.reader.answer(question, &whole));
        let results = join(asked).await;
        let mut batches = Vec::new();
        for (question, result) in questions.into_iter().zip(results) {
            let why_not = match result {
                Ok(more) => {
                    let why_not = self.reader.cuts.reason(more.iter().map(|batch| batch.kind));
                    // Answers of whole lists replace what was read of them before.
                    if matches!(
                        question,
                        Question::Applications | Question::DefaultAccess | Question::SignIn
                    ) {
                        for kind in more.iter().map(|batch| batch.kind) {
                            self.set_whole(kind);
                        }
                    }
                    if let Question::Permissions(_) = question {
                        for batch in &more {
                            let objects = batch.objects.iter().cloned();
                            self.beside.extend(objects.map(|raw| (batch.kind, raw)));
                        }
                    }
                    batches.extend(more);
                    why_not
                }
                // What changes of signing in is then not known, and the plan says so; it stands without.
                Err(error)
                    if error.is_forbidden()
                        || (question == Question::SignIn && error.status().is_some()) =>
                {
                    Some(error.what())
                }
                Err(error) => return Err(error.into()),
            };
            self.live.answered.insert(question, why_not);
        }
        self.add(batches);
        Ok(())
    }

    /// Gives the live state, with the lists that decide about access as they came: reading access next needs no new
    /// requests.
    fn finish(mut self) -> (Live, Vec<Diagnostic>) {
        // Further answers for a kind that was read whole come after the whole list.
        for batch in self
            .batches
            .into_iter()
            .filter(|batch| self.whole.contains(batch.kind.name))
        {
            if World::depends_on(batch.kind.family) {
                self.live
                    .lists
                    .entry(batch.kind.name)
                    .or_insert(batch.objects);
            }
        }
        self.live.totals = self
            .reader
            .totals
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        (self.live, self.found)
    }
}

/// Why a kind could not be read. One that the files describe may not be there at all, which they should know; where it
/// takes a permission of its own, the refusal names it.
fn refused(kind: &Kind, error: Error, desired: &Desired) -> Problem {
    let place = desired
        .raw
        .iter()
        .find(|raw| raw.kind == kind)
        .map(|raw| raw.span);
    let answered = !error.is_connection() || matches!(error.kind, ErrorKind::Shape { .. });
    match (place, kind.permissions) {
        (Some(span), _) if !error.is_auth() && answered => Problem::Diagnostic(
            Diagnostic::error(Code::RAW_COLLECTION, format!("the server has no collection {}", kind.path))
                .at(span, "declared here")
                .note(format!("GET {}: {}", kind.path, error.what()))
                .help("`akrec kinds --check` lists the collections that the server has and akrec does not know"),
        ),
        (_, Some(rights)) if lacks_permission(&error) => Problem::Diagnostic(
            Diagnostic::error(Code::PERMISSION, format!("the token may not read {}", kind.title()))
                .note(format!("GET {} needs the permission {}", kind.path, rights.view))
                .help(format!("give it to a role of the token's user, or remove {} from the files", kind.title())),
        ),
        _ => error.into(),
    }
}

//! Reads from the server what a plan needs, and no more: per kind in play the cheaper of pages and single reads.
//!
//! It only reads. A page of 100 costs the server as much as 10 to 20 single reads, and the first page tells how many
//! there are; so the first page is read where more than one object is wanted, and the rest singly where that is fewer.

mod access;
mod audit;
mod everything;
mod invitations;
mod lists;
mod members;
mod needs;
mod overview;
mod registration;
mod safety;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all as join;
use serde_json::Value as Raw;

use crate::access::World;
use crate::client::{Client, Error, Page, segment};
use crate::desired::Desired;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::ledger::Ledger;
use crate::live::{Batch, Found, Live};
use crate::plan;
use crate::schema::{Kind, RELEASES, Release, WayIn, id_text};
use crate::value::Address;
pub use access::access;
pub use audit::attribute;
pub use everything::everything;
pub use invitations::{Door, Invitation, collection, door, invitations};
use needs::Needs;
pub use overview::overview;
pub use registration::{APPLICATION, Redirect, Registration, registration};
pub use verify::{End, Probe, Verified, verify};

/// How often one answer may lead to the next question.
const ROUNDS: usize = 5;

/// Which server this is, and as whom we talk to it.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where, without `/api/v3`.
    pub url: String,
    /// As it says it, with the patch level.
    pub version: String,
    /// The release that it is treated as.
    pub release: Release,
    /// The token's user.
    pub user: String,
    /// Whether that user is a superuser.
    pub superuser: bool,
    /// The user's id.
    pub user_id: i64,
}

impl Server {
    /// Whose token it is: the address and the id.
    fn me(&self) -> (Address, String) {
        let kind = kinds::KINDS.iter().find(|kind| matches!(kind.way_in, Some(WayIn::User { .. })));
        (Address::named(kind.map_or("user", |kind| kind.family), &self.user), self.user_id.to_string())
    }
}

/// Asks the server which release it is and whose token this is. Warns of a newer release than akrec knows.
///
/// Refuses a server that is older than the oldest release that akrec knows, or whose version is no release.
pub async fn server(client: &Client) -> Result<(Server, Vec<Diagnostic>), Problem> {
    let (version, me) = tokio::join!(client.version(), client.me());
    // Not the first of both that fails: the same trouble is told in the same words.
    let (version, me) = (version?, me?);
    let oldest = RELEASES[0];
    let newest = RELEASES[RELEASES.len() - 1];
    let Some(release) = Release::parse(&version).filter(|release| *release >= oldest) else {
        return Err(Problem::Told(
            Diagnostic::error(Code::OLD_RELEASE, format!("authentik {version} is not supported"))
                .note(format!("akrec knows {oldest} to {newest}"))
                .help("upgrade the server"),
        ));
    };
    let mut diagnostics = Vec::new();
    if release > newest {
        diagnostics.push(
            Diagnostic::warning(Code::NEW_RELEASE, format!("authentik {version} is newer than this akrec"))
                .note("fields and kinds that it has learnt since cannot be declared, and are left alone".to_string())
                .help("look for a newer akrec"),
        );
    }
    let server = Server {
        url: client.base_url().to_owned(),
        version,
        // Not the newest known one: fields that are known to come later are judged by their own gates.
        release,
        user: me.username,
        superuser: me.is_superuser,
        user_id: me.pk,
    };
    Ok((server, diagnostics))
}

/// Why reading failed.
#[derive(Debug)]
pub enum Problem {
    /// The server could not be talked to, or refused.
    Client(Error),
    /// Something else, already in words.
    Told(Diagnostic),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::Client(error)
    }
}

/// Reads all that a plan for `desired` needs.
pub async fn live(
    client: &Client,
    server: &Server,
    desired: &Desired,
    ledger: &Ledger,
) -> Result<(Live, Vec<Diagnostic>), Problem> {
    let reader = Reader { client, server };
    let needs = Needs::new(desired, ledger, server.release);
    let mut unreadable = BTreeMap::new();
    let mut batches: Vec<Batch> = Vec::new();
    let mut whole: BTreeSet<&str> = BTreeSet::new();

    let named = needs.named.iter().map(|(kind, need)| reader.named(kind, need));
    // What many owners have is listed whole in the end: its first page need not wait for theirs.
    let early = needs.of_many().into_iter();
    let early = join(early.map(async |kind| Some((kind.name, reader.page(kind, &[]).await.ok()?))));
    let (results, early) = tokio::join!(join(named), early);
    let mut early: BTreeMap<&str, Page> = early.into_iter().flatten().collect();
    for ((kind, need), result) in needs.named.iter().zip(results) {
        match result {
            Ok((objects, all)) => {
                batches.push(Batch { kind, objects });
                whole.extend(all.then_some(kind.name));
            }
            Err(error) if error.is_auth() && error.status() == Some(403) && need.only_referred => {
                unreadable.insert(kind.family, error.what());
            }
            Err(error) => return Err(refused(kind, error, desired)),
        }
    }
    // Names that only a family's own collection can explain.
    let (partial, _) = Live::build(server.release, &batches);
    let outside = needs.unexplained(&partial);
    let results = join(outside.iter().map(|(kind, names)| reader.named(kind, names))).await;
    for ((kind, _), result) in outside.iter().zip(results) {
        match result {
            Ok((objects, _)) => batches.push(Batch { kind, objects }),
            Err(error) if error.is_auth() && error.status() == Some(403) => {
                unreadable.insert(kind.family, error.what());
            }
            Err(error) => return Err(error.into()),
        }
    }
    // What was applied and is not found under its name may have another one now.
    let (partial, _) = Live::build(server.release, &batches);
    let elsewhere = needs.elsewhere(&partial).into_iter().filter(|(kind, _)| !whole.contains(kind.name));
    let found = join(elsewhere.map(async |(kind, id)| (kind, reader.by_id(kind, id).await))).await;
    for (kind, objects) in found {
        batches.push(Batch { kind, objects: objects? });
    }
    // What goes is read as what it is: of a mixed family only the name is known so far.
    let (partial, _) = Live::build(server.release, &batches);
    let vague = needs.going(&partial).into_iter().filter(|found| kinds::outside(found.kind.family) == Some(found.kind));
    let vague = vague.filter_map(|found| Some((kinds::by_model(found.model.as_deref()?)?, found.id.clone())));
    let asked = join(vague.map(async |(kind, id)| (kind, again(client, kind, &id).await))).await;
    for (kind, object) in asked {
        batches.push(Batch { kind, objects: object?.into_iter().collect() });
    }
    // What the server takes along with what is deleted, unless it has been read whole already.
    let (partial, _) = Live::build(server.release, &batches);
    let can_list = |kind: &Kind| server.superuser || !kind.superuser_list;
    let taken = needs.taken_along(&partial).into_iter();
    let taken: Vec<_> = taken.filter(|kind| !whole.contains(kind.name) && can_list(kind)).collect();
    let everything = Need::everything();
    let results = join(taken.iter().map(|kind| reader.named(kind, &everything))).await;
    for (kind, result) in taken.iter().zip(results) {
        batches.retain(|batch| batch.kind != *kind);
        batches.push(Batch { kind, objects: result?.0 });
        whole.insert(kind.name);
    }
    // Children: first those of plain objects, then those of children.
    for _ in 0..2 {
        let (partial, _) = Live::build(server.release, &batches);
        let read: BTreeSet<&str> = batches.iter().map(|batch| batch.kind.name).collect();
        let children = needs.children(&partial, &read);
        if children.is_empty() {
            break;
        }
        let asked = children.iter().map(|(kind, owners)| (kind, owners, early.remove(kind.name)));
        let asked: Vec<_> = asked.collect();
        let asked = asked.into_iter().map(|(kind, owners, first)| reader.children_after(kind, owners, first));
        for ((kind, _), result) in children.iter().zip(join(asked).await) {
            let (objects, all) = result?;
            batches.push(Batch { kind, objects });
            whole.extend(all.then_some(kind.name));
        }
    }
    reader.members(&needs, &mut batches).await?;
    let (mut partial, mut diagnostics) = Live::build(server.release, &batches);
    let mut more = reader.ids(needs.unknown_ids(&partial)).await?;
    more.extend(reader.hints(&needs.unresolved(&partial)).await);
    if !more.is_empty() {
        batches.extend(more);
        (partial, diagnostics) = Live::build(server.release, &batches);
    }
    let (users, untold) = reader.users(&needs.going(&partial)).await?;
    // What goes along and has no name of its own is known by what it joins, which takes looking it up.
    let strangers = reader.ids(needs::strangers(&users, &partial)).await?;
    if !strangers.is_empty() {
        let kinds: Vec<&str> = strangers.iter().map(|batch| batch.kind.name).collect();
        batches.extend(strangers);
        (partial, _) = Live::build(server.release, &batches);
        batches.extend(reader.ids(needs::joined(&partial, &kinds)).await?);
        (partial, diagnostics) = Live::build(server.release, &batches);
    }
    partial.unreadable = unreadable;
    partial.users = users;
    partial.me = Some(server.me());
    // What only the rails need to know, and only if this plan may take something away.
    for _ in 0..ROUNDS {
        let questions = plan::questions(desired, &partial, ledger);
        if questions.is_empty() {
            break;
        }
        let results = join(questions.iter().map(|question| reader.answer(question))).await;
        let mut answered = std::mem::take(&mut partial.answered);
        for (question, result) in questions.into_iter().zip(results) {
            let why = match result {
                Ok(more) => {
                    batches.extend(more);
                    None
                }
                Err(error) if error.status() == Some(403) => Some(error.what()),
                Err(error) => return Err(error.into()),
            };
            answered.insert(question, why);
        }
        let known = partial;
        (partial, diagnostics) = Live::build(server.release, &batches);
        partial.unreadable = known.unreadable;
        partial.me = known.me;
        partial.users = known.users;
        partial.answered = answered;
    }
    // Of a kind that was read whole, further answers come after that.
    for batch in batches.into_iter().filter(|batch| whole.contains(batch.kind.name)) {
        if World::depends_on(batch.kind.family) {
            partial.lists.entry(batch.kind.name).or_insert(batch.objects);
        }
    }
    diagnostics.extend(untold);
    Ok((partial, diagnostics))
}

/// Why a kind could not be read. One that the files describe may not be there at all, which they should know; where it
/// takes a permission of its own, the refusal names it.
fn refused(kind: &Kind, error: Error, desired: &Desired) -> Problem {
    let place = desired.raw.iter().find(|raw| raw.kind == kind).map(|raw| raw.span);
    match (place, kind.rights) {
        (Some(span), _) if !error.is_auth() && !error.is_connection() => Problem::Told(
            Diagnostic::error(Code::RAW_COLLECTION, format!("the server has no collection {}", kind.path))
                .at(span, "declared here")
                .note(format!("GET {}: {}", kind.path, error.what()))
                .help("`akrec kinds --check` lists the collections that the server has and akrec does not know"),
        ),
        (_, Some(rights)) if error.is_auth() && error.status() == Some(403) => Problem::Told(
            Diagnostic::error(Code::PERMISSION, format!("the token may not read {}", kind.title()))
                .note(format!("GET {} takes the permission {}", kind.path, rights.view))
                .help(format!("give it to a role of the token's user, or leave {} out of the files", kind.title())),
        ),
        _ => error.into(),
    }
}

/// The path of an object: below its collection, or that itself for what there is only one of.
pub fn path(kind: &Kind, id: &str) -> String {
    if kind.is_single() { kind.path.to_owned() } else { format!("{}{}/", kind.path, segment(id)) }
}

/// Reads one object again, as apply does before each write; `None` if it is gone.
pub async fn again(client: &Client, kind: &'static Kind, id: &str) -> Result<Option<Raw>, Error> {
    if kind.flat {
        let all = client.array(kind.path, kind.query).await?;
        return Ok(all.into_iter().find(|raw| raw.get(kind.id).and_then(id_text).as_deref() == Some(id)));
    }
    client.find(&path(kind, id), kind.query).await
}

/// Reads one object by its natural key, for settling whether a write was done; `None` if there is none.
///
/// `owner` is the id of the object that a child belongs to.
pub async fn by_key(
    client: &Client,
    server: &Server,
    live: &Live,
    kind: &'static Kind,
    address: &Address,
    owner: Option<&str>,
) -> Result<Option<Found>, Error> {
    let reader = Reader { client, server };
    let candidates = match (address.name(), owner) {
        _ if kind.is_single() => reader.only(kind).await?,
        (Some(name), _) => reader.one(kind, name).await?,
        (None, Some(owner)) => reader.children(kind, &[owner.to_owned()]).await?,
        (None, None) => Vec::new(),
    };
    let mut found = candidates.iter().filter_map(|raw| live.object(kind, raw).ok());
    Ok(found.find(|found| found.address == *address))
}

/// What is wanted of one kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Need {
    /// By natural key.
    pub names: BTreeSet<String>,
    /// All of them: names may be aliases, for which there is no exact read.
    pub all: bool,
    /// Nothing of the kind is declared; it is only looked up for references.
    pub only_referred: bool,
}

impl Need {
    fn everything() -> Need {
        Need { all: true, ..Need::default() }
    }
}

struct Reader<'a> {
    client: &'a Client,
    server: &'a Server,
}

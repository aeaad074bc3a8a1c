//! Reads from the server what a plan needs, and no more: per kind in play the cheaper of pages and single reads.
//!
//! It only reads. A page of 100 costs the server as much as 10 to 20 single reads, and the first page shows how many
//! objects there are; so the first page is read where more than one object is needed, and the rest singly where that is
//! fewer.

mod access;
mod audit;
mod canary;
mod cuts;
mod entrances;
mod everything;
mod invitations;
mod lists;
mod live;
mod members;
mod needs;
mod outposts;
mod overview;
mod privileges;
mod registration;
mod safety;
mod sign_in;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures_util::future::join_all as join;
use serde_json::Value as Json;

use crate::client::{Client, Error, Page, segment};
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::live::Found;
use crate::schema::{Find, Keying, Kind, RELEASES, Release, WayIn, id_text};
use crate::value::Address;
pub use access::access;
pub use audit::attribute;
pub use canary::{Canary, canary};
pub use entrances::{Entrance, entrances};
pub use everything::everything;
pub use invitations::{Door, collection, door, invitations};
pub use live::{Read, plan};
pub use outposts::outposts;
pub use overview::overview;
pub use privileges::{Privileges, privileges};
pub use registration::registration;
pub use sign_in::sign_in;
pub use verify::verify;

/// The server, and the user whose token is used.
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
    /// The user of the token: the address and the id.
    fn me(&self) -> (Address, String) {
        let kind = kinds::KINDS
            .iter()
            .find(|kind| matches!(kind.way_in, Some(WayIn::User { .. })));
        (
            Address::named(kind.map_or("user", |kind| kind.family), &self.user),
            self.user_id.to_string(),
        )
    }
}

/// Asks the server which release it is and whose token this is. Warns of a newer release than akrec knows.
///
/// Refuses a server that is older than the oldest release that akrec knows, or whose version is not a release.
pub async fn server(client: &Client) -> Result<(Server, Vec<Diagnostic>), Problem> {
    let (version, me) = tokio::join!(client.version(), client.me());
    // Not the first of both that fails: the same problem is always reported with the same text.
    let (version, me) = (version?, me?);
    let oldest = RELEASES[0];
    let newest = RELEASES[RELEASES.len() - 1];
    let Some(release) = Release::parse(&version).filter(|release| *release >= oldest) else {
        return Err(Problem::Diagnostic(
            Diagnostic::error(
                Code::OLD_RELEASE,
                format!("authentik {version} is not supported"),
            )
            .note(format!("akrec supports {oldest} to {newest}"))
            .help("upgrade the server"),
        ));
    };
    let mut diagnostics = Vec::new();
    if release > newest {
        diagnostics.push(
            Diagnostic::warning(
                Code::NEW_RELEASE,
                format!("authentik {version} is newer than this akrec"),
            )
            .note(
                "fields and kinds that it has added since cannot be declared and are left unchanged"
                    .to_string(),
            )
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
    Diagnostic(Diagnostic),
}

/// Whether it was refused for lack of a permission, and not by something that only answers 403.
fn lacks_permission(error: &Error) -> bool {
    error.is_auth() && error.is_forbidden()
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::Client(error)
    }
}

/// The path of an object: below its collection, or the collection itself for the only object of its kind.
pub fn path(kind: &Kind, id: &str) -> String {
    if kind.is_singleton() {
        kind.path.to_owned()
    } else {
        format!("{}{}/", kind.path, segment(id))
    }
}

/// Reads one object again, as apply does before each write; `None` if it is gone.
pub async fn again(client: &Client, kind: &'static Kind, id: &str) -> Result<Option<Json>, Error> {
    if kind.unpaginated {
        let all = client.array(kind.path, kind.query).await?;
        return Ok(all
            .into_iter()
            .find(|raw| raw.get(kind.id).and_then(id_text).as_deref() == Some(id)));
    }
    client.find(&path(kind, id), kind.query).await
}

/// Reads one page of the list of a kind, ordered by what stands in the URLs of its objects; of a kind whose list has no
/// pages, all of it.
///
/// Refuses what [`Client::page`] refuses.
pub async fn page(
    client: &Client,
    kind: &'static Kind,
    filter: &[(&str, &str)],
    number: u32,
) -> Result<Page, Error> {
    if kind.unpaginated {
        // All of it at once; whoever wants some picks them.
        let results = client.array(kind.path, kind.query).await?;
        return Ok(Page {
            count: results.len() as u64,
            results,
            next: None,
            pages: 1,
        });
    }
    client
        .page(kind.path, &lists::query(kind, filter), number)
        .await
}

/// Reads the pages of a list after the first one.
///
/// Refuses what [`Client::pages`] refuses.
pub async fn rest(client: &Client, kind: &'static Kind, first: Page) -> Result<Vec<Json>, Error> {
    match first.next {
        None => Ok(first.results),
        Some(_) => Ok(client
            .pages(kind.path, &lists::query(kind, &[]), first)
            .await?
            .rows),
    }
}

/// Reads the objects that have a name, by a filter of the list. Gives others as well where the server knows no such filter.
pub async fn by_name(
    client: &Client,
    server: &Server,
    kind: &'static Kind,
    name: &str,
) -> Result<Vec<Json>, Error> {
    match (kind.find, kind.keying) {
        (Find::Url, Keying::Field(field)) => {
            Ok(page(client, kind, &[(field, name)], 1).await?.results)
        }
        _ => Reader::new(client, server).one(kind, name).await,
    }
}

/// Reads one object by its natural key, for settling whether a write was done; `None` if there is none.
///
/// `owner` is the id of the object that a child belongs to.
pub async fn by_key(
    client: &Client,
    server: &Server,
    decode: &dyn Fn(&Json) -> Option<Found>,
    (kind, address): (&'static Kind, &Address),
    owner: Option<&str>,
) -> Result<Option<Found>, Error> {
    let reader = Reader::new(client, server);
    let candidates = match (address.name(), owner) {
        _ if kind.is_singleton() => reader.only(kind).await?,
        (Some(name), _) => reader.one(kind, name).await?,
        (None, Some(owner)) => reader.children(kind, &[owner.to_owned()]).await?,
        (None, None) => Vec::new(),
    };
    let mut found = candidates.iter().filter_map(decode);
    Ok(found.find(|found| found.address == *address))
}

/// The objects of one kind that are needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Need {
    /// Natural keys of objects.
    pub names: BTreeSet<String>,
    /// All objects: names may be aliases, for which there is no exact read.
    pub all: bool,
    /// Nothing of the kind is declared; it is only looked up for references.
    pub only_referred: bool,
}

impl Need {
    fn everything() -> Need {
        Need {
            all: true,
            ..Need::default()
        }
    }
}

struct Reader<'a> {
    client: &'a Client,
    server: &'a Server,
    /// Lists that the server cut so far.
    cuts: cuts::Cuts,
    /// The totals of the lists that a page was read of.
    totals: Mutex<BTreeMap<&'static str, u64>>,
}

impl<'a> Reader<'a> {
    fn new(client: &'a Client, server: &'a Server) -> Reader<'a> {
        Reader {
            client,
            server,
            cuts: cuts::Cuts::default(),
            totals: Mutex::default(),
        }
    }
}

//! Reads again what is about to be deleted: a page of a list at a time where many objects of a kind go, and otherwise one
//! object at a time, by its name in the list.
//!
//! The first page of a kind's list says how long the list is. If it pays, all of it is read once; from then on the place
//! of each object is known, and the page with the next object that goes usually holds others that go. What a page says
//! counts for a few seconds only ([`FRESH`]). What no page shows is read by itself: nothing is concluded from its absence.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tokio::sync::Mutex;

use crate::client::{Client, Error, ErrorKind, PAGE_SIZE};
use crate::live::{Found, Live};
use crate::plan::{Action, Step};
use crate::read::{self, Server};
use crate::schema::{Find, Kind, id_text};

/// How long before its deletion an object may have been read on a page: what somebody changes in that time is not noticed.
const FRESH: Duration = Duration::from_secs(5);

/// From how many deletions of one kind on its list is read by the page. A page takes the server as long as 10 to 20 reads of
/// single objects.
const MANY: usize = 12;

/// The deletions of a plan, by kind.
pub(super) struct Reread {
    kinds: HashMap<&'static str, Group>,
}

/// The deletions of one kind.
struct Group {
    /// Held while a page is read, so that others wait for it instead of reading it as well.
    reading: Mutex<()>,
    /// Steps that are still to be checked, by the id of their objects.
    waiting: RefCell<HashMap<String, usize>>,
    /// What pages showed of them, and when these were asked for.
    seen: RefCell<BTreeMap<usize, (Instant, Json)>>,
    /// What is known of the list.
    list: RefCell<List>,
    /// Whether pages are read: so many objects go, or the list has no filter for a name.
    many: bool,
    /// Whether the list is of use: it shows all objects, and could be read.
    listed: Cell<bool>,
}

/// What is known of the list of a kind.
enum List {
    /// Nothing yet, but how many objects it had when the plan was made; 0 if it was not read then.
    Unread(u64),
    /// It has more pages than objects that go.
    Long,
    /// The ids of its objects in its order, and those that are gone since.
    Order(Vec<String>, HashSet<String>),
}

/// Which request may show an object and others beside it.
enum Ask {
    /// The first page, and the others if that pays.
    List,
    Page(u32),
    Name(String),
}

impl Reread {
    /// The deletions among the steps of a plan that was made from `live`.
    pub fn new(steps: &[Step], live: &Live, server: &Server) -> Reread {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for step in steps.iter().filter(|step| step.action == Action::Delete) {
            *counts.entry(step.kind.name).or_default() += 1;
        }
        let mut kinds: HashMap<&'static str, Group> = HashMap::new();
        for (place, step) in steps.iter().enumerate() {
            let (Action::Delete, Some(id)) = (step.action, &step.id) else {
                continue;
            };
            let group = kinds.entry(step.kind.name).or_insert_with(|| Group {
                reading: Mutex::new(()),
                waiting: RefCell::default(),
                seen: RefCell::default(),
                list: RefCell::new(List::Unread(
                    live.totals.get(step.kind.name).copied().unwrap_or_default(),
                )),
                // The list of applications is complete only for a superuser.
                many: step.kind.find == Find::Whole
                    || counts
                        .get(step.kind.name)
                        .is_some_and(|count| *count >= MANY),
                listed: Cell::new(!step.kind.superuser_list || server.superuser),
            });
            group.waiting.borrow_mut().insert(id.clone(), place);
        }
        Reread { kinds }
    }

    /// The deletion to begin with instead of `place`: one of the same kind that a page has just shown, so that what pages
    /// say is used while it is fresh.
    pub fn rather(&self, place: usize, steps: &[Step], ready: &BTreeSet<usize>) -> usize {
        let step = &steps[place];
        let Some(group) = self
            .kinds
            .get(step.kind.name)
            .filter(|_| step.action == Action::Delete)
        else {
            return place;
        };
        let seen = group.seen.borrow();
        if seen.get(&place).is_some_and(is_fresh) {
            return place;
        }
        let mut others = seen
            .iter()
            .filter(|(other, row)| ready.contains(other) && is_fresh(row));
        others.next().map_or(place, |(other, _)| *other)
    }

    /// The object that a step deletes, as the server has it now; `None` if it is gone.
    pub async fn object(
        &self,
        (client, server): (&Client, &Server),
        step: &Step,
        id: &str,
        decode: &dyn Fn(&Json) -> Result<Found, String>,
    ) -> Result<Option<Json>, Error> {
        if let Some(group) = self.kinds.get(step.kind.name) {
            let place = group.waiting.borrow().get(id).copied();
            let row = match place {
                Some(place) => group.row(client, server, step, place).await?,
                None => None,
            };
            group.waiting.borrow_mut().remove(id);
            // Rows of a list may have less than the object by itself.
            let suffices = |row: &Json| {
                decode(row).is_ok_and(|found| {
                    step.expect
                        .keys()
                        .all(|name| found.fields.contains_key(name))
                })
            };
            if let Some(row) = row.filter(suffices) {
                return Ok(Some(row));
            }
        }
        read::again(client, step.kind, id).await
    }

    /// Takes note that an object is no longer in the list of its kind.
    pub fn gone(&self, kind: &Kind, id: &str) {
        if let Some(group) = self.kinds.get(kind.name)
            && let List::Order(_, gone) = &mut *group.list.borrow_mut()
        {
            gone.insert(id.to_owned());
        }
    }
}

impl Group {
    /// What the list says of a step's object, after asking for it if that is worth it.
    async fn row(
        &self,
        client: &Client,
        server: &Server,
        step: &Step,
        place: usize,
    ) -> Result<Option<Json>, Error> {
        let _reading = self.reading.lock().await;
        if let Some(row) = self.take(place) {
            return Ok(Some(row));
        }
        // The first page may show that another request is better.
        for _ in 0..2 {
            let Some(ask) = self.ask(step) else {
                return Ok(None);
            };
            let is_last = !matches!(ask, Ask::List);
            let at = Instant::now();
            let rows = match ask {
                Ask::List => self.read_list(client, step.kind).await,
                Ask::Page(number) => read::page(client, step.kind, &[], number)
                    .await
                    .map(|page| page.results),
                Ask::Name(name) => read::by_name(client, server, step.kind, &name).await,
            };
            match rows {
                Ok(rows) => self.see(step.kind, rows, at),
                Err(error) if is_final(&error) => return Err(error),
                // Who may read an object need not be allowed to read the list.
                Err(_) => {
                    self.listed.set(false);
                    return Ok(None);
                }
            }
            let row = self.take(place);
            if row.is_some() || is_last {
                return Ok(row);
            }
        }
        Ok(None)
    }

    /// Reads the first page, and the others if they are fewer than the objects that go and are not on it.
    async fn read_list(&self, client: &Client, kind: &'static Kind) -> Result<Vec<Json>, Error> {
        let first = read::page(client, kind, &[], 1).await?;
        let id = |raw: &Json| raw.get(kind.id).and_then(id_text);
        let there = first
            .results
            .iter()
            .filter_map(id)
            .filter(|id| self.waiting.borrow().contains_key(id))
            .count();
        let missing = self.waiting.borrow().len() - there;
        if missing < first.pages as usize && first.pages > 1 {
            self.list.replace(List::Long);
            return Ok(first.results);
        }
        let rows = read::rest(client, kind, first).await?;
        self.list.replace(List::Order(
            rows.iter().filter_map(id).collect(),
            HashSet::new(),
        ));
        Ok(rows)
    }

    /// Keeps what a request showed of objects that go.
    fn see(&self, kind: &Kind, rows: Vec<Json>, at: Instant) {
        let waiting = self.waiting.borrow();
        let mut seen = self.seen.borrow_mut();
        for row in rows {
            let place = row
                .get(kind.id)
                .and_then(id_text)
                .and_then(|id| waiting.get(&id).copied());
            seen.extend(place.map(|place| (place, (at, row))));
        }
    }

    /// What a page showed of a step's object, if that was just now.
    fn take(&self, place: usize) -> Option<Json> {
        self.seen
            .borrow_mut()
            .remove(&place)
            .filter(is_fresh)
            .map(|(_, row)| row)
    }

    /// What to ask for a step's object; `None` if it is best read by itself.
    fn ask(&self, step: &Step) -> Option<Ask> {
        let kind = step.kind;
        if !self.listed.get() || kind.is_singleton() {
            return None;
        }
        if kind.unpaginated {
            return self.many.then_some(Ask::Page(1));
        }
        let waiting = self.waiting.borrow();
        match &*self.list.borrow() {
            List::Unread(total)
                if self.many && waiting.len() as u64 >= total.div_ceil(PAGE_SIZE as u64) =>
            {
                return Some(Ask::List);
            }
            List::Order(ids, gone) => {
                let left = || ids.iter().filter(|id| !gone.contains(*id));
                let page = left().position(|id| step.id.as_ref() == Some(id))? / PAGE_SIZE;
                let on_page = left().skip(page * PAGE_SIZE).take(PAGE_SIZE);
                if on_page.filter(|id| waiting.contains_key(*id)).count() > 1 {
                    return u32::try_from(page + 1).ok().map(Ask::Page);
                }
            }
            List::Unread(_) | List::Long => {}
        }
        let by_name = kind.is_named() && kind.distinguished_by.is_none();
        let filtered = matches!(kind.find, Find::Filter(_) | Find::Url);
        step.address
            .name()
            .filter(|_| by_name && filtered)
            .map(|name| Ask::Name(name.to_owned()))
    }
}

/// Whether a row was read just now.
fn is_fresh<T>((at, _): &(Instant, T)) -> bool {
    at.elapsed() < FRESH
}

/// Whether reading the object by itself would fail in the same way.
fn is_final(error: &Error) -> bool {
    matches!(
        error.kind,
        ErrorKind::Unauthorized { .. } | ErrorKind::SignIn { .. } | ErrorKind::TooLarge { .. }
    ) || error.is_connection()
}

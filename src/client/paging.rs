//! Reads lists page by page, and proves that what was read is the whole list.
//! Must never return a list with a row missing or twice without saying so.

use std::collections::HashSet;

use serde_json::Value;
use tokio::task::JoinSet;

use super::Client;
use super::answer::name;
use super::error::{Error, ErrorKind};
use super::journal::Method;
use super::send::Call;

/// Rows a page. Larger values are clamped by the server from 2025.12 on.
pub const PAGE_SIZE: usize = 100;

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The rows.
    pub results: Vec<Value>,
    /// How many rows the whole list has, as the server says. It says more than it shows where the
    /// token may not see everything (`/core/applications/` of 2025.10 to 2026.2).
    pub count: u64,
    /// The number of the next page; none at the end (the server says 0).
    pub next: Option<u32>,
    /// How many pages the list has, at least 1.
    pub pages: u32,
}

/// The rows of a list, and how many rows the server says that it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The rows that the server gave.
    pub rows: Vec<Value>,
    /// How many rows the server counts. It counts more than it gives where it filters the list by what the token may
    /// see (`/rac/endpoints/` for everyone but superusers, 2025.12 to 2026.8); then the list is cut, not complete.
    pub count: u64,
}

/// What came of reading a whole list.
enum Outcome {
    Whole(Listing),
    /// The list changed between two pages.
    Unsteady(String),
}

impl Listing {
    /// Whether the server counts more rows than it gave.
    pub fn is_cut(&self) -> bool {
        (self.rows.len() as u64) < self.count
    }
}

impl Client {
    /// Reads page number `page` (from 1) of the list at `path`, at most 100 rows.
    ///
    /// Refuses (as [`ErrorKind::Misuse`]) a `query` without `ordering`, because several of
    /// authentik's lists have no order of their own and then repeat and skip rows, and one with
    /// `page` or `page_size`. Refuses (as [`ErrorKind::Shape`]) an answer that is not a page, or
    /// one that contradicts itself, and (as [`ErrorKind::TooLarge`]) a list that is longer than
    /// is read, before any of its other pages is asked for.
    pub async fn page(&self, path: &str, query: &[(&str, &str)], page: u32) -> Result<Page, Error> {
        let mut call = Call::new(Method::Get, path, query);
        self.page_of(&mut call, page).await
    }

    /// Reads the remaining pages after `from`, which must be page 1 of the same list, and returns
    /// the rows of all of them in the list's order.
    ///
    /// Pages are read side by side within the bound on requests. The whole is believed only if
    /// every page says the same count and the same number of pages, and together they hold that
    /// many different rows; the first page that does not ends the reading. The list is then read
    /// once more from its start, and if that does not fit either the answer is
    /// [`ErrorKind::Unsteady`]. A row that is removed while another is
    /// added between two pages cannot be noticed: authentik offers no snapshots.
    ///
    /// A list that gives fewer rows than it counts is read a second time as well; if it does so again, the server cuts
    /// it, and the listing says so.
    pub async fn pages(
        &self,
        path: &str,
        query: &[(&str, &str)],
        from: Page,
    ) -> Result<Listing, Error> {
        match self.collect(path, query, from).await? {
            Outcome::Whole(listing) if !listing.is_cut() => return Ok(listing),
            _ => {}
        }
        tracing::debug!(path, "the list changed while it was read; reading it again");
        let first = self.page(path, query, 1).await?;
        match self.collect(path, query, first).await? {
            Outcome::Whole(listing) => Ok(listing),
            Outcome::Unsteady(reason) => {
                Err(self.error(Method::Get, path, ErrorKind::Unsteady { reason }))
            }
        }
    }

    async fn page_of(&self, call: &mut Call<'_>, page: u32) -> Result<Page, Error> {
        let has = |key: &str| call.query.iter().any(|(k, v)| k == key && !v.is_empty());
        if page == 0 || !has("ordering") || has("page") || has("page_size") {
            let reason =
                "a list needs an ordering and a page from 1, and no page or page_size of its own";
            let kind = ErrorKind::Misuse {
                reason: reason.to_owned(),
            };
            return Err(self.error(Method::Get, call.path, kind));
        }
        call.query.push(("page".to_owned(), page.to_string()));
        call.query
            .push(("page_size".to_owned(), PAGE_SIZE.to_string()));
        call.list = true;
        let value = self.send(call).await?;
        let read = parse(value, page).map_err(|reason| ErrorKind::Shape { reason });
        let within = |page: &Page| self.inner.budget.list(page.count, page.pages.into());
        let read = read.and_then(|page| within(&page).map(|()| page));
        read.map_err(|kind| self.error(Method::Get, call.path, kind))
    }

    async fn collect(
        &self,
        path: &str,
        query: &[(&str, &str)],
        first: Page,
    ) -> Result<Outcome, Error> {
        let count = first.count;
        let pages = match self.side_by_side(path, query, &first).await? {
            Ok(pages) => pages,
            Err(reason) => return Ok(Outcome::Unsteady(reason)),
        };
        let mut rows = first.results;
        rows.reserve(pages.iter().map(|page| page.results.len()).sum());
        rows.extend(pages.into_iter().flat_map(|page| page.results));
        let different = rows.iter().map(identity).collect::<HashSet<_>>().len();
        if different != rows.len() {
            return Ok(Outcome::Unsteady(format!(
                "{} rows were sent twice",
                rows.len() - different
            )));
        }
        if rows.len() as u64 > count {
            let reason = format!(
                "the server says that it has {count} rows, but gave {}",
                rows.len()
            );
            return Ok(Outcome::Unsteady(reason));
        }
        Ok(Outcome::Whole(Listing { rows, count }))
    }

    /// The pages after the first in order, or what does not fit to it.
    async fn side_by_side(
        &self,
        path: &str,
        query: &[(&str, &str)],
        first: &Page,
    ) -> Result<Result<Vec<Page>, String>, Error> {
        let mut tasks = JoinSet::new();
        let mut waiting = 2..=first.pages;
        let mut pages: Vec<(u32, Page)> = Vec::new();
        loop {
            // No more tasks than permits: a list that claims to be endless costs nothing.
            while tasks.len() < self.inner.parallelism {
                let Some(number) = waiting.next() else { break };
                let client = self.clone();
                let path = path.to_owned();
                let query = Call::new(Method::Get, "", query).query;
                tasks.spawn(async move {
                    let mut call = Call {
                        method: Method::Get,
                        path: &path,
                        query,
                        body: None,
                        form: None,
                        list: true,
                    };
                    (number, client.page_of(&mut call, number).await)
                });
            }
            let (number, page) = match tasks.join_next().await {
                None => break,
                Some(Ok((number, Ok(page)))) => (number, page),
                Some(Ok((_, Err(error)))) if error.is_not_found() => {
                    return Ok(Err("a page past the end was reached".to_owned()));
                }
                Some(Ok((_, Err(error)))) => return Err(error),
                // A task ends early only when the runtime is shut down.
                Some(Err(_)) => return Ok(Err("it was not read to its end".to_owned())),
            };
            if page.count != first.count {
                return Ok(Err(format!(
                    "it had {} rows, then {}",
                    first.count, page.count
                )));
            }
            if page.pages != first.pages {
                return Ok(Err(format!(
                    "it had {} pages, then {}",
                    first.pages, page.pages
                )));
            }
            let is_empty = page.results.is_empty();
            pages.push((number, page));
            // A list that is cut, or one that claims pages without end: what it hides is asked for in other ways.
            if is_empty && number < first.pages {
                break;
            }
        }
        pages.sort_by_key(|(number, _)| *number);
        Ok(Ok(pages.into_iter().map(|(_, page)| page).collect()))
    }
}

/// The identity of a row: its key, or the whole row where a kind has none.
fn identity(row: &Value) -> String {
    let key = ["pk", "uuid", "id"]
        .iter()
        .find_map(|key| row.get(*key))
        .unwrap_or(row);
    key.to_string()
}

/// A list answer as page number `number`, or what is wrong with it.
fn parse(mut value: Value, number: u32) -> Result<Page, String> {
    let Some(Value::Array(results)) = value.get_mut("results").map(Value::take) else {
        return Err("a list has no \"results\"".to_owned());
    };
    if let Some(odd) = results.iter().find(|row| !row.is_object()) {
        return Err(format!("a row of a list is {}", name(odd)));
    }
    let Some(pagination) = value.get("pagination").filter(|p| p.is_object()) else {
        return Err("a list has no \"pagination\"".to_owned());
    };
    let whole = |key: &str| {
        let found = pagination.get(key).and_then(whole);
        found.ok_or_else(|| format!("a list's \"pagination.{key}\" is not a whole number"))
    };
    let small = |key: &str, n: u64| {
        u32::try_from(n).map_err(|_| format!("a list's \"pagination.{key}\" is {n}"))
    };
    let next = small("next", whole("next")?)?;
    let pages = small("total_pages", whole("total_pages")?)?.max(1);
    let count = whole("count")?;
    // What contradicts itself is found at the first page, and not after thousands of them.
    let rows = results.len();
    if rows > PAGE_SIZE {
        return Err(format!(
            "page {number} has {rows} rows, but {PAGE_SIZE} were requested"
        ));
    }
    if rows as u64 > count {
        return Err(format!(
            "page {number} has more rows ({rows}) than the list ({count})"
        ));
    }
    if u64::from(pages) > count.max(1) {
        return Err(format!(
            "the list has more pages ({pages}) than rows ({count})"
        ));
    }
    let next = match next {
        0 if number >= pages => None,
        0 => {
            return Err(format!(
                "page {number} says that it is the last one, but that there are {pages}"
            ));
        }
        next if Some(next) != number.checked_add(1) => {
            return Err(format!("page {number} says that the next one is {next}"));
        }
        next if next > pages => {
            return Err(format!(
                "page {number} says that the next one is {next}, and that there are {pages}"
            ));
        }
        next => Some(next),
    };
    Ok(Page {
        results,
        count,
        next,
        pages,
    })
}

/// A whole number, also one written as 2.0: the schema only promises a number.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let float = value
            .as_f64()
            .filter(|f| f.fract() == 0.0 && (0.0..9e15).contains(f))?;
        format!("{float:.0}").parse().ok()
    })
}

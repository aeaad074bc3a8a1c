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
const PAGE_SIZE: &str = "100";

/// The most pages that are read: a million rows, and an end to a server that never ends.
const MOST_PAGES: u32 = 10_000;

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
    /// `page` or `page_size`. Refuses (as [`ErrorKind::Shape`]) an answer that is not a page.
    pub async fn page(&self, path: &str, query: &[(&str, &str)], page: u32) -> Result<Page, Error> {
        let mut call = Call::new(Method::Get, path, query);
        self.page_of(&mut call, page).await
    }

    /// Reads the remaining pages after `from`, which must be page 1 of the same list, and returns
    /// the rows of all of them in the list's order.
    ///
    /// Pages are read side by side within the bound on requests. The whole is believed only if
    /// every page says the same count, leads to the next one, and together they hold that many
    /// different rows; otherwise the list is read once more from its start, and if that does not
    /// fit either the answer is [`ErrorKind::Unsteady`]. A row that is removed while another is
    /// added between two pages cannot be noticed: authentik offers no snapshots.
    ///
    /// A list that gives fewer rows than it counts is read a second time as well; if it does so again, the server cuts
    /// it, and the listing says so.
    pub async fn pages(&self, path: &str, query: &[(&str, &str)], from: Page) -> Result<Listing, Error> {
        match self.collect(path, query, from).await? {
            Outcome::Whole(listing) if !listing.is_cut() => return Ok(listing),
            _ => {}
        }
        tracing::debug!(path, "the list changed while it was read; reading it again");
        let first = self.page(path, query, 1).await?;
        match self.collect(path, query, first).await? {
            Outcome::Whole(listing) => Ok(listing),
            Outcome::Unsteady(reason) => Err(self.error(Method::Get, path, ErrorKind::Unsteady { reason })),
        }
    }

    async fn page_of(&self, call: &mut Call<'_>, page: u32) -> Result<Page, Error> {
        let has = |key: &str| call.query.iter().any(|(k, v)| k == key && !v.is_empty());
        if page == 0 || !has("ordering") || has("page") || has("page_size") {
            let reason = "a list needs an ordering and a page from 1, and no page or page_size of its own";
            let kind = ErrorKind::Misuse { reason: reason.to_owned() };
            return Err(self.error(Method::Get, call.path, kind));
        }
        call.query.push(("page".to_owned(), page.to_string()));
        call.query.push(("page_size".to_owned(), PAGE_SIZE.to_owned()));
        call.list = true;
        let value = self.send(call).await?;
        parse(value).map_err(|reason| self.error(Method::Get, call.path, ErrorKind::Shape { reason }))
    }

    async fn collect(&self, path: &str, query: &[(&str, &str)], first: Page) -> Result<Outcome, Error> {
        let shape = |reason| Err(self.error(Method::Get, path, ErrorKind::Shape { reason }));
        let planned = if first.next.is_none() { 1 } else { first.pages };
        if planned > MOST_PAGES {
            return shape(format!("the list claims to have {planned} pages"));
        }
        let count = first.count;
        let mut next = first.next;
        if let Some(reason) = backwards(1, next) {
            return shape(reason);
        }
        let mut rows = first.results;
        let Some(rest) = self.side_by_side(path, query, planned).await? else {
            return Ok(Outcome::Unsteady("a page past the end was reached".to_owned()));
        };
        let mut rest = rest.into_iter();
        let mut number = 1;
        while let Some(wanted) = next {
            number += 1;
            if number > MOST_PAGES {
                return shape(format!("the list does not end after {MOST_PAGES} pages"));
            }
            debug_assert_eq!(wanted, number, "backwards() has checked it");
            let page = match rest.next() {
                Some(page) => page,
                None => match self.page(path, query, number).await {
                    Ok(page) => page,
                    Err(error) if error.is_not_found() => {
                        return Ok(Outcome::Unsteady("a page past the end was reached".to_owned()));
                    }
                    Err(error) => return Err(error),
                },
            };
            if page.count != count {
                return Ok(Outcome::Unsteady(format!("it had {count} rows, then {}", page.count)));
            }
            if let Some(reason) = backwards(number, page.next) {
                return shape(reason);
            }
            next = page.next;
            rows.extend(page.results);
        }
        if rest.next().is_some() {
            return Ok(Outcome::Unsteady("it ended earlier than it said".to_owned()));
        }
        let different = rows.iter().map(identity).collect::<HashSet<_>>().len();
        if different != rows.len() {
            return Ok(Outcome::Unsteady(format!("{} rows came twice", rows.len() - different)));
        }
        if rows.len() as u64 > count {
            let reason = format!("the server says that it has {count} rows, but gave {}", rows.len());
            return Ok(Outcome::Unsteady(reason));
        }
        Ok(Outcome::Whole(Listing { rows, count }))
    }

    /// Pages 2 to `last` in order; none if one of them does not exist (any more).
    async fn side_by_side(&self, path: &str, query: &[(&str, &str)], last: u32) -> Result<Option<Vec<Page>>, Error> {
        let mut tasks = JoinSet::new();
        let mut waiting = 2..=last;
        let mut pages: Vec<(u32, Page)> = Vec::new();
        loop {
            // No more tasks than permits: a list that claims to be endless costs nothing.
            while tasks.len() < self.inner.parallelism {
                let Some(number) = waiting.next() else { break };
                let client = self.clone();
                let path = path.to_owned();
                let query = Call::new(Method::Get, "", query).query;
                tasks.spawn(async move {
                    let mut call = Call { method: Method::Get, path: &path, query, body: None, form: None, list: true };
                    (number, client.page_of(&mut call, number).await)
                });
            }
            match tasks.join_next().await {
                None => break,
                Some(Ok((number, Ok(page)))) => pages.push((number, page)),
                Some(Ok((_, Err(error)))) if error.is_not_found() => return Ok(None),
                Some(Ok((_, Err(error)))) => return Err(error),
                // A task ends early only when the runtime is shut down.
                Some(Err(_)) => return Ok(None),
            }
        }
        pages.sort_by_key(|(number, _)| *number);
        Ok(Some(pages.into_iter().map(|(_, page)| page).collect()))
    }
}

/// Why `next` does not lead on from page `number`, if it does not.
fn backwards(number: u32, next: Option<u32>) -> Option<String> {
    let next = next?;
    (Some(next) != number.checked_add(1)).then(|| format!("page {number} says that the next one is {next}"))
}

/// What tells a row from the others: its key, or all of it where a kind has none.
fn identity(row: &Value) -> String {
    let key = ["pk", "uuid", "id"].iter().find_map(|key| row.get(*key)).unwrap_or(row);
    key.to_string()
}

/// A list answer as a page, or what is wrong with it.
fn parse(mut value: Value) -> Result<Page, String> {
    let Some(Value::Array(results)) = value.get_mut("results").map(Value::take) else {
        return Err("a list has no \"results\"".to_owned());
    };
    if let Some(odd) = results.iter().find(|row| !row.is_object()) {
        return Err(format!("a row of a list is {}", name(odd)));
    }
    let Some(pagination) = value.get("pagination").filter(|p| p.is_object()) else {
        return Err("a list has no \"pagination\"".to_owned());
    };
    let number = |key: &str| {
        let number = pagination.get(key).and_then(whole);
        number.ok_or_else(|| format!("a list's \"pagination.{key}\" is no whole number"))
    };
    let small = |key: &str, n: u64| u32::try_from(n).map_err(|_| format!("a list's \"pagination.{key}\" is {n}"));
    let next = small("next", number("next")?)?;
    let pages = small("total_pages", number("total_pages")?)?;
    Ok(Page { results, count: number("count")?, next: (next != 0).then_some(next), pages: pages.max(1) })
}

/// A whole number, also one written as 2.0: the schema only promises a number.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let float = value.as_f64().filter(|f| f.fract() == 0.0 && (0.0..9e15).contains(f))?;
        format!("{float:.0}").parse().ok()
    })
}

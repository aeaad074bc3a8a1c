//! Lists: whole or an error.

use akrec::client::{Client, Error, ErrorKind, Settings};
use serde_json::{Value, json};

use super::client;
use super::server::{Reply, Server, page, reply};

const PATH: &str = "/core/groups/";
const QUERY: [(&str, &str); 1] = [("ordering", "pk")];

async fn whole(client: &Client) -> Result<Vec<Value>, Error> {
    let first = client.page(PATH, &QUERY, 1).await?;
    client
        .pages(PATH, &QUERY, first)
        .await
        .map(|listing| listing.rows)
}

/// Rows `from` to `to`, `to` not included.
fn rows(from: u32, to: u32) -> Vec<u32> {
    (from..to).collect()
}

/// Page `number` of a list of `count` rows, 100 a page.
fn proper(number: u32, count: u32) -> Reply {
    let pages = count.div_ceil(100).max(1);
    if number > pages {
        return reply(404, &json!({"detail": "Invalid page."}));
    }
    let next = if number < pages { number + 1 } else { 0 };
    page(
        &rows((number - 1) * 100, (number * 100).min(count)),
        count as usize,
        next,
        pages,
    )
}

#[tokio::test]
async fn all_pages_in_order_with_one_request_each() {
    for (count, requests) in [(0, 1), (1, 1), (100, 1), (101, 2), (750, 8)] {
        let server = Server::start(move |_, seen| proper(seen.page(), count)).await;
        let client = client(&server.url());
        let found = whole(&client).await.unwrap();
        assert_eq!(
            found,
            rows(0, count)
                .iter()
                .map(|n| json!({"pk": n}))
                .collect::<Vec<_>>()
        );
        assert_eq!(client.requests().len(), requests);
        assert!(server.seen().iter().all(
            |s| s.target.contains("ordering=pk&page=") && s.target.ends_with("&page_size=100")
        ));
    }
}

#[tokio::test]
async fn a_list_that_is_capped_at_fewer_rows_a_page_is_still_whole() {
    let server = Server::start(|_, seen| {
        let n = seen.page();
        page(
            &rows((n - 1) * 10, n * 10),
            30,
            if n < 3 { n + 1 } else { 0 },
            3,
        )
    })
    .await;
    assert_eq!(whole(&client(&server.url())).await.unwrap().len(), 30);
}

#[tokio::test]
async fn misuse_sends_nothing() {
    let server = Server::start(|_, _| proper(1, 0)).await;
    let client = client(&server.url());
    for query in [
        &[][..],
        &[("ordering", "")],
        &[("ordering", "pk"), ("page", "2")],
    ] {
        let error = client.page(PATH, query, 1).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Misuse { .. }), "{error}");
    }
    assert!(client.page(PATH, &QUERY, 0).await.is_err());
    assert!(client.requests().is_empty());
}

#[tokio::test]
async fn a_page_that_contradicts_itself_is_an_error_at_once() {
    // Rows, count, next and pages of the first page, and what is said of it.
    for (to, count, next, pages, says) in [
        (100, 300, 1, 3, "page 1 says that the next one is 1"),
        (100, 300, 3, 3, "page 1 says that the next one is 3"),
        (
            100,
            300,
            2,
            1,
            "page 1 says that the next one is 2, and that there are 1",
        ),
        (
            100,
            300,
            0,
            3,
            "page 1 says that it is the last one, but that there are 3",
        ),
        (
            101,
            101,
            0,
            1,
            "page 1 has 101 rows, but 100 were requested",
        ),
        (
            100,
            90,
            0,
            1,
            "page 1 has more rows (100) than the list (90)",
        ),
        (1, 2, 2, 3, "the list has more pages (3) than rows (2)"),
    ] {
        let server = Server::start(move |_, _| page(&rows(0, to), count, next, pages)).await;
        let client = client(&server.url());
        let error = whole(&client).await.unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Shape { .. }) && error.is_connection(),
            "{error}"
        );
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(client.requests().len(), 1);
    }
    // A later page.
    for (next, pages) in [(1, 3), (2, 3), (7, 3), (4, 3), (0, 3)] {
        let server = Server::start(move |_, seen| match seen.page() {
            1 => page(&rows(0, 100), 300, 2, 3),
            _ => page(&rows(100, 200), 300, next, pages),
        })
        .await;
        let error = whole(&client(&server.url())).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Shape { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_list_that_does_not_end_is_given_up_after_few_pages() {
    // The first page is sound; the later ones say that there are more and more.
    let server = Server::start(|_, seen| {
        let n = seen.page();
        page(
            &rows((n - 1) * 100, n * 100),
            (n as usize + 1) * 100,
            n + 1,
            n + 1,
        )
    })
    .await;
    let client = client(&server.url());
    let error = whole(&client).await.unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::Unsteady { .. }) && error.is_connection(),
        "{error}"
    );
    assert!(client.requests().len() <= 8, "{}", client.requests().len());
    // One of a thousand pages, all but the first of them empty.
    let server = Server::start(|_, seen| {
        let n = seen.page();
        let last = if n == 1 { 100 } else { 0 };
        page(
            &rows(0, last),
            100_000,
            if n < 1000 { n + 1 } else { 0 },
            1000,
        )
    })
    .await;
    let client = super::client(&server.url());
    let first = client.page(PATH, &QUERY, 1).await.unwrap();
    let listing = client.pages(PATH, &QUERY, first).await.unwrap();
    assert!(
        listing.is_cut() && listing.rows.len() == 100,
        "{}",
        listing.rows.len()
    );
    assert!(client.requests().len() <= 16, "{}", client.requests().len());
}

#[tokio::test]
async fn a_list_that_is_longer_than_is_read_is_refused_at_its_first_page() {
    for (count, pages, says) in [
        (
            1_000_000,
            10_000,
            "the list has 1000000 rows, but at most 262144 are read",
        ),
        (
            200_000,
            5_000,
            "the list has 5000 pages, but at most 4096 are read",
        ),
    ] {
        let server = Server::start(move |_, _| page(&rows(0, 20), count, 2, pages)).await;
        let client = client(&server.url());
        let error = whole(&client).await.unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::TooLarge { .. }) && error.is_connection(),
            "{error}"
        );
        assert!(
            error.to_string().contains(says) && client.requests().len() == 1,
            "{error}"
        );
    }
    // The advice works: with the limit that it names, a list of that length is read.
    let server = Server::start(|_, seen| proper(seen.page(), 10_000)).await;
    let small = Settings {
        max_answers: akrec::budget::LEAST_ANSWERS,
        ..super::settings(&server.url())
    };
    let error = whole(&Client::new(small.clone()).unwrap())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("--max-answers 16MiB"), "{error}");
    let raised = Settings {
        max_answers: 16 << 20,
        ..small
    };
    assert_eq!(
        whole(&Client::new(raised).unwrap()).await.unwrap().len(),
        10_000
    );
}

#[tokio::test]
async fn all_answers_together_are_limited() {
    let server = Server::start(|_, seen| {
        let n = seen.page();
        let rows: Vec<Value> = (0..100).map(|i| json!({"pk": n * 100 + i, "text": "x".repeat(5000)})).collect();
        let next = if n < 80 { n + 1 } else { 0 };
        reply(200, &json!({"results": rows, "pagination": {"next": next, "count": 8000, "total_pages": 80}}))
    })
    .await;
    let small = Settings {
        max_answers: akrec::budget::LEAST_ANSWERS,
        ..super::settings(&server.url())
    };
    let client = Client::new(small).unwrap();
    let error = whole(&client).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the answers of this run add up to more than 8 MiB"),
        "{error}"
    );
    assert!(
        error.is_connection() && client.requests().len() <= 24,
        "{}",
        client.requests().len()
    );
    // What is no longer kept does not count, nor what an apply reads.
    client.forget_answers();
    assert!(client.page(PATH, &QUERY, 1).await.is_ok());
    for page in 1..40 {
        assert!(client.patient().page(PATH, &QUERY, page).await.is_ok());
    }
}

#[tokio::test]
async fn a_list_that_changes_once_is_read_again() {
    // What the first round gives for page 2: grown, shrunk away, a row twice, one too few.
    let second: [fn() -> Reply; 5] = [
        || page(&rows(100, 151), 151, 0, 2),
        || reply(404, &json!({"detail": "Invalid page."})),
        || page(&rows(99, 149), 150, 0, 2),
        || page(&rows(100, 149), 150, 0, 2),
        || page(&rows(100, 150), 150, 3, 3),
    ];
    for (number, make) in second.into_iter().enumerate() {
        let server = Server::start(move |n, seen| match (n, seen.page()) {
            (1, 2) => make(),
            (_, 3) if number == 4 && n == 2 => reply(404, &json!({"detail": "Invalid page."})),
            (_, page) => proper(page, 150),
        })
        .await;
        let client = client(&server.url());
        assert_eq!(whole(&client).await.unwrap().len(), 150, "{number}");
        assert!(client.requests().len() >= 4, "{number}");
    }
}

#[tokio::test]
async fn a_list_that_keeps_changing_is_an_error_and_one_that_hides_rows_says_so() {
    let server = Server::start(|n, seen| match seen.page() {
        1 => page(&rows(0, 100), 150 + n, 2, 2),
        _ => page(&rows(100, 150), 150 + n, 0, 2),
    })
    .await;
    let client = client(&server.url());
    let error = whole(&client).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unsteady { .. }), "{error}");
    assert_eq!(client.requests().len(), 4);

    // As `/core/applications/` does for a token that may not see all: count 1, no rows.
    let server = Server::start(|_, _| page(&[], 1, 0, 1)).await;
    let client = super::client(&server.url());
    let first = client.page(PATH, &QUERY, 1).await.unwrap();
    let listing = client.pages(PATH, &QUERY, first).await.unwrap();
    assert_eq!(
        (listing.rows.len(), listing.count, listing.is_cut()),
        (0, 1, true)
    );
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_an_error_of_its_own() {
    let server = Server::start(|_, seen| match seen.page() {
        3 => reply(403, &json!({"detail": "no"})),
        page => proper(page, 500),
    })
    .await;
    assert!(whole(&client(&server.url())).await.unwrap_err().is_auth());
}

#[tokio::test]
async fn lists_of_another_shape_are_refused() {
    let good = json!({"next": 0, "count": 0, "total_pages": 1});
    let bad = [
        json!([]),
        json!({"results": []}),
        json!({"results": {}, "pagination": good}),
        json!({"results": [1], "pagination": good}),
        json!({"results": [], "pagination": {"next": -1, "count": 0, "total_pages": 1}}),
        json!({"results": [], "pagination": {"next": 0, "count": 0.5, "total_pages": 1}}),
        json!({"results": [], "pagination": {"next": 0, "count": 0, "total_pages": 9_999_999_999_u64}}),
        json!({"results": [], "pagination": null}),
    ];
    for body in bad {
        let answer = body.clone();
        let server = Server::start(move |_, _| reply(200, &answer)).await;
        let error = client(&server.url())
            .page(PATH, &QUERY, 1)
            .await
            .unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Shape { .. }),
            "{body}: {error}"
        );
    }
    let float =
        json!({"results": [], "pagination": {"next": 0.0, "count": 0.0, "total_pages": 1.0}});
    let server = Server::start(move |_, _| reply(200, &float)).await;
    assert_eq!(
        client(&server.url())
            .page(PATH, &QUERY, 1)
            .await
            .unwrap()
            .pages,
        1
    );
}

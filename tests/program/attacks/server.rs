//! Hostile servers: what they say is shown without the secrets that they were sent, in whatever spelling and at whatever
//! place; and what never ends, or grows, ends the run and not the machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use akrec::sandbox::{self, Entry, Fault, Sandbox};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::support::{Project, Ran, SECRET, TOKEN};
use crate::support::releases::usual;

/// Where akrec keeps its ledger and its lease.
const LEDGERS: &str = "/managed/blueprints/";

/// A state that sends a secret, and that reads and deletes.
const STATE: &str = "\
groups:
  staff: {attributes: {team: red, key: !env APP_SECRET}}
sources:
  github:
    name: GitHub
    type: oauth
    provider_type: github
    consumer_key: key
    consumer_secret: !env APP_SECRET
    authentication_flow: default-source-authentication
    enrollment_flow: default-source-enrollment
";

/// A text that quotes a secret, and what of it no output may hold.
struct Quoted {
    text: String,
    parts: Vec<String>,
}

/// Every part of a text that is that long.
fn parts(text: &str, length: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars
        .windows(length.min(chars.len()))
        .map(|part| part.iter().collect())
        .collect()
}

/// A secret in the ways in which servers, proxies and libraries quote what they were sent. This list knows nothing of
/// how akrec looks for it.
fn quoted(secret: &str) -> Vec<Quoted> {
    let each = |spell: &dyn Fn(char) -> String| secret.chars().map(spell).collect::<String>();
    let (start, end) = (&secret[..14], &secret[6..]);
    let whole = [
        secret.to_owned(),
        secret.to_uppercase(),
        start.to_owned(),
        end.to_owned(),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        STANDARD.encode(format!("user:{secret}")),
        STANDARD.encode(format!("akrec:{secret}")),
        STANDARD.encode(format!("Bearer {secret}")),
        STANDARD.encode(STANDARD.encode(secret)),
        each(&|c| format!("{:02x}", u32::from(c))),
        each(&|c| format!("{:02X}", u32::from(c))),
        each(&|c| format!("%{:02X}", u32::from(c))),
        each(&|c| format!("%25{:02x}", u32::from(c))),
        each(&|c| format!("\\u{:04x}", u32::from(c))),
        each(&|c| format!("\\\\u{:04x}", u32::from(c))),
        each(&|c| format!("\\x{:02x}", u32::from(c))),
        each(&|c| format!("&#{};", u32::from(c))),
        each(&|c| format!("&#x{:x};", u32::from(c))),
        each(&|c| format!("&amp;#{};", u32::from(c))),
        secret.replace('-', "%2D"),
        secret.replace('-', "&#45;"),
        secret.replace('-', "\\u002d"),
        secret.replace('-', "\\-"),
    ];
    let mut all: Vec<Quoted> = whole
        .iter()
        .map(|text| {
            // What spells one character in many is as long for twelve characters.
            let stretch = text.chars().count().div_ceil(secret.len()).max(1);
            Quoted {
                text: text.clone(),
                parts: parts(text, 12 * stretch),
            }
        })
        .collect();
    for apart in ["\u{200b}", "\u{ad}"] {
        let text = each(&|c| format!("{c}{apart}"));
        all.push(Quoted {
            text,
            parts: parts(secret, 12),
        });
    }
    all
}

/// A place at which a server can say something.
struct Place {
    name: &'static str,
    args: &'static str,
    code: i32,
    /// What goes wrong with a request, given what the server says.
    hook: fn(&Entry, &str) -> Option<Fault>,
    /// Words of akrec's own that show that the place was reached.
    says: &'static str,
}

/// A page of a list with one row.
fn page(row: Value) -> Value {
    json!({ "pagination": { "next": 0, "previous": 0, "count": 1, "current": 1, "total_pages": 1, "start_index": 1,
        "end_index": 1 }, "results": [row], "autocomplete": {} })
}

fn says(status: u16, body: Value) -> Option<Fault> {
    Some(Fault::Status(status, body))
}

fn is(entry: &Entry, method: &str, path: &str) -> bool {
    entry.method == method && entry.path == path
}

const PLACES: &[Place] = &[
    Place {
        name: "the version",
        args: "plan -vvv",
        code: 5,
        hook: |entry, text| {
            is(entry, "GET", "/admin/version/")
                .then(|| Fault::Status(200, json!({ "version_current": text })))
        },
        says: "version_current",
    },
    Place {
        name: "the name of the token's user",
        args: "plan -vvv",
        code: 0,
        hook: |entry, text| {
            let user = json!({ "user": { "pk": 1, "username": text, "is_superuser": true } });
            is(entry, "GET", "/core/users/me/").then_some(Fault::Status(200, user))
        },
        says: "token user: ",
    },
    Place {
        name: "why the token is refused",
        args: "plan -vvv",
        code: 4,
        hook: |entry, text| {
            let detail = json!({ "detail": format!("Token invalid: {text}") });
            is(entry, "GET", "/core/users/me/").then_some(Fault::Status(403, detail))
        },
        says: "the token was not accepted",
    },
    Place {
        name: "what permission is missing",
        args: "plan -vvv",
        code: 4,
        hook: |entry, text| {
            is(entry, "GET", "/core/groups/")
                .then(|| Fault::Status(403, json!({ "detail": format!("no: {text}") })))
        },
        says: "the token is not permitted",
    },
    Place {
        name: "an exception",
        args: "plan -vvv",
        code: 1,
        hook: |entry, text| {
            is(entry, "GET", "/core/groups/").then(|| Fault::Status(500, json!({ "detail": text })))
        },
        says: "status 500",
    },
    Place {
        name: "a limit of requests",
        args: "plan -vvv --retries 0",
        code: 5,
        hook: |entry, text| {
            is(entry, "GET", "/core/groups/").then(|| Fault::Status(429, json!({ "detail": text })))
        },
        says: "status 429",
    },
    Place {
        name: "a refusal of a read",
        args: "plan -vvv",
        code: 1,
        hook: |entry, text| {
            is(entry, "GET", "/core/groups/")
                .then(|| Fault::Status(400, json!({ text: [text], "b": { text: text } })))
        },
        says: "status 400",
    },
    Place {
        name: "the key of a row",
        args: "plan -vvv",
        code: 0,
        hook: |entry, text| {
            let row = json!({ "pk": text, "num_pk": 7, "name": "staff", "is_superuser": false, "parents": [],
                "users": [], "roles": [], "attributes": { "team": text, text: 1 } });
            is(entry, "GET", "/core/groups/").then(|| Fault::Status(200, page(row)))
        },
        says: "attributes",
    },
    Place {
        name: "the ledger's version",
        args: "plan -vvv",
        code: 1,
        hook: |entry, text| {
            let context =
                json!({ "akrec": { "format": 99, "version": text, "workspace": "default" } });
            let row = json!({ "pk": "0b4d9c1e-6f2a-4a53-9d84-2f0e7f6b9a11", "name": "akrec: default", "path": "",
                "content": "", "enabled": false, "context": context });
            is(entry, "GET", LEDGERS).then(|| Fault::Status(200, page(row)))
        },
        says: "AKR0612",
    },
    Place {
        name: "who holds the lease",
        args: "apply --auto-approve -vvv --lock-timeout 10ms",
        code: 6,
        hook: |entry, text| {
            let context =
                json!({ "user": text, "host": text, "run": text, "until": "2999-01-01T00:00:00Z" });
            let row = json!({ "pk": "0b4d9c1e-6f2a-4a53-9d84-2f0e7f6b9a11", "name": "akrec-lock: default", "path": "",
                "content": "", "enabled": false, "context": context });
            match entry.path == LEDGERS {
                true if entry.method == "POST" => says(400, json!({ "name": [text] })),
                true if entry.query.contains("lock") => says(200, page(row)),
                _ => None,
            }
        },
        says: "AKR0611",
    },
    Place {
        name: "a refusal of a write",
        args: "apply --auto-approve -vvv",
        code: 9,
        hook: |entry, text| {
            let refused = json!({ "attributes": [format!("{text:?} is not valid"), text], text: [text],
                "non_field_errors": [text] });
            (is(entry, "POST", "/core/groups/") || is(entry, "POST", "/sources/oauth/"))
                .then_some(Fault::Status(400, refused))
        },
        says: "was not written",
    },
    Place {
        name: "a refusal of a write in two halves",
        args: "apply --auto-approve -vvv",
        code: 9,
        hook: |entry, text| {
            let middle = text
                .char_indices()
                .nth(text.chars().count() / 2)
                .map_or(0, |(at, _)| at);
            let refused = json!({ "attributes": [&text[..middle], &text[middle..]] });
            is(entry, "POST", "/core/groups/").then_some(Fault::Status(400, refused))
        },
        says: "was not written",
    },
    Place {
        name: "a write that failed",
        args: "apply --auto-approve -vvv",
        code: 9,
        hook: |entry, text| {
            is(entry, "POST", "/core/groups/")
                .then(|| Fault::Status(500, json!({ "detail": text })))
        },
        says: "was not written",
    },
];

/// A sandbox whose superuser has [`TOKEN`].
async fn server() -> Sandbox {
    let options = sandbox::Options {
        admin_token: TOKEN.to_owned(),
        ..sandbox::Options::new(usual())
    };
    sandbox::start(options).await.unwrap()
}

/// The line of some output that holds one of the parts.
fn shown(ran: &Ran, quoted: &Quoted) -> Option<String> {
    let at = quoted
        .parts
        .iter()
        .find_map(|part| ran.everything.find(part))?;
    let start = ran.everything[..at].rfind('\n').map_or(0, |at| at + 1);
    Some(
        ran.everything[start..]
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(500)
            .collect(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_place_at_which_a_server_speaks_shows_a_secret_in_any_spelling() {
    // Every spelling at every place takes long: each is seen at several.
    let mut wrong = Vec::new();
    let every = std::env::var("AKREC_TEST_EVERY").map_or(4, |every| every.parse().unwrap());
    for (number, place) in PLACES.iter().enumerate() {
        let server = server().await;
        let url = server.url();
        for secret in [TOKEN, SECRET] {
            let chosen = quoted(secret)
                .into_iter()
                .enumerate()
                .filter(|(i, _)| *i == 0 || (i + number) % every == 0);
            for (_, quoted) in chosen {
                let (hook, text) = (place.hook, quoted.text.clone());
                server.set_fault(move |_, entry| hook(entry, &text));
                let project = Project::with(&[("state/a.yaml", STATE)]);
                let ran = project
                    .in_every_format_with(place.args, |attack| attack.env("AKREC_URL", &url));
                let ran = ran.reveals_nothing();
                if ran.code != Some(place.code) || !ran.everything.contains(place.says) {
                    wrong.push(format!(
                        "{:?}: {}: {}\n{}\n{}",
                        ran.code, place.name, quoted.text, ran.out, ran.err
                    ));
                }
                wrong.extend(
                    shown(&ran, &quoted)
                        .map(|line| format!("{}: {} in {line}", place.name, quoted.text)),
                );
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} runs\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

/// What akrec asks, line by line: method, path and query.
type Script = dyn Fn(&str, &mut TcpStream) + Send + Sync;

/// A server whose every byte is written by a test.
struct Hostile {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hostile {
    /// Starts one; `script` gets `METHOD /path?query` without `/api/v3`, and writes what it wants.
    fn start(script: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, list): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, list) = (Arc::clone(&script), Arc::clone(&list));
                thread::spawn(move || answer(stream, &*script, &list));
            }
        });
        Hostile { url, asked }
    }

    /// One that greets as a sound server does, has an empty ledger, and answers the rest so.
    fn after_greeting(script: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Hostile {
        Hostile::start(move |target, stream| match greeting(target) {
            Some(body) => send(stream, 200, "", body.as_bytes()),
            None => script(target, stream),
        })
    }

    /// How often a path was asked for.
    fn count(&self, path: &str) -> usize {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|target| target.contains(path))
            .count()
    }
}

fn answer(mut stream: TcpStream, script: &Script, list: &Mutex<Vec<String>>) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let target = format!("{method} {}", target.trim_start_matches("/api/v3"));
    list.lock().unwrap().push(target.clone());
    script(&target, &mut stream);
}

/// Writes an answer; whoever goes away meanwhile misses nothing.
fn send(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body));
}

fn greeting(target: &str) -> Option<String> {
    let empty = json!({ "pagination": { "next": 0, "count": 0, "total_pages": 1 }, "results": [] });
    let body = match target {
        "GET /admin/version/" => json!({ "version_current": "2026.2.2" }),
        "GET /core/users/me/" => {
            json!({ "user": { "pk": 1, "username": "ci", "is_superuser": true } })
        }
        _ if target.contains(LEDGERS) => empty,
        _ => return None,
    };
    Some(body.to_string())
}

/// The number of the page that is asked for.
fn number(target: &str) -> usize {
    let page = target
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("page="));
    page.and_then(|page| page.parse().ok()).unwrap_or(1)
}

/// A page of a list of groups: its rows, how many the list has and on how many pages.
fn groups(target: &str, rows: usize, count: usize, pages: usize, text: &str) -> String {
    let n = number(target);
    let rows: Vec<Value> = (0..rows)
        .map(|i| json!({ "pk": format!("{n}-{i}"), "name": format!("g{n}-{i}"), "attributes": { "x": text } }))
        .collect();
    let next = if n < pages { n + 1 } else { 0 };
    json!({ "pagination": { "next": next, "count": count, "total_pages": pages }, "results": rows })
        .to_string()
}

/// A plan that reads a whole list, with 1 GiB of memory.
fn plan(server: &Hostile, args: &str) -> Ran {
    let state = format!(
        "groups: {{{}}}\n",
        (0..200)
            .map(|i| format!("g{i}: {{}}"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let project = Project::with(&[("state/a.yaml", &state)]);
    project
        .akrec(&format!("plan --retries 0 {args}"))
        .env("AKREC_URL", &server.url)
        .memory(1024)
        .run()
}

#[test]
fn a_page_of_50_megabytes_is_refused() {
    let server = Hostile::after_greeting(|_, stream| {
        let body = vec![b' '; 50 << 20];
        send(stream, 200, "", &body);
    });
    let says = [
        "error[AKR0413]: the answer is larger than 32 MiB",
        "--max-answers 512MiB",
        "GET /core/groups/ on",
    ];
    plan(&server, "").expect(5).says(&says);
    // The same without saying how long it is.
    let server = Hostile::after_greeting(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n");
        let part = vec![b' '; 1 << 20];
        while stream.write_all(&part).is_ok() {}
    });
    plan(&server, "")
        .expect(5)
        .says(&["error[AKR0413]: the answer is larger than 32 MiB"]);
}

#[test]
fn ten_thousand_pages_of_200_kilobytes_are_not_read() {
    let server = Hostile::after_greeting(|target, stream| {
        send(
            stream,
            200,
            "",
            groups(target, 20, 200_000, 4_000, &"x".repeat(10_000)).as_bytes(),
        );
    });
    let ran = plan(&server, "--max-answers 16MiB").expect(5);
    ran.says(&[
        "error[AKR0413]: the list has 200000 rows, but at most 16384 are read",
        "--max-answers 256MiB",
    ]);
    assert_eq!(server.count("/core/groups/"), 1);
    // A list that is not too long by its own words.
    let server = Hostile::after_greeting(|target, stream| {
        send(
            stream,
            200,
            "",
            groups(target, 80, 16_000, 200, &"x".repeat(2_500)).as_bytes(),
        );
    });
    let ran = plan(&server, "--max-answers 16MiB").expect(5);
    ran.says(&[
        "error[AKR0413]: the answers of this run add up to more than 16 MiB",
        "AKREC_MAX_ANSWERS=32MiB",
    ]);
    assert!(
        server.count("/core/groups/") < 120,
        "{}",
        server.count("/core/groups/")
    );
}

#[test]
fn a_list_without_end_ends() {
    // By its own words, with more to come on each page, with the same page forever, with more rows than asked for.
    /// Makes the answer to a request by its target.
    type Body = fn(&str) -> String;
    let endless: [(Body, &str); 5] = [
        (
            |target| groups(target, 100, 1_000_000, 10_000, ""),
            "the list has 1000000 rows, but at most 262144 are read",
        ),
        (
            |target| {
                groups(
                    target,
                    100,
                    100 * (number(target) + 1),
                    number(target) + 1,
                    "",
                )
            },
            "could not be read completely",
        ),
        // Pages are read side by side, so which of the wrong ones is seen first is not fixed.
        (
            |_| groups("GET /?page=1", 100, 100_000, 1_000, ""),
            " says that the next one is 2",
        ),
        (
            |target| match number(target) {
                2 => groups("GET /?page=1", 100, 100_000, 1_000, ""),
                _ => groups(target, 100, 100_000, 1_000, ""),
            },
            "page 2 says that the next one is 2",
        ),
        (
            |target| groups(target, 100_000, 100_000, 1, ""),
            "page 1 has 100000 rows, but 100 were requested",
        ),
    ];
    for (body, says) in endless {
        let server = Hostile::after_greeting(move |target, stream| {
            send(stream, 200, "", body(target).as_bytes())
        });
        plan(&server, "").expect(5).says(&["error[AKR04", says]);
        assert!(
            server.count("/core/groups/") <= 64,
            "{says}: {}",
            server.count("/core/groups/")
        );
    }
}

#[test]
fn answers_that_grow_when_they_are_decoded_are_refused() {
    let deep = "[".repeat(1 << 20);
    let wide = format!("{{\"results\": [{}{{}}]}}", "{},".repeat(2 << 20));
    for (body, says) in [
        (deep, "nested more than 100 levels deep"),
        (wide, "takes more than 256 MiB of memory"),
    ] {
        let server =
            Hostile::after_greeting(move |_, stream| send(stream, 200, "", body.as_bytes()));
        plan(&server, "").expect(5).says(&["error[AKR0413]", says]);
    }
}

#[test]
fn heads_without_end_and_packed_bodies_are_refused() {
    let many = "X-A: b\r\n".repeat(100_000);
    let server = Hostile::after_greeting(move |_, stream| send(stream, 200, &many, b"{}"));
    plan(&server, "")
        .expect(5)
        .says(&["error[AKR0413]: the answer has too many or too large headers"]);
    // akrec asks for nothing packed, and unpacks nothing: a bomb stays as small as it is.
    let server = Hostile::after_greeting(|_, stream| {
        send(
            stream,
            200,
            "Content-Encoding: gzip\r\n",
            &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
        );
    });
    plan(&server, "")
        .expect(5)
        .says(&["error[AKR0401]: the answer is not JSON"]);
}

#[test]
fn a_server_that_dawdles_is_not_waited_for() {
    // A byte now and then, answers before the answer, and a redirect to itself.
    let drip = Hostile::after_greeting(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n{");
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    plan(&drip, "--timeout 1s")
        .expect(5)
        .says(&["no complete answer within the timeout", "--timeout"]);
    let early = Hostile::after_greeting(|_, stream| {
        while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {
            thread::sleep(Duration::from_millis(1));
        }
    });
    plan(&early, "--timeout 1s")
        .expect(5)
        .says(&["no complete answer within the timeout"]);
    let redirects = Hostile::after_greeting(|target, stream| {
        let to = format!("Location: /api/v3{}\r\n", target.trim_start_matches("GET "));
        send(stream, 302, &to, b"");
    });
    plan(&redirects, "").expect(5).says(&["redirects to"]);
    assert_eq!(redirects.count("/core/groups/"), 1);
    for status in [429, 503] {
        let busy = Hostile::after_greeting(move |_, stream| {
            send(stream, status, "Retry-After: 999999\r\n", b"{}")
        });
        let project = Project::new();
        let attack = project
            .akrec("plan --retries 100")
            .env("AKREC_URL", &busy.url);
        attack
            .seconds(20)
            .run()
            .expect(5)
            .says(&[&format!("status {status}")]);
        assert_eq!(busy.count("/core/groups/"), 1, "{status}");
    }
}

#[test]
fn a_limit_that_is_none_is_refused() {
    let project = Project::new();
    let against = |args: &str| project.akrec(args).env("AKREC_URL", "http://127.0.0.1:9");
    against("plan --max-answers 1MiB")
        .run()
        .expect(3)
        .says(&["--max-answers is too small", "at least 8 MiB"]);
    against("plan --max-answers 4096GiB")
        .run()
        .expect(3)
        .says(&["--max-answers is too large", "at most 1024 GiB"]);
    against("plan --max-answers much")
        .run()
        .expect(3)
        .says(&["write a size such as 128MiB"]);
    let ran = against("plan")
        .env("AKREC_MAX_ANSWERS", SECRET)
        .run()
        .expect(3);
    ran.says(&[
        "AKREC_MAX_ANSWERS is not a size",
        "write a size such as 128MiB",
    ]);
}

/// The endpoint at which a machine signs in.
#[test]
fn a_hostile_sign_in_reveals_nothing_and_ends() {
    let project = Project::new();
    let signs_in = |server: &Hostile, args: &str| {
        let attack = project
            .akrec(args)
            .without("AKREC_TOKEN")
            .env("AKREC_URL", &server.url);
        attack
            .env("AKREC_OIDC", "ci")
            .env("AKREC_OIDC_SECRET", TOKEN)
            .run()
    };
    for quoted in quoted(TOKEN) {
        let text = quoted.text.clone();
        let server = Hostile::start(move |_, stream| {
            send(
                stream,
                400,
                "",
                json!({ "error": text, "error_description": text })
                    .to_string()
                    .as_bytes(),
            );
        });
        let ran = signs_in(&server, "plan -vvv")
            .expect(4)
            .says(&["the sign-in was refused"]);
        assert_eq!(shown(&ran, &quoted), None, "{}", quoted.text);
    }
    // A token with a longer life than the clock can represent, which the server then quotes.
    let access = "Xy7-access-token-0815-4711";
    let server = Hostile::start(move |target, stream| match target {
        "POST /application/o/token/" => {
            let body = json!({ "access_token": access, "expires_in": u64::MAX });
            send(stream, 200, "", body.to_string().as_bytes());
        }
        _ => send(
            stream,
            400,
            "",
            json!({ "detail": STANDARD.encode(access) })
                .to_string()
                .as_bytes(),
        ),
    });
    let ran = signs_in(&server, "plan -vvv")
        .expect(1)
        .says(&["status 400"]);
    ran.never_says(&[&STANDARD.encode(access)[..16], access]);
    assert_eq!(server.count("/application/o/token/"), 1);
    let endless = Hostile::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n");
        while stream.write_all(&[b' '; 1 << 16]).is_ok() {}
    });
    signs_in(&endless, "plan")
        .expect(5)
        .says(&["the answer to the sign-in is larger than 64 KiB"]);
}

/// Whatever is logged, it holds neither a header nor what the libraries below say of one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_holds_a_secret() {
    let server = server().await;
    let url = server.url();
    let filters = [
        "trace",
        "akrec=trace,hyper=trace,hyper_util=trace,reqwest=trace,rustls=trace,tokio=trace,h2=trace",
    ];
    for filter in filters {
        for args in ["plan", "apply --auto-approve"] {
            let project = Project::with(&[("state/a.yaml", STATE)]);
            let attack = project
                .akrec(args)
                .env("AKREC_URL", &url)
                .env("AKREC_LOG", filter);
            let attack = attack.arg("--header").arg(format!("X-Proxy={SECRET}"));
            let ran = attack.run().expect(0).says(&["DEBUG akrec::client"]);
            for quoted in [TOKEN, SECRET].into_iter().flat_map(quoted) {
                assert_eq!(shown(&ran, &quoted), None, "{}", quoted.text);
            }
            ran.never_says(&["hyper", "reqwest", "Bearer", "x-proxy"]);
        }
    }
    let project = Project::new();
    let ran = project
        .akrec("validate")
        .env("AKREC_LOG", &format!("={SECRET}="))
        .run();
    ran.expect(3)
        .says(&["AKREC_LOG is not a valid log filter", "AKREC_LOG=debug"]);
}

/// A short secret must not garble akrec's own text.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn short_secrets_leave_akrecs_own_words_alone() {
    for short in ["t", "post", "core", "groups", "outposts", "sources"] {
        let server = server().await;
        server.set_fault(|_, entry| {
            let refused = entry.method == "POST" && !entry.path.starts_with(LEDGERS);
            refused.then(|| Fault::Status(400, json!({ "name": ["\"t\" is not for outposts"] })))
        });
        let state = format!(
            "groups: {{staff: {{}}}}\nsources:\n  plex:\n    name: Plex\n    type: plex\n    client_id: x\n    \
             plex_token: {short}\n    authentication_flow: default-source-authentication\n    enrollment_flow: \
             default-source-enrollment\nservice_connections: {{edge: {{type: docker, url: http://edge}}}}\n"
        );
        let project = Project::with(&[("state/a.yaml", &state)]);
        let ran = project
            .akrec("apply --auto-approve -vv")
            .env("AKREC_URL", &server.url())
            .run()
            .expect(9);
        let ran = ran.says(&[
            "POST /core/groups/",
            "POST /outposts/service_connections/docker/",
            "POST /sources/plex/",
            "name: ",
        ]);
        let said = if short == "t" {
            "\"(sensitive value)\" is not for outposts"
        } else {
            "\"t\" is not for "
        };
        ran.says(&[said]);
    }
}

//! The HTTP server: one handler for all paths, authentication, the journal, injected faults.
//! Must never know what a path means: that is the API's business.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::Response;

use super::api::authenticate;
use super::events::{self, Trace};
use super::faults::{Fault, Wire};
use super::request::query_pairs;
use super::shared::{Shared, lock};
use super::store::Store;
use super::types::{Call, Caller, Entry, Reply};
use super::world::World;
use super::{actions, api, authorize, discovery, executor, sign_in, uploads};

/// Larger bodies are refused; a blueprint's context may hold many megabytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Answers every request of the server.
pub(super) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return respond(Reply::detail(413, "Request body is too large."));
    };
    if let Some(page) = sign_in_page(&shared, &head, &body) {
        return page;
    }
    let Some(path) = head.uri.path().strip_prefix("/api/v3") else {
        return respond(Reply::detail(404, "Not found."));
    };
    let call = Call {
        method: head.method.to_string(),
        path: path.to_owned(),
        query: query_pairs(head.uri.query().unwrap_or_default()),
        kind: sent(&head, header::CONTENT_TYPE)
            .unwrap_or_default()
            .to_owned(),
        body: body.to_vec(),
    };
    if call.path == "/root/config/" {
        return respond(actions::config());
    }
    let flow = call.path.strip_prefix("/flows/executor/");
    if let (Some(slug), "GET") = (flow, call.method.as_str()) {
        return respond(executor::answer(
            &shared.world_now(),
            slug.trim_end_matches('/'),
        ));
    }
    let authenticated = authenticate(&shared.world_now(), sent(&head, header::AUTHORIZATION));
    let caller = match authenticated {
        Ok(caller) => caller,
        Err(reply) => return respond(reply),
    };
    let mut entry = Entry {
        method: call.method.clone(),
        path: call.path.clone(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&call.body)
            .ok()
            .or_else(|| uploads::told(&call.kind, &call.body)),
        status: 0,
    };
    let fault = next_fault(&shared, &entry);
    if let Some(fault) = &fault
        && let Some(response) = instead(fault, &wire).await
    {
        if !matches!(fault, Fault::Drop) {
            entry.status = response.status().as_u16();
        }
        lock(&shared.journal).push(entry);
        return response;
    }
    let agent = sent(&head, header::USER_AGENT).unwrap_or_default();
    let reply = carry_out(&shared, caller, &call, agent, entry);
    // A head of ours takes 109 bytes or more; without a body the head itself is cut.
    let length = reply.body.as_ref().map(|body| body.to_string().len());
    let half = length.map_or(20, |length| 109 + length / 2);
    let response = respond(reply);
    match fault {
        Some(Fault::DropAfter) => wire.cut_after(0),
        Some(Fault::Truncate) => wire.cut_after(half),
        _ => {}
    }
    response
}

/// A header of a request, if it is text.
fn sent(head: &Parts, name: HeaderName) -> Option<&str> {
    head.headers.get(name)?.to_str().ok()
}

/// The answer to what is below `/application/o/`, which needs no token of the API.
fn sign_in_page(shared: &Shared, head: &Parts, body: &[u8]) -> Option<Response> {
    let path = head.uri.path();
    if head.method == Method::POST && path == "/application/o/token/" {
        let form = String::from_utf8_lossy(body);
        return Some(respond(sign_in::answer(&mut shared.world_now(), &form)));
    }
    if head.method != Method::GET || !path.starts_with("/application/o/") {
        return None;
    }
    if path == "/application/o/authorize/" {
        let query = query_pairs(head.uri.query().unwrap_or_default());
        let page = authorize::answer(&mut lock(&shared.world), &query);
        return Some(match page {
            authorize::Page::Shown(status) => html(status),
            authorize::Page::Redirect(to) => redirect(&to),
        });
    }
    let host = sent(head, header::HOST).unwrap_or("localhost");
    let base = format!("http://{host}");
    let document = discovery::answer(&lock(&shared.world), path, &base);
    Some(match document {
        Some(document) => respond(Reply::new(200, document)),
        None => html(404),
    })
}

/// What an injected fault answers instead of carrying the request out.
async fn instead(fault: &Fault, wire: &Wire) -> Option<Response> {
    match fault {
        Fault::Status(status, body) => Some(respond(Reply::new(*status, body.clone()))),
        Fault::Html(status) => Some(html(*status)),
        Fault::Drop => {
            wire.cut_after(0);
            Some(respond(Reply::empty(0)))
        }
        Fault::Delay(pause) => {
            tokio::time::sleep(*pause).await;
            None
        }
        Fault::DropAfter | Fault::Truncate => None,
    }
}

/// Carries a request out, and writes it into the journal and the audit log.
fn carry_out(
    shared: &Shared,
    caller: Caller,
    call: &Call,
    user_agent: &str,
    mut entry: Entry,
) -> Reply {
    let mut world = shared.world_now();
    begin(shared, &mut world, &call.method);
    let reply = api::answer(&mut world, caller, call);
    let trace = Trace {
        method: &call.method,
        path: &call.path,
        query: &call.query,
        user_agent,
        client_ip: "127.0.0.1",
    };
    let was_done = reply.status < 400;
    events::record(&mut world, caller.user, was_done.then_some(&trace));
    let reply = kept(shared, &mut world, &call.method, reply);
    entry.status = reply.status;
    // Under the lock, so that the journal has the order in which things happened.
    lock(&shared.journal).push(entry);
    reply
}

/// Before a request that may write: notes how the world is, if writes are to be kept.
pub(super) fn begin(shared: &Shared, world: &mut World, method: &str) {
    if shared.options.data.is_some() && method != "GET" {
        world.begin();
    }
}

/// Saves the world after a write. One that cannot be kept, because the disk is full, was not done: the world is as before,
/// and the server says so.
pub(super) fn kept(shared: &Shared, world: &mut World, method: &str, reply: Reply) -> Reply {
    let reply = match lock(&shared.store).as_mut() {
        Some(store) if method != "GET" && reply.status < 400 => saved(shared, store, world, reply),
        _ => reply,
    };
    world.log.trim();
    reply
}

fn saved(shared: &Shared, store: &mut Store, world: &mut World, reply: Reply) -> Reply {
    match store.save(world) {
        Ok(()) => reply,
        Err(error) => {
            world.take_back();
            let reply = Reply::detail(500, &error.to_string());
            lock(&shared.lost).get_or_insert(error.to_string());
            reply
        }
    }
}

fn next_fault(shared: &Shared, entry: &Entry) -> Option<Fault> {
    let mut guard = lock(&shared.fault);
    let (hook, count) = guard.as_mut()?;
    let number = *count;
    *count += 1;
    hook(number, entry)
}

fn respond(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match reply.body {
        Some(body) => finish(status, "application/json", body.to_string()),
        None if [405, 500].contains(&reply.status) => {
            finish(status, "text/html; charset=utf-8", String::new())
        }
        None => finish(status, "", String::new()),
    }
}

fn html(status: u16) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let page = format!("<html><body><h1>{status}</h1></body></html>");
    finish(code, "text/html; charset=utf-8", page)
}

/// Sends a browser somewhere else.
fn redirect(to: &str) -> Response {
    let mut response = finish(StatusCode::FOUND, "text/html; charset=utf-8", String::new());
    if let Ok(to) = header::HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

fn finish(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    if !kind.is_empty() {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    }
    response
}

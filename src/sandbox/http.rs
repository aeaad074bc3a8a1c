//! The HTTP server: one handler for all paths, authentication, the journal, injected faults.
//! Must never know what a path means: that is the API's business.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::api::authenticate;
use super::events::{self, Trace};
use super::faults::{Fault, Wire};
use super::request::query_pairs;
use super::shared::{Shared, lock};
use super::store::Store;
use super::types::{Call, Entry, Reply};
use super::world::World;
use super::{actions, api, authorize, discovery, sign_in, uploads};

/// Larger bodies are refused; a blueprint's context may hold many megabytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Answers every request of the server.
pub(super) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return respond(Reply::detail(413, "Request body is too large."));
    };
    if parts.method == axum::http::Method::POST && parts.uri.path() == "/application/o/token/" {
        return respond(sign_in::answer(
            &mut shared.world_now(),
            &String::from_utf8_lossy(&body),
        ));
    }
    if parts.method == axum::http::Method::GET && parts.uri.path() == "/application/o/authorize/" {
        let query = query_pairs(parts.uri.query().unwrap_or_default());
        return match authorize::answer(&mut lock(&shared.world), &query) {
            authorize::Page::Shown(status) => html(status),
            authorize::Page::Redirect(to) => redirect(&to),
        };
    }
    if parts.method == axum::http::Method::GET && parts.uri.path().starts_with("/application/o/") {
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost");
        let found = discovery::answer(
            &lock(&shared.world),
            parts.uri.path(),
            &format!("http://{host}"),
        );
        return found.map_or_else(|| html(404), |document| respond(Reply::new(200, document)));
    }
    let Some(path) = parts.uri.path().strip_prefix("/api/v3") else {
        return respond(Reply::detail(404, "Not found."));
    };
    let query = parts.uri.query().unwrap_or_default();
    let kind = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let call = Call {
        method: parts.method.to_string(),
        path: path.to_owned(),
        query: query_pairs(query),
        kind: kind.to_owned(),
        body: body.to_vec(),
    };
    if call.path == "/root/config/" {
        return respond(actions::config());
    }
    let header = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let authenticated = authenticate(&shared.world_now(), header);
    let caller = match authenticated {
        Ok(caller) => caller,
        Err(reply) => return respond(reply),
    };
    let mut entry = Entry {
        method: call.method.clone(),
        path: call.path.clone(),
        query: query.to_owned(),
        body: serde_json::from_slice(&call.body)
            .ok()
            .or_else(|| uploads::told(&call.kind, &call.body)),
        status: 0,
    };
    let fault = next_fault(&shared, &entry);
    let injected = match &fault {
        Some(Fault::Status(status, body)) => Some(respond(Reply::new(*status, body.clone()))),
        Some(Fault::Html(status)) => Some(html(*status)),
        Some(Fault::Drop) => {
            wire.cut_after(0);
            Some(respond(Reply::empty(0)))
        }
        Some(Fault::Delay(pause)) => {
            tokio::time::sleep(*pause).await;
            None
        }
        _ => None,
    };
    if let Some(response) = injected {
        entry.status = if matches!(fault, Some(Fault::Drop)) {
            0
        } else {
            response.status().as_u16()
        };
        lock(&shared.journal).push(entry);
        return response;
    }
    let reply = {
        let mut world = shared.world_now();
        begin(&shared, &mut world, &call.method);
        let reply = api::answer(&mut world, caller, &call);
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let trace = Trace {
            method: &call.method,
            path: &call.path,
            query: &call.query,
            user_agent: agent,
            client_ip: "127.0.0.1",
        };
        events::record(
            &mut world,
            caller.user,
            (reply.status < 400).then_some(&trace),
        );
        let reply = kept(&shared, &mut world, &call.method, reply);
        entry.status = reply.status;
        // Under the lock, so that the journal has the order in which things happened.
        lock(&shared.journal).push(entry);
        reply
    };
    // A head of ours takes 109 bytes or more; without a body the head itself is cut.
    let length = reply.body.as_ref().map(|body| body.to_string().len());
    let part = length.map_or(20, |length| 109 + length / 2);
    let response = respond(reply);
    match fault {
        Some(Fault::DropAfter) => wire.cut_after(0),
        Some(Fault::Truncate) => wire.cut_after(part),
        _ => {}
    }
    response
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

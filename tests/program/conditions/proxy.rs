//! A proxy in front of the server, which a test can make fail, hold a request, or go away altogether.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// It goes through.
    Pass,
    /// The proxy answers with a page of this status.
    Page(u16),
    /// The connection ends before the server hears of it.
    Cut,
    /// The connection ends after the server has done it.
    CutAfter,
    /// A write waits until the test lets it go on; what reads goes through.
    Hold,
}

/// Given the method, the path, and how many writes came so far, this one included.
type Script = Box<dyn Fn(&str, &str, usize) -> Turn + Send + Sync>;

struct Shared {
    target: String,
    http: reqwest::Client,
    script: Mutex<Arc<Script>>,
    writes: AtomicUsize,
    held: Notify,
    go: Notify,
}

pub struct Proxy {
    pub url: String,
    shared: Arc<Shared>,
    server: Mutex<Option<JoinHandle<()>>>,
}

impl Proxy {
    pub async fn start(
        target: &str,
        script: impl Fn(&str, &str, usize) -> Turn + Send + Sync + 'static,
    ) -> Proxy {
        let script: Script = Box::new(script);
        let shared = Arc::new(Shared {
            target: target.trim_end_matches('/').to_owned(),
            http: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
            script: Mutex::new(Arc::new(script)),
            writes: AtomicUsize::new(0),
            held: Notify::new(),
            go: Notify::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Mutex::new(Some(serve(listener, &shared)));
        Proxy {
            url,
            shared,
            server,
        }
    }

    /// Another script from now on.
    pub fn then(&self, script: impl Fn(&str, &str, usize) -> Turn + Send + Sync + 'static) {
        *self.shared.script.lock().unwrap() = Arc::new(Box::new(script));
    }

    /// Nobody listens any more.
    pub fn down(&self) {
        self.then(|_, _, _| Turn::Cut);
        if let Some(server) = self.server.lock().unwrap().take() {
            server.abort();
        }
    }

    /// It listens again, where it did before.
    pub async fn up(&self) {
        self.then(|_, _, _| Turn::Pass);
        let listener = TcpListener::bind(self.url.trim_start_matches("http://"))
            .await
            .unwrap();
        *self.server.lock().unwrap() = Some(serve(listener, &self.shared));
    }

    /// Waits until a request is held.
    pub async fn held(&self) {
        self.shared.held.notified().await;
    }

    /// Lets the request that is held go on.
    pub fn go(&self) {
        self.shared.go.notify_one();
    }

    pub fn writes(&self) -> usize {
        self.shared.writes.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.down();
    }
}

fn serve(listener: TcpListener, shared: &Arc<Shared>) -> JoinHandle<()> {
    let app = Router::new()
        .fallback(handle)
        .with_state(Arc::clone(shared));
    tokio::spawn(async move { drop(axum::serve(listener, app).await) })
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_start_matches("/api/v3").to_owned();
    let writes = match parts.method.as_str() {
        "GET" => shared.writes.load(Ordering::SeqCst),
        _ => shared.writes.fetch_add(1, Ordering::SeqCst) + 1,
    };
    let script = Arc::clone(&shared.script.lock().unwrap());
    let turn = script(parts.method.as_str(), &path, writes);
    match turn {
        Turn::Page(status) => {
            let page = [("content-type", "text/html")];
            return (
                StatusCode::from_u16(status).unwrap(),
                page,
                "<html><title>Away</title></html>",
            )
                .into_response();
        }
        Turn::Cut => cut(),
        Turn::Hold if parts.method != "GET" => {
            shared.held.notify_one();
            shared.go.notified().await;
        }
        Turn::Pass | Turn::CutAfter | Turn::Hold => {}
    }
    let body = to_bytes(body, 64 << 20).await.unwrap();
    let target = format!("{}{}", shared.target, parts.uri);
    let mut headers = HeaderMap::new();
    for name in ["authorization", "content-type", "accept", "user-agent"] {
        if let Some(value) = parts.headers.get(name) {
            headers.insert(name, value.clone());
        }
    }
    let sent = shared
        .http
        .request(parts.method, target)
        .headers(headers)
        .body(body)
        .send()
        .await;
    let Ok(answer) = sent else { cut() };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let Ok(bytes) = answer.bytes().await else {
        cut()
    };
    if turn == Turn::CutAfter {
        cut();
    }
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    if let Some(kind) = headers.get("content-type") {
        response.headers_mut().insert("content-type", kind.clone());
    }
    response
}

/// Ends the connection without an answer: its task unwinds, without a word on standard error.
fn cut() -> ! {
    std::panic::resume_unwind(Box::new("cut"))
}

//! A scripted HTTP/1.1 server: answers every request with what a closure says.
//! Must never judge what it is asked.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub head: String,
    pub body: String,
}

impl Seen {
    /// The number in the query's `page`.
    pub fn page(&self) -> u32 {
        let after = self
            .target
            .split(['?', '&'])
            .find_map(|part| part.strip_prefix("page="));
        after.unwrap().parse().unwrap()
    }
}

/// What to do with a request.
pub enum Reply {
    /// These bytes, and the connection stays open.
    Bytes(Vec<u8>),
    /// These bytes, and the connection is closed.
    Last(Vec<u8>),
    /// These bytes, and then silence.
    Hang(Vec<u8>),
    /// The connection is closed without an answer.
    Close,
}

pub struct Server {
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

type Script = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

impl Server {
    /// Starts a server; `script` gets the number of the request (from 0) and the request.
    pub async fn start(script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::launch(None, Arc::new(script)).await
    }

    /// The same behind TLS.
    pub async fn tls(
        acceptor: TlsAcceptor,
        script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::launch(Some(acceptor), Arc::new(script)).await
    }

    async fn launch(acceptor: Option<TlsAcceptor>, script: Arc<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, list, acceptor) =
                    (Arc::clone(&script), Arc::clone(&list), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, script, list).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, script, list).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, seen }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    script: Arc<Script>,
    list: Arc<Mutex<Vec<Seen>>>,
) {
    let mut buffer = Vec::new();
    loop {
        let Some(request) = request(&mut stream, &mut buffer).await else {
            return;
        };
        let number = {
            let mut list = list.lock().unwrap();
            list.push(request.clone());
            list.len() - 1
        };
        let (bytes, go_on) = match script(number, &request) {
            Reply::Bytes(bytes) => (bytes, true),
            Reply::Last(bytes) => (bytes, false),
            Reply::Close => return,
            Reply::Hang(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.flush().await;
                std::future::pending::<()>().await;
                return;
            }
        };
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() || !go_on {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

async fn request<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer[..end].to_vec()).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    let whole = end + length.unwrap_or(0);
    while buffer.len() < whole {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8_lossy(&buffer[end..whole]).into_owned();
    buffer.drain(..whole);
    let mut words = head.split(' ');
    Some(Seen {
        method: words.next()?.to_owned(),
        target: words.next()?.to_owned(),
        body,
        head,
    })
}

/// An answer with a status, more header lines (each with its line end) and a body.
pub fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A JSON answer.
pub fn reply(status: u16, body: &Value) -> Reply {
    Reply::Bytes(answer(
        status,
        "Content-Type: application/json\r\n",
        &body.to_string(),
    ))
}

/// An HTML answer.
pub fn html(status: u16, title: &str) -> Reply {
    let page = format!("<!doctype html><html><head><title>{title}</title></head></html>");
    Reply::Bytes(answer(
        status,
        "Content-Type: text/html; charset=utf-8\r\n",
        &page,
    ))
}

/// A page of a list.
pub fn page(rows: &[u32], count: usize, next: u32, pages: u32) -> Reply {
    let rows: Vec<_> = rows.iter().map(|n| json!({"pk": n})).collect();
    let pagination = json!({"next": next, "previous": 0, "count": count, "current": 1,
        "total_pages": pages, "start_index": 1, "end_index": 1});
    reply(
        200,
        &json!({"pagination": pagination, "results": rows, "autocomplete": {}}),
    )
}

//! Failures that tests inject, and the connection that can break off in the middle.
//! Must never decide on its own that something fails: only a test's hook does.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::types::Entry;

/// How one request goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Answers with this status and body; the request is not carried out.
    Status(u16, Value),
    /// Answers with this status and an HTML page, as a proxy in front does; not carried out.
    Html(u16),
    /// Closes the connection without an answer; the request is not carried out.
    Drop,
    /// Carries the request out, then closes the connection without an answer.
    DropAfter,
    /// Answers later, otherwise as usual.
    Delay(Duration),
    /// Carries the request out and breaks off in the middle of the answer.
    Truncate,
}

/// A test's choice: given the number of the request (from 0, since the hook was set) and the
/// request itself (its status is still 0), what goes wrong, if anything.
pub type Hook = Box<dyn Fn(usize, &Entry) -> Option<Fault> + Send + Sync>;

/// How many more bytes a connection may write; shared by the connection and its handlers.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    allowance: Arc<AtomicUsize>,
}

impl Wire {
    /// Lets the connection write some more bytes and then break.
    pub fn cut_after(&self, bytes: usize) {
        self.allowance.store(bytes, Ordering::SeqCst);
    }
}

impl Connected<IncomingStream<'_, Cuttable>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Wire {
        stream.io().wire.clone()
    }
}

/// A listener whose connections can be cut.
#[derive(Debug)]
pub(super) struct Cuttable(pub TcpListener);

impl Listener for Cuttable {
    type Io = Cut;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Cut, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        let allowance = Arc::new(AtomicUsize::new(usize::MAX));
        (
            Cut {
                stream,
                wire: Wire { allowance },
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Cut {
    stream: TcpStream,
    wire: Wire,
}

impl AsyncRead for Cut {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Cut {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = self.wire.allowance.load(Ordering::SeqCst);
        if allowed == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let part = buf.get(..allowed.min(buf.len())).unwrap_or(buf);
        let written = Pin::new(&mut self.stream).poll_write(cx, part);
        if let Poll::Ready(Ok(bytes)) = &written
            && allowed != usize::MAX
        {
            self.wire.cut_after(allowed - bytes);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

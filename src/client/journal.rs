//! The journal: every request that was sent, so that requests can be counted.
//! Must never hold a body, a header or an answer.

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The methods that akrec uses. There is no PUT: it empties what the body does not name
/// (a group's `users`, a user's `groups`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or calls an action.
    Post,
    /// Changes the fields that the body names.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method as it stands in the request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// True for every method but GET.
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Get)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One request that was sent, or tried to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// The path below `/api/v3`.
    pub path: String,
    /// The query, not percent-encoded, in the order in which it was sent.
    pub query: Vec<(String, String)>,
    /// The answer's status; none while under way, or if no answer came.
    pub status: Option<u16>,
}

/// The list behind [`Client::requests`](super::Client::requests).
#[derive(Default)]
pub(super) struct Journal(Mutex<Vec<Request>>);

impl Journal {
    /// Notes a request that is about to be sent; the number is for [`Journal::answered`].
    pub(super) fn sent(&self, method: Method, path: &str, query: &[(String, String)]) -> usize {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.push(Request {
            method,
            path: path.to_owned(),
            query: query.to_vec(),
            status: None,
        });
        list.len() - 1
    }

    /// Notes the status of the answer to request number `index`.
    pub(super) fn answered(&self, index: usize, status: u16) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(request) = list.get_mut(index) {
            request.status = Some(status);
        }
    }

    /// A copy of the journal so far, in the order of sending.
    pub(super) fn list(&self) -> Vec<Request> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

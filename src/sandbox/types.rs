//! What the files of the sandbox hand to each other: a request, its answer, who asks, and why something is refused.
//! Must never use another file of the sandbox.

use serde_json::{Map, Value, json};

/// An object's number in order of creation, never reused.
pub(super) type Serial = u64;

pub(super) type Values = Map<String, Value>;

/// One request below `/api/v3`.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub method: String,
    /// The path after `/api/v3`, such as `/core/groups/`.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// The `Content-Type` of the body.
    pub kind: String,
    /// The request body as sent.
    pub body: Vec<u8>,
}

/// The pairs of a query string, in order, decoded.
pub(super) type Query = [(String, String)];

/// The last value of a query key, as Django reads it.
pub(super) fn last<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query
        .iter()
        .rev()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// Who asks, and what they may do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    pub user: Serial,
    pub superuser: bool,
    /// Holds the role `authentik Read-only`, which views every model.
    pub reader: bool,
}

/// One answer; no body means an empty one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub status: u16,
    pub body: Option<Value>,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Reply {
        Reply {
            status,
            body: Some(body),
        }
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, body: None }
    }

    pub fn detail(status: u16, text: &str) -> Reply {
        Reply::new(status, json!({ "detail": text }))
    }

    /// The answer to an object that is not there, in the words of the server.
    pub fn absent(model: &str) -> Reply {
        Reply::detail(404, &format!("No {model} matches the given query."))
    }
}

/// Refusals by field name, as the server answers them with status 400.
pub(super) type Errors = Map<String, Value>;

/// A refusal that concerns no single field.
pub(super) fn non_field(text: &str) -> Errors {
    field_error("non_field_errors", text)
}

/// A refusal of one field.
pub(super) fn field_error(field: &str, text: &str) -> Errors {
    [(field.to_owned(), json!([text]))].into_iter().collect()
}

/// Why a write is refused.
pub(super) enum Refusal {
    /// Status 400 with these errors.
    Invalid(Errors),
    /// Status 500: the server trips over a body it did not expect.
    Crash,
}

impl From<Errors> for Refusal {
    fn from(errors: Errors) -> Refusal {
        Refusal::Invalid(errors)
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Reply {
        match refusal {
            Refusal::Invalid(errors) => Reply::new(400, Value::Object(errors)),
            // The page for a crash answers GET only: for a write it is a 405 with nothing in it.
            Refusal::Crash => Reply::empty(405),
        }
    }
}

pub(super) type Verdict = Result<(), Refusal>;

pub(super) fn refuse_field(field: &str, text: &str) -> Verdict {
    Err(field_error(field, text).into())
}

/// One authenticated API request that the sandbox saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The method, such as `PATCH`.
    pub method: String,
    /// The path below `/api/v3`, such as `/core/groups/`.
    pub path: String,
    /// The query string as sent, without the question mark.
    pub query: String,
    /// The JSON body, if there was one; of a form its texts, and the size of its file.
    pub body: Option<Value>,
    /// The status answered; 0 where the connection was dropped before anything was done.
    pub status: u16,
}

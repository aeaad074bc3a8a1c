//! All secrets of a run, and what looks for them in what servers say and in what akrec prints.
//! Must never print one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use super::text::Cleaner;
use crate::value::Masker;

/// The secrets of a run, shared by a connection's clones.
pub(super) struct Secrets {
    /// The address of the server, no part of which is taken for one of a secret.
    server: String,
    /// What akrec's own output shows on purpose of an address that is a secret.
    public: Mutex<String>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    values: Vec<SecretString>,
    /// What looks for them in text from outside and in akrec's own output; made when it is needed.
    maskers: Option<Maskers>,
}

#[derive(Clone)]
struct Maskers {
    outside: Arc<Masker>,
    own: Arc<Masker>,
}

impl Secrets {
    /// The first secrets: what proves to the server who asks.
    pub(super) fn new(server: &str, values: Vec<SecretString>) -> Self {
        let secrets = Self {
            server: server.to_owned(),
            public: Mutex::default(),
            known: Mutex::default(),
        };
        secrets.add(values);
        secrets
    }

    /// Takes more in. What is known already costs nothing.
    pub(super) fn add(&self, values: Vec<SecretString>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let have: HashSet<&str> = known
            .values
            .iter()
            .map(|value| value.expose_secret())
            .collect();
        let is_new = |value: &SecretString| {
            let text = value.expose_secret();
            !text.trim().is_empty() && !have.contains(text)
        };
        let fresh: Vec<SecretString> = values.into_iter().filter(is_new).collect();
        if !fresh.is_empty() {
            known.values.extend(fresh);
            known.maskers = None;
        }
    }

    /// Takes in a text of which akrec's own output may show every part, although it is a part of a secret.
    pub(super) fn reveal(&self, text: &str) {
        let mut public = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        if !public.lines().any(|known| known == text) {
            public.push_str(text);
            public.push('\n');
            drop(public);
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.maskers = None;
        }
    }

    /// What cleans text from outside.
    pub(super) fn cleaner(&self) -> Cleaner {
        Cleaner::new(self.outside())
    }

    /// What looks for secrets in text from outside.
    pub(super) fn outside(&self) -> Arc<Masker> {
        self.maskers().outside
    }

    /// What looks for secrets in akrec's own output.
    pub(super) fn own(&self) -> Arc<Masker> {
        self.maskers().own
    }

    fn maskers(&self) -> Maskers {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(maskers) = &known.maskers {
            return maskers.clone();
        }
        let texts = || known.values.iter().map(|value| value.expose_secret());
        let public = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        let public = format!("{}\n{public}", self.server);
        let maskers = Maskers {
            outside: Arc::new(Masker::new(texts(), &self.server)),
            own: Arc::new(Masker::of_output(texts(), &public)),
        };
        known.maskers.insert(maskers).clone()
    }
}

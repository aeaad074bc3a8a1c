//! The sandbox: a local authentik emulator that keeps its data, on loopback, for trying a state out and
//! for every end-to-end test. It answers as the recorded servers do.
//! Must never import another module of this crate but `files`, by which everything is written: it is the independent
//! witness against which akrec's own table is tested.

mod actions;
mod api;
mod authorize;
mod behaviours;
mod checks;
mod config;
mod discovery;
mod events;
mod facts;
mod faults;
mod field_rules;
mod grants;
mod groups;
mod http;
mod ids;
mod keep;
mod launch;
mod licence;
mod links;
mod list;
mod python;
mod render;
mod rights;
mod schema;
mod sign_in;
mod sources;
mod store;
mod uploads;
mod used_by;
mod validate;
mod world;
mod writes;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use self::faults::{Fault, Hook};
use self::http::{Shared, lock};
pub use self::licence::Licence;

/// The key of the superuser's token, unless the options say otherwise.
pub const ADMIN_TOKEN: &str = "sandbox-admin-token";
/// The key of the read-only account's token, unless the options say otherwise.
pub const READONLY_TOKEN: &str = "sandbox-readonly-token";

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sandbox has no facts of this release.
    #[error("the sandbox does not know authentik {asked}; it knows {known}")]
    UnknownRelease {
        /// What was asked for.
        asked: String,
        /// The releases it has, separated by commas.
        known: String,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file of the world cannot be read or written.
    #[error("{}: {error}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file holds something else than a world.
    #[error("{} is not a sandbox's world, which a sandbox writes by itself: {error}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        error: serde_json::Error,
    },
    /// The file holds the world of another release.
    #[error("{} holds the world of authentik {kept}, but {asked} was asked for", path.display())]
    OtherRelease {
        /// The file.
        path: PathBuf,
        /// The release in the file.
        kept: String,
        /// The release asked for.
        asked: String,
    },
    /// The facts built into this program are damaged.
    #[error("the built-in facts cannot be read: {0}")]
    Facts(serde_json::Error),
}

/// What a sandbox takes for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock, as of everything else that runs on the machine.
    Machine,
    /// Begins at 2026-01-01T00:00:00Z, and every write takes a second: two runs give the same world.
    Counting,
}

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The release to play: `2026.2` as it was recorded first, or a patch release of it such as `2026.2.7`.
    pub release: String,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Keeps the world in this file: loaded if it exists, and every write is added to it.
    pub data: Option<PathBuf>,
    /// Starts with accounts, groups and permissions only, without flows, stages, mappings and
    /// whatever else a fresh install brings. A file that exists already decides for itself.
    pub empty: bool,
    /// The enterprise licence; a fresh install has none.
    pub licence: Licence,
    /// The key of the superuser's token.
    pub admin_token: String,
    /// The key of the token of the account `akrec-readonly`; `None` leaves the account out, so
    /// that the world is exactly a fresh install.
    pub readonly_token: Option<String>,
    /// What it takes for now.
    pub clock: Clock,
    /// Facts laid over those of the release: collections, fields or words that it does not have. For tests of what
    /// happens on a server that knows more than akrec.
    pub more: Option<Value>,
}

impl Options {
    /// A sandbox of this release on any free port of loopback, kept in memory only, that counts its time.
    pub fn new(release: impl Into<String>) -> Options {
        Options {
            release: release.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data: None,
            empty: false,
            licence: Licence::default(),
            admin_token: ADMIN_TOKEN.to_owned(),
            readonly_token: Some(READONLY_TOKEN.to_owned()),
            clock: Clock::Counting,
            more: None,
        }
    }
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

/// A running sandbox; it stops when dropped.
pub struct Sandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
}

/// Starts a sandbox on the current Tokio runtime.
///
/// Refuses an unknown release, an address it cannot listen on, and a file that does not hold a
/// world of the same release.
pub async fn start(options: Options) -> Result<Sandbox, Error> {
    let world = keep::open(&options)?;
    serve(options, world).await
}

/// Serves a world on the current Tokio runtime.
async fn serve(options: Options, world: world::World) -> Result<Sandbox, Error> {
    let address = options.listen;
    let failed = |error| Error::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let shared = Arc::new(Shared {
        store: Mutex::new(options.data.clone().map(store::Store::at)),
        options,
        world: Mutex::new(world),
        journal: Mutex::new(Vec::new()),
        fault: Mutex::new(None),
        lost: Mutex::new(None),
    });
    let (stop, mut stopped) = watch::channel(false);
    let app = axum::Router::new()
        .fallback(http::handle)
        .with_state(shared.clone());
    let app = app.into_make_service_with_connect_info::<faults::Wire>();
    let server = tokio::spawn(async move {
        let until = async move {
            // An error means that the sandbox was dropped.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let _ = axum::serve(faults::Cuttable(listener), app)
            .with_graceful_shutdown(until)
            .await;
    });
    Ok(Sandbox {
        shared,
        address,
        stop,
        server: Some(server),
    })
}

impl Sandbox {
    /// Starts another sandbox whose world begins as a copy of this one's. It listens on a free port of loopback and keeps
    /// its world in memory only; the journal and the faults of this one are not copied. Refuses only if no port is free.
    pub async fn copy(&self) -> Result<Sandbox, Error> {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = Options {
            data: None,
            listen,
            ..self.shared.options.clone()
        };
        let world = lock(&self.shared.world).apart();
        serve(options, world).await
    }

    /// Where it listens, such as `http://127.0.0.1:9000`; the API is below `/api/v3`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The full version it plays, such as `2026.2.2`.
    pub fn release(&self) -> String {
        lock(&self.shared.world).facts.release.clone()
    }

    /// The key of the superuser's token.
    pub fn admin_token(&self) -> &str {
        &self.shared.options.admin_token
    }

    /// The key of the read-only account's token, where there is one.
    pub fn readonly_token(&self) -> Option<&str> {
        self.shared.options.readonly_token.as_deref()
    }

    /// Why a write could not be kept in the file, if one could not: it was not done.
    pub fn lost(&self) -> Option<String> {
        lock(&self.shared.lost).clone()
    }

    /// The authenticated requests so far, in the order in which they were carried out.
    pub fn journal(&self) -> Vec<Entry> {
        lock(&self.shared.journal).clone()
    }

    /// Forgets the requests so far.
    pub fn clear_journal(&self) {
        lock(&self.shared.journal).clear();
    }

    /// From now on every authenticated request is put before the hook, which may make it fail.
    pub fn set_fault(&self, hook: impl Fn(usize, &Entry) -> Option<Fault> + Send + Sync + 'static) {
        *lock(&self.shared.fault) = Some((Box::new(hook), 0));
    }

    /// No more faults.
    pub fn clear_fault(&self) {
        *lock(&self.shared.fault) = None;
    }

    /// All objects as stored, secrets included, by collection path and in order of creation.
    pub fn world_json(&self) -> Value {
        let world = lock(&self.shared.world);
        let mut all: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (_, object) in world.all() {
            all.entry(&object.base)
                .or_default()
                .push(Value::Object(object.values.clone()));
        }
        all.into_iter()
            .map(|(base, objects)| (base.to_owned(), Value::Array(objects)))
            .collect()
    }

    /// Carries out a request as the superuser, inside the process: it meets no faults and
    /// leaves no entry in the journal and no event. The path is below `/api/v3` and may have a query.
    /// Returns the status and the body, null where there is none.
    pub fn poke(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut world = self.shared.world_now();
        let (kind, sent) = match world.collection(path).filter(|found| found.upload) {
            Some(_) => uploads::form(&body),
            None if body.is_null() => Default::default(),
            None => ("application/json".to_owned(), body.to_string().into_bytes()),
        };
        let call = api::Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query: api::query_pairs(query),
            kind,
            body: sent,
        };
        let admin = world
            .holder("User.username", &"akadmin".into())
            .unwrap_or_default();
        let caller = api::Caller {
            user: admin,
            superuser: true,
            reader: true,
        };
        http::begin(&self.shared, &mut world, method);
        let reply = api::answer(&mut world, caller, &call);
        events::record(&mut world, caller.user, None);
        let reply = http::kept(&self.shared, &mut world, method, reply);
        (reply.status, reply.body.unwrap_or_default())
    }

    /// Stops: no new connections, and running requests are finished.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }
}

impl Drop for Sandbox {
    /// Leaves the file of the world as one JSON value, which other programs can read.
    fn drop(&mut self) {
        let world = lock(&self.shared.world);
        if let Some(store) = lock(&self.shared.store).as_mut() {
            store.fold(&world);
        }
    }
}

//! The sandbox: a local authentik emulator that keeps its data, on loopback, for trying a state out and
//! for every end-to-end test. It answers as the recorded servers do.
//! Must never import another module of this crate but `files`, by which everything is written: it is the independent
//! witness against which akrec's own table is tested.

mod actions;
mod api;
mod attempt;
mod authorize;
mod behaviours;
mod checks;
mod config;
mod discovery;
mod durations;
mod error;
mod events;
mod executor;
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
mod log;
mod options;
mod permissions;
mod python;
mod render;
mod replies;
mod request;
mod rights;
mod schema;
mod shared;
mod sign_in;
mod sources;
mod store;
mod titles;
mod types;
mod uploads;
mod used_by;
mod validate;
mod world;
mod writes;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use self::error::Error;
pub use self::faults::{Fault, Hook};
pub use self::licence::Licence;
pub use self::options::{ADMIN_TOKEN, Clock, Options, READONLY_TOKEN};
use self::shared::{Shared, lock};
pub use self::types::Entry;

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
        let call = types::Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query: request::query_pairs(query),
            kind,
            body: sent,
        };
        let admin = world
            .holder("User.username", &"akadmin".into())
            .unwrap_or_default();
        let caller = types::Caller {
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

//! One step against the server: read again, write, and where the answer was lost, look before believing anything.
//!
//! The server's word is taken only when it is clear; a write is repeated only where looking showed that it was not done.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value as Json};
use tokio::sync::OnceCell;

use super::reread::Reread;
use super::untaken::Description;
use super::{Known, licence, upload};
use crate::client::{Client, Error, ErrorKind, Method};
use crate::diag::{Code, Diagnostic};
use crate::live::Found;
use crate::plan::{Action, Items, Status, Step, Write};
use crate::read::{self, Server};
use crate::schema::{self, Create, Kind, id_text};
use crate::stop;
use crate::value::{Address, Part, Value};

/// Writes steps.
pub(super) struct Writer<'a> {
    pub client: Client,
    pub server: &'a Server,
    pub known: &'a RefCell<Known>,
    /// For reading again what is about to be deleted.
    pub reread: Reread,
    /// Whether there is a valid enterprise license, once asked.
    pub licensed: OnceCell<Option<bool>>,
    /// What the server says of its API, once asked.
    pub description: Description,
    /// How long to wait before each further look for what a creation may have made.
    pub settling: &'static [Duration],
}

/// What stands in the way of a step.
pub(super) enum Stop {
    /// The server refused, with this status if it gave one, or what it said cannot be used.
    Failed(Box<Diagnostic>, Option<u16>),
    /// The object is no longer what the plan saw.
    Moved(Box<Diagnostic>),
    /// The run was stopped before anything was written.
    Unbegun,
}

impl Stop {
    pub(super) fn failed(step: &Step, error: &Error) -> Stop {
        if error.is_read_only() {
            return Stop::refused(licence::read_only());
        }
        let code = match error.kind {
            ErrorKind::Unauthorized { .. } | ErrorKind::SignIn { .. } => Code::TOKEN_REFUSED,
            ErrorKind::TooLarge { .. } => Code::ANSWER_LIMIT,
            _ if error.is_connection() => Code::SERVER,
            _ => Code::STEP_FAILED,
        };
        let mut diagnostic =
            Diagnostic::error(code, format!("{} was not written", step.address)).note(error.what());
        if let Some(method) = error.method {
            diagnostic = diagnostic.note(format!("{method} {}", error.path));
        }
        if let (ErrorKind::Forbidden { .. }, Some(right)) = (&error.kind, right(step, error.method))
        {
            diagnostic = diagnostic.note(format!("this needs the permission {right}"));
        }
        if let Some(hint) = error.hint() {
            diagnostic = diagnostic.help(hint);
        }
        Stop::Failed(Box::new(diagnostic), error.status())
    }

    pub(super) fn refused(diagnostic: Diagnostic) -> Stop {
        Stop::Failed(Box::new(diagnostic), None)
    }

    pub(super) fn moved(diagnostic: Diagnostic) -> Stop {
        Stop::Moved(Box::new(diagnostic))
    }
}

pub(super) type Done = Result<(), Stop>;

impl Writer<'_> {
    /// Does one step and says what became of it.
    pub async fn write(&self, step: &Step) -> Status {
        let done = match &step.write {
            Write::Create { body, add } => self.create(step, body, add).await,
            Write::Update { body, add, remove } => self.update(step, body, add, remove).await,
            Write::Delete => self.delete(step).await,
            Write::Nothing => Ok(()),
        };
        match done {
            Ok(()) => Status::Done,
            Err(Stop::Failed(_, Some(400))) if step.kind.enterprise && self.unlicensed().await => {
                Status::Failed(licence::none())
            }
            Err(Stop::Failed(diagnostic, _)) => Status::Failed(*diagnostic),
            Err(Stop::Moved(diagnostic)) => Status::Moved(*diagnostic),
            Err(Stop::Unbegun) => Status::Stopped,
        }
    }

    /// Whether the server says that it has no valid license; asked once a run. Its refusals say so only as text.
    async fn unlicensed(&self) -> bool {
        *self
            .licensed
            .get_or_init(|| licence::counts(&self.client))
            .await
            == Some(false)
    }

    async fn create(&self, step: &Step, body: &BTreeMap<&'static str, Value>, add: &Items) -> Done {
        let kind = step.kind;
        let (path, mut raw) = self.creation(step, body)?;
        self.without_untaken(step, body, &mut raw).await?;
        let raw = Json::Object(raw);
        let form = upload::form(step, body)?;
        let mut attempts = 0;
        let made = loop {
            attempts += 1;
            let sent = match &form {
                Some(form) => form.send(&self.client, &path).await,
                None => self.client.post(&path, &raw).await,
            };
            match sent {
                Ok(made) => break made,
                Err(error) if error.is_unclear() => {
                    self.known
                        .borrow_mut()
                        .unsettled
                        .insert(step.address.clone());
                    match self.made_after_all(step, &error).await? {
                        Some(found) if is_written(step.kind, &found, body) => {
                            self.learn(step, found.id, found.pk, found.others);
                            return self.members(step, add, &Items::new()).await;
                        }
                        None if attempts < 2 => {}
                        found => {
                            // An existing object that looks different cannot be attributed to this run.
                            if found.is_some() {
                                self.known.borrow_mut().unsettled.remove(&step.address);
                            }
                            return Err(Stop::failed(step, &error));
                        }
                    }
                }
                Err(error) => return Err(Stop::failed(step, &error)),
            }
        };
        let (Some(id), Some(pk)) = (made.get(kind.id).and_then(id_text), made.get(kind.pk)) else {
            let what = format!(
                "{} was created, but the answer has no {}",
                step.address, kind.id
            );
            return Err(Stop::refused(
                Diagnostic::error(Code::BAD_OBJECT, what).note(format!("POST {path}")),
            ));
        };
        named_otherwise(step, &made)?;
        let others = kind
            .other_ids
            .iter()
            .filter_map(|name| Some((*name, made.get(name)?.clone())))
            .collect();
        self.learn(step, id, pk.clone(), others);
        self.members(step, add, &Items::new()).await
    }

    /// Where and with what an object is made.
    fn creation(
        &self,
        step: &Step,
        body: &BTreeMap<&'static str, Value>,
    ) -> Result<(String, Map<String, Json>), Stop> {
        let kind = step.kind;
        if let Create::PostOrImport { field, path, name } = kind.create
            && let Some(Value::Record(record)) = body.get(field)
        {
            let fields: BTreeMap<&str, &Value> = record
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect();
            let mut raw = self.encode(step, fields)?;
            raw.insert(name.to_owned(), Json::from(step.address.name()));
            return Ok((format!("{}{path}", kind.path), raw));
        }
        let fields = body.iter().map(|(name, value)| (*name, value)).collect();
        Ok((kind.path.to_owned(), self.encode(step, fields)?))
    }

    async fn update(
        &self,
        step: &Step,
        body: &BTreeMap<&'static str, Value>,
        add: &Items,
        remove: &Items,
    ) -> Done {
        let Some(id) = self.id(step) else {
            let what = format!(
                "{} has no id, although it was reported as created",
                step.address
            );
            return Err(Stop::refused(Diagnostic::error(Code::STEP_FAILED, what)));
        };
        if !step.second {
            match self.before(step, &id).await? {
                None => return Err(gone(step)),
                Some(found)
                    if !body.is_empty()
                        && is_shown(&found, body)
                        && is_written(step.kind, &found, body) =>
                {
                    return self.members(step, add, remove).await;
                }
                Some(found) => unmoved(step, &found)?,
            }
        }
        if !body.is_empty() {
            let mut raw = self.encode(
                step,
                body.iter().map(|(name, value)| (*name, value)).collect(),
            )?;
            self.without_untaken(step, body, &mut raw).await?;
            let raw = Json::Object(raw);
            let path = read::path(step.kind, &id);
            let mut attempts = 0;
            loop {
                attempts += 1;
                match self.client.patch(&path, &raw).await {
                    Ok(_) => break,
                    Err(error) if error.is_unclear() => {
                        // A rename changes the URL of objects that stand in it by their key.
                        let found = match self.again(step, &id).await? {
                            Some(found) => Some(found),
                            None => self.look_up(step).await?,
                        };
                        match found {
                            // Nothing shows that a value that the server never returns has arrived; sending it again
                            // gives the same result.
                            Some(found) if is_written(step.kind, &found, body) => {
                                if attempts > 1 || is_shown(&found, body) {
                                    break;
                                }
                            }
                            Some(found) if unmoved(step, &found).is_ok() => {
                                if attempts > 1 {
                                    return Err(Stop::failed(step, &error.not_carried_out()));
                                }
                            }
                            _ => return Err(Stop::failed(step, &error)),
                        }
                    }
                    Err(error) if error.is_not_found() => return Err(gone(step)),
                    Err(error) => return Err(Stop::failed(step, &error)),
                }
            }
        }
        self.members(step, add, remove).await
    }

    async fn delete(&self, step: &Step) -> Done {
        let Some(id) = self.id(step) else {
            return Ok(());
        };
        self.delete_by(step, &id)
            .await
            .inspect(|()| self.reread.gone(step.kind, &id))
    }

    async fn delete_by(&self, step: &Step, id: &str) -> Done {
        match self.before_deletion(step, id).await? {
            // A cascade of an earlier step, or somebody else, took it already.
            None => return Ok(()),
            Some(found) => unmoved(step, &found)?,
        }
        let path = read::path(step.kind, id);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let deleted = match step.kind.unpaginated {
                true => {
                    self.client
                        .delete_named(step.kind.path, &[(step.kind.id, id)])
                        .await
                }
                false => self.client.delete(&path).await,
            };
            match deleted {
                Ok(()) => return Ok(()),
                Err(error) if error.is_not_found() => return Ok(()),
                // Measured on 2025.12.4: a DELETE that was carried out answered 405. Measured on 2026.2.2: a DELETE
                // that runs at the same time as another one, of an object in the same cascade, answers 405 and is not
                // carried out.
                Err(error) if error.is_unclear() => match self.again(step, id).await? {
                    None => return Ok(()),
                    Some(found) if attempts < 3 && unmoved(step, &found).is_ok() => {}
                    Some(_) => return Err(Stop::failed(step, &error.not_carried_out())),
                },
                Err(error) => return Err(Stop::failed(step, &error)),
            }
        }
    }

    /// What stands in the object's URL.
    pub(super) fn id(&self, step: &Step) -> Option<String> {
        step.id
            .clone()
            .or_else(|| self.known.borrow().created.get(&step.address).cloned())
    }

    fn learn(&self, step: &Step, id: String, pk: Json, others: Vec<(&'static str, Json)>) {
        let mut known = self.known.borrow_mut();
        known.unsettled.remove(&step.address);
        known.others.extend(
            others
                .into_iter()
                .map(|(name, raw)| ((step.address.clone(), name), raw)),
        );
        known.live.learn(&step.address, &pk);
        known.created.insert(step.address.clone(), id);
        known.pks.insert(step.address.clone(), pk);
    }

    fn encode(
        &self,
        step: &Step,
        fields: BTreeMap<&str, &Value>,
    ) -> Result<Map<String, Json>, Stop> {
        let carries = |name: &str| step.kind.field(name).and_then(|field| field.refers_by);
        let one = |(name, value)| {
            Ok((
                String::from(name),
                self.encode_one(step, value, carries(name))?,
            ))
        };
        fields.into_iter().map(one).collect()
    }

    /// A value as the server takes it, with references by their usual id or by another one.
    pub(super) fn encode_one(
        &self,
        step: &Step,
        value: &Value,
        carries: Option<&'static str>,
    ) -> Result<Json, Stop> {
        let known = self.known.borrow();
        let id = |address: &Address| match carries {
            Some(name) => known.others.get(&(address.clone(), name)).cloned(),
            None => known.pks.get(address).cloned(),
        };
        schema::encode(value, &id).map_err(|missing| {
            let what = format!("{} refers to {missing}, whose id is unknown", step.address);
            Stop::refused(Diagnostic::error(Code::STEP_FAILED, what))
        })
    }

    /// The object as it is before anything of the step is written.
    async fn before(&self, step: &Step, id: &str) -> Result<Option<Found>, Stop> {
        match self.again(step, id).await {
            Err(_) if stop::is_over() => Err(Stop::Unbegun),
            found => found,
        }
    }

    /// The same of an object that is to be deleted, which a page of its list may show.
    async fn before_deletion(&self, step: &Step, id: &str) -> Result<Option<Found>, Stop> {
        let decode = |raw: &Json| self.decode(step.kind, raw);
        let raw = self
            .reread
            .object((&self.client, self.server), step, id, &decode)
            .await;
        match raw {
            Err(_) if stop::is_over() => Err(Stop::Unbegun),
            raw => self.read_again(step, raw),
        }
    }

    /// The object as it is now.
    async fn again(&self, step: &Step, id: &str) -> Result<Option<Found>, Stop> {
        self.read_again(step, read::again(&self.client, step.kind, id).await)
    }

    /// An answer that shows the object as it is now.
    fn read_again(
        &self,
        step: &Step,
        raw: Result<Option<Json>, Error>,
    ) -> Result<Option<Found>, Stop> {
        let raw = raw.map_err(|error| Stop::failed(step, &error))?;
        raw.map(|raw| self.decode(step.kind, &raw))
            .transpose()
            .map_err(|why| {
                let what = format!(
                    "{} was read again, but the answer could not be interpreted",
                    step.address
                );
                Stop::refused(Diagnostic::error(Code::BAD_OBJECT, what).note(why))
            })
    }

    fn decode(&self, kind: &'static Kind, raw: &Json) -> Result<Found, String> {
        self.known.borrow().live.object(kind, raw)
    }

    /// The object by its key: for settling whether a creation was done.
    async fn look_up(&self, step: &Step) -> Result<Option<Found>, Stop> {
        let owner = match step.address.parts().first() {
            Some(Part::At(owner)) => self.owner_id(&self.known.borrow(), owner),
            _ => None,
        };
        let decode = |raw: &Json| self.decode(step.kind, raw).ok();
        let what = (step.kind, &step.address);
        let found = read::by_key(&self.client, self.server, &decode, what, owner.as_deref());
        found.await.map_err(|error| Stop::failed(step, &error))
    }

    /// The object by its key, looked for as long as the server may still be making it.
    async fn made_after_all(&self, step: &Step, error: &Error) -> Result<Option<Found>, Stop> {
        for wait in self.settling.iter().filter(|_| error.may_go_on()) {
            if let Some(found) = self.look_up(step).await? {
                return Ok(Some(found));
            }
            tokio::select! { () = tokio::time::sleep(*wait) => {}, () = stop::over() => {} }
        }
        self.look_up(step).await
    }

    fn owner_id(&self, known: &Known, owner: &Address) -> Option<String> {
        let found = known.live.get(owner).and_then(|found| found.binds.clone());
        found.or_else(|| known.pks.get(owner).and_then(id_text))
    }
}

/// Refuses to go on where the server has read another key out of what was sent than the files have.
fn named_otherwise(step: &Step, made: &Json) -> Done {
    match step.kind.name_in(made) {
        Some(name) if step.kind.has_derived_key() && Some(&*name) != step.address.name() => {
            Err(Stop::refused(
                Diagnostic::error(
                    Code::STEP_FAILED,
                    format!("{} has a different name", step.address),
                )
                .note(format!(
                    "the server accepted it and read the name {name:?} from it"
                ))
                .help(format!("declare it as {name:?}")),
            ))
        }
        _ => Ok(()),
    }
}

/// The permission that a write of a step requires, where its kind or its model determines it.
fn right(step: &Step, method: Option<Method>) -> Option<String> {
    if let Some(rights) = step.kind.permissions {
        return Some(rights.change.to_owned());
    }
    let (app, model) = step.kind.model.split_once('.')?;
    let verb = match method? {
        Method::Get => "view",
        Method::Post if step.action == Action::Create => "add",
        Method::Patch => "change",
        Method::Delete => "delete",
        // An action has a permission of its own.
        Method::Post => return None,
    };
    Some(format!("{app}.{verb}_{model}"))
}

/// Whether the server shows every value of a body, so that a read shows whether it has been written.
fn is_shown(found: &Found, body: &BTreeMap<&'static str, Value>) -> bool {
    body.keys().all(|name| found.fields.contains_key(name))
}

/// Whether an object has every value of a body, as far as the server shows them.
fn is_written(kind: &Kind, found: &Found, body: &BTreeMap<&'static str, Value>) -> bool {
    body.iter().all(|(name, wanted)| match (found.fields.get(name), wanted) {
        (None, _) => true,
        (Some(Value::Set(have)), Value::Set(wanted)) if kind.field(name).is_some_and(|field| field.server_adds) => {
            wanted.is_subset(have)
        }
        (Some(have @ (Value::Digest(_) | Value::Null)), Value::Secret(secret)) => {
            let print = kind.field(name).and_then(|field| field.digest).map(|(_, digest)| digest.of(secret.expose()));
            match print {
                Some(print) => matches!((have, print), (Value::Digest(have), Ok(print)) if **have == *print),
                None => have == wanted,
            }
        }
        (Some(have), wanted) => have == wanted || (have.is_empty() && wanted.is_empty()),
    })
}

/// The object vanished between plan and write.
fn gone(step: &Step) -> Stop {
    Stop::moved(
        Diagnostic::error(
            Code::STEP_MOVED,
            format!("{} no longer exists", step.address),
        )
        .note("it existed when the plan was made; somebody has deleted it since")
        .help("plan again"),
    )
}

/// Whether the object is still what the plan saw, on the fields on which the step rests.
fn unmoved(step: &Step, found: &Found) -> Done {
    let moved: Vec<&str> = step
        .expect
        .iter()
        .filter(|(name, value)| found.fields.get(*name).is_some_and(|now| now != *value))
        .map(|(name, _)| *name)
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    Err(Stop::moved(
        Diagnostic::error(
            Code::STEP_MOVED,
            format!("{} was changed by somebody else", step.address),
        )
        .note(format!("since the plan was made: {}", moved.join(", ")))
        .help("plan again and review what changed"),
    ))
}

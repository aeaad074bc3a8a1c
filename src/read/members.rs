//! Sets that the answers of a kind lack: the users of a role, the permissions that it gives. They are read apart and put
//! in as if the answers had them.

use serde::Serialize;
use serde_json::Value as Json;

use super::needs::{MembersOf, Needs};
use super::{Problem, Reader, join, lacks_permission};
use crate::client::{Error, Listing};
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::live::Batch;
use crate::schema::{Field, FilterBy, Kind, Members, SeparateList, Shape, id_text};
use crate::wire;

impl Reader<'_> {
    /// Puts the sets in that are declared.
    pub(super) async fn members(
        &self,
        needs: &Needs<'_>,
        batches: &mut [Batch],
    ) -> Result<(), Problem> {
        for MembersOf {
            kind,
            members,
            names,
        } in &needs.members
        {
            match self
                .sets(kind, members, &|name| names.contains(name), batches)
                .await
            {
                Err(error) if lacks_permission(&error) && !self.server.superuser => {
                    return Err(Problem::Diagnostic(
                        Diagnostic::error(Code::PERMISSION, unreadable(kind, members))
                            .note(error.what())
                            .note(format!("`{}` is declared", members.field))
                            .help("use a token of a superuser, or remove that from the files"),
                    ));
                }
                sets => sets?,
            }
        }
        if let Some(reason) = self.cuts.cut_set() {
            let message =
                "a declared list cannot be compared, because the server does not show all of it";
            let diagnostic = Diagnostic::error(Code::CUT_LIST, message).note(reason);
            return Err(Problem::Diagnostic(diagnostic.help(
                "use a token of a superuser, or remove that list from the files",
            )));
        }
        Ok(())
    }

    /// Puts one set into the objects of some names.
    pub(super) async fn sets(
        &self,
        kind: &'static Kind,
        members: &Members,
        wanted: &dyn Fn(&str) -> bool,
        batches: &mut [Batch],
    ) -> Result<(), Error> {
        let (Some(apart), Some(field)) = (members.read, kind.field(members.field)) else {
            return Ok(());
        };
        for batch in batches.iter_mut().filter(|batch| batch.kind == kind) {
            let wanted = |i: &usize| {
                kind.name_in(&batch.objects[*i])
                    .is_some_and(|name| wanted(&name))
            };
            let wanted: Vec<usize> = (0..batch.objects.len()).filter(wanted).collect();
            let asked = wanted
                .iter()
                .map(|i| self.apart(kind, apart, &batch.objects[*i]));
            let all = join(asked)
                .await
                .into_iter()
                .collect::<Result<Vec<_>, _>>()?;
            for (i, found) in wanted.into_iter().zip(all) {
                put(field, &mut batch.objects[i], &found);
            }
        }
        Ok(())
    }

    async fn apart(
        &self,
        kind: &'static Kind,
        apart: SeparateList,
        object: &Json,
    ) -> Result<Vec<Json>, Error> {
        let key = match apart.by {
            FilterBy::Name => kind.name_in(object),
            FilterBy::Id => object.get(kind.id).and_then(id_text),
        };
        let key = key.unwrap_or_default();
        let query = [("ordering", "id"), (apart.filter, key.as_str())];
        let first = self.client.page(apart.path, &query, 1).await?;
        let listing = match first.next {
            None => Listing {
                rows: first.results,
                count: first.count,
            },
            Some(_) => self.client.pages(apart.path, &query, first).await?,
        };
        let name = kind.name_in(object).unwrap_or_else(|| key.clone());
        self.cuts.note_set(
            &format!("{} {name:?}", kind.title()),
            apart.path,
            listing.rows.len(),
            listing.count,
        );
        Ok(listing.rows)
    }
}

/// The error text for a set that cannot be read.
pub(super) fn unreadable(kind: &Kind, members: &Members) -> String {
    format!(
        "the token may not read the {} of {}",
        members.field.replace('_', " "),
        kind.title()
    )
}

/// Puts what was found into an object, in the form that a field has.
fn put(field: &Field, object: &mut Json, found: &[Json]) {
    if let Shape::Set(Shape::Grant { .. }) = field.shape {
        object[field.name] = found.iter().map(granted).collect();
        return;
    }
    let Some(family) = field.shape.families().first() else {
        return;
    };
    let Some(kind) = kinds::outside(family).or_else(|| kinds::family(family).next()) else {
        return;
    };
    let ids: Vec<&Json> = found.iter().filter_map(|item| item.get(kind.pk)).collect();
    object[field.name] = ids.into_iter().cloned().collect();
    object[format!("{}_obj", field.name)] = found.iter().cloned().collect();
}

/// A permission on an object: the family of the object determines the model that the permission is for.
fn granted(raw: &Json) -> Json {
    let text = |name: &str| raw.get(name).and_then(Json::as_str).unwrap_or_default();
    let model = format!("{}.{}", text("app_label"), text("model"));
    wire::json(&Granted {
        family: kinds::by_model(&model).map(|kind| kind.family),
        model,
        object: raw.get("object_pk"),
        permission: format!("{}.{}", text("app_label"), text("codename")),
    })
}

/// A permission on an object, as values of such fields are read from.
#[derive(Serialize)]
struct Granted<'a> {
    family: Option<&'a str>,
    model: String,
    object: Option<&'a Json>,
    permission: String,
}

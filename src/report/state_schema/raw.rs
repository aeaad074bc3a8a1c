//! The section `raw`: collections that the table does not know, of which only the form is known here.

use super::{NULLABLE_ARRAY, NULLABLE_OBJECT, lifecycle};
use crate::wire::schema::{Schema, Schemas, Type};

/// A path as far as an editor can judge it; the loader knows which ones are known already.
const PATH: &str = "^/[a-z0-9_-]+(/[a-z0-9_-]+)+/$";
/// A name of a field.
const FIELD: &str = "^\\s*[A-Za-z_][A-Za-z0-9_]*\\s*$";

/// The section, with the definitions that it uses.
pub(super) fn section(defs: &mut Schemas) -> Schema {
    let object = Schema::of_types(&NULLABLE_OBJECT)
        .about("Fields by the API's names: data, `!ref {family: name}`, `!set […]`.")
        .property("previously", Schema::reference("akrec.previously"))
        .property("lifecycle", lifecycle(None));
    defs.insert("raw.object".into(), object);
    let field = || Schema::of_types(&[Type::String, Type::Null]).pattern(FIELD);
    let defaults = Schema::of(Type::Object).and_all_of([Schema::reference("raw.object")]);
    let collection = Schema::of_types(&NULLABLE_OBJECT)
        .property(
            "key",
            field()
                .about("The field of the natural key.")
                .default_is("name"),
        )
        .property(
            "id",
            field()
                .about("The field of an answer that is part of an object's URL.")
                .default_is("pk"),
        )
        .property(
            "write_only",
            Schema::of_types(&NULLABLE_ARRAY)
                .items(Schema::text(FIELD))
                .about("Fields that the server never returns."),
        )
        .property(
            "defaults",
            Schema::any_of([Schema::of(Type::Null), defaults])
                .about("Fields that every object here has unless it says otherwise."),
        )
        .property(
            "objects",
            Schema::of_types(&NULLABLE_OBJECT)
                .about("A mapping from names to objects.")
                .names(Schema::any().filled())
                .each(Schema::reference("raw.object")),
        )
        .closed();
    defs.insert("raw.collection".into(), collection);
    by_path(
        "Collections that akrec does not know, by their path below /api/v3. `akrec explain raw`.",
        Schema::reference("raw.collection"),
    )
}

/// What must not exist in such collections.
pub(super) fn absent() -> Schema {
    by_path(
        "Objects of raw collections that must not exist, by path and key.",
        Schema::of_types(&NULLABLE_ARRAY).items(Schema::reference("value.text")),
    )
}

fn by_path(about: &str, each: Schema) -> Schema {
    Schema::of_types(&NULLABLE_OBJECT)
        .about(about)
        .names(Schema::any().pattern(PATH))
        .each(each)
}

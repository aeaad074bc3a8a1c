//! THE TABLE: every kind of object, one literal each, one file a family. Data only.
//!
//! Adding a kind is adding a literal; nothing about a kind is written anywhere else. Facts come from the OpenAPI
//! schemas of the supported releases and from measured behaviour.

mod applications;
mod bindings;
mod builtin;
mod certificates;
mod connections;
mod devices;
mod directory;
mod events;
mod flows;
mod governance;
mod known;
mod left_out;
mod mappings_oauth;
mod mappings_others;
mod media;
mod outside;
mod policies;
mod powers;
mod providers;
mod providers_directory;
mod providers_saml;
mod providers_sync;
mod settings;
mod shared;
mod sources;
mod sources_directory;
mod sources_signin;
mod stages;
mod stages_authenticators;
mod stages_checks;

use std::sync::LazyLock;

use crate::schema::Kind;

pub use builtin::{OWN_NOTES, is_added, is_beside, is_builtin, is_own_account, purpose};
pub use left_out::{LEFT_OUT, NO_KINDS, NoKind, OTHERWISE, covers};
pub use powers::{TAKEOVER, takeover};

/// Every kind that can be declared, in the order in which people meet them.
pub static KINDS: LazyLock<Vec<&'static Kind>> = LazyLock::new(|| {
    [
        directory::KINDS,
        media::KINDS,
        applications::KINDS,
        providers::KINDS,
        providers_saml::KINDS,
        providers_directory::KINDS,
        providers_sync::KINDS,
        mappings_oauth::KINDS,
        mappings_others::KINDS,
        certificates::KINDS,
        flows::KINDS,
        stages::KINDS,
        stages_authenticators::KINDS,
        stages_checks::KINDS,
        policies::KINDS,
        bindings::KINDS,
        sources::KINDS,
        sources_directory::KINDS,
        sources_signin::KINDS,
        connections::KINDS,
        events::KINDS,
        devices::KINDS,
        governance::KINDS,
        settings::KINDS,
    ]
    .iter()
    .flat_map(|kinds| kinds.iter())
    .collect()
});

/// Collections in which objects are looked up that no kind of the table covers, by family.
pub const OUTSIDE: &[Kind] = outside::KINDS;

/// A kind by its name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}

/// A kind by what the server calls its model: `authentik_core.group`.
pub fn by_model(model: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .copied()
        .find(|kind| !kind.model.is_empty() && kind.model == model)
}

/// A kind by what the server calls its model, or the collection of a family by the model of all of them
/// (`authentik_core.provider`): so the server names what refers to an object by a field that the whole family has.
pub fn by_any_model(model: &str) -> Option<&'static Kind> {
    by_model(model).or_else(|| {
        OUTSIDE
            .iter()
            .find(|kind| !kind.model.is_empty() && kind.model == model)
    })
}

/// The kinds that share a name space.
pub fn family(family: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS
        .iter()
        .copied()
        .filter(move |kind| kind.family == family)
}

/// The kinds of a section of state files.
pub fn section(section: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS
        .iter()
        .copied()
        .filter(move |kind| kind.section == section && !section.is_empty())
}

/// The collection in which objects of a family are found whatever their kind.
pub fn outside(family: &str) -> Option<&'static Kind> {
    OUTSIDE.iter().find(|kind| kind.family == family)
}

/// Every section, in the table's order, without repeats.
pub fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&'static str> = Vec::new();
    for kind in KINDS.iter().filter(|kind| !kind.section.is_empty()) {
        if !sections.contains(&kind.section) {
            sections.push(kind.section);
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    /// Permissions may be on anything that a state file names; what there is only one of has no name.
    #[test]
    fn permissions_are_on_objects_of_every_section() {
        let role = kind("role")
            .and_then(|kind| kind.field("object_permissions"))
            .expect("the field");
        let named = |kind: &&&Kind| {
            !kind.section.is_empty() && !kind.model.is_empty() && !kind.is_singleton()
        };
        let named = KINDS.iter().filter(named).map(|kind| kind.family);
        let on = role.shape.families();
        assert_eq!(
            named
                .filter(|family| !on.contains(family))
                .collect::<Vec<_>>(),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn the_table_is_sound() {
        let outside: Vec<&str> = OUTSIDE.iter().map(|kind| kind.family).collect();
        assert_eq!(schema::check(&KINDS, &outside), Vec::<String>::new());
    }
}

//! What of a kind may be valid and still be a mistake: the lints go by it.
//!
//! Names of fields and values only; nothing is checked here.

/// Something about a kind that is worth a second look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lint {
    /// Without `key`, nobody can verify its signatures.
    SigningKey {
        /// The field that names the key.
        key: &'static str,
    },
    /// Answers are sent to the addresses in `uris`.
    RedirectUris {
        /// The list of addresses.
        uris: &'static str,
        /// The field that says what sort of client it is.
        client: &'static str,
        /// The value of `client` for a client that keeps a secret.
        confidential: &'static str,
    },
    /// These keys collide with addresses of the server itself.
    CollidingKeys(&'static [&'static str]),
    /// Opens something only if one of `to` is set, or `link`.
    LaunchTarget {
        /// The field that names what it opens, under the same name as a rule.
        to: &'static str,
        /// Further fields that name what it serves.
        also: &'static [&'static str],
        /// A plain address in place of those.
        link: &'static str,
    },
    /// A policy that evaluates a user; the text says what it does without one.
    NeedsUser(&'static str),
    /// Where `field` has one of `values`, no user is known at the start.
    StartsWithoutUser {
        /// The field.
        field: &'static str,
        /// Its values for flows that start without a user.
        values: &'static [&'static str],
    },
    /// It shows this other stage on its own page.
    EmbedsStage(&'static str),
    /// It has no use after the time in this field.
    Expiry(&'static str),
    /// The server refuses a time in `field` that is further away than a setting allows, where `when` has this value.
    MaxLifetime {
        /// The field with the end.
        field: &'static str,
        /// A field and its value.
        when: (&'static str, &'static str),
        /// The kind and the field of the setting.
        setting: (&'static str, &'static str),
        /// The field that names the user.
        user: &'static str,
        /// The attribute that allows a user or a group a longer time.
        unless: &'static str,
    },
}

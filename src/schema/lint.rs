//! What of a kind may be valid and still be a mistake: the lints go by it.
//!
//! Names of fields and words only; nothing is judged here.

/// Something about a kind that is worth a second look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lint {
    /// Without `key`, nobody can check what it signs.
    Signs {
        /// The field that names the key.
        key: &'static str,
    },
    /// Answers are sent to the addresses in `uris`.
    Redirects {
        /// The list of addresses.
        uris: &'static str,
        /// The field that says what sort of client it is.
        client: &'static str,
        /// The word of `client` for one that keeps a secret.
        confidential: &'static str,
    },
    /// These keys collide with addresses of the server itself.
    Reserved(&'static [&'static str]),
    /// Opens something only if one of `to` is set, or `link`.
    Leads {
        /// The field that names what it opens, under the same name as a rule.
        to: &'static str,
        /// Further fields that name what it serves.
        also: &'static [&'static str],
        /// A plain address in place of those.
        link: &'static str,
    },
    /// A policy that judges a user; the text says what it does without one.
    NeedsUser(&'static str),
    /// Where `field` is one of `words`, nobody is known when it begins.
    Begins {
        /// The field.
        field: &'static str,
        /// Its words for what begins without a user.
        words: &'static [&'static str],
    },
    /// It shows this other stage on its own page.
    Embeds(&'static str),
    /// It is of no use after the time in this field.
    Expires(&'static str),
    /// The server takes no end in `field` that is further away than a setting says, where `when` has this word.
    Lasts {
        /// The field with the end.
        field: &'static str,
        /// A field and its word.
        when: (&'static str, &'static str),
        /// The kind and the field of the setting.
        setting: (&'static str, &'static str),
        /// The field that names the user.
        user: &'static str,
        /// The attribute by which a user or a group may have longer.
        unless: &'static str,
    },
}

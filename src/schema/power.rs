//! What of a kind gives power to somebody: the section `Privileges:` of a plan reports where it changes.
//!
//! Names of fields and words only; nothing is judged here. Superusers follow from [`WayIn`](super::WayIn), permissions
//! from sets that are written as grants, and Python from [`Format`](super::Format).

/// Something about a kind that gives power.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Power {
    /// A token, which acts as its owner.
    Token {
        /// The field with the owner.
        user: &'static str,
        /// The field with the purpose.
        sort: &'static str,
        /// The word of `sort` for the API.
        api: &'static str,
        /// Whether it ends.
        expiring: &'static str,
        /// When it ends.
        expires: &'static str,
    },
    /// The server does whatever it says, while `enabled` is true.
    Anything {
        /// Whether the server applies it.
        enabled: &'static str,
        /// The fields that say what it does.
        content: &'static [&'static str],
    },
    /// A client that needs no secret while `field` is `word`.
    Public {
        /// The field that says what sort of client it is.
        field: &'static str,
        /// The word of `field` for a client without a secret.
        word: &'static str,
    },
    /// Sign-ins are sent to the addresses in this list.
    Redirects(&'static str),
    /// Paths that anybody may request without signing in: expressions, one a line.
    Unprotected(&'static str),
    /// How requests reach what it protects.
    Mode(&'static str),
    /// A switch that gives power while it has the value `on`.
    Switch {
        /// The field.
        field: &'static str,
        /// The value that gives power.
        on: bool,
        /// What it allows then, as the end of a sentence that begins with the object.
        allows: &'static str,
        /// What is true of the object otherwise.
        otherwise: &'static str,
    },
    /// Tokens of these other objects are accepted.
    Trusts(&'static str),
    /// Sends events to another machine.
    Sends {
        /// The field that says how they are sent.
        mode: &'static str,
        /// The word of `mode` for what stays on the server.
        local: &'static str,
        /// The field with the address, if `mode` is one of `web`.
        url: &'static str,
        /// The words of `mode` for what is sent to `url`.
        web: &'static [&'static str],
    },
    /// Sends events through these.
    Routes(&'static str),
    /// Puts users into the group that this field names.
    PutsInto(&'static str),
    /// Free data by whose keys the server treats users differently, where they begin like this.
    Attributes {
        /// The field.
        field: &'static str,
        /// The beginning of the keys.
        begins: &'static str,
    },
    /// A role gets permissions on every object that its members create.
    Initial {
        /// The field that names the role.
        role: &'static str,
        /// The set of permissions.
        permissions: &'static str,
    },
}

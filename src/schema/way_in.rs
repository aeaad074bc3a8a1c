//! What a kind has to do with whether anybody can still sign in and administer: the safety checks against lockouts use
//! it.
//!
//! Names of fields and values only; nothing is judged here.

/// The part that a kind plays for whoever signs in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WayIn {
    /// Somebody who can sign in where `active` is true, unless `sort` has one of the words for machines.
    User {
        /// Whether it can sign in.
        active: &'static str,
        /// What sort of user it is.
        sort: &'static str,
        /// Values of `sort` for accounts that are not people.
        machines: &'static [&'static str],
    },
    /// Its members, and those of the groups below it, may do everything where `all` is true.
    Group {
        /// Whether members may do everything; also the filter of the list.
        all: &'static str,
        /// The fields that name the groups above it.
        above: &'static [&'static str],
        /// The list of ids of the groups below it, in answers.
        below: &'static str,
    },
    /// What `user` talks to the API with, where `sort` is `word`.
    Token {
        /// The field with the owner.
        user: &'static str,
        /// The field with the purpose.
        sort: &'static str,
        /// The word for the API.
        word: &'static str,
    },
    /// The one where `default` is true says in `flow` how everybody signs in.
    Brand {
        /// Whether it is the one; also the filter of the list.
        default: &'static str,
        /// The flow.
        flow: &'static str,
    },
    /// Makes `stage` a part of `flow`.
    Step {
        /// The flow.
        flow: &'static str,
        /// The stage.
        stage: &'static str,
    },
    /// A stage that asks who it is.
    Identifies,
    /// A stage that signs the user in.
    SignsIn,
}

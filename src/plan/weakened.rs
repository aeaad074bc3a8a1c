//! What the settings of the checkout make less safe than akrec is without them. A plan carries it along, so that every
//! report on it can say so at its head: a reviewer need not look for it in a diff.

use crate::diag::Place;

/// One setting that weakens a safety check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Weakened {
    /// The setting, as a path: `limits.deletes`.
    pub setting: String,
    /// What it says.
    pub value: String,
    /// What holds without it.
    pub instead_of: String,
    /// Whether that is what the base says; the default of akrec otherwise.
    pub base: bool,
    /// Where it is said.
    pub place: Option<Place>,
}

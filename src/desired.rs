//! The desired state: from the tree that the files make (`tree`) to objects of the table's kinds (`lower`, with `values`). Pure.

mod assertion;
pub(crate) mod fits;
pub mod hide;
mod lower;
pub(crate) mod needs;
mod object;
mod privilege_claim;
mod sign_in_claim;
pub(crate) mod tree;
mod unread;
mod values;
mod wants;

pub use assertion::{Assertion, Claim, Gates, Subject, Wanted};
pub use lower::is_raw_path;
pub use object::{
    Absent, Desired, Grant, Object, Owned, RawCollection, RefUse, Settings, Want, What,
};
pub use privilege_claim::PrivilegeClaim;
pub use sign_in_claim::{Enrollment, LeastProof, SignInClaim};
pub use tree::{Entry, Section, Tree};
pub use wants::Wants;

use crate::diag::{Diagnostic, Sources};

/// Lowers a tree to objects of the table's kinds: again, once the release of the server is known.
pub fn lower(
    tree: &Tree,
    settings: &Settings,
    sources: &mut Sources,
) -> (Desired, Vec<Diagnostic>) {
    let (desired, diagnostics, secrets) = lower::lower(tree, settings);
    secrets
        .into_iter()
        .chain(unread::unread(tree))
        .for_each(|span| hide::value(span, sources));
    let mut reported: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        // A mistake in `defaults` is found under every object that it touches.
        if reported.len() > 1000 || !reported.contains(&diagnostic) {
            reported.push(diagnostic);
        }
    }
    (desired, reported)
}

//! Which live object is which declared one.
use crate::desired::Object;
use crate::diag::Diagnostic;
use crate::live::Live;

pub(super) struct Matched;

pub(super) fn matching(_objects: &[Object], _live: &Live, _diagnostics: &mut Vec<Diagnostic>) -> Matched {
    Matched
}

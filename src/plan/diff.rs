//! What differs.
use super::matching::Matched;
use super::{Options, Step};
use crate::desired::Object;
use crate::diag::Diagnostic;

pub(super) fn diff(_: &[Object], _: &Matched, _: &Options, _: &mut Vec<Diagnostic>) -> Vec<Step> {
    Vec::new()
}

pub(super) fn ignored(objects: &[Object]) -> usize {
    objects.iter().map(|object| object.ignore.len()).sum()
}

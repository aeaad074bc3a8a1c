//! What goes.
use super::Step;
use super::matching::Matched;
use crate::desired::{Desired, Object};
use crate::diag::Diagnostic;

pub(super) fn removal(_: &Desired, _: &[Object], _: &Matched, _: &mut Vec<Diagnostic>) -> Vec<Step> {
    Vec::new()
}

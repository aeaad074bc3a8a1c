//! What first.
use super::Step;
use super::matching::Matched;
use crate::diag::Diagnostic;
use crate::value::Address;
use std::collections::BTreeMap;

pub(super) fn order(steps: Vec<Step>, _: &mut Vec<Diagnostic>) -> Vec<Step> {
    steps
}

pub(super) fn ids(_: &[Step], _: &Matched) -> BTreeMap<Address, serde_json::Value> {
    BTreeMap::new()
}

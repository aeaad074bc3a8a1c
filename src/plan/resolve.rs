//! Who is meant by each reference.
use crate::desired::{Desired, Object};
use crate::diag::Diagnostic;
use crate::live::Live;

pub(super) fn resolve(desired: &Desired, _live: &Live, _diagnostics: &mut Vec<Diagnostic>) -> Vec<Object> {
    desired.objects.clone()
}

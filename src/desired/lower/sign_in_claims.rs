//! Claims about signing in, in the section `assertions`.

use super::Lowering;
use crate::desired::{Claim, Enrollment, LeastProof, SignInClaim};
use crate::diag::{Code, Diagnostic};
use crate::yaml::Node;

/// The keys of such items.
pub(super) const KNOWN: &[&str] = &["sign_in", "proof", "enrollment"];

/// What such an item may look like.
pub(super) const FORMS: &str =
    "of signing in: {sign_in: default, proof: at least password} and {enrollment: invitation only}";

impl Lowering<'_> {
    /// Whether an item is about signing in.
    pub(super) fn is_of_sign_in(&self, item: &Node) -> bool {
        KNOWN.iter().any(|key| item.get(key).is_some())
    }

    /// The claim of an item that is about signing in.
    pub(super) fn sign_in_claim(&mut self, item: &Node) -> Option<Claim> {
        if let Some(enrollment) = item.get("enrollment") {
            self.nothing_else(item, &["enrollment"], false)?;
            let word = self.one_of(enrollment, "enrollment", &Enrollment::ALL)?;
            return Some(Claim::SignIn(SignInClaim::Enrollment(word)));
        }
        self.nothing_else(item, &["sign_in", "proof"], false)?;
        let (Some(brands), Some(proof)) = (item.get("sign_in"), item.get("proof")) else {
            let what = match item.get("proof") {
                Some(_) => "this assertion does not say which brand it is about",
                None => "this assertion does not say what has to be proven",
            };
            let diagnostic = Diagnostic::error(Code::BAD_SHAPE, what);
            let diagnostic = diagnostic.at(item.span, "something is missing");
            self.diagnostics.push(diagnostic.note(FORMS));
            return None;
        };
        let brands = self.names(brands, "sign_in")?;
        let least = self.one_of(proof, "proof", &LeastProof::ALL)?;
        Some(Claim::SignIn(SignInClaim::Proof { brands, least }))
    }

    /// One of some words.
    fn one_of<T: Copy>(&mut self, node: &Node, key: &str, all: &[(&str, T)]) -> Option<T> {
        let word = node.scalar().map(|scalar| scalar.text.trim());
        let found = all.iter().find(|(own, _)| Some(*own) == word);
        if found.is_none() {
            let words: Vec<String> = all.iter().map(|(own, _)| format!("`{own}`")).collect();
            let message = format!("{key} must be one of {}", words.join(", "));
            self.error(Code::BAD_WORD, message, node.span, "something else");
        }
        found.map(|(_, value)| *value)
    }
}

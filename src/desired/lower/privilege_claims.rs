//! Claims about privileges in the section `assertions`.

use super::Lowering;
use crate::desired::{Claim, PrivilegeClaim};
use crate::diag::{Code, Diagnostic};
use crate::kinds::KINDS;
use crate::schema::ItemWrites;
use crate::yaml::Node;

/// The words of such items.
pub(super) const KNOWN: &[&str] = &["superusers", "permission", "permissions", "roles", "tokens"];

/// What such an item may look like.
pub(super) const FORMS: &str = "of privileges: {superusers: [group:G, user:U]}, {permission: P, roles: [R]} and \
                                {tokens: must end, except: [T]}";

/// How an item says that tokens end.
const MUST_END: &str = "must end";

impl Lowering<'_> {
    /// Whether an item is about privileges.
    pub(super) fn is_of_privileges(&self, item: &Node) -> bool {
        KNOWN.iter().any(|word| item.get(word).is_some())
    }

    /// The claim of an item that is about privileges.
    pub(super) fn privilege_claim(&mut self, item: &Node) -> Option<Claim> {
        if let Some(superusers) = item.get("superusers") {
            self.nothing_else(item, &["superusers"], false)?;
            let subjects = self.subjects(superusers, "superusers", None)?;
            return Some(Claim::Privileges(PrivilegeClaim::Superusers(subjects)));
        }
        if let Some(tokens) = item.get("tokens") {
            self.nothing_else(item, &["tokens", "except"], false)?;
            let word = tokens.scalar().map(|scalar| scalar.text.trim());
            if word != Some(MUST_END) {
                let message = format!("tokens must be `{MUST_END}`");
                self.error(Code::BAD_WORD, message, tokens.span, "something else");
                return None;
            }
            let except = match item.get("except") {
                Some(node) => self.names(node, "except")?,
                None => Vec::new(),
            };
            let except = except.into_iter().map(|(name, _)| name).collect();
            return Some(Claim::Privileges(PrivilegeClaim::TokensEnd { except }));
        }
        self.nothing_else(item, &["permission", "permissions", "roles"], false)?;
        let mut permissions = Vec::new();
        for word in ["permission", "permissions"] {
            if let Some(node) = item.get(word) {
                permissions.extend(self.names(node, word)?);
            }
        }
        let (Some(roles), false) = (item.get("roles"), permissions.is_empty()) else {
            let what = match permissions.is_empty() {
                true => "this assertion names no permission",
                false => "this assertion does not say which roles may have the permission",
            };
            let diagnostic = Diagnostic::error(Code::BAD_SHAPE, what);
            self.diagnostics.push(
                diagnostic
                    .at(item.span, "something is missing")
                    .note(FORMS)
                    .help("`roles: []` means that no role may have it"),
            );
            return None;
        };
        let granted = KINDS.iter().find(|kind| {
            let mut members = kind.members.iter();
            members.any(|members| matches!(members.write, ItemWrites::Grants { .. }))
        });
        let family = granted.map_or("role", |kind| kind.family);
        let roles = self.subjects(roles, "roles", Some(family))?;
        Some(Claim::Privileges(PrivilegeClaim::Permissions {
            permissions,
            roles,
        }))
    }
}

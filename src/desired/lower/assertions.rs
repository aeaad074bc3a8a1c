//! The section `assertions`: items to claims, each with its line. Whether they hold is not judged here.

use super::{Lowering, privilege_claims, sign_in_claims};
use crate::desired::assertion::{Assertion, Claim, Gates, Subject, Wanted};
use crate::diag::{Code, Diagnostic, nearest};
use crate::kinds::KINDS;
use crate::schema::{Kind, WayIn};
use crate::value::Address;
use crate::yaml::{Node, NodeKind};

/// The keys of an assertion.
const KNOWN: &[&str] = &[
    "user",
    "group",
    "application",
    "applications",
    "entitlement",
    "except",
    "access",
    "only",
    "no_user_in",
    "bound",
];

/// What an item may look like.
const FORMS: &str = "the forms are {user: U, application: A, access: allow}, {application: A, only: [group:G, user:U]}, \
                     {no_user_in: [G, H]} and {applications: '*', bound: true, except: [A]}";

/// The words of all items.
fn known() -> impl Iterator<Item = &'static str> {
    let own = KNOWN.iter().chain(privilege_claims::KNOWN);
    own.chain(sign_in_claims::KNOWN).copied()
}

impl Lowering<'_> {
    /// One list of claims.
    pub(super) fn assertions(&mut self, body: &Node) {
        if !matches!(body.kind, NodeKind::Seq(_)) {
            let label = format!("this is {}", body.describe());
            return self.error(
                Code::WRONG_TYPE,
                "assertions must be a list",
                body.span,
                label,
            );
        }
        for item in body.items() {
            if let Some(claim) = self.claim(item) {
                self.desired.assertions.push(Assertion {
                    span: item.span,
                    claim,
                });
            }
        }
    }

    /// The claim of one assertion; `None` if it is of no known form, which is reported.
    fn claim(&mut self, item: &Node) -> Option<Claim> {
        if !matches!(item.kind, NodeKind::Map(_)) {
            let diagnostic = Diagnostic::error(Code::WRONG_TYPE, "an assertion must be a mapping")
                .at(item.span, format!("this is {}", item.describe()));
            self.diagnostics.push(diagnostic.note(FORMS));
            return None;
        }
        self.known_keys(item)?;
        if self.is_of_privileges(item) {
            return self.privilege_claim(item);
        }
        if self.is_of_sign_in(item) {
            return self.sign_in_claim(item);
        }
        let has = |key: &str| item.get(key).is_some();
        let gated = has("application") || has("applications");
        if let Some(groups) = item.get("no_user_in") {
            return self.no_user_in(item, groups);
        }
        if let (Some(only), true) = (item.get("only"), gated) {
            self.nothing_else(item, &["only"], true)?;
            let subjects = self.subjects(only, "only", None)?;
            let gates = self.gates(item)?;
            return Some(Claim::Only { gates, subjects });
        }
        if let (Some(bound), true) = (item.get("bound"), gated) {
            return self.bound(item, bound);
        }
        if let (Some(access), true, true) = (item.get("access"), gated, has("user") || has("group"))
        {
            return self.access(item, access);
        }
        let diagnostic = Diagnostic::error(Code::BAD_SHAPE, "this assertion is incomplete");
        self.diagnostics
            .push(diagnostic.at(item.span, "something is missing").note(FORMS));
        None
    }

    /// Refuses an assertion with a key that no assertion has.
    fn known_keys(&mut self, item: &Node) -> Option<()> {
        let mut keys = item.entries().iter().map(|(key, _)| key);
        let Some(key) = keys.find(|key| !known().any(|word| word == key.text)) else {
            return Some(());
        };
        let diagnostic = Diagnostic::error(
            Code::UNKNOWN_FIELD,
            format!("unknown key {:?} in an assertion", key.text),
        )
        .at(key.span, "unknown");
        self.diagnostics.push(match nearest(&key.text, known()) {
            Some(near) => diagnostic.help(format!("did you mean {near:?}?")),
            None => diagnostic
                .note(FORMS)
                .note(privilege_claims::FORMS)
                .note(sign_in_claims::FORMS),
        });
        None
    }

    /// That nobody is in two of some groups.
    fn no_user_in(&mut self, item: &Node, groups: &Node) -> Option<Claim> {
        self.nothing_else(item, &["no_user_in"], false)?;
        let family = family(|it| matches!(it, WayIn::Group { .. }));
        let groups = self.subjects(groups, "no_user_in", Some(family))?;
        if groups.len() < 2 {
            self.error(
                Code::BAD_SHAPE,
                "no_user_in needs at least two groups",
                item.span,
                "too few",
            );
            return None;
        }
        Some(Claim::NoUserIn(groups))
    }

    /// That applications have, or do not have, a binding that counts.
    fn bound(&mut self, item: &Node, bound: &Node) -> Option<Claim> {
        self.nothing_else(item, &["bound"], true)?;
        let bound = match bound.scalar().map(|scalar| scalar.text.as_str()) {
            Some("true") => true,
            Some("false") => false,
            _ => {
                self.error(
                    Code::WRONG_TYPE,
                    "bound must be true or false",
                    bound.span,
                    "neither",
                );
                return None;
            }
        };
        let gates = self.gates(item)?;
        Some(Claim::Bound { gates, bound })
    }

    /// The access that users, and members of groups, have to applications.
    fn access(&mut self, item: &Node, access: &Node) -> Option<Claim> {
        self.nothing_else(item, &["access", "user", "group"], true)?;
        let access = match access.scalar().map(|scalar| scalar.text.as_str()) {
            Some("allow") => Wanted::Allow,
            Some("deny") => Wanted::Deny,
            Some("conditional") => Wanted::Conditional,
            _ => {
                self.error(
                    Code::BAD_WORD,
                    "access must be allow, deny or conditional",
                    access.span,
                    "none of these",
                );
                return None;
            }
        };
        let mut who = Vec::new();
        for (key, family) in [
            ("user", family(|it| matches!(it, WayIn::User { .. }))),
            ("group", family(|it| matches!(it, WayIn::Group { .. }))),
        ] {
            if let Some(node) = item.get(key) {
                who.extend(self.subjects(node, key, Some(family))?);
            }
        }
        let gates = self.gates(item)?;
        Some(Claim::Access { who, gates, access })
    }

    /// Refuses an assertion that has other keys than those of its form. `gated` forms name applications as well.
    pub(super) fn nothing_else(&mut self, item: &Node, form: &[&str], gated: bool) -> Option<()> {
        const GATES: [&str; 4] = ["application", "applications", "entitlement", "except"];
        let belongs = |key: &str| form.contains(&key) || (gated && GATES.contains(&key));
        let mut keys = item.entries().iter().map(|(key, _)| key);
        let Some(key) = keys.find(|key| !belongs(&key.text)) else {
            return Some(());
        };
        let diagnostic = Diagnostic::error(
            Code::BAD_SHAPE,
            format!("`{}` is not allowed in an assertion of this form", key.text),
        );
        self.diagnostics
            .push(diagnostic.at(key.span, "not here").note(FORMS));
        None
    }

    fn gates(&mut self, item: &Node) -> Option<Gates> {
        let mut named = Vec::new();
        for word in ["application", "applications"] {
            if let Some(node) = item.get(word) {
                named.extend(self.names(node, word)?);
            }
        }
        if named.is_empty() {
            self.error(
                Code::BAD_SHAPE,
                "this assertion names no application",
                item.span,
                "none named",
            );
            return None;
        }
        let except = match item.get("except") {
            Some(node) => self
                .names(node, "except")?
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            None => Vec::new(),
        };
        let entitlement = match item.get("entitlement") {
            Some(node) => self.names(node, "entitlement")?.pop().map(|(name, _)| name),
            None => None,
        };
        Some(Gates {
            named,
            except,
            entitlement,
        })
    }

    /// Users and groups: names of one family, or `group:NAME` and `user:NAME`.
    pub(super) fn subjects(
        &mut self,
        node: &Node,
        word: &str,
        only: Option<&'static str>,
    ) -> Option<Vec<Subject>> {
        let families = [
            family(|it| matches!(it, WayIn::User { .. })),
            family(|it| matches!(it, WayIn::Group { .. })),
        ];
        let mut subjects = Vec::new();
        let names = self.names(node, word)?;
        let count = names.len();
        for (name, span) in names {
            let (family, name) = match (only, name.split_once(':')) {
                (Some(family), _) => (family, name.as_str()),
                (None, Some((word, name)))
                    if families.contains(&word.trim()) && !name.trim().is_empty() =>
                {
                    (
                        families.into_iter().find(|family| *family == word.trim())?,
                        name.trim(),
                    )
                }
                (None, parts) => {
                    let near = parts.and_then(|(word, name)| {
                        Some((nearest(word.trim(), families)?, name.trim()))
                    });
                    let diagnostic = Diagnostic::error(
                        Code::BAD_SHAPE,
                        format!("the items of {word} must look like group:staff or user:ann"),
                    )
                    .at(span, "a group or a user?");
                    self.diagnostics.push(diagnostic.help(match near {
                        Some((_, "")) => "a name must follow the colon".to_owned(),
                        Some((near, name)) => format!("did you mean `{near}:{name}`?"),
                        None => format!("write `group:{name}` or `user:{name}`"),
                    }));
                    continue;
                }
            };
            subjects.push(Subject {
                address: Address::named(family, name),
                span,
            });
        }
        (subjects.len() == count).then_some(subjects)
    }

    /// A name, or a list of names.
    pub(super) fn names(
        &mut self,
        node: &Node,
        word: &str,
    ) -> Option<Vec<(String, crate::diag::Span)>> {
        let one = std::slice::from_ref(node);
        let items = if matches!(node.kind, NodeKind::Seq(_)) {
            node.items()
        } else {
            one
        };
        let mut names = Vec::new();
        for item in items {
            if let Some(diagnostic) = item.no_name() {
                self.diagnostics.push(diagnostic);
                return None;
            }
            match (
                item.scalar().map(|scalar| scalar.text.trim()),
                item.entries(),
            ) {
                (Some(name), _) if !name.is_empty() => names.push((name.to_owned(), item.span)),
                // `{group: staff}`, as bindings have it; YAML also reads `group: staff` as this.
                (None, [(key, value)]) if word == "only" && value.scalar().is_some() => {
                    let name = value
                        .scalar()
                        .map(|scalar| scalar.text.trim())
                        .unwrap_or_default();
                    names.push((format!("{}:{name}", key.text), item.span));
                }
                _ => {
                    let label = format!("this is {}", item.describe());
                    self.error(
                        Code::WRONG_TYPE,
                        format!("{word} must be a name or a list of names"),
                        item.span,
                        label,
                    );
                    return None;
                }
            }
        }
        Some(names)
    }
}

/// The family of the kind that plays a part.
fn family(part: impl Fn(&WayIn) -> bool) -> &'static str {
    let plays = |kind: &&&'static Kind| kind.way_in.as_ref().is_some_and(&part);
    KINDS.iter().find(plays).map_or("", |kind| kind.family)
}

//! What must hold of effective access, as the files claim it. Plain data; nothing is judged here.

use std::fmt;

use super::privilege_claim::PrivilegeClaim;
use super::sign_in_claim::SignInClaim;
use crate::diag::Span;
use crate::value::{Address, fits};

/// One claim, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assertion {
    /// Where.
    pub span: Span,
    /// What.
    pub claim: Claim,
}

/// What is claimed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// Each of these may open each of those, or may not.
    Access {
        /// Users, and groups for all of their members.
        who: Vec<Subject>,
        /// What they open.
        gates: Gates,
        /// Whether they may.
        access: Wanted,
    },
    /// Nobody else may open any of these.
    Only {
        /// What is opened.
        gates: Gates,
        /// Users, and groups with all of their members.
        subjects: Vec<Subject>,
    },
    /// Nobody is in more than one of these groups.
    NoUserIn(Vec<Subject>),
    /// Each of these has a binding that counts, or none has.
    Bound {
        /// What is opened.
        gates: Gates,
        /// Whether there is a binding; otherwise everyone may open it.
        bound: bool,
    },
    /// This holds of privileges.
    Privileges(PrivilegeClaim),
    /// This holds of signing in.
    SignIn(SignInClaim),
}

/// What somebody is claimed to have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// May open it.
    Allow,
    /// May not.
    Deny,
    /// A policy decides on the server.
    Conditional,
}

/// A user or a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subject {
    /// Which.
    pub address: Address,
    /// Where it is named.
    pub span: Span,
}

/// Applications, by name or pattern, or an entitlement of each of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gates {
    /// Names or patterns; one that fits is enough.
    pub named: Vec<(String, Span)>,
    /// Names or patterns of those that are not meant.
    pub except: Vec<String>,
    /// The entitlement, where it is about one.
    pub entitlement: Option<String>,
}

impl Gates {
    /// Whether an application is meant.
    pub fn takes(&self, slug: &str) -> bool {
        let out = self.except.iter().any(|pattern| fits(pattern, slug));
        !out && self.named.iter().any(|(pattern, _)| fits(pattern, slug))
    }

    /// What is named itself, and not by a pattern.
    pub fn exact(&self) -> impl Iterator<Item = &(String, Span)> {
        self.named
            .iter()
            .filter(|(name, _)| !name.contains(['*', '?']))
    }
}

impl fmt::Display for Gates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.named.iter().map(|(name, _)| name.as_str()).collect();
        match names.as_slice() {
            ["*"] => f.write_str("every application")?,
            names => f.write_str(&names.join(", "))?,
        }
        if let Some(entitlement) = &self.entitlement {
            write!(f, ": {entitlement}")?;
        }
        if !self.except.is_empty() {
            write!(f, " except {}", self.except.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}",
            self.address.family,
            self.address.name().unwrap_or_default()
        )
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wanted::Allow => "may open",
            Wanted::Deny => "may not open",
            Wanted::Conditional => "may open by policy",
        })
    }
}

/// The claim in words, the same for whatever spelling.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |subjects: &[Subject]| {
            subjects
                .iter()
                .map(Subject::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        match self {
            Claim::Access { who, gates, access } => write!(f, "{} {access} {gates}", list(who)),
            Claim::Only { gates, subjects } if subjects.is_empty() => {
                write!(f, "nobody may open {gates}")
            }
            Claim::Only { gates, subjects } => {
                write!(f, "only {} may open {gates}", list(subjects))
            }
            Claim::NoUserIn(groups) => {
                write!(f, "no user is in more than one of {}", list(groups))
            }
            Claim::Bound { gates, bound: true } => write!(f, "{gates}: not open to all users"),
            Claim::Bound {
                gates,
                bound: false,
            } => write!(f, "{gates}: open to all users"),
            Claim::Privileges(claim) => claim.fmt(f),
            Claim::SignIn(claim) => claim.fmt(f),
        }
    }
}

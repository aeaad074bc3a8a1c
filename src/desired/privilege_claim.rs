//! What must hold of privileges, as the files claim it. Plain data; nothing is judged here.

use std::fmt;

use super::assertion::Subject;
use crate::diag::Span;

/// What is claimed of privileges.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PrivilegeClaim {
    /// Nobody else is a superuser: users, and groups with all of their members.
    Superusers(Vec<Subject>),
    /// No other role has any of these permissions, on all objects or on one.
    Permissions {
        /// Code names, with the application before them or not.
        permissions: Vec<(String, Span)>,
        /// The roles.
        roles: Vec<Subject>,
    },
    /// Every API token and app password ends.
    TokensEnd {
        /// The tokens that need not end.
        except: Vec<String>,
    },
}

impl fmt::Display for PrivilegeClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |subjects: &[Subject]| {
            let names: Vec<String> = subjects.iter().map(Subject::to_string).collect();
            names.join(", ")
        };
        match self {
            PrivilegeClaim::Superusers(subjects) if subjects.is_empty() => {
                f.write_str("nobody may be a superuser")
            }
            PrivilegeClaim::Superusers(subjects) => {
                write!(f, "only {} may be superusers", list(subjects))
            }
            PrivilegeClaim::Permissions { permissions, roles } => {
                let names: Vec<&str> = permissions.iter().map(|(name, _)| name.as_str()).collect();
                match roles.is_empty() {
                    true => write!(f, "no role may have {}", names.join(", ")),
                    false => write!(f, "only {} may have {}", list(roles), names.join(", ")),
                }
            }
            PrivilegeClaim::TokensEnd { except } if except.is_empty() => {
                f.write_str("every token ends")
            }
            PrivilegeClaim::TokensEnd { except } => {
                write!(f, "every token ends except {}", except.join(", "))
            }
        }
    }
}

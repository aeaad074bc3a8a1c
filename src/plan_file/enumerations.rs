//! The enumerations of a plan and those of its file, which have the same variants.

use crate::access::{Passes, Verdict};
use crate::live::Fate;
use crate::plan::{Action, Keeps, PrivilegeChange, Severity, Topic};
use crate::schema::Class;
use crate::wire::{plan_file, privilege};

macro_rules! same_variants {
    ($($ours:ident = $module:ident :: $theirs:ident { $($variant:ident),+ })+) => { $(
        impl From<$ours> for $module::$theirs {
            fn from(ours: $ours) -> $module::$theirs {
                match ours {
                    $($ours::$variant => $module::$theirs::$variant,)+
                }
            }
        }

        impl From<$module::$theirs> for $ours {
            fn from(theirs: $module::$theirs) -> $ours {
                match theirs {
                    $($module::$theirs::$variant => $ours::$variant,)+
                }
            }
        }
    )+ };
}

same_variants! {
    Action = plan_file::Action { Create, Update, Rename, Delete, Adopt, Forget }
    Keeps = plan_file::KeptBecause { Protected, LetGo, Fleeting, Found, FoundPerhaps }
    Fate = plan_file::Fate { Deleted, Cleared }
    Class = plan_file::Class { Plain, Secret, WriteOnly }
    Verdict = plan_file::Verdict { Deny, Unknown, Conditional, Allow }
    Passes = plan_file::Passes { Yes, No, Depends, Unknown }
    Severity = privilege::Severity { Critical, Warning, Info }
    PrivilegeChange = privilege::Change { Gained, Lost, Created, Changed, Extended, Activated, Unknown }
    Topic = privilege::What {
        Superuser, SuperuserGroup, Membership, Permission, Role, InitialPermissions, Token, ServiceAccount, Attribute,
        Setting, Blueprint, Code, UnprotectedPath, Protection, Client, RedirectUri, Trust, Notification
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_spelled_in_texts_as_in_documents() {
        for verdict in [
            Verdict::Deny,
            Verdict::Unknown,
            Verdict::Conditional,
            Verdict::Allow,
        ] {
            let spelled = crate::wire::json(&plan_file::Verdict::from(verdict));
            assert_eq!(spelled, verdict.as_str());
        }
    }
}

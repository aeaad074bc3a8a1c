//! What must hold of signing in, as the files claim it. Plain data; nothing is judged here.

use std::fmt;

use crate::diag::Span;

/// What is claimed of signing in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignInClaim {
    /// These brands sign nobody in who proves less.
    Proof {
        /// Domains of brands, `default` for the default one, or `*` for all.
        brands: Vec<(String, Span)>,
        /// The least that has to be proven.
        least: LeastProof,
    },
    /// No flow gives somebody an account who comes without an invitation, or none gives anybody one.
    Enrollment(Enrollment),
}

/// The least that has to be proven.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeastProof {
    /// A password, or something stronger.
    Password,
    /// A password, and a second factor from those who have one.
    OptionalSecondFactor,
    /// Two factors, or one that needs no second, such as a passkey.
    TwoFactors,
}

/// Who may get an account by a flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Enrollment {
    /// Whoever has an invitation.
    InvitationOnly,
    /// Nobody.
    Closed,
}

impl LeastProof {
    /// All of them, with the words of the files.
    pub const ALL: [(&str, LeastProof); 3] = [
        ("at least password", LeastProof::Password),
        (
            "at least password and second factor if enrolled",
            LeastProof::OptionalSecondFactor,
        ),
        ("at least two factors", LeastProof::TwoFactors),
    ];
}

impl Enrollment {
    /// All of them, with the words of the files.
    pub const ALL: [(&str, Enrollment); 2] = [
        ("invitation only", Enrollment::InvitationOnly),
        ("closed", Enrollment::Closed),
    ];
}

/// In words, the same for whatever spelling.
impl fmt::Display for SignInClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignInClaim::Proof { brands, least } => {
                let names: Vec<&str> = brands.iter().map(|(name, _)| name.as_str()).collect();
                let found = LeastProof::ALL.iter().find(|(_, own)| own == least);
                let words = found.map_or("", |(words, _)| words);
                match names.as_slice() {
                    ["*"] => write!(f, "every brand asks for {words}"),
                    names => write!(f, "the brand {} asks for {words}", names.join(", ")),
                }
            }
            SignInClaim::Enrollment(Enrollment::InvitationOnly) => {
                f.write_str("nobody gets an account without an invitation")
            }
            SignInClaim::Enrollment(Enrollment::Closed) => {
                f.write_str("no flow gives anybody an account")
            }
        }
    }
}

//! What a visitor has proven on the way to being signed in, and how strong that is.

use std::fmt;

/// What has been proven, each at most once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Factors {
    /// Typed a name or an address of an account.
    pub name: bool,
    /// Opened a link that was sent by e-mail.
    pub email: bool,
    /// Typed the password.
    pub password: bool,
    /// Used a second factor, if the account has one.
    pub second_if_enrolled: bool,
    /// Used a second factor, or had to set one up.
    pub second: bool,
    /// Used a passkey.
    pub passkey: bool,
    /// Showed a client certificate.
    pub certificate: bool,
    /// Signed in at a source.
    pub source: bool,
    /// Came with an invitation.
    pub invitation: bool,
}

/// How strong a proof is, from the weakest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Strength {
    /// Nothing is proven; a name is no secret.
    Nothing,
    /// One thing that is not a password: a mailbox, an account elsewhere, a device.
    Link,
    /// A password.
    Password,
    /// A password, and a second factor from those who have one.
    PasswordAndOptional,
    /// Two factors, or one that needs no second.
    Strong,
}

impl Factors {
    /// How strong the proof is.
    pub fn strength(self) -> Strength {
        let base = self.password || self.source || self.email;
        if self.passkey || self.certificate || (base && self.second) {
            Strength::Strong
        } else if self.password && self.second_if_enrolled {
            Strength::PasswordAndOptional
        } else if self.password {
            Strength::Password
        } else if self.email || self.source || self.second {
            Strength::Link
        } else {
            Strength::Nothing
        }
    }

    /// Whether somebody who knows nothing but names gets through.
    pub fn is_nothing(self) -> bool {
        self.strength() == Strength::Nothing
    }
}

/// In words, the strongest last: `password + second factor if enrolled`.
impl fmt::Display for Factors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.invitation, "invitation"),
            (self.email, "e-mail link"),
            (self.source, "external source"),
            (self.password, "password"),
            (self.certificate, "client certificate"),
            (self.passkey, "passkey"),
            (self.second, "required second factor"),
            (
                self.second_if_enrolled && !self.second,
                "second factor if enrolled",
            ),
        ];
        let parts: Vec<&str> = all
            .into_iter()
            .filter_map(|(has, word)| has.then_some(word))
            .collect();
        match (parts.is_empty(), self.name) {
            (true, true) => f.write_str("name only"),
            (true, false) => f.write_str("nothing"),
            (false, _) if self.is_nothing() && self.name && !self.invitation => {
                write!(f, "name + {}", parts.join(" + "))
            }
            (false, _) => f.write_str(&parts.join(" + ")),
        }
    }
}

//! Who may open what, and why: the server's own rule, worked out offline for every user and application.
//!
//! `World` is plain data, made from live objects or from any state of them (`facts`); `engine` works out all verdicts
//! by sets of users, never pair by pair; `why` gives the reason of one verdict; `difference` compares two worlds. Pure:
//! it never asks a server, and it never guesses: a verdict that depends on a policy that runs on the server is
//! `conditional`, and one that depends on something that could not be read is `unknown`, never "no access".

mod alike;
mod bits;
mod claims;
mod classes;
mod declared;
mod difference;
mod engine;
mod facts;
mod nesting;
mod privileges;
mod ways;
mod why;
mod world;

pub use alike::{Alike, Ways};
pub use bits::Bits;
pub use claims::{Against, Held, Reach, held};
pub use difference::{Difference, GateChange, Move, difference};
pub use engine::{Access, Row, Verdict};
pub use facts::{Fields, default_access};
pub use nesting::{Among, Nesting};
pub use privileges::{Standing, held_of_privileges};
pub use why::{Part, Passes, Why};
pub use world::{
    Answer, Binding, DEFAULT_ACCESS, GROUP, Gate, Group, Mode, Name, POLICY, Person, Rule,
    SETTINGS, Subject, USER, Unbound, World,
};

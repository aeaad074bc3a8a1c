//! The verbs: what there is to do, and the flags of each in a file of its own.
//!
//! Types only. What a verb does stands in `command`.

mod access;
mod apply;
mod diff;
mod drift;
mod explain;
mod export;
mod forget;
mod graph;
mod handover;
mod init;
mod invite;
mod kinds;
mod plan;
mod report;
mod rollback;
mod sandbox;
mod schema;
mod scripts;
mod show;
mod upgrade;
mod validate;
mod verify;

use std::path::Path;

use clap::Subcommand;

use super::flags::Artifacts;

pub use access::{Access, AccessFormat};
pub use apply::Apply;
pub use diff::{Diff, DiffFormat, Place};
pub use drift::{Drift, Unmanaged};
pub use explain::{Explain, ReferenceFormat};
pub use export::Export;
pub use forget::Forget;
pub use graph::{Graph, GraphFormat};
pub use handover::{Handover, HandoverFormat};
pub use init::{Ci, Init};
pub use invite::{Invite, InviteFormat};
pub use kinds::Kinds;
pub use plan::Plan;
pub use report::{Report, ReportFormat};
pub use rollback::Rollback;
pub use sandbox::Sandbox;
pub use schema::{Schema, SchemaOf};
pub use scripts::{Complete, Completions, Man};
pub use show::Show;
pub use upgrade::{Origin, Upgrade, UpgradeFormat};
pub use validate::Validate;
pub use verify::{Verify, VerifyFormat};

/// The verbs.
#[derive(Subcommand, Clone, Debug)]
#[command(args_override_self = true)]
pub enum Verb {
    /// Start a project: write an akrec.yaml, a state directory and, on request, pipelines
    #[command(after_help = init::EXAMPLES)]
    Init(Init),
    /// Read the server and show what apply would do; writes nothing
    #[command(after_help = plan::EXAMPLES)]
    Plan(Plan),
    /// Change the server to match the files, after a confirmation
    #[command(after_help = apply::EXAMPLES)]
    Apply(Apply),
    /// Undo an apply with the rollback file that it wrote, after a confirmation
    #[command(after_help = rollback::EXAMPLES)]
    Rollback(Rollback),
    /// Print a plan file or a rollback file, without a server
    #[command(after_help = show::EXAMPLES)]
    Show(Show),
    /// Show what changed on the server since the last apply, who changed it and when; exits with 2 if something did
    #[command(after_help = drift::EXAMPLES)]
    Drift(Drift),
    /// Remove objects from akrec's ledger; they stay on the server as they are
    #[command(after_help = forget::EXAMPLES)]
    Forget(Forget),
    /// Write the live state as state files whose plan changes nothing on the server
    #[command(after_help = export::EXAMPLES)]
    Export(Export),
    /// Show who may open what, and why: users, applications and entitlements as the server has them
    #[command(after_help = access::EXAMPLES)]
    Access(Access),
    /// Print the OIDC settings for an application: issuer, addresses, client id and, on request, its secret
    #[command(after_help = handover::EXAMPLES)]
    Output(Handover),
    /// Check whether sign-in to the declared applications can work: discovery, issuer, keys, redirects, reachability
    #[command(after_help = verify::EXAMPLES)]
    Verify(Verify),
    /// Invite somebody: create, list or revoke a link with which people enroll
    #[command(after_help = invite::EXAMPLES)]
    Invite(Invite),
    /// Compare two servers by the names of their objects; exits with 2 if they differ
    #[command(after_help = diff::EXAMPLES)]
    Diff(Diff),
    /// Show what another release of authentik changes for these files and this server; exits with 2 if something needs a decision
    #[command(after_help = upgrade::EXAMPLES)]
    Upgrade(Upgrade),
    /// Draw the dependencies between objects in the files, without a server
    #[command(after_help = graph::EXAMPLES)]
    Graph(Graph),
    /// Print the current state as a page: applications, groups, users, flows, sources, and what is open to everyone
    #[command(after_help = report::EXAMPLES)]
    Report(Report),
    /// Check the files without a server: every error with file and line
    #[command(after_help = validate::EXAMPLES)]
    Validate(Validate),
    /// Run the sandbox, a local authentik emulator that keeps its data, on loopback
    #[command(after_help = sandbox::EXAMPLES)]
    Sandbox(Sandbox),
    /// Explain a diagnostic's code, or a kind of object and its fields
    #[command(after_help = explain::EXAMPLES)]
    Explain(Explain),
    /// List the kinds of object that can be declared
    #[command(after_help = kinds::EXAMPLES)]
    Kinds(Kinds),
    /// Print a JSON Schema: of state files, for completion and hover in editors, or of what akrec writes for machines
    #[command(after_help = schema::EXAMPLES)]
    Schema(Schema),
    /// Print a completion script for a shell
    #[command(after_help = scripts::COMPLETIONS_EXAMPLE)]
    Completions(Completions),
    /// Print the manual page, or write one page per verb into a directory
    Man(Man),
    /// Print what can stand in the place of a command line's last word
    #[command(hide = true)]
    Complete(Complete),
}

impl Verb {
    /// The word of the verb and the forms of a run that it has; none for a verb that has no forms in files.
    pub fn artifacts(&self) -> Option<(&'static str, &Artifacts)> {
        Some(match self {
            Verb::Plan(flags) => ("plan", &flags.output.artifacts),
            Verb::Apply(flags) => ("apply", &flags.output.artifacts),
            Verb::Rollback(flags) => ("rollback", &flags.output.artifacts),
            Verb::Show(flags) => ("show", &flags.output.artifacts),
            Verb::Drift(flags) => ("drift", &flags.output.artifacts),
            Verb::Forget(flags) => ("forget", &flags.output.artifacts),
            Verb::Validate(flags) => ("validate", &flags.artifacts),
            _ => return None,
        })
    }

    /// The plan file or rollback file that a run reads, which must not be one of those that it writes.
    pub fn plan_file(&self) -> Option<&Path> {
        match self {
            Verb::Apply(flags) => flags.plan.as_deref(),
            Verb::Rollback(flags) => Some(&flags.file),
            Verb::Show(flags) => Some(&flags.plan),
            _ => None,
        }
    }
}

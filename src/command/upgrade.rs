//! `akrec upgrade`: what another release of authentik changes for the files and for one server. Writes nothing.

mod exported;

use std::collections::{BTreeMap, BTreeSet};

use super::frame::reading;
use super::reading::Reading;
use super::run::{Run, WORKSPACE, code_of};
use super::screen::env;
use super::{Screen, exit};
use crate::access::{self, Difference, World};
use crate::cli::{self, Origin, SandboxFlags, UpgradeFormat};
use crate::client::Client;
use crate::desired::{self, Desired, Settings, Tree};
use crate::diag::{Code, Diagnostic, Span};
use crate::kinds;
use crate::live::Live;
use crate::read::{self, Server};
use crate::report::access as access_report;
use crate::report::upgrade::{self as report, About, Of};
use crate::schema::{Kind, Release, Version};
use crate::settings::{Request, Resolved};
use crate::upgrade::{self, Class, Existing, Finding, Question};
use crate::value::Address;
use crate::wire::Body;
use exported::Exported;

/// Runs the verb and gives the exit code.
pub(super) async fn run(flags: &cli::Upgrade, screen: &Screen) -> u8 {
    let run = Run::answering(screen, flags.format == UpgradeFormat::Json);
    reading(run, "anything was compared", async |run| {
        compare(run, flags).await
    })
    .await
}

/// What there is, as far as somebody or something was asked.
enum Present {
    /// A release alone.
    Release,
    /// A directory of an export.
    Export(Box<Exported>),
    /// A server.
    Server {
        client: Box<Client>,
        server: Box<Server>,
    },
}

async fn compare(run: &mut Run<'_>, flags: &cli::Upgrade) -> Result<u8, u8> {
    let (settings, sandbox) = settings(run, flags)?;
    let inputs = settings.inputs(&env);
    let (tree, found) = crate::state::read(
        &inputs,
        settings.environment_dir.as_deref(),
        &mut run.sources,
    );
    if found.iter().any(Diagnostic::is_error) {
        return Err(run.invalid(found));
    }
    found.into_iter().for_each(|reported| run.emit(reported));

    let (from, present) = present(run, flags, &settings, &sandbox).await?;
    let shown = match &present {
        Present::Server { server, .. } => {
            (server.version.clone(), Of::Server, Some(run.place(server)))
        }
        Present::Export(exported) => (from.to_string(), Of::Export, Some(exported.shown.clone())),
        Present::Release => (from.to_string(), Of::Files, None),
    };
    let desired = lower(run, &tree, &settings, from.release)?;
    if let Present::Server { client, .. } = &present {
        client.conceal(desired.secrets());
    }
    let way = direction(from, flags.to);
    if way == Way::Back {
        let reported = format!(
            "authentik cannot be downgraded from {} to {}",
            shown.0, flags.to
        );
        let reported = Diagnostic::error(Code::BAD_SETTING, reported)
            .note("its database is migrated forwards only");
        return Err(run.invalid(vec![
            reported.help("name a later release, or restore a backup of the older one"),
        ]));
    }
    let findings = match way {
        Way::Ahead => findings(run, flags, &settings, &tree, (from, &desired, &present)).await?,
        _ => Vec::new(),
    };
    let about = About {
        from: &shown.0,
        of: shown.1,
        place: shown.2.as_deref(),
        to: flags.to,
        raw: desired.raw.iter().map(|raw| raw.kind.path).collect(),
    };
    match flags.format {
        UpgradeFormat::Json => run.answer(Body::Upgrade(report::document(
            &findings,
            &about,
            &run.sources,
        ))),
        UpgradeFormat::Text if way == Way::Here => run.screen.text(&report::same(about.from)),
        UpgradeFormat::Text => {
            let (color, width) = (run.screen.color, run.screen.width);
            run.screen
                .text(&report::text(&findings, &about, &run.sources, color, width));
        }
    }
    Ok(if findings.iter().any(|finding| finding.decision) {
        exit::CHANGES
    } else {
        exit::OK
    })
}

/// Where the target lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Back,
    Here,
    Ahead,
}

/// Where the target lies as seen from what there is. A release without a patch level is the newest patch release of it as a
/// target, and the first one as what there is.
fn direction(from: Version, to: Version) -> Way {
    let same = from.release == to.release;
    match (from.patch, to.patch) {
        _ if from.release > to.release => Way::Back,
        (Some(from), Some(to)) if same && from > to => Way::Back,
        (from, to) if same && from == to => Way::Here,
        _ => Way::Ahead,
    }
}

/// The settings, and the sandbox that stands in for the server, if one does.
fn settings(run: &mut Run<'_>, flags: &cli::Upgrade) -> Result<(Resolved, SandboxFlags), u8> {
    let mut sandbox = flags.sandbox.clone();
    match &flags.from {
        Some(Origin::Sandbox(version)) => sandbox.sandbox = Some(*version),
        Some(Origin::Path(path)) if path.is_file() => sandbox.sandbox_data = Some(path.clone()),
        Some(Origin::Path(path)) if !path.is_dir() => {
            let diagnostic = Diagnostic::error(
                Code::BAD_SETTING,
                format!("--from: {} does not exist", path.display()),
            );
            let help = "name a release such as 2026.2, a directory that `akrec export` wrote, or a sandbox's snapshot; a \
                        server is named with --url or --env";
            return Err(run.invalid(vec![diagnostic.help(help)]));
        }
        _ => {}
    }
    let offline =
        matches!(&flags.from, Some(Origin::Release(_) | Origin::Path(_))) && !sandbox.wanted();
    let request = match offline {
        true => Request::of_files(&flags.inputs),
        false => Request::of_server(&flags.inputs, &flags.connection, &sandbox),
    };
    Ok((run.settings(&request)?, sandbox))
}

/// The present version, and where more can be asked.
async fn present(
    run: &mut Run<'_>,
    flags: &cli::Upgrade,
    settings: &Resolved,
    sandbox: &SandboxFlags,
) -> Result<(Version, Present), u8> {
    match &flags.from {
        Some(Origin::Release(version)) => Ok((*version, Present::Release)),
        Some(Origin::Path(path)) if path.is_dir() => {
            let exported = exported::read(run, path, settings)?;
            Ok((exported.version, Present::Export(Box::new(exported))))
        }
        _ => {
            let (client, server) = run.reach(settings, sandbox).await?;
            let version = Version::parse(&server.version).unwrap_or(server.release.into());
            Ok((
                version,
                Present::Server {
                    client: Box::new(client),
                    server: Box::new(server),
                },
            ))
        }
    }
}

/// What the files declare for the present release. Refuses files that it refuses.
fn lower(
    run: &mut Run<'_>,
    tree: &Tree,
    settings: &Resolved,
    release: Release,
) -> Result<Desired, u8> {
    let (desired, found) = desired::lower(tree, &rules(settings, release), &mut run.sources);
    if found.iter().any(Diagnostic::is_error) {
        return Err(run.invalid(found));
    }
    found
        .into_iter()
        .for_each(|diagnostic| run.emit(diagnostic));
    Ok(desired)
}

fn rules(settings: &Resolved, release: Release) -> Settings {
    Settings {
        release: Some(release),
        allow_unknown: settings.allow_unknown,
        today: crate::command::clock::today(),
    }
}

/// All that the target changes, in order.
async fn findings(
    run: &mut Run<'_>,
    flags: &cli::Upgrade,
    settings: &Resolved,
    tree: &Tree,
    (from, desired, present): (Version, &Desired, &Present),
) -> Result<Vec<Finding>, u8> {
    let to = flags.to;
    // The same files for both releases: what only the target refuses is what the upgrade breaks.
    let (_, now) = desired::lower(tree, &rules(settings, from.release), &mut run.sources);
    let (_, then) = desired::lower(tree, &rules(settings, to.release), &mut run.sources);
    let refused: Vec<Diagnostic> = then
        .into_iter()
        .filter(|diagnostic| !now.contains(diagnostic))
        .collect();

    let read = read(run, settings, desired, (from.release, to.release), present).await?;
    let written = |span: Span| {
        let source = run.sources.get(span.file)?;
        source
            .text
            .get(span.start as usize..span.end as usize)
            .map(str::to_owned)
    };
    let existing = match (present, &read) {
        (Present::Export(exported), _) => Some(exported.existing()),
        (_, Some(read)) => Some(read.existing()),
        _ => None,
    };
    let superuser = match present {
        Present::Server { server, .. } => Some(server.superuser),
        _ => None,
    };
    let question = Question {
        from,
        to,
        desired,
        existing,
        superuser,
        refused: &refused,
        written: &written,
    };
    let mut found = upgrade::findings(&question);
    if upgrade::may_change(from.release, to.release) {
        let world = match (present, &read) {
            (Present::Export(exported), _) => exported.world(),
            (
                _,
                Some(Read {
                    world: Some(world), ..
                }),
            ) => world.clone(),
            _ => World::declared(desired, from.release),
        };
        found.extend(upgrade::closes(&question, &world));
        found.extend(moves(
            &by_rule_of(&world, to.release),
            to.release,
            &question,
        ));
    }
    upgrade::sort(&mut found);
    Ok(found)
}

/// Who gains and who loses by the rule of another release for groups and users. What the settings' flag closes is a finding of
/// its own ([`upgrade::closes`]).
fn by_rule_of(world: &World, release: Release) -> Difference {
    let before = World {
        default_access: true,
        ..world.clone()
    };
    let after = World {
        release,
        ..before.clone()
    };
    access::difference(&before, &after)
}

/// A finding for each application or entitlement about which the target decides otherwise.
fn moves(difference: &Difference, to: Release, question: &Question<'_>) -> Vec<Finding> {
    let finding = |what: String, site: Option<Address>| Finding {
        class: Class::Access,
        decision: true,
        kind: None,
        field: None,
        words: Vec::new(),
        what,
        why: format!(
            "authentik {to} combines groups and users of one application by its policy_engine_mode"
        ),
        help: format!(
            "change policy_engine_mode or the bindings if this is not what you want; `akrec access --assume-release {to}` \
             shows who gains and loses access"
        ),
        sites: site
            .map(|address| question.site(&address))
            .into_iter()
            .collect(),
    };
    let mut found = Vec::new();
    for gate in &difference.gates {
        let one = Difference {
            gates: vec![gate.clone()],
            open: difference.open,
            ..Difference::default()
        };
        let lines: Vec<String> = access_report::difference_lines(&one)
            .into_iter()
            .map(|(_, line)| line)
            .collect();
        found.push(finding(lines.join("; "), Some(gate.gate.clone())));
    }
    if let Some(why) = &difference.blind {
        let what = "who gains or loses access is unknown".to_owned();
        let help = "use a token that may read users and groups".to_owned();
        found.push(Finding {
            why: why.clone(),
            help,
            ..finding(what, None)
        });
    }
    found
}

/// What was read of a server.
struct Read {
    live: Live,
    /// What akrec manages.
    owned: BTreeSet<Address>,
    /// Who may open what, where the target may decide otherwise.
    world: Option<World>,
}

impl Read {
    fn existing(&self) -> Vec<Existing<'_>> {
        let all = self.live.objects.values().map(|found| Existing {
            kind: found.kind,
            address: &found.address,
            owned: self.owned.contains(&found.address),
            fields: found
                .fields
                .iter()
                .map(|(name, value)| (*name, value))
                .collect::<BTreeMap<_, _>>(),
        });
        all.collect()
    }
}

/// Reads the ledger, objects of the kinds of which the target changes something, and who may open what where it may decide
/// otherwise; nothing where there is no server.
async fn read(
    run: &mut Run<'_>,
    settings: &Resolved,
    desired: &Desired,
    (from, to): (Release, Release),
    present: &Present,
) -> Result<Option<Read>, u8> {
    let Present::Server { client, server } = present else {
        return Ok(None);
    };
    let workspace = settings
        .workspace
        .clone()
        .unwrap_or_else(|| WORKSPACE.to_owned());
    let ledger = run.ledger_of(client, &workspace).await?;
    let mut wanted: Vec<&'static Kind> = Vec::new();
    let managed = ledger.records.values().map(|record| record.kind);
    for kind in desired
        .objects
        .iter()
        .map(|object| object.kind)
        .chain(managed)
    {
        let changes = kinds::KINDS.contains(&kind) && upgrade::concerns(kind, from, to);
        if changes && !wanted.contains(&kind) {
            wanted.push(kind);
        }
    }
    let live = match wanted.is_empty() {
        true => Live::build(server.release, &[]).0,
        false => {
            let reading = Reading::new(run.screen, "");
            let read =
                read::everything(client, server, &wanted, false, &|kind| reading.done(kind)).await;
            reading.finish();
            take_in(run, read)?
        }
    };
    client.conceal(live.secrets());
    let world = match upgrade::may_change(from, to) {
        true => {
            let read = read::access(client, server, None, Some(&live)).await;
            Some(World::of_live(&take_in(run, read)?))
        }
        false => None,
    };
    Ok(Some(Read {
        live,
        owned: ledger.records.into_keys().collect(),
        world,
    }))
}

/// Takes in what reading found. An error of it ends the run.
fn take_in(
    run: &mut Run<'_>,
    read: Result<(Live, Vec<Diagnostic>), read::Problem>,
) -> Result<Live, u8> {
    let (live, diagnostic) = read.map_err(|problem| run.problem(problem))?;
    let failed = diagnostic
        .iter()
        .find(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| code_of(diagnostic.code));
    for diagnostic in diagnostic {
        if !run.diagnostics().contains(&diagnostic) {
            run.emit(diagnostic);
        }
    }
    failed.map_or(Ok(live), Err)
}

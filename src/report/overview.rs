//! The current state as a page that people keep: what is open to all users first, then applications, groups, users,
//! flows and sources. As Markdown to commit, or as HTML.
//!
//! The same server gives the same bytes. No secret and no id is on it, and no name becomes markup.

use std::collections::BTreeMap;

use maud::html;

use super::access::shown;
use super::access::{bound, unbound, unbound_remark};
use super::browser::{self, Line};
use crate::access::{Access, GROUP, Gate, Name, USER, Unbound, World};
use crate::live::{Found, Live};
use crate::signin;
use crate::value::{Address, Part, Value};

/// The data of the page.
pub struct Overview<'a> {
    /// The live state.
    pub live: &'a Live,
    /// The server, in words.
    pub server: &'a str,
    /// The release of the server, as it reports it.
    pub version: &'a str,
    /// The day, if the page must show it.
    pub date: Option<String>,
}

/// A part of the page.
enum Block {
    Title(u8, String),
    Text(String),
    Table(&'static [&'static str], Vec<Vec<String>>),
}

/// As Markdown.
pub fn markdown(of: &Overview<'_>) -> String {
    let mut out = String::new();
    for block in blocks(of) {
        match block {
            Block::Title(level, text) => {
                out.push_str(&format!(
                    "{} {}\n\n",
                    "#".repeat(usize::from(level)),
                    shown(&text)
                ));
            }
            Block::Text(text) => out.push_str(&format!("{}\n\n", shown(&text))),
            Block::Table(head, rows) => {
                out.push_str(&format!(
                    "| {} |\n|{}\n",
                    head.join(" | "),
                    "---|".repeat(head.len())
                ));
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| shown(cell)).collect();
                    out.push_str(&format!("| {} |\n", cells.join(" | ")));
                }
                out.push('\n');
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// As a page for a browser.
pub fn html(of: &Overview<'_>) -> String {
    let body = html! {
        @for block in blocks(of) {
            @match block {
                Block::Title(1, text) => h1 { (Line(&text)) },
                Block::Title(2, text) => h2 { (Line(&text)) },
                Block::Title(_, text) => h3 { (Line(&text)) },
                Block::Text(text) => p { (Line(&text)) },
                Block::Table(head, rows) => div class="wrap" {
                    table {
                        thead { tr { @for text in head { th scope="col" { (Line(text)) } } } } "\n"
                        tbody { "\n"
                            @for row in rows {
                                tr { @for text in row { td { (Line(&text)) } } } "\n"
                            }
                        }
                    }
                },
            }
            "\n"
        }
    };
    browser::page("Current state of authentik", browser::STYLE, &body, None)
}

fn blocks(of: &Overview<'_>) -> Vec<Block> {
    let world = World::of_live(of.live);
    let access = Access::of(&world);
    let mut blocks = vec![Block::Title(1, "Current state of authentik".to_owned())];
    let date = of
        .date
        .as_ref()
        .map(|date| format!(", {date}"))
        .unwrap_or_default();
    blocks.push(Block::Text(format!(
        "Written by akrec report from {} (authentik {}){date}.",
        of.server, of.version
    )));
    for (family, why) in &of.live.unreadable {
        blocks.push(Block::Text(format!(
            "Missing, because the token cannot read it: {family} ({why})."
        )));
    }
    open(of.live, &access, &mut blocks);
    applications(of.live, &access, &mut blocks);
    groups(of.live, &world, &mut blocks);
    users(of.live, &world, &mut blocks);
    sign_in(of.live, &mut blocks);
    flows(of.live, &mut blocks);
    sources(of.live, &mut blocks);
    blocks
}

fn section(
    title: &str,
    head: &'static [&'static str],
    rows: Vec<Vec<String>>,
    blocks: &mut Vec<Block>,
) {
    blocks.push(Block::Title(2, format!("{title} ({})", rows.len())));
    blocks.push(if rows.is_empty() {
        Block::Text("None.".to_owned())
    } else {
        Block::Table(head, rows)
    });
}

/// Objects of a family, in the order of their names.
fn all<'a>(live: &'a Live, family: &'a str) -> impl Iterator<Item = &'a Found> {
    live.objects
        .values()
        .map(|found| &**found)
        .filter(move |found| found.address.family == family)
}

fn name(address: &Address) -> String {
    address
        .name()
        .map_or_else(|| address.to_string(), str::to_owned)
}

/// A field in words; nothing for what is not there.
fn field(found: &Found, name_of: &str) -> String {
    match found.fields.get(name_of) {
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Ref(address)) => name(address),
        Some(Value::Unknown(_)) => "(not readable)".to_owned(),
        _ => String::new(),
    }
}

fn is(found: &Found, name: &str) -> bool {
    found.fields.get(name) == Some(&Value::Bool(true))
}

fn open(live: &Live, access: &Access<'_>, blocks: &mut Vec<Block>) {
    let rows = access
        .world
        .gates
        .iter()
        .filter(|(_, gate)| access.world.is_open(gate))
        .map(|(address, gate)| {
            let title = live
                .get(address)
                .map(|found| field(found, "name"))
                .unwrap_or_default();
            vec![name(address), title, unbound(gate)]
        });
    let rows: Vec<Vec<String>> = rows.collect();
    let any = !rows.is_empty();
    section(
        "Open to all users",
        &["application", "name", "why"],
        rows,
        blocks,
    );
    let unbound = access.world.gates.values().any(Gate::is_unbound);
    if let Some(remark) = unbound_remark(access.world).filter(|_| unbound) {
        blocks.push(Block::Text(remark));
    }
    if any {
        let text = "Every user may open these, superuser or not: they have no enabled binding.";
        let at = blocks.len() - 1;
        blocks.insert(at, Block::Text(text.to_owned()));
    }
}

fn applications(live: &Live, access: &Access<'_>, blocks: &mut Vec<Block>) {
    let counted = |address: &Address| match access.rows.get(address) {
        Some(_) if access.world.blind().is_some() => "unknown".to_owned(),
        Some(row) if row.open => "everyone".to_owned(),
        Some(row) if row.gate.is_unbound() && access.world.unbound() == Unbound::Unknown => {
            "unknown".to_owned()
        }
        Some(row) if row.conditional.is_empty() => row.allow.count().to_string(),
        Some(row) => format!(
            "{}, {} by policy",
            row.allow.count(),
            row.conditional.count()
        ),
        None => String::new(),
    };
    let row = |found: &Found| {
        let provider = match found.fields.get("provider") {
            Some(Value::Ref(address)) => live.get(address),
            _ => None,
        };
        let kind = provider
            .and_then(|provider| provider.kind.type_name)
            .map(|word| format!(" ({word})"));
        let words = access
            .world
            .gates
            .get(&found.address)
            .map(bound)
            .unwrap_or_default();
        let flow = |name: &str| {
            provider
                .map(|provider| field(provider, name))
                .unwrap_or_default()
        };
        vec![
            name(&found.address),
            field(found, "name"),
            field(found, "provider") + &kind.unwrap_or_default(),
            flow("authorization_flow"),
            words,
            counted(&found.address),
        ]
    };
    let head = &[
        "application",
        "name",
        "provider",
        "authorization flow",
        "bound",
        "users",
    ];
    section(
        "Applications",
        head,
        all(live, "application").map(row).collect(),
        blocks,
    );
    let rights: Vec<(&Address, &Gate)> = access
        .world
        .gates
        .iter()
        .filter(|(address, _)| address.name().is_none())
        .collect();
    if !rights.is_empty() {
        let part = |address: &Address| -> Vec<String> {
            let one = |part: &Part| match part {
                Part::At(owner) => name(owner),
                Part::Name(name) => name.to_string(),
                Part::Number(number) => number.to_string(),
            };
            address.parts().iter().map(one).collect()
        };
        let row = |(address, gate): (&Address, &Gate)| {
            part(address)
                .into_iter()
                .chain([bound(gate), counted(address)])
                .collect()
        };
        let head = &["application", "entitlement", "bound", "users"];
        section(
            "Entitlements",
            head,
            rights.into_iter().map(row).collect(),
            blocks,
        );
    }
}

fn joined<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn groups(live: &Live, world: &World, blocks: &mut Vec<Block>) {
    let row = |found: &Found| {
        let group = found.address.name().and_then(|name| world.groups.get(name));
        let parents = group
            .map(|group| joined(group.parents.iter().map(|it| &**it)))
            .unwrap_or_default();
        let mut members = group
            .map(|group| joined(group.members.iter().map(|it| &**it)))
            .unwrap_or_default();
        if let Some(group) = group.filter(|group| group.strangers > 0) {
            members.push_str(&format!(" and {} that could not be read", group.strangers));
        }
        let superuser = if is(found, "is_superuser") {
            "superuser"
        } else {
            ""
        };
        vec![name(&found.address), superuser.to_owned(), parents, members]
    };
    section(
        "Groups",
        &["group", "rights", "parents", "members"],
        all(live, GROUP).map(row).collect(),
        blocks,
    );
}

fn users(live: &Live, world: &World, blocks: &mut Vec<Block>) {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, group) in &world.groups {
        group
            .members
            .iter()
            .for_each(|user| groups.entry(user).or_default().push(name));
    }
    let row = |found: &Found| {
        let own = found
            .address
            .name()
            .and_then(|name| groups.get(name))
            .cloned()
            .unwrap_or_default();
        let active = if is(found, "is_active") {
            ""
        } else {
            "inactive"
        };
        vec![
            name(&found.address),
            field(found, "name"),
            field(found, "type"),
            active.to_owned(),
            joined(own.into_iter()),
        ]
    };
    section(
        "Users",
        &["user", "name", "type", "state", "groups"],
        all(live, USER).map(row).collect(),
        blocks,
    );
}

/// The bindings of each object, in order, as text.
fn bindings(live: &Live) -> BTreeMap<&Address, Vec<(i64, String)>> {
    let mut bindings: BTreeMap<&Address, Vec<(i64, String)>> = BTreeMap::new();
    for found in all(live, "policy_binding") {
        let Some(Value::Ref(target)) = found.fields.get("target") else {
            continue;
        };
        let order = if let Some(Value::Int(order)) = found.fields.get("order") {
            *order
        } else {
            0
        };
        let subjects = ["policy", "group", "user"].into_iter();
        for subject in subjects.filter(|subject| !field(found, subject).is_empty()) {
            let negate = if is(found, "negate") { "not " } else { "" };
            let off = if is(found, "enabled") {
                ""
            } else {
                " (disabled)"
            };
            let words = format!("{negate}{subject} {}{off}", field(found, subject));
            bindings.entry(target).or_default().push((order, words));
        }
    }
    bindings.values_mut().for_each(|all| all.sort());
    bindings
}

fn binding_list(bindings: Option<&Vec<(i64, String)>>) -> String {
    joined(
        bindings
            .into_iter()
            .flatten()
            .map(|(_, words)| words.as_str()),
    )
}

/// What signing in takes: by brand, and by flow.
fn sign_in(live: &Live, blocks: &mut Vec<Block>) {
    let world = signin::World::of_live(live);
    let flows = world.summaries();
    blocks.push(Block::Title(2, "Signing in".to_owned()));
    if live.unreadable.contains_key(signin::STAGE) || live.unreadable.contains_key(signin::BRAND) {
        let text = "Not known, because the token cannot read all of what decides.";
        return blocks.push(Block::Text(text.to_owned()));
    }
    let proof = |summary: Option<&signin::Summary>| {
        let proof = summary.and_then(|summary| summary.proof);
        proof.map_or("signs nobody in".to_owned(), |proof| proof.to_string())
    };
    let brand = |(domain, brand): (&Name, &signin::Brand)| {
        let flow = world.sign_in_flow(domain);
        let default = if brand.default { " (default)" } else { "" };
        vec![
            format!("{domain}{default}"),
            flow.map_or("none".to_owned(), |slug| slug.to_string()),
            proof(flow.and_then(|slug| flows.get(slug))),
        ]
    };
    blocks.push(Block::Table(
        &["brand", "flow", "asks for"],
        world.brands.iter().map(brand).collect(),
    ));
    let open_to = |proof: Option<signin::Proof>| match proof {
        None => "nobody".to_owned(),
        Some(proof) if proof == signin::Proof::default() => "everyone".to_owned(),
        Some(proof) => format!("whoever has: {proof}"),
    };
    let flow = |(slug, summary): (&&Name, &signin::Summary)| {
        vec![
            slug.to_string(),
            summary.designation.clone(),
            summary.entry.to_string(),
            proof(Some(summary)),
            open_to(summary.creates),
        ]
    };
    blocks.push(Block::Table(
        &[
            "flow",
            "designation",
            "may be started by",
            "asks for",
            "creates accounts for",
        ],
        flows.iter().map(flow).collect(),
    ));
}

fn flows(live: &Live, blocks: &mut Vec<Block>) {
    let bindings = bindings(live);
    let mut stages: BTreeMap<&Address, Vec<(i64, &Found)>> = BTreeMap::new();
    for found in all(live, "flow_stage_binding") {
        if let (Some(Value::Ref(flow)), Some(Value::Int(order))) =
            (found.fields.get("target"), found.fields.get("order"))
        {
            stages.entry(flow).or_default().push((*order, found));
        }
    }
    let flows: Vec<&Found> = all(live, "flow").collect();
    blocks.push(Block::Title(2, format!("Flows ({})", flows.len())));
    for flow in flows {
        let slug = name(&flow.address);
        blocks.push(Block::Title(
            3,
            format!("{slug} ({})", field(flow, "designation")),
        ));
        let bound = binding_list(bindings.get(&flow.address));
        if !bound.is_empty() {
            blocks.push(Block::Text(format!("Bound: {bound}.")));
        }
        let mut mine = stages.remove(&flow.address).unwrap_or_default();
        mine.sort_by_key(|(order, found)| (*order, &found.address));
        if mine.is_empty() {
            blocks.push(Block::Text("No stages.".to_owned()));
            continue;
        }
        let row = |(order, found): &(i64, &Found)| {
            vec![
                order.to_string(),
                field(found, "stage"),
                binding_list(bindings.get(&found.address)),
            ]
        };
        blocks.push(Block::Table(
            &["order", "stage", "policies"],
            mine.iter().map(row).collect(),
        ));
    }
}

fn sources(live: &Live, blocks: &mut Vec<Block>) {
    let bindings = bindings(live);
    let row = |found: &Found| {
        vec![
            name(&found.address),
            field(found, "name"),
            found.kind.type_name.unwrap_or_default().to_owned(),
            if is(found, "enabled") { "" } else { "disabled" }.to_owned(),
            field(found, "authentication_flow"),
            field(found, "enrollment_flow"),
            field(found, "user_matching_mode"),
            binding_list(bindings.get(&found.address)),
        ]
    };
    let head = &[
        "source",
        "name",
        "type",
        "state",
        "sign-in flow",
        "enrollment flow",
        "matched by",
        "bound",
    ];
    section(
        "Sources",
        head,
        all(live, "source").map(row).collect(),
        blocks,
    );
}

//! From files to objects: everything that a field, a word or a form can get wrong, with the exact message.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use akrec::desired;
use akrec::desired::{Desired, What};
use akrec::diag::{Diagnostic, Sources};
use akrec::kinds::KINDS;
use akrec::lints::{self, Scene};
use akrec::report::diagnostics;
use akrec::schema::{RELEASES, Release, Shape, V2025_10, V2026_2, V2026_5};
use akrec::state::Inputs;
use insta::assert_snapshot;

use crate::world::World;

struct Lowered {
    desired: Desired,
    problems: Vec<Diagnostic>,
    sources: Sources,
}

fn lower_files(
    files: &[(&str, &str)],
    env: Option<&str>,
    release: Option<Release>,
    allow_unknown: bool,
) -> Lowered {
    let world = World::with(files);
    let inputs = Inputs {
        vars: [("WORD".to_owned(), "hunter2-var".into())].into(),
        ..Inputs::new(world.root.join("state"), &|name| {
            (name != "UNSET").then(|| format!("hunter2-{name}"))
        })
    };
    let settings = desired::Settings {
        release,
        allow_unknown,
        today: jiff::civil::date(2026, 6, 15),
    };
    let mut sources = Sources::default();
    let env = env.map(|name| world.root.join("environments").join(name));
    let (desired, problems) = akrec::state::load(&inputs, env.as_deref(), &settings, &mut sources);
    let lowered = Lowered {
        desired,
        problems,
        sources,
    };
    let shown = lowered.full();
    assert!(!shown.contains("hunter2"), "a secret is shown:\n{shown}");
    assert!(
        !format!("{:?}", lowered.desired).contains("hunter2"),
        "a secret is shown by Debug"
    );
    lowered
}

fn lower(text: &str) -> Lowered {
    lower_files(&[("state/a.yaml", text)], None, Some(V2026_2), false)
}

impl Lowered {
    fn full(&self) -> String {
        diagnostics::text(&self.problems, &self.sources, false, 100)
    }
}

/// The diagnostics, a line for each problem with its label, note and help.
fn reported(text: &str) -> String {
    emit(&lower(text))
}

fn reported_on(release: Release, text: &str) -> String {
    emit(&lower_files(
        &[("state/a.yaml", text)],
        None,
        Some(release),
        false,
    ))
}

fn emit(lowered: &Lowered) -> String {
    let mut out = String::new();
    for problem in &lowered.problems {
        let word = if problem.is_error() {
            "error"
        } else {
            "warning"
        };
        let (place, label) = match &problem.primary {
            Some(label) => (
                lowered.sources.place(label.span).unwrap(),
                label.text.as_str(),
            ),
            None => panic!("no place: {problem:?}"),
        };
        writeln!(
            out,
            "{}:{} {word}[{}]: {} ({label})",
            place.line, place.column, problem.code, problem.message
        )
        .unwrap();
        for label in &problem.secondary {
            let place = lowered.sources.place(label.span).unwrap();
            writeln!(out, "    {}:{}: {}", place.line, place.column, label.text).unwrap();
        }
        problem
            .notes
            .iter()
            .for_each(|note| writeln!(out, "    note: {note}").unwrap());
        problem
            .help
            .iter()
            .for_each(|help| writeln!(out, "    help: {help}").unwrap());
    }
    if out.is_empty() {
        "nothing wrong".into()
    } else {
        out
    }
}

/// The desired state, an object a line.
fn wanted(lowered: &Lowered) -> String {
    assert_eq!(lowered.problems, Vec::new(), "{}", lowered.full());
    let mut out = String::new();
    for object in &lowered.desired.objects {
        let fields: Vec<String> = object
            .fields
            .iter()
            .map(|(name, want)| match &want.what {
                What::Is(value) => format!("{name}={value:?}"),
                What::Some { include, exclude } => format!("{name}+{include:?}-{exclude:?}"),
                What::Keys(keys) => format!("{name}~{keys:?}"),
            })
            .collect();
        writeln!(out, "{}: {}", object.address.path(), fields.join(" ")).unwrap();
    }
    out
}

#[test]
fn unknown_sections_and_fields_have_a_nearest_name() {
    assert_snapshot!(reported("grops: {a: {}}"), @r#"
    1:1 error[AKR0104]: unknown section "grops" (unknown)
        help: did you mean "groups"?
    "#);
    assert_snapshot!(reported("whatever: {a: {}}"), @r#"
    1:1 error[AKR0104]: unknown section "whatever" (unknown)
        note: the sections are defaults, absent, assertions, raw, users, groups, roles, tokens, files, applications, outposts, brands, providers, property_mappings, certificates, flows, prompts, invitations, stages, policies, sources, service_connections, notification_rules, notification_transports, connectors, device_access_groups, enrollment_tokens, blueprints, lifecycle_rules, request_rules, object_attributes, licenses, initial_permissions, settings
    "#);
    assert_snapshot!(reported("groups: {a: {superuser: true, memebers: [], attributs: {}, xyz: 1}}"), @r#"
    1:14 error[AKR0105]: groups have no field "superuser" (unknown)
        help: did you mean "is_superuser"?
    1:31 error[AKR0105]: groups have no field "memebers" (unknown)
        help: did you mean "members"?
    1:45 error[AKR0105]: groups have no field "attributs" (unknown)
        help: did you mean "attributes"?
    1:60 error[AKR0105]: groups have no field "xyz" (unknown)
        help: `akrec explain group` lists the fields
    "#);
    // The API's name of something that state files call otherwise.
    assert_snapshot!(reported("groups: {a: {users: []}}"), @r#"
    1:14 error[AKR0105]: groups have no field "users" (unknown)
        help: in state files it is called "members"
    "#);
    assert_snapshot!(reported("providers: {p: {type: oauth2, redirect_uris: [{uri: 'https://a', matching_mode: strict}]}}"), @r#"
    1:48 error[AKR0105]: redirect_uris has no "uri" (unknown)
        help: did you mean "url"?
    "#);
    assert_snapshot!(reported("groups: {a: {type: group}}"), @r#"
    1:14 error[AKR0105]: groups have no field "type" (unknown)
        help: `akrec explain group` lists the fields
    "#);
}

#[test]
fn kinds_need_the_right_type() {
    assert_snapshot!(reported("providers: {p: {}}"), @r#"
    1:13 error[AKR0121]: "p" has no `type` (which kind is it?)
        note: the types of providers are oauth2, proxy, saml, wsfed, ldap, radius, rac, scim, google_workspace, microsoft_entra, ssf
    "#);
    assert_snapshot!(reported("providers: {p: {type: oauth}}"), @r#"
    1:23 error[AKR0121]: providers have no type "oauth" (unknown)
        note: the types of providers are oauth2, proxy, saml, wsfed, ldap, radius, rac, scim, google_workspace, microsoft_entra, ssf
        help: did you mean "oauth2"?
    "#);
    assert_snapshot!(reported("providers: {p: {type: [oauth2]}}"), @"
    1:23 error[AKR0121]: type must be a single word (this is a list)
        note: the types of providers are oauth2, proxy, saml, wsfed, ldap, radius, rac, scim, google_workspace, microsoft_entra, ssf
    ");
    assert_snapshot!(reported("providers: {p: {type: !env KIND}}"), @"
    1:23 error[AKR0121]: providers have no such type (unknown)
        note: the types of providers are oauth2, proxy, saml, wsfed, ldap, radius, rac, scim, google_workspace, microsoft_entra, ssf
    ");
    assert_snapshot!(reported("sources: {s: {type: null}}"), @"
    1:21 error[AKR0121]: type must be a single word (this is nothing (null))
        note: the types of sources are oauth, kerberos, ldap, scim, plex, saml, telegram
    ");
}

#[test]
fn keys_are_checked() {
    assert_snapshot!(reported("applications: {'my wiki': {name: W}, 'wiki/x': {name: W}, ümlaut: {name: W}}"), @r#"
    1:16 error[AKR0122]: "my wiki" is not a slug (letters, digits, `-` and `_` only)
    1:38 error[AKR0122]: "wiki/x" is not a slug (letters, digits, `-` and `_` only)
    1:59 error[AKR0122]: "ümlaut" is not a slug (letters, digits, `-` and `_` only)
    "#);
    assert_snapshot!(reported("groups: {'': {}, '  ': {}}"), @r"
    1:10 error[AKR0122]: a group needs a name (empty)
    1:18 error[AKR0122]: a group needs a name (empty)
    ");
    assert_snapshot!(reported("applications: {wiki: {name: W, slug: other}}"), @r#"1:38 error[AKR0122]: the slug of application "wiki" is its key (a different one here)"#);
    assert_snapshot!(reported("applications: {wiki: {name: W, slug: wiki}}"), @"nothing wrong");
    assert_snapshot!(reported("groups: {a: {}, ' a': {}}"), @r#"
    1:10 error[AKR0103]: group "a" is declared twice (again here)
        1:17: first here
    "#);
}

#[test]
fn another_release_is_named() {
    assert_snapshot!(reported_on(V2025_10, "sources: {s: {type: oauth, promoted: true}}"), @"1:28 error[AKR0106]: authentik 2025.10 has no promoted of sources.oauth (this field exists since 2025.12)");
    assert_snapshot!(reported_on(V2025_10, "roles: {r: {members: []}}"), @"1:13 error[AKR0106]: authentik 2025.10 has no members of roles (this field exists since 2025.12)");
    assert_snapshot!(reported_on(V2025_10, "flows: {f: {layout: sidebar_left_frame_background, background: x}}"), @r#"
    1:21 error[AKR0106]: layout cannot be "sidebar_left_frame_background" on authentik 2025.10 (this variant exists since 2026.2)
    1:52 error[AKR0106]: authentik 2025.10 has no background of flows (this field exists since 2025.12)
    "#);
    assert_snapshot!(reported_on(V2025_10, "sources: {s: {type: oauth, provider_type: slack}}"), @r#"1:43 error[AKR0106]: provider_type cannot be "slack" on authentik 2025.10 (this variant exists since 2025.12)"#);
    // Without a release everything that any release knows is taken.
    let free = lower_files(
        &[(
            "state/a.yaml",
            "sources: {s: {type: oauth, promoted: true, provider_type: slack}}",
        )],
        None,
        None,
        false,
    );
    assert_snapshot!(emit(&free), @"nothing wrong");
}

#[test]
fn parents_and_parent_are_one_thing() {
    assert_snapshot!(reported_on(V2025_10, "groups: {a: {parents: [b, c]}, b: {}, c: {}}"), @"1:14 error[AKR0106]: groups have one parent on authentik 2025.10, not 2 (several are possible since 2025.12)");
    assert_snapshot!(reported_on(V2025_10, "groups: {a: {parents: {exclude: [b]}}, b: {}}"), @r"
    1:14 error[AKR0106]: groups have one parent on authentik 2025.10, not a list (a list exists since 2025.12)
        help: name the one that you want, or none: `parents: []`
    ");
    assert_snapshot!(reported_on(V2025_10, "groups: {a: {parent: b, parents: [b]}, b: {}}"), @r#"
    1:25 error[AKR0116]: parents and parent of group "a" are the same field (set again here)
        1:14: set here
        help: keep one of the two
    "#);
    assert_snapshot!(reported_on(V2025_10, "groups: {a: {parents: b}, b: {}}"), @"
    1:23 error[AKR0107]: parents must be a list (this is a plain value)
        help: put it in brackets: a list of one item is a list too
    ");
    for release in RELEASES {
        let text = "defaults: {groups: {parents: [b]}}\ngroups: {a: {}, c: {parents: []}}";
        assert_eq!(reported_on(*release, text), "nothing wrong");
    }
}

/// A field that a release lacks inside the items of a list would be sent, forgotten, and planned again forever.
#[test]
fn fields_and_words_inside_items_are_held_against_the_release() {
    let redirect = |kind: &str| {
        format!(
            "providers:\n  p:\n    type: oauth2\n    redirect_uris:\n    - url: https://a.example.org\n{kind}"
        )
    };
    let logout = redirect("      redirect_uri_type: logout\n");
    assert_snapshot!(reported_on(V2026_2, &logout), @"6:7 error[AKR0106]: authentik 2026.2 has no redirect_uri_type in an item of redirect_uris (this field exists since 2026.5)");
    // The value that the releases with the field have anyway is the behavior of the others without it.
    let usual = redirect("      redirect_uri_type: authorization\n");
    let value = |text: &str, release: Release| {
        let lowered = lower_files(&[("state/a.yaml", text)], None, Some(release), false);
        assert_eq!(emit(&lowered), "nothing wrong", "{release}");
        format!(
            "{:?}",
            lowered.desired.objects[0].fields["redirect_uris"].what
        )
    };
    for release in RELEASES {
        assert_eq!(
            value(&usual, *release),
            value(&redirect(""), *release),
            "{release}"
        );
        assert_eq!(
            value(&usual, *release).contains("redirect_uri_type"),
            *release >= V2026_5,
            "{release}"
        );
    }
    // The same of the whole table.
    let mut tried = BTreeSet::new();
    for kind in KINDS
        .iter()
        .filter(|kind| !kind.section.is_empty() && !kind.is_singleton())
    {
        for field in kind.fields {
            let words = match field.shape {
                Shape::Set(Shape::Enum(words)) | Shape::List(Shape::Enum(words)) => *words,
                _ => &[],
            };
            let words = words.iter().map(|word| {
                (
                    word.name,
                    format!("[{}]", word.name),
                    (word.since, word.until),
                )
            });
            let parts = field.parts().filter_map(|part| {
                let Shape::Enum(words) = part.shape else {
                    return None;
                };
                let default = part.default.unwrap_or_default().trim_matches('"');
                let other = words.iter().find(|word| word.name != default)?.name;
                let first = field.parts().next().unwrap().name;
                let item = format!("[{{{first}: x, {}: {other}}}]", part.name);
                Some((part.name, item, (part.since, part.until)))
            });
            for (name, text, (since, until)) in words.chain(parts) {
                let lacks = |release: &&Release| {
                    let after = since.is_none_or(|since| **release >= since);
                    let before = until.is_none_or(|until| **release < until);
                    kind.is_in(**release) && field.is_in(**release) && !(after && before)
                };
                for release in RELEASES.iter().filter(lacks) {
                    let kind_of = kind
                        .type_name
                        .map(|word| format!("type: {word}, "))
                        .unwrap_or_default();
                    let text = format!(
                        "{}:\n  x: {{{kind_of}{}: {text}}}\n",
                        kind.section, field.yaml_key
                    );
                    let reported = reported_on(*release, &text);
                    assert!(
                        reported.contains("error[AKR0106]") && reported.starts_with("2:"),
                        "{release}: {name}: {reported}"
                    );
                    tried.insert(format!("{}.{}: {name}", kind.name, field.name));
                }
            }
        }
    }
    let tried: Vec<&str> = tried.iter().map(String::as_str).collect();
    assert_snapshot!(tried.join("\n"), @"
    provider_oauth2.grant_types: urn:ietf:params:oauth:grant-type:token-exchange
    provider_oauth2.redirect_uris: redirect_uri_type
    ");
}

#[test]
fn every_shape_refuses_the_others() {
    // Text takes any scalar and keeps its spelling.
    assert_snapshot!(reported("users: {a: {name: [x], email: {x: y}}}"), @r"
    1:19 error[AKR0107]: name must be a string (this is a list)
    1:31 error[AKR0107]: email must be a string (this is a mapping)
    ");
    // Booleans.
    assert_snapshot!(reported("users: {a: {is_active: yes}, b: {is_active: 'true'}, c: {is_active: 1}, d: {is_active: True}, e: {is_active: [true]}}"), @r"
    1:24 error[AKR0107]: is_active must be true or false (neither true nor false)
        help: write true; only true and false are booleans
    1:45 error[AKR0107]: is_active must be true or false (neither true nor false)
        help: remove the quotes: quoted, it is a string
    1:69 error[AKR0107]: is_active must be true or false (neither true nor false)
        help: write true; only true and false are booleans
    1:88 error[AKR0107]: is_active must be true or false (neither true nor false)
        help: write true; only true and false are booleans
    1:110 error[AKR0107]: is_active must be true or false (this is a list)
    ");
    // Whole numbers.
    assert_snapshot!(reported("
policies:
  a: {type: dummy, wait_min: '5'}
  b: {type: dummy, wait_min: 5.0}
  c: {type: dummy, wait_min: 017}
  d: {type: dummy, wait_min: 1e3}
  e: {type: dummy, wait_min: 99999999999}
  f: {type: dummy, wait_min: five}
  g: {type: dummy, wait_min: +5}
  h: {type: dummy, wait_min: [5]}
  i: {type: dummy, wait_min: 99999999999999999999}
"), @"
    3:30 error[AKR0107]: wait_min must be a whole number (this is a string)
        help: write it without quotes
    4:30 error[AKR0107]: wait_min must be a whole number (not a whole number)
    5:30 error[AKR0107]: wait_min must be a whole number (a leading zero, which YAML parsers read differently)
    6:30 error[AKR0107]: wait_min must be a whole number (not a whole number)
    7:30 error[AKR0107]: wait_min must be a whole number from -2147483648 to 2147483647 (out of range)
    8:30 error[AKR0107]: wait_min must be a whole number (not a whole number)
    9:30 error[AKR0107]: wait_min must be a whole number (not a whole number)
    10:30 error[AKR0107]: wait_min must be a whole number (this is a list)
    11:30 error[AKR0107]: wait_min must be a whole number from -2147483648 to 2147483647 (out of range)
    ");
    assert_snapshot!(reported("applications: {a: {name: A, bindings: [{group: g, timeout: -1}]}}\ngroups: {g: {}}"), @"1:60 error[AKR0107]: timeout must be a whole number from 0 to 2147483647 (out of range)");
    // Durations.
    assert_snapshot!(reported("
stages:
  a: {type: user_login, session_duration: 1h}
  b: {type: user_login, session_duration: 1h30m}
  c: {type: user_login, session_duration: 3600}
  d: {type: user_login, session_duration: hour=1}
  e: {type: user_login, session_duration: hours=one}
  f: {type: user_login, session_duration: ''}
  g: {type: user_login, session_duration: [hours=1]}
  h: {type: user_login, session_duration: !env SPAN}
"), @r#"
    3:43 error[AKR0109]: session_duration must be a duration such as hours=1;minutes=30 ("1h" is not of the form unit=number)
        help: did you mean "hours=1"?
    4:43 error[AKR0109]: session_duration must be a duration such as hours=1;minutes=30 ("1h30m" is not of the form unit=number)
        help: did you mean "hours=1;minutes=30"?
    5:43 error[AKR0109]: session_duration must be a duration such as hours=1;minutes=30 ("3600" is not of the form unit=number)
    6:43 error[AKR0109]: session_duration must be a duration such as hours=1;minutes=30 ("hour" is not a unit; the units are microseconds, milliseconds, seconds, minutes, hours, days, weeks)
    7:43 error[AKR0109]: session_duration must be a duration such as hours=1;minutes=30 ("one" is not a number)
    8:43 error[AKR0109]: session_duration must be a duration such as hours=1;minutes=30 (the duration is empty)
    9:43 error[AKR0107]: session_duration must be a duration such as hours=1;minutes=30 (this is a list)
    10:43 error[AKR0109]: session_duration must be a duration such as hours=1;minutes=30 (not a duration)
    "#);
    // Times.
    assert_snapshot!(reported("
invitations:
  a: {expires: tomorrow}
  b: {expires: 2026-13-01}
  c: {expires: 2026-12-31T12:00:00}
  d: {expires: {at: 2026-12-31}}
"), @r"
    3:16 error[AKR0120]: expires must be a time such as 2026-12-31T12:00:00Z, or a date (not a time)
    4:16 error[AKR0120]: expires must be a time such as 2026-12-31T12:00:00Z, or a date (not a time)
    5:16 error[AKR0120]: expires must be a time such as 2026-12-31T12:00:00Z, or a date (not a time)
    6:16 error[AKR0107]: expires must be a time (this is a mapping)
    ");
    // Words.
    assert_snapshot!(reported("
users:
  a: {type: extrenal}
  b: {type: 1}
  c: {type: [internal]}
  d: {type: !env KIND}
  e: {type: Internal}
"), @r#"
    3:13 error[AKR0108]: type cannot be "extrenal" (not a known variant)
        note: expected one of: internal, external, service_account
        help: did you mean "external"?
    4:13 error[AKR0108]: type cannot be "1" (not a known variant)
        note: expected one of: internal, external, service_account
    5:13 error[AKR0107]: type must be a string (this is a list)
    6:13 error[AKR0108]: type cannot have this value (not a known variant)
        note: expected one of: internal, external, service_account
    7:13 error[AKR0108]: type cannot be "Internal" (not a known variant)
        note: expected one of: internal, external, service_account
        help: did you mean "internal"?
    "#);
    // References.
    assert_snapshot!(reported("applications: {a: {name: A, provider: [p]}, b: {name: B, provider: {name: p}}}"), @r"
    1:39 error[AKR0107]: provider must be the name of a provider (this is a list)
    1:68 error[AKR0107]: provider must be the name of a provider (this is a mapping)
    ");
    // Lists and sets.
    assert_snapshot!(reported("groups: {a: {members: jodie, roles: {x: y}}}"), @r#"
    1:23 error[AKR0107]: members must be a list (this is a plain value)
        help: put it in brackets: a list of one item is a list too
    1:38 error[AKR0116]: roles must be a list, or a mapping of `include` and `exclude` (not "x")
    "#);
    assert_snapshot!(reported("stages: {a: {type: identification, user_fields: email}, b: {type: identification, user_fields: [mail]}}"), @r#"
    1:49 error[AKR0107]: user_fields must be a list (this is a plain value)
        help: put it in brackets: a list of one item is a list too
    1:97 error[AKR0108]: user_fields cannot be "mail" (not a known variant)
        note: expected one of: email, username, upn
        help: did you mean "email"?
    "#);
    assert_snapshot!(reported("groups: {a: {members: {include: jodie}}, b: {members: {exclude: [[x]]}}}"), @r"
    1:33 error[AKR0107]: members must be a list here (this is a plain value)
    1:66 error[AKR0107]: members must be the name of a user (this is a list)
    ");
    // Records.
    assert_snapshot!(reported("
providers:
  a: {type: oauth2, redirect_uris: https://a}
  b: {type: oauth2, redirect_uris: [{matching_mode: regex}]}
  c: {type: oauth2, redirect_uris: [[x]]}
  d: {type: oauth2, redirect_uris: [{url: 'https://a', matching_mode: loose}]}
  e: {type: oauth2, redirect_uris: [null]}
  f: {type: oauth2, redirect_uris: ['']}
"), @r#"
    3:36 error[AKR0107]: redirect_uris must be a list (this is a plain value)
        help: put it in brackets: a list of one item is a list too
    4:37 error[AKR0117]: an item of redirect_uris needs "url" (no "url" here)
    5:37 error[AKR0107]: an item of redirect_uris must be a mapping (this is a list)
    6:71 error[AKR0108]: matching_mode cannot be "loose" (not a known variant)
        note: expected one of: strict, regex
    7:37 error[AKR0107]: an item of redirect_uris must be a mapping (this is nothing (null))
    8:37 error[AKR0118]: url cannot be cleared (empty here)
        help: remove url to leave it unchanged on the server
    "#);
    // Objects.
    assert_snapshot!(reported("groups: {a: [], b: text, c: true}"), @r#"
    1:13 error[AKR0107]: group "a" must be a mapping of fields (this is a list)
    1:20 error[AKR0107]: group "b" must be a mapping of fields (this is a plain value)
    1:29 error[AKR0107]: group "c" must be a mapping of fields (this is a plain value)
    "#);
    assert_snapshot!(reported("groups: [a, b]"), @"1:9 error[AKR0107]: groups must be a mapping (this is a list)");
}

#[test]
fn look_alikes_keep_their_spelling_in_text() {
    assert_snapshot!(wanted(&lower("
users:
  yes: {name: no, email: '1.10@example.org', path: 017}
  1.10: {name: 0x10, email: ~}
")), @r#"
    user.1.10: email=Text("") name=Text("0x10") username=Text("1.10")
    user.yes: email=Text("1.10@example.org") name=Text("no") path=Text("017") username=Text("yes")
    "#);
}

#[test]
fn data_is_typed_as_yaml_has_it() {
    assert_snapshot!(wanted(&lower("
groups:
  a:
    attributes: {yes: yes, t: true, n: null, i: 7, z: 017, f: 1.5, v: 1.10, e: 1e3, s: '7', list: [1, a], deep: {x: {y: false}}}
  b: {attributes: !exact {a: 1}}
  c: {attributes: {}}
  d: {attributes: null}
invitations:
  i: {fixed_data: {a: 1}}
")), @r#"
    group.a: attributes~{"deep": Object {"x": Object {"y": Bool(false)}}, "e": String("1e3"), "f": Number(1.5), "i": Number(7), "list": Array [Number(1), String("a")], "n": Null, "s": String("7"), "t": Bool(true), "v": String("1.10"), "yes": String("yes"), "z": String("017")} name=Text("a")
    group.b: attributes=Json(OrderedJson(Object {"a": Number(1)})) name=Text("b")
    group.c: attributes=Json(OrderedJson(Object {})) name=Text("c")
    group.d: attributes=Json(OrderedJson(Object {})) name=Text("d")
    invitation.i: fixed_data=Json(OrderedJson(Object {"a": Number(1)})) name=Text("i")
    "#);
    assert_snapshot!(reported("groups: {a: {attributes: {x: !exact {}}}, b: {members: !exact [a]}, c: {is_superuser: !exact true}}"), @"
    1:30 error[AKR0115]: !exact is allowed only before the whole of attributes (here)
    1:56 error[AKR0115]: !exact is not allowed for members (here)
    1:87 error[AKR0115]: !exact is not allowed for is_superuser (here)
    ");
    assert_snapshot!(reported("groups: {a: {attributes: [1]}, b: {attributes: text}}"), @r"
    1:26 error[AKR0107]: attributes must be a mapping (this is a list)
    1:48 error[AKR0107]: attributes must be a mapping (this is a plain value)
    ");
}

#[test]
fn bindings_name_exactly_one_subject() {
    assert_snapshot!(reported("
applications:
  a:
    name: A
    bindings:
      - {order: 1}
      - {group: g, user: u}
      - g
      - [g]
      - {group: g, target: x}
      - {group: null}
      - {group: g, ordr: 1}
      - {group: ''}
"), @r#"
    6:9 error[AKR0116]: an item of bindings must name exactly one of group, user, policy (none of them here)
    7:9 error[AKR0116]: an item of bindings must name exactly one of group, user, policy (more than one here)
    8:9 error[AKR0107]: an item of bindings must be a mapping (this is a plain value)
    9:9 error[AKR0107]: an item of bindings must be a mapping (this is a list)
    10:20 error[AKR0105]: policy bindings have no field "target" (unknown)
        help: it follows from the object's place in the files
    11:9 error[AKR0116]: an item of bindings needs policy or group or user (not here)
    12:20 error[AKR0105]: policy bindings have no field "ordr" (unknown)
        help: did you mean "order"?
    13:9 error[AKR0116]: an item of bindings needs policy or group or user (not here)
    "#);
    assert_snapshot!(reported("applications: {a: {name: A, bindings: {group: g}}}"), @"1:39 error[AKR0107]: bindings must be a list, or a mapping of `include` and `exclude` (this is a mapping)");
    assert_snapshot!(reported("applications: {a: {name: A, bindings: g}}"), @"1:39 error[AKR0107]: bindings must be a list, or a mapping of `include` and `exclude` (this is a plain value)");
    assert_snapshot!(reported("applications: {a: {name: A, bindings: {include: [{group: g}], exclude: [g, {group: g, user: u}, {order: 1}]}}}"), @r"
    1:73 error[AKR0116]: an item of `exclude` must name exactly one object (here)
    1:76 error[AKR0116]: an item of `exclude` must name exactly one object (here)
    1:97 error[AKR0116]: an item of `exclude` must name exactly one object (here)
    ");
    assert_snapshot!(reported("applications: {a: {name: A, bindings: [{group: g, bindings: []}]}}"), @r#"
    1:51 error[AKR0105]: policy bindings have no field "bindings" (unknown)
        help: `akrec explain policy_binding` lists the fields
    "#);
}

#[test]
fn duplicates_are_refused() {
    assert_snapshot!(reported("applications: {a: {name: A, bindings: [{group: g}, {group: g, order: 10}]}}"), @r#"
    1:52 error[AKR0213]: policy_binding application "a" -> group "g" is listed twice here (again here)
        1:40: first here
    "#);
    assert_snapshot!(reported("flows: {f: {stages: [{stage: s, order: 1}, {stage: s, order: 1}]}}"), @r#"
    1:44 error[AKR0213]: flow_stage_binding flow "f" -> stage "s" #1 is listed twice here (again here)
        1:22: first here
    "#);
    assert_snapshot!(reported("providers: {x: {type: oauth2}}\nstages: {x: {type: deny}}"), @"nothing wrong");
}

#[test]
fn stages_and_entitlements_have_their_forms() {
    assert_snapshot!(reported("flows: {f: {stages: [{order: 1}, [s], {stage: s, stages: []}, {stage: a, order: first}]}}"), @r#"
    1:22 error[AKR0116]: an item of stages needs stage (not here)
    1:34 error[AKR0107]: an item of stages must be a mapping (this is a list)
    1:50 error[AKR0105]: flow stage bindings have no field "stages" (unknown)
        help: did you mean "stage"?
    1:81 error[AKR0107]: order must be a whole number (not a whole number)
    "#);
    assert_snapshot!(reported("flows: {f: {stages: s}}"), @"1:21 error[AKR0107]: stages must be a list, or a mapping of `include` and `exclude` (this is a plain value)");
    assert_snapshot!(reported("applications: {a: {name: A, entitlements: [edit]}}"), @"1:43 error[AKR0107]: entitlements must be a mapping by name (this is a list)");
    assert_snapshot!(reported("applications: {a: {name: A, entitlements: {edit: {attribute: x}, own: {name: other}, view: text, '': {}}}}"), @r#"
    1:51 error[AKR0105]: application entitlements have no field "attribute" (unknown)
        help: did you mean "attributes"?
    1:72 error[AKR0105]: application entitlements have no field "name" (unknown)
        help: it follows from the object's place in the files
    1:92 error[AKR0107]: an item of entitlements must be a mapping (this is a plain value)
    1:98 error[AKR0122]: application entitlements need a name (empty)
    "#);
    // An additive list has no order that could set the field.
    assert_snapshot!(reported("flows: {f: {stages: {include: [s]}}}"), @"1:32 error[AKR0116]: an item of stages needs order (not here)");
}

#[test]
fn what_is_absent_must_not_be_declared() {
    assert_snapshot!(reported("groups: {a: {}}\nabsent: {groups: [a, b]}"), @r#"
    2:19 error[AKR0208]: group "a" is both declared and listed under `absent` (must not exist)
        1:10: declared here
    "#);
    assert_snapshot!(reported("groups: {a: {}}\nabsent: {grops: [a], groups: b, users: [[x], '']}"), @r#"
    2:10 error[AKR0104]: unknown section "grops" (unknown)
        help: did you mean "groups"?
    2:30 error[AKR0107]: `absent` must contain lists of names (this is a plain value)
    2:41 error[AKR0107]: `absent` must contain lists of names (this is a list)
    2:46 error[AKR0107]: `absent` must contain lists of names (this is a string)
    "#);
    // One name space for all stages.
    assert_snapshot!(reported("stages: {a: {type: deny}}\nabsent: {stages: [a]}"), @r#"
    2:19 error[AKR0208]: stage "a" is both declared and listed under `absent` (must not exist)
        1:10: declared here
    "#);
}

#[test]
fn defaults_are_for_known_kinds() {
    assert_snapshot!(reported("defaults: {providers: {name: x}, group: {}, providers.oauth: {}, groups: {nme: x}}\ngroups: {a: {}}"), @r#"
    1:34 error[AKR0104]: unknown kind "group" in defaults (unknown)
        help: did you mean "groups"?
    1:75 error[AKR0105]: groups have no field "nme" (unknown)
        help: did you mean "name"?
    1:12 error[AKR0104]: unknown kind "providers" in defaults (unknown)
        help: name one of providers.oauth2, providers.proxy, providers.saml, providers.wsfed, providers.ldap, providers.radius, providers.rac, providers.scim, providers.google_workspace, providers.microsoft_entra, providers.ssf
    1:45 error[AKR0104]: unknown kind "providers.oauth" in defaults (unknown)
        help: did you mean "providers.oauth2"?
    "#);
}

#[test]
fn defaults_are_merged_under_every_object() {
    assert_snapshot!(wanted(&lower("
defaults:
  groups: {is_superuser: false, attributes: {a: 1, b: {c: 1}}, parents: [all]}
groups:
  all: {parents: []}
  own: {is_superuser: true, attributes: {b: {d: 2}}}
  none: {is_superuser: null}
").quiet()), @r#"
    group.all: attributes~{"a": Number(1), "b": Object {"c": Number(1)}} is_superuser=Bool(false) name=Text("all") parents=Set({})
    group.none: attributes~{"a": Number(1), "b": Object {"c": Number(1)}} name=Text("none") parents=Set({Ref(Address { family: "group", key: Name("all") })})
    group.own: attributes~{"a": Number(1), "b": Object {"c": Number(1), "d": Number(2)}} is_superuser=Bool(true) name=Text("own") parents=Set({Ref(Address { family: "group", key: Name("all") })})
    "#);
}

#[test]
fn environments_override_field_by_field() {
    let files = [
        (
            "state/a.yaml",
            "users: {a: {name: A, email: a@example.org, attributes: {x: 1, y: 2}}}",
        ),
        (
            "environments/prod/b.yaml",
            "users: {a: {email: b@example.org, attributes: {y: 3}}, p: {name: P}}",
        ),
        ("environments/bad/b.yaml", "users: {a: {is_active: yes}}"),
    ];
    assert_snapshot!(wanted(&lower_files(&files, Some("prod"), Some(V2026_2), false)), @r#"
    user.a: attributes~{"x": Number(1), "y": Number(3)} email=Text("b@example.org") name=Text("A") username=Text("a")
    user.p: name=Text("P") username=Text("p")
    "#);
    assert_snapshot!(lower_files(&files, Some("bad"), Some(V2026_2), false).shown(), @r"
    error[AKR0107]: is_active must be true or false
     --> environments/bad/b.yaml:1:24
      |
    1 | users: {a: {is_active: yes}}
      |                        ^^^ neither true nor false
      |
    help: write true; only true and false are booleans

    1 error
    ");
}

#[test]
fn items_of_members() {
    assert_snapshot!(wanted(&lower("groups: {g: {members: [a, {user: b}, {user: c, until: 2026-06-15}, {user: d, until: 2026-06-14}]}}")), @r#"group.g: name=Text("g") users=Set({Ref(Address { family: "user", key: Name("a") }), Ref(Address { family: "user", key: Name("b") }), Ref(Address { family: "user", key: Name("c") })})"#);
    assert_snapshot!(reported("
groups:
  a: {members: [{until: 2026-01-01}]}
  b: {members: [{user: a, until: soon}]}
  c: {members: [{user: a, till: 2026-01-01}]}
  d: {members: [{user: [a]}]}
  e: {members: [null]}
  f: {members: {include: [a], exclud: [b]}}
  g: {members: ['']}
  h: {members: [{user: ''}]}
  i: {members: [{user: a, until: 2026-01-01T12:00:00}]}
"), @r#"
    3:17 error[AKR0116]: an item of members needs `user` (no `user` here)
    4:34 error[AKR0120]: `until` must be a date such as 2026-12-31 (not a date)
    5:27 error[AKR0116]: an item of members must be a name, or `{user: NAME, until: DATE}` (not "till")
    6:24 error[AKR0107]: members must be the name of a user (this is a list)
    7:17 error[AKR0107]: members must be the name of a user (this is nothing (null))
    8:31 error[AKR0116]: members must be a list, or a mapping of `include` and `exclude` (not "exclud")
        help: did you mean "exclude"?
    9:17 error[AKR0122]: an item of members must be a name (empty)
    10:24 error[AKR0122]: an item of members must be a name (empty)
    11:34 error[AKR0120]: `until` must be a date such as 2026-12-31 (not a date)
    "#);
}

#[test]
fn permissions_on_objects_have_their_form() {
    assert_snapshot!(reported("
roles:
  a:
    permissions: [view_application, {include: [x]}]
    object_permissions:
      - {aplication: wiki, permissions: [view_application]}
      - {application: wiki}
      - {application: wiki, group: staff, permissions: [view_application]}
      - {application: wiki, permissions: [{a: b}]}
      - view_application
  b: {object_permissions: {include: [{application: wiki, permissions: x}], exclude: [{application: wiki, permissions: [x]}]}}
"), @r#"
    4:38 error[AKR0116]: an item of permissions must be a name, or `{permission: NAME, until: DATE}` (not "include")
    6:10 error[AKR0116]: object_permissions cannot be granted on "aplication" (unknown)
        help: did you mean "application"?
    7:9 error[AKR0116]: an item of object_permissions must name an object and `permissions` (one of the two is missing)
        help: write {application: wiki, permissions: [view_application]}
    8:29 error[AKR0116]: an item of object_permissions must be about one object (a different one here)
    9:43 error[AKR0107]: object_permissions must be names (this is a mapping)
    10:9 error[AKR0107]: object_permissions must be mappings such as {application: wiki, permissions: [view_application]} (this is a plain value)
    11:27 error[AKR0116]: an item is both included and excluded (in object_permissions)
    "#);
}

#[test]
fn what_a_reference_is_to_stands_beside_it() {
    assert_snapshot!(reported("
lifecycle_rules:
  nothing: {object: wiki}
  unknown: {content_type: authentik_core.aplication, object: wiki}
  shape: {content_type: authentik_core.group, object: [a]}
  cleared: {object: null}
"), @r#"
    3:13 error[AKR0117]: object needs content_type beside it, which says what it names (no content_type here)
    5:55 error[AKR0107]: object must be the name of a group (this is a list)
    4:27 error[AKR0108]: content_type cannot be "authentik_core.aplication" (not a known variant)
        note: expected one of: authentik_core.application, authentik_core.group, authentik_rbac.role
        help: did you mean "authentik_core.application"?
    "#);
}

#[test]
fn a_name_that_the_server_reads_cannot_be_changed() {
    assert_snapshot!(reported("licenses: {Example: {previously: Old, key: !env KEY}}"), @r#"
    1:22 error[AKR0105]: licenses have no field "previously" (unknown)
        help: `akrec explain license` lists the fields
    "#);
}

#[test]
fn forms_of_lifecycle() {
    assert_snapshot!(reported("
groups:
  ok: {lifecycle: {protect: true, ignore: [attributes, members], owner: team a, open: false, reason: because}}
  a: {lifecycle: true}
  b: {lifecycle: {protect: yes}}
  c: {lifecycle: {protekt: true}}
  d: {lifecycle: {ignore: attributes}}
  e: {lifecycle: {ignore: [attribute]}}
  f: {lifecycle: {owner: [a]}}
  g: {previously: [a, {b: c}]}
  h: {previously: ''}
"), @r#"
    4:18 error[AKR0116]: `lifecycle` must be a mapping (not a mapping)
    5:28 error[AKR0107]: protect must be true or false (neither)
    6:19 error[AKR0105]: unknown key "protekt" in lifecycle (unknown)
        note: expected one of: protect, ignore, owner, open, reason
        help: did you mean "protect"?
    7:27 error[AKR0107]: ignore must be a list of fields (this is a plain value)
    8:28 error[AKR0105]: groups have no field "attribute" (unknown)
        help: did you mean "attributes"?
    9:26 error[AKR0107]: owner must be a string (this is a list)
    10:23 error[AKR0116]: `previously` must be an older name or a list of older names (this is a mapping)
    11:19 error[AKR0116]: `previously` must be an older name or a list of older names (this is a string)
    10:20 error[AKR0210]: group "a" is declared, and is an older name of another object (declared as an older name here)
        10:3: of group "g"
        help: remove `previously` here if that rename is done
    "#);
}

#[test]
fn one_membership_is_declared_on_one_side() {
    assert_snapshot!(reported("groups: {g: {members: [a]}}\nusers: {a: {groups: [g]}}"), @r#"
    2:13 error[AKR0211]: the membership of user "a" in group "g" is declared twice (on this side)
        1:14: and on this side
        help: keep one of the two
    "#);
    assert_snapshot!(reported("groups: {g: {members: {include: [a]}}}\nusers: {a: {groups: {exclude: [g]}}}"), @r#"
    2:13 error[AKR0211]: the membership of user "a" in group "g" is declared twice (on this side)
        1:14: and on this side
        help: keep one of the two
    "#);
    assert_snapshot!(reported("groups: {g: {members: {include: [a]}}}\nusers: {b: {groups: [g]}}"), @"nothing wrong");
    // A complete list that is not complete is reported, whichever way the other side says it.
    assert_snapshot!(reported("groups: {g: {members: {include: [a]}}, h: {}}\nusers: {a: {groups: [h]}}"), @r#"
    2:13 warning[AKR0221]: the list of user "a" does not name group "g" (this list looks complete)
        1:14: and this list declares one more membership
        note: the membership stays, because the other list declares it
        help: declare the membership in one place, for example as "g" in the first list
    "#);
    assert_snapshot!(reported("groups: {g: {members: [a]}, h: {}}\nusers: {a: {groups: []}}"), @r#"
    2:13 warning[AKR0221]: the list of user "a" does not name group "g" (this list looks complete)
        1:14: and this list declares one more membership
        note: the membership stays, because the other list declares it
        help: declare the membership in one place, for example as "g" in the first list
    "#);
    assert_snapshot!(reported("groups: {g: {members: [a]}, h: {}}\nusers: {a: {groups: {include: [h]}}}"), @"nothing wrong");
}

#[test]
fn secrets_in_clear_are_warned_of_and_never_shown() {
    let lowered =
        lower("providers: {p: {type: oauth2, client_secret: hunter2, client_type: hunter}}");
    assert_snapshot!(lowered.shown(), @r#"
    error[AKR0108]: client_type cannot be "hunter"
     --> state/a.yaml:1:68
      |
    1 | providers: {p: {type: oauth2, client_secret: (sensitive value), client_type: hunter}}
      |                                                                              ^^^^^^ not a known variant
      |
      = note: expected one of: confidential, public

    warning[AKR0123]: the client_secret of provider "p" is written in the file
     --> state/a.yaml:1:31
      |
    1 | providers: {p: {type: oauth2, client_secret: (sensitive value), client_type: hunter}}
      |                               ^^^^^^^^^^^^^ a secret in clear text
      |
    help: use !env: client_secret: !env NAME_OF_A_VARIABLE

    1 error, 1 warning
    "#);
    let lowered = lower(
        "
certificates:
  tls:
    key_data: |
      -----BEGIN PRIVATE KEY-----
      hunter2
      -----END PRIVATE KEY-----
    nme: x
sources:
  s: {type: oauth, consumer_key: k, consumer_secret: 'hunter2 hunter2', provider_typ: x}
",
    );
    assert_snapshot!(lowered.shown(), @r#"
    error[AKR0105]: certificates have no field "nme"
     --> state/a.yaml:8:5
      |
    8 |     nme: x
      |     ^^^ unknown
      |
    help: did you mean "name"?

    error[AKR0105]: sources.oauth have no field "provider_typ"
      --> state/a.yaml:10:73
       |
    10 |   s: {type: oauth, consumer_key: k, consumer_secret: (sensitive value), provider_typ: x}
       |                                                                         ^^^^^^^^^^^^ unknown
       |
    help: did you mean "provider_type"?

    warning[AKR0123]: the key_data of certificate "tls" is written in the file
     --> state/a.yaml:4:5
      |
    4 |     key_data: |
      |     ^^^^^^^^ a secret in clear text
      |
    help: use !env: key_data: !env NAME_OF_A_VARIABLE

    warning[AKR0132]: the key_data of certificate "tls" is never compared
     --> state/a.yaml:4:5
      |
    4 |     key_data: |
      |     ^^^^^^^^ without certificate_data beside it
      |
    help: declare certificate_data too: the two are compared by it and sent together

    warning[AKR0123]: the consumer_secret of source "s" is written in the file
      --> state/a.yaml:10:37
       |
    10 |   s: {type: oauth, consumer_key: k, consumer_secret: (sensitive value), provider_typ: x}
       |                                     ^^^^^^^^^^^^^^^ a secret in clear text
       |
    help: use !env: consumer_secret: !env NAME_OF_A_VARIABLE

    2 errors, 3 warnings
    "#);
    // Not even where the value has the wrong form.
    assert_snapshot!(lower("providers: {p: {type: oauth2, client_secret: [hunter2]}}").shown(), @r"
    error[AKR0107]: client_secret must be a string
     --> state/a.yaml:1:46
      |
    1 | providers: {p: {type: oauth2, client_secret: (sensitive value)}}
      |                                              ^^^^^^^^^^^^^^^^^ this is a list

    1 error
    ");
    assert_snapshot!(lower("providers: {p: {type: oauth2, client_secret: {a: hunter2}}}").shown(), @r"
    error[AKR0107]: client_secret must be a string
     --> state/a.yaml:1:46
      |
    1 | providers: {p: {type: oauth2, client_secret: (sensitive value)}}
      |                                              ^^^^^^^^^^^^^^^^^ this is a mapping

    1 error
    ");
}

#[test]
fn what_a_tag_brings_in_is_never_shown() {
    for text in [
        "users: {a: {is_active: !env A}}",
        "users: {a: {type: !env A}}",
        "users: {a: {is_active: !var WORD}}",
        "stages: {a: {type: user_login, session_duration: !env A}}",
        "invitations: {a: {expires: !env A}}",
        "policies: {a: {type: dummy, wait_min: !env A}}",
        "groups: {a: {previously: !env A, parents: [!env A]}}",
        "groups: {a: {lifecycle: {protect: !env A, ignore: [!env A]}}}",
        "applications: {a: {name: x, slug: !env A, bindings: [!env A]}}",
        "flows: {f: {stages: [!env A, {stage: !env A, order: !env A}]}}",
        "absent: {groups: [!env A]}\ngroups: {g: {}}",
        "providers: {p: {type: !env A}}",
        "providers: {p: {type: oauth2, redirect_uris: [{url: !env A, matching_mode: !env A}]}}",
        "groups: {g: {members: [{user: a, until: !env A}]}}",
    ] {
        let lowered = lower_silently(text);
        let shown = lowered.full();
        assert!(!shown.contains("hunter2"), "{text}:\n{shown}");
    }
}

#[test]
fn allowing_unknown_words_makes_them_warnings() {
    let files = [("state/a.yaml", "users: {a: {type: robot}}")];
    let lowered = lower_files(&files, None, Some(V2026_2), true);
    assert_snapshot!(emit(&lowered), @r#"
    1:19 warning[AKR0108]: type cannot be "robot" (not a known variant)
        note: expected one of: internal, external, service_account
    "#);
    assert_eq!(lowered.desired.objects.len(), 1);
}

#[test]
fn what_there_is_only_one_of_is_a_mapping_of_fields() {
    let lowered =
        lower("settings: {impersonation: false, flags: {a: true}, lifecycle: {ignore: [avatars]}}");
    assert_snapshot!(emit(&lowered), @"nothing wrong");
    let [object] = lowered.desired.objects.as_slice() else {
        panic!("{:?}", lowered.desired.objects)
    };
    assert_eq!(object.address.to_string(), "settings");
    assert_eq!(
        object.fields.keys().copied().collect::<Vec<_>>(),
        ["flags", "impersonation"]
    );
    assert_snapshot!(reported("settings: {avatar: x, previously: y, avatars: '', flags: 1, reputation_upper_limit: -1}"), @r#"
    1:12 error[AKR0105]: settings have no field "avatar" (unknown)
        help: did you mean "avatars"?
    1:47 error[AKR0118]: avatars cannot be cleared (empty here)
        help: remove avatars to leave it unchanged on the server
    1:58 error[AKR0107]: flags must be a mapping (this is a plain value)
    1:23 error[AKR0105]: settings have no field "previously" (unknown)
        help: `akrec explain settings` lists the fields
    1:85 error[AKR0107]: reputation_upper_limit must be a whole number from 0 to 2147483647 (out of range)
    "#);
    assert_snapshot!(reported("settings: {impersonation: true}\nabsent: {settings: [impersonation]}"), @"2:10 error[AKR0116]: settings always exist and cannot be deleted (cannot be absent)");
    assert_snapshot!(reported("settings: {impersonation: true}\ndefaults: {settings: {avatars: none}}"), @r#"
    2:12 error[AKR0104]: unknown kind "settings" in defaults (unknown)
        help: there is only one such object: declare it under `settings`
    "#);
    assert_snapshot!(reported("settings: [impersonation]"), @"1:11 error[AKR0107]: settings must be a mapping (this is a list)");
    assert_snapshot!(reported_on(V2025_10, "settings: {base_url: 'https://a'}"), @"1:12 error[AKR0106]: authentik 2025.10 has no base_url of settings (this field exists since 2026.8)");
    let files = [
        ("state/a.yaml", "settings: {avatars: none}"),
        ("state/b.yaml", "settings: {avatars: initials}"),
    ];
    assert_snapshot!(emit(&lower_files(&files, None, None, false)), @"
    1:12 error[AKR0103]: `avatars` is declared twice in `settings` (declared here again)
        1:12: first declared here
        help: keep one; to vary an object between servers, use an environment overlay
    ");
}

/// Lists of an environment add up under `absent`, and replace the base's everywhere else.
#[test]
fn an_environment_replaces_the_lists_of_settings() {
    let files = [
        (
            "state/a.yaml",
            "settings: {footer_links: [{name: a, href: b}], flags: {a: true, b: true}}",
        ),
        (
            "environments/lab/a.yaml",
            "settings: {footer_links: [{name: c, href: d}], flags: {b: false}}",
        ),
    ];
    let lowered = lower_files(&files, Some("lab"), None, false);
    assert_snapshot!(emit(&lowered), @"nothing wrong");
    let wants: Vec<_> = lowered.desired.objects[0]
        .fields
        .values()
        .map(|want| &want.what)
        .collect();
    assert_snapshot!(format!("{wants:?}"), @r#"[Keys({"a": Bool(true), "b": Bool(false)}), Is(Json(OrderedJson(Array [Object {"href": String("d"), "name": String("c")}])))]"#);
}

#[test]
fn what_the_server_sets_itself_is_refused_where_it_stands() {
    assert_snapshot!(reported("tokens: {a: {intent: api, expires: 2027-01-01}, b: {expires: null}}"), @r#"
    1:27 error[AKR0133]: the expires of token "a" is not kept: the server sets its own value (set by the server)
        help: remove it: whenever an API token is written, the server sets its end to default_token_duration later; with `expiring: false` it does not end at all
    1:53 error[AKR0133]: the expires of token "b" is not kept: the server sets its own value (set by the server)
        help: remove it: whenever an API token is written, the server sets its end to default_token_duration later; with `expiring: false` it does not end at all
    "#);
    assert_snapshot!(reported("tokens: {a: {intent: app_password, expires: null}}"), @r#"
    1:36 error[AKR0133]: expires: null of token "a" is not kept: the server sets its own value (set by the server)
        help: remove it for the server's own end, name one, or set `expiring: false`
    "#);
    assert_snapshot!(reported("invitations: {a: {expires: null}}"), @r#"
    1:19 error[AKR0133]: expires: null of invitation "a" is not kept: the server sets its own value (set by the server)
        help: remove it for the server's own end, or name one
    "#);
    let fine =
        "tokens: {a: {intent: app_password, expiring: false, expires: null}, b: {expiring: true},
 c: {intent: app_password, expires: 2027-01-01}}\ninvitations: {a: {expires: 2027-01-01}}";
    assert_snapshot!(reported(fine), @"nothing wrong");
}

/// Like [`lower`], for values that name an object on purpose.
fn lower_silently(text: &str) -> Lowered {
    let world = World::with(&[("state/a.yaml", text)]);
    let inputs = Inputs {
        vars: [("WORD".to_owned(), "hunter2-var".into())].into(),
        ..Inputs::new(world.root.join("state"), &|name| {
            Some(format!("hunter2-{name}"))
        })
    };
    let settings = desired::Settings {
        release: Some(V2026_2),
        allow_unknown: false,
        today: jiff::civil::date(2026, 6, 15),
    };
    let mut sources = Sources::default();
    let (desired, problems) = akrec::state::load(&inputs, None, &settings, &mut sources);
    Lowered {
        desired,
        problems,
        sources,
    }
}

impl Lowered {
    /// As a person sees it, without this machine's paths.
    fn shown(&self) -> String {
        let text = self.full();
        let mut out = String::new();
        for line in text.lines() {
            let line = match (line.find("/state/"), line.find("/environments/")) {
                (Some(at), _) | (None, Some(at))
                    if line.contains("--> ") || line.contains("::: ") =>
                {
                    let from = line.find(['-', ':']).unwrap() + 4;
                    format!("{}{}", &line[..from], &line[at + 1..])
                }
                _ => line.to_owned(),
            };
            out.push_str(&line);
            out.push('\n');
        }
        out
    }

    /// Without problems that are beside the point.
    fn quiet(mut self) -> Lowered {
        self.problems.clear();
        self
    }
}

#[test]
fn a_name_never_comes_from_a_variable() {
    let text = "
groups:
  staff: {members: [!env WHO], parents: [!env WHO], previously: !env WHO}
applications:
  wiki:
    provider: !env WHO
    bindings: [{group: !env WHO}, {policy: x, order: !env WHO}]
  logs: {name: Logs, bindings: {exclude: [{group: !env WHO}]}}
absent: {groups: [!env WHO]}
";
    assert_snapshot!(reported(text), @"
    9:19 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    8:43 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    6:15 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    7:24 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    7:54 error[AKR0107]: order must be a whole number (not a whole number)
    3:21 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    3:42 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    3:65 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    ");
}

#[test]
fn what_no_field_reads_is_shown_only_if_it_cannot_be_a_secret() {
    // `lower` refuses every message that shows it.
    let reported = lower(
        "
users:
  a: {password: hunter2, nmae: shown}
  b: [{passwrd: hunter2}]
tokens: {t: {keys: {token: hunter2}}}
providers:
  misspelt: {type: oauth2, client_secrt: hunter2}
  unknown: {type: oauht2, client_secret: hunter2}
  none: {client_secret: hunter2}
  trail: {type: oauth2, client_secret: hunter2}
  'trail ': {type: oauth2, client_secret: hunter2}
applications:
  'no slug': {name: a, entitlements: {secret: {nme: shown, attributes: {api_key: hunter2}}}}
provider: {a: {client_secret: hunter2}}
defaults:
  provider: {bind_password: hunter2}
  providers.oauth2: {client_secrets: hunter2}
raw: {/core/users/: {objects: {a: {password: hunter2}}}}
absent: {users: [{password: hunter2}]}
assertions: [{password: hunter2}]
",
    )
    .full();
    for shown in ["nmae: shown", "entitlements: {secret: {nme: shown"] {
        assert!(reported.contains(shown), "{shown} is hidden:\n{reported}");
    }
    // A name of a variable is none.
    assert!(
        lower("users: {a: {password: !env NAME}}")
            .full()
            .contains("{password: !env NAME}")
    );
}

#[test]
fn one_value_for_one_object() {
    assert_snapshot!(reported("
providers:
  p: {type: oauth2, client_id: one, redirect_uris: []}
  q: {type: oauth2, client_id: one, redirect_uris: []}
applications:
  z: {name: Z, provider: p}
  a: {name: A, provider: p}
  b: {name: B, provider: null}
  c: {name: C, provider: null}
  d: {name: D, provider: p, lifecycle: {ignore: [provider]}}
"), @r#"
    7:16 error[AKR0217]: application "a" cannot have provider "p" as its provider (set again here)
        6:16: application "z" has it
    4:21 error[AKR0217]: provider "q" cannot have the same client_id (set again here)
        3:21: provider "p" has it
    "#);
}

#[test]
fn an_older_name_is_no_other_object() {
    assert_snapshot!(reported("groups: {a: {previously: b}, b: {previously: [c, a]}, d: {previously: d}}"), @r#"
    1:26 error[AKR0210]: group "b" is declared, and is an older name of another object (declared as an older name here)
        1:10: of group "a"
        help: remove `previously` here if that rename is done
    1:50 error[AKR0210]: group "a" is declared, and is an older name of another object (declared as an older name here)
        1:30: of group "b"
        help: remove `previously` here if that rename is done
    "#);
}

#[test]
fn defaults_are_read_though_no_object_takes_them() {
    assert_snapshot!(reported("
defaults:
  providers.oauth2: {nme: x, client_type: pblic, type: proxy, lifecycle: {protect: true}}
  providers.saml: [a]
  providers: {x: y}
  groups: {previously: z, name: x, is_superuser: maybe}
groups: {a: {}, b: {is_superuser: true}}
"), @r#"
    6:12 error[AKR0116]: defaults of groups cannot set previously (every object has its own)
    6:27 error[AKR0116]: defaults of groups cannot set name (every object has its own)
    6:50 error[AKR0107]: is_superuser must be true or false (neither true nor false)
    5:3 error[AKR0104]: unknown kind "providers" in defaults (unknown)
        help: name one of providers.oauth2, providers.proxy, providers.saml, providers.wsfed, providers.ldap, providers.radius, providers.rac, providers.scim, providers.google_workspace, providers.microsoft_entra, providers.ssf
    3:22 error[AKR0105]: providers.oauth2 have no field "nme" (unknown)
        help: did you mean "name"?
    3:43 error[AKR0108]: client_type cannot be "pblic" (not a known variant)
        note: expected one of: confidential, public
        help: did you mean "public"?
    3:56 error[AKR0121]: defaults of providers.oauth2 are for the type "oauth2" (a different one here)
    4:19 error[AKR0107]: defaults of providers.saml must be a mapping (this is a list)
    "#);
}

#[test]
fn an_object_without_fields_in_an_environment_changes_nothing() {
    let lowered = lower_files(
        &[
            (
                "state/a.yaml",
                "groups: {a: {members: [b]}}\nsettings: {flags: {x: true}}",
            ),
            (
                "environments/prod/a.yaml",
                "groups: {a: }\nsettings: {flags: null}",
            ),
        ],
        Some("prod"),
        Some(V2026_2),
        false,
    );
    assert_snapshot!(wanted(&lowered), @r#"
    group.a: name=Text("a") users=Set({Ref(Address { family: "user", key: Name("b") })})
    settings: flags=Json(OrderedJson(Object {}))
    "#);
}

#[test]
fn numbers_and_tags_say_what_is_wrong() {
    assert_snapshot!(reported("
policies:
  a: {type: dummy, wait_min: 1.5, wait_max: 010}
  b: {type: dummy, wait_min: '1', wait_max: 99999999999999999999}
groups:
  c: {members: !exact [x], attributes: {y: !set [a], z: !exact 1}}
  d: {attributes: !exact [x], members: {includ: [x]}}
providers:
  e: {type: oauth2, redirect_uris: [null, {mode: strict, url: x}, {matching_mode: strict}]}
applications:
  f: {name: F, bindings: [{gruop: x}, {order: 1}]}
raw: {/nothing/: {}}
"), @r#"
    11:28 error[AKR0116]: an item of bindings must name exactly one of group, user, policy (unknown)
        help: did you mean "group"?
    11:39 error[AKR0116]: an item of bindings must name exactly one of group, user, policy (none of them here)
    6:16 error[AKR0115]: !exact is not allowed for members (here)
    6:44 error[AKR0115]: !set is not allowed inside the data of attributes (here)
        note: under `raw` it may be a whole field, or an item of a list that is one
    6:57 error[AKR0115]: !exact is allowed only before the whole of attributes (here)
    7:19 error[AKR0107]: attributes must be a mapping (this is a list)
    7:41 error[AKR0116]: members must be a list, or a mapping of `include` and `exclude` (not "includ")
        help: did you mean "include"?
    3:30 error[AKR0107]: wait_min must be a whole number (not a whole number)
    3:45 error[AKR0107]: wait_max must be a whole number (a leading zero, which YAML parsers read differently)
    4:30 error[AKR0107]: wait_min must be a whole number (this is a string)
        help: write it without quotes
    4:45 error[AKR0107]: wait_max must be a whole number from -2147483648 to 2147483647 (out of range)
    9:37 error[AKR0107]: an item of redirect_uris must be a mapping (this is nothing (null))
    9:44 error[AKR0105]: redirect_uris has no "mode" (unknown)
        note: the fields are url, matching_mode, redirect_uri_type
    9:67 error[AKR0117]: an item of redirect_uris needs "url" (no "url" here)
    12:7 error[AKR0130]: this is not the path of a collection (only one part: the group that it belongs to is missing)
        help: write the path of the list below /api/v3: `/endpoints/things/`
    "#);
    // One mistake is reported once.
    assert_snapshot!(reported("groups: {a: !env UNSET, b: {members: !env UNSET}, c: {attributes: !env UNSET}}"), @"
    1:13 error[AKR0110]: the environment variable UNSET is not set (needed here)
        help: set it, or give a default: `!env {name: UNSET, default: value}`
    1:38 error[AKR0110]: the environment variable UNSET is not set (needed here)
        help: set it, or give a default: `!env {name: UNSET, default: value}`
    1:67 error[AKR0110]: the environment variable UNSET is not set (needed here)
        help: set it, or give a default: `!env {name: UNSET, default: value}`
    ");
}

#[test]
fn one_cause_is_one_error_with_the_way_out() {
    assert_snapshot!(reported("
server: https://a
groups:
  a:
    members:
      -b
      -c
applications:
  d: {name: D, lifecycle: {ignore: [bindings, lifecycle, nam]}}
"), @r#"
    9:37 error[AKR0116]: ignore must be a list of the object's fields, and bindings is not one of them (not a field)
        help: remove bindings: fields that are not declared are left unchanged
    9:47 error[AKR0116]: ignore must be a list of the object's fields, and lifecycle is not one of them (not a field)
        help: remove lifecycle: fields that are not declared are left unchanged
    9:58 error[AKR0105]: applications have no field "nam" (unknown)
        help: did you mean "name"?
    6:7 error[AKR0107]: members must be a list (this is a plain value)
        help: write a space after the `-` of an item
    2:1 error[AKR0104]: unknown section "server" (unknown)
        note: the sections are defaults, absent, assertions, raw, users, groups, roles, tokens, files, applications, outposts, brands, providers, property_mappings, certificates, flows, prompts, invitations, stages, policies, sources, service_connections, notification_rules, notification_transports, connectors, device_access_groups, enrollment_tokens, blueprints, lifecycle_rules, request_rules, object_attributes, licenses, initial_permissions, settings
    "#);
}

#[test]
fn assertions_name_what_stands_in_the_files() {
    assert_snapshot!(reported("
groups: {a: {}}
assertions:
  - {application: w, only: [!env NAME]}
  - {application: !env NAME, only: [group:a]}
  - {user: !env NAME, application: w, access: allow}
  - {no_user_in: [a, !env NAME]}
  - {application: w, only: [groop:a, b, 'group:', group:a]}
absent: {providers.oauth2: [a], entitlements: [b], whatever: [c]}
"), @r#"
    9:33 error[AKR0104]: unknown section "entitlements" (unknown)
        help: remove it from the list of the object that it belongs to
    9:10 error[AKR0104]: unknown section "providers.oauth2" (unknown)
        help: did you mean "providers"?
    9:52 error[AKR0104]: unknown section "whatever" (unknown)
        note: the sections are users, groups, roles, tokens, files, applications, outposts, brands, providers, property_mappings, certificates, flows, prompts, invitations, stages, policies, sources, service_connections, notification_rules, notification_transports, connectors, device_access_groups, enrollment_tokens, blueprints, lifecycle_rules, request_rules, object_attributes, licenses, initial_permissions, settings
    4:29 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    5:19 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    6:12 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    7:22 error[AKR0125]: a name cannot come from `!env` (names are shown)
        help: write the name itself, or `!var`
    8:29 error[AKR0116]: the items of only must look like group:staff or user:ann (a group or a user?)
        help: did you mean `group:a`?
    8:38 error[AKR0116]: the items of only must look like group:staff or user:ann (a group or a user?)
        help: write `group:b` or `user:b`
    8:41 error[AKR0116]: the items of only must look like group:staff or user:ann (a group or a user?)
        help: a name must follow the colon
    "#);
}

#[test]
fn lints_do_not_show_what_a_variable_holds() {
    let lowered = lower(
        "providers: {p: {type: oauth2, redirect_uris: [{matching_mode: regex, url: !env A}, {matching_mode: regex, url: a.b}]}}",
    );
    let now = jiff::Timestamp::UNIX_EPOCH;
    let diagnostic = lints::lint(&Scene::declared(&lowered.desired, Some(V2026_2), now));
    let diagnostic: Vec<_> = diagnostic
        .into_iter()
        .filter_map(|diagnostic| diagnostic.primary)
        .map(|label| label.text)
        .collect();
    assert_eq!(
        diagnostic,
        ["the expression (sensitive value) matches unintended hosts"; 2]
    );
}

//! The table: a state, and the findings of one code on the files alone and on a plan.

use akrec::diag::Code;
use akrec::schema::{Release, V2026_2, V2026_5, V2026_8};

pub struct Case {
    pub code: Code,
    pub what: &'static str,
    pub state: &'static str,
    pub release: Release,
    pub files: &'static [&'static str],
    pub plan: &'static [&'static str],
}

const fn both(
    code: Code,
    what: &'static str,
    state: &'static str,
    found: &'static [&'static str],
) -> Case {
    Case {
        code,
        what,
        state,
        release: V2026_2,
        files: found,
        plan: found,
    }
}

const fn plan(
    code: Code,
    what: &'static str,
    state: &'static str,
    found: &'static [&'static str],
) -> Case {
    Case {
        code,
        what,
        state,
        release: V2026_2,
        files: &[],
        plan: found,
    }
}

const NONE: &[&str] = &[];

pub const CASES: &[Case] = &[
    both(
        Code::OPEN_APPLICATION,
        "no binding",
        "groups: {staff: {}}\napplications:\n  wiki: {name: Wiki, bindings: []}\n  shut: {name: Shut, bindings: [{group: staff}]}\n",
        &["AKR0710 3:3 application \"wiki\" is open to all users"],
    ),
    both(
        Code::OPEN_APPLICATION,
        "the only binding is disabled",
        "groups: {staff: {}}\napplications:\n  wiki: {name: Wiki, bindings: [{group: staff, enabled: false}]}\n",
        &["AKR0710 3:3 application \"wiki\" is open to all users"],
    ),
    plan(
        Code::OPEN_APPLICATION,
        "bindings are not managed: only a plan knows",
        "applications: {wiki: {name: Wiki}}\n",
        &["AKR0710 1:16 application \"wiki\" is open to all users"],
    ),
    both(
        Code::OPEN_APPLICATION,
        "meant, without a reason",
        "applications: {wiki: {name: Wiki, bindings: [], lifecycle: {open: true}}}\n",
        &["AKR0710 1:16 application \"wiki\" is open to all users"],
    ),
    both(
        Code::OPEN_APPLICATION,
        "meant, with a reason",
        "applications: {wiki: {name: Wiki, bindings: [], lifecycle: {open: true, reason: status page}}}\n",
        NONE,
    ),
    Case {
        code: Code::CLOSED_APPLICATION,
        what: "nothing enabled is bound, and the switch is off",
        state: "settings: {flags: {core_default_app_access: false}}\ngroups: {staff: {}}\napplications:\n  wiki: {name: Wiki, bindings: []}\n  \
         notes: {name: Notes, bindings: [{group: staff, enabled: false}], lifecycle: {open: true, reason: all}}\n  \
         films: {name: Films, bindings: [{group: staff}]}\n",
        release: V2026_5,
        files: &[
            "AKR0732 4:3 nobody may open application \"wiki\"",
            "AKR0732 5:3 nobody may open application \"notes\"",
        ],
        plan: &[
            "AKR0732 4:3 nobody may open application \"wiki\"",
            "AKR0732 5:3 nobody may open application \"notes\"",
        ],
    },
    Case {
        code: Code::CLOSED_APPLICATION,
        what: "the switch is on, which is the default",
        state: "applications: {wiki: {name: Wiki, bindings: []}}\n",
        release: V2026_5,
        files: NONE,
        plan: NONE,
    },
    Case {
        code: Code::CLOSED_APPLICATION,
        what: "a release that does not read the switch",
        state: "settings: {flags: {core_default_app_access: false}}\napplications: {wiki: {name: Wiki, bindings: []}}\n",
        release: V2026_2,
        files: NONE,
        plan: NONE,
    },
    Case {
        code: Code::OPEN_APPLICATION,
        what: "closed by the switch",
        state: "settings: {flags: {core_default_app_access: false}}\napplications: {wiki: {name: Wiki, bindings: []}}\n",
        release: V2026_5,
        files: NONE,
        plan: NONE,
    },
    Case {
        code: Code::UNKNOWN_DATA_KEY,
        what: "a switch of a later release",
        state: "settings: {flags: {core_default_app_access: false}}\n",
        release: V2026_2,
        files: &[
            "AKR0731 1:12 flags has \"core_default_app_access\", which authentik does not read",
        ],
        plan: &[
            "AKR0731 1:12 flags has \"core_default_app_access\", which authentik does not read",
        ],
    },
    Case {
        code: Code::USER_NOT_KNOWN,
        what: "a policy and a group at the head of a flow; the files alone do not know whether it asks who somebody is",
        state: "policies: {brake: {type: reputation}, free: {type: expression, expression: return ok()}}\ngroups: {staff: {}}\nflows:\n  \
         mine:\n    name: Mine\n    title: Mine\n    designation: recovery\n    stages: [default-authentication-identification]\n    \
         bindings:\n      - policy: brake\n      - policy: free\n      - group: staff\n        order: 1\n",
        release: V2026_2,
        files: &[
            "AKR0711 10:9 policy \"brake\" evaluates a user, but flow \"mine\" starts without one",
        ],
        plan: &[
            "AKR0711 10:9 policy \"brake\" evaluates a user, but flow \"mine\" starts without one",
            "AKR0711 12:9 group \"staff\" evaluates a user, but flow \"mine\" starts without one",
        ],
    },
    both(
        Code::USER_NOT_KNOWN,
        "the flow is one that is there, and its stages say what it is",
        "policies: {brake: {type: reputation}}\nstages: {who: {type: identification, user_fields: [username]}}\nflows:\n  \
         default-authentication-flow:\n    stages: [who, default-authentication-login]\n    bindings:\n      - policy: brake\n",
        &[
            "AKR0711 7:9 policy \"brake\" evaluates a user, but flow \"default-authentication-flow\" starts without one",
        ],
    ),
    both(
        Code::USER_NOT_KNOWN,
        "bound to a later stage, negated, disabled, or to a flow of somebody who is signed in",
        "policies: {brake: {type: reputation}}\ngroups: {staff: {}}\nstages: {who: {type: identification, user_fields: [username]}}\nflows:\n  \
         mine:\n    name: Mine\n    title: Mine\n    designation: authentication\n    stages:\n      - who\n      - {stage: \
         default-authentication-login, bindings: [{policy: brake}]}\n    bindings: [{group: staff, negate: true}, {policy: brake, enabled: false}]\n  \
         done:\n    name: Done\n    title: Done\n    designation: authorization\n    bindings: [{group: staff}]\n  \
         from-source:\n    name: S\n    title: S\n    designation: authentication\n    stages: [default-authentication-login]\n    \
         bindings: [{group: staff}]\n",
        NONE,
    ),
    both(
        Code::PASSWORD_TWICE,
        "embedded and bound",
        "stages: {who: {type: identification, user_fields: [username], password_stage: secret}, secret: {type: password, backends: \
         [authentik.core.auth.InbuiltBackend]}}\nflows:\n  mine:\n    name: Mine\n    title: Mine\n    designation: authentication\n    \
         stages:\n      - who\n      - secret\n",
        &["AKR0712 9:9 flow \"mine\" asks for stage \"secret\" twice"],
    ),
    both(
        Code::PASSWORD_TWICE,
        "embedded only, and bound only",
        "stages: {who: {type: identification, user_fields: [username], password_stage: secret}, bare: {type: identification, user_fields: \
         [username]}, secret: {type: password, backends: [authentik.core.auth.InbuiltBackend]}}\nflows:\n  mine: {name: Mine, \
         title: Mine, designation: authentication, stages: [who]}\n  other: {name: O, title: O, designation: authentication, \
         stages: [bare, secret]}\n",
        NONE,
    ),
    plan(
        Code::NO_SIGNING_KEY,
        "not declared, and new",
        "providers:\n  wiki: {type: oauth2, authorization_flow: default-provider-authorization-implicit-consent, invalidation_flow: \
         default-provider-invalidation-flow, redirect_uris: []}\n",
        &["AKR0713 2:3 provider \"wiki\" has no signing key, so its JWKS is empty"],
    ),
    both(
        Code::NO_SIGNING_KEY,
        "taken away",
        "providers:\n  wiki: {type: oauth2, signing_key: null, authorization_flow: default-provider-authorization-implicit-consent, \
         invalidation_flow: default-provider-invalidation-flow, redirect_uris: []}\n",
        &["AKR0713 2:24 provider \"wiki\" has no signing key, so its JWKS is empty"],
    ),
    both(
        Code::NO_SIGNING_KEY,
        "there",
        "providers:\n  wiki: {type: oauth2, signing_key: authentik Self-signed Certificate, authorization_flow: \
         default-provider-authorization-implicit-consent, invalidation_flow: default-provider-invalidation-flow, redirect_uris: []}\n",
        NONE,
    ),
    both(
        Code::RESERVED_SLUG,
        "a word of authentik",
        "applications: {end-session: {name: E}}\n",
        &["AKR0714 1:16 \"end-session\" is reserved by authentik"],
    ),
    both(
        Code::RESERVED_SLUG,
        "another word",
        "applications: {tokens: {name: E}}\n",
        NONE,
    ),
    both(
        Code::WEAK_REDIRECT,
        "plain http, an open dot, any text",
        "providers:\n  wiki:\n    type: oauth2\n    client_type: confidential\n    authorization_flow: \
         default-provider-authorization-implicit-consent\n    invalidation_flow: default-provider-invalidation-flow\n    redirect_uris:\n      \
         - http://wiki.example.org/cb\n      - {matching_mode: regex, url: 'https://wiki.example.org/cb'}\n      \
         - {matching_mode: regex, url: '.*'}\n",
        &[
            "AKR0715 7:5 a redirect URI of provider \"wiki\" can be misused to intercept sign-ins",
            "AKR0715 7:5 a redirect URI of provider \"wiki\" can be misused to intercept sign-ins",
            "AKR0715 7:5 a redirect URI of provider \"wiki\" can be misused to intercept sign-ins",
        ],
    ),
    both(
        Code::WEAK_REDIRECT,
        "https, loopback, a tight expression, and an application of its own",
        "providers:\n  wiki:\n    type: oauth2\n    client_type: confidential\n    authorization_flow: \
         default-provider-authorization-implicit-consent\n    invalidation_flow: default-provider-invalidation-flow\n    redirect_uris:\n      \
         - https://wiki.example.org/cb\n      - http://localhost:8000/cb\n      - http://127.0.0.1/cb\n      - http://[::1]:80/cb\n      \
         - app.wiki:///cb\n      - {matching_mode: regex, url: 'http://localhost:\\d+/.*'}\n      \
         - {matching_mode: regex, url: 'https://wiki-\\d+\\.example\\.org/.*'}\n",
        NONE,
    ),
    both(
        Code::INHERITED_SUPERUSER,
        "a child of a group with all rights",
        "groups:\n  admins: {is_superuser: true}\n  helpers:\n    parents: [admins]\n",
        &["AKR0716 4:5 every member of group \"helpers\" is a superuser through group \"admins\""],
    ),
    both(
        Code::INHERITED_SUPERUSER,
        "said on the child, and no superuser above",
        "groups:\n  admins: {is_superuser: true}\n  helpers: {parents: [admins], is_superuser: true}\n  all: {}\n  \
         staff: {parents: [all]}\n",
        NONE,
    ),
    both(
        Code::MOOT_BINDING,
        "any: below another group, and what never passes",
        "policies: {never: {type: expression, expression: return False}}\ngroups: {all: {}, staff: {parents: [all]}}\napplications:\n  \
         wiki:\n    name: Wiki\n    bindings:\n      - group: all\n      - group: staff\n      - policy: never\n",
        &[
            "AKR0717 8:9 the binding of group \"staff\" to application \"wiki\" has no effect",
            "AKR0717 9:9 the binding of policy \"never\" to application \"wiki\" has no effect",
        ],
    ),
    both(
        Code::MOOT_BINDING,
        "all: above another group, and what always passes",
        "policies: {always: {type: expression, expression: return True}}\ngroups: {all: {}, staff: {parents: [all]}}\napplications:\n  \
         wiki:\n    name: Wiki\n    policy_engine_mode: all\n    bindings:\n      - group: all\n      - group: staff\n      - policy: always\n",
        &[
            "AKR0717 8:9 the binding of group \"all\" to application \"wiki\" has no effect",
            "AKR0717 10:9 the binding of policy \"always\" to application \"wiki\" has no effect",
        ],
    ),
    both(
        Code::MOOT_BINDING,
        "one that always passes beside others, and a policy of an entitlement",
        "policies: {always: {type: expression, expression: return True}}\ngroups: {staff: {}}\napplications:\n  wiki:\n    name: Wiki\n    \
         bindings:\n      - group: staff\n      - policy: always\n    entitlements:\n      edit:\n        bindings:\n          - policy: always\n",
        &[
            "AKR0717 7:9 the binding of group \"staff\" to application \"wiki\" has no effect",
            "AKR0717 12:13 the binding of policy \"always\" to application_entitlement application \"wiki\" \"edit\" has no effect",
        ],
    ),
    both(
        Code::MOOT_BINDING,
        "groups that are not below each other, negated and disabled ones, and a policy alone",
        "policies: {never: {type: expression, expression: return False}}\ngroups: {all: {}, staff: {parents: [all]}, guests: {}}\n\
         applications:\n  wiki: {name: Wiki, bindings: [{group: staff}, {group: guests}, {group: all, enabled: false}]}\n  \
         cams: {name: Cams, policy_engine_mode: all, bindings: [{group: all}, {group: staff, negate: true}]}\n  \
         cellar: {name: Cellar, bindings: [{policy: never}]}\n",
        NONE,
    ),
    both(
        Code::ENDS_SOON,
        "an expired invitation, a membership that is over and one that soon is",
        "users: {ann: {name: A}, ben: {name: B}}\ngroups:\n  staff:\n    members:\n      - {user: ann, until: 2026-11-21}\n      \
         - {user: ben, until: 2026-12-06}\nflows: {enrol: {name: E, title: E, designation: enrollment}}\ninvitations:\n  old: {flow: enrol, \
         expires: 2026-11-22}\n",
        &[
            "AKR0718 5:28 user \"ann\" in group \"staff\" has expired",
            "AKR0718 6:28 user \"ben\" leaves group \"staff\" in 14 days",
            "AKR0718 9:22 invitation \"old\" has expired, so it is of no use",
        ],
    ),
    both(
        Code::ENDS_SOON,
        "later, and without an end",
        "users: {ann: {name: A}, ben: {name: B}}\ngroups:\n  staff: {members: [{user: ann, until: 2026-12-07}, ben]}\n\
         flows: {enrol: {name: E, title: E, designation: enrollment}}\ninvitations: {new: {flow: enrol, expires: 2027-11-22}}\n",
        NONE,
    ),
    plan(
        Code::NO_PROVIDER,
        "nothing behind it",
        "applications: {wiki: {name: Wiki}, mail: {name: Mail}}\n",
        &[
            "AKR0719 1:16 2 applications lead nowhere: they have neither a provider nor a launch URL",
        ],
    ),
    plan(
        Code::NO_PROVIDER,
        "a provider of that name that nothing uses",
        "applications: {wiki: {name: Wiki, meta_launch_url: https://wiki.example.org}}\nproviders: {wiki: {type: oauth2, authorization_flow: \
         default-provider-authorization-implicit-consent, invalidation_flow: default-provider-invalidation-flow, redirect_uris: []}}\n",
        &[
            "AKR0719 1:16 application \"wiki\" has no provider, and provider \"wiki\" has no application",
        ],
    ),
    both(
        Code::NO_PROVIDER,
        "a provider, or a link",
        "applications: {link: {name: Link, meta_launch_url: https://link.example.org}, wiki: {name: Wiki, provider: wiki}}\nproviders: {wiki: \
         {type: oauth2, authorization_flow: default-provider-authorization-implicit-consent, invalidation_flow: \
         default-provider-invalidation-flow, redirect_uris: []}}\n",
        NONE,
    ),
    Case {
        code: Code::USELESS_OBJECT,
        what: "no grant types, and none of the addresses that users are sent back to",
        state: "providers:\n  web:\n    type: oauth2\n    grant_types: []\n    signing_key: authentik Self-signed Certificate\n    \
         authorization_flow: default-provider-authorization-implicit-consent\n    invalidation_flow: \
         default-provider-invalidation-flow\n  new:\n    type: oauth2\n    signing_key: authentik Self-signed Certificate\n    \
         authorization_flow: default-provider-authorization-implicit-consent\n    invalidation_flow: \
         default-provider-invalidation-flow\n    redirect_uris: []\n  api:\n    type: oauth2\n    grant_types: \
         [client_credentials]\n    signing_key: authentik Self-signed Certificate\n    authorization_flow: \
         default-provider-authorization-implicit-consent\n    invalidation_flow: default-provider-invalidation-flow\n",
        release: V2026_8,
        files: &["AKR0730 4:5 provider \"web\" needs grant_types"],
        plan: &[
            "AKR0730 4:5 provider \"web\" needs grant_types",
            "AKR0730 13:5 provider \"new\" needs redirect_uris where grant_types has authorization_code or implicit or hybrid",
        ],
    },
    both(
        Code::USELESS_OBJECT,
        "an address that no application is reached at, and ones that some are",
        "providers:\n  web:\n    type: oauth2\n    signing_key: authentik Self-signed Certificate\n    authorization_flow: \
         default-provider-authorization-implicit-consent\n    invalidation_flow: default-provider-invalidation-flow\n    \
         redirect_uris: [app.example.org, https://app.example.org/cb, 'org.example.app:/cb']\n",
        &["AKR0730 7:5 a redirect URI of provider \"web\" cannot work"],
    ),
    plan(
        Code::USELESS_OBJECT,
        "what authentik starts itself has to be told where authentik is",
        "service_connections: {here: {type: docker, url: 'unix:///var/run/docker.sock', local: true}}\noutposts:\n  \
         edge: {service_connection: here, providers: [web], config: {log_level: info}}\n  far: {providers: [web]}\n\
         providers:\n  web:\n    type: proxy\n    mode: forward_single\n    external_host: https://web.example.org\n    \
         authorization_flow: default-provider-authorization-implicit-consent\n    invalidation_flow: \
         default-provider-invalidation-flow\n",
        &[
            "AKR0730 3:10 outpost \"edge\" needs config: {authentik_host: …} where service_connection is set",
        ],
    ),
    both(
        Code::USELESS_OBJECT,
        "what it takes is there",
        "outposts: {authentik Embedded Outpost: {config: {authentik_host: 'https://auth.example.org'}}}\n",
        NONE,
    ),
    both(
        Code::UNKNOWN_DATA_KEY,
        "misspelt keys that authentik reads by name",
        "outposts: {authentik Embedded Outpost: {config: {refresh_intervall: minutes=5, log_level: info}}}\nsettings:\n  \
         flags: {flows_refresh_other: true}\n",
        &[
            "AKR0731 1:41 config has \"refresh_intervall\", which authentik does not read",
            "AKR0731 3:3 flags has \"flows_refresh_other\", which authentik does not read",
        ],
    ),
    both(
        Code::ENDLESS_TOKEN,
        "API tokens without an end, whether the files say the purpose or not",
        "tokens:\n  ci: {user: akadmin, expiring: false}\n  cd: {user: akadmin, intent: api, expiring: false}\n",
        &[
            "AKR0750 2:23 token \"ci\" is an API token that never ends",
            "AKR0750 3:36 token \"cd\" is an API token that never ends",
        ],
    ),
    both(
        Code::ENDLESS_TOKEN,
        "tokens that end, and an app password without an end",
        "tokens:\n  ci: {user: akadmin}\n  mail: {user: akadmin, intent: app_password, expiring: false}\n",
        NONE,
    ),
    both(
        Code::UNPROTECTED,
        "expressions that match every path, an empty line among them",
        "providers:\n  web:\n    type: proxy\n    mode: forward_single\n    external_host: https://web.example.org\n    \
         authorization_flow: default-provider-authorization-implicit-consent\n    invalidation_flow: \
         default-provider-invalidation-flow\n    skip_path_regex: \".*\"\n  app:\n    type: proxy\n    mode: \
         forward_single\n    external_host: https://app.example.org\n    authorization_flow: \
         default-provider-authorization-implicit-consent\n    invalidation_flow: \
         default-provider-invalidation-flow\n    skip_path_regex: \"^/a\\n\\n^/b\"\n",
        &[
            "AKR0751 8:5 provider \"web\" protects nothing: `skip_path_regex` matches every path",
            "AKR0751 15:5 provider \"app\" protects nothing: `skip_path_regex` matches every path",
        ],
    ),
    both(
        Code::UNPROTECTED,
        "expressions that match some paths",
        "providers:\n  web:\n    type: proxy\n    mode: forward_single\n    external_host: https://web.example.org\n    \
         authorization_flow: default-provider-authorization-implicit-consent\n    invalidation_flow: \
         default-provider-invalidation-flow\n    skip_path_regex: \"^/public/.*\\n^/$\"\n",
        NONE,
    ),
    both(
        Code::UNENCRYPTED_WEBHOOK,
        "a webhook by plain http",
        "notification_transports:\n  hook: {mode: webhook, webhook_url: 'http://hooks.example.org/services/key'}\n",
        &["AKR0752 2:25 notification_transport \"hook\" sends events unencrypted"],
    ),
    both(
        Code::UNENCRYPTED_WEBHOOK,
        "a webhook by https, and one on the same machine",
        "notification_transports:\n  hook: {mode: webhook, webhook_url: 'https://hooks.example.org/services/key'}\n  own: \
         {mode: webhook_slack, webhook_url: 'http://localhost:9000/key'}\n",
        NONE,
    ),
    both(
        Code::UNKNOWN_DATA_KEY,
        "known keys, one that is taken away, and data of which every key means something",
        "outposts: {authentik Embedded Outpost: {config: {log_level: info, old: null}}}\ngroups: {g: {attributes: {x: y}}}\n",
        NONE,
    ),
];

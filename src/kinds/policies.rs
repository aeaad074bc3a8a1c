//! Policies: questions whose answer is yes or no, about passwords, places and events among others.

use super::known::{ACTIONS, APPS, COUNTRIES, MODELS};
use crate::schema::{
    Format, Is, Kind, Lint, Needs, Shape, Together, V2026_5, boolean, int, list, set, text,
};

/// A whole number.
const NUMBER: Shape = Shape::Int(-2_147_483_648, 2_147_483_647);

pub(super) const KINDS: &[Kind] = &[
    Kind::new("policy_expression", "policies", "/policies/expression/")
        .model("authentik_policies_expression.expressionpolicy")
        .of("policy", "expression")
        .doc("A policy written in Python.")
        .fields(&[
            text("name").required(),
            text("expression").format(Format::Python).required(),
            boolean("execution_logging").default("false"),
        ]),
    Kind::new("policy_reputation", "policies", "/policies/reputation/")
        .model("authentik_policies_reputation.reputationpolicy")
        .of("policy", "reputation")
        .lints(&[Lint::NeedsUser(
            "it passes only where the reputation is at the threshold or below, so it excludes everybody else",
        )])
        .doc("Passes while the reputation of the user or the address is below the threshold.")
        .together(&[Together::Always(&["check_ip", "check_username"])])
        .needs(&[Needs::one_of(&[Is::Set("check_ip"), Is::Set("check_username")])])
        .fields(&[
            text("name").required(),
            // The server looks at the body alone, on creation too, and wants one of the two.
            boolean("check_ip").default("true").assume("true"),
            boolean("check_username").default("true").assume("true"),
            int("threshold").default("-5"),
            boolean("execution_logging").default("false"),
        ]),
    Kind::new("policy_dummy", "policies", "/policies/dummy/")
        .model("authentik_policies_dummy.dummypolicy")
        .of("policy", "dummy")
        .doc("Waits and returns a fixed result; for tests.")
        .fields(&[
            text("name").required(),
            boolean("result").default("false"),
            int("wait_min").default("5"),
            int("wait_max").default("30"),
            boolean("execution_logging").default("false"),
        ]),
    Kind::new("policy_event_matcher", "policies", "/policies/event_matcher/")
        .model("authentik_policies_event_matcher.eventmatcherpolicy")
        .of("policy", "event_matcher")
        .doc("Passes for some events; for notification rules.")
        // The server reads the four keys from the body without asking whether they are there, on creation too.
        .together(&[Together::Whole(&["action", "client_ip", "app", "model"])])
        .fields(&[
            text("name").required(),
            text("action").open(ACTIONS).nullable().filled().assume("null"),
            text("app").open(APPS).nullable().filled().assume("null"),
            text("client_ip").nullable().filled().assume("null"),
            boolean("execution_logging").default("false"),
            text("model").open(MODELS).nullable().filled().assume("null"),
            text("query").nullable().filled().since(V2026_5),
        ]),
    Kind::new("policy_geoip", "policies", "/policies/geoip/")
        .model("authentik_policies_geoip.geoippolicy")
        .of("policy", "geoip")
        .doc("Passes by the location of an IP address, and by the distance from the last location.")
        .fields(&[
            text("name").required(),
            set("countries", &Shape::Text)
                .open(COUNTRIES)
                .required()
                .assume("[]")
                .doc("Two letters each, as ISO 3166 has them."),
            list("asns", &NUMBER).default("[]"),
            boolean("check_history_distance").default("false"),
            boolean("check_impossible_travel").default("false"),
            int("distance_tolerance_km").at_least(0).default("50"),
            boolean("execution_logging").default("false"),
            int("history_login_count").at_least(0).default("5"),
            int("history_max_distance_km").within(0, 9223372036854775807).default("100"),
            int("impossible_tolerance_km").at_least(0).default("100"),
        ]),
    Kind::new("policy_password", "policies", "/policies/password/")
        .model("authentik_policies_password.passwordpolicy")
        .of("policy", "password")
        .doc("Requirements for a new password.")
        .fields(&[
            text("name").required(),
            int("amount_digits").at_least(0).default("0"),
            int("amount_lowercase").at_least(0).default("0"),
            int("amount_symbols").at_least(0).default("0"),
            int("amount_uppercase").at_least(0).default("0"),
            boolean("check_have_i_been_pwned").default("false"),
            boolean("check_static_rules").default("true"),
            boolean("check_zxcvbn").default("false"),
            text("error_message"),
            boolean("execution_logging").default("false"),
            int("hibp_allowed_count").at_least(0).default("0"),
            int("length_min").at_least(0).default("0"),
            text("password_field").filled().default(r#""password""#),
            text("symbol_charset").filled().default(r##""!\\\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ""##),
            int("zxcvbn_score_threshold").at_least(0).default("2"),
        ]),
    Kind::new("policy_password_expiry", "policies", "/policies/password_expiry/")
        .model("authentik_policies_expiry.passwordexpirypolicy")
        .of("policy", "password_expiry")
        .lints(&[Lint::NeedsUser("it looks at the age of the user's password")])
        .doc("Denies users whose password is older than some days.")
        .fields(&[
            text("name").required(),
            int("days").required(),
            boolean("deny_only").default("false"),
            boolean("execution_logging").default("false"),
        ]),
    Kind::new("policy_unique_password", "policies", "/policies/unique_password/")
        .model("authentik_policies_unique_password.uniquepasswordpolicy")
        .of("policy", "unique_password")
        .enterprise()
        .lints(&[Lint::NeedsUser("it looks at the passwords that the user had before")])
        .doc("Refuses passwords that the user had before.")
        .fields(&[
            text("name").required(),
            boolean("execution_logging").default("false"),
            int("num_historical_passwords").at_least(0).default("1"),
            text("password_field").filled().default(r#""password""#),
        ]),
];

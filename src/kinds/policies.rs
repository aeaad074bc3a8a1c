//! Policies: questions whose answer is yes or no, about passwords, places and events among others.

use super::known::{ACTIONS, APPS, COUNTRIES, MODELS};
use crate::schema::{
    Condition, Format, Kind, Lint, Requirement, SentTogether, Shape, V2026_5, boolean, integer,
    list, set, string,
};

/// A whole number.
const NUMBER: Shape = Shape::Int(-2_147_483_648, 2_147_483_647);

pub(super) const KINDS: &[Kind] = &[
    Kind::new("policy_expression", "policies", "/policies/expression/")
        .model("authentik_policies_expression.expressionpolicy")
        .in_family("policy", "expression")
        .doc("A policy written in Python.")
        .fields(&[
            string("name").required(),
            string("expression").format(Format::Python).required(),
            boolean("execution_logging").default("false"),
        ]),
    Kind::new("policy_reputation", "policies", "/policies/reputation/")
        .model("authentik_policies_reputation.reputationpolicy")
        .in_family("policy", "reputation")
        .lints(&[Lint::NeedsUser(
            "it passes only where the reputation is at the threshold or below, so it excludes everybody else",
        )])
        .doc("Passes while the reputation of the user or the address is below the threshold.")
        .sent_together(&[SentTogether::WithEveryPatch(&["check_ip", "check_username"])])
        .requirements(&[Requirement::one_of(&[Condition::HasValue("check_ip"), Condition::HasValue("check_username")])])
        .fields(&[
            string("name").required(),
            // The server looks at the body alone, on creation too, and wants one of the two.
            boolean("check_ip").default("true").create_default("true"),
            boolean("check_username").default("true").create_default("true"),
            integer("threshold").default("-5"),
            boolean("execution_logging").default("false"),
        ]),
    Kind::new("policy_dummy", "policies", "/policies/dummy/")
        .model("authentik_policies_dummy.dummypolicy")
        .in_family("policy", "dummy")
        .doc("Waits and returns a fixed result; for tests.")
        .fields(&[
            string("name").required(),
            boolean("result").default("false"),
            integer("wait_min").default("5"),
            integer("wait_max").default("30"),
            boolean("execution_logging").default("false"),
        ]),
    Kind::new("policy_event_matcher", "policies", "/policies/event_matcher/")
        .model("authentik_policies_event_matcher.eventmatcherpolicy")
        .in_family("policy", "event_matcher")
        .doc("Passes for some events; for notification rules.")
        // The server reads the four keys from the body without asking whether they are there, on creation too.
        .sent_together(&[SentTogether::WithEveryPatchEvenNull(&["action", "client_ip", "app", "model"])])
        .fields(&[
            string("name").required(),
            string("action").open_ended(ACTIONS).nullable().not_blank().create_default("null"),
            string("app").open_ended(APPS).nullable().not_blank().create_default("null"),
            string("client_ip").nullable().not_blank().create_default("null"),
            boolean("execution_logging").default("false"),
            string("model").open_ended(MODELS).nullable().not_blank().create_default("null"),
            string("query").nullable().not_blank().since(V2026_5),
        ]),
    Kind::new("policy_geoip", "policies", "/policies/geoip/")
        .model("authentik_policies_geoip.geoippolicy")
        .in_family("policy", "geoip")
        .doc("Passes by the location of an IP address, and by the distance from the last location.")
        .fields(&[
            string("name").required(),
            set("countries", &Shape::String)
                .open_ended(COUNTRIES)
                .required()
                .create_default("[]")
                .doc("Two letters each, as ISO 3166 has them."),
            list("asns", &NUMBER).default("[]"),
            boolean("check_history_distance").default("false"),
            boolean("check_impossible_travel").default("false"),
            integer("distance_tolerance_km").at_least(0).default("50"),
            boolean("execution_logging").default("false"),
            integer("history_login_count").at_least(0).default("5"),
            integer("history_max_distance_km").within(0, 9223372036854775807).default("100"),
            integer("impossible_tolerance_km").at_least(0).default("100"),
        ]),
    Kind::new("policy_password", "policies", "/policies/password/")
        .model("authentik_policies_password.passwordpolicy")
        .in_family("policy", "password")
        .doc("Requirements for a new password.")
        .fields(&[
            string("name").required(),
            integer("amount_digits").at_least(0).default("0"),
            integer("amount_lowercase").at_least(0).default("0"),
            integer("amount_symbols").at_least(0).default("0"),
            integer("amount_uppercase").at_least(0).default("0"),
            boolean("check_have_i_been_pwned").default("false"),
            boolean("check_static_rules").default("true"),
            boolean("check_zxcvbn").default("false"),
            string("error_message"),
            boolean("execution_logging").default("false"),
            integer("hibp_allowed_count").at_least(0).default("0"),
            integer("length_min").at_least(0).default("0"),
            string("password_field").not_blank().default(r#""password""#),
            string("symbol_charset").not_blank().default(r##""!\\\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ""##),
            integer("zxcvbn_score_threshold").at_least(0).default("2"),
        ]),
    Kind::new("policy_password_expiry", "policies", "/policies/password_expiry/")
        .model("authentik_policies_expiry.passwordexpirypolicy")
        .in_family("policy", "password_expiry")
        .lints(&[Lint::NeedsUser("it looks at the age of the user's password")])
        .doc("Denies users whose password is older than some days.")
        .fields(&[
            string("name").required(),
            integer("days").required(),
            boolean("deny_only").default("false"),
            boolean("execution_logging").default("false"),
        ]),
    Kind::new("policy_unique_password", "policies", "/policies/unique_password/")
        .model("authentik_policies_unique_password.uniquepasswordpolicy")
        .in_family("policy", "unique_password")
        .enterprise()
        .lints(&[Lint::NeedsUser("it looks at the passwords that the user had before")])
        .doc("Refuses passwords that the user had before.")
        .fields(&[
            string("name").required(),
            boolean("execution_logging").default("false"),
            integer("num_historical_passwords").at_least(0).default("1"),
            string("password_field").not_blank().default(r#""password""#),
        ]),
];

//! Policies: questions whose answer is yes or no.

use crate::schema::{Kind, Lint, Together, boolean, int, text};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("policy_expression", "policies", "/policies/expression/")
        .model("authentik_policies_expression.expressionpolicy")
        .of("policy", "expression")
        .doc("A policy written in Python.")
        .fields(&[
            text("name").required(),
            text("expression").required(),
            boolean("execution_logging").default("false"),
        ]),
    Kind::new("policy_reputation", "policies", "/policies/reputation/")
        .model("authentik_policies_reputation.reputationpolicy")
        .of("policy", "reputation")
        .lints(&[Lint::NeedsUser(
            "it passes only where the reputation is at the threshold or below, so it shuts out everybody else",
        )])
        .doc("Passes while the reputation of the user or the address is below the threshold.")
        .together(&[Together::Always(&["check_ip", "check_username"])])
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
        .doc("Waits a while and gives a fixed answer; for tests.")
        .fields(&[
            text("name").required(),
            boolean("result").default("false"),
            int("wait_min").default("5"),
            int("wait_max").default("30"),
            boolean("execution_logging").default("false"),
        ]),
];

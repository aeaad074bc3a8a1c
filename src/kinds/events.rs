//! Notifications: rules and transports.

use super::bindings::BINDINGS;
use crate::schema::{
    Condition, Format, Kind, Power, Requirement, SentTogether, V2026_5, V2026_11, boolean,
    enumeration, ref_to, reference, set, string, variant,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("notification_rule", "notification_rules", "/events/rules/")
        .model("authentik_events.notificationrule")
        .doc("Sends notifications about events; its bound policies select the events. Without a binding it never fires.")
        .powers(&[Power::Routes("transports")])
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            string("name").required(),
            boolean("destination_event_user").default("false"),
            reference("destination_group", "group"),
            enumeration("severity", &[variant("notice"), variant("warning"), variant("alert")]).default(r#""notice""#),
            set("transports", &ref_to("notification_transport")),
        ]),
    Kind::new("notification_transport", "notification_transports", "/events/transports/")
        .model("authentik_events.notificationtransport")
        .doc("How notifications reach people.")
        .powers(&[Power::Sends {
            mode: "mode",
            local: "local",
            url: "webhook_url",
            web: &["webhook", "webhook_slack"],
        }])
        .sent_together(&[SentTogether::AllOrNone(&["mode", "webhook_url"])])
        .requirements(&[
            Requirement::one_of(&[
                Condition::HasValue("webhook_url"),
            ]).when(&[Condition::IsOneOf("mode", &["webhook", "webhook_slack"])]),
        ])
        .fields(&[
            string("name").required(),
            string("email_subject_prefix").default(r#""authentik Notification: ""#),
            string("email_template")
                .judged_by_server("whether there is such a template")
                .not_blank()
                .default(r#""email/event_notification.html""#),
            enumeration("mode", &[variant("local"), variant("webhook"), variant("webhook_slack"), variant("email")])
                .default(r#""local""#),
            boolean("send_once").default("false"),
            reference("webhook_ca", "certificate").since(V2026_5),
            reference("webhook_mapping_body", "property_mapping").allowed_kinds(&["property_mapping_notification"]),
            reference("webhook_mapping_headers", "property_mapping").allowed_kinds(&["property_mapping_notification"]),
            // Of 2026.11 it is read, and not confirmed, that credentials become objects of their own.
            string("webhook_url")
                .secret()
                .withheld_since(&[V2026_11.patch(0)])
                .format(Format::Url(&["http", "https", "ftp", "ftps", "blank"]))
                .doc("Whoever knows it can post there, so it is treated as a secret."),
        ]),
];

//! Notifications: rules and transports.

use super::bindings::BINDINGS;
use crate::schema::{
    Format, Is, Kind, Needs, Power, Together, V2026_5, V2026_11, boolean, one, set, text, to, word,
    words,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new("notification_rule", "notification_rules", "/events/rules/")
        .model("authentik_events.notificationrule")
        .doc("Sends notifications about events; its bound policies select the events. Without a binding it never fires.")
        .powers(&[Power::Routes("transports")])
        .bindable("pk")
        .children(&[BINDINGS])
        .fields(&[
            text("name").required(),
            boolean("destination_event_user").default("false"),
            one("destination_group", to("group")),
            words("severity", &[word("notice"), word("warning"), word("alert")]).default(r#""notice""#),
            set("transports", &to("notification_transport")),
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
        .together(&[Together::Group(&["mode", "webhook_url"])])
        .needs(&[Needs::one_of(&[Is::Set("webhook_url")]).when(&[Is::Word("mode", &["webhook", "webhook_slack"])])])
        .fields(&[
            text("name").required(),
            text("email_subject_prefix").default(r#""authentik Notification: ""#),
            text("email_template")
                .judged("whether there is such a template")
                .filled()
                .default(r#""email/event_notification.html""#),
            words("mode", &[word("local"), word("webhook"), word("webhook_slack"), word("email")])
                .default(r#""local""#),
            boolean("send_once").default("false"),
            one("webhook_ca", to("certificate")).since(V2026_5),
            one("webhook_mapping_body", to("property_mapping")).only(&["property_mapping_notification"]),
            one("webhook_mapping_headers", to("property_mapping")).only(&["property_mapping_notification"]),
            // Of 2026.11 it is read, and not confirmed, that credentials become objects of their own.
            text("webhook_url")
                .secret()
                .withheld(&[V2026_11.patch(0)])
                .format(Format::Url(&["http", "https", "ftp", "ftps", "blank"]))
                .doc("Whoever knows it can post there, so it is treated as a secret."),
        ]),
];

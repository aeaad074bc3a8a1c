//! Where outposts run: connections to Docker and Kubernetes.

use crate::schema::{
    Condition, Format, Kind, Requirement, SentTogether, boolean, json, reference, string,
};

pub(super) const KINDS: &[Kind] = &[
    Kind::new(
        "service_connection_docker",
        "service_connections",
        "/outposts/service_connections/docker/",
    )
    .model("authentik_outposts.dockerserviceconnection")
    .in_family("service_connection", "docker")
    .doc("A Docker engine that runs outposts.")
    .fields(&[
        string("name").required(),
        string("url").required(),
        boolean("local").default("false"),
        reference("tls_authentication", "certificate"),
        reference("tls_verification", "certificate"),
    ]),
    Kind::new(
        "service_connection_kubernetes",
        "service_connections",
        "/outposts/service_connections/kubernetes/",
    )
    .model("authentik_outposts.kubernetesserviceconnection")
    .in_family("service_connection", "kubernetes")
    .doc("A Kubernetes cluster that runs outposts.")
    // The server reads `local` from the body whenever `kubeconfig` is in it.
    .sent_together(&[SentTogether::AllOrNone(&["kubeconfig", "local"])])
    .requirements(&[Requirement::one_of(&[
        Condition::HasValue("kubeconfig"),
        Condition::HasValue("local"),
    ])])
    .fields(&[
        string("name").required(),
        json("kubeconfig")
            .format(Format::Kubeconfig)
            .create_default("{}")
            .required()
            .secret(),
        boolean("local").default("false"),
        boolean("verify_ssl").default("true"),
    ]),
];

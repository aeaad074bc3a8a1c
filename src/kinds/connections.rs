//! Where outposts run: connections to Docker and Kubernetes.

use crate::schema::{Format, Is, Kind, Needs, Together, boolean, json, one, text, to};

pub(super) const KINDS: &[Kind] = &[
    Kind::new(
        "service_connection_docker",
        "service_connections",
        "/outposts/service_connections/docker/",
    )
    .model("authentik_outposts.dockerserviceconnection")
    .of("service_connection", "docker")
    .doc("A Docker engine that runs outposts.")
    .fields(&[
        text("name").required(),
        text("url").required(),
        boolean("local").default("false"),
        one("tls_authentication", to("certificate")),
        one("tls_verification", to("certificate")),
    ]),
    Kind::new(
        "service_connection_kubernetes",
        "service_connections",
        "/outposts/service_connections/kubernetes/",
    )
    .model("authentik_outposts.kubernetesserviceconnection")
    .of("service_connection", "kubernetes")
    .doc("A Kubernetes cluster that runs outposts.")
    // The server reads `local` from the body whenever `kubeconfig` is in it.
    .together(&[Together::Group(&["kubeconfig", "local"])])
    .needs(&[Needs::one_of(&[Is::Set("kubeconfig"), Is::Set("local")])])
    .fields(&[
        text("name").required(),
        json("kubeconfig")
            .format(Format::Kubeconfig)
            .assume("{}")
            .required()
            .secret(),
        boolean("local").default("false"),
        boolean("verify_ssl").default("true"),
    ]),
];

//! TLS: whom to trust, and http spoken to https and the reverse.

use std::sync::Arc;

use akrec::client::{Client, Error, ErrorKind, Settings, TlsProblem};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, SanType, date_time_ymd,
};
use serde_json::json;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::server::{Reply, Server, answer, reply};
use super::settings;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> Option<Vec<u8>> {
        Some(self.0.pem().into_bytes())
    }

    fn sign(&self, host: &str, last_year: i32) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.0).unwrap();
        acceptor(leaf.der().clone(), &key)
    }
}

fn acceptor(leaf: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

async fn serve(acceptor: TlsAcceptor) -> (Server, Settings) {
    let server = Server::tls(acceptor, |_, _| reply(200, &json!({}))).await;
    let url = format!("https://localhost:{}", server.port);
    (server, settings(&url))
}

async fn fails(settings: Settings) -> Error {
    let client = match Client::new(settings) {
        Ok(client) => client,
        // A machine without any authorities says so at once.
        Err(error) => return error,
    };
    let error = client.get("/core/groups/", &[]).await.unwrap_err();
    assert_eq!(client.requests().len(), 1, "no second try can help");
    assert!(error.is_connection(), "{error:?}");
    error
}

#[tokio::test]
async fn an_authority_of_ones_own() {
    let authority = Authority::new();
    let (_server, base) = serve(authority.sign("localhost", 2100)).await;
    let error = fails(base.clone()).await;
    let untrusted = |given| ErrorKind::Tls {
        problem: TlsProblem::Untrusted { own: false, given },
    };
    let none = ErrorKind::Tls {
        problem: TlsProblem::NoRoots,
    };
    assert!(
        error.kind == untrusted(false) || error.kind == none,
        "{error:?}"
    );
    assert!(error.to_string().contains("--ca-cert"), "{error}");
    let error = fails(Settings {
        ca_cert: Authority::new().pem(),
        ..base.clone()
    })
    .await;
    assert_eq!(error.kind, untrusted(true));
    for settings in [
        Settings {
            ca_cert: authority.pem(),
            ..base.clone()
        },
        Settings {
            insecure_skip_tls_verify: true,
            ..base
        },
    ] {
        Client::new(settings)
            .unwrap()
            .get("/core/groups/", &[])
            .await
            .unwrap();
    }
}

/// A certificate that signed itself, with the key that did.
fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> (Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    change(&mut params);
    (params.self_signed(&key).unwrap(), key)
}

/// A plain `openssl req -x509` makes a certificate of an authority; `CA:FALSE` has to be asked for.
#[tokio::test]
async fn a_self_signed_certificate_is_accepted_where_it_is_given() {
    for is_ca in [
        IsCa::NoCa,
        IsCa::ExplicitNoCa,
        IsCa::Ca(BasicConstraints::Unconstrained),
    ] {
        let (leaf, key) = self_signed(|params| params.is_ca = is_ca);
        let (_server, base) = serve(acceptor(leaf.der().clone(), &key)).await;
        let own = Settings {
            ca_cert: Some(leaf.pem().into_bytes()),
            ..base.clone()
        };
        Client::new(own)
            .unwrap()
            .get("/core/groups/", &[])
            .await
            .unwrap();
        // Among others too.
        let both = format!("{}{}", Authority::new().0.pem(), leaf.pem()).into_bytes();
        Client::new(Settings {
            ca_cert: Some(both),
            ..base.clone()
        })
        .unwrap()
        .get("/core/groups/", &[])
        .await
        .unwrap();
        // Another one with the same name is none, and neither is none at all.
        let (other, _) = self_signed(|params| params.is_ca = is_ca);
        let error = fails(Settings {
            ca_cert: Some(other.pem().into_bytes()),
            ..base.clone()
        })
        .await;
        let problem = TlsProblem::Untrusted {
            own: true,
            given: true,
        };
        assert_eq!(error.kind, ErrorKind::Tls { problem }, "{is_ca:?}");
        assert!(
            error
                .to_string()
                .contains("Pass this certificate with --ca-cert"),
            "{error}"
        );
        let address = base.url.trim_start_matches("https://");
        assert!(
            error
                .to_string()
                .contains(&format!("openssl s_client -connect {address} ")),
            "{error}"
        );
        let error = fails(base).await;
        let problem = TlsProblem::Untrusted {
            own: true,
            given: false,
        };
        let none = ErrorKind::Tls {
            problem: TlsProblem::NoRoots,
        };
        assert!(
            error.kind == ErrorKind::Tls { problem } || error.kind == none,
            "{is_ca:?}: {error:?}"
        );
    }
}

/// The server's own certificate, given without the authority that signed it.
#[tokio::test]
async fn a_signed_certificate_is_accepted_where_it_is_given_itself() {
    let (authority, key) = (Authority::new(), KeyPair::generate().unwrap());
    let leaf = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &authority.0)
        .unwrap();
    let (_server, base) = serve(acceptor(leaf.der().clone(), &key)).await;
    let own = Settings {
        ca_cert: Some(leaf.pem().into_bytes()),
        ..base
    };
    Client::new(own)
        .unwrap()
        .get("/core/groups/", &[])
        .await
        .unwrap();
}

/// Also of a certificate that is given, name, dates and purpose are verified; each refusal says what is wrong.
#[tokio::test]
async fn a_given_certificate_has_to_be_right_all_the_same() {
    type Change = fn(&mut CertificateParams);
    let cases: [(Change, TlsProblem, &str); 6] = [
        (
            |params| params.not_after = date_time_ymd(2021, 2, 3),
            TlsProblem::Expired {
                since: Some("2021-02-03".to_owned()),
            },
            "Renew it",
        ),
        (
            |params| params.not_before = date_time_ymd(2090, 2, 3),
            TlsProblem::NotYetValid {
                from: Some("2090-02-03".to_owned()),
            },
            "clock",
        ),
        (
            |params| {
                params.subject_alt_names =
                    vec![SanType::DnsName("other.example".try_into().unwrap())]
            },
            TlsProblem::WrongHost {
                names: vec!["other.example".to_owned()],
            },
            "Use a host name that the certificate is valid for",
        ),
        (
            |params| params.subject_alt_names.clear(),
            TlsProblem::WrongHost { names: Vec::new() },
            "-addext subjectAltName=DNS:localhost",
        ),
        (
            |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            TlsProblem::WrongPurpose,
            "serverAuth",
        ),
        (
            |params| params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())],
            TlsProblem::WrongHost {
                names: vec!["127.0.0.1".to_owned()],
            },
            "for another host: 127.0.0.1",
        ),
    ];
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        for (change, problem, advice) in &cases {
            // What is given as an authority may be for anything.
            if is_ca != IsCa::NoCa && *problem == TlsProblem::WrongPurpose {
                continue;
            }
            let (leaf, key) = self_signed(|params| {
                params.is_ca = is_ca;
                params.not_before = date_time_ymd(2020, 1, 1);
                change(params);
            });
            let (_server, base) = serve(acceptor(leaf.der().clone(), &key)).await;
            let error = fails(Settings {
                ca_cert: Some(leaf.pem().into_bytes()),
                ..base
            })
            .await;
            assert_eq!(
                error.kind,
                ErrorKind::Tls {
                    problem: problem.clone()
                }
            );
            assert!(error.to_string().contains(advice), "{error}");
        }
    }
}

#[tokio::test]
async fn expired_and_for_another_host() {
    let authority = Authority::new();
    let (_server, base) = serve(authority.sign("localhost", 2021)).await;
    let error = fails(Settings {
        ca_cert: authority.pem(),
        ..base
    })
    .await;
    assert_eq!(
        error.kind,
        ErrorKind::Tls {
            problem: TlsProblem::Expired {
                since: Some("2021-01-01".to_owned())
            }
        }
    );
    let (_server, base) = serve(authority.sign("other.example", 2100)).await;
    let error = fails(Settings {
        ca_cert: authority.pem(),
        ..base
    })
    .await;
    let names = vec!["other.example".to_owned()];
    assert_eq!(
        error.kind,
        ErrorKind::Tls {
            problem: TlsProblem::WrongHost { names }
        }
    );
}

#[tokio::test]
async fn https_spoken_to_an_http_port() {
    // The scripted server waits for the end of a head; one that answers at once is needed here.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(&answer(400, "", "Bad Request")).await;
        }
    });
    let base = Settings {
        insecure_skip_tls_verify: true,
        ..settings(&format!("https://localhost:{port}"))
    };
    let error = fails(base).await;
    assert_eq!(error.kind, ErrorKind::WrongScheme { https: true });
}

#[tokio::test]
async fn http_spoken_to_an_https_port() {
    let authority = Authority::new();
    let (server, _) = serve(authority.sign("localhost", 2100)).await;
    let error = fails(settings(&server.url())).await;
    assert_eq!(
        error.kind,
        ErrorKind::WrongScheme { https: false },
        "a TLS alert"
    );
    for said in [
        "Client sent an HTTP request to an HTTPS server.\n",
        "<title>400 The plain HTTP request was sent to HTTPS port</title>",
    ] {
        let server = Server::start(move |_, _| Reply::Bytes(answer(400, "", said))).await;
        let error = fails(settings(&server.url())).await;
        assert_eq!(
            error.kind,
            ErrorKind::WrongScheme { https: false },
            "{said}"
        );
        assert!(error.to_string().contains("https://"), "{error}");
    }
}

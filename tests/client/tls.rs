//! TLS: whom to trust, and http spoken to https and the reverse.

use std::sync::Arc;

use akrec::client::{Client, Error, ErrorKind, Settings, TlsProblem};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use serde_json::json;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::server::{Reply, Server, answer, reply};
use crate::settings;

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
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![leaf], key);
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
    let untrusted = ErrorKind::Tls { problem: TlsProblem::Untrusted };
    let none = ErrorKind::Tls { problem: TlsProblem::NoRoots };
    assert!(error.kind == untrusted || error.kind == none, "{error:?}");
    assert!(error.to_string().contains("--ca-cert"), "{error}");
    let error = fails(Settings { ca_cert: Authority::new().pem(), ..base.clone() }).await;
    assert_eq!(error.kind, untrusted);
    for settings in
        [Settings { ca_cert: authority.pem(), ..base.clone() }, Settings { insecure_skip_tls_verify: true, ..base }]
    {
        Client::new(settings).unwrap().get("/core/groups/", &[]).await.unwrap();
    }
}

#[tokio::test]
async fn a_self_signed_certificate_can_be_its_own_authority() {
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let (_server, base) = serve(acceptor(leaf.der().clone(), &key)).await;
    let other = Settings { ca_cert: Authority::new().pem(), ..base.clone() };
    assert_eq!(fails(other).await.kind, ErrorKind::Tls { problem: TlsProblem::Untrusted });
    let own = Settings { ca_cert: Some(leaf.pem().into_bytes()), ..base };
    Client::new(own).unwrap().get("/core/groups/", &[]).await.unwrap();
}

#[tokio::test]
async fn expired_and_for_another_host() {
    let authority = Authority::new();
    let (_server, base) = serve(authority.sign("localhost", 2021)).await;
    let error = fails(Settings { ca_cert: authority.pem(), ..base }).await;
    assert_eq!(error.kind, ErrorKind::Tls { problem: TlsProblem::Expired });
    let (_server, base) = serve(authority.sign("other.example", 2100)).await;
    let error = fails(Settings { ca_cert: authority.pem(), ..base }).await;
    assert_eq!(error.kind, ErrorKind::Tls { problem: TlsProblem::WrongHost });
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
    let base = Settings { insecure_skip_tls_verify: true, ..settings(&format!("https://localhost:{port}")) };
    let error = fails(base).await;
    assert_eq!(error.kind, ErrorKind::WrongScheme { https: true });
}

#[tokio::test]
async fn http_spoken_to_an_https_port() {
    let authority = Authority::new();
    let (server, _) = serve(authority.sign("localhost", 2100)).await;
    let error = fails(settings(&server.url())).await;
    assert_eq!(error.kind, ErrorKind::WrongScheme { https: false }, "a TLS alert");
    for said in [
        "Client sent an HTTP request to an HTTPS server.\n",
        "<title>400 The plain HTTP request was sent to HTTPS port</title>",
    ] {
        let server = Server::start(move |_, _| Reply::Bytes(answer(400, "", said))).await;
        let error = fails(settings(&server.url())).await;
        assert_eq!(error.kind, ErrorKind::WrongScheme { https: false }, "{said}");
        assert!(error.to_string().contains("https://"), "{error}");
    }
}

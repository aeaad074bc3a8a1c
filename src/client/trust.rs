//! Which certificates of a server are accepted, and why one is not.
//!
//! Besides what an authority has signed that the machine or `--ca-cert` trusts, a certificate is accepted that is itself
//! one of those given: `openssl req -x509` makes one that is at once an authority's, which no verifier takes for a
//! server's. Its name and its dates are verified all the same.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};
use rustls_platform_verifier::Verifier;

use super::error::TlsProblem;

/// How a client speaks TLS that trusts the machine's authorities and `given` ones. `Err` says why that cannot be.
pub(super) fn config(given: Vec<CertificateDer<'static>>) -> Result<ClientConfig, rustls::Error> {
    let provider = CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let versions = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let verifier = Trust::new(given, provider)?;
    let mut config = versions
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// What a refusal of a certificate says, for whoever finds it among the causes of an error.
#[derive(Debug)]
pub(super) struct Refusal(pub TlsProblem);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate is refused: {:?}", self.0)
    }
}

impl std::error::Error for Refusal {}

/// Verifies certificates.
#[derive(Debug)]
struct Trust {
    /// The machine's authorities and the given ones.
    authorities: Verifier,
    /// The given ones alone; none without any.
    given: Option<(Vec<CertificateDer<'static>>, Arc<WebPkiServerVerifier>)>,
}

impl Trust {
    fn new(
        given: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Trust, rustls::Error> {
        if given.is_empty() {
            return Ok(Trust {
                authorities: Verifier::new(provider)?,
                given: None,
            });
        }
        let mut roots = RootCertStore::empty();
        for certificate in &given {
            roots.add(certificate.clone())?;
        }
        let alone =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build();
        let alone = alone.map_err(|error| rustls::Error::General(error.to_string()))?;
        let authorities = Verifier::new_with_extra_roots(given.iter().cloned(), provider)?;
        Ok(Trust {
            authorities,
            given: Some((given, alone)),
        })
    }

    /// Whether a certificate is itself one of those given, and its name and its dates are right; `None` if it is none.
    fn is_given(
        &self,
        certificate: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Option<Result<ServerCertVerified, rustls::Error>> {
        let (given, alone) = self.given.as_ref()?;
        if !given.iter().any(|given| given == certificate) {
            return None;
        }
        Some(
            match alone.verify_server_cert(certificate, &[], name, &[], now) {
                // All of these are said after the dates have been judged, and before the name is.
                Err(rustls::Error::InvalidCertificate(error))
                    if is_authority(&error) || is_unsigned(&error) =>
                {
                    ParsedCertificate::try_from(certificate)
                        .and_then(|parsed| verify_server_name(&parsed, name))
                        .map(|()| ServerCertVerified::assertion())
                }
                verified => verified,
            },
        )
    }

    /// Why a certificate is refused.
    fn problem(&self, certificate: &CertificateDer<'_>, error: &CertificateError) -> TlsProblem {
        use CertificateError as C;
        match error {
            error if is_authority(error) || is_unsigned(error) => {
                let own = is_authority(error) || is_self_signed(certificate);
                TlsProblem::Untrusted {
                    own,
                    given: self.given.is_some(),
                }
            }
            C::Expired => TlsProblem::Expired { since: None },
            C::ExpiredContext { not_after, .. } => TlsProblem::Expired {
                since: Some(date(*not_after)),
            },
            C::NotValidYet => TlsProblem::NotYetValid { from: None },
            C::NotValidYetContext { not_before, .. } => TlsProblem::NotYetValid {
                from: Some(date(*not_before)),
            },
            C::NotValidForName => TlsProblem::WrongHost { names: Vec::new() },
            C::NotValidForNameContext { presented, .. } => TlsProblem::WrongHost {
                names: presented.clone(),
            },
            C::InvalidPurpose | C::InvalidPurposeContext { .. } => TlsProblem::WrongPurpose,
            C::Other(OtherError(other)) => match other.to_string() {
                text if text.contains("EkuError") || text.contains("InvalidExtendedKeyUsage") => {
                    TlsProblem::WrongPurpose
                }
                text if text.contains("UnsupportedCertVersion") => TlsProblem::OldForm,
                text => TlsProblem::Other(text),
            },
            other => TlsProblem::Other(other.to_string()),
        }
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = match self.is_given(certificate, name, now) {
            Some(verified) => verified,
            None => {
                self.authorities
                    .verify_server_cert(certificate, intermediates, name, ocsp, now)
            }
        };
        verified.map_err(|error| match error {
            rustls::Error::InvalidCertificate(error) => {
                let refusal = Refusal(self.problem(certificate, &error));
                rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(
                    refusal,
                ))))
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// The certificate is that of an authority, and no verifier takes one for a server's.
fn is_authority(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(OtherError(other)) if other.to_string().contains("CaUsedAsEndEntity"))
}

/// Nobody who is known signed the certificate. A bad signature is an authority of the right name with another key, as
/// after a renewal.
fn is_unsigned(error: &CertificateError) -> bool {
    matches!(
        error,
        CertificateError::UnknownIssuer | CertificateError::BadSignature
    )
}

/// Whether a certificate names itself as the one that signed it: taken for an authority, it is issued by itself.
fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).is_ok()
        && ParsedCertificate::try_from(certificate).is_ok_and(|parsed| {
            let all = rustls::crypto::aws_lc_rs::default_provider()
                .signature_verification_algorithms
                .all;
            let checked = rustls::client::verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &roots,
                &[],
                UnixTime::now(),
                all,
            );
            checked.is_ok()
        })
}

/// The day of an instant.
fn date(time: UnixTime) -> String {
    let second = i64::try_from(time.as_secs())
        .ok()
        .and_then(|second| jiff::Timestamp::from_second(second).ok());
    second
        .map(|instant| instant.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

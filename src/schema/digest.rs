//! Fingerprints: what the server shows of a value that it never gives back, computed here from the same value.
//!
//! A text that is refused is never repeated in the refusal.

use rustls::InconsistentKeys;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};

/// How a fingerprint is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Digest {
    /// SHA-256 of the first certificate of a PEM text, as pairs of hex digits with colons: `a2:cf:…`.
    Certificate,
}

impl Digest {
    /// The fingerprint of a text, as the server spells it.
    ///
    /// Refuses a text that has no fingerprint, and says what the text should be.
    pub fn of(self, text: &str) -> Result<String, &'static str> {
        match self {
            Digest::Certificate => certificate(text),
        }
    }

    /// Whether a key belongs to the value of the fingerprint. `None` where that cannot be determined: for a text that
    /// is neither, and for kinds of keys that are seldom used.
    pub fn fits(self, text: &str, key: &str) -> Option<bool> {
        let Digest::Certificate = self;
        let first = CertificateDer::pem_slice_iter(text.trim().as_bytes())
            .next()?
            .ok()?;
        let key = PrivateKeyDer::from_pem_slice(key.trim().as_bytes()).ok()?;
        match CertifiedKey::from_der(vec![first.into_owned()], key, &default_provider()) {
            Ok(_) => Some(true),
            Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => Some(false),
            Err(_) => None,
        }
    }
}

/// Why a text is not a private key that the server can load, if it is not one.
pub(super) fn private_key(text: &str) -> Result<(), &'static str> {
    let text = text.trim();
    let begins = |sort: &str| text.contains(&format!("-----BEGIN {sort}PRIVATE KEY-----"));
    if begins("ENCRYPTED ") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err("it is encrypted with a passphrase, which authentik cannot ask for");
    }
    match ["", "RSA ", "EC "].into_iter().any(begins) {
        true => PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map(|_| ())
            .map_err(|_| "the PEM is broken"),
        // Other sorts are left to the server.
        false if text.contains("PRIVATE KEY-----") => Ok(()),
        false => Err("no `-----BEGIN PRIVATE KEY-----` in it"),
    }
}

fn certificate(text: &str) -> Result<String, &'static str> {
    let Some(first) = CertificateDer::pem_slice_iter(text.trim().as_bytes()).next() else {
        return Err("no `-----BEGIN CERTIFICATE-----` in it");
    };
    let der = first.map_err(|_| "the PEM is broken")?;
    if !is_whole(&der) {
        return Err("the PEM does not hold a certificate");
    }
    let pairs: Vec<String> = Sha256::digest(&der)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(pairs.join(":"))
}

/// Whether some DER is one sequence that ends where its length says, as a certificate does.
fn is_whole(der: &[u8]) -> bool {
    let (Some(0x30), Some(first)) = (der.first(), der.get(1)) else {
        return false;
    };
    let (length, head) = match usize::from(*first) {
        short @ 0..0x80 => (short, 2),
        long => {
            let count = long - 0x80;
            let Some(bytes) = der.get(2..2 + count).filter(|_| (1..=4).contains(&count)) else {
                return false;
            };
            (
                bytes
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
                2 + count,
            )
        }
    };
    der.len() == head + length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (String, Vec<u8>) {
        let certificate = rcgen::generate_simple_self_signed(["wiki.example.org".to_owned()])
            .unwrap()
            .cert;
        (certificate.pem(), certificate.der().to_vec())
    }

    #[test]
    fn the_first_certificate_of_a_chain_counts() {
        let (leaf, der) = made();
        let (issuer, _) = made();
        let print = Digest::Certificate.of(&leaf).unwrap();
        assert_eq!(print.len(), 95);
        assert_eq!(print.replace(':', "").len(), 64);
        assert!(print.starts_with(&format!("{:02x}:", Sha256::digest(&der)[0])));
        assert_eq!(
            Digest::Certificate
                .of(&format!("  {leaf}\n{issuer}"))
                .unwrap(),
            print
        );
        assert_eq!(
            Digest::Certificate.of(&leaf.replace('\n', "\r\n")).unwrap(),
            print
        );
        assert_ne!(Digest::Certificate.of(&issuer).unwrap(), print);
    }

    #[test]
    fn a_key_belongs_to_one_certificate() {
        let pair = || rcgen::generate_simple_self_signed(["wiki.example.org".to_owned()]).unwrap();
        let (one, other) = (pair(), pair());
        let (cert, key) = (one.cert.pem(), one.signing_key.serialize_pem());
        assert_eq!(Digest::Certificate.fits(&cert, &key), Some(true));
        assert_eq!(
            Digest::Certificate.fits(&cert, &key.replace('\n', "\r\n")),
            Some(true)
        );
        assert_eq!(
            Digest::Certificate.fits(&cert, &other.signing_key.serialize_pem()),
            Some(false)
        );
        assert_eq!(Digest::Certificate.fits(&cert, "hunter2"), None);
        assert_eq!(private_key(&key), Ok(()));
        let bare = key.replace("-----END PRIVATE KEY-----", "");
        for (bad, why) in [
            ("hunter2", "no `-----BEGIN PRIVATE KEY-----`"),
            (cert.as_str(), "no `-----BEGIN PRIVATE KEY-----`"),
            (bare.as_str(), "broken"),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----",
                "passphrase",
            ),
        ] {
            assert!(private_key(bad).unwrap_err().contains(why), "{bad}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for (bad, why) in [
            ("", "no `-----BEGIN"),
            ("hunter2", "no `-----BEGIN"),
            (
                "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----",
                "no `-----BEGIN",
            ),
            ("-----BEGIN CERTIFICATE-----\nMAMCAQE=", "broken"),
            (
                "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----",
                "broken",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nMAMC\n-----END CERTIFICATE-----",
                "not hold a certificate",
            ),
            (
                "-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----",
                "not hold a certificate",
            ),
        ] {
            let reported = Digest::Certificate.of(bad).unwrap_err();
            assert!(reported.contains(why), "{bad:?}: {reported}");
            assert!(!reported.contains("hunter2"));
        }
    }
}

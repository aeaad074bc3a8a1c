//! Fingerprints: what the server tells of a value that it never gives back, made here of the same value.
//!
//! A text that is refused is never repeated in the refusal.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
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
    /// Refuses a text of which there is none, saying what it should be.
    pub fn of(self, text: &str) -> Result<String, &'static str> {
        match self {
            Digest::Certificate => certificate(text),
        }
    }
}

fn certificate(text: &str) -> Result<String, &'static str> {
    let Some(first) = CertificateDer::pem_slice_iter(text.trim().as_bytes()).next() else {
        return Err("no `-----BEGIN CERTIFICATE-----` in it");
    };
    let der = first.map_err(|_| "the PEM is broken")?;
    if !is_whole(&der) {
        return Err("what the PEM holds is no certificate");
    }
    let pairs: Vec<String> = Sha256::digest(&der).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(pairs.join(":"))
}

/// Whether some DER is one sequence that ends where its length says, as a certificate does.
fn is_whole(der: &[u8]) -> bool {
    let (Some(0x30), Some(first)) = (der.first(), der.get(1)) else { return false };
    let (length, head) = match usize::from(*first) {
        short @ 0..0x80 => (short, 2),
        long => {
            let count = long - 0x80;
            let Some(bytes) = der.get(2..2 + count).filter(|_| (1..=4).contains(&count)) else { return false };
            (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), 2 + count)
        }
    };
    der.len() == head + length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (String, Vec<u8>) {
        let certificate = rcgen::generate_simple_self_signed(["wiki.example.org".to_owned()]).unwrap().cert;
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
        assert_eq!(Digest::Certificate.of(&format!("  {leaf}\n{issuer}")).unwrap(), print);
        assert_eq!(Digest::Certificate.of(&leaf.replace('\n', "\r\n")).unwrap(), print);
        assert_ne!(Digest::Certificate.of(&issuer).unwrap(), print);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for (bad, why) in [
            ("", "no `-----BEGIN"),
            ("hunter2", "no `-----BEGIN"),
            ("-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----", "no `-----BEGIN"),
            ("-----BEGIN CERTIFICATE-----\nMAMCAQE=", "broken"),
            ("-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----", "broken"),
            ("-----BEGIN CERTIFICATE-----\nMAMC\n-----END CERTIFICATE-----", "no certificate"),
            ("-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----", "no certificate"),
        ] {
            let told = Digest::Certificate.of(bad).unwrap_err();
            assert!(told.contains(why), "{bad:?}: {told}");
            assert!(!told.contains("hunter2"));
        }
    }
}

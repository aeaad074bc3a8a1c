//! How an application learns where to send its users and what to show the server: what `akrec output` hands over.
//!
//! Names of fields only; no address is made here.

/// The way in which a provider signs users in to its application.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignOn {
    /// OpenID Connect: the addresses follow from the server's address and the application's slug.
    Oidc {
        /// The field that says whether all applications share one issuer.
        issuer: &'static str,
        /// The value for one shared issuer.
        shared: &'static str,
        /// The field of the client's id.
        client: &'static str,
        /// The field of the client's secret.
        secret: &'static str,
        /// The field that says whether there is a secret at all.
        sort: &'static str,
        /// The value for a client without a secret.
        public: &'static str,
        /// The list of addresses that users may be sent back to.
        redirects: &'static str,
        /// The list of the ways in which a client may ask for a token.
        grants: &'static str,
    },
    /// Answers have the addresses themselves: the name of each, and the fields in which it may stand; the first
    /// existing one counts.
    Addresses(&'static [(&'static str, &'static [&'static str])]),
}

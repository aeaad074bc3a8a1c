//! What akrec owns: the record that it keeps on the server it manages, and the leases of applies. Pure.
//!
//! authentik has no labels, so who made what is kept in a blueprint instance of akrec's own, one a workspace; a second one
//! is the lease (`instances`). `store` reads and writes them. A ledger never holds a secret, not even as a hash; and what
//! is not in it was not made by akrec, so nothing of that is ever deleted because of the files' silence.

mod format;
mod held;
pub(crate) mod instances;
mod items;
mod known;
mod ownership;
mod pending;
mod record;

pub use held::Held;
pub use instances::{is_akrecs, is_record};
pub use items::{Adding, ItemOrigin, ItemOrigins, extend_adding};
pub(crate) use items::{read_origins, write_adding, write_origins};
pub(crate) use known::{known_address, known_family};
pub use ownership::Ledger;
pub(crate) use pending::write_pending;
pub use record::{Origin, Other, Pending, Record};

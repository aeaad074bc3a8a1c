//! OpenAPI documents: from a server's description of its API to facts about its collections.
//!
//! Pure, and knows no kind. A document may come from anywhere, so that following its references is bounded.

mod distil;
mod document;
mod patch;
mod text;

pub use distil::distil;
pub use patch::{difference, is_summary, merged, summarized};
pub use text::read;

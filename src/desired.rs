//! What shall be: from the files on disk to a merged tree of spanned nodes.
//!
//! Nothing here knows a kind or a field; scalars stay as they were written.

pub mod node;
pub mod yaml;

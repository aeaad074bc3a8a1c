//! Files that the server shows: icons and backgrounds.

use crate::schema::{Create, Kind, Rights, V2025_12, bytes, text};

/// The largest upload that the server takes (admin/files/api.py).
const MOST: u64 = 25 << 20;

pub(super) const KINDS: &[Kind] = &[Kind::new("file", "files", "/admin/file/")
    .doc(
        "An icon or a background that authentik keeps and shows. Its name on the server carries a hash of its content.",
    )
    .id("name")
    .flat()
    // Without this the list has the files that authentik itself brings, too.
    .query(&[("manageable_only", "true")])
    .found_by("search")
    .create(Create::Upload)
    .stamped("file")
    .rights(Rights { view: "authentik_rbac.view_media_files", change: "authentik_rbac.manage_media_files" })
    .since(V2025_12)
    .fields(&[
        text("name").required(),
        bytes("file", MOST).required().word("content").doc(
            "`!file PATH`, or a string. Without it, the declaration refers to the existing upload of exactly this name.",
        ),
    ])];

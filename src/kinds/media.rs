//! Files that the server shows: icons and backgrounds.

use crate::schema::{Create, Kind, Permissions, V2025_12, bytes, string};

/// The largest upload that the server takes (admin/files/api.py).
const MOST: u64 = 25 << 20;

pub(super) const KINDS: &[Kind] = &[Kind::new("file", "files", "/admin/file/")
    .doc(
        "An icon or a background that authentik keeps and shows. Its name on the server carries a hash of its content.",
    )
    .id("name")
    .unpaginated()
    // Without this the list has the files that authentik itself brings, too.
    .query(&[("manageable_only", "true")])
    .found_by("search")
    .create(Create::Upload)
    .name_has_hash_of("file")
    .permissions(Permissions { view: "authentik_rbac.view_media_files", change: "authentik_rbac.manage_media_files" })
    .since(V2025_12)
    .fields(&[
        string("name").required(),
        bytes("file", MOST).required().yaml_key("content").doc(
            "`!file PATH`, or a string. Without it, the declaration refers to the existing upload of exactly this name.",
        ),
    ])];

//! What is valid and still a mistake: each finding a warning with a stable code, which can be allowed or denied.
//!
//! Pure. Judges objects as far as they are known (`scene`): what the files say, or the projected state. What is not
//! known never counts as a mistake, and only what stands in a file is reported. What a kind has that is worth a second
//! look is said by the table, in the words of [`Lint`](crate::schema::Lint).

mod applications;
mod bindings;
mod endings;
mod flows;
mod level;
mod powers;
mod providers;
mod scene;
mod useless;

pub use level::{Level, Levels};
pub use scene::{Planned, Scene};

use crate::diag::Diagnostic;

/// Every finding, as a warning, in the order of places.
pub fn lint(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    applications::judge(scene, &mut found);
    bindings::judge(scene, &mut found);
    endings::judge(scene, &mut found);
    flows::judge(scene, &mut found);
    powers::judge(scene, &mut found);
    providers::judge(scene, &mut found);
    useless::judge(scene, &mut found);
    found.sort_by_key(|diagnostic| {
        (
            diagnostic.primary.as_ref().map(|label| label.span),
            diagnostic.code,
        )
    });
    found
}

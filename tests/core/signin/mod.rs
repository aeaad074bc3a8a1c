//! Who is signed in by which flow: recorded walks of real servers, random flows against an obvious reference, the shapes that
//! people build, and what a change of them comes to.

mod random;
mod recorded;
mod shapes;

use akrec::desired;
use akrec::diag::{Diagnostic, Sources};
use akrec::schema::Release;
use akrec::signin::World;
use akrec::state::Inputs;

/// The world that some files declare.
pub fn declared(yaml: &str, release: Release) -> World {
    let files = crate::world::World::with(&[("state/a.yaml", yaml)]);
    let inputs = Inputs::new(files.root.join("state"), &|_| Some("x".to_owned()));
    let settings = desired::Settings {
        release: Some(release),
        allow_unknown: false,
        today: jiff::civil::date(2026, 6, 15),
    };
    let mut sources = Sources::default();
    let (desired, found) = akrec::state::load(&inputs, None, &settings, &mut sources);
    let wrong: Vec<&Diagnostic> = found.iter().filter(|found| found.is_error()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    World::declared(&desired, release)
}

//! Prints how the time of every phase grows with the size of a state: `cargo bench --bench scale -- [SHAPE] [SIZE]`.
//!
//! Each shape at a size and at four times that; a phase that takes more than five times as long stands out. No server,
//! no network. `tests/program/attacks/work.rs` holds the growth by counting; here are the figures for docs/performance.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench fails by panicking"
)]

#[path = "../tests/support/shapes/mod.rs"]
mod shapes;

use std::collections::BTreeMap;
use std::time::Duration;

use shapes::{Meter, SHAPES};

/// Phases that take less than this are not worth a line.
const SHOWN: Duration = Duration::from_millis(20);

#[derive(Default)]
struct Times(BTreeMap<&'static str, Duration>);

impl Meter for Times {
    fn phase<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = on_cpu();
        let done = work();
        *self.0.entry(name).or_default() += on_cpu().saturating_sub(start);
        done
    }
}

/// How long this thread has run, where the system says it; other work on the machine does not count.
fn on_cpu() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(
        line.split(' ')
            .next()
            .and_then(|nanos| nanos.parse().ok())
            .unwrap_or_default(),
    )
}

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let size = args
        .iter()
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(1_000);
    let wanted: Vec<&String> = args
        .iter()
        .filter(|arg| arg.parse::<usize>().is_err())
        .collect();
    for shape in SHAPES
        .iter()
        .filter(|shape| wanted.is_empty() || wanted.iter().any(|it| shape.name.contains(*it)))
    {
        let mut both = [Times::default(), Times::default()];
        for (times, factor) in both.iter_mut().zip([1, 4]) {
            shapes::run(&(shape.make)(size * factor), times);
        }
        let [small, large] = both;
        let sum = |times: &Times| times.0.values().sum::<Duration>();
        println!(
            "{}: {} and {} {}: {:.0?}, {:.0?}",
            shape.name,
            size,
            4 * size,
            shape.of,
            sum(&small),
            sum(&large)
        );
        for (phase, took) in &large.0 {
            let before = small.0[phase];
            if *took > SHOWN {
                let growth = took.as_secs_f64() / before.as_secs_f64().max(1e-9);
                let mark = if growth > 5.5 { "  <--" } else { "" };
                println!("    {phase:<22} {before:>10.1?} {took:>10.1?}  x{growth:.1}{mark}");
            }
        }
    }
}

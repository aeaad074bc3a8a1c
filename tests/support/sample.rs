//! Which of many runs a test does: all with `AKREC_FULL=1`, as `.ci/run` does, and otherwise a few that are always the same.

use std::collections::BTreeSet;

/// Whether everything is run.
pub fn is_full() -> bool {
    std::env::var("AKREC_FULL").is_ok_and(|value| value == "1")
}

/// Up to `most` of the numbers below `all`, one from each of as many equal parts. The name decides which: equal names get
/// equal numbers, so that a test that fails fails again, and different names cover different places.
pub fn sample(name: &str, most: usize, all: usize) -> BTreeSet<usize> {
    // FNV-1a: the same on every machine and with every version of the compiler.
    let mut hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let most = most.min(all);
    let mut chosen = BTreeSet::new();
    for part in 0..most {
        let (from, to) = (part * all / most, (part + 1) * all / most);
        chosen.insert(from + (hash >> 33) as usize % (to - from));
        hash = hash
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
    }
    chosen
}

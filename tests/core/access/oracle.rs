//! What real servers answered (`check_access`), release by release: the engine agrees with every answer.

use akrec::access::{Access, Verdict, World};
use akrec::schema::{Release, V2025_10, V2025_12, V2026_2, V2026_5, V2026_8};

use super::small;

const WORLDS: [(Release, &str, usize); 5] = [
    (V2025_10, include_str!("worlds/2025.10.3.txt"), 640),
    (V2025_12, include_str!("worlds/2025.12.4.txt"), 640),
    (V2026_2, include_str!("worlds/2026.2.2.txt"), 960),
    (V2026_5, include_str!("worlds/2026.5.3.txt"), 960),
    (V2026_8, include_str!("worlds/2026.8-july.txt"), 960),
];

/// The users in the order of the recording.
fn users(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("user ")?.split(' ').next())
        .collect()
}

fn disagreements(world: &World, answers: &[(String, Vec<bool>)], users: &[&str]) -> Vec<String> {
    let access = Access::of(world);
    let mut wrong = Vec::new();
    for (app, answers) in answers {
        assert_eq!(answers.len(), users.len());
        for (user, said) in users.iter().zip(answers) {
            let verdict = access.verdict(user, &small::app(app)).unwrap();
            if verdict != if *said { Verdict::Allow } else { Verdict::Deny } {
                wrong.push(format!(
                    "{app} {user}: the server says {said}, we say {}",
                    verdict.as_str()
                ));
            }
        }
    }
    wrong
}

#[test]
fn every_recorded_verdict_is_reproduced() {
    for (release, text, count) in WORLDS {
        let (world, answers) = small::world(release, text);
        assert_eq!(
            answers
                .iter()
                .map(|(_, answers)| answers.len())
                .sum::<usize>(),
            count
        );
        assert_eq!(
            disagreements(&world, &answers, &users(text)),
            Vec::<String>::new(),
            "{release}"
        );
    }
}

/// The recordings distinguish the two rules: read by the other release's rule, exactly the measured number is wrong.
#[test]
fn the_recordings_tell_the_rules_apart() {
    for (release, text, other, wrong) in [
        (V2025_10, WORLDS[0].1, V2026_2, 36),
        (V2025_12, WORLDS[1].1, V2026_2, 40),
    ] {
        let (world, answers) = small::world(release, text);
        let assumed = World {
            release: other,
            ..world
        };
        assert_eq!(
            disagreements(&assumed, &answers, &users(text)).len(),
            wrong,
            "{release} as {other}"
        );
    }
}

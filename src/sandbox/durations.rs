//! Durations in the words of the server, such as `hours=3;minutes=1`.
//! Must never change the world.

use super::world::World;

/// How long an object that expires lives, in minutes, when neither it nor the settings say otherwise.
pub(super) const DEFAULT_MINUTES: i64 = 30;

/// Why a text is no duration, if it is none.
pub(super) fn duration_text(text: &str) -> Option<String> {
    (!is_duration(text))
        .then(|| format!("{text} is not in the correct format of 'hours=3;minutes=1'."))
}

/// `hours=3;minutes=1`: any of the units of Python's `timedelta`, numbers possibly negative.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 7] = [
        "microseconds",
        "milliseconds",
        "seconds",
        "minutes",
        "hours",
        "days",
        "weeks",
    ];
    text.split(';').all(|part| {
        part.split_once('=').is_some_and(|(unit, number)| {
            UNITS.contains(&unit.trim().to_lowercase().as_str())
                && number.trim().parse::<f64>().is_ok()
        })
    })
}

/// The seconds of a duration.
pub(super) fn seconds(text: &str) -> f64 {
    let unit = |unit: &str| match unit.trim().to_lowercase().as_str() {
        "microseconds" => 1e-6,
        "milliseconds" => 1e-3,
        "seconds" => 1.0,
        "minutes" => 60.0,
        "hours" => 3_600.0,
        "days" => 86_400.0,
        "weeks" => 604_800.0,
        _ => 0.0,
    };
    let parts = text.split(';').filter_map(|part| part.split_once('='));
    parts
        .map(|(name, number)| unit(name) * number.trim().parse().unwrap_or(0.0))
        .sum()
}

/// How long a token lasts, by the settings.
pub(super) fn token_seconds(world: &World) -> i64 {
    let settings = world.members("/admin/settings/").next();
    let text =
        settings.and_then(|settings| world.value(settings, "default_token_duration").as_str());
    let unit = |word: &str| match word.trim() {
        "seconds" => 1,
        "minutes" => 60,
        "hours" => 3_600,
        "days" => 86_400,
        "weeks" => 604_800,
        _ => 0,
    };
    let parts = text
        .into_iter()
        .flat_map(|text| text.split(';'))
        .filter_map(|part| part.split_once('='));
    let seconds = parts
        .map(|(word, number)| number.trim().parse().unwrap_or(0) * unit(word))
        .sum();
    if seconds > 0 {
        seconds
    } else {
        DEFAULT_MINUTES * 60
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_lists_of_units() {
        assert!(is_duration("hours=1;minutes=-5"));
        assert!(is_duration("seconds=0.5"));
        assert!(!is_duration("1h"));
        assert!(!is_duration("fortnights=1"));
    }
}

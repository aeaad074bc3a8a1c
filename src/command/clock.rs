//! The one clock of a run: what the lints, the ends of memberships, the records and the embedded sandbox take for now.
//! Code that plans or compares must not read it: it receives the time as an argument.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What an embedded sandbox takes for now: the same.
pub(super) const OF_SANDBOX: crate::sandbox::Clock = crate::sandbox::Clock::Machine;

/// Now, by the machine's clock.
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

/// The day in UTC.
pub(super) fn today() -> Date {
    now().to_zoned(TimeZone::UTC).date()
}

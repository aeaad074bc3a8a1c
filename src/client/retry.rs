//! When to repeat a request, and after how long.
//! Must never repeat a write that may have been carried out, and never use a random number.

use std::time::Duration;

use super::error::ErrorKind;
use super::journal::Method;

/// The longest wait between two attempts, also where the server asks for a longer one.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The longest that all waits for one request may take together: a server that always asks for a minute is not waited for
/// as often as a patient client repeats.
pub(super) const LONGEST_PATIENCE: Duration = Duration::from_secs(180);

/// A server that asks to wait for longer than this is not waited for at all: the longest wait would not be enough.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// The wait before the first repetition; it doubles from one to the next.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The longest wait that the doubling reaches by itself.
const LONGEST_OWN_WAIT: Duration = Duration::from_secs(10);

const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

/// How often a patient client repeats where the server is away: two and a half minutes, which a restart of authentik takes
/// on a slow machine.
const PATIENCE: u32 = 20;

/// After how many repetitions a patient client says that it waits: a second and a half.
pub(super) const TELLING: u32 = 3;

/// How often `failure` may be repeated at most. A client that repeats nothing has no patience either.
pub(super) fn most(failure: &Failure, retries: u32, patient: bool) -> u32 {
    if patient && failure.away() && retries > 0 {
        retries.max(PATIENCE)
    } else {
        retries
    }
}

/// One attempt that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// Why.
    pub kind: ErrorKind,
    /// The server certainly did not carry the request out: it was never sent, or it was turned
    /// away before being looked at.
    pub not_done: bool,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure after which a write may or may not have been carried out.
    pub(super) fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            not_done: false,
            retry_after: None,
        }
    }

    /// A failure after which nothing was done.
    pub(super) fn not_done(kind: ErrorKind) -> Self {
        Self {
            kind,
            not_done: true,
            retry_after: None,
        }
    }

    /// Puts how long the server asks to wait into the error, where that is longer than akrec does.
    pub(super) fn report_wait(&mut self) {
        if let ErrorKind::RateLimited { asked, .. } = &mut self.kind {
            *asked = self
                .retry_after
                .filter(|wait| *wait > LONGEST_ASKED)
                .map(|wait| wait.as_secs());
        }
    }

    /// Nobody answers, or a proxy does in the server's place.
    pub(super) fn away(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Unreachable { .. } | ErrorKind::Dropped { .. }
        ) || self.kind.is_of_a_proxy()
    }

    /// True if `method` writes and the write may have been carried out all the same.
    /// An answer can lie: authentik 2025.12.4 deleted an outpost and answered 405.
    pub(super) fn unclear(&self, method: Method) -> bool {
        method.writes()
            && !self.not_done
            && match &self.kind {
                ErrorKind::Timeout
                | ErrorKind::Dropped { .. }
                | ErrorKind::NotHttp { .. }
                | ErrorKind::WrongScheme { .. }
                | ErrorKind::Truncated
                | ErrorKind::TooLarge { .. }
                | ErrorKind::Html { .. }
                | ErrorKind::NotJson { .. }
                | ErrorKind::Shape { .. }
                | ErrorKind::Server { .. } => true,
                ErrorKind::Refused { status, .. } => matches!(status, 405 | 408),
                _ => false,
            }
    }
}

/// How long to wait before attempt number `attempt + 1` (the first attempt is number 0), or none
/// if the request must not be repeated or `limit` repetitions have been made.
pub(super) fn again(
    method: Method,
    failure: &Failure,
    attempt: u32,
    limit: u32,
) -> Option<Duration> {
    let worth = match &failure.kind {
        ErrorKind::Unreachable { .. } | ErrorKind::Timeout => failure.not_done || !method.writes(),
        ErrorKind::RateLimited { .. } => true,
        ErrorKind::Dropped { .. } | ErrorKind::Truncated => !method.writes(),
        // A 500 of authentik is an exception in its code and seldom passes: one more try is enough.
        ErrorKind::Server { status: 500, .. } => !method.writes() && attempt == 0,
        kind if kind.is_of_a_proxy() => failure.not_done || !method.writes(),
        _ => false,
    };
    let too_long = failure
        .retry_after
        .is_some_and(|asked| asked > LONGEST_ASKED);
    if !worth || attempt >= limit || too_long {
        return None;
    }
    Some(match failure.retry_after {
        Some(asked) => asked.min(LONGEST_WAIT),
        None => FIRST_WAIT
            .saturating_mul(1 << attempt.min(16))
            .min(LONGEST_OWN_WAIT),
    })
}

/// Reads a `Retry-After` header: seconds, or an HTTP date counted from `now` (a date in the past
/// is no wait), a year at most. None if it is neither.
pub(super) fn retry_after(header: &str, now: jiff::Timestamp) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        let seconds = header.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(YEAR));
    }
    let until = jiff::fmt::rfc2822::parse(header).ok()?.timestamp();
    let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    Some(wait.min(YEAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(status: u16) -> Failure {
        Failure::new(ErrorKind::Server {
            status,
            detail: String::new(),
        })
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_is_capped() {
        let now = "1994-11-06T08:49:30Z".parse().unwrap();
        let read = |header| retry_after(header, now).map(|d| d.as_secs());
        assert_eq!(read("7"), Some(7));
        assert_eq!(read(" 100000000000000000000000 "), Some(YEAR.as_secs()));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(7));
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(read("Mon, 06 Nov 2034 08:00:00 GMT"), Some(YEAR.as_secs()));
        assert_eq!(read("-1"), None);
        assert_eq!(read("soon"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_server_that_asks_for_very_long_is_not_waited_for() {
        let reported = |seconds| Failure {
            retry_after: Some(Duration::from_secs(seconds)),
            ..server(503)
        };
        assert_eq!(
            again(Method::Get, &reported(7), 0, 4),
            Some(Duration::from_secs(7))
        );
        assert_eq!(again(Method::Get, &reported(200), 0, 4), Some(LONGEST_WAIT));
        assert_eq!(again(Method::Get, &reported(999_999), 0, 4), None);
        let limited = ErrorKind::RateLimited {
            detail: String::new(),
            asked: None,
        };
        let mut failure = Failure {
            retry_after: Some(Duration::from_secs(999_999)),
            ..Failure::not_done(limited)
        };
        assert_eq!(again(Method::Post, &failure, 0, 4), None);
        failure.report_wait();
        assert!(matches!(
            failure.kind,
            ErrorKind::RateLimited {
                asked: Some(999_999),
                ..
            }
        ));
    }

    #[test]
    fn waits_double_up_to_a_limit_and_are_the_same_every_time() {
        let waits: Vec<_> = (0..8)
            .filter_map(|n| again(Method::Get, &server(503), n, 8))
            .map(|d| d.as_millis())
            .collect();
        assert_eq!(waits, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(again(Method::Get, &server(503), 3, 3), None);
        assert!(again(Method::Get, &server(503), u32::MAX - 1, u32::MAX).is_some());
    }

    #[test]
    fn a_patient_client_waits_for_a_server_that_is_away_and_for_nothing_else() {
        let away = Failure::not_done(ErrorKind::Unreachable {
            reason: String::new(),
        });
        for (failure, most_of) in [
            (&away, 20),
            (&server(503), 20),
            (&server(500), 4),
            (&Failure::new(ErrorKind::Timeout), 4),
        ] {
            assert_eq!(most(failure, 4, true), most_of, "{failure:?}");
            assert_eq!(most(failure, 4, false), 4);
            assert_eq!(most(failure, 0, true), 0);
        }
        assert_eq!(most(&away, 100, true), 100);
        let whole: Duration = (0..PATIENCE)
            .filter_map(|n| again(Method::Get, &away, n, PATIENCE))
            .sum();
        assert!(
            whole > Duration::from_secs(120) && whole < Duration::from_secs(180),
            "{whole:?}"
        );
    }

    #[test]
    fn a_write_is_repeated_only_where_nothing_was_done() {
        let post = |failure: &Failure| again(Method::Post, failure, 0, 3).is_some();
        assert!(post(&Failure::not_done(ErrorKind::Unreachable {
            reason: String::new()
        })));
        assert!(post(&Failure::not_done(ErrorKind::Timeout)));
        assert!(post(&Failure::not_done(ErrorKind::RateLimited {
            detail: String::new(),
            asked: None
        })));
        assert!(!post(&Failure::new(ErrorKind::Timeout)));
        assert!(!post(&Failure::new(ErrorKind::Dropped { plain: false })));
        for status in [500, 502, 503, 504] {
            assert!(!post(&server(status)), "{status}");
            assert!(server(status).unclear(Method::Post), "{status}");
            assert!(!server(status).unclear(Method::Get), "{status}");
        }
        let reported = Failure {
            not_done: true,
            ..server(503)
        };
        assert!(post(&reported) && !reported.unclear(Method::Post));
    }

    #[test]
    fn a_500_is_tried_once_more_and_a_405_on_a_write_is_unclear() {
        assert!(again(Method::Get, &server(500), 0, 5).is_some());
        assert!(again(Method::Get, &server(500), 1, 5).is_none());
        assert!(again(Method::Get, &server(501), 0, 5).is_none());
        let refused = |status| {
            Failure::new(ErrorKind::Refused {
                status,
                fields: Vec::new(),
            })
        };
        assert!(refused(405).unclear(Method::Delete));
        assert!(!refused(405).unclear(Method::Get));
        assert!(!refused(400).unclear(Method::Post));
    }
}

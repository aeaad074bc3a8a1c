//! How much of a server's answers is read: bytes, memory, rows and pages, so that a server that never ends, or answers
//! with what grows while it is decoded, ends a run and not the machine.
//!
//! All limits follow from one number, the bytes of all answers of a run, which a flag raises.

use std::sync::atomic::{AtomicU64, Ordering};

use super::error::ErrorKind;
use crate::budget::{ANSWER, ANSWERS, LEAST_ANSWERS, PAGES, ROWS, size};

/// The most that is suggested where a limit was met: who claims to have more is hardly a server to be believed.
const SUGGESTED: u64 = 16 * 1024 * MIB;

const MIB: u64 = 1024 * 1024;

/// What an object of JSON takes in memory besides its values, and what any other value takes besides its text (measured
/// on 64 bits, rounded).
const OBJECT: u64 = 512;
const VALUE: u64 = 40;

/// How deep values may be nested; authentik's own are below 20.
const DEPTH: usize = 100;

/// What has been read so far, and how much may be.
pub(super) struct Budget {
    most: u64,
    bytes: AtomicU64,
    memory: AtomicU64,
}

impl Budget {
    /// Nothing read yet.
    pub(super) fn new(most: u64) -> Self {
        Self {
            most: most.max(LEAST_ANSWERS),
            bytes: AtomicU64::new(0),
            memory: AtomicU64::new(0),
        }
    }

    /// Forgets what was read: it is no longer kept.
    pub(super) fn renew(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        self.memory.store(0, Ordering::Relaxed);
    }

    /// What a limit is, if all of them are raised or lowered alike.
    fn share(&self, usual: u64) -> u64 {
        self.most / (ANSWERS.most / usual)
    }

    /// The most bytes that one answer may have.
    pub(super) fn answer(&self) -> u64 {
        self.share(ANSWER.most)
    }

    /// The most rows that one list may have: a row has about a kilobyte.
    pub(super) fn rows(&self) -> u64 {
        self.share(ROWS.most)
    }

    /// The most pages that one list may have, also where the server makes them smaller than asked.
    pub(super) fn pages(&self) -> u64 {
        self.share(PAGES.most)
    }

    /// Takes in that bytes of an answer were read which will be kept.
    pub(super) fn read(&self, bytes: u64) -> Result<(), ErrorKind> {
        match self
            .bytes
            .fetch_add(bytes, Ordering::Relaxed)
            .saturating_add(bytes)
            > self.most
        {
            true => Err(self.exceeded(
                format!(
                    "the answers of this run add up to more than {}",
                    size(self.most)
                ),
                0,
            )),
            false => Ok(()),
        }
    }

    /// Judges an answer before it is decoded. With `kept`, it counts towards what all answers take.
    pub(super) fn decode(&self, body: &[u8], kept: bool) -> Result<(), ErrorKind> {
        let memory = weigh(body).map_err(|reason| ErrorKind::TooLarge {
            reason,
            suggested: None,
        })?;
        if memory > self.most {
            let what = format!(
                "the answer takes more than {} of memory when it is decoded",
                size(self.most)
            );
            return Err(self.exceeded(what, memory));
        }
        let all = if kept {
            self.memory.fetch_add(memory, Ordering::Relaxed)
        } else {
            0
        };
        match all.saturating_add(memory) > 4 * self.most {
            true => {
                let limit = size(4 * self.most);
                Err(self.exceeded(
                    format!("the answers of this run take more than {limit} of memory together"),
                    0,
                ))
            }
            false => Ok(()),
        }
    }

    /// Judges the size of one answer, as far as it is known.
    pub(super) fn fits(&self, bytes: u64) -> Result<(), ErrorKind> {
        match bytes > self.answer() {
            true => Err(self.exceeded(
                format!("the answer is larger than {}", size(self.answer())),
                bytes.saturating_mul(ANSWERS.most / ANSWER.most),
            )),
            false => Ok(()),
        }
    }

    /// Judges what a list says of its length.
    pub(super) fn list(&self, rows: u64, pages: u64) -> Result<(), ErrorKind> {
        if rows > self.rows() {
            let what = format!(
                "the list has {rows} rows, but at most {} are read",
                self.rows()
            );
            return Err(self.exceeded(what, rows.saturating_mul(ANSWERS.most / ROWS.most)));
        }
        if pages > self.pages() {
            let what = format!(
                "the list has {pages} pages, but at most {} are read",
                self.pages()
            );
            return Err(self.exceeded(what, pages.saturating_mul(ANSWERS.most / PAGES.most)));
        }
        Ok(())
    }

    /// A limit was met; with the one that would do, where that is known and a sound server could need it.
    fn exceeded(&self, reason: String, needed: u64) -> ErrorKind {
        let mib = needed
            .max(self.most + 1)
            .div_ceil(MIB)
            .checked_next_power_of_two();
        ErrorKind::TooLarge {
            reason,
            suggested: mib
                .filter(|mib| mib.saturating_mul(MIB) <= SUGGESTED)
                .map(|mib| format!("{mib}MiB")),
        }
    }
}

/// How much memory a JSON text takes when it is decoded, about. Refuses one that is nested too deep, and says so.
pub(super) fn weigh(body: &[u8]) -> Result<u64, String> {
    let (mut objects, mut values, mut depth) = (0u64, 1u64, 0usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => {
                objects += u64::from(*byte == b'{');
                values += 1;
                depth += 1;
                if depth > DEPTH {
                    return Err(format!(
                        "the values in the answer are nested more than {DEPTH} levels deep"
                    ));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
    }
    Ok(body.len() as u64 + OBJECT * objects + VALUE * values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_follow_from_one_number() {
        let budget = Budget::new(ANSWERS.most);
        assert_eq!(
            (budget.answer(), budget.rows(), budget.pages()),
            (32 * MIB, 262_144, 4096)
        );
        assert!(budget.fits(32 * MIB).is_ok() && budget.list(262_144, 4096).is_ok());
        let kinds = [
            budget.fits(40 * MIB),
            budget.list(300_000, 1),
            budget.list(1, 5000),
            budget.list(u64::MAX, 1),
        ];
        let said = kinds.map(|kind| match kind {
            Err(ErrorKind::TooLarge { reason, suggested }) => {
                (reason, suggested.unwrap_or_default())
            }
            other => (format!("{other:?}"), String::new()),
        });
        let expected = [
            ("the answer is larger than 32 MiB", "512MiB"),
            (
                "the list has 300000 rows, but at most 262144 are read",
                "512MiB",
            ),
            (
                "the list has 5000 pages, but at most 4096 are read",
                "512MiB",
            ),
            (
                "the list has 18446744073709551615 rows, but at most 262144 are read",
                "",
            ),
        ];
        assert_eq!(
            said,
            expected.map(|(reason, suggested)| (reason.to_owned(), suggested.to_owned()))
        );
        // What is suggested is enough.
        assert!(
            Budget::new(512 * MIB).fits(40 * MIB).is_ok()
                && Budget::new(512 * MIB).list(300_000, 5000).is_ok()
        );
    }

    #[test]
    fn all_answers_count_together_until_they_are_forgotten() {
        let budget = Budget::new(LEAST_ANSWERS);
        assert!(budget.read(LEAST_ANSWERS).is_ok() && budget.read(1).is_err());
        budget.renew();
        assert!(budget.read(LEAST_ANSWERS).is_ok());
        let objects = format!("[{}]", "{},".repeat(10_000));
        let fits = (0..100)
            .take_while(|_| budget.decode(objects.as_bytes(), true).is_ok())
            .count();
        assert!((4..10).contains(&fits), "{fits}");
        assert!(
            budget.decode(objects.as_bytes(), false).is_ok(),
            "what is not kept is judged alone"
        );
        assert!(
            budget
                .decode(format!("[{}]", "{},".repeat(20_000)).as_bytes(), false)
                .is_err()
        );
    }

    #[test]
    fn a_weight_counts_values_and_not_texts() {
        assert_eq!(weigh(b"{}"), Ok(2 + 512 + 80));
        assert_eq!(weigh(br#"["[{,\"", 1]"#), Ok(12 + 3 * 40));
        assert!(
            weigh("[".repeat(101).as_bytes()).is_err()
                && weigh("[]".repeat(500).as_bytes()).is_ok()
        );
    }
}

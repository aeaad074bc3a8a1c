//! Makes ids and secrets from a counter, and keeps the time that the world considers to be now, so that two runs give
//! the same world.
//!
//! Must never read a clock or a source of randomness: the caller that has a clock sets the time.

use serde::{Deserialize, Serialize};

/// The day from which times are counted, and on which a world begins whose time is never set: 2026-01-01T00:00:00Z.
const EPOCH_SECONDS: i64 = 1_767_225_600;
const MICROSECONDS: i64 = 1_000_000;
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A deterministic source of everything a real server draws at random or from a clock.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Seed {
    drawn: u64,
    seconds: i64,
    #[serde(default)]
    microseconds: i64,
    /// The caller sets the time, so that a write does not advance it by itself.
    #[serde(skip)]
    told: bool,
}

impl Seed {
    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        // splitmix64: well spread values from a plain counter.
        let mut z = self.drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let high = (self.draw() & !0xF000) | 0x4000;
        let low = (self.draw() & !(0b11 << 62)) | (0b10 << 62);
        let hex = format!("{high:016x}{low:016x}");
        hyphenate(&hex)
    }

    /// Letters and digits, as the server's client ids and keys have.
    pub fn text(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| {
                let at = (self.draw() % ALPHABET.len() as u64) as usize;
                char::from(ALPHABET[at])
            })
            .collect()
    }

    /// Hexadecimal digits.
    pub fn hex(&mut self, length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            text.push_str(&format!("{:016x}", self.draw()));
        }
        text.truncate(length);
        text
    }

    /// It is this time now, in microseconds since 1970. It never goes back, so that what was made later stays later.
    pub fn tell(&mut self, microseconds: i64) {
        let (now, epoch) = (microseconds, EPOCH_SECONDS * MICROSECONDS);
        let own = self.seconds * MICROSECONDS + self.microseconds;
        self.set(own.max(now - epoch));
        self.told = true;
    }

    /// Moves the clock on, once for every write: by as little as can be where the time is given, else by a second.
    pub fn tick(&mut self) {
        let step = if self.told { 1 } else { MICROSECONDS };
        self.set(self.seconds * MICROSECONDS + self.microseconds + step);
    }

    fn set(&mut self, microseconds: i64) {
        self.seconds = microseconds.div_euclid(MICROSECONDS);
        self.microseconds = microseconds.rem_euclid(MICROSECONDS);
    }

    /// The second that it is, counted from 1970.
    pub fn second(&self) -> i64 {
        EPOCH_SECONDS + self.seconds
    }

    /// The clock, as the server prints times.
    pub fn now(&self) -> String {
        self.in_seconds(0)
    }

    /// The clock some minutes from now.
    pub fn in_minutes(&self, minutes: i64) -> String {
        self.in_seconds(minutes * 60)
    }

    /// The clock some seconds from now.
    pub fn in_seconds(&self, seconds: i64) -> String {
        let microseconds = (self.second() + seconds) * MICROSECONDS + self.microseconds;
        jiff::Timestamp::from_microsecond(microseconds)
            .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
            .unwrap_or_default()
    }

    /// The clock some minutes from now, to the second.
    pub fn second_in_minutes(&self, minutes: i64) -> String {
        let text = self.in_minutes(minutes);
        text.split_once('.')
            .map_or_else(String::new, |(whole, _)| format!("{whole}Z"))
    }
}

/// The hyphenated form of 32 hexadecimal digits.
fn hyphenate(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

/// A UUID in any notation the server accepts, as the server writes it back.
pub(super) fn canonical_uuid(text: &str) -> Option<String> {
    let hex: String = text.chars().filter(|c| *c != '-').collect();
    let valid = hex.len() == 32 && hex.chars().all(|c| c.is_ascii_hexdigit());
    valid.then(|| hyphenate(&hex.to_ascii_lowercase()))
}

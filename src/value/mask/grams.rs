//! The parts of eight bytes that secrets consist of, and the runs of them in a text.

use std::ops::Range;

use super::decode::Form;

/// The length of a part. Eight bytes are one number.
pub(super) const GRAM: usize = 8;

/// How many bits the filter in front of the lists has, as a power of two.
const FILTER: u32 = 16;

/// A set of parts.
#[derive(Clone, Default)]
pub(super) struct Grams {
    /// Those that hardly stand in a text by chance: with a digit, a sign or mixed case.
    telling: Vec<u64>,
    /// Parts that hardly stand in a text by chance: with a digit, a sign or mixed case.
    plain: Vec<u64>,
    /// Parts that read like a part of a plain word.
    filter: Vec<u64>,
}

impl Grams {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.telling.is_empty() && self.plain.is_empty()
    }

    /// Adds all parts of a form of `original`, whose case decides which of them are distinctive.
    pub fn add(&mut self, form: &Form, original: &[u8]) {
        for start in 0..(form.bytes.len() + 1).saturating_sub(GRAM) {
            let gram = number(&form.bytes[start..start + GRAM]);
            let written: Vec<u8> = form.from[start..start + GRAM]
                .iter()
                .filter_map(|at| original.get(*at).copied())
                .collect();
            if is_plain(&written) {
                self.plain.push(gram)
            } else {
                self.telling.push(gram)
            }
        }
    }

    /// Sorts, takes the parts of a public text out and makes the filter: to be called once, after the last part.
    pub fn finish(&mut self, public: &[u8]) {
        let mut known: Vec<u64> = public.windows(GRAM).map(number).collect();
        known.sort_unstable();
        self.filter = vec![0; (1 << FILTER) / 64];
        for list in [&mut self.telling, &mut self.plain] {
            list.retain(|gram| known.binary_search(gram).is_err());
            list.sort_unstable();
            list.dedup();
            for gram in list {
                let bit = bit(*gram);
                self.filter[bit / 64] |= 1 << (bit % 64);
            }
        }
    }

    /// Calls `each` with every run of bytes of a text that lie in a part, and whether one of the parts is distinctive.
    pub fn runs(&self, text: &[u8], each: &mut dyn FnMut(Range<usize>, bool)) {
        let mut run: Option<(Range<usize>, bool)> = None;
        let mut gram = 0;
        for (end, byte) in (1..).zip(text) {
            gram = gram << 8 | u64::from(*byte);
            if end < GRAM || !self.may_hold(gram) {
                continue;
            }
            let telling = self.telling.binary_search(&gram).is_ok();
            if !telling && self.plain.binary_search(&gram).is_err() {
                continue;
            }
            match &mut run {
                Some((range, tells)) if range.end >= end - GRAM => {
                    range.end = end;
                    *tells |= telling;
                }
                _ => {
                    if let Some((range, tells)) = run.replace((end - GRAM..end, telling)) {
                        each(range, tells);
                    }
                }
            }
        }
        if let Some((range, tells)) = run {
            each(range, tells);
        }
    }

    fn may_hold(&self, gram: u64) -> bool {
        let bit = bit(gram);
        self.filter
            .get(bit / 64)
            .is_some_and(|bits| bits >> (bit % 64) & 1 == 1)
    }
}

/// Whether a part of a secret, as it is written, reads like a part of a plain word: letters and dashes of one case, but
/// for the first letter.
pub(super) fn is_plain(written: &[u8]) -> bool {
    let mut letters = written
        .iter()
        .filter(|byte| !matches!(byte, b'-' | b'_' | b' ' | b'.' | b'/' | b':'));
    let Some(first) = letters.next() else {
        return true;
    };
    let rest: Vec<&u8> = letters.collect();
    let small = rest.iter().all(|byte| byte.is_ascii_lowercase());
    let large = first.is_ascii_uppercase() && rest.iter().all(|byte| byte.is_ascii_uppercase());
    first.is_ascii_alphabetic() && (small || large)
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn bit(gram: u64) -> usize {
    // Fibonacci hashing: the upper bits of the product depend on all of the number.
    usize::try_from(gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER)).unwrap_or_default()
}

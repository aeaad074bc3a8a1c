//! Takes secrets out of text that came from outside, however it spells them, and parts of them.
//!
//! A server, a proxy or a library may quote what it was sent as it is, escaped for JSON, Python, HTML or a URL, in base64
//! or hexadecimal, in another case, broken over lines, or cut off. Instead of writing every secret in every spelling, the
//! text is decoded in every way in which it can be ([`decode`]), and each reading is searched for runs of eight characters
//! that are a part of some secret. What was found is taken out of the text as it stands. The work grows linearly with the
//! length of the text, whatever it holds.
//!
//! Must never print what it looks for.

mod decode;
mod grams;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use decode::View;
pub use decode::is_invisible;
use grams::{GRAM, Grams};

/// What stands where a secret stood.
pub const MASKED: &str = "(sensitive value)";

/// How much of a text is looked at at once, so that its readings stay small.
const PART: usize = 64 * 1024;
/// How much of the part before is looked at again: what lies across their border is found in one of the two.
const OVERLAP: usize = 8 * 1024;
/// How often a reading is decoded again.
const DEPTH: usize = 4;
/// The shortest part that is taken out where it looks like a plain word: "password" is in half of all messages.
const PLAIN: usize = 12;
/// The shortest part that is taken out of akrec's own output, and the same for one that looks like a plain word.
const OWN: usize = 12;
const OWN_PLAIN: usize = 16;
/// A secret shorter than this is found only in quotes: every other "a" is none.
const QUOTED: usize = 3;
/// The shortest run of base64 or hexadecimal that is decoded: three characters.
const SYMBOLS: usize = 4;
/// The longest secret whose base64 is also looked for in another case, in which it cannot be decoded.
const FOLDED: usize = 100;

/// All secrets of a run, ready to be looked for.
#[derive(Clone, Default)]
pub struct Masker {
    /// Parts of secrets by their letters and digits alone.
    letters: Grams,
    /// Parts of secrets with their signs.
    signs: Grams,
    /// Secrets that are only found as whole words: short ones and plain words.
    words: BTreeSet<Vec<u8>>,
    /// The lengths of words.
    lengths: BTreeSet<usize>,
    /// What is searched is akrec's own output, whose structure must stay.
    own: bool,
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masker")
    }
}

impl Masker {
    /// Looks for secrets in text from outside: every part of eight letters and digits, one of twelve if it reads like a
    /// plain word, and short secrets as whole words. No part of `public` is taken for one of a secret.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>, public: &str) -> Masker {
        let mut masker = Masker::default();
        for secret in secrets {
            masker.add(secret);
        }
        masker
            .letters
            .finish(&decode::letters(&View::of(public)).bytes);
        masker.signs.finish(&decode::signs(&View::of(public)).bytes);
        masker
    }

    /// Looks for secrets in akrec's own output, which may well hold a short or a plain word of its own: parts of twelve
    /// characters, or of sixteen if they read like plain words. Nothing is taken out across a quote, so that JSON stays
    /// JSON.
    pub fn of_output<'a>(secrets: impl IntoIterator<Item = &'a str>, public: &str) -> Masker {
        let mut masker = Masker {
            own: true,
            ..Masker::default()
        };
        for secret in secrets {
            let form = decode::signs(&View::of(secret));
            if form.bytes.len() >= OWN {
                masker.signs.add(&form, secret.as_bytes());
            }
        }
        masker.signs.finish(&decode::signs(&View::of(public)).bytes);
        masker
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.signs.is_empty() && self.words.is_empty()
    }

    fn add(&mut self, secret: &str) {
        // The first and the last line of a key in PEM are the same for all keys.
        let secret: String = secret
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect::<Vec<_>>()
            .join("\n");
        let secret = secret.trim();
        let mut view = View::of(secret);
        let word = decode::lowercase(&view);
        let signs = decode::signs(&view).bytes;
        if signs.is_empty() {
            return;
        }
        if signs.len() < GRAM || (signs.len() < PLAIN && grams::is_plain(secret.as_bytes())) {
            self.lengths.insert(word.len());
            self.words.insert(word);
            return;
        }
        if secret.len() <= FOLDED {
            for skipped in 0..3 {
                let shifted: Vec<u8> = std::iter::repeat_n(0, skipped)
                    .chain(secret.bytes())
                    .collect();
                let encoded = STANDARD_NO_PAD.encode(shifted);
                // The characters at both ends depend on what stands beside the secret.
                let inner = encoded
                    .get([0, 2, 3][skipped]..encoded.len() - 1)
                    .unwrap_or_default();
                self.letters
                    .add(&decode::letters(&View::of(inner)), inner.as_bytes());
            }
        }
        // A secret may itself hold what looks like an escape, which decoding the text undoes as well.
        for _ in 0..DEPTH {
            let (letters, signs) = (decode::letters(&view), decode::signs(&view));
            self.letters.add(&letters, &view.bytes);
            if signs.bytes.len() != letters.bytes.len() {
                self.signs.add(&signs, &view.bytes);
            }
            match decode::unescape(&view) {
                Some(next) => view = next,
                None => break,
            }
        }
    }

    /// The text without secrets.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        replaced(text, &self.places(text))
    }

    /// Where in the text secrets stand, in order and apart from each other: what [`Masker::mask`] takes out.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        self.find(text, self.plain(), true)
    }

    /// Text that is compared as well as shown: short secrets and plain words stay.
    pub fn mask_data<'a>(&self, text: &'a str) -> Cow<'a, str> {
        replaced(text, &self.find(text, PLAIN, false))
    }

    /// An address or the name of a field without secrets. It is mostly akrec's own, so that nothing is taken out of it
    /// that could be a plain word, nor across a slash.
    pub fn mask_path<'a>(&self, path: &'a str) -> Cow<'a, str> {
        let mut found = Vec::new();
        let mut start = 0;
        for segment in path.split_inclusive(['/', '?', '&', '=']) {
            let inner = self.find(segment, usize::MAX, false);
            found.extend(
                inner
                    .into_iter()
                    .map(|range| range.start + start..range.end + start),
            );
            start += segment.len();
        }
        replaced(path, &found)
    }

    /// The texts without secrets, also without one that is spread over several of them.
    pub fn mask_all(&self, texts: &[String]) -> Vec<String> {
        let whole = texts.join("\n");
        let found = self.find(&whole, self.plain(), true);
        let mut start = 0;
        let one = texts.iter().map(|text| {
            let (from, to) = (start, start + text.len());
            start = to + 1;
            let inner = found
                .iter()
                .filter(|range| range.start < to && range.end > from);
            let inner = inner.map(|range| range.start.max(from) - from..range.end.min(to) - from);
            replaced(text, &inner.collect::<Vec<_>>()).into_owned()
        });
        one.collect()
    }

    /// From which length on a part of a secret that looks like a plain word is taken out.
    fn plain(&self) -> usize {
        if self.own { OWN_PLAIN } else { PLAIN }
    }

    /// Where secrets stand, in order and without overlap. `plain` is the shortest part that looks like a plain word;
    /// `words` says whether short secrets count.
    fn find(&self, text: &str, plain: usize, words: bool) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.is_empty() {
            return found;
        }
        let mut start = 0;
        loop {
            let end = boundary(text, start + PART);
            let mut inner = Vec::new();
            let mut search = Search {
                masker: self,
                found: &mut inner,
                plain,
                words,
            };
            search.all(&View::of(&text[start..end]), DEPTH);
            found.extend(
                inner
                    .into_iter()
                    .map(|range| range.start + start..range.end + start),
            );
            if end == text.len() {
                break;
            }
            start = boundary(text, end - OVERLAP);
        }
        merged(text, found)
    }
}

/// One search of one part of a text.
struct Search<'a> {
    masker: &'a Masker,
    found: &'a mut Vec<Range<usize>>,
    /// From which length on a run that looks like a plain word counts.
    plain: usize,
    /// Whether whole words count.
    words: bool,
}

impl Search<'_> {
    /// Searches a reading, and all that it can be decoded to.
    fn all(&mut self, view: &View, depth: usize) {
        self.one(view);
        if depth == 0 {
            return;
        }
        if let Some(next) = decode::unescape(view) {
            self.all(&next, depth - 1);
        }
        // Output of akrec is not wrapped amid a word, and holds long texts.
        let own = self.masker.own;
        let shortest = if own { OWN } else { SYMBOLS };
        let read = decode::base64(view, shortest, !own)
            .into_iter()
            .chain(decode::hex(view, shortest, !own));
        for next in read {
            self.all(&next, depth - 1);
        }
        if !own && let Some(next) = decode::numbers(view) {
            self.all(&next, depth - 1);
        }
    }

    fn one(&mut self, view: &View) {
        let masker = self.masker;
        let shortest = if masker.own { OWN } else { GRAM };
        for (grams, form) in [
            (
                &masker.letters,
                decode::letters as fn(&View) -> decode::Form,
            ),
            (&masker.signs, decode::signs as fn(&View) -> decode::Form),
        ] {
            if grams.is_empty() {
                continue;
            }
            let form = form(view);
            grams.runs(&form.bytes, &mut |run, telling| {
                if run.len() >= if telling { shortest } else { self.plain } {
                    self.found
                        .push(view.range(form.from[run.start]..form.from[run.end - 1] + 1));
                }
            });
        }
        if self.words && !masker.words.is_empty() {
            self.whole_words(view);
        }
    }

    fn whole_words(&mut self, view: &View) {
        let folded = decode::lowercase(view);
        for start in 0..folded.len() {
            if start > 0 && is_word(folded[start]) && is_word(folded[start - 1]) {
                continue;
            }
            for length in &self.masker.lengths {
                let end = start + length;
                let Some(word) = folded.get(start..end) else {
                    break;
                };
                if self.masker.words.contains(word) && stands_alone(&folded, start..end) {
                    self.found.push(view.range(start..end));
                }
            }
        }
    }
}

/// Whether a short secret stands there by itself: not within a word, and one of a character or two only in quotes.
fn stands_alone(text: &[u8], word: Range<usize>) -> bool {
    let before = word.start.checked_sub(1).map(|at| text[at]);
    let after = text.get(word.end).copied();
    let quoted = before.is_some() && before == after && matches!(before, Some(b'"' | b'\'' | b'`'));
    let whole = before.is_none() && after.is_none();
    if word.len() < QUOTED || quoted || whole {
        return quoted || whole;
    }
    // The `t` of "don't" is none.
    let letter = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(|byte| is_word(*byte))
    };
    let contracted = before == Some(b'\'') && letter(word.start.checked_sub(2));
    let possessive = after == Some(b'\'') && letter(Some(word.end + 1));
    !before.is_some_and(is_word) && !after.is_some_and(is_word) && !contracted && !possessive
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The next place at or after `at` at which the text can be cut.
fn boundary(text: &str, at: usize) -> usize {
    (at..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len())
}

/// The same ranges in order, widened to whole characters; those that touch become one.
fn merged(text: &str, mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in found {
        let start = (0..=range.start)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        let end = boundary(text, range.end);
        match out.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => out.push(start..end),
        }
    }
    out
}

fn replaced<'a>(text: &'a str, found: &[Range<usize>]) -> Cow<'a, str> {
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for range in found {
        out.push_str(&text[last..range.start]);
        out.push_str(MASKED);
        last = range.end;
    }
    out.push_str(&text[last..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;

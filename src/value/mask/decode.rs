//! Readings of a text: its bytes, and what they say once escapes, base64, hexadecimal or numbers are decoded. Every byte
//! of a reading knows where in the text it comes from.

use std::ops::Range;

/// The shortest stretch of text that is taken out of what was decoded.
const SHORTEST: usize = 3;

/// A reading of a text.
pub(super) struct View {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where each comes from.
    at: Vec<(u32, u32)>,
}

/// A reading reduced to what is compared.
pub(super) struct Form {
    /// What is left.
    pub bytes: Vec<u8>,
    /// Which byte of the reading each is.
    pub from: Vec<usize>,
}

impl View {
    /// The text itself.
    pub fn of(text: &str) -> View {
        let at = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        View {
            bytes: text.bytes().collect(),
            at: (0..text.len())
                .map(|index| (at(index), at(index + 1)))
                .collect(),
        }
    }

    fn empty() -> View {
        View {
            bytes: Vec::new(),
            at: Vec::new(),
        }
    }

    /// Where in the text a range of this reading comes from.
    pub fn range(&self, range: Range<usize>) -> Range<usize> {
        match (
            self.at.get(range.start),
            self.at.get(range.end.saturating_sub(1)),
        ) {
            (Some((start, _)), Some((_, end))) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// Adds a byte that bytes `from` of another reading spell.
    fn push(&mut self, byte: u8, of: &View, from: Range<usize>) {
        let range = of.range(from);
        let at = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        self.bytes.push(byte);
        self.at.push((at(range.start), at(range.end)));
    }

    fn push_char(&mut self, c: char, of: &View, from: Range<usize>) {
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            self.push(byte, of, from.clone());
        }
    }

    /// Adds those stretches of decoded bytes that are text: what was not encoded at all hardly ever decodes to any.
    fn take_text(&mut self, of: &View, decoded: &[(u8, Range<usize>)]) {
        let bytes: Vec<u8> = decoded.iter().map(|(byte, _)| *byte).collect();
        let mut start = 0;
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() && !matches!(c, '\0' | '\t' | '\n' | '\r') {
                    self.take_stretch(of, &decoded[start..at]);
                    start = at + c.len_utf8();
                }
                at += c.len_utf8();
            }
            self.take_stretch(of, &decoded[start..at]);
            at += chunk.invalid().len();
            start = at;
        }
    }

    fn take_stretch(&mut self, of: &View, stretch: &[(u8, Range<usize>)]) {
        if stretch.len() < SHORTEST {
            return;
        }
        // A control character, so that what stood in different places is not taken for one word.
        self.push(0x1f, of, stretch[0].1.start..stretch[0].1.end);
        for (byte, from) in stretch {
            self.push(*byte, of, from.clone());
        }
    }
}

/// The letters and digits of ASCII alone, in small letters: what no quoting, escaping or wrapping of signs changes.
pub(super) fn letters(view: &View) -> Form {
    let mut form = Form {
        bytes: Vec::with_capacity(view.bytes.len()),
        from: Vec::with_capacity(view.bytes.len()),
    };
    for (index, byte) in view
        .bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| byte.is_ascii_alphanumeric())
    {
        form.bytes.push(byte.to_ascii_lowercase());
        form.from.push(index);
    }
    form
}

/// All that is printed but white space, in small letters. A plus is a space in a form.
pub(super) fn signs(view: &View) -> Form {
    let mut form = Form {
        bytes: Vec::with_capacity(view.bytes.len()),
        from: Vec::with_capacity(view.bytes.len()),
    };
    let mut index = 0;
    for chunk in view.bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_ascii() {
                if c.is_ascii_graphic() && c != '+' {
                    form.bytes.push(c.to_ascii_lowercase() as u8);
                    form.from.push(index);
                }
                index += 1;
                continue;
            }
            let blank = c.is_whitespace() || c.is_control() || is_invisible(c);
            // By way of capital letters, since there one letter may become two.
            for small in c
                .to_uppercase()
                .flat_map(char::to_lowercase)
                .filter(|_| !blank)
            {
                let mut buffer = [0; 4];
                for byte in small.encode_utf8(&mut buffer).bytes() {
                    form.bytes.push(byte);
                    form.from.push(index);
                }
            }
            index += c.len_utf8();
        }
        for byte in chunk.invalid() {
            form.bytes.push(*byte);
            form.from.push(index);
            index += 1;
        }
    }
    form
}

/// The reading in small letters of ASCII, each byte in its place.
pub(super) fn lowercase(view: &View) -> Vec<u8> {
    view.bytes
        .iter()
        .map(|byte| {
            if *byte == b'+' {
                b' '
            } else {
                byte.to_ascii_lowercase()
            }
        })
        .collect()
}

/// Whether a character changes how its neighbors are drawn without being drawn itself.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Undoes one layer of escapes: of URLs and mail, of JSON, Python, C and shells, of HTML. `None` if there is none.
pub(super) fn unescape(view: &View) -> Option<View> {
    let bytes = &view.bytes;
    if !bytes
        .iter()
        .any(|byte| matches!(byte, b'%' | b'=' | b'\\' | b'&'))
    {
        return None;
    }
    let mut out = View::empty();
    let mut changed = false;
    let mut at = 0;
    while at < bytes.len() {
        let found = match bytes[at] {
            b'%' => percent(&bytes[at..]),
            b'=' => quoted_printable(&bytes[at..]),
            b'\\' => backslash(&bytes[at..]),
            b'&' => entity(&bytes[at..]),
            _ => None,
        };
        match found {
            Some((Spelt::Byte(byte), length)) => out.push(byte, view, at..at + length),
            Some((Spelt::Char(c), length)) => out.push_char(c, view, at..at + length),
            Some((Spelt::Nothing, _)) => {}
            None => out.push(bytes[at], view, at..at + 1),
        }
        changed |= found.is_some();
        at += found.map_or(1, |(_, length)| length);
    }
    changed.then_some(out)
}

/// What an escape stands for.
#[derive(Clone, Copy)]
enum Spelt {
    Byte(u8),
    Char(char),
    Nothing,
}

/// `%41`, `%u0041`.
fn percent(bytes: &[u8]) -> Option<(Spelt, usize)> {
    match bytes.get(1)? {
        b'u' | b'U' => Some((Spelt::Char(char::from_u32(digits(bytes, 2..6, 16)?)?), 6)),
        _ => Some((byte(digits(bytes, 1..3, 16)?)?, 3)),
    }
}

/// `=41`, and a `=` that ends a line.
fn quoted_printable(bytes: &[u8]) -> Option<(Spelt, usize)> {
    match bytes.get(1)? {
        b'\n' => Some((Spelt::Nothing, 2)),
        b'\r' if bytes.get(2) == Some(&b'\n') => Some((Spelt::Nothing, 3)),
        _ => Some((byte(digits(bytes, 1..3, 16)?)?, 3)),
    }
}

/// `\n`, `\"`, `\x41`, `\101`, `\u0041` (a pair of them beyond the first plane), `\u{41}`, `\U00000041`.
fn backslash(bytes: &[u8]) -> Option<(Spelt, usize)> {
    let simple = |c: char| Some((Spelt::Char(c), 2));
    match bytes.get(1)? {
        b'n' => simple('\n'),
        b't' => simple('\t'),
        b'r' => simple('\r'),
        b'a' | b'b' | b'e' | b'f' | b'v' => simple('\u{7}'),
        b'x' => Some((byte(digits(bytes, 2..4, 16)?)?, 4)),
        b'U' => Some((Spelt::Char(char::from_u32(digits(bytes, 2..10, 16)?)?), 10)),
        b'u' if bytes.get(2) == Some(&b'{') => {
            let length = bytes.iter().take(10).position(|byte| *byte == b'}')?;
            Some((
                Spelt::Char(char::from_u32(digits(bytes, 3..length, 16)?)?),
                length + 1,
            ))
        }
        b'u' => {
            let first = digits(bytes, 2..6, 16)?;
            let second = (bytes.get(6..8) == Some(b"\\u"))
                .then(|| digits(bytes, 8..12, 16))
                .flatten();
            match (first, second) {
                (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
                    let c = char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))?;
                    Some((Spelt::Char(c), 12))
                }
                _ => Some((Spelt::Char(char::from_u32(first).unwrap_or('\u{fffd}')), 6)),
            }
        }
        b'0'..=b'7' => {
            let length = bytes[1..]
                .iter()
                .take(3)
                .take_while(|byte| matches!(byte, b'0'..=b'7'))
                .count();
            Some((byte(digits(bytes, 1..1 + length, 8)?)?, 1 + length))
        }
        other if other.is_ascii_punctuation() => Some((Spelt::Byte(*other), 2)),
        _ => None,
    }
}

/// `&#65;`, `&#x41;`, `&amp;`; the semicolon of a number may be missing.
fn entity(bytes: &[u8]) -> Option<(Spelt, usize)> {
    let ends = |length: usize| length + usize::from(bytes.get(length) == Some(&b';'));
    if bytes.get(1) == Some(&b'#') {
        let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
        let (start, radix) = if hex { (3, 16) } else { (2, 10) };
        let count = bytes
            .get(start..)?
            .iter()
            .take(8)
            .take_while(|byte| char::from(**byte).is_digit(radix))
            .count();
        let number = digits(bytes, start..start + count, radix)?;
        return Some((Spelt::Char(char::from_u32(number)?), ends(start + count)));
    }
    let count = bytes[1..]
        .iter()
        .take(12)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    if bytes.get(1 + count) != Some(&b';') {
        return None;
    }
    let name = bytes.get(1..1 + count)?;
    let (_, c) = ENTITIES
        .iter()
        .find(|(known, _)| known.as_bytes() == name)?;
    Some((Spelt::Char(*c), ends(1 + count)))
}

/// The names that HTML has for the signs of ASCII.
const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("AMP", '&'),
    ("lt", '<'),
    ("LT", '<'),
    ("gt", '>'),
    ("GT", '>'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("excl", '!'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("midast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("equals", '='),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("UnderBar", '_'),
    ("grave", '`'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("verbar", '|'),
    ("vert", '|'),
    ("rcub", '}'),
    ("rbrace", '}'),
];

fn digits(bytes: &[u8], range: Range<usize>, radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(bytes.get(range)?).ok()?;
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    u32::from_str_radix(text, radix).ok()
}

fn byte(number: u32) -> Option<Spelt> {
    u8::try_from(number).ok().map(Spelt::Byte)
}

/// What runs of at least `shortest` characters of base64 (of both alphabets) say, as far as that is text: four readings,
/// as a run may begin amid a group. White space within a run is skipped where it may be `broken`.
pub(super) fn base64(view: &View, shortest: usize, broken: bool) -> Vec<View> {
    let value = |at: usize| match view.bytes[at] {
        byte @ b'A'..=b'Z' => Digit::Of(byte - b'A'),
        byte @ b'a'..=b'z' => Digit::Of(byte - b'a' + 26),
        byte @ b'0'..=b'9' => Digit::Of(byte - b'0' + 52),
        b'+' | b'-' => Digit::Of(62),
        b'/' | b'_' => Digit::Of(63),
        byte => blank(byte, broken),
    };
    let mut out: Vec<View> = (0..4).map(|_| View::empty()).collect();
    let mut decoded = Vec::new();
    runs(view.bytes.len(), shortest, &value, &mut |run| {
        for (skipped, out) in out.iter_mut().enumerate() {
            decoded.clear();
            for group in run.get(skipped..).unwrap_or_default().chunks(4) {
                for pair in 0..group.len().saturating_sub(1).min(3) {
                    let ((from, first), (to, second)) = (group[pair], group[pair + 1]);
                    let byte = match pair {
                        0 => first << 2 | second >> 4,
                        1 => first << 4 | second >> 2,
                        _ => first << 6 | second,
                    };
                    decoded.push((byte, from..to + 1));
                }
            }
            out.take_text(view, &decoded);
        }
    });
    out.into_iter()
        .filter(|view| !view.bytes.is_empty())
        .collect()
}

/// What runs of hexadecimal digits say, as far as that is text, in pairs from the first digit on and from the second.
/// Colons, dashes and commas between the pairs are skipped, and so are `0x` and, where it may be `broken`, white space.
pub(super) fn hex(view: &View, shortest: usize, broken: bool) -> Vec<View> {
    let bytes = &view.bytes;
    let is_x = |at: usize| matches!(bytes.get(at), Some(b'x' | b'X'));
    let value = |at: usize| match bytes[at] {
        b'0' if is_x(at + 1) => Digit::Blank,
        b'x' | b'X' if at > 0 && bytes[at - 1] == b'0' => Digit::Blank,
        b':' | b'-' | b',' => Digit::Blank,
        byte @ b'0'..=b'9' => Digit::Of(byte - b'0'),
        byte @ b'a'..=b'f' => Digit::Of(byte - b'a' + 10),
        byte @ b'A'..=b'F' => Digit::Of(byte - b'A' + 10),
        byte => blank(byte, broken),
    };
    let mut out = vec![View::empty(), View::empty()];
    let mut decoded = Vec::new();
    runs(bytes.len(), shortest, &value, &mut |run| {
        for (skipped, out) in out.iter_mut().enumerate() {
            decoded.clear();
            let pairs = run[skipped..].chunks_exact(2);
            decoded
                .extend(pairs.map(|pair| (pair[0].1 << 4 | pair[1].1, pair[0].0..pair[1].0 + 1)));
            out.take_text(view, &decoded);
        }
    });
    out.into_iter()
        .filter(|view| !view.bytes.is_empty())
        .collect()
}

/// What lists of numbers below 256 say, as bytes are written in many languages.
pub(super) fn numbers(view: &View) -> Option<View> {
    let mut out = View::empty();
    let mut decoded = Vec::new();
    let (mut at, mut last) = (0, 0);
    while at < view.bytes.len() {
        let length = view.bytes[at..]
            .iter()
            .take(4)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let number = digits(&view.bytes, at..at + length, 10).filter(|_| (1..=3).contains(&length));
        if let Some(byte) = number.and_then(|number| u8::try_from(number).ok()) {
            if !view.bytes[last..at]
                .iter()
                .all(|byte| byte.is_ascii_whitespace() || *byte == b',')
            {
                out.take_text(view, &decoded);
                decoded.clear();
            }
            decoded.push((byte, at..at + length));
            last = at + length;
        }
        at += length.max(1);
    }
    out.take_text(view, &decoded);
    (!out.bytes.is_empty()).then_some(out)
}

/// What a byte is in a run of digits.
enum Digit {
    /// A digit of this value.
    Of(u8),
    /// Nothing: it is skipped.
    Blank,
    /// The end of the run.
    End,
}

fn blank(byte: u8, broken: bool) -> Digit {
    if broken && (byte.is_ascii_control() || byte == b' ') {
        Digit::Blank
    } else {
        Digit::End
    }
}

/// Takes in one run of digits: each with its place.
type EachRun<'f> = &'f mut dyn FnMut(&[(usize, u8)]);

/// Calls `each` with the places and the values of every run of at least `shortest` digits.
fn runs(length: usize, shortest: usize, value: &dyn Fn(usize) -> Digit, each: EachRun<'_>) {
    let mut run = Vec::new();
    for at in 0..=length {
        match if at < length { value(at) } else { Digit::End } {
            Digit::Of(value) => run.push((at, value)),
            Digit::Blank => {}
            Digit::End => {
                if run.len() >= shortest {
                    each(&run);
                }
                run.clear();
            }
        }
    }
}

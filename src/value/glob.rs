//! Patterns of names as shells have them: `*` for any text, `?` for one character. Knows nothing of what they name.
//!
//! A character is what a reader takes for one: a letter with the accents that follow it as signs of their own. All other
//! signs stand for themselves (`[` as well), and are compared exactly as they are written: case counts, and an accented
//! letter of one sign is not the same as a letter and an accent.

/// Whether a text fits a pattern of `*` and `?`.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern;
    let mut text = text;
    // The pattern behind the last `*`, and the text from where it is tried next.
    let mut back: Option<(&str, &str)> = None;
    loop {
        let (sign, rest) = first(pattern);
        match sign {
            Some('*') => {
                back = Some((rest, text));
                pattern = rest;
                continue;
            }
            Some('?') if !text.is_empty() => {
                (pattern, text) = (rest, after_one(text));
                continue;
            }
            None if text.is_empty() => return true,
            Some(sign) if text.starts_with(sign) => {
                (pattern, text) = (rest, first(text).1);
                continue;
            }
            _ => {}
        }
        match back.filter(|(_, from)| !from.is_empty()) {
            Some((behind, from)) => {
                let from = first(from).1;
                back = Some((behind, from));
                (pattern, text) = (behind, from);
            }
            None => return false,
        }
    }
}

/// The first sign of a text and what follows it.
fn first(text: &str) -> (Option<char>, &str) {
    let mut signs = text.chars();
    (signs.next(), signs.as_str())
}

/// The text behind its first character.
fn after_one(text: &str) -> &str {
    first(text).1.trim_start_matches(is_accent)
}

/// Whether a sign belongs to the letter before it.
fn is_accent(sign: char) -> bool {
    matches!(
        sign,
        '\u{300}'..='\u{36f}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{3099}'
            | '\u{309a}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_mark_is_one_character() {
        for (pattern, text, expected) in [
            ("m?ller", "müller", true),
            ("m?ller", "miller", true),
            ("m?ller", "mu\u{308}ller", true),
            ("m??ller", "müller", false),
            ("m??ller", "mu\u{308}ller", false),
            ("?", "ü", true),
            ("?", "日", true),
            ("??", "日本", true),
            ("?", "日本", false),
            ("?", "\u{1f600}", true),
            ("?", "が", true),
            ("?", "か\u{3099}", true),
            ("?", "", false),
            ("?", "\u{308}", true),
            ("*ü*", "müller", true),
            ("*?", "ü", true),
            ("*??", "ü", false),
            ("ü*", "übung", true),
            ("*ung", "übung", true),
            ("*?r", "müller", true),
            // Written otherwise, it is another name.
            ("müller", "mu\u{308}ller", false),
            ("MÜLLER", "müller", false),
            ("[mü]?ller", "müller", false),
            ("[a]", "[a]", true),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("**a**", "bab", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("a\\*", "a\\b", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern:?} {text:?}");
        }
    }

    /// As a plain search over all ways finds it.
    #[test]
    fn every_short_pattern_fits_what_it_should() {
        fn plainly(pattern: &[char], text: &[char]) -> bool {
            match (pattern.first(), text.first()) {
                (None, None) => true,
                (Some('*'), _) => (0..=text.len()).any(|at| plainly(&pattern[1..], &text[at..])),
                (Some('?'), Some(_)) => plainly(&pattern[1..], &text[1..]),
                (Some(sign), Some(own)) if sign == own => plainly(&pattern[1..], &text[1..]),
                _ => false,
            }
        }
        fn all(signs: &[char], longest: usize) -> Vec<Vec<char>> {
            let mut all = vec![Vec::new()];
            let mut last = all.clone();
            for _ in 0..longest {
                last = last
                    .iter()
                    .flat_map(|text| {
                        signs
                            .iter()
                            .map(move |sign| [text.as_slice(), &[*sign]].concat())
                    })
                    .collect();
                all.extend(last.iter().cloned());
            }
            all
        }
        let texts = all(&['a', 'ü', '日'], 4);
        for pattern in all(&['*', '?', 'a', 'ü'], 4) {
            for text in &texts {
                let (p, t): (String, String) = (pattern.iter().collect(), text.iter().collect());
                assert_eq!(fits(&p, &t), plainly(&pattern, text), "{p:?} {t:?}");
            }
        }
    }

    #[test]
    fn many_stars_cost_little() {
        let text = "ü".repeat(5_000);
        assert!(!fits(&format!("{}x", "*ü".repeat(50)), &text));
        assert!(fits(&"*ü".repeat(50), &text));
    }
}

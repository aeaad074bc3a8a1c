//! Regular expressions of Python (and, as far as they are alike, of Go): what neither can compile.
//!
//! Tolerant: only what is wrong in every dialect is refused, so that nothing is refused that the server takes.

use std::iter::Peekable;
use std::str::Chars;

/// Why an expression cannot be compiled, if it certainly cannot.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut reader = Reader {
        chars: text.chars().peekable(),
        open: 0,
        before: Before::Nothing,
        verbose: false,
    };
    match reader.read() {
        // Where blanks and comments mean nothing, another reading would be needed.
        Err(_) if reader.verbose => Ok(()),
        answer => answer.map_err(str::to_owned),
    }
}

/// What stands before the next sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing that can be repeated.
    Nothing,
    /// Something that can be repeated.
    Item,
    /// A repetition, after which `?` and `+` have a meaning of their own.
    Repeat,
    /// A repetition with such a sign.
    Twice,
}

struct Reader<'t> {
    chars: Peekable<Chars<'t>>,
    open: usize,
    before: Before,
    verbose: bool,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), &'static str> {
        while let Some(sign) = self.chars.next() {
            match sign {
                '\\' => {
                    self.chars
                        .next()
                        .ok_or("a `\\` at its end escapes nothing")?;
                    self.before = Before::Item;
                }
                '[' => self.set()?,
                '(' => self.group()?,
                ')' => {
                    self.open = self.open.checked_sub(1).ok_or("a `)` closes nothing")?;
                    self.before = Before::Item;
                }
                '|' => self.before = Before::Nothing,
                '*' | '+' | '?' => self.repeat(sign)?,
                '{' => self.counted()?,
                _ => self.before = Before::Item,
            }
        }
        if self.open > 0 {
            Err("a `(` is never closed")
        } else {
            Ok(())
        }
    }

    /// The rest of a set of characters.
    fn set(&mut self) -> Result<(), &'static str> {
        if self.chars.peek() == Some(&'^') {
            self.chars.next();
        }
        let mut first = true;
        loop {
            match self.chars.next().ok_or("a `[` is never closed")? {
                ']' if !first => break,
                '\\' => drop(self.chars.next()),
                _ => {}
            }
            first = false;
        }
        self.before = Before::Item;
        Ok(())
    }

    /// What follows a `(`: the head of a group that is more than a group.
    fn group(&mut self) -> Result<(), &'static str> {
        self.open += 1;
        self.before = Before::Nothing;
        if self.chars.peek() != Some(&'?') {
            return Ok(());
        }
        self.chars.next();
        match self.chars.next() {
            Some('#') => {
                let closed = self.chars.by_ref().any(|sign| sign == ')');
                self.open -= 1;
                return if closed {
                    Ok(())
                } else {
                    Err("a `(` is never closed")
                };
            }
            Some('P' | '<') => {
                while self
                    .chars
                    .next_if(|sign| !matches!(sign, '>' | ')' | '=' | '!'))
                    .is_some()
                {}
                // `(?P=name)` refers to a group; all else begins one.
                self.chars.next_if(|sign| *sign != ')');
                while self
                    .chars
                    .next_if(|sign| sign.is_alphanumeric() || *sign == '_')
                    .is_some()
                {}
            }
            Some('(') => drop(self.chars.by_ref().find(|sign| *sign == ')')),
            Some(':' | '=' | '!' | '>') => {}
            Some(sign) if sign.is_ascii_alphabetic() || sign == '-' => {
                self.verbose |= sign == 'x';
                while let Some(flag) = self
                    .chars
                    .next_if(|flag| flag.is_ascii_alphabetic() || *flag == '-')
                {
                    self.verbose |= flag == 'x';
                }
                self.chars.next_if_eq(&':');
            }
            _ => return Err("`(?` does not begin anything known"),
        }
        Ok(())
    }

    fn repeat(&mut self, sign: char) -> Result<(), &'static str> {
        self.before = match (self.before, sign) {
            (Before::Nothing, _) => return Err("a repetition has nothing to repeat"),
            (Before::Item, _) => Before::Repeat,
            (Before::Repeat, '?' | '+') => Before::Twice,
            _ => return Err("two repetitions follow each other"),
        };
        Ok(())
    }

    /// `{2,5}`; anything else in braces stands for itself.
    fn counted(&mut self) -> Result<(), &'static str> {
        let rest = self
            .chars
            .clone()
            .take_while(|sign| *sign != '}')
            .collect::<String>();
        let closed = self.chars.clone().any(|sign| sign == '}');
        let (least, most) = rest
            .split_once(',')
            .map_or((rest.as_str(), None), |(least, most)| (least, Some(most)));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !closed || rest.is_empty() || !digits(least) || !most.is_none_or(digits) {
            self.before = Before::Item;
            return Ok(());
        }
        self.repeat('{')?;
        for _ in 0..=rest.len() {
            self.chars.next();
        }
        match (least.parse::<u64>(), most.map(str::parse::<u64>)) {
            (Ok(least), Some(Ok(most))) if least > most => {
                Err("a repetition has a minimum above its maximum")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_compiles_is_taken() {
        for good in [
            "",
            r"https://a\.example\.org/.*",
            "(a|b)*c+?d?+",
            "[]a]",
            "[^]]*",
            r"[\]]",
            "(?i)a",
            "(?i:a)b",
            "(?:a)(?=b)(?!c)(?<=d)(?<!e)",
            "(?P<name>a)(?P=name)",
            "(?#note)a",
            "(a)(?(1)b|c)",
            "a{2}",
            "a{2,}b{,3}c{2,3}?",
            "a{x}",
            "{",
            "a|",
            "()",
            r"\(",
            "[(]",
            "^*$",
            "(?x) a ( # ) \n)",
            "[[:alpha:]]",
            "(?>a)",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_nobody_compiles_is_refused() {
        for (bad, why) in [
            ("(", "a `(` is never closed"),
            ("https://a.example.org/(", "a `(` is never closed"),
            (")", "a `)` closes nothing"),
            ("a(b))", "a `)` closes nothing"),
            ("[a", "a `[` is never closed"),
            ("[]", "a `[` is never closed"),
            ("*a", "a repetition has nothing to repeat"),
            ("a|*", "a repetition has nothing to repeat"),
            ("(?:*)", "a repetition has nothing to repeat"),
            ("a**", "two repetitions follow each other"),
            ("a{2}{3}", "two repetitions follow each other"),
            ("a{3,2}", "a repetition has a minimum above its maximum"),
            ("a\\", "a `\\` at its end escapes nothing"),
            ("(?", "`(?` does not begin anything known"),
            ("(?#a", "a `(` is never closed"),
        ] {
            assert_eq!(check(bad).unwrap_err(), why, "{bad}");
        }
    }
}

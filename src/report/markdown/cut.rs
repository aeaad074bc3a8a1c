//! Pieces of Markdown that nothing inside can end, and cutting that always cuts the same.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::Fold;

/// The longest line that is shown whole, in bytes.
const LONG: usize = 2_000;

/// How much room is left for folded parts.
pub(super) struct Room {
    left: usize,
    cut: Vec<String>,
}

impl Room {
    pub(super) fn of(left: usize) -> Room {
        Room {
            left,
            cut: Vec::new(),
        }
    }

    /// A folded part: whole, else in short, else as many of its short lines as there is room for.
    pub(super) fn fold(&mut self, fold: &Fold) -> String {
        let whole = folded(&fold.title, &lines(&fold.long, usize::MAX));
        if whole.len() <= self.left {
            self.left -= whole.len();
            return whole;
        }
        self.cut.push(fold.title.clone());
        // What stands around the lines takes room, too.
        let around = folded(&fold.title, "").len() + 100;
        let room = self.left.saturating_sub(around);
        let text = lines(&fold.short, room);
        let short = folded(&fold.title, &text);
        if room < 200 || short.len() > self.left {
            return String::new();
        }
        self.left -= short.len();
        short
    }

    /// Whether something did not fit.
    pub(super) fn is_cut(&self) -> bool {
        !self.cut.is_empty()
    }

    /// Says what did not fit, and where the whole is.
    pub(super) fn note(&self, link: Option<&str>) -> String {
        let mut named: Vec<&str> = self.cut.iter().take(8).map(String::as_str).collect();
        let more = format!("{} more kinds", self.cut.len().saturating_sub(named.len()));
        if self.cut.len() > named.len() {
            named.push(&more);
        }
        let place = match link {
            Some(link) => format!("The full output is here: <{}>", url(link)),
            None => "The full output is in the other artifacts of this run.".to_owned(),
        };
        format!(
            "**Shortened**, because comments have a limit ({}). {place}\n\n",
            named.join("; ")
        )
    }
}

fn folded(title: &str, text: &str) -> String {
    format!(
        "<details>\n<summary>{title}</summary>\n\n{}\n</details>\n\n",
        fence("diff", text)
    )
}

/// A block whose end is longer than any row of backticks inside.
pub(super) fn fence(kind: &str, text: &str) -> String {
    let ticks = "`".repeat(longest(text).max(2) + 1);
    format!("{ticks}{kind}\n{}\n{ticks}\n", text.trim_end())
}

/// A code span whose ends are longer than any row of backticks inside, on one line.
pub(super) fn code(text: &str) -> String {
    let text = super::super::safe::cell(text).replace('\t', " ");
    let ticks = "`".repeat(longest(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// The longest row of backticks.
fn longest(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Text in HTML.
pub(super) fn html(text: &str) -> String {
    let mut out = String::new();
    for c in super::super::safe::harmless(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // None of these may become markup, a mention or a reference to an issue.
            '\'' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '@' | '|' | '\\' | '~' | '!'
            | '$' | ':' => {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// What would end an address in Markdown, or is none of an address.
const ENDS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'(')
    .add(b')')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// An address of the web that cannot end where it stands.
pub(super) fn url(text: &str) -> String {
    utf8_percent_encode(text, ENDS).to_string()
}

/// As many lines as there is room for, then how many there are besides. Very long lines are cut by themselves.
pub(super) fn lines(text: &str, room: usize) -> String {
    let all: Vec<&str> = text.trim_end().lines().collect();
    let mut out = String::new();
    for (i, line) in all.iter().enumerate() {
        let end = (0..=LONG.min(line.len()))
            .rev()
            .find(|at| line.is_char_boundary(*at))
            .unwrap_or(0);
        let (line, dots) = if end < line.len() {
            (&line[..end], " [...]")
        } else {
            (*line, "")
        };
        if out.len() + line.len() + dots.len() + 40 > room {
            out.push_str(&format!("... and {} more lines\n", all.len() - i));
            break;
        }
        out.push_str(line);
        out.push_str(dots);
        out.push('\n');
    }
    out
}

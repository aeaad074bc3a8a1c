//! A page of text that is written line by line, in colors or without.
//!
//! Must never print a text that has not been made harmless, and never look at a terminal: the caller says the width.

use std::fmt::Write;

use anstyle::{AnsiColor, Style as Colors};
use unicode_width::UnicodeWidthStr;

use super::safe;

/// How many columns of a terminal a text takes: a wide character takes two, one that is drawn over another none.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// A text with spaces behind it, as many columns wide as it must be.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// The role of a piece of text, which gives its color.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    /// Is added.
    Add,
    /// Is changed.
    Change,
    /// Is renamed.
    Rename,
    /// Is removed.
    Remove,
    /// Is adopted as it is.
    Adopt,
    /// Is forgotten and stays on the server.
    Forget,
    /// Is context around a change.
    Context,
    /// Explains.
    Comment,
    /// Must not be overlooked.
    Alarm,
    /// Where something is declared.
    Place,
    /// A heading.
    Strong,
}

impl Tone {
    /// The character that stands for it in front of a line.
    pub(super) fn symbol(self) -> char {
        match self {
            Tone::Add => '+',
            Tone::Change => '~',
            Tone::Rename => '>',
            Tone::Remove => '-',
            Tone::Adopt => '=',
            Tone::Forget => '.',
            Tone::Comment => '#',
            Tone::Alarm => '!',
            Tone::Context | Tone::Place | Tone::Strong => ' ',
        }
    }

    fn colors(self) -> Colors {
        match self {
            Tone::Add => AnsiColor::Green.on_default(),
            Tone::Change => AnsiColor::Yellow.on_default(),
            Tone::Rename | Tone::Adopt | Tone::Forget => AnsiColor::Cyan.on_default(),
            Tone::Remove => AnsiColor::Red.on_default(),
            Tone::Context => Colors::new(),
            Tone::Comment | Tone::Place => Colors::new().dimmed(),
            Tone::Alarm => AnsiColor::Red.on_default().bold(),
            Tone::Strong => Colors::new().bold(),
        }
    }
}

/// Below it sentences and headings are folded. Nobody reads a log on so few columns, so that lines which programs look
/// through stay whole.
const NARROW: usize = 80;

/// The page so far.
pub(super) struct Page {
    out: String,
    color: bool,
    width: usize,
    /// Symbols stand at the very left, where a block of the language `diff` wants them.
    diff: bool,
}

impl Page {
    /// An empty page; a width of 0 is one of 80 characters.
    pub(super) fn new(color: bool, width: usize) -> Page {
        Page {
            out: String::new(),
            color,
            width: if width == 0 { 80 } else { width },
            diff: false,
        }
    }

    /// An empty page whose symbols stand at the very left, and are those that a block of the language `diff` colors.
    pub(super) fn diff(width: usize) -> Page {
        Page {
            diff: true,
            ..Page::new(false, width)
        }
    }

    /// All that was written.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An empty line, unless the page is empty or ends with one.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A line of plain text.
    pub(super) fn plain(&mut self, text: &str) {
        if self.diff {
            self.out.push(' ');
        }
        let text = self.folded(0, 0, text);
        self.out.push_str(&text);
        self.out.push('\n');
    }

    /// A text made harmless, folded between words if it does not fit behind `used` columns; what follows is indented.
    fn folded(&self, used: usize, indent: usize, text: &str) -> String {
        let text = safe::line(text);
        if self.width >= NARROW || used + columns(&text) <= self.width {
            return text;
        }
        let mut out = String::new();
        let mut at = used;
        for (i, word) in text.split(' ').enumerate() {
            let long = columns(word);
            // A word that fits on no line stays where it is.
            if i > 0 && at + 1 + long > self.width && at > indent + 4 {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent + 4));
                at = indent + 4;
            } else if i > 0 {
                out.push(' ');
                at += 1;
            }
            out.push_str(word);
            at += long;
        }
        out
    }

    /// A line without symbol.
    pub(super) fn toned(&mut self, indent: usize, tone: Tone, text: &str) {
        let indent = indent + usize::from(self.diff);
        self.pad(indent);
        let text = self.folded(indent, indent, text);
        self.paint(tone, &text);
        self.out.push('\n');
    }

    /// A line behind its symbol: the symbol is colored, the text is not.
    pub(super) fn line(&mut self, indent: usize, tone: Tone, text: &str) {
        if tone == Tone::Context && text.is_empty() {
            self.out.push('\n');
            return;
        }
        self.mark(indent, tone);
        if !text.is_empty() {
            self.out.push(' ');
            self.out.push_str(&safe::line(text));
        }
        self.out.push('\n');
    }

    /// A line behind its symbol, colored as a whole.
    pub(super) fn bright(&mut self, indent: usize, tone: Tone, text: &str) {
        if self.diff {
            self.mark(indent, tone);
            self.out.push(' ');
            self.out.push_str(&safe::line(text));
            self.out.push('\n');
            return;
        }
        self.pad(indent);
        let text = self.folded(indent + 2, indent, text);
        self.paint(tone, &format!("{} {text}", tone.symbol()));
        self.out.push('\n');
    }

    /// A remark: `# (…)`.
    pub(super) fn remark(&mut self, indent: usize, text: &str) {
        self.bright(indent, Tone::Comment, &format!("({text})"));
    }

    /// A heading behind its symbol, with a place at the right edge; on a line of its own if it does not fit.
    pub(super) fn headed(&mut self, indent: usize, tone: Tone, text: &str, place: Option<&str>) {
        let text = self.folded(indent + 2, indent, text);
        self.mark(indent, tone);
        self.out.push(' ');
        self.paint(Tone::Strong, &text);
        if let Some(place) = place {
            let place = safe::line(place);
            let long = columns(&place);
            let used = match text.rsplit_once('\n') {
                Some((_, last)) => columns(last),
                None => indent + 2 + columns(&text),
            };
            match self
                .width
                .checked_sub(used + long)
                .filter(|space| *space >= 2)
            {
                Some(space) => self.pad(space),
                None => {
                    self.out.push('\n');
                    self.pad(self.width.saturating_sub(long).max(indent + 4));
                }
            }
            self.paint(Tone::Place, &place);
        }
        self.out.push('\n');
    }

    fn mark(&mut self, indent: usize, tone: Tone) {
        if self.diff {
            self.out.push(match tone.symbol() {
                '~' | '>' => '!',
                '=' | '.' => ' ',
                symbol => symbol,
            });
            return self.pad(indent);
        }
        self.pad(indent);
        let mut symbol = [0; 4];
        self.paint(tone, tone.symbol().encode_utf8(&mut symbol));
    }

    fn pad(&mut self, count: usize) {
        self.out.extend(std::iter::repeat_n(' ', count));
    }

    /// A text that is harmless already.
    fn paint(&mut self, tone: Tone, text: &str) {
        if self.color && tone != Tone::Context {
            let colors = tone.colors();
            // Writing to a String cannot fail.
            let _ = write!(self.out, "{colors}{text}{colors:#}");
        } else {
            self.out.push_str(text);
        }
    }
}

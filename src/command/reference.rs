//! `akrec kinds`, `explain`, `completions`, `man`: what akrec knows about itself.

use super::{Screen, exit};
use crate::cli;
use crate::diag::{CODES, nearest};
use crate::kinds::KINDS;
use crate::report::reference;

/// Lists the kinds.
pub(super) fn kinds(screen: &Screen) -> u8 {
    screen.out(&reference::kinds(&KINDS));
    exit::OK
}

/// Explains a code or a kind.
pub(super) fn explain(flags: &cli::Explain, screen: &Screen) -> u8 {
    let topic = flags.topic.trim();
    if let Some((code, text)) = CODES.iter().find(|(code, _)| code.as_str().eq_ignore_ascii_case(topic)) {
        screen.out(&format!("{code}\n\n{text}\n"));
        return exit::OK;
    }
    let found: Vec<_> = KINDS
        .iter()
        .copied()
        .filter(|kind| kind.name == topic || kind.title() == topic || kind.section == topic)
        .collect();
    if found.is_empty() {
        let known: Vec<&str> =
            KINDS.iter().map(|kind| kind.name).chain(CODES.iter().map(|(code, _)| code.as_str())).collect();
        let hint = nearest(topic, known).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        screen.err(&format!("error: there is no code and no kind {topic:?}{hint}\n"));
        return exit::INVALID;
    }
    let texts: Vec<String> = found.into_iter().map(reference::kind).collect();
    screen.out(&texts.join("\n"));
    exit::OK
}

/// Prints a completion script.
pub(super) fn completions(flags: cli::Completions, screen: &Screen) -> u8 {
    screen.out(&cli::completions(flags.shell));
    exit::OK
}

/// Prints the manual page, or writes all of them into a directory.
pub(super) fn manual(flags: &cli::Man, screen: &Screen) -> u8 {
    let pages = match cli::manual() {
        Ok(pages) => pages,
        Err(error) => {
            screen.err(&format!("error: the manual cannot be made: {error}\n"));
            return exit::ERROR;
        }
    };
    let Some(dir) = &flags.dir else {
        screen.out(pages.first().map_or("", |(_, text)| text));
        return exit::OK;
    };
    for (name, text) in pages {
        let path = dir.join(name);
        let made = std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&path, text));
        if let Err(error) = made {
            screen.err(&format!("error: {} cannot be written: {error}\n", path.display()));
            return exit::ERROR;
        }
        screen.out(&format!("wrote {}\n", path.display()));
    }
    exit::OK
}

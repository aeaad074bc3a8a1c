//! Invitations as text and JSON. A list never has their links; only a new one has its own.

use secrecy::{ExposeSecret, SecretString};

use super::page::{columns, padded};
use super::safe::harmless;
use crate::signin::Invitation;
use crate::wire::invite;

/// A new invitation.
pub struct Made<'a> {
    /// Its name.
    pub name: &'a str,
    /// The flow.
    pub flow: &'a str,
    /// When it ends.
    pub expires: jiff::Timestamp,
    /// It works once.
    pub single_use: bool,
    /// The link, which lets in whoever has it.
    pub link: SecretString,
}

impl Made<'_> {
    /// The sentence about it, without the link.
    pub fn summary(&self) -> String {
        let once = if self.single_use { ", once" } else { "" };
        let name = harmless(self.name);
        format!(
            "Invitation {name} to the flow {} is valid until {}{once}.",
            harmless(self.flow),
            self.expires
        )
    }

    /// The link, on a line.
    pub fn text(&self) -> SecretString {
        format!("{}\n", self.link.expose_secret()).into()
    }

    /// The document, the link in it.
    pub fn document(&self) -> invite::Created {
        invite::Created {
            name: self.name.to_owned(),
            flow: self.flow.to_owned(),
            expires: self.expires.to_string(),
            single_use: self.single_use,
            link: self.link.expose_secret().to_owned(),
        }
    }
}

/// A table of all. What ended before `now` is marked: authentik removes it some time later.
pub fn text(all: &[Invitation], now: jiff::Timestamp) -> String {
    if all.is_empty() {
        return "There are no invitations.\n".to_owned();
    }
    let mut rows = vec![["NAME", "FLOW", "ENDS", "USES", "GROUP", "BY"].map(str::to_owned)];
    for it in all {
        let ends = match it.expires {
            Some(at) if at <= now => format!("{at} (ended)"),
            Some(at) => at.to_string(),
            None => "never".to_owned(),
        };
        let uses = if it.single_use { "once" } else { "many" };
        let plain = |text: Option<&str>| {
            text.map_or_else(|| "-".to_owned(), |text| harmless(text).into_owned())
        };
        rows.push([
            plain(Some(&it.name)),
            plain(it.flow.as_deref()),
            ends,
            uses.to_owned(),
            plain(it.group.as_deref()),
            plain(Some(&it.by)),
        ]);
    }
    let width = |column: usize| {
        rows.iter()
            .map(|row| columns(&row[column]))
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &[String; 6]| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| padded(cell, *width))
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// The document about all.
pub fn document(all: &[Invitation]) -> invite::All {
    let one = |it: &Invitation| invite::Invitation {
        name: it.name.clone(),
        flow: it.flow.clone(),
        expires: it.expires.map(|at| at.to_string()),
        single_use: it.single_use,
        group: it.group.clone(),
        data: it.data.clone(),
        created_by: it.by.clone(),
    };
    invite::All {
        invitations: all.iter().map(one).collect(),
    }
}

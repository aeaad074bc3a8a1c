//! The file that a world is kept in: the whole world as one JSON value, and after it one line for every write since.
//!
//! A write costs as much as it changes, however large the world is. The file is written again as one JSON value when the
//! lines are as long as the world, and when the sandbox stops. A line that a kill cut off was never answered, so reading
//! skips it.
//! Must never answer requests.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Error;
use super::ids::Seed;
use super::log::Log;
use super::types::{Serial, Values};
use super::world::{Object, World};
use crate::files::{Place, Readers};

/// Lines may take this many bytes whatever the size of the world.
const LINES: u64 = 1 << 20;

/// A whole world.
#[derive(Serialize, Deserialize)]
struct Whole {
    release: String,
    seed: Seed,
    sequences: BTreeMap<String, i64>,
    #[serde(default)]
    log: Log,
    objects: Vec<Kept>,
}

/// An object of a whole world.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(rename = "in")]
    base: String,
    /// Its number; files of earlier versions have none, and count from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    serial: Option<Serial>,
    values: Values,
}

/// What one write changes.
#[derive(Serialize, Deserialize)]
struct Line {
    seed: Seed,
    sequences: BTreeMap<String, i64>,
    log_seed: Seed,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    set: Vec<(Serial, String, Values)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gone: Vec<Serial>,
}

/// The release of the world in a file; `None` where there is no such file or no world in it, which is reported when it is
/// read.
pub(super) fn release(path: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Whole {
        release: String,
    }
    let bytes = std::fs::read(path).ok()?;
    let first = serde_json::Deserializer::from_slice(&bytes)
        .into_iter::<Whole>()
        .next()?;
    first.ok().map(|whole| whole.release)
}

/// Fills an empty world from a file, and gives the release that it is of. Refuses what is no regular file and what holds no
/// world; skips a last line that is incomplete.
pub(super) fn read(path: &Path, world: &mut World) -> Result<String, Error> {
    let failed = |error| Error::Data {
        path: path.to_owned(),
        error,
    };
    let wrong = |error| Error::Content {
        path: path.to_owned(),
        error,
    };
    // A pipe would be waited for, and a device may have no end.
    if !std::fs::metadata(path).is_ok_and(|found| found.is_file()) {
        return Err(failed(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "it is not a regular file",
        )));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let mut first = serde_json::Deserializer::from_slice(&bytes).into_iter::<Whole>();
    let whole = first
        .next()
        .unwrap_or_else(|| serde_json::from_slice(&bytes))
        .map_err(wrong)?;
    let lines = bytes.get(first.byte_offset()..).unwrap_or_default();
    let mut objects: BTreeMap<Serial, Object> = BTreeMap::new();
    let mut sequences = whole.sequences;
    (world.seed, world.log) = (whole.seed, whole.log);
    for (number, object) in whole.objects.into_iter().enumerate() {
        let serial = object.serial.unwrap_or(number as Serial + 1);
        objects.insert(
            serial,
            Object {
                base: object.base,
                values: object.values,
            },
        );
    }
    for line in serde_json::Deserializer::from_slice(lines).into_iter::<Line>() {
        let line = match line {
            Ok(line) => line,
            Err(error) if error.is_eof() => break,
            Err(error) => return Err(wrong(error)),
        };
        world.seed = line.seed;
        world.log.go_on(line.log_seed, line.events);
        sequences = line.sequences;
        objects.extend(
            line.set
                .into_iter()
                .map(|(serial, base, values)| (serial, Object { base, values })),
        );
        line.gone
            .iter()
            .for_each(|serial| drop(objects.remove(serial)));
    }
    world.fill(objects);
    world.raise_sequences(sequences);
    Ok(whole.release)
}

/// The file of a world, and how far it is written.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    /// What was written last, while nobody else has written there.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// How long the whole world is.
    whole: u64,
    /// How long the file is.
    length: u64,
}

impl Store {
    /// A store that writes at this path; nothing is written yet.
    pub fn at(path: PathBuf) -> Store {
        Store { path, open: None }
    }

    /// Writes what changed since the last time; on an error the file is as it was.
    pub fn save(&mut self, world: &mut World) -> Result<(), Error> {
        match self
            .open
            .take()
            .filter(|open| open.is_current(&self.path) && open.has_room())
        {
            Some(mut open) => {
                let line = line(world).map_err(|error| Error::Content {
                    path: self.path.clone(),
                    error,
                })?;
                open.add(&line).map_err(|error| Error::Data {
                    path: self.path.clone(),
                    error,
                })?;
                self.open = Some(open);
            }
            None => self.open = Some(self.write_whole(world)?),
        }
        world.saved();
        Ok(())
    }

    /// Makes the file one JSON value. Nothing is lost where that fails: the lines stay.
    pub fn fold(&mut self, world: &World) {
        let lines = self
            .open
            .take_if(|open| open.is_current(&self.path) && open.length > open.whole);
        if lines.is_some() {
            self.open = self.write_whole(world).ok();
        }
    }

    /// Writes the world in place of its file, so that a crash leaves the old one whole.
    fn write_whole(&self, world: &World) -> Result<Open, Error> {
        let failed = |error: crate::files::Error| Error::Data {
            path: self.path.clone(),
            error: error.into(),
        };
        let object = |(serial, object): (Serial, &Object)| Kept {
            base: object.base.clone(),
            serial: Some(serial),
            values: object.values.clone(),
        };
        let whole = Whole {
            release: world.facts.release.clone(),
            seed: world.seed.clone(),
            sequences: world.sequences(),
            log: world.log.clone(),
            objects: world.all().map(object).collect(),
        };
        let mut text = serde_json::to_string(&whole).map_err(|error| Error::Content {
            path: self.path.clone(),
            error,
        })?;
        text.push('\n');
        let place = Place::find(&self.path).map_err(failed)?;
        // It holds secrets, if only those of a rehearsal: nobody else may read it.
        place
            .replace(text.as_bytes(), Readers::Owner)
            .map_err(failed)?;
        let file = place.append().map_err(failed)?;
        let length = text.len() as u64;
        Ok(Open {
            file,
            whole: length,
            length,
        })
    }
}

impl Open {
    /// Whether the path still names this file, as long as it was left.
    fn is_current(&self, path: &Path) -> bool {
        let here = self.file.metadata();
        let there = std::fs::symlink_metadata(path);
        matches!((here, there), (Ok(here), Ok(there)) if here.len() == self.length && is_same(&here, &there))
    }

    /// Whether the lines are shorter than the world.
    fn has_room(&self) -> bool {
        self.length - self.whole < self.whole.max(LINES)
    }

    fn add(&mut self, line: &str) -> std::io::Result<()> {
        let written = self.file.write_all(line.as_bytes());
        if let Err(error) = written {
            // What of it was written is half a line. If it cannot be taken back, reading leaves it out.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.len() == other.len()
}

/// What changed since the last time, as a line.
fn line(world: &World) -> Result<String, serde_json::Error> {
    let (mut set, mut gone) = (Vec::new(), Vec::new());
    for serial in world.unsaved() {
        match world.get(serial) {
            Some(object) => set.push((serial, object.base.clone(), object.values.clone())),
            None => gone.push(serial),
        }
    }
    let (log_seed, events) = world.log.unsaved();
    let line = Line {
        seed: world.seed.clone(),
        sequences: world.sequences(),
        log_seed,
        events,
        set,
        gone,
    };
    Ok(serde_json::to_string(&line)? + "\n")
}

//! Files that the server keeps and shows (`/admin/file/`): one bare list, a form to add to it, a name to delete by.
//! Must never look into a file: its size and its hash are all that is kept.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::checks::file_name;
use super::types::{Call, Reply, Values, field_error, last};
use super::world::World;

/// The largest file (admin/files/api.py).
const MOST: usize = 25 * 1024 * 1024;
/// Some of the files that every install brings; they are listed unless only manageable ones are asked for.
const STATIC: [&str; 2] = [
    "/static/authentik/sources/github.svg",
    "/static/dist/assets/icons/icon.png",
];
/// Fields that show a file, by collection.
const SHOWN_IN: [&str; 6] = [
    "background",
    "branding_default_flow_background",
    "branding_favicon",
    "branding_logo",
    "icon",
    "meta_icon",
];

/// Answers a request to the collection or to what is below it.
pub(super) fn answer(world: &mut World, base: &str, call: &Call) -> Reply {
    let below = &call.path[base.len()..];
    match (call.method.as_str(), below) {
        ("GET", "used_by/") => used_by(world, call),
        (_, "used_by/") => not_allowed(call),
        ("GET", "") => list(world, base, call),
        ("POST", "") => add(world, base, call),
        ("DELETE", "") => remove(world, base, call),
        (_, "") => not_allowed(call),
        _ => Reply::detail(404, "Not found."),
    }
}

/// A form with the texts of a JSON object, its `file` being the file: what a request made inside the process sends.
pub(super) fn form(body: &Value) -> (String, Vec<u8>) {
    let mut out = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        let file = if name == "file" {
            "; filename=\"file\""
        } else {
            ""
        };
        let text = value.as_str().unwrap_or_default();
        out.extend_from_slice(
            format!("--sandbox\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{text}\r\n").as_bytes(),
        );
    }
    out.extend_from_slice(b"--sandbox--\r\n");
    ("multipart/form-data; boundary=sandbox".to_owned(), out)
}

/// What the journal keeps of a form: its texts, and of a file how large it is; `None` for what is no form.
pub(super) fn told(kind: &str, body: &[u8]) -> Option<Value> {
    let parts = parts(kind, body)?;
    let told = parts.iter().map(|part| {
        let value = match part.file {
            true => format!("({} bytes)", part.bytes.len()),
            false => String::from_utf8_lossy(part.bytes).into_owned(),
        };
        (part.name.to_owned(), Value::from(value))
    });
    Some(Value::Object(told.collect()))
}

fn not_allowed(call: &Call) -> Reply {
    Reply::detail(405, &format!("Method \"{}\" not allowed.", call.method))
}

/// Refuses a usage that the server does not have.
fn usage(given: Option<&str>) -> Result<(), Reply> {
    match given {
        None | Some("media") => Ok(()),
        Some(other) => Err(invalid(
            "usage",
            &format!("\"{other}\" is not a valid choice."),
        )),
    }
}

fn invalid(field: &str, text: &str) -> Reply {
    Reply::new(400, Value::Object(field_error(field, text)))
}

fn list(world: &World, base: &str, call: &Call) -> Reply {
    if let Err(reply) = usage(last(&call.query, "usage")) {
        return reply;
    }
    let own: Vec<String> = world
        .members(base)
        .filter_map(|file| world.value(file, "name").as_str().map(str::to_owned))
        .collect();
    let all = match last(&call.query, "manageable_only") {
        Some("true" | "True" | "1") => own,
        _ => own.into_iter().chain(STATIC.map(str::to_owned)).collect(),
    };
    // What is searched for is compared as it is sent, with names in small letters.
    let search = last(&call.query, "search").unwrap_or_default();
    let rows = all
        .iter()
        .filter(|name| name.to_lowercase().contains(search));
    let rows = rows.map(|name| {
        let url = if name.starts_with('/') {
            name.clone()
        } else {
            format!("/files/media/public/{name}")
        };
        json!({ "name": name, "mime_type": mime(name), "url": url, "themed_urls": null })
    });
    Reply::new(200, rows.collect())
}

/// What Python's `mimetypes` makes of a name.
fn mime(name: &str) -> &'static str {
    match name
        .rsplit_once('.')
        .map(|(_, end)| end.to_lowercase())
        .as_deref()
    {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("svg") => "image/svg+xml",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("ico") => "image/vnd.microsoft.icon",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
}

fn add(world: &mut World, base: &str, call: &Call) -> Reply {
    let Some(parts) = parts(&call.kind, &call.body) else {
        let kind = call.kind.split(';').next().unwrap_or_default();
        return Reply::detail(
            415,
            &format!("Unsupported media type \"{kind}\" in request."),
        );
    };
    let text = |name: &str| {
        let part = parts.iter().find(|part| part.name == name && !part.file)?;
        Some(String::from_utf8_lossy(part.bytes).into_owned())
    };
    let Some(file) = parts.iter().find(|part| part.name == "file" && part.file) else {
        return invalid("file", "No file was submitted.");
    };
    if file.bytes.is_empty() {
        return invalid("file", "The submitted file is empty.");
    }
    if file.bytes.len() > MOST {
        let text = format!(
            "File size ({}B) exceeds maximum allowed size ({MOST}B).",
            file.bytes.len()
        );
        return invalid("file", &text);
    }
    if let Some(other) = text("usage").filter(|usage| usage != "media") {
        return Reply::new(
            400,
            json!([format!("Invalid usage parameter provided: {other}")]),
        );
    }
    let name = text("name")
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| file.given.to_owned());
    if let Err(why) = named(&name) {
        return Reply::new(400, json!([why]));
    }
    if world.find(base, &name).is_some() {
        return invalid("name", "A file with this name already exists.");
    }
    let hash: String = Sha256::digest(file.bytes)
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut values = Values::new();
    values.insert("name".into(), name.into());
    values.insert("usage".into(), "media".into());
    values.insert(
        "file".into(),
        format!("{} bytes, SHA-256 {hash}…", file.bytes.len()).into(),
    );
    world.seed.tick();
    world.insert(base, values);
    Reply::empty(200)
}

/// Deleting what is not there is no error.
fn remove(world: &mut World, base: &str, call: &Call) -> Reply {
    let Some(name) = last(&call.query, "name") else {
        return invalid("name", "This field is required.");
    };
    if let Err(reply) = usage(last(&call.query, "usage")) {
        return reply;
    }
    if let Err(why) = named(name) {
        return Reply::new(400, json!([why]));
    }
    if let Some(file) = world.find(base, name) {
        world.seed.tick();
        world.remove(file);
    }
    Reply::empty(200)
}

/// Why the server refuses a name (admin/files/validation.py).
fn named(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("File name cannot be empty");
    }
    if let Some(why) = file_name(name) {
        return Err(why);
    }
    if name.len() > 1024 {
        return Err("File name too long (max 1024 characters)");
    }
    match name.split('/').any(|part| part.len() > 255) {
        true => Err("Path component too long (max 255 characters)"),
        false => Ok(()),
    }
}

fn used_by(world: &World, call: &Call) -> Reply {
    let Some(name) = last(&call.query, "name") else {
        return invalid("name", "This field is required.");
    };
    let shows = |values: &Map<String, Value>| {
        SHOWN_IN
            .iter()
            .any(|field| values.get(*field).is_some_and(|it| it == name))
    };
    let users = world
        .all()
        .filter(|(_, object)| shows(&object.values))
        .filter_map(|(serial, _)| {
            let (app, model) = world.collection_of(serial)?.label.split_once('.')?;
            Some(json!({
                "app": app, "model_name": model, "pk": super::world::key_text(world, serial),
                "name": super::titles::title(world, serial), "action": "left_dangling",
            }))
        });
    Reply::new(200, users.collect())
}

/// One part of a form.
struct Part<'a> {
    name: &'a str,
    /// The name of the file.
    given: &'a str,
    file: bool,
    bytes: &'a [u8],
}

/// The parts of a form; `None` for what is no form, or one that ends too early.
fn parts<'a>(kind: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let boundary = kind
        .strip_prefix("multipart/form-data")?
        .split_once("boundary=")?
        .1
        .trim_matches('"');
    let (first, next) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
    let mut rest = body.strip_prefix(first.as_bytes())?;
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let head = find(part, b"\r\n\r\n")?;
        let end = head + 4 + find(part.get(head + 4..)?, next.as_bytes())?;
        let text = std::str::from_utf8(part.get(..head)?).ok()?;
        let disposition = text.lines().find(|line| {
            line.to_ascii_lowercase()
                .starts_with("content-disposition:")
        })?;
        let word = |name: &str| {
            disposition
                .split_once(&format!("; {name}=\""))?
                .1
                .split('"')
                .next()
        };
        parts.push(Part {
            name: word("name")?,
            given: word("filename").unwrap_or_default(),
            file: word("filename").is_some(),
            bytes: part.get(head + 4..end)?,
        });
        rest = part.get(end + next.len()..)?;
    }
    rest.starts_with(b"--").then_some(parts)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

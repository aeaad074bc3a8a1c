//! A node and a field give a value: types as people expect them, every refusal at its place.
//!
//! Nothing here knows a kind by name or reads a file; a value that a tag brought in is never put into a message.

mod files;
mod grants;
mod json;
mod names;
mod spelling;

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Node, NodeKind, Origin, Scalar, Style};
use super::object::{RefUse, Settings, What};
use crate::diag::{Code, Diagnostic, Span, nearest};
use crate::schema::{self, Class, Field, Release, Shape};
use crate::value::{Duration, Float, Json, Secret, Value};
pub(super) use spelling::{a, gate};
use spelling::{date, duration_hint, expected, instant, look_alike, whole};

/// What reading values needs to know and what it finds.
pub(super) struct Reader<'a> {
    /// The release of the server, if it is known.
    pub release: Option<Release>,
    /// Unknown words of enumerations are warnings.
    pub allow_unknown: bool,
    /// Today, for grants that end.
    pub today: jiff::civil::Date,
    /// Every problem found.
    pub diagnostics: &'a mut Vec<Diagnostic>,
    /// Every place at which a secret stands in a file.
    pub secrets: &'a mut Vec<Span>,
    /// Items of the current field that end: what, its last day, and where that is said.
    pub ending: Vec<(Value, jiff::civil::Date, Span)>,
    /// Every reference found in the current field.
    pub refs: Vec<RefUse>,
    /// Whether `!env` brought in a part of the current field, so that it must not be shown. References are names, and
    /// names are shown.
    pub sensitive: bool,
}

impl<'a> Reader<'a> {
    /// A reader for one field, with the places for what it finds.
    pub fn new(settings: &Settings, diagnostics: &'a mut Vec<Diagnostic>, secrets: &'a mut Vec<Span>) -> Reader<'a> {
        Reader {
            release: settings.release,
            allow_unknown: settings.allow_unknown,
            today: settings.today,
            diagnostics,
            secrets,
            ending: Vec::new(),
            refs: Vec::new(),
            sensitive: false,
        }
    }
}

impl Reader<'_> {
    fn refuse<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.diagnostics.push(diagnostic);
        None
    }

    /// A single value that is no number; the usual causes are quotes and a fraction.
    fn no_number<T>(&mut self, field: &Field, node: &Node, plain: bool, expected: &str) -> Option<T> {
        let diagnostic = Diagnostic::error(Code::WRONG_TYPE, format!("{} takes {expected}", field.word));
        self.refuse(match plain {
            true if node.scalar().is_some_and(|scalar| leads_with_zero(&scalar.text)) => {
                diagnostic.at(node.span, "a leading zero, which means different things to different readers")
            }
            true => diagnostic.at(node.span, format!("not {expected}")),
            false => diagnostic.at(node.span, "this is a text").help("write it without quotes"),
        })
    }

    /// A tag that means nothing where it stands. One that could not be filled in has been told already.
    fn idle_tag<T>(&mut self, field: &Field, node: &Node, tag: &str) -> Option<T> {
        if is_told(tag) {
            return None;
        }
        let message = format!("!{tag} means nothing for {}", field.word);
        self.refuse(Diagnostic::error(Code::BAD_TAG, message).at(node.span, "here"))
    }

    fn wrong_type<T>(&mut self, field: &Field, node: &Node, expected: &str) -> Option<T> {
        let diagnostic = Diagnostic::error(Code::WRONG_TYPE, format!("{} takes {expected}", field.word))
            .at(node.span, format!("this is {}", node.describe()));
        self.refuse(diagnostic)
    }

    /// What is no list where one belongs; one item alone is the usual case.
    fn no_list<T>(&mut self, field: &Field, node: &Node) -> Option<T> {
        if let NodeKind::Tagged(tag, _) = &node.kind {
            return self.idle_tag(field, node, tag);
        }
        let mut diagnostic = Diagnostic::error(Code::WRONG_TYPE, format!("{} takes a list", field.word))
            .at(node.span, format!("this is {}", node.describe()));
        if let Some(scalar) = node.scalar() {
            diagnostic = diagnostic.help(match scalar.style == Style::Plain && scalar.text.starts_with('-') {
                true => "write a blank after the `-` of an item",
                false => "put it in brackets: a list of one item is a list too",
            });
        }
        self.refuse(diagnostic)
    }

    /// What the files want of a field, or `None` after saying what is wrong.
    pub fn what(&mut self, field: &'static Field, node: &Node) -> Option<What> {
        if field.class != Class::Plain {
            self.secrets.push(node.span);
        }
        self.sensitive = field.shape.families().is_empty() && node.holds_env();
        match (&field.shape, &node.kind) {
            (_, NodeKind::Null) => self.cleared(field, node).map(What::Is),
            (Shape::Bytes(_), _) => self.content(field, node).map(What::Is),
            (Shape::Text, NodeKind::Tagged(tag, inner)) if tag == "ref" && field.shows.is_some() => {
                self.shown(field, field.shows?, node, inner).map(What::Is)
            }
            (Shape::Json { .. }, _) if field.class != Class::Plain => self.hidden_data(field, node).map(What::Is),
            (Shape::Set(item), NodeKind::Map(_)) => self.additive(field, item, node),
            (Shape::Json { keyed: true }, kind) if !is_mapping(kind) => {
                let inner = match kind {
                    NodeKind::Tagged(tag, inner) if tag == "exact" => inner,
                    _ => node,
                };
                self.wrong_type(field, inner, "a mapping")
            }
            (Shape::Json { .. }, NodeKind::Tagged(tag, inner)) if tag == "exact" => {
                self.json(inner, field).map(|json| What::Is(Value::Json(Json(json))))
            }
            (Shape::Json { keyed: true }, NodeKind::Map(entries)) if !entries.is_empty() => {
                match self.json(node, field)? {
                    serde_json::Value::Object(keys) => Some(What::Keys(keys.into_iter().collect())),
                    _ => None,
                }
            }
            _ => self.value(field, &field.shape, node).map(What::Is),
        }
    }

    /// Data that is never shown: a mapping, or JSON as text (out of a variable or a file).
    fn hidden_data(&mut self, field: &Field, node: &Node) -> Option<Value> {
        let data = match node.scalar() {
            Some(scalar) => serde_json::from_str(scalar.text.as_str()).ok(),
            None => Some(self.json(node, field)?),
        };
        match data.filter(serde_json::Value::is_object) {
            Some(data) => Some(Value::Secret(Secret::data(&data))),
            None => self.wrong_type(field, node, "a mapping, or JSON that is one"),
        }
    }

    /// What `null` means for a field.
    fn cleared(&mut self, field: &Field, node: &Node) -> Option<Value> {
        match field.shape {
            _ if field.nullable => Some(Value::Null),
            Shape::Text if !field.filled => Some(match field.class {
                Class::Plain => Value::text(""),
                _ => Value::Secret(Secret::new("")),
            }),
            Shape::Set(_) => Some(Value::Set(BTreeSet::new())),
            Shape::List(_) => Some(Value::List(Vec::new())),
            Shape::Json { .. } if field.class != Class::Plain => {
                Some(Value::Secret(Secret::data(&serde_json::json!({}))))
            }
            Shape::Json { .. } => Some(Value::Json(Json(serde_json::json!({})))),
            _ => {
                let diagnostic = Diagnostic::error(Code::NOT_CLEARABLE, format!("{} cannot be cleared", field.word))
                    .at(node.span, if node.kind == NodeKind::Null { "null here" } else { "empty here" })
                    .help(format!("leave {} out to leave it as it is on the server", field.word));
                self.refuse(diagnostic)
            }
        }
    }

    fn additive(&mut self, field: &'static Field, item: &'static Shape, node: &Node) -> Option<What> {
        let mut include = BTreeSet::new();
        let mut exclude = BTreeSet::new();
        let mut ended = BTreeSet::new();
        for (key, list) in node.entries() {
            let side = match key.text.as_str() {
                "include" => &mut include,
                "exclude" => &mut exclude,
                other => {
                    let diagnostic = Diagnostic::error(
                        Code::BAD_SHAPE,
                        format!("{} takes a list, or a mapping of `include` and `exclude`", field.word),
                    )
                    .at(key.span, format!("not {other:?}"));
                    return self.refuse(match nearest(other, ["include", "exclude"]) {
                        Some(near) => diagnostic.help(format!("did you mean {near:?}?")),
                        None => diagnostic,
                    });
                }
            };
            if list.kind == NodeKind::Null {
                continue;
            }
            let NodeKind::Seq(items) = &list.kind else {
                return self.wrong_type(field, list, "a list here");
            };
            for (value, live) in items.iter().filter_map(|node| self.items(field, item, node)).flatten() {
                if live {
                    side.insert(value)
                } else {
                    ended.insert(value)
                };
            }
        }
        // A grant that has ended is taken back, even where the list is additive.
        exclude.extend(ended);
        if let Some(both) = include.intersection(&exclude).next() {
            let name = match both {
                Value::Ref(address) => address.to_string(),
                _ => "an item".to_owned(),
            };
            let diagnostic = Diagnostic::error(Code::BAD_SHAPE, format!("{name} is included and excluded at once"))
                .at(node.span, format!("in {}", field.word));
            return self.refuse(diagnostic);
        }
        Some(What::Some { include, exclude })
    }

    /// What one item of a set stands for; false where it is a grant that has ended.
    fn items(&mut self, field: &Field, shape: &'static Shape, node: &Node) -> Option<Vec<(Value, bool)>> {
        match shape {
            Shape::Grant { permission, on } => self.granted(field, permission, on, node),
            _ => self.item(field, shape, node).map(|item| vec![item]),
        }
    }

    /// One item of a set; false if it is a grant that has ended.
    fn item(&mut self, field: &Field, shape: &'static Shape, node: &Node) -> Option<(Value, bool)> {
        let (&[family], NodeKind::Map(entries)) = (shape.families(), &node.kind) else {
            return self.value(field, shape, node).map(|value| (value, true));
        };
        let mut value = None;
        let mut ends = None;
        for (key, node) in entries {
            match key.text.as_str() {
                "until" => {
                    let text = node.scalar().map(|scalar| scalar.text.as_str()).unwrap_or_default();
                    match date(text) {
                        Some(until) => ends = Some((until, node.span)),
                        None => {
                            let diagnostic =
                                Diagnostic::error(Code::BAD_TIME, "`until` takes a date such as 2026-12-31")
                                    .at(node.span, "not a date");
                            return self.refuse(diagnostic);
                        }
                    }
                }
                word if word == family => value = self.value(field, shape, node),
                other => {
                    let diagnostic = Diagnostic::error(
                        Code::BAD_SHAPE,
                        format!("an item of {} is a name, or `{{{family}: NAME, until: DATE}}`", field.word),
                    )
                    .at(key.span, format!("not {other:?}"));
                    return self.refuse(diagnostic);
                }
            }
        }
        if value.is_none() && !entries.iter().any(|(key, _)| key.text == family) {
            let diagnostic = Diagnostic::error(Code::BAD_SHAPE, format!("an item of {} needs `{family}`", field.word))
                .at(node.span, format!("no `{family}` here"));
            return self.refuse(diagnostic);
        }
        let value = value?;
        let live = ends.is_none_or(|(until, _)| self.today <= until);
        self.ending.extend(ends.map(|(until, span)| (value.clone(), until, span)));
        Some((value, live))
    }

    fn value(&mut self, field: &Field, shape: &'static Shape, node: &Node) -> Option<Value> {
        match shape {
            Shape::Set(item) => match &node.kind {
                NodeKind::Seq(items) => {
                    let items: Vec<_> = items.iter().map(|node| self.items(field, item, node)).collect();
                    let items = items.into_iter().collect::<Option<Vec<_>>>()?;
                    Some(Value::Set(
                        items.into_iter().flatten().filter(|(_, live)| *live).map(|(value, _)| value).collect(),
                    ))
                }
                _ => self.no_list(field, node),
            },
            Shape::List(item) => match &node.kind {
                NodeKind::Seq(items) => {
                    let items: Vec<_> = items.iter().map(|node| self.value(field, item, node)).collect();
                    items.into_iter().collect::<Option<Vec<_>>>().map(Value::List)
                }
                _ => self.no_list(field, node),
            },
            Shape::Record(fields) => self.record(field, fields, node),
            Shape::Json { .. } => self.json(node, field).map(|json| Value::Json(Json(json))),
            _ => match &node.kind {
                NodeKind::Scalar(scalar) => self.scalar(field, shape, node, scalar),
                NodeKind::Tagged(tag, _) => self.idle_tag(field, node, tag),
                _ => {
                    let expected = expected(shape);
                    self.wrong_type(field, node, &expected)
                }
            },
        }
    }

    fn record(&mut self, field: &Field, fields: &'static [Field], node: &Node) -> Option<Value> {
        let mut record: BTreeMap<String, Value> = BTreeMap::new();
        let mut sound = true;
        match &node.kind {
            NodeKind::Scalar(_) => {
                let first = fields.first()?;
                record.insert(first.name.to_owned(), self.value(first, &first.shape, node)?);
            }
            NodeKind::Map(entries) => {
                for (key, node) in entries {
                    let Some(inner) = fields.iter().find(|inner| inner.name == key.text) else {
                        let known = fields.iter().map(|inner| inner.name);
                        let mut diagnostic =
                            Diagnostic::error(Code::UNKNOWN_FIELD, format!("{} has no {:?}", field.word, key.text))
                                .at(key.span, "unknown");
                        diagnostic = match nearest(&key.text, known.clone()) {
                            Some(near) => diagnostic.help(format!("did you mean {near:?}?")),
                            None => diagnostic.note(format!("it has {}", known.collect::<Vec<_>>().join(", "))),
                        };
                        self.diagnostics.push(diagnostic);
                        sound = false;
                        continue;
                    };
                    match self.value(inner, &inner.shape, node) {
                        Some(value) => {
                            record.insert(inner.name.to_owned(), value);
                        }
                        None => sound = false,
                    }
                }
            }
            NodeKind::Tagged(tag, _) => return self.idle_tag(field, node, tag),
            _ => {
                let diagnostic = Diagnostic::error(Code::WRONG_TYPE, format!("{} is a mapping", item_of(field)))
                    .at(node.span, format!("this is {}", node.describe()));
                return self.refuse(diagnostic);
            }
        }
        for inner in fields {
            if record.contains_key(inner.name) || self.release.is_some_and(|release| !inner.is_in(release)) {
                continue;
            }
            if let Some(default) = schema::default_value(inner) {
                record.insert(inner.name.to_owned(), default);
            } else if inner.required && sound {
                let message = format!("{} needs {:?}", item_of(field), inner.name);
                let diagnostic =
                    Diagnostic::error(Code::REQUIRED_FIELD, message).at(node.span, format!("no {:?} here", inner.name));
                self.diagnostics.push(diagnostic);
                sound = false;
            }
        }
        sound.then_some(Value::Record(record))
    }

    fn scalar(&mut self, field: &Field, shape: &Shape, node: &Node, scalar: &Scalar) -> Option<Value> {
        let text = scalar.text.as_str();
        let plain = scalar.style == Style::Plain;
        match shape {
            _ if field.class != Class::Plain => {
                if let Some(Err(why)) = field.digest.map(|(_, digest)| digest.of(text)) {
                    let message = format!("{} is not what the server takes", field.word);
                    return self.refuse(Diagnostic::error(Code::BAD_CONTENT, message).at(node.span, why));
                }
                Some(Value::Secret(Secret::new(schema::trim(text))))
            }
            Shape::Text => {
                let value = Value::text(text);
                if field.filled && value.is_empty() { self.cleared(field, node) } else { Some(value) }
            }
            Shape::Enum(words) => self.word(field, words, node, scalar),
            Shape::Bool => match text {
                "true" if plain => Some(Value::Bool(true)),
                "false" if plain => Some(Value::Bool(false)),
                _ => {
                    let mut diagnostic =
                        Diagnostic::error(Code::WRONG_TYPE, format!("{} takes true or false", field.word))
                            .at(node.span, "neither true nor false");
                    if !plain && matches!(text, "true" | "false") {
                        diagnostic = diagnostic.help("remove the quotes: quoted, it is a text");
                    } else if let Some(flag) = look_alike(text) {
                        diagnostic = diagnostic.help(format!("write {flag}; only true and false are booleans"));
                    }
                    self.refuse(diagnostic)
                }
            },
            Shape::Int(least, most) => match whole(text).filter(|_| plain) {
                Some(number) if (*least..=*most).contains(&number) => Some(Value::Int(number)),
                found if found.is_some() || (plain && is_digits(text)) => {
                    let diagnostic = Diagnostic::error(
                        Code::WRONG_TYPE,
                        format!("{} takes a whole number from {least} to {most}", field.word),
                    )
                    .at(node.span, "out of range");
                    self.refuse(diagnostic)
                }
                _ => self.no_number(field, node, plain, "a whole number"),
            },
            Shape::Float => match text.parse::<f64>().ok().filter(|n| plain && n.is_finite()) {
                Some(number) => Some(Value::Float(Float(number))),
                None => self.no_number(field, node, plain, "a number"),
            },
            Shape::Duration => match Duration::parse(text) {
                Ok(duration) => Some(Value::Duration(duration)),
                Err(why) => {
                    let mut diagnostic = Diagnostic::error(
                        Code::BAD_DURATION,
                        format!("{} takes a duration such as hours=1;minutes=30", field.word),
                    )
                    .at(node.span, if scalar.origin == Origin::File { why } else { "not a duration".to_owned() });
                    if let Some(hint) = scalar.shown().and_then(duration_hint) {
                        diagnostic = diagnostic.help(format!("did you mean {hint:?}?"));
                    }
                    self.refuse(diagnostic)
                }
            },
            Shape::Time => match instant(text) {
                Some(time) => Some(Value::Time(time)),
                None => {
                    let diagnostic = Diagnostic::error(
                        Code::BAD_TIME,
                        format!("{} takes a time such as 2026-12-31T12:00:00Z, or a date", field.word),
                    )
                    .at(node.span, "not a time");
                    self.refuse(diagnostic)
                }
            },
            Shape::Ref(family) => {
                if schema::trim(text).is_empty() && matches!(field.shape, Shape::Ref(_)) {
                    return self.cleared(field, node);
                }
                self.reference(field, family, node, text)
            }
            _ => {
                let expected = expected(shape);
                self.wrong_type(field, node, &expected)
            }
        }
    }

    fn word(&mut self, field: &Field, words: &'static [schema::Word], node: &Node, scalar: &Scalar) -> Option<Value> {
        let text = schema::trim(&scalar.text);
        let release = self.release;
        let usable = |word: &&schema::Word| release.is_none_or(|release| word.is_in(release));
        match words.iter().find(|word| word.name == text) {
            Some(word) if usable(&word) => Some(Value::text(text)),
            Some(word) => {
                let when = gate(word.since, word.until);
                let diagnostic = Diagnostic::error(
                    Code::RELEASE_FIELD,
                    format!(
                        "{} cannot be {text:?} on authentik {}",
                        field.word,
                        release.map_or_else(String::new, |r| r.to_string())
                    ),
                )
                .at(node.span, format!("this word exists {when}"));
                self.refuse(diagnostic)
            }
            None => {
                let known: Vec<&str> = words.iter().filter(usable).map(|word| word.name).collect();
                let message = match scalar.shown() {
                    Some(text) => format!("{} cannot be {text:?}", field.word),
                    None => format!("{} cannot be what stands there", field.word),
                };
                let code = Code::BAD_WORD;
                let mut diagnostic = if self.allow_unknown {
                    Diagnostic::warning(code, message)
                } else {
                    Diagnostic::error(code, message)
                };
                diagnostic =
                    diagnostic.at(node.span, "not a known word").note(format!("known are {}", known.join(", ")));
                if let Some(near) = scalar.shown().and_then(|text| nearest(text, known.iter().copied())) {
                    diagnostic = diagnostic.help(format!("did you mean {near:?}?"));
                }
                self.diagnostics.push(diagnostic);
                self.allow_unknown.then(|| Value::text(text))
            }
        }
    }
}

/// Whether a text is a whole number, however large.
fn is_digits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text is a number that some readers of YAML take as octal.
fn leads_with_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

/// What holds the parts of a field in a message: each item, if there are several.
fn item_of(field: &Field) -> String {
    match field.shape {
        Shape::Set(_) | Shape::List(_) => format!("an item of {}", field.word),
        _ => field.word.to_owned(),
    }
}

/// Whether a tag that is still there could not be filled in, which has been told already.
pub(super) fn is_told(tag: &str) -> bool {
    matches!(tag, "env" | "file" | "var")
}

/// Whether a node is a mapping, with or without `!exact`. Tags that could not be filled in have been told already.
fn is_mapping(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Map(_) => true,
        NodeKind::Tagged(tag, inner) => is_told(tag) || matches!(inner.kind, NodeKind::Map(_)),
        _ => false,
    }
}

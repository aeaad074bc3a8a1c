//! The creation of one object: which fields it sends, which of them wait, and what it lacks.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, digest, second};
use crate::desired::{Object, Want, needs};
use crate::diag::{Code, Diagnostic};
use crate::plan::step::{Action, Change, Delta, Items, Reason, Step, Write};
use crate::schema::{self, Create, Field, FieldState, Preselected, Shape};
use crate::value::Value;

/// An object that is to be created, while its fields are gone through.
struct NewObject {
    step: Step,
    /// The fields that the creation sends.
    body: BTreeMap<&'static str, Value>,
    /// Items of sets that are added one by one after it.
    add: Items,
    /// Fields that are set only after the children of the object have been created.
    after_children: BTreeMap<&'static str, Value>,
    /// Required fields that the files do not set.
    missing: Vec<&'static Field>,
}

impl Context<'_> {
    /// Creates an object; fields that have to wait until its children exist become a second step.
    pub(super) fn create(&self, object: &Object, diagnostics: &mut Vec<Diagnostic>) -> Vec<Step> {
        let mut new = NewObject {
            step: self.step(Action::Create, object),
            body: BTreeMap::new(),
            add: Items::new(),
            after_children: BTreeMap::new(),
            missing: Vec::new(),
        };
        for field in self.fields(object.kind) {
            match object.fields.get(field.name) {
                Some(want) => self.set_declared(object, field, want, &mut new),
                None => self.set_undeclared(object, field, &mut new, diagnostics),
            }
        }
        if new.missing.is_empty() {
            self.check_new(object, &new, diagnostics);
        } else {
            diagnostics.push(self.missing(object, &new.missing));
        }
        let NewObject {
            mut step,
            body,
            add,
            after_children,
            ..
        } = new;
        step.write = Write::Create { body, add };
        let mut steps = vec![step];
        if !after_children.is_empty() {
            steps.push(second(
                &steps[0],
                after_children,
                Items::new(),
                Reason::Late,
            ));
        }
        steps
    }

    /// Puts a declared field into a creation, or into what follows it.
    fn set_declared(
        &self,
        object: &Object,
        field: &'static Field,
        want: &Want,
        new: &mut NewObject,
    ) {
        let kind = object.kind;
        let value = want.what.initial();
        let shown = digest(field, &value).unwrap_or_else(|| value.clone());
        if !kind.is_key(field.name) {
            new.step.changes.push(Change {
                field: field.name,
                class: want.class(field.class),
                delta: Delta::New(shown),
            });
        }
        if field.derived {
            return;
        }
        let added_apart = kind
            .members_of(field.name)
            .is_some_and(|members| !members.in_create);
        let waits = field.after_own_children && self.owners.contains(&object.address);
        if added_apart {
            let items = value.as_set().filter(|items| !items.is_empty());
            new.add
                .extend(items.map(|items| (field.name, items.clone())));
        } else if waits && !value.is_empty() {
            new.after_children.insert(field.name, value);
        } else {
            new.body.insert(field.name, value);
        }
    }

    /// Puts a field that the files do not set into a creation, where it needs a value or the admin form gives it one.
    fn set_undeclared(
        &self,
        object: &Object,
        field: &'static Field,
        new: &mut NewObject,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let imported = match object.kind.create {
            Create::PostOrImport { field, .. } => object.fields.contains_key(field),
            Create::Post | Create::Upload => false,
        };
        if let Some(value) = schema::assumed_value(field) {
            new.body.insert(field.name, value);
        } else if let Some(value) = self.preselected(object, field, diagnostics) {
            new.step.changes.push(Change {
                field: field.name,
                class: field.class,
                delta: Delta::New(value.clone()),
            });
            new.step.preselected.insert(field.name);
            new.body.insert(field.name, value);
        } else if field.required && !imported {
            new.missing.push(field);
        }
    }

    /// Reports what an object that has all required fields lacks, given the server's defaults.
    fn check_new(&self, object: &Object, new: &NewObject, diagnostics: &mut Vec<Diagnostic>) {
        let release = Some(self.release);
        let defaults: BTreeMap<&str, Value> = self
            .fields(object.kind)
            .filter_map(|field| Some((field.name, schema::default_value(field, release)?)))
            .collect();
        let lacking = self.lacking(object, &|name| {
            let set = new.body.get(name).or(new.after_children.get(name));
            match (set, defaults.get(name)) {
                (Some(value), _) => FieldState::Value(value),
                (None, Some(value)) => FieldState::Default(value),
                (None, None) => FieldState::Absent,
            }
        });
        let reported = lacking
            .into_iter()
            .map(|lacking| needs::reported(object, lacking));
        diagnostics.extend(reported);
        let value = |name| new.body.get(name).or(defaults.get(name)).cloned();
        diagnostics.extend(needs::too_long(object, &value));
    }

    /// The error for an object that cannot be created without these fields.
    fn missing(&self, object: &Object, missing: &[&Field]) -> Diagnostic {
        let keys: Vec<&str> = missing.iter().map(|field| field.yaml_key).collect();
        let mut diagnostic = Diagnostic::error(
            Code::REQUIRED_FIELD,
            format!(
                "{} does not exist yet, and cannot be created without {}",
                object.address,
                keys.join(", ")
            ),
        )
        .at(object.span, format!("no {} here", keys.join(", no ")));
        for field in missing {
            if let Shape::Enum(variants) = field.shape {
                let known: Vec<&str> = variants
                    .iter()
                    .filter(|variant| variant.is_in(self.release))
                    .map(|variant| variant.name)
                    .collect();
                diagnostic = diagnostic.note(format!(
                    "{}: expected one of: {}",
                    field.yaml_key,
                    known.join(", ")
                ));
            }
        }
        if let Create::PostOrImport { field, .. } = object.kind.create {
            diagnostic =
                diagnostic.help(format!("or declare `{field}`, and the server generates it"));
        }
        diagnostic
    }

    /// What the admin form of authentik would give a new object in a field of which nobody says anything.
    fn preselected(
        &self,
        object: &Object,
        field: &'static Field,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        let chosen = field.preselected?;
        match chosen {
            Preselected::Value(_) => schema::preselected_value(field),
            Preselected::Unless(_, others) => {
                let said = others.iter().any(|other| object.fields.contains_key(other));
                if said {
                    None
                } else {
                    schema::preselected_value(field)
                }
            }
            Preselected::AllVariants => {
                let item = match field.shape {
                    Shape::List(Shape::Enum(words)) => {
                        words.iter().filter(|word| word.is_in(self.release))
                    }
                    _ => return None,
                };
                Some(Value::List(
                    item.map(|word| Value::text(word.name)).collect(),
                ))
            }
            Preselected::Managed(kind, marks) => {
                let found = self.preselected_objects(kind, chosen);
                if !found.is_empty() {
                    return Some(Value::Set(found));
                }
                let message = format!("{} is created without {}", object.address, field.yaml_key);
                let diagnostic = Diagnostic::warning(Code::NOT_PRESELECTED, message)
                    .at(object.span, format!("no {} here", field.yaml_key))
                    .note(format!(
                        "the server has nothing of what the admin form preselects ({})",
                        marks.join(", ")
                    ))
                    .help(format!(
                        "name the ones that you want, or none: `{}: []`",
                        field.yaml_key
                    ));
                diagnostics.push(diagnostic);
                None
            }
        }
    }

    /// References to the declared and live objects of a kind that the admin form preselects.
    fn preselected_objects(&self, kind: &str, chosen: Preselected) -> BTreeSet<Value> {
        let is_meant = |mark: Option<&Value>| {
            mark.and_then(Value::as_text)
                .is_some_and(|managed| chosen.takes(managed))
        };
        let mut found = BTreeSet::new();
        for other in self.objects.iter().filter(|other| other.kind.name == kind) {
            if is_meant(other.value("managed")) {
                found.insert(Value::Ref(other.address.clone()));
            }
        }
        for (address, (_, other)) in &self.matched.live {
            if other.kind.name == kind && is_meant(other.fields.get("managed")) {
                found.insert(Value::Ref(address.clone()));
            }
        }
        found
    }
}

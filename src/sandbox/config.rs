//! Free data of which the server reads keys by name: the configuration of outposts, the flags of the settings.
//! Must never look at the world.

use serde_json::{Map, Value};

use super::durations::duration_text;
use super::python::{python, python_type};

/// How the server writes a type of Python.
#[derive(Clone, Copy)]
enum Type {
    Str,
    Bool,
    Int,
    Strs,
    StrMap,
    StrMaps,
    Patches,
}

/// The fields of an outpost's configuration (outposts/models.py, `OutpostConfig`), and whether each may be `None`.
const OUTPOST: [(&str, Type, bool); 23] = [
    ("authentik_host", Type::Str, false),
    ("authentik_host_insecure", Type::Bool, false),
    ("authentik_host_browser", Type::Str, false),
    ("log_level", Type::Str, false),
    ("object_naming_template", Type::Str, false),
    ("refresh_interval", Type::Str, false),
    ("container_image", Type::Str, true),
    ("docker_network", Type::Str, true),
    ("docker_map_ports", Type::Bool, false),
    ("docker_labels", Type::StrMap, true),
    ("kubernetes_replicas", Type::Int, false),
    ("kubernetes_namespace", Type::Str, false),
    ("kubernetes_ingress_annotations", Type::StrMap, false),
    ("kubernetes_ingress_secret_name", Type::Str, false),
    ("kubernetes_ingress_class_name", Type::Str, true),
    ("kubernetes_ingress_path_type", Type::Str, true),
    ("kubernetes_httproute_annotations", Type::StrMap, false),
    ("kubernetes_httproute_parent_refs", Type::StrMaps, false),
    ("kubernetes_service_type", Type::Str, false),
    ("kubernetes_disabled_components", Type::Strs, false),
    ("kubernetes_image_pull_secrets", Type::Strs, false),
    ("kubernetes_json_patches", Type::Patches, true),
    ("kubernetes_disable_x509_strict", Type::Bool, false),
];

/// Why the configuration of an outpost is refused.
pub(super) fn outpost(config: &Map<String, Value>) -> Option<String> {
    for (name, kind, nullable) in OUTPOST {
        let Some(value) = config.get(name) else {
            continue;
        };
        if !(kind.takes(value) || value.is_null() && nullable) {
            let wanted = kind.written();
            let wanted = if nullable {
                format!("{wanted} | None")
            } else {
                wanted.to_owned()
            };
            return Some(format!(
                "Failed to validate config: wrong value type for field \"{name}\" - should be \"{wanted}\" instead of \
                 value \"{}\" of type \"{}\"",
                python(value).trim_matches('\''),
                python_type(value)
            ));
        }
    }
    duration_text(config.get("refresh_interval").and_then(Value::as_str)?)
}

/// Why the flags of the settings are refused. What Python takes for false is not looked at.
pub(super) fn flags(flags: &Map<String, Value>, known: &[&str]) -> Option<String> {
    let wrong = |(name, value): &(&String, &Value)| {
        let nothing = match value {
            Value::Null => true,
            Value::Bool(_) => return false,
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
        };
        !nothing && known.contains(&name.as_str())
    };
    let (name, _) = flags.iter().find(wrong)?;
    Some(format!("Value for flag {name} needs to be of type bool."))
}

impl Type {
    fn takes(self, value: &Value) -> bool {
        let text = |value: &Value| value.is_string();
        let texts = |value: &Value| {
            value
                .as_object()
                .is_some_and(|fields| fields.values().all(text))
        };
        match self {
            Type::Str => text(value),
            Type::Bool => value.is_boolean(),
            // A flag is a number to Python.
            Type::Int => value.is_i64() || value.is_u64() || value.is_boolean(),
            Type::Strs => value.as_array().is_some_and(|items| items.iter().all(text)),
            Type::StrMap => texts(value),
            Type::StrMaps => value
                .as_array()
                .is_some_and(|items| items.iter().all(texts)),
            Type::Patches => value.as_object().is_some_and(|fields| {
                let patches = |value: &Value| {
                    value
                        .as_array()
                        .is_some_and(|items| items.iter().all(Value::is_object))
                };
                fields.values().all(patches)
            }),
        }
    }

    fn written(self) -> &'static str {
        match self {
            Type::Str => "str",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Strs => "list[str]",
            Type::StrMap => "dict[str, str]",
            Type::StrMaps => "list[dict[str, str]]",
            Type::Patches => "dict[str, list[dict[str, Any]]]",
        }
    }
}

//! Members of what researchers wrote, read leniently: what has the wrong type counts as missing.

use serde_json::{Map, Value};

/// A text as it was written; empty where it is missing.
pub fn text<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub fn flag(object: &Map<String, Value>, name: &str, default: bool) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or(default)
}

pub fn object<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    object.get(name).and_then(Value::as_object)
}

/// The objects of a list.
pub fn objects<'a>(
    object: &'a Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    object
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_the_wrong_type_counts_as_missing() {
        let value = json!({"a": 1, "b": "x", "c": true, "d": {}, "e": [1, {}, "x", {}]});
        let members = value.as_object().unwrap();
        assert_eq!((text(members, "a"), text(members, "b")), ("", "x"));
        assert!(flag(members, "b", true) && !flag(members, "b", false));
        assert!(flag(members, "c", false));
        assert!(object(members, "d").is_some() && object(members, "e").is_none());
        assert_eq!(objects(members, "e").count(), 2);
        assert_eq!(objects(members, "d").count(), 0);
    }
}

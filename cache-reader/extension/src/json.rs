//! JSON as strict as the wire format requires: no duplicate field, and at most 32 levels.

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

const MAX_DEPTH: usize = 32;

/// A JSON value. Its debug output is only its kind, because it may contain a secret.
#[derive(Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, rounded to a double.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object. No field occurs twice.
    Object(Object),
}

/// The fields of an object, by name.
pub type Object = BTreeMap<String, Json>;

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Json::Null => "Null",
            Json::Bool(_) => "Bool",
            Json::Number(_) => "Number",
            Json::Text(_) => "Text",
            Json::Array(_) => "Array",
            Json::Object(_) => "Object",
        })
    }
}

impl Json {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The fields, if it is an object.
    pub fn object(&self) -> Option<&Object> {
        match self {
            Json::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The number, if it is a whole one from 0 to 2^53 - 1.
    pub fn whole(&self) -> Option<u64> {
        match self {
            Json::Number(n) if *n >= 0.0 && n.fract() == 0.0 && *n <= 9_007_199_254_740_991.0 => Some(*n as u64),
            _ => None,
        }
    }
}

/// Parses a JSON object; none if the text is not JSON, or is another value. The parser's message is
/// dropped, because it may quote the text.
pub fn parse_object(text: &[u8]) -> Option<Object> {
    let mut parser = serde_json::Deserializer::from_slice(text);
    let value = Depth(0).deserialize(&mut parser).ok()?;
    parser.end().ok()?;
    match value {
        Json::Object(fields) => Some(fields),
        _ => None,
    }
}

/// A field that is present and not null.
pub fn field<'a>(fields: &'a Object, name: &str) -> Option<&'a Json> {
    fields.get(name).filter(|value| **value != Json::Null)
}

struct Depth(usize);

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Depth {
    fn deeper<E: serde::de::Error>(&self) -> Result<usize, E> {
        if self.0 < MAX_DEPTH { Ok(self.0 + 1) } else { Err(E::custom("nested too deeply")) }
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let depth = self.deeper()?;
        let mut elements = Vec::new();
        while let Some(element) = from.next_element_seed(Depth(depth))? {
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let depth = self.deeper()?;
        let mut fields = Object::new();
        while let Some(name) = from.next_key::<String>()? {
            let value = from.next_value_seed(Depth(depth))?;
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a duplicate field"));
            }
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_the_wire_format_refuses() {
        let deep = |levels: usize| format!("{}{{}}{}", "{\"a\":".repeat(levels - 1), "}".repeat(levels - 1));
        for text in [
            "",
            "[]",
            "1",
            "{",
            "{} {}",
            "{\"a\":1,}",
            "{\"a\":1,\"a\":1}",
            "{\"b\":{\"a\":1,\"\\u0061\":2}}",
            "{\"a\":01}",
            "{'a':1}",
            "{\"a\":1}//",
            &deep(33),
        ] {
            assert!(parse_object(text.as_bytes()).is_none(), "{text}");
        }
        assert!(parse_object(&[b'{', b'"', 0xff, b'"', b':', b'1', b'}']).is_none());
        assert!(parse_object(deep(32).as_bytes()).is_some());
    }

    #[test]
    fn takes_any_notation_of_a_whole_number() {
        for text in ["7", "7.0", "0.7e1"] {
            let object = parse_object(format!("{{\"n\":{text}}}").as_bytes()).expect("an object");
            assert_eq!(object["n"].whole(), Some(7));
        }
        for text in ["-1", "0.5", "9007199254740992", "\"7\""] {
            let object = parse_object(format!("{{\"n\":{text}}}").as_bytes()).expect("an object");
            assert_eq!(object["n"].whole(), None, "{text}");
        }
    }

    #[test]
    fn counts_null_as_absent() {
        let object = parse_object(b"{\"a\":null,\"b\":1}").expect("an object");
        assert!(field(&object, "a").is_none());
        assert!(field(&object, "b").is_some());
    }
}

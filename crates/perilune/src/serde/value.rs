//! Lua values as something that can be serialized.

use super::{DeserializeOptions, Path, Shape, entries, items, shape_of, unsupported};
use crate::string::LuaString;
use crate::table::Table;
use crate::userdata::AnyUserData;
use crate::value::Value;
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use std::cell::RefCell;

/// A Lua value that serializes as wanted; see [`Value::to_serializable`].
#[derive(Clone, Debug)]
pub struct SerializableValue<'a> {
    value: &'a Value,
    options: DeserializeOptions,
}

macro_rules! options {
    ($($(#[doc = $doc:literal])* $name:ident $ty:ty;)*) => {$(
        $(#[doc = $doc])*
        #[must_use]
        pub fn $name(mut self, v: $ty) -> Self {
            self.options.$name = v;
            self
        }
    )*};
}

impl<'a> SerializableValue<'a> {
    pub(crate) fn new(value: &'a Value) -> SerializableValue<'a> {
        SerializableValue { value, options: DeserializeOptions::new() }
    }

    options! {
        /// See [`DeserializeOptions::recursion_limit`].
        recursion_limit usize;
        /// See [`DeserializeOptions::deny_unsupported_types`].
        deny_unsupported_types bool;
        /// See [`DeserializeOptions::deny_recursive_tables`].
        deny_recursive_tables bool;
        /// See [`DeserializeOptions::sort_keys`].
        sort_keys bool;
        /// See [`DeserializeOptions::encode_empty_tables_as_array`].
        encode_empty_tables_as_array bool;
        /// See [`DeserializeOptions::detect_mixed_tables`].
        detect_mixed_tables bool;
    }
}

impl Serialize for SerializableValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let path = RefCell::new(Path::default());
        Part { value: self.value, options: &self.options, path: &path }.serialize(serializer)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_serializable().serialize(serializer)
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::Table(self.clone()).serialize(serializer)
    }
}

impl Serialize for AnyUserData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::UserData(self.clone()).serialize(serializer)
    }
}

impl Serialize for LuaString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_bytes(|bytes| match std::str::from_utf8(bytes) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.serialize_bytes(bytes),
        })
    }
}

/// A value in another.
struct Part<'a> {
    value: &'a Value,
    options: &'a DeserializeOptions,
    path: &'a RefCell<Path>,
}

impl<'a> Part<'a> {
    fn inner(&self, value: &'a Value) -> Part<'a> {
        Part { value, options: self.options, path: self.path }
    }

    fn table<S: Serializer>(&self, t: &Table, serializer: S) -> Result<S::Ok, S::Error> {
        let shape = shape_of(t, self.options).map_err(S::Error::custom)?;
        self.path.borrow_mut().enter(t, self.options).map_err(S::Error::custom)?;
        let result = match shape {
            Shape::List(len) => self.list(t, len, serializer),
            Shape::Map => self.map(t, serializer),
        };
        self.path.borrow_mut().leave();
        result
    }

    fn list<S: Serializer>(&self, t: &Table, len: usize, s: S) -> Result<S::Ok, S::Error> {
        let all = items(t, len, &self.path.borrow(), self.options).map_err(S::Error::custom)?;
        let mut seq = s.serialize_seq(Some(all.len()))?;
        for item in &all {
            let part = Part { value: item, options: self.options, path: self.path };
            seq.serialize_element(&part)?;
        }
        seq.end()
    }

    fn map<S: Serializer>(&self, t: &Table, s: S) -> Result<S::Ok, S::Error> {
        let all = entries(t, &self.path.borrow(), self.options).map_err(S::Error::custom)?;
        let mut map = s.serialize_map(Some(all.len()))?;
        for (key, value) in &all {
            let part = |value| Part { value, options: self.options, path: self.path };
            map.serialize_entry(&part(key), &part(value))?;
        }
        map.end()
    }
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.inner(self.value).value {
            Value::Nil => serializer.serialize_unit(),
            Value::Boolean(b) => serializer.serialize_bool(*b),
            Value::Integer(i) => serializer.serialize_i64(*i),
            Value::Number(f) => serializer.serialize_f64(*f),
            Value::String(s) => s.serialize(serializer),
            Value::Table(t) => self.table(t, serializer),
            Value::LightUserData(_) if self.value.is_null() => serializer.serialize_unit(),
            Value::UserData(u) if u.can_be_serialized() => {
                match u.lend_to_serializer(|v| erased_serde::serialize(v, serializer)) {
                    Ok(Some(result)) => result,
                    Ok(None) => Err(S::Error::custom(unsupported(self.value))),
                    Err(e) => Err(S::Error::custom(e)),
                }
            }
            Value::LightUserData(_)
            | Value::UserData(_)
            | Value::Function(_)
            | Value::Thread(_)
            | Value::Error(_) => {
                if self.options.deny_unsupported_types {
                    return Err(S::Error::custom(unsupported(self.value)));
                }
                serializer.serialize_unit()
            }
            Value::Other(nothing) => match *nothing {},
        }
    }
}

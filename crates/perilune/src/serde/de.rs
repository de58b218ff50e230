//! Lua values to Rust values.

use super::ser::setters;
use super::{LuaSerdeExt, Path, Shape, USUAL_LIMIT, entries, items, shape_of, unsupported};
use crate::error::{Error, Result};
use crate::string::LuaString;
use crate::table::Table;
use crate::value::Value;
use serde::de::{
    self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use std::cell::RefCell;
use std::rc::Rc;

/// How Lua values are deserialized, or serialized.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DeserializeOptions {
    /// How deep tables may be nested.
    pub recursion_limit: usize,
    /// Whether a value that nothing corresponds to, such as a function, is an error; if not, it is left out.
    pub deny_unsupported_types: bool,
    /// Whether a table in itself is an error; if not, it is left out.
    pub deny_recursive_tables: bool,
    /// Whether fields come in the order of their keys.
    pub sort_keys: bool,
    /// Whether an empty table is a list, if it isn't known to be something else.
    pub encode_empty_tables_as_array: bool,
    /// Whether all keys of a table are looked at to see what it is.
    pub detect_mixed_tables: bool,
}

impl Default for DeserializeOptions {
    fn default() -> DeserializeOptions {
        DeserializeOptions::new()
    }
}

impl DeserializeOptions {
    /// The default.
    pub const fn new() -> DeserializeOptions {
        DeserializeOptions {
            recursion_limit: USUAL_LIMIT,
            deny_unsupported_types: true,
            deny_recursive_tables: true,
            sort_keys: false,
            encode_empty_tables_as_array: false,
            detect_mixed_tables: false,
        }
    }

    setters! {
        recursion_limit usize;
        deny_unsupported_types bool;
        deny_recursive_tables bool;
        sort_keys bool;
        encode_empty_tables_as_array bool;
        detect_mixed_tables bool;
    }
}

/// Deserializes a Lua value.
#[derive(Debug)]
pub struct Deserializer {
    value: Value,
    options: DeserializeOptions,
    path: Rc<RefCell<Path>>,
}

fn error(message: impl Into<String>) -> Error {
    Error::DeserializeError(message.into())
}

impl Deserializer {
    /// Of a value.
    pub fn new(value: Value) -> Deserializer {
        Deserializer::new_with_options(value, DeserializeOptions::new())
    }

    /// Of a value, with options.
    pub fn new_with_options(value: Value, options: DeserializeOptions) -> Deserializer {
        Deserializer { value, options, path: Rc::default() }
    }

    fn inner(&self, value: Value) -> Deserializer {
        Deserializer { value, options: self.options, path: self.path.clone() }
    }

    /// Calls a function while the path leads into a table.
    fn within<R>(&self, t: &Table, f: impl FnOnce() -> Result<R>) -> Result<R> {
        self.path.borrow_mut().enter(t, &self.options).map_err(error)?;
        let result = f();
        self.path.borrow_mut().leave();
        result
    }

    fn list<'de, V: Visitor<'de>>(&self, t: &Table, len: usize, visitor: V) -> Result<V::Value> {
        self.within(t, || {
            let all = items(t, len, &self.path.borrow(), &self.options).map_err(error)?;
            let mut seq = Items { of: self, items: all.into_iter() };
            let value = visitor.visit_seq(&mut seq)?;
            match seq.items.len() {
                0 => Ok(value),
                n => Err(de::Error::invalid_length(n, &"fewer items in the table")),
            }
        })
    }

    fn map<'de, V: Visitor<'de>>(&self, t: &Table, visitor: V) -> Result<V::Value> {
        self.within(t, || {
            let all = entries(t, &self.path.borrow(), &self.options).map_err(error)?;
            let mut map = Entries { of: self, entries: all.into_iter(), value: None };
            let value = visitor.visit_map(&mut map)?;
            match map.entries.len() {
                0 => Ok(value),
                n => Err(de::Error::invalid_length(n, &"fewer fields in the table")),
            }
        })
    }

    fn string<'de, V: Visitor<'de>>(s: &LuaString, visitor: V) -> Result<V::Value> {
        s.with_bytes(|bytes| match std::str::from_utf8(bytes) {
            Ok(text) => visitor.visit_str(text),
            Err(_) => visitor.visit_bytes(bytes),
        })
    }

    /// A value in a userdata, by way of Lua.
    fn of_userdata(&self) -> Result<Deserializer> {
        let Value::UserData(u) = &self.value else { return Err(error(unsupported(&self.value))) };
        let lua = u.0.lua()?;
        let serialized = u.lend_to_serializer(|v| lua.to_value(v))?;
        match serialized {
            Some(value) => Ok(self.inner(value?)),
            None => Err(error(unsupported(&self.value))),
        }
    }
}

impl<'de> de::Deserializer<'de> for Deserializer {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.value {
            Value::Nil => visitor.visit_unit(),
            Value::Boolean(b) => visitor.visit_bool(*b),
            Value::Integer(i) => visitor.visit_i64(*i),
            Value::Number(f) => visitor.visit_f64(*f),
            Value::String(s) => Deserializer::string(s, visitor),
            Value::Table(t) => match shape_of(t, &self.options)? {
                Shape::List(len) => self.list(t, len, visitor),
                Shape::Map => self.map(t, visitor),
            },
            Value::LightUserData(_) if self.value.is_null() => visitor.visit_unit(),
            Value::UserData(u) if u.can_be_serialized() => {
                self.of_userdata()?.deserialize_any(visitor)
            }
            Value::LightUserData(_)
            | Value::UserData(_)
            | Value::Function(_)
            | Value::Thread(_)
            | Value::Error(_) => {
                if self.options.deny_unsupported_types {
                    return Err(error(unsupported(&self.value)));
                }
                visitor.visit_unit()
            }
            Value::Other(nothing) => match *nothing {},
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.value.is_nil() || self.value.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match &self.value {
            Value::Table(t) => self.within(t, || {
                let mut pairs = t.pairs::<String, Value>();
                let (Some(first), None) = (pairs.next(), pairs.next()) else {
                    return Err(error("expected a table with one field, the variant of an enum"));
                };
                let (variant, payload) = first.map_err(|e| error(e.to_string()))?;
                let taken = self.path.borrow().step(&payload, &self.options).map_err(error)?;
                let payload = match taken {
                    super::Step::Take => payload,
                    super::Step::Skip => Value::Nil,
                };
                visitor.visit_enum(Enum { variant, payload: Some(self.inner(payload)) })
            }),
            Value::String(s) => {
                visitor.visit_enum(Enum { variant: (*s.to_str()?).to_owned(), payload: None })
            }
            Value::UserData(u) if u.can_be_serialized() => {
                self.of_userdata()?.deserialize_enum(name, variants, visitor)
            }
            _ => Err(error("expected a string or table for an enum")),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.value {
            Value::Table(t) => {
                let len = match shape_of(t, &self.options)? {
                    Shape::List(len) => len,
                    Shape::Map => t.raw_len(),
                };
                self.list(t, len, visitor)
            }
            Value::UserData(u) if u.can_be_serialized() => {
                self.of_userdata()?.deserialize_seq(visitor)
            }
            other => Err(de::Error::invalid_type(unexpected(other), &"a table")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self.value {
            Value::Table(t) => self.map(t, visitor),
            Value::UserData(u) if u.can_be_serialized() => {
                self.of_userdata()?.deserialize_map(visitor)
            }
            other => Err(de::Error::invalid_type(unexpected(other), &"a table")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.value.is_nil() || self.value.is_null() {
            return visitor.visit_unit();
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        identifier ignored_any
    }
}

fn unexpected(v: &Value) -> de::Unexpected<'_> {
    match v {
        Value::Nil => de::Unexpected::Unit,
        Value::Boolean(b) => de::Unexpected::Bool(*b),
        Value::Integer(i) => de::Unexpected::Signed(*i),
        Value::Number(f) => de::Unexpected::Float(*f),
        other => de::Unexpected::Other(other.type_name()),
    }
}

struct Items<'a> {
    of: &'a Deserializer,
    items: std::vec::IntoIter<Value>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let item = self.items.next();
        item.map(|item| seed.deserialize(self.of.inner(item))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries<'a> {
    of: &'a Deserializer,
    entries: std::vec::IntoIter<(Value, Value)>,
    value: Option<Value>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(self.of.inner(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        match self.value.take() {
            Some(value) => seed.deserialize(self.of.inner(value)),
            None => Err(error("a value was asked for before its key")),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

struct Enum {
    variant: String,
    payload: Option<Deserializer>,
}

impl<'de> EnumAccess<'de> for Enum {
    type Error = Error;
    type Variant = Payload;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Payload)> {
        let variant: de::value::StringDeserializer<Error> = self.variant.into_deserializer();
        Ok((seed.deserialize(variant)?, Payload(self.payload)))
    }
}

struct Payload(Option<Deserializer>);

impl Payload {
    fn present(self, what: &str) -> Result<Deserializer> {
        self.0.ok_or_else(|| error(format!("expected a {what} variant, not a unit variant")))
    }
}

impl<'de> VariantAccess<'de> for Payload {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        match self.0 {
            None => Ok(()),
            Some(_) => Err(error("expected a unit variant, which is a string")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.present("newtype")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        de::Deserializer::deserialize_seq(self.present("tuple")?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        de::Deserializer::deserialize_map(self.present("struct")?, visitor)
    }
}

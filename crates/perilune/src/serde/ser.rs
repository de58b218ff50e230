//! Rust values to Lua values.

use super::{LuaSerdeExt, TOO_DEEP, USUAL_LIMIT};
use crate::error::{Error, Result};
use crate::state::Lua;
use crate::table::Table;
use crate::traits::IntoLua;
use crate::value::Value;
use perilune_runtime::semantics::{Num, str_to_number};
use serde::{Serialize, ser};

/// How Rust values are serialized to Lua values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SerializeOptions {
    /// How deep values may be nested.
    pub recursion_limit: usize,
    /// Whether lists get the metatable of lists.
    pub set_array_metatable: bool,
    /// Whether "none" is [`Value::NULL`] instead of nil.
    pub serialize_none_to_null: bool,
    /// Whether "unit" is [`Value::NULL`] instead of nil.
    pub serialize_unit_to_null: bool,
    /// Whether numbers of `serde_json` with arbitrary precision are recognized.
    pub detect_serde_json_arbitrary_precision: bool,
}

impl Default for SerializeOptions {
    fn default() -> SerializeOptions {
        SerializeOptions::new()
    }
}

macro_rules! setters {
    ($($name:ident $ty:ty;)*) => {$(
        #[doc = concat!("Sets [`Self::", stringify!($name), "`](#structfield.", stringify!($name), ").")]
        #[must_use]
        pub const fn $name(mut self, v: $ty) -> Self {
            self.$name = v;
            self
        }
    )*};
}
pub(super) use setters;

impl SerializeOptions {
    /// The default.
    pub const fn new() -> SerializeOptions {
        SerializeOptions {
            recursion_limit: USUAL_LIMIT,
            set_array_metatable: true,
            serialize_none_to_null: true,
            serialize_unit_to_null: true,
            detect_serde_json_arbitrary_precision: false,
        }
    }

    setters! {
        recursion_limit usize;
        set_array_metatable bool;
        serialize_none_to_null bool;
        serialize_unit_to_null bool;
        detect_serde_json_arbitrary_precision bool;
    }
}

/// Serializes to Lua values.
#[derive(Clone, Copy, Debug)]
pub struct Serializer<'a> {
    lua: &'a Lua,
    options: SerializeOptions,
    depth: usize,
}

impl<'a> Serializer<'a> {
    /// For a state.
    pub fn new(lua: &'a Lua) -> Serializer<'a> {
        Serializer::new_with_options(lua, SerializeOptions::new())
    }

    /// For a state, with options.
    pub fn new_with_options(lua: &'a Lua, options: SerializeOptions) -> Serializer<'a> {
        Serializer { lua, options, depth: 0 }
    }

    /// For what is in a value.
    fn deeper(mut self) -> Result<Serializer<'a>> {
        if self.depth >= self.options.recursion_limit {
            return Err(Error::SerializeError(TOO_DEEP.to_owned()));
        }
        self.depth += 1;
        Ok(self)
    }

    fn null_or_nil(self, is_null: bool) -> Value {
        if is_null { Value::NULL } else { Value::Nil }
    }

    fn list(self, len: usize) -> Result<List<'a>> {
        let inner = self.deeper()?;
        let table = self.lua.create_table_with_capacity(len.min(1 << 16), 0)?;
        if self.options.set_array_metatable {
            table.set_metatable(Some(self.lua.array_metatable()))?;
        }
        Ok(List { inner, table, len: 0, variant: None })
    }

    fn map(self, len: usize) -> Result<Map<'a>> {
        let inner = self.deeper()?;
        let table = self.lua.create_table_with_capacity(0, len.min(1 << 16))?;
        Ok(Map { inner, table, key: Value::Nil, variant: None, number: None })
    }

    /// A table with one field.
    fn variant_table(self, variant: &'static str, value: Value) -> Result<Value> {
        self.lua.create_table_from([(variant, value)]).map(Value::Table)
    }
}

/// The name of the struct as which `serde_json` serializes numbers with arbitrary precision, and of its field.
const JSON_NUMBER: &str = "$serde_json::private::Number";

macro_rules! plain {
    ($($f:ident $ty:ty;)*) => {$(
        fn $f(self, v: $ty) -> Result<Value> {
            v.into_lua(self.lua)
        }
    )*};
}

impl<'a> ser::Serializer for Serializer<'a> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Map<'a>;
    type SerializeStruct = Map<'a>;
    type SerializeStructVariant = Map<'a>;

    plain! {
        serialize_bool bool;
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_i128 i128;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_u128 u128;
        serialize_f32 f32;
        serialize_f64 f64;
        serialize_char char;
        serialize_str &str;
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<Value> {
        self.lua.create_string(v).map(Value::String)
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(self.null_or_nil(self.options.serialize_none_to_null))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        value.serialize(self.deeper()?)
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(self.null_or_nil(self.options.serialize_unit_to_null))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value> {
        value.serialize(self.deeper()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value> {
        let value = value.serialize(self.deeper()?)?;
        self.variant_table(variant, value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<List<'a>> {
        self.list(len.unwrap_or(0))
    }

    fn serialize_tuple(self, len: usize) -> Result<List<'a>> {
        self.list(len)
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<List<'a>> {
        self.list(len)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<List<'a>> {
        Ok(List { variant: Some(variant), ..self.list(len)? })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Map<'a>> {
        self.map(len.unwrap_or(0))
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Map<'a>> {
        let mut map = self.map(len)?;
        if self.options.detect_serde_json_arbitrary_precision && name == JSON_NUMBER {
            map.number = Some(Value::Nil);
        }
        Ok(map)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Map<'a>> {
        Ok(Map { variant: Some(variant), ..self.map(len)? })
    }
}

/// A list under way.
#[derive(Debug)]
pub struct List<'a> {
    /// For the items.
    inner: Serializer<'a>,
    table: Table,
    len: usize,
    variant: Option<&'static str>,
}

impl List<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        let item = item.serialize(self.inner)?;
        self.len += 1;
        self.table.raw_set(self.len, item)
    }

    fn finish(self) -> Result<Value> {
        let value = Value::Table(self.table);
        match self.variant {
            Some(variant) => self.inner.variant_table(variant, value),
            None => Ok(value),
        }
    }
}

/// A map or struct under way.
#[derive(Debug)]
pub struct Map<'a> {
    /// For keys and values.
    inner: Serializer<'a>,
    table: Table,
    key: Value,
    variant: Option<&'static str>,
    /// The text of a number of `serde_json`.
    number: Option<Value>,
}

impl Map<'_> {
    fn set<T: Serialize + ?Sized>(&mut self, key: Value, value: &T) -> Result<()> {
        let value = value.serialize(self.inner)?;
        if self.number.is_some() {
            self.number = Some(value);
            return Ok(());
        }
        self.table.raw_set(key, value)
    }

    fn finish(self) -> Result<Value> {
        if let Some(number) = self.number {
            let parsed = match &number {
                Value::String(s) => s.with_bytes(str_to_number),
                _ => None,
            };
            return Ok(match parsed {
                Some(Num::Int(i)) => Value::Integer(i),
                Some(Num::Float(f)) => Value::Number(f),
                None => number,
            });
        }
        let value = Value::Table(self.table);
        match self.variant {
            Some(variant) => self.inner.variant_table(variant, value),
            None => Ok(value),
        }
    }
}

macro_rules! lists {
    ($($trait:ident $f:ident;)*) => {$(
        impl ser::$trait for List<'_> {
            type Ok = Value;
            type Error = Error;

            fn $f<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
                self.add(item)
            }

            fn end(self) -> Result<Value> {
                self.finish()
            }
        }
    )*};
}
lists! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

impl ser::SerializeMap for Map<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = key.serialize(self.inner)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = std::mem::take(&mut self.key);
        self.set(key, value)
    }

    fn end(self) -> Result<Value> {
        self.finish()
    }
}

macro_rules! structs {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Map<'_> {
            type Ok = Value;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<()> {
                let key = Value::String(self.inner.lua.create_string(key)?);
                self.set(key, value)
            }

            fn end(self) -> Result<Value> {
                self.finish()
            }
        }
    )*};
}
structs!(SerializeStruct SerializeStructVariant);

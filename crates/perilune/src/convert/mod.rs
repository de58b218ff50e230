//! Conversions between Lua values and Rust types.
//!
//! They follow Lua: numbers and numeric strings convert to each other, floats with an integer value are integers,
//! only nil and false are false. They never lose anything silently: a number that doesn't fit is an error.

use crate::error::{Error, Result};
use crate::function::Function;
use crate::multi::Args;
use crate::state::Lua;
use crate::string::LuaString;
use crate::table::Table;
use crate::thread::Thread;
use crate::userdata::{AnyUserData, UserData};
use crate::value::{LightUserData, Value};
use perilune_runtime::semantics::{Num, number_to_str, str_to_number};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// A type that a Lua value can be turned into.
pub trait FromLua: Sized {
    /// Converts a value.
    ///
    /// # Errors
    /// [`Error::FromLuaConversionError`] if it isn't of the right type.
    fn from_lua(value: Value, lua: &Lua) -> Result<Self>;
}

/// A type that can be turned into a Lua value.
pub trait IntoLua {
    /// Converts to a value.
    ///
    /// # Errors
    /// If there is no such value in Lua; if the memory limit is exceeded.
    fn into_lua(self, lua: &Lua) -> Result<Value>;
}

/// A type that a list of values (arguments, results) can be turned into.
pub trait FromLuaMulti: Sized {
    /// Converts the values.
    ///
    /// # Errors
    /// If one isn't of the right type. Too many are no error, and missing ones are nil.
    fn from_lua_multi(args: &mut Args, lua: &Lua) -> Result<Self>;
}

impl<T: FromLua> FromLuaMulti for T {
    fn from_lua_multi(args: &mut Args, lua: &Lua) -> Result<T> {
        T::from_lua(args.take(), lua)
    }
}

fn wrong_type<T>(value: &Value, to: &'static str) -> Result<T> {
    Err(Error::FromLuaConversionError { from: value.type_name(), to, message: None })
}

fn wrong_value<T>(value: &Value, to: &'static str, message: impl Into<String>) -> Result<T> {
    let message = Some(message.into());
    Err(Error::FromLuaConversionError { from: value.type_name(), to, message })
}

impl FromLua for Value {
    fn from_lua(value: Value, _: &Lua) -> Result<Value> {
        Ok(value)
    }
}

impl IntoLua for Value {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self)
    }
}

macro_rules! references {
    ($($ty:ty)*) => {$(
        impl IntoLua for &$ty {
            fn into_lua(self, lua: &Lua) -> Result<Value> {
                self.clone().into_lua(lua)
            }
        }
    )*};
}
references!(Value Table Function Thread AnyUserData LuaString);

macro_rules! handles {
    ($($ty:ident $variant:ident $name:literal;)*) => {$(
        impl FromLua for $ty {
            fn from_lua(value: Value, _: &Lua) -> Result<$ty> {
                match value {
                    Value::$variant(v) => Ok(v),
                    other => wrong_type(&other, $name),
                }
            }
        }

        impl IntoLua for $ty {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(Value::$variant(self))
            }
        }
    )*};
}
handles! {
    Table Table "table";
    Function Function "function";
    Thread Thread "thread";
    AnyUserData UserData "userdata";
    LightUserData LightUserData "light userdata";
}

impl<T: UserData> IntoLua for T {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_userdata(self).map(Value::UserData)
    }
}

impl FromLua for bool {
    fn from_lua(value: Value, _: &Lua) -> Result<bool> {
        Ok(!matches!(value, Value::Nil | Value::Boolean(false)))
    }
}

impl IntoLua for bool {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Boolean(self))
    }
}

/// A number, or a string that reads as one.
fn number_of(value: &Value) -> Option<Num> {
    match value {
        Value::Integer(i) => Some(Num::Int(*i)),
        Value::Number(f) => Some(Num::Float(*f)),
        Value::String(s) => str_to_number(s.as_bytes()),
        _ => None,
    }
}

macro_rules! integers {
    ($($ty:ident)*) => {$(
        impl FromLua for $ty {
            fn from_lua(value: Value, _: &Lua) -> Result<$ty> {
                let Some(n) = number_of(&value) else { return wrong_type(&value, "number") };
                let Some(i) = n.to_int() else {
                    return wrong_value(&value, "number", "number has no integer representation");
                };
                match $ty::try_from(i) {
                    Ok(i) => Ok(i),
                    Err(_) => wrong_value(&value, stringify!($ty), "number out of range"),
                }
            }
        }

        impl IntoLua for $ty {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                i64::try_from(self).map(Value::Integer).map_err(|e| Error::ToLuaConversionError {
                    from: stringify!($ty),
                    message: e.to_string(),
                })
            }
        }
    )*};
}
integers!(i8 u8 i16 u16 i32 u32 i64 u64 isize usize);

impl FromLua for f64 {
    fn from_lua(value: Value, _: &Lua) -> Result<f64> {
        match number_of(&value) {
            Some(n) => Ok(n.to_float()),
            None => wrong_type(&value, "number"),
        }
    }
}

impl IntoLua for f64 {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Number(self))
    }
}

impl FromLua for f32 {
    fn from_lua(value: Value, lua: &Lua) -> Result<f32> {
        f64::from_lua(value, lua).map(|f| f as f32)
    }
}

impl IntoLua for f32 {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Number(self.into()))
    }
}

impl FromLua for LuaString {
    fn from_lua(value: Value, lua: &Lua) -> Result<LuaString> {
        match value {
            Value::String(s) => Ok(s),
            Value::Integer(i) => lua.create_string(number_to_str(Num::Int(i)).as_bytes()),
            Value::Number(f) => lua.create_string(number_to_str(Num::Float(f)).as_bytes()),
            other => wrong_type(&other, "string"),
        }
    }
}

impl IntoLua for LuaString {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::String(self))
    }
}

impl FromLua for String {
    fn from_lua(value: Value, lua: &Lua) -> Result<String> {
        let s = LuaString::from_lua(value, lua)?;
        match s.to_str() {
            Ok(text) => Ok(text.to_owned()),
            Err(e) => wrong_value(&Value::String(s.clone()), "string", e.to_string()),
        }
    }
}

macro_rules! texts {
    ($($ty:ty)*) => {$(
        impl IntoLua for $ty {
            fn into_lua(self, lua: &Lua) -> Result<Value> {
                lua.create_string(AsRef::<[u8]>::as_ref(&*self)).map(Value::String)
            }
        }
    )*};
}
texts!(&str String &String Box<str> Cow<'_, str>);

impl<T: FromLua> FromLua for Option<T> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Option<T>> {
        if value.is_nil() { Ok(None) } else { T::from_lua(value, lua).map(Some) }
    }
}

impl<T: IntoLua> IntoLua for Option<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.map_or(Ok(Value::Nil), |v| v.into_lua(lua))
    }
}

impl<T: FromLua> FromLua for Vec<T> {
    /// From the items 1, 2, 3… of a table, up to the first nil.
    fn from_lua(value: Value, lua: &Lua) -> Result<Vec<T>> {
        Table::from_lua(value, lua)?.sequence_values().collect()
    }
}

impl<T: IntoLua> IntoLua for Vec<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        list(lua, self.len(), self)
    }
}

impl<T: IntoLua, const N: usize> IntoLua for [T; N] {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        list(lua, N, self)
    }
}

fn list<T: IntoLua>(lua: &Lua, len: usize, items: impl IntoIterator<Item = T>) -> Result<Value> {
    let t = lua.create_table_with_capacity(len, 0)?;
    for (i, v) in items.into_iter().enumerate() {
        t.raw_set(i + 1, v)?;
    }
    Ok(Value::Table(t))
}

macro_rules! maps {
    ($($map:ident [$($bound:tt)*] [$($extra:tt)*];)*) => {$(
        impl<K: FromLua + $($bound)*, V: FromLua, $($extra)*> FromLua for maps!(@ $map $($extra)*) {
            fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
                Table::from_lua(value, lua)?.pairs().collect()
            }
        }

        impl<K: IntoLua + $($bound)*, V: IntoLua, $($extra)*> IntoLua for maps!(@ $map $($extra)*) {
            fn into_lua(self, lua: &Lua) -> Result<Value> {
                let t = lua.create_table_with_capacity(0, self.len())?;
                self.into_iter().try_for_each(|(k, v)| t.raw_set(k, v))?;
                Ok(Value::Table(t))
            }
        }
    )*};
    (@ HashMap $($extra:tt)*) => { HashMap<K, V, S> };
    (@ BTreeMap) => { BTreeMap<K, V> };
}
maps! {
    HashMap [Eq + Hash] [S: BuildHasher + Default];
    BTreeMap [Ord] [];
}

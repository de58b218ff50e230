//! Conversions between Lua values and Rust types.
//!
//! They follow Lua: numbers and numeric strings convert to each other, floats with an integer value are integers,
//! only nil and false are false. They never lose anything silently: a number that doesn't fit is an error.
//! Numbers are here; [`text`] and [`collections`] have the rest.

mod collections;
mod text;

use crate::error::{Error, Result};
use crate::function::Function;
use crate::state::{Lua, RegistryKey};
use crate::string::LuaString;
use crate::table::Table;
use crate::thread::Thread;
use crate::traits::{FromLua, IntoLua, short_type_name};
use crate::types::{Either, LightUserData};
use crate::userdata::{AnyUserData, UserData};
use crate::value::Value;
use perilune_runtime::semantics::{Num, str_to_number};
use perilune_runtime::value::Value as RtValue;

#[cold]
fn wrong_type<T>(value: &Value, to: impl Into<String>) -> Result<T> {
    Err(Error::from_lua_conversion(value.type_name(), to, None))
}

#[cold]
fn wrong_value<T>(value: &Value, to: impl Into<String>, message: impl Into<String>) -> Result<T> {
    Err(Error::from_lua_conversion(value.type_name(), to, Some(message.into())))
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

impl IntoLua for &Value {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(self.clone())
    }

    fn push_into_stack(self, lua: &Lua) -> Result<()> {
        lua.with(|cx| {
            cx.push(self.to_runtime(lua, cx)?);
            Ok(())
        })
    }
}

macro_rules! handles {
    ($($ty:ident $variant:ident $name:literal $self:ident $reference:expr;)*) => {$(
        impl IntoLua for $ty {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(Value::$variant(self))
            }

            #[inline]
            fn push_into_stack(self, lua: &Lua) -> Result<()> {
                (&self).push_into_stack(lua)
            }
        }

        impl IntoLua for &$ty {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(Value::$variant(self.clone()))
            }

            #[inline]
            fn push_into_stack(self, lua: &Lua) -> Result<()> {
                let $self = self;
                lua.with(|cx| {
                    cx.push($reference.get_in(lua, cx)?);
                    Ok(())
                })
            }
        }
    )*};
}
handles! {
    Table Table "table" t &t.0;
    Function Function "function" t &t.0;
    Thread Thread "thread" t &t.0;
    AnyUserData UserData "userdata" t &t.0;
    LuaString String "string" t t.reference();
}

macro_rules! from_handles {
    ($($ty:ident $variant:ident $name:literal;)*) => {$(
        impl FromLua for $ty {
            fn from_lua(value: Value, _: &Lua) -> Result<$ty> {
                match value {
                    Value::$variant(v) => Ok(v),
                    other => wrong_type(&other, $name),
                }
            }
        }
    )*};
}
from_handles! {
    Table Table "table";
    Function Function "function";
    Thread Thread "thread";
    AnyUserData UserData "userdata";
}

impl<T: UserData + 'static> IntoLua for T {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_userdata(self).map(Value::UserData)
    }
}

impl IntoLua for Error {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Error(Box::new(self)))
    }
}

impl FromLua for Error {
    /// Any value is an error with its text.
    fn from_lua(value: Value, _: &Lua) -> Result<Error> {
        match value {
            Value::Error(e) => Ok(*e),
            other => other.to_string().map(Error::RuntimeError),
        }
    }
}

#[cfg(feature = "anyhow")]
impl IntoLua for anyhow::Error {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Error(Box::new(self.into())))
    }
}

impl IntoLua for RegistryKey {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        (&self).into_lua(lua)
    }
}

impl IntoLua for &RegistryKey {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.registry_value(self)
    }
}

impl FromLua for RegistryKey {
    fn from_lua(value: Value, lua: &Lua) -> Result<RegistryKey> {
        lua.create_registry_value(value)
    }
}

impl FromLua for bool {
    fn from_lua(value: Value, _: &Lua) -> Result<bool> {
        Ok(!matches!(value, Value::Nil | Value::Boolean(false)))
    }

    #[inline]
    fn from_stack(slot: usize, lua: &Lua) -> Result<bool> {
        Ok(lua.with(|cx| !cx.stack_value(slot).is_falsy()))
    }
}

impl IntoLua for bool {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::Boolean(self))
    }

    #[inline]
    fn push_into_stack(self, lua: &Lua) -> Result<()> {
        lua.with(|cx| cx.push(RtValue::bool(self)));
        Ok(())
    }
}

impl FromLua for LightUserData {
    fn from_lua(value: Value, _: &Lua) -> Result<LightUserData> {
        match value {
            Value::LightUserData(l) => Ok(l),
            other => wrong_type(&other, "lightuserdata"),
        }
    }
}

impl IntoLua for LightUserData {
    fn into_lua(self, _: &Lua) -> Result<Value> {
        Ok(Value::LightUserData(self))
    }
}

/// A number, or a string that reads as one.
fn number_of(value: &Value) -> Option<Num> {
    match value {
        Value::Integer(i) => Some(Num::Int(*i)),
        Value::Number(f) => Some(Num::Float(*f)),
        Value::String(s) => str_to_number(&s.as_bytes()),
        _ => None,
    }
}

/// 2^63.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

macro_rules! integers {
    ($($ty:ident)*) => {$(
        impl FromLua for $ty {
            fn from_lua(value: Value, _: &Lua) -> Result<$ty> {
                let Some(n) = number_of(&value) else { return wrong_type(&value, stringify!($ty)) };
                if let Some(i) = n.to_int() {
                    return match $ty::try_from(i) {
                        Ok(i) => Ok(i),
                        Err(_) => wrong_value(&value, stringify!($ty), "out of range"),
                    };
                }
                let f = n.to_float();
                if f.fract() != 0.0 || !f.is_finite() {
                    let message = "number has no integer representation";
                    return wrong_value(&value, stringify!($ty), message);
                }
                // Beyond 64 bits. The conversion is exact unless it saturates, which only the bounds of a type do.
                let i = f as $ty;
                let is_exact = i as f64 == f && i != $ty::MAX && f.abs() >= TWO_63;
                if is_exact { Ok(i) } else { wrong_value(&value, stringify!($ty), "out of range") }
            }

            #[inline]
            fn from_stack(slot: usize, lua: &Lua) -> Result<$ty> {
                let fast = lua.with(|cx| cx.stack_value(slot).as_int());
                match fast.and_then(|i| $ty::try_from(i).ok()) {
                    Some(i) => Ok(i),
                    None => <$ty>::from_lua(Value::from_stack(slot, lua)?, lua),
                }
            }
        }

        impl IntoLua for $ty {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                // What no integer of Lua is, a float may be.
                Ok(i64::try_from(self).map_or(Value::Number(self as f64), Value::Integer))
            }

            #[inline]
            fn push_into_stack(self, lua: &Lua) -> Result<()> {
                lua.with(|cx| {
                    cx.push(match i64::try_from(self) {
                        Ok(i) => cx.int(i),
                        Err(_) => RtValue::float(self as f64),
                    });
                });
                Ok(())
            }
        }
    )*};
}
integers!(i8 u8 i16 u16 i32 u32 i64 u64 i128 u128 isize usize);

macro_rules! floats {
    ($($ty:ident)*) => {$(
        impl FromLua for $ty {
            fn from_lua(value: Value, _: &Lua) -> Result<$ty> {
                match number_of(&value) {
                    Some(n) => Ok(n.to_float() as $ty),
                    None => wrong_type(&value, stringify!($ty)),
                }
            }

            #[inline]
            fn from_stack(slot: usize, lua: &Lua) -> Result<$ty> {
                match lua.with(|cx| cx.stack_value(slot).as_float()) {
                    Some(f) => Ok(f as $ty),
                    None => <$ty>::from_lua(Value::from_stack(slot, lua)?, lua),
                }
            }
        }

        impl IntoLua for $ty {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(Value::Number(self.into()))
            }

            #[inline]
            fn push_into_stack(self, lua: &Lua) -> Result<()> {
                lua.with(|cx| cx.push(RtValue::float(self.into())));
                Ok(())
            }
        }
    )*};
}
floats!(f32 f64);

impl<T: FromLua> FromLua for Option<T> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Option<T>> {
        if value.is_nil() { Ok(None) } else { T::from_lua(value, lua).map(Some) }
    }

    #[inline]
    fn from_stack(slot: usize, lua: &Lua) -> Result<Option<T>> {
        if lua.with(|cx| cx.stack_value(slot).is_nil()) {
            Ok(None)
        } else {
            T::from_stack(slot, lua).map(Some)
        }
    }
}

impl<T: IntoLua> IntoLua for Option<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.map_or(Ok(Value::Nil), |v| v.into_lua(lua))
    }

    #[inline]
    fn push_into_stack(self, lua: &Lua) -> Result<()> {
        match self {
            Some(v) => v.push_into_stack(lua),
            None => {
                lua.with(|cx| cx.push(RtValue::NIL));
                Ok(())
            }
        }
    }
}

impl<L: IntoLua, R: IntoLua> IntoLua for Either<L, R> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.either(|l| l.into_lua(lua), |r| r.into_lua(lua))
    }
}

impl<L: FromLua, R: FromLua> FromLua for Either<L, R> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Either<L, R>> {
        if let Ok(l) = L::from_lua(value.clone(), lua) {
            return Ok(Either::Left(l));
        }
        let from = value.type_name();
        R::from_lua(value, lua)
            .map(Either::Right)
            .map_err(|_| Error::from_lua_conversion(from, short_type_name::<Self>(), None))
    }
}

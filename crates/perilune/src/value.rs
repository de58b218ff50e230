//! [`Value`]: any Lua value, seen from Rust.

use crate::error::Result;
use crate::function::Function;
use crate::handle::Ref;
use crate::state::Lua;
use crate::string::LuaString;
use crate::table::Table;
use crate::thread::Thread;
use crate::userdata::AnyUserData;
use perilune_runtime::cx::Cx;
use perilune_runtime::string::Str;
use perilune_runtime::userdata::{self, Light64};
use perilune_runtime::value::{Type, Value as RtValue};

/// A Lua value.
///
/// Equality is that of `rawequal`: numbers by value, strings by content, other things by identity.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `nil`
    #[default]
    Nil,
    /// A boolean.
    Boolean(bool),
    /// A light userdata: a word that is only compared.
    LightUserData(LightUserData),
    /// An integer.
    Integer(i64),
    /// A float.
    Number(f64),
    /// A string.
    String(LuaString),
    /// A table.
    Table(Table),
    /// A function.
    Function(Function),
    /// A coroutine.
    Thread(Thread),
    /// A Rust value.
    UserData(AnyUserData),
}

/// A light userdata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LightUserData(pub u64);

impl Value {
    /// The name `type` returns for it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Boolean(_) => "boolean",
            Value::LightUserData(_) | Value::UserData(_) => "userdata",
            Value::Integer(_) | Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Table(_) => "table",
            Value::Function(_) => "function",
            Value::Thread(_) => "thread",
        }
    }

    /// Whether it is nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// The runtime's value as one of ours; `cx` is the context of `lua`.
    pub(crate) fn from_runtime(lua: &Lua, cx: &Cx, v: RtValue<'_>) -> Value {
        let reference = || Ref::new(lua, cx, v);
        match v.type_of() {
            Type::Nil => Value::Nil,
            Type::Boolean => Value::Boolean(!v.is_falsy()),
            Type::Number => match (v.as_int(), v.as_float()) {
                (Some(i), _) => Value::Integer(i),
                (None, f) => Value::Number(f.unwrap_or_default()),
            },
            Type::LightUserdata => {
                Value::LightUserData(LightUserData(match v.downcast::<Light64>() {
                    Some(l) => l.word,
                    // The word is what lies below the 16 bits of the tag.
                    None => v.bits() << 16 >> 16,
                }))
            }
            Type::String => match v.downcast::<Str>() {
                Some(s) => Value::String(LuaString::new(lua, cx, s)),
                None => Value::Nil,
            },
            Type::Table => Value::Table(Table(reference())),
            Type::Function => Value::Function(Function(reference())),
            Type::Userdata => Value::UserData(AnyUserData(reference())),
            Type::Thread => Value::Thread(Thread(reference())),
        }
    }

    /// One of our values as the runtime's, for use in `lua`, whose context `cx` is.
    pub(crate) fn to_runtime<'g>(&self, lua: &Lua, cx: &'g Cx) -> Result<RtValue<'g>> {
        Ok(match self {
            Value::Nil => RtValue::NIL,
            Value::Boolean(b) => RtValue::bool(*b),
            Value::LightUserData(l) => userdata::light(&cx.heap, l.0),
            Value::Integer(i) => cx.int(*i),
            Value::Number(f) => RtValue::float(*f),
            Value::String(s) => return s.reference().get_in(lua, cx),
            Value::Table(t) => return t.0.get_in(lua, cx),
            Value::Function(f) => return f.0.get_in(lua, cx),
            Value::Thread(t) => return t.0.get_in(lua, cx),
            Value::UserData(u) => return u.0.get_in(lua, cx),
        })
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Boolean(a), Value::Boolean(b)) => a == b,
            (Value::LightUserData(a), Value::LightUserData(b)) => a == b,
            (Value::Integer(a), Value::Integer(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Integer(i), Value::Number(f)) | (Value::Number(f), Value::Integer(i)) => {
                perilune_runtime::semantics::float_to_int_exact(*f) == Some(*i)
            }
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Table(a), Value::Table(b)) => a == b,
            (Value::Function(a), Value::Function(b)) => a == b,
            (Value::Thread(a), Value::Thread(b)) => a == b,
            (Value::UserData(a), Value::UserData(b)) => a == b,
            _ => false,
        }
    }
}

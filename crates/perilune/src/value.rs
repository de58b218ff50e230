//! [`Value`]: any Lua value, seen from Rust.

use crate::crossing::value_of_error_object;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::handle::Ref;
use crate::state::{Lua, WeakLua};
use crate::string::LuaString;
use crate::table::Table;
use crate::thread::Thread;
use crate::types::{Integer, LightUserData, Number};
use crate::userdata::AnyUserData;
use perilune_runtime::cx::Cx;
use perilune_runtime::embed;
use perilune_runtime::semantics::{Num, float_to_int_exact, number_to_str};
use perilune_runtime::string::Str;
use perilune_runtime::userdata::{self, Light64, Userdata};
use perilune_runtime::value::{Type, Value as RtValue};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::ffi::c_void;
use std::fmt;

pub use Value::Nil;

/// A Lua value.
///
/// Equality is that of `rawequal`: numbers by value, strings by content, other things by identity.
#[derive(Clone, Default)]
pub enum Value {
    /// `nil`
    #[default]
    Nil,
    /// A boolean.
    Boolean(bool),
    /// A light userdata: a word that is only compared.
    LightUserData(LightUserData),
    /// An integer.
    Integer(Integer),
    /// A float.
    Number(Number),
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
    /// An error of the host's; to Lua it is a userdata with `__tostring`.
    Error(Box<Error>),
    /// There is nothing else.
    Other(#[doc(hidden)] Nothing),
}

/// What there is not.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Nothing {}

macro_rules! accessors {
    ($($(#[doc = $doc:literal])* $is:ident $as:ident $variant:ident $ty:ty;)*) => {$(
        #[doc = concat!("Whether it is ", $($doc)*)]
        pub fn $is(&self) -> bool {
            matches!(self, Value::$variant(_))
        }

        #[doc = concat!("It, if it is ", $($doc)*)]
        pub fn $as(&self) -> Option<&$ty> {
            match self {
                Value::$variant(v) => Some(v),
                _ => None,
            }
        }
    )*};
}

macro_rules! integers {
    ($($name:ident $ty:ty;)*) => {$(
        #[doc = concat!("Its value as `", stringify!($ty), "`, if it is a number and has one.")]
        pub fn $name(&self) -> Option<$ty> {
            let i = match self {
                Value::Integer(i) => *i,
                Value::Number(f) => float_to_int_exact(*f)?,
                _ => return None,
            };
            <$ty>::try_from(i).ok()
        }
    )*};
}

impl Value {
    /// The light userdata that stands for "null" where nil won't do.
    pub const NULL: Value = Value::LightUserData(LightUserData(std::ptr::null_mut()));

    /// What it is, in more detail than what `type` returns.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::LightUserData(_) => "lightuserdata",
            Value::Integer(_) => "integer",
            Value::Error(_) => "error",
            other => other.lua_type(),
        }
    }

    /// The name `type` returns for it.
    pub(crate) fn lua_type(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Boolean(_) => "boolean",
            Value::LightUserData(_) | Value::UserData(_) | Value::Error(_) => "userdata",
            Value::Integer(_) | Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Table(_) => "table",
            Value::Function(_) => "function",
            Value::Thread(_) => "thread",
            Value::Other(nothing) => match *nothing {},
        }
    }

    /// Whether they are equal as `==` says: `__eq` is respected.
    ///
    /// # Errors
    /// What `__eq` throws.
    pub fn equals(&self, other: &Value) -> Result<bool> {
        let own = match (self, other) {
            (Value::Table(a), Value::Table(_)) => a.0.lua()?,
            (Value::UserData(a), Value::UserData(_)) => a.0.lua()?,
            (a, b) => return Ok(a == b),
        };
        own.call_native(("equal", embed::equal), (self, other))
    }

    /// The address of the object it refers to, or null.
    pub fn to_pointer(&self) -> *const c_void {
        match self {
            Value::String(s) => s.to_pointer(),
            Value::LightUserData(l) => l.0,
            other => other.reference().map_or(std::ptr::null(), Ref::address),
        }
    }

    /// Its text as `tostring` gives it; "null" for [`Value::NULL`].
    ///
    /// # Errors
    /// What `__tostring` throws.
    pub fn to_string(&self) -> Result<String> {
        Ok(match self {
            Value::Nil => "nil".to_owned(),
            Value::Boolean(b) => b.to_string(),
            Value::LightUserData(l) if l.0.is_null() => "null".to_owned(),
            Value::LightUserData(l) => format!("lightuserdata: {:p}", l.0),
            Value::Integer(i) => i.to_string(),
            Value::Number(f) => {
                String::from_utf8_lossy(number_to_str(Num::Float(*f)).as_bytes()).into_owned()
            }
            Value::String(s) => (*s.to_str()?).to_owned(),
            Value::Error(e) => e.to_string(),
            other => {
                let lua = other.reference().map_or_else(|| Err(crate::state::gone()), Ref::lua)?;
                lua.call_native::<String>(("tostring", embed::to_string), other)?
            }
        })
    }

    /// The reference in it, if there is one.
    pub(crate) fn reference(&self) -> Option<&Ref> {
        match self {
            Value::String(s) => Some(s.reference()),
            Value::Table(t) => Some(&t.0),
            Value::Function(f) => Some(&f.0),
            Value::Thread(t) => Some(&t.0),
            Value::UserData(u) => Some(&u.0),
            Value::Nil
            | Value::Boolean(_)
            | Value::LightUserData(_)
            | Value::Integer(_)
            | Value::Number(_)
            | Value::Error(_)
            | Value::Other(_) => None,
        }
    }

    /// Its state, if it is of one.
    pub fn weak_lua(&self) -> Option<&WeakLua> {
        self.reference().map(|r| &r.lua)
    }

    /// Whether it is nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// Whether it is [`Value::NULL`].
    pub fn is_null(&self) -> bool {
        self == &Value::NULL
    }

    /// Whether it is a boolean.
    pub fn is_boolean(&self) -> bool {
        matches!(self, Value::Boolean(_))
    }

    /// It, if it is a boolean.
    pub fn as_boolean(&self) -> Option<bool> {
        if let Value::Boolean(b) = self { Some(*b) } else { None }
    }

    /// Whether it is a light userdata.
    pub fn is_light_userdata(&self) -> bool {
        matches!(self, Value::LightUserData(_))
    }

    /// It, if it is a light userdata.
    pub fn as_light_userdata(&self) -> Option<LightUserData> {
        if let Value::LightUserData(l) = self { Some(*l) } else { None }
    }

    /// Whether it is an integer.
    pub fn is_integer(&self) -> bool {
        matches!(self, Value::Integer(_))
    }

    /// It, if it is an integer.
    pub fn as_integer(&self) -> Option<Integer> {
        if let Value::Integer(i) = self { Some(*i) } else { None }
    }

    integers! {
        as_i32 i32;
        as_u32 u32;
        as_i64 i64;
        as_u64 u64;
        as_isize isize;
        as_usize usize;
    }

    /// Whether it is a float.
    pub fn is_number(&self) -> bool {
        matches!(self, Value::Number(_))
    }

    /// It, if it is a float.
    pub fn as_number(&self) -> Option<Number> {
        if let Value::Number(f) = self { Some(*f) } else { None }
    }

    /// Its value as `f32`, if it is a number.
    pub fn as_f32(&self) -> Option<f32> {
        self.as_f64().map(|f| f as f32)
    }

    /// Its value as `f64`, if it is a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Integer(i) => Some(*i as f64),
            Value::Number(f) => Some(*f),
            _ => None,
        }
    }

    accessors! {
        /// a string.
        is_string as_string String LuaString;
        /// a table.
        is_table as_table Table Table;
        /// a coroutine.
        is_thread as_thread Thread Thread;
        /// a function.
        is_function as_function Function Function;
        /// a userdata.
        is_userdata as_userdata UserData AnyUserData;
        /// an error.
        is_error as_error Error Error;
    }

    /// It as something that serializes as wanted.
    #[cfg(feature = "serde")]
    pub fn to_serializable(&self) -> crate::serde::SerializableValue<'_> {
        crate::serde::SerializableValue::new(self)
    }

    /// The runtime's value as one of ours; `cx` is the context of `lua`.
    #[inline]
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
                let word = match v.downcast::<Light64>() {
                    Some(l) => l.word,
                    // The word is what lies below the 16 bits of the tag.
                    None => v.bits() << 16 >> 16,
                };
                Value::LightUserData(LightUserData(std::ptr::without_provenance_mut(word as usize)))
            }
            Type::String => match v.downcast::<Str>() {
                Some(s) => Value::String(LuaString::new(lua, cx, s)),
                None => Value::Nil,
            },
            Type::Table => Value::Table(Table(reference())),
            Type::Function => Value::Function(Function(reference())),
            Type::Userdata => match value_of_error_object(lua, v) {
                Some(error) => error,
                None => Value::UserData(AnyUserData(reference())),
            },
            Type::Thread => Value::Thread(Thread(reference())),
        }
    }

    /// One of our values as the runtime's, for use in `lua`, whose context `cx` is.
    #[inline]
    pub(crate) fn to_runtime<'g>(&self, lua: &Lua, cx: &'g Cx) -> Result<RtValue<'g>> {
        Ok(match self {
            Value::Nil => RtValue::NIL,
            Value::Boolean(b) => RtValue::bool(*b),
            Value::LightUserData(l) => userdata::light(&cx.heap, l.0.addr() as u64),
            Value::Integer(i) => cx.int(*i),
            Value::Number(f) => RtValue::float(*f),
            Value::String(s) => return s.reference().get_in(lua, cx),
            Value::Table(t) => return t.0.get_in(lua, cx),
            Value::Function(f) => return f.0.get_in(lua, cx),
            Value::Thread(t) => return t.0.get_in(lua, cx),
            Value::UserData(u) => return u.0.get_in(lua, cx),
            Value::Error(e) => lua.error_object(cx, (**e).clone()),
            Value::Other(nothing) => match *nothing {},
        })
    }

    /// An order of values of all types, for showing them.
    pub(crate) fn compare_to_show(&self, other: &Value) -> Ordering {
        let rank = |v: &Value| match v {
            Value::Nil => 0,
            Value::Boolean(_) => 1,
            Value::Integer(_) | Value::Number(_) => 2,
            Value::String(_) => 3,
            Value::LightUserData(_) => 4,
            Value::Table(_) => 5,
            Value::Function(_) => 6,
            Value::Thread(_) => 7,
            Value::UserData(_) => 8,
            Value::Error(_) => 9,
            Value::Other(_) => 10,
        };
        match (self, other) {
            (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
            (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
            (Value::String(a), Value::String(b)) => a.cmp(b),
            (a, b) => match (a.as_f64(), b.as_f64()) {
                (Some(x), Some(y)) => x.total_cmp(&y),
                _ => rank(a).cmp(&rank(b)).then(a.to_pointer().cmp(&b.to_pointer())),
            },
        }
    }

    /// Shows it as a program would write it, as far as that can be.
    pub(crate) fn fmt_pretty(
        &self,
        f: &mut fmt::Formatter<'_>,
        indent: usize,
        above: &mut HashSet<*const c_void>,
    ) -> fmt::Result {
        match self {
            Value::String(s) => write!(f, "{s:?}"),
            Value::Table(t) if above.contains(&t.to_pointer()) => {
                write!(f, "table: {:p}", t.to_pointer())
            }
            Value::Table(t) => t.fmt_pretty(f, indent, above),
            Value::UserData(u) => f.write_str(&u.debug_text()),
            other => f.write_str(&other.to_string().unwrap_or_else(|e| e.to_string())),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fmt_pretty(f, 0, &mut HashSet::new());
        }
        match self {
            Value::Nil => f.write_str("Nil"),
            Value::Boolean(b) => write!(f, "Boolean({b})"),
            Value::LightUserData(l) => write!(f, "{l:?}"),
            Value::Integer(i) => write!(f, "Integer({i})"),
            Value::Number(n) => write!(f, "Number({n})"),
            Value::String(s) => write!(f, "String({s:?})"),
            Value::Table(t) => write!(f, "{t:?}"),
            Value::Function(v) => write!(f, "{v:?}"),
            Value::Thread(t) => write!(f, "{t:?}"),
            Value::UserData(u) => write!(f, "{u:?}"),
            Value::Error(e) => write!(f, "Error({e:?})"),
            Value::Other(nothing) => match *nothing {},
        }
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
                float_to_int_exact(*f) == Some(*i)
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

/// Whether a value of the runtime is a userdata with Rust data of this type.
pub(crate) fn userdata_with<T: 'static, R>(v: RtValue<'_>, f: impl FnOnce(&T) -> R) -> Option<R> {
    let u = v.downcast::<Userdata>()?;
    let data = u.data.borrow();
    data.as_ref()?.downcast_ref::<T>().map(f)
}

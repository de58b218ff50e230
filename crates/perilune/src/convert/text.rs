//! Texts: strings of all kinds, and characters.

use super::{wrong_type, wrong_value};
use crate::error::{Error, Result};
use crate::state::Lua;
use crate::string::{BorrowedBytes, BorrowedStr, LuaString};
use crate::traits::{FromLua, IntoLua};
use crate::value::Value;
use bstr::{BStr, BString};
use perilune_runtime::semantics::{Num, number_to_str};
use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

/// A string, or the text of a number.
fn string_of(value: Value, lua: &Lua, to: &'static str) -> Result<LuaString> {
    match value {
        Value::String(s) => Ok(s),
        Value::Integer(i) => lua.create_string(number_to_str(Num::Int(i)).as_bytes()),
        Value::Number(f) => lua.create_string(number_to_str(Num::Float(f)).as_bytes()),
        other => wrong_type(&other, to),
    }
}

fn text_of(value: Value, lua: &Lua, to: &'static str) -> Result<String> {
    let s = string_of(value, lua, to)?;
    match std::str::from_utf8(&s.as_bytes()) {
        Ok(text) => Ok(text.to_owned()),
        Err(e) => wrong_value(&Value::String(s.clone()), to, e.to_string()),
    }
}

impl FromLua for LuaString {
    fn from_lua(value: Value, lua: &Lua) -> Result<LuaString> {
        string_of(value, lua, "string")
    }
}

impl FromLua for BorrowedStr {
    fn from_lua(value: Value, lua: &Lua) -> Result<BorrowedStr> {
        let s = string_of(value, lua, "BorrowedStr")?;
        BorrowedStr::try_from(&s)
    }
}

impl FromLua for BorrowedBytes {
    fn from_lua(value: Value, lua: &Lua) -> Result<BorrowedBytes> {
        Ok(string_of(value, lua, "BorrowedBytes")?.as_bytes())
    }
}

macro_rules! borrowed {
    ($($ty:ty)*) => {$(
        impl IntoLua for $ty {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(Value::String(self.into_string()))
            }
        }

        impl IntoLua for &$ty {
            fn into_lua(self, _: &Lua) -> Result<Value> {
                Ok(Value::String(self.clone().into_string()))
            }
        }
    )*};
}
borrowed!(BorrowedStr BorrowedBytes);

impl FromLua for String {
    fn from_lua(value: Value, lua: &Lua) -> Result<String> {
        text_of(value, lua, "String")
    }

    #[inline]
    fn from_stack(slot: usize, lua: &Lua) -> Result<String> {
        let text = lua.with(|cx| {
            let s = cx.stack_value(slot).downcast::<perilune_runtime::string::Str>()?;
            std::str::from_utf8(s.get().as_bytes()).ok().map(str::to_owned)
        });
        match text {
            Some(text) => Ok(text),
            None => String::from_lua(Value::from_stack(slot, lua)?, lua),
        }
    }
}

impl FromLua for Box<str> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Box<str>> {
        text_of(value, lua, "Box<str>").map(String::into_boxed_str)
    }
}

impl FromLua for BString {
    fn from_lua(value: Value, lua: &Lua) -> Result<BString> {
        Ok(string_of(value, lua, "BString")?.as_bytes().to_vec().into())
    }
}

impl FromLua for CString {
    fn from_lua(value: Value, lua: &Lua) -> Result<CString> {
        let from = value.type_name();
        let bytes = string_of(value, lua, "CString")?.as_bytes().to_vec();
        CString::new(bytes).map_err(|_| {
            let message = "the string has a zero in it".to_owned();
            Error::from_lua_conversion(from, "CString", Some(message))
        })
    }
}

impl FromLua for OsString {
    fn from_lua(value: Value, lua: &Lua) -> Result<OsString> {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStringExt;
            Ok(OsString::from_vec(string_of(value, lua, "OsString")?.as_bytes().to_vec()))
        }
        #[cfg(not(unix))]
        text_of(value, lua, "OsString").map(OsString::from)
    }
}

impl FromLua for PathBuf {
    fn from_lua(value: Value, lua: &Lua) -> Result<PathBuf> {
        OsString::from_lua(value, lua).map(PathBuf::from)
    }
}

macro_rules! texts {
    ($($ty:ty: $s:ident => $bytes:expr;)*) => {$(
        impl IntoLua for $ty {
            fn into_lua(self, lua: &Lua) -> Result<Value> {
                let $s = &self;
                lua.create_string($bytes).map(Value::String)
            }

            #[inline]
            fn push_into_stack(self, lua: &Lua) -> Result<()> {
                let $s = &self;
                lua.push_string($bytes)
            }
        }
    )*};
}
texts! {
    &str: s => s.as_bytes();
    String: s => s.as_bytes();
    &String: s => s.as_bytes();
    Box<str>: s => s.as_bytes();
    Cow<'_, str>: s => s.as_bytes();
    CString: s => s.as_bytes();
    &CStr: s => s.to_bytes();
    Cow<'_, CStr>: s => s.to_bytes();
    BString: s => &s[..];
    &BStr: s => &s[..];
    OsString: s => s.as_encoded_bytes();
    &OsStr: s => s.as_encoded_bytes();
    PathBuf: s => s.as_os_str().as_encoded_bytes();
    &Path: s => s.as_os_str().as_encoded_bytes();
}

impl IntoLua for char {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        self.encode_utf8(&mut [0; 4]).into_lua(lua)
    }
}

impl IntoLua for &mut str {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        (&*self).into_lua(lua)
    }
}

impl FromLua for char {
    /// From a string of one character, or the number of one.
    fn from_lua(value: Value, _: &Lua) -> Result<char> {
        match &value {
            Value::Integer(i) => match u32::try_from(*i).ok().and_then(char::from_u32) {
                Some(c) => Ok(c),
                None => wrong_value(&value, "char", "integer out of range"),
            },
            Value::String(s) => {
                let s = s.to_str()?;
                let mut chars = s.chars();
                match (chars.next(), chars.next()) {
                    (Some(c), None) => Ok(c),
                    _ => wrong_value(&value, "char", "expected string to have exactly one char"),
                }
            }
            other => wrong_value(other, "char", "expected string or integer"),
        }
    }
}

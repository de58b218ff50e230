//! [`LuaString`]: strings.
//!
//! A string's bytes don't move or change, so they can be borrowed without copying as long as somebody keeps the string, and
//! the state with it: that is what [`BorrowedBytes`] and [`BorrowedStr`] do, which are used like `&[u8]` and `&str`.

use crate::error::{Error, Result};
use crate::handle::Ref;
use crate::state::{Lua, WeakLua};
use crate::traits::IntoLua;
use crate::value::Value;
use perilune_runtime::cx::Cx;
use perilune_runtime::object::Gc;
use perilune_runtime::string::Str;
use perilune_runtime::value::Value as RtValue;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::ffi::c_void;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::ptr::NonNull;

/// A Lua string: immutable bytes, by custom UTF-8.
#[derive(Clone)]
pub struct LuaString {
    reference: Ref,
    bytes: NonNull<[u8]>,
}

impl LuaString {
    #[inline]
    pub(crate) fn new(lua: &Lua, cx: &Cx, s: Gc<'_, Str>) -> LuaString {
        LuaString {
            bytes: NonNull::from(s.as_bytes()),
            reference: Ref::new(lua, cx, RtValue::object(s)),
        }
    }

    pub(crate) fn reference(&self) -> &Ref {
        &self.reference
    }

    /// The bytes.
    ///
    /// # Panics
    /// If the state has ended.
    pub fn as_bytes(&self) -> BorrowedBytes {
        BorrowedBytes { lua: self.reference.lua.upgrade(), string: self.clone() }
    }

    /// The bytes, and a zero behind them.
    ///
    /// # Panics
    /// If the state has ended.
    pub fn as_bytes_with_nul(&self) -> Vec<u8> {
        [&self.as_bytes()[..], &[0]].concat()
    }

    /// The text.
    ///
    /// # Errors
    /// If it isn't UTF-8.
    ///
    /// # Panics
    /// If the state has ended.
    pub fn to_str(&self) -> Result<BorrowedStr> {
        BorrowedStr::try_from(self)
    }

    /// The text, with U+FFFD for what isn't UTF-8.
    pub fn to_string_lossy(&self) -> String {
        self.with_bytes(|b| String::from_utf8_lossy(b).into_owned())
    }

    /// What shows the text, with U+FFFD for what isn't UTF-8.
    pub fn display(&self) -> impl fmt::Display + '_ {
        self.to_string_lossy()
    }

    /// The address of the string.
    pub fn to_pointer(&self) -> *const c_void {
        self.reference.address()
    }

    /// Its state.
    pub fn weak_lua(&self) -> &WeakLua {
        &self.reference.lua
    }

    /// Something that becomes a string when it is given to Lua, of any bytes.
    pub fn wrap(data: impl AsRef<[u8]>) -> impl IntoLua {
        Wrapped(data)
    }

    /// Looks at the bytes; there are none if the state has ended.
    pub(crate) fn with_bytes<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        let lua = self.reference.lua.try_upgrade();
        match lua {
            // SAFETY: strings don't move and their bytes don't change. The reference keeps this one alive, and `lua` the
            // state (whose memory is leaked rather than freed if a panic made it unusable).
            Some(_lua) => f(unsafe { self.bytes.as_ref() }),
            None => f(&[]),
        }
    }
}

struct Wrapped<T>(T);

impl<T: AsRef<[u8]>> IntoLua for Wrapped<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_string(self.0).map(Value::String)
    }
}

impl fmt::Debug for LuaString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_bytes(|bytes| match std::str::from_utf8(bytes) {
            Ok(text) => text.fmt(f),
            Err(_) => {
                write!(f, "b\"")?;
                for byte in bytes {
                    if *byte == 0 {
                        f.write_str("\\0")?;
                    } else {
                        write!(f, "{}", byte.escape_ascii())?;
                    }
                }
                write!(f, "\"")
            }
        })
    }
}

impl<T: AsRef<[u8]> + ?Sized> PartialEq<T> for LuaString {
    fn eq(&self, other: &T) -> bool {
        self.with_bytes(|bytes| bytes == other.as_ref())
    }
}

impl PartialEq for LuaString {
    fn eq(&self, other: &LuaString) -> bool {
        self.reference == other.reference || self.with_bytes(|a| other.with_bytes(|b| a == b))
    }
}

impl Eq for LuaString {}

impl<T: AsRef<[u8]> + ?Sized> PartialOrd<T> for LuaString {
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        self.with_bytes(|bytes| bytes.partial_cmp(other.as_ref()))
    }
}

impl PartialOrd for LuaString {
    fn partial_cmp(&self, other: &LuaString) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for LuaString {
    fn cmp(&self, other: &LuaString) -> Ordering {
        self.with_bytes(|a| other.with_bytes(|b| a.cmp(b)))
    }
}

impl Hash for LuaString {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.with_bytes(|bytes| bytes.hash(state));
    }
}

/// The bytes of a Lua string, which this keeps, and the state with it.
#[derive(Clone)]
pub struct BorrowedBytes {
    string: LuaString,
    lua: Lua,
}

/// The text of a Lua string, which this keeps, and the state with it.
#[derive(Clone)]
pub struct BorrowedStr(BorrowedBytes);

impl BorrowedBytes {
    pub(crate) fn into_string(self) -> LuaString {
        self.string
    }
}

impl BorrowedStr {
    pub(crate) fn into_string(self) -> LuaString {
        self.0.string
    }
}

impl Deref for BorrowedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let _ = &self.lua;
        // SAFETY: as in `with_bytes`; the state is kept by `lua` as long as the borrow lasts.
        unsafe { self.string.bytes.as_ref() }
    }
}

impl Deref for BorrowedStr {
    type Target = str;

    fn deref(&self) -> &str {
        // SAFETY: it was looked at when this was made, and bytes don't change.
        unsafe { std::str::from_utf8_unchecked(&self.0) }
    }
}

impl TryFrom<&LuaString> for BorrowedStr {
    type Error = Error;

    fn try_from(s: &LuaString) -> Result<BorrowedStr> {
        let bytes = s.as_bytes();
        match std::str::from_utf8(&bytes) {
            Ok(_) => Ok(BorrowedStr(bytes)),
            Err(e) => Err(Error::from_lua_conversion("string", "&str", Some(e.to_string()))),
        }
    }
}

impl From<&LuaString> for BorrowedBytes {
    fn from(s: &LuaString) -> BorrowedBytes {
        s.as_bytes()
    }
}

macro_rules! borrowed {
    ($($ty:ident $target:ty;)*) => {$(
        impl AsRef<$target> for $ty {
            fn as_ref(&self) -> &$target {
                self
            }
        }

        impl Borrow<$target> for $ty {
            fn borrow(&self) -> &$target {
                self
            }
        }

        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: AsRef<$target>> PartialEq<T> for $ty {
            fn eq(&self, other: &T) -> bool {
                **self == *other.as_ref()
            }
        }

        impl Eq for $ty {}

        impl<T: AsRef<$target>> PartialOrd<T> for $ty {
            fn partial_cmp(&self, other: &T) -> Option<Ordering> {
                (**self).partial_cmp(other.as_ref())
            }
        }

        impl Ord for $ty {
            fn cmp(&self, other: &$ty) -> Ordering {
                (**self).cmp(&**other)
            }
        }

        impl Hash for $ty {
            fn hash<H: Hasher>(&self, state: &mut H) {
                (**self).hash(state);
            }
        }
    )*};
}
borrowed! {
    BorrowedBytes [u8];
    BorrowedStr str;
}

impl fmt::Display for BorrowedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<'a> IntoIterator for &'a BorrowedBytes {
    type Item = &'a u8;
    type IntoIter = std::slice::Iter<'a, u8>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

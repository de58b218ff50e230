//! [`LuaString`]: strings.

use crate::handle::Ref;
use crate::state::Lua;
use perilune_runtime::cx::Cx;
use perilune_runtime::object::Gc;
use perilune_runtime::string::Str;
use perilune_runtime::value::Value as RtValue;
use std::borrow::Cow;
use std::fmt;
use std::ptr::NonNull;

/// A Lua string: immutable bytes, by custom UTF-8.
#[derive(Clone)]
pub struct LuaString {
    reference: Ref,
    bytes: NonNull<[u8]>,
}

impl LuaString {
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
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: strings don't move and their bytes don't change. The reference keeps this one alive, and the state
        // with it (whose memory is leaked rather than freed if a panic made it unusable).
        unsafe { self.bytes.as_ref() }
    }

    /// The text.
    ///
    /// # Errors
    /// If it isn't UTF-8.
    pub fn to_str(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(self.as_bytes())
    }

    /// The text, with U+FFFD for what isn't UTF-8.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }
}

impl fmt::Debug for LuaString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

impl AsRef<[u8]> for LuaString {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Eq for LuaString {}

impl PartialEq for LuaString {
    fn eq(&self, other: &LuaString) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<[u8]> for LuaString {
    fn eq(&self, other: &[u8]) -> bool {
        self.as_bytes() == other
    }
}

impl PartialEq<str> for LuaString {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for LuaString {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl std::hash::Hash for LuaString {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

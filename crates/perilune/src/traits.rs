//! The conversion traits.
//!
//! **Problem.** A conversion is something a host's program implements, so its form is that of values: one in, one out.
//! A call that builds a handle for each argument to take it apart again costs more than the call.
//!
//! **Design.** Each trait has hidden methods beside the public one, with defaults in terms of it, that convert from and to
//! slots of the Lua stack. Types of this crate that need no handle implement them; everybody else has the default. A slot is
//! given by its place from the bottom of the running coroutine's stack.

use crate::error::{Error, Result};
use crate::multi::MultiValue;
use crate::state::Lua;
use crate::value::Value;
use std::sync::Arc;

/// A type that can be turned into a Lua value.
pub trait IntoLua: Sized {
    /// Converts to a value.
    ///
    /// # Errors
    /// If there is no such value in Lua; if the memory limit is exceeded.
    fn into_lua(self, lua: &Lua) -> Result<Value>;

    /// Converts to a value on top of the Lua stack.
    #[doc(hidden)]
    fn push_into_stack(self, lua: &Lua) -> Result<()> {
        let value = self.into_lua(lua)?;
        lua.with(|cx| {
            cx.push(value.to_runtime(lua, cx)?);
            Ok(())
        })
    }
}

/// A type that a Lua value can be turned into.
pub trait FromLua: Sized {
    /// Converts a value.
    ///
    /// # Errors
    /// [`Error::FromLuaConversionError`] if it isn't of the right type.
    fn from_lua(value: Value, lua: &Lua) -> Result<Self>;

    /// Converts argument `i` of a function, which is called `to`.
    #[doc(hidden)]
    fn from_lua_arg(value: Value, i: usize, to: Option<&str>, lua: &Lua) -> Result<Self> {
        Self::from_lua(value, lua).map_err(|e| bad_argument(e, i, to))
    }

    /// Converts the value in a slot.
    #[doc(hidden)]
    fn from_stack(slot: usize, lua: &Lua) -> Result<Self> {
        let value = lua.with(|cx| Value::from_runtime(lua, cx, cx.stack_value(slot)));
        Self::from_lua(value, lua)
    }
}

/// A type that can be turned into any number of Lua values: arguments or results.
pub trait IntoLuaMulti: Sized {
    /// Converts to values.
    ///
    /// # Errors
    /// As [`IntoLua::into_lua`].
    fn into_lua_multi(self, lua: &Lua) -> Result<MultiValue>;

    /// Converts to values on top of the Lua stack; how many.
    #[doc(hidden)]
    fn push_into_stack_multi(self, lua: &Lua) -> Result<usize> {
        let values = self.into_lua_multi(lua)?;
        lua.make_room(values.len())?;
        lua.with(|cx| {
            for v in values.iter() {
                cx.push(v.to_runtime(lua, cx)?);
            }
            Ok(values.len())
        })
    }
}

/// A type that any number of Lua values can be turned into: arguments or results.
pub trait FromLuaMulti: Sized {
    /// Converts values. Too many are no error, and missing ones are nil.
    ///
    /// # Errors
    /// If one isn't of the right type.
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Self>;

    /// Converts arguments of a function, which is called `to`; the first of them is its argument `i`.
    #[doc(hidden)]
    fn from_lua_args(args: MultiValue, i: usize, to: Option<&str>, lua: &Lua) -> Result<Self> {
        let _ = (i, to);
        Self::from_lua_multi(args, lua)
    }

    /// Converts the values in so many slots.
    #[doc(hidden)]
    fn from_stack_multi(first: usize, count: usize, lua: &Lua) -> Result<Self> {
        Self::from_lua_multi(lua.stack_values(first, count), lua)
    }

    /// Converts arguments of a function, in so many slots.
    #[doc(hidden)]
    fn from_stack_args(
        first: usize,
        count: usize,
        i: usize,
        to: Option<&str>,
        lua: &Lua,
    ) -> Result<Self> {
        Self::from_lua_args(lua.stack_values(first, count), i, to, lua)
    }
}

/// The error of an argument that can't be converted.
#[cold]
pub(crate) fn bad_argument(cause: Error, pos: usize, to: Option<&str>) -> Error {
    let name = None;
    Error::BadArgument { to: to.map(str::to_owned), pos, name, cause: Arc::new(cause) }
}

/// What a type is called in messages: its name without modules and lifetimes.
pub(crate) fn short_type_name<T: ?Sized>() -> String {
    let full = std::any::type_name::<T>();
    let full = full
        .replace("{{closure}}::", "")
        .replace("<'_>", "")
        .replace("'_, ", "")
        .replace("&'_ ", "&");
    let mut out = String::with_capacity(full.len());
    let mut word = String::new();
    let mut chars = full.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
        } else if c == ':' && chars.peek() == Some(&':') {
            chars.next();
            word.clear();
        } else {
            out.push_str(&word);
            word.clear();
            out.push(c);
        }
    }
    out.push_str(&word);
    out
}

/// What tables and userdata have in common.
pub trait ObjectLike: sealed::Sealed {
    /// Field `key`, as `object[key]`.
    ///
    /// # Errors
    /// What `__index` throws; if the value isn't of the wanted type.
    fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V>;

    /// Assigns field `key`, as `object[key] = value`.
    ///
    /// # Errors
    /// What `__newindex` throws.
    fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()>;

    /// Calls the object, as `object(...)`.
    ///
    /// # Errors
    /// If it can't be called; what `__call` throws.
    fn call<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R>;

    /// As [`ObjectLike::call`], for functions that wait.
    #[cfg(feature = "async")]
    fn call_async<R: FromLuaMulti>(
        &self,
        args: impl IntoLuaMulti,
    ) -> crate::function::AsyncCallFuture<R>;

    /// Calls a method, as `object:name(...)`.
    ///
    /// # Errors
    /// If there is no such method; what it throws.
    fn call_method<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R>;

    /// As [`ObjectLike::call_method`], for methods that wait.
    #[cfg(feature = "async")]
    fn call_async_method<R: FromLuaMulti>(
        &self,
        name: &str,
        args: impl IntoLuaMulti,
    ) -> crate::function::AsyncCallFuture<R>;

    /// Calls a function in a field, as `object.name(...)`.
    ///
    /// # Errors
    /// If there is no such function; what it throws.
    fn call_function<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R>;

    /// As [`ObjectLike::call_function`], for functions that wait.
    #[cfg(feature = "async")]
    fn call_async_function<R: FromLuaMulti>(
        &self,
        name: &str,
        args: impl IntoLuaMulti,
    ) -> crate::function::AsyncCallFuture<R>;

    /// What a path of fields leads to: `a.b[1]["c d"]`. A `?` behind a step ends the path with nil if it led to nil.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// use perilune::ObjectLike;
    /// let t: perilune::Table = lua.load("{servers = {{port = 80}}}").eval()?;
    /// assert_eq!(t.get_path::<i64>("servers[1].port")?, 80);
    /// assert_eq!(t.get_path::<Option<i64>>("servers[2]?.port")?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If something on the way can't be indexed, or the path isn't one.
    fn get_path<V: FromLua>(&self, path: &str) -> Result<V> {
        let lua = self.weak_lua().try_upgrade().ok_or_else(crate::state::gone)?;
        V::from_lua(crate::path::follow(&lua, self.to_value(), path)?, &lua)
    }

    /// What `tostring` gives for it.
    ///
    /// # Errors
    /// What `__tostring` throws.
    fn to_string(&self) -> Result<String>;

    /// It as a value.
    fn to_value(&self) -> Value;

    /// Its state.
    fn weak_lua(&self) -> &crate::state::WeakLua;
}

pub(crate) mod sealed {
    /// Implemented here only.
    pub trait Sealed {}
    impl Sealed for crate::error::Error {}
    impl<T> Sealed for std::result::Result<T, crate::error::Error> {}
    impl Sealed for crate::state::Lua {}
    impl Sealed for crate::table::Table {}
    impl Sealed for crate::userdata::AnyUserData {}
}

#[cfg(test)]
mod tests {
    use super::short_type_name;

    #[test]
    fn names() {
        assert_eq!(short_type_name::<Option<std::rc::Rc<str>>>(), "Option<Rc<str>>");
        assert_eq!(short_type_name::<[u8; 3]>(), "[u8; 3]");
        assert_eq!(short_type_name::<&super::Value>(), "&Value");
    }
}

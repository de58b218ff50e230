//! `serde`: whatever can be serialized as Lua values, and the other way round.
//!
//! There are two directions, and both ends of each. A Rust value is serialized *to* Lua ([`LuaSerdeExt::to_value`]) by
//! [`Serializer`], and deserialized *from* Lua ([`LuaSerdeExt::from_value`]) by [`Deserializer`]. A Lua value is itself
//! something that can be serialized, as JSON for example ([`Value::to_serializable`]).
//!
//! Lua's tables are lists and maps in one. A table is a list if it has items from 1 on, or the metatable of lists
//! ([`LuaSerdeExt::array_metatable`]), which lists made here have; [`shape_of`] decides. Where Rust has something that Lua has
//! not, "none" and "unit", there is [`Value::NULL`], since nil can't be in a table.

mod de;
mod ser;
mod value;

pub use de::{DeserializeOptions, Deserializer};
pub use ser::{SerializeOptions, Serializer};
pub use value::SerializableValue;

use crate::error::{Error, Result};
use crate::handle::Ref;
use crate::state::Lua;
use crate::table::Table;
use crate::userdata::Borrow;
use crate::value::Value;
use ::serde::Serialize;
use ::serde::de::DeserializeOwned;

/// Lends a value in a userdata to a serializer.
pub(crate) type LendToSerializer = unsafe fn(&Borrow) -> &dyn erased_serde::Serialize;

/// See [`LendToSerializer`].
///
/// # Safety
/// The borrowed value is a `T`.
pub(crate) unsafe fn lend_to_serializer<T: Serialize + 'static>(
    borrow: &Borrow,
) -> &dyn erased_serde::Serialize {
    // SAFETY: by the promise.
    unsafe { borrow.get::<T>() }
}

/// What a state can do with `serde`.
// The names are those of `mlua`.
#[allow(clippy::wrong_self_convention)]
pub trait LuaSerdeExt: crate::traits::sealed::Sealed {
    /// The value that stands for "none" in tables, where nil can't be: [`Value::NULL`].
    fn null(&self) -> Value;

    /// The metatable by which tables are known to be lists, also if they are empty.
    fn array_metatable(&self) -> Table;

    /// Converts whatever can be serialized.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # use perilune::{Lua, LuaSerdeExt};
    /// # let lua = Lua::new();
    /// lua.globals().set("point", lua.to_value(&serde_json::json!({"x": 1, "y": [2, 3]}))?)?;
    /// assert_eq!(lua.load("point.x + #point.y").eval::<i64>()?, 3);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::SerializeError`]
    fn to_value<T: Serialize + ?Sized>(&self, value: &T) -> Result<Value>;

    /// As [`LuaSerdeExt::to_value`], with options.
    ///
    /// # Errors
    /// [`Error::SerializeError`]
    fn to_value_with<T: Serialize + ?Sized>(
        &self,
        value: &T,
        options: SerializeOptions,
    ) -> Result<Value>;

    /// Converts to whatever can be deserialized.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # use perilune::{Lua, LuaSerdeExt};
    /// # let lua = Lua::new();
    /// #[derive(serde::Deserialize)]
    /// struct Window { title: String, size: (u32, u32) }
    /// let window: Window = lua.from_value(lua.load("{title = 'moon', size = {3, 4}}").eval()?)?;
    /// assert_eq!((window.title.as_str(), window.size), ("moon", (3, 4)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::DeserializeError`]
    fn from_value<T: DeserializeOwned>(&self, value: Value) -> Result<T>;

    /// As [`LuaSerdeExt::from_value`], with options.
    ///
    /// # Errors
    /// [`Error::DeserializeError`]
    fn from_value_with<T: DeserializeOwned>(
        &self,
        value: Value,
        options: DeserializeOptions,
    ) -> Result<T>;
}

impl LuaSerdeExt for Lua {
    fn null(&self) -> Value {
        Value::NULL
    }

    fn array_metatable(&self) -> Table {
        let kept = self
            .inner
            .array_metatable
            .get()
            .map(|id| self.with(|cx| Table(Ref::new(self, cx, cx.rooted(id)))));
        kept.unwrap_or_else(|| {
            self.with(|cx| {
                let t = perilune_runtime::value::Value::object(cx.new_table(0, 1));
                let key = cx.string(b"__metatable");
                if let Some(t) = t.downcast::<perilune_runtime::table::Table>() {
                    t.set_str(cx.tables(), key, perilune_runtime::value::Value::FALSE);
                }
                self.inner.array_metatable.set(Some(cx.root(t)));
                Table(Ref::new(self, cx, t))
            })
        })
    }

    fn to_value<T: Serialize + ?Sized>(&self, value: &T) -> Result<Value> {
        value.serialize(Serializer::new(self))
    }

    fn to_value_with<T: Serialize + ?Sized>(
        &self,
        value: &T,
        options: SerializeOptions,
    ) -> Result<Value> {
        value.serialize(Serializer::new_with_options(self, options))
    }

    fn from_value<T: DeserializeOwned>(&self, value: Value) -> Result<T> {
        T::deserialize(Deserializer::new(value))
    }

    fn from_value_with<T: DeserializeOwned>(
        &self,
        value: Value,
        options: DeserializeOptions,
    ) -> Result<T> {
        T::deserialize(Deserializer::new_with_options(value, options))
    }
}

/// What is said when values are nested too deeply.
const TOO_DEEP: &str = "recursion limit exceeded";
/// How deep values may be nested if nobody says otherwise.
const USUAL_LIMIT: usize = 128;

/// What a table is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A list of so many items.
    List(usize),
    /// A map.
    Map,
}

/// Decides what a table is taken for.
fn shape_of(t: &Table, options: &DeserializeOptions) -> Result<Shape> {
    let lua = t.0.lua()?;
    if t.metatable().is_some_and(|mt| mt == lua.array_metatable()) {
        return Ok(Shape::List(t.raw_len()));
    }
    let len = t.raw_len();
    if options.detect_mixed_tables {
        return mixed_shape(t, options);
    }
    if len > 0 || options.encode_empty_tables_as_array && t.is_empty() {
        return Ok(Shape::List(len));
    }
    Ok(Shape::Map)
}

/// A table with keys that aren't positive integers is a map, and one with few items and high indexes, too.
fn mixed_shape(t: &Table, options: &DeserializeOptions) -> Result<Shape> {
    /// Up to here, a list may have any number of holes.
    const SMALL: usize = 10;
    let (mut count, mut last) = (0_usize, 0_usize);
    for pair in t.pairs::<Value, Value>() {
        match pair?.0 {
            Value::Integer(i) if i > 0 => {
                count += 1;
                last = last.max(usize::try_from(i).unwrap_or(usize::MAX));
            }
            _ => return Ok(Shape::Map),
        }
    }
    let is_sparse = last >= SMALL && count.saturating_mul(2) < last;
    if count == 0 && !options.encode_empty_tables_as_array || is_sparse {
        return Ok(Shape::Map);
    }
    Ok(Shape::List(last))
}

/// The tables around a value that is converted.
#[derive(Debug, Default)]
struct Path(Vec<*const std::ffi::c_void>);

/// Whether something is converted, left out, or an error.
enum Step {
    Take,
    Skip,
}

impl Path {
    /// What is to be done with an item or field.
    fn step(&self, v: &Value, options: &DeserializeOptions) -> Result<Step, String> {
        match v {
            Value::Table(t) if self.0.contains(&t.to_pointer()) => {
                if options.deny_recursive_tables {
                    return Err("recursive table detected".to_owned());
                }
                Ok(Step::Skip)
            }
            v if is_supported(v) || options.deny_unsupported_types => Ok(Step::Take),
            _ => Ok(Step::Skip),
        }
    }

    /// What is to be done with a key.
    fn key_step(&self, v: &Value, options: &DeserializeOptions) -> Result<Step, String> {
        if v.is_null() && !options.deny_unsupported_types {
            return Ok(Step::Skip);
        }
        self.step(v, options)
    }

    /// Goes into a table.
    fn enter(&mut self, t: &Table, options: &DeserializeOptions) -> Result<(), String> {
        if self.0.len() >= options.recursion_limit {
            return Err(TOO_DEEP.to_owned());
        }
        self.0.push(t.to_pointer());
        Ok(())
    }

    fn leave(&mut self) {
        self.0.pop();
    }
}

/// Whether there is something to convert it to.
fn is_supported(v: &Value) -> bool {
    match v {
        Value::Function(_) | Value::Thread(_) | Value::Error(_) => false,
        Value::LightUserData(_) => v.is_null(),
        Value::UserData(u) => u.can_be_serialized(),
        Value::Nil
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Table(_) => true,
        Value::Other(nothing) => match *nothing {},
    }
}

fn unsupported(v: &Value) -> String {
    format!("unsupported value type \"{}\"", v.type_name())
}

/// The entries of a map that are converted, in order if wanted.
fn entries(
    t: &Table,
    path: &Path,
    options: &DeserializeOptions,
) -> Result<Vec<(Value, Value)>, String> {
    let mut all = Vec::new();
    for pair in t.pairs::<Value, Value>() {
        let (key, value) = pair.map_err(|e| e.to_string())?;
        let keeps = matches!(path.key_step(&key, options)?, Step::Take)
            && matches!(path.step(&value, options)?, Step::Take);
        if keeps {
            all.push((key, value));
        }
    }
    if options.sort_keys {
        all.sort_by(|a, b| a.0.compare_to_show(&b.0));
    }
    Ok(all)
}

/// The items of a list that are converted.
fn items(
    t: &Table,
    len: usize,
    path: &Path,
    options: &DeserializeOptions,
) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for i in 1..=len {
        let item: Value = t.raw_get(i).map_err(|e: Error| e.to_string())?;
        if matches!(path.step(&item, options)?, Step::Take) {
            all.push(item);
        }
    }
    Ok(all)
}

//! Lists, sets and maps.

use super::wrong_type;
use crate::error::{Error, Result};
use crate::state::Lua;
use crate::table::Table;
use crate::traits::{FromLua, IntoLua, short_type_name};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

macro_rules! lists {
    ($([$($g:tt)*] $ty:ty: $s:ident => $items:expr;)*) => {$(
        impl<$($g)*> IntoLua for $ty {
            fn into_lua(self, lua: &Lua) -> Result<Value> {
                let $s = self;
                lua.create_sequence_from($items).map(Value::Table)
            }
        }
    )*};
}
lists! {
    [T: IntoLua + Clone] &[T]: s => s.iter().cloned();
    [T: IntoLua, const N: usize] [T; N]: s => s;
    [T: IntoLua] Box<[T]>: s => s.into_vec();
    [T: IntoLua] Vec<T>: s => s;
}

impl<T: FromLua> FromLua for Vec<T> {
    /// From the items 1, 2, 3… of a table, up to the first nil.
    fn from_lua(value: Value, _: &Lua) -> Result<Vec<T>> {
        match value {
            Value::Table(t) => t.items(),
            other => wrong_type(&other, short_type_name::<Vec<T>>()),
        }
    }
}

impl<T: FromLua> FromLua for Box<[T]> {
    fn from_lua(value: Value, lua: &Lua) -> Result<Box<[T]>> {
        Vec::from_lua(value, lua).map(Vec::into_boxed_slice)
    }
}

impl<T: FromLua, const N: usize> FromLua for [T; N] {
    fn from_lua(value: Value, lua: &Lua) -> Result<[T; N]> {
        let from = value.type_name();
        let items: Vec<T> = Vec::from_lua(value, lua)?;
        let n = items.len();
        <[T; N]>::try_from(items).map_err(|_| {
            let message = format!("expected a table with {N} items, not {n}");
            Error::from_lua_conversion(from, short_type_name::<[T; N]>(), Some(message))
        })
    }
}

fn table_of<T>(value: Value) -> Result<Table> {
    match value {
        Value::Table(t) => Ok(t),
        other => wrong_type(&other, short_type_name::<T>()),
    }
}

/// The items of a set: the keys of a table, or if it is a list, its items. (A set of integers looks like a list of true.)
fn items<T: FromLua>(t: &Table) -> Result<Vec<T>> {
    match t.raw_get::<Value>(1)? {
        Value::Nil | Value::Boolean(true) => keys(t),
        _ => t.sequence_values().collect(),
    }
}

fn keys<T: FromLua>(t: &Table) -> Result<Vec<T>> {
    t.pairs::<T, Value>().map(|pair| pair.map(|p| p.0)).collect()
}

impl<K: IntoLua + Eq + Hash, V: IntoLua, S: BuildHasher> IntoLua for HashMap<K, V, S> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_table_from(self).map(Value::Table)
    }
}

impl<K: FromLua + Eq + Hash, V: FromLua, S: BuildHasher + Default> FromLua for HashMap<K, V, S> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        table_of::<Self>(value)?.pairs().collect()
    }
}

/// A set is a table with its items as keys, and true as their values.
impl<T: IntoLua + Eq + Hash, S: BuildHasher> IntoLua for HashSet<T, S> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_table_from(self.into_iter().map(|item| (item, true))).map(Value::Table)
    }
}

/// From a table with its items as keys, or from a list.
impl<T: FromLua + Eq + Hash, S: BuildHasher + Default> FromLua for HashSet<T, S> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        Ok(items(&table_of::<Self>(value)?)?.into_iter().collect())
    }
}

impl<K: IntoLua + Ord, V: IntoLua> IntoLua for BTreeMap<K, V> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_table_from(self).map(Value::Table)
    }
}

impl<K: FromLua + Ord, V: FromLua> FromLua for BTreeMap<K, V> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        table_of::<Self>(value)?.pairs().collect()
    }
}

/// A set is a table with its items as keys, and true as their values.
impl<T: IntoLua + Ord> IntoLua for BTreeSet<T> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.create_table_from(self.into_iter().map(|item| (item, true))).map(Value::Table)
    }
}

/// From a table with its items as keys, or from a list.
impl<T: FromLua + Ord> FromLua for BTreeSet<T> {
    fn from_lua(value: Value, _: &Lua) -> Result<Self> {
        Ok(items(&table_of::<Self>(value)?)?.into_iter().collect())
    }
}

//! [`Table`]: tables.

use crate::convert::{FromLua, IntoLua};
use crate::error::{Error, Result};
use crate::handle::Ref;
use crate::state::Lua;
use crate::value::Value;
use perilune_runtime::cx::Cx;
use perilune_runtime::embed;
use perilune_runtime::object::Gc;
use perilune_runtime::table::Table as RtTable;
use perilune_runtime::value::Value as RtValue;
use std::marker::PhantomData;

/// A Lua table.
///
/// ```
/// # fn main() -> perilune::Result<()> {
/// # let lua = perilune::Lua::new();
/// let t = lua.create_table()?;
/// t.set("x", 1)?;
/// t.set(1, "first")?;
/// assert_eq!(t.get::<i64>("x")?, 1);
/// assert_eq!(t.get::<Option<String>>("y")?, None);
/// assert_eq!(t.len()?, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table(pub(crate) Ref);

impl Table {
    fn lua(&self) -> &Lua {
        &self.0.lua
    }

    fn with<R>(&self, f: impl FnOnce(&Cx, Gc<'_, RtTable>) -> Result<R>) -> Result<R> {
        self.lua().with(|cx| match self.0.get(cx).downcast::<RtTable>() {
            Some(t) => f(cx, t),
            None => Err(Error::runtime("the handle's table is gone")),
        })
    }

    /// Field `key`, as `t[key]`: `__index` is respected.
    ///
    /// # Errors
    /// What `__index` throws; if the value isn't of the wanted type.
    pub fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let key = key.into_lua(self.lua())?;
        let found = self.with(|cx, t| {
            let v = t.get_value(key.to_runtime(self.lua(), cx)?);
            Ok((!v.is_nil() || t.metatable().is_none())
                .then(|| Value::from_runtime(self.lua(), cx, v)))
        })?;
        let value = match found {
            Some(v) => v,
            None => self
                .native("index", embed::index, vec![key])?
                .into_iter()
                .next()
                .unwrap_or_default(),
        };
        V::from_lua(value, self.lua())
    }

    /// Assigns field `key`, as `t[key] = value`: `__newindex` is respected.
    ///
    /// # Errors
    /// What `__newindex` throws; if the key is nil or NaN.
    pub fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        if self.with(|_, t| Ok(t.metatable().is_none()))? {
            return self.raw_set(key, value);
        }
        let args = vec![key.into_lua(self.lua())?, value.into_lua(self.lua())?];
        self.native("newindex", embed::set_index, args).map(drop)
    }

    /// Field `key`, as `rawget`.
    ///
    /// # Errors
    /// If the value isn't of the wanted type.
    pub fn raw_get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let key = key.into_lua(self.lua())?;
        let value = self.with(|cx, t| {
            let v = t.get_value(key.to_runtime(self.lua(), cx)?);
            Ok(Value::from_runtime(self.lua(), cx, v))
        })?;
        V::from_lua(value, self.lua())
    }

    /// Assigns field `key`, as `rawset`.
    ///
    /// # Errors
    /// If the key is nil or NaN; if the memory limit is exceeded.
    pub fn raw_set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        let lua = self.lua();
        let (key, value) = (key.into_lua(lua)?, value.into_lua(lua)?);
        lua.with(|cx| lua.safepoint(cx))?;
        self.with(|cx, t| {
            let (k, v) = (key.to_runtime(lua, cx)?, value.to_runtime(lua, cx)?);
            let done = t.set(cx.tables(), k, v).map_err(|e| cx.throw_key_error(e));
            lua.check(cx, done)
        })
    }

    /// Whether field `key` isn't nil, as `t[key] ~= nil`.
    ///
    /// # Errors
    /// What `__index` throws.
    pub fn contains_key(&self, key: impl IntoLua) -> Result<bool> {
        self.get::<Value>(key).map(|v| !v.is_nil())
    }

    /// The length, as `#t`: `__len` is respected.
    ///
    /// # Errors
    /// What `__len` throws.
    pub fn len(&self) -> Result<i64> {
        if self.with(|_, t| Ok(t.metatable().is_none()))? {
            return self.raw_len();
        }
        let results = self.native("len", embed::length, Vec::new())?;
        i64::from_lua(results.into_iter().next().unwrap_or_default(), self.lua())
    }

    /// Whether the length is 0.
    ///
    /// # Errors
    /// What `__len` throws.
    pub fn is_empty(&self) -> Result<bool> {
        self.len().map(|n| n == 0)
    }

    /// The length, as `rawlen`.
    ///
    /// # Errors
    /// None at present.
    pub fn raw_len(&self) -> Result<i64> {
        self.with(|_, t| Ok(t.len_border()))
    }

    /// Appends an item behind the last.
    ///
    /// # Errors
    /// As [`Table::set`].
    pub fn push(&self, value: impl IntoLua) -> Result<()> {
        self.set(self.len()?.wrapping_add(1), value)
    }

    /// Traverses all fields, as `next` does. Meanwhile, fields may be changed and cleared but not added.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let t: perilune::Table = lua.load("return {a = 1, b = 2}").eval()?;
    /// let mut sum = 0;
    /// for pair in t.pairs::<String, i64>() {
    ///     let (_name, n) = pair?;
    ///     sum += n;
    /// }
    /// assert_eq!(sum, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn pairs<K: FromLua, V: FromLua>(&self) -> Pairs<'_, K, V> {
        Pairs { table: self, key: Some(Value::Nil), types: PhantomData }
    }

    /// Calls a function with every field.
    ///
    /// # Errors
    /// What the function returns; if a field isn't of the wanted types.
    pub fn for_each<K: FromLua, V: FromLua>(
        &self,
        mut f: impl FnMut(K, V) -> Result<()>,
    ) -> Result<()> {
        self.pairs().try_for_each(|pair| pair.and_then(|(k, v)| f(k, v)))
    }

    /// The items 1, 2, 3… up to the first nil, without regard to metamethods.
    pub fn sequence_values<V: FromLua>(&self) -> SequenceValues<'_, V> {
        SequenceValues { table: self, index: 1, types: PhantomData }
    }

    /// The metatable.
    pub fn metatable(&self) -> Option<Table> {
        let found = self.with(|cx, t| {
            Ok(t.metatable().map(|mt| Table(Ref::new(self.lua(), cx, RtValue::object(mt)))))
        });
        found.ok().flatten()
    }

    /// Sets or takes away the metatable. A `__metatable` field in the present one doesn't prevent it.
    ///
    /// # Errors
    /// If the metatable belongs to another state.
    pub fn set_metatable(&self, metatable: Option<Table>) -> Result<()> {
        self.with(|cx, t| {
            let mt = match &metatable {
                Some(mt) => mt.0.get_in(self.lua(), cx)?.downcast::<RtTable>(),
                None => None,
            };
            cx.set_metatable(RtValue::object(t), mt);
            Ok(())
        })
    }

    /// Calls a native of the runtime with this table and more arguments.
    fn native(
        &self,
        name: &'static str,
        f: perilune_runtime::function::NativeFn,
        args: Vec<Value>,
    ) -> Result<Vec<Value>> {
        let mut all = vec![Value::Table(self.clone())];
        all.extend(args);
        self.lua().call_native((name, f), &all)
    }

    /// The entry behind the one with this key.
    fn entry_behind(&self, key: &Value) -> Result<Option<(Value, Value)>> {
        self.with(|cx, t| {
            let lua = self.lua();
            match t.next(key.to_runtime(lua, cx)?) {
                Ok(entry) => Ok(entry.map(|(k, v)| {
                    (Value::from_runtime(lua, cx, k), Value::from_runtime(lua, cx, v))
                })),
                Err(_) => Err(Error::runtime("invalid key to 'next'")),
            }
        })
    }
}

/// See [`Table::pairs`].
#[derive(Debug)]
pub struct Pairs<'a, K, V> {
    table: &'a Table,
    /// The key to go on from; `None` at the end.
    key: Option<Value>,
    types: PhantomData<(K, V)>,
}

impl<K: FromLua, V: FromLua> Iterator for Pairs<'_, K, V> {
    type Item = Result<(K, V)>;

    fn next(&mut self) -> Option<Result<(K, V)>> {
        let previous = self.key.take()?;
        let (key, value) = match self.table.entry_behind(&previous) {
            Ok(entry) => entry?,
            Err(e) => return Some(Err(e)),
        };
        self.key = Some(key.clone());
        let lua = self.table.lua();
        Some(K::from_lua(key, lua).and_then(|k| Ok((k, V::from_lua(value, lua)?))))
    }
}

/// See [`Table::sequence_values`].
#[derive(Debug)]
pub struct SequenceValues<'a, V> {
    table: &'a Table,
    index: i64,
    types: PhantomData<V>,
}

impl<V: FromLua> Iterator for SequenceValues<'_, V> {
    type Item = Result<V>;

    fn next(&mut self) -> Option<Result<V>> {
        match self.table.raw_get::<Value>(self.index) {
            Ok(Value::Nil) => None,
            Ok(v) => {
                self.index += 1;
                Some(V::from_lua(v, self.table.lua()))
            }
            Err(e) => Some(Err(e)),
        }
    }
}

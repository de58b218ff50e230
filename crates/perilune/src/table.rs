//! [`Table`]: tables.

use crate::error::{Error, Result};
use crate::function::call_pushed;
use crate::handle::Ref;
use crate::state::{Lua, WeakLua};
use crate::traits::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, ObjectLike};
use crate::value::Value;
use perilune_runtime::cx::Cx;
use perilune_runtime::embed;
use perilune_runtime::object::Gc;
use perilune_runtime::table::Table as RtTable;
use perilune_runtime::value::Value as RtValue;
use std::collections::HashSet;
use std::ffi::c_void;
use std::fmt;
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
#[derive(Clone, PartialEq)]
pub struct Table(pub(crate) Ref);

/// Drops what is on the stack above a height when it is dropped.
pub(crate) struct StackGuard<'a> {
    lua: &'a Lua,
    pub(crate) base: usize,
}

impl<'a> StackGuard<'a> {
    #[inline]
    pub(crate) fn new(lua: &'a Lua) -> StackGuard<'a> {
        StackGuard { lua, base: lua.with(|cx| cx.stack_height()) }
    }
}

impl Drop for StackGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        // It isn't if a panic of the runtime has passed through.
        if self.lua.inner.is_available() {
            self.lua.with(|cx| cx.cut_stack(self.base));
        }
    }
}

impl Table {
    fn with<R>(&self, f: impl FnOnce(&Lua, &Cx, Gc<'_, RtTable>) -> Result<R>) -> Result<R> {
        let lua = self.0.lua()?;
        lua.with(|cx| match self.0.get(cx).downcast::<RtTable>() {
            Some(t) => f(&lua, cx, t),
            None => Err(Error::runtime("the handle's table is gone")),
        })
    }

    /// Field `key`, as `t[key]`: `__index` is respected.
    ///
    /// # Errors
    /// What `__index` throws; if the value isn't of the wanted type.
    pub fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        self.read(key, true)
    }

    fn read<V: FromLua>(&self, key: impl IntoLua, with_metamethods: bool) -> Result<V> {
        let lua = &self.0.lua()?;
        let stack = StackGuard::new(lua);
        key.push_into_stack(lua)?;
        let found = lua.with(|cx| {
            let Some(t) = self.0.get(cx).downcast::<RtTable>() else { return true };
            let v = t.get_value(cx.peek(1));
            if with_metamethods && v.is_nil() && t.metatable().is_some() {
                return false;
            }
            cx.pop(1);
            cx.push(v);
            true
        });
        if found {
            return V::from_stack(stack.base, lua);
        }
        let key = Value::from_stack(stack.base, lua)?;
        lua.call_native(("index", embed::index), (self, key))
    }

    /// Assigns field `key`, as `t[key] = value`: `__newindex` is respected.
    ///
    /// # Errors
    /// What `__newindex` throws; if the key is nil or NaN.
    pub fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        self.write(key, value, true)
    }

    fn write(&self, key: impl IntoLua, value: impl IntoLua, with_metamethods: bool) -> Result<()> {
        let lua = &self.0.lua()?;
        let stack = StackGuard::new(lua);
        key.push_into_stack(lua)?;
        value.push_into_stack(lua)?;
        let is_set = lua.with(|cx| {
            let has_metatable =
                self.0.get(cx).downcast::<RtTable>().is_some_and(|t| t.metatable().is_some());
            if with_metamethods && has_metatable {
                return Ok::<_, Error>(false);
            }
            lua.safepoint(cx)?;
            self.store_top(lua, cx)?;
            Ok(true)
        })?;
        if is_set {
            return Ok(());
        }
        let key = Value::from_stack(stack.base, lua)?;
        let value = Value::from_stack(stack.base + 1, lua)?;
        lua.call_native(("newindex", embed::set_index), (self, key, value))
    }

    /// Assigns the value on top of the stack to the key below it.
    pub(crate) fn store_top(&self, lua: &Lua, cx: &mut Cx) -> Result<()> {
        loop {
            let Some(t) = self.0.get(cx).downcast::<RtTable>() else { return Ok(()) };
            match t.set(cx.tables(), cx.peek(2), cx.peek(1)) {
                Ok(()) => return Ok(()),
                Err(e) => {
                    let done = cx.make_room_for(e);
                    lua.check(cx, done)?;
                }
            }
        }
    }

    /// Field `key`, as `rawget`.
    ///
    /// # Errors
    /// If the value isn't of the wanted type.
    pub fn raw_get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        self.read(key, false)
    }

    /// Assigns field `key`, as `rawset`.
    ///
    /// # Errors
    /// If the key is nil or NaN; if the memory limit is exceeded.
    pub fn raw_set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        self.write(key, value, false)
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
        let own = self.with(|_, _, t| Ok(t.metatable().is_none().then(|| t.len_border())))?;
        match own {
            Some(n) => Ok(n),
            None => self.0.lua()?.call_native(("len", embed::length), self),
        }
    }

    /// Whether it has no fields, without regard to metamethods.
    pub fn is_empty(&self) -> bool {
        self.with(|_, _, t| Ok(matches!(t.next(RtValue::NIL), Ok(None)))).unwrap_or(true)
    }

    /// The length, as `rawlen`.
    pub fn raw_len(&self) -> usize {
        self.with(|_, _, t| Ok(t.len_border() as usize)).unwrap_or(0)
    }

    /// Appends an item behind the last.
    ///
    /// # Errors
    /// As [`Table::set`].
    pub fn push(&self, value: impl IntoLua) -> Result<()> {
        // A conversion may change the table.
        let value = value.into_lua(&self.0.lua()?)?;
        let Some(index) = self.len()?.checked_add(1) else {
            return Err(Error::runtime("table length overflow"));
        };
        self.set(index, value)
    }

    /// As [`Table::push`], without regard to metamethods.
    ///
    /// # Errors
    /// As [`Table::raw_set`].
    pub fn raw_push(&self, value: impl IntoLua) -> Result<()> {
        let value = value.into_lua(&self.0.lua()?)?;
        self.raw_set(self.raw_len() + 1, value)
    }

    /// Takes the last item away and gives it; nil if there is none.
    ///
    /// # Errors
    /// What metamethods throw; if the item isn't of the wanted type.
    pub fn pop<V: FromLua>(&self) -> Result<V> {
        let n = self.len()?;
        if n == 0 {
            return V::from_lua(Value::Nil, &self.0.lua()?);
        }
        let last: Value = self.get(n)?;
        self.set(n, Value::Nil)?;
        V::from_lua(last, &self.0.lua()?)
    }

    /// As [`Table::pop`], without regard to metamethods.
    ///
    /// # Errors
    /// If the item isn't of the wanted type.
    pub fn raw_pop<V: FromLua>(&self) -> Result<V> {
        let n = self.raw_len();
        if n == 0 {
            return V::from_lua(Value::Nil, &self.0.lua()?);
        }
        let last: Value = self.raw_get(n)?;
        self.raw_set(n, Value::Nil)?;
        V::from_lua(last, &self.0.lua()?)
    }

    /// Inserts an item, moving those from there on up. Without regard to metamethods.
    ///
    /// # Errors
    /// If there is no such place.
    pub fn raw_insert(&self, index: i64, value: impl IntoLua) -> Result<()> {
        let value = value.into_lua(&self.0.lua()?)?;
        let n = self.raw_len() as i64;
        if index < 1 || index > n + 1 {
            return Err(Error::runtime("index out of bounds"));
        }
        for i in (index..=n).rev() {
            self.raw_set(i + 1, self.raw_get::<Value>(i)?)?;
        }
        self.raw_set(index, value)
    }

    /// Removes a field: an item, if the key is an integer, so that those behind it move down.
    ///
    /// # Errors
    /// What metamethods throw; if the key is an integer and there is no such place.
    pub fn remove(&self, key: impl IntoLua) -> Result<()> {
        match key.into_lua(&self.0.lua()?)? {
            Value::Integer(index) => {
                let n = self.len()?;
                check_place(index, n)?;
                for i in index..n {
                    self.set(i, self.get::<Value>(i + 1)?)?;
                }
                self.set(n, Value::Nil)
            }
            key => self.set(key, Value::Nil),
        }
    }

    /// As [`Table::remove`], without regard to metamethods.
    ///
    /// # Errors
    /// If the key is an integer and there is no such place.
    pub fn raw_remove(&self, key: impl IntoLua) -> Result<()> {
        match key.into_lua(&self.0.lua()?)? {
            Value::Integer(index) => {
                let n = self.raw_len() as i64;
                check_place(index, n)?;
                for i in index..n {
                    self.raw_set(i, self.raw_get::<Value>(i + 1)?)?;
                }
                self.raw_set(n, Value::Nil)
            }
            key => self.raw_set(key, Value::Nil),
        }
    }

    /// Removes all fields, without regard to metamethods. The metatable stays.
    ///
    /// # Errors
    /// If the state has ended.
    pub fn clear(&self) -> Result<()> {
        self.with(|_, cx, t| {
            let mut key = RtValue::NIL;
            // Clearing fields that are there neither adds one nor disturbs the traversal.
            while let Ok(Some((k, _))) = t.next(key) {
                let _ = t.set(cx.tables(), k, RtValue::NIL);
                key = k;
            }
            Ok(())
        })
    }

    /// Whether they are equal as `==` says: `__eq` is respected.
    ///
    /// # Errors
    /// What `__eq` throws.
    pub fn equals(&self, other: &Table) -> Result<bool> {
        if self == other {
            return Ok(true);
        }
        self.0.lua()?.call_native(("equal", embed::equal), (self, other))
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
    pub fn pairs<K: FromLua, V: FromLua>(&self) -> TablePairs<'_, K, V> {
        TablePairs { table: self, key: Some(Value::Nil), types: PhantomData }
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
    pub fn sequence_values<V: FromLua>(&self) -> TableSequence<'_, V> {
        TableSequence { table: self, index: 1, types: PhantomData }
    }

    /// The items that [`Table::sequence_values`] gives.
    pub(crate) fn items<V: FromLua>(&self) -> Result<Vec<V>> {
        let lua = &self.0.lua()?;
        let mut items = Vec::with_capacity(self.raw_len().min(1 << 16));
        for i in 1_i64.. {
            let stack = StackGuard::new(lua);
            let is_end = lua.with(|cx| {
                let v = match self.0.get(cx).downcast::<RtTable>() {
                    Some(t) => t.get_value(cx.int(i)),
                    None => RtValue::NIL,
                };
                cx.push(v);
                v.is_nil()
            });
            if is_end {
                break;
            }
            items.push(V::from_stack(stack.base, lua)?);
        }
        Ok(items)
    }

    /// Calls a function with every item, as [`Table::sequence_values`] gives them.
    ///
    /// # Errors
    /// What the function returns; if an item isn't of the wanted type.
    pub fn for_each_value<V: FromLua>(&self, mut f: impl FnMut(V) -> Result<()>) -> Result<()> {
        self.sequence_values().try_for_each(|v| f(v?))
    }

    /// The metatable.
    pub fn metatable(&self) -> Option<Table> {
        let found = self.with(|lua, cx, t| {
            Ok(t.metatable().map(|mt| Table(Ref::new(lua, cx, RtValue::object(mt)))))
        });
        found.ok().flatten()
    }

    /// Whether it has a metatable.
    pub fn has_metatable(&self) -> bool {
        self.with(|_, _, t| Ok(t.metatable().is_some())).unwrap_or(false)
    }

    /// Sets or takes away the metatable. A `__metatable` field in the present one doesn't prevent it.
    ///
    /// # Errors
    /// If the metatable belongs to another state.
    pub fn set_metatable(&self, metatable: Option<Table>) -> Result<()> {
        self.with(|lua, cx, t| {
            let mt = match &metatable {
                Some(mt) => mt.0.get_in(lua, cx)?.downcast::<RtTable>(),
                None => None,
            };
            cx.set_metatable(RtValue::object(t), mt);
            Ok(())
        })
    }

    /// The address of the table.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address()
    }

    /// Its state.
    pub fn weak_lua(&self) -> &WeakLua {
        &self.0.lua
    }

    /// The entry behind the one with this key.
    fn entry_behind(&self, key: &Value) -> Result<Option<(Value, Value)>> {
        self.with(|lua, cx, t| match t.next(key.to_runtime(lua, cx)?) {
            Ok(entry) => Ok(entry
                .map(|(k, v)| (Value::from_runtime(lua, cx, k), Value::from_runtime(lua, cx, v)))),
            Err(_) => Err(Error::runtime("invalid key to 'next'")),
        })
    }

    /// As [`Value::fmt_pretty`].
    pub(crate) fn fmt_pretty(
        &self,
        f: &mut fmt::Formatter<'_>,
        indent: usize,
        above: &mut HashSet<*const c_void>,
    ) -> fmt::Result {
        let mut entries: Vec<(Value, Value)> = self.pairs().filter_map(Result::ok).collect();
        if entries.is_empty() {
            return f.write_str("{}");
        }
        let is_list = entries.len() == self.raw_len();
        entries.sort_by(|a, b| a.0.compare_to_show(&b.0));
        above.insert(self.to_pointer());
        writeln!(f, "{{")?;
        for (key, value) in &entries {
            write!(f, "{:1$}", "", indent + 2)?;
            match key {
                Value::String(s) if s.with_bytes(is_name) => write!(f, "{} = ", s.display())?,
                _ if is_list => {}
                key => {
                    write!(f, "[")?;
                    key.fmt_pretty(f, indent + 2, above)?;
                    write!(f, "] = ")?;
                }
            }
            value.fmt_pretty(f, indent + 2, above)?;
            writeln!(f, ",")?;
        }
        above.remove(&self.to_pointer());
        write!(f, "{:1$}}}", "", indent)
    }
}

/// Whether a key can be written as a name.
fn is_name(bytes: &[u8]) -> bool {
    let is_start = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
    bytes.first().is_some_and(is_start)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

fn check_place(index: i64, n: i64) -> Result<()> {
    if index < 1 || index > n.saturating_add(1) {
        return Err(Error::runtime("index out of bounds"));
    }
    Ok(())
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fmt_pretty(f, 0, &mut HashSet::new());
        }
        f.debug_tuple("Table").field(&self.0).finish()
    }
}

impl<T: IntoLua + Clone> PartialEq<[T]> for Table {
    /// Whether the items 1, 2, 3… are these.
    fn eq(&self, other: &[T]) -> bool {
        let Ok(lua) = self.0.lua() else { return false };
        let mut own = self.sequence_values::<Value>();
        for item in other {
            let same = own.next().is_some_and(
                |v| matches!((v, item.clone().into_lua(&lua)), (Ok(a), Ok(b)) if a == b),
            );
            if !same {
                return false;
            }
        }
        own.next().is_none()
    }
}

impl<T: IntoLua + Clone> PartialEq<&[T]> for Table {
    fn eq(&self, other: &&[T]) -> bool {
        self == *other
    }
}

impl<T: IntoLua + Clone, const N: usize> PartialEq<[T; N]> for Table {
    fn eq(&self, other: &[T; N]) -> bool {
        self == &other[..]
    }
}

impl ObjectLike for Table {
    fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        self.get(key)
    }

    fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        self.set(key, value)
    }

    fn call<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let lua = &self.0.lua()?;
        call_pushed(lua, |cx| Ok(self.0.get(cx)), args)
    }

    fn call_method<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
        let method = crate::function::method_named(&self.0.lua()?, self.get(name)?, name)?;
        method.call((self, Spread(args)))
    }

    fn call_function<R: FromLuaMulti>(&self, name: &str, args: impl IntoLuaMulti) -> Result<R> {
        crate::function::method_named(&self.0.lua()?, self.get(name)?, name)?.call(args)
    }

    crate::function::async_object_methods!();

    fn to_string(&self) -> Result<String> {
        Value::Table(self.clone()).to_string()
    }

    fn to_value(&self) -> Value {
        Value::Table(self.clone())
    }

    fn weak_lua(&self) -> &WeakLua {
        &self.0.lua
    }
}

/// Arguments behind others.
pub(crate) struct Spread<A>(pub(crate) A);

impl<A: IntoLuaMulti> IntoLuaMulti for Spread<A> {
    fn into_lua_multi(self, lua: &Lua) -> Result<crate::MultiValue> {
        self.0.into_lua_multi(lua)
    }

    fn push_into_stack_multi(self, lua: &Lua) -> Result<usize> {
        self.0.push_into_stack_multi(lua)
    }
}

/// See [`Table::pairs`].
#[derive(Debug)]
pub struct TablePairs<'a, K, V> {
    table: &'a Table,
    /// The key to go on from; `None` at the end.
    key: Option<Value>,
    types: PhantomData<(K, V)>,
}

impl<K: FromLua, V: FromLua> Iterator for TablePairs<'_, K, V> {
    type Item = Result<(K, V)>;

    fn next(&mut self) -> Option<Result<(K, V)>> {
        let previous = self.key.take()?;
        let (key, value) = match self.table.entry_behind(&previous) {
            Ok(entry) => entry?,
            Err(e) => return Some(Err(e)),
        };
        self.key = Some(key.clone());
        let lua = match self.table.0.lua() {
            Ok(lua) => lua,
            Err(e) => return Some(Err(e)),
        };
        Some(K::from_lua(key, &lua).and_then(|k| Ok((k, V::from_lua(value, &lua)?))))
    }
}

/// See [`Table::sequence_values`].
#[derive(Debug)]
pub struct TableSequence<'a, V> {
    table: &'a Table,
    index: i64,
    types: PhantomData<V>,
}

impl<V: FromLua> Iterator for TableSequence<'_, V> {
    type Item = Result<V>;

    fn next(&mut self) -> Option<Result<V>> {
        match self.table.raw_get::<Value>(self.index) {
            Ok(Value::Nil) => None,
            Ok(v) => {
                self.index += 1;
                Some(self.table.0.lua().and_then(|lua| V::from_lua(v, &lua)))
            }
            Err(e) => Some(Err(e)),
        }
    }
}

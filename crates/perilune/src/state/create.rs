//! Making values, and the state's own tables.

use super::Lua;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::handle::Ref;
use crate::multi::MultiValue;
use crate::string::LuaString;
use crate::table::{StackGuard, Table};
use crate::traits::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti};
use crate::types::{Integer, LuaType, Number};
use crate::value::Value;
use perilune_runtime::semantics::{Num, str_to_number};
use perilune_runtime::table::Table as RtTable;
use perilune_runtime::value::{Type, Value as RtValue};
use std::cell::RefCell;
use std::path::Path;

impl Lua {
    /// A chunk from a file. A first line that begins with `#` is skipped.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn load_file(
        &self,
        path: impl AsRef<Path>,
    ) -> std::io::Result<crate::chunk::Chunk<'static>> {
        let path = path.as_ref();
        let source = std::fs::read(path)?;
        let name = [b"@", path.as_os_str().as_encoded_bytes()].concat();
        let text = perilune_syntax::skip_shebang(&source).to_vec();
        Ok(self.load(text).set_name_bytes(name))
    }

    /// The table of global variables.
    pub fn globals(&self) -> Table {
        self.with(|cx| Table(Ref::new(self, cx, RtValue::object(cx.globals()))))
    }

    /// Makes another table that of the global variables of chunks loaded from now on.
    ///
    /// # Errors
    /// If it belongs to another state.
    pub fn set_globals(&self, globals: Table) -> Result<()> {
        self.with(|cx| {
            if let Some(t) = globals.0.get_in(self, cx)?.downcast::<RtTable>() {
                cx.set_globals(t);
            }
            Ok(())
        })
    }

    /// A new table.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_table(&self) -> Result<Table> {
        self.create_table_with_capacity(0, 0)
    }

    /// A new table with room for so many list items and named fields.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_table_with_capacity(&self, items: usize, fields: usize) -> Result<Table> {
        self.with(|cx| {
            self.safepoint(cx)?;
            let bytes = items.saturating_add(fields).saturating_mul(size_of::<u64>());
            if bytes > 0 {
                cx.reserve(bytes).map_err(|fault| self.error_of_fault(cx, fault))?;
            }
            Ok(Table(Ref::new(self, cx, RtValue::object(cx.new_table(items, fields)))))
        })
    }

    /// A new table with these fields.
    ///
    /// # Errors
    /// If a key is nil or NaN; if something can't be converted.
    pub fn create_table_from<K, V>(&self, fields: impl IntoIterator<Item = (K, V)>) -> Result<Table>
    where
        K: IntoLua,
        V: IntoLua,
    {
        let fields = fields.into_iter();
        let t = self.create_table_with_capacity(0, fields.size_hint().0)?;
        for (k, v) in fields {
            t.raw_set(k, v)?;
        }
        Ok(t)
    }

    /// A new list of these items.
    ///
    /// # Errors
    /// If something can't be converted.
    pub fn create_sequence_from<T: IntoLua>(
        &self,
        items: impl IntoIterator<Item = T>,
    ) -> Result<Table> {
        let items = items.into_iter();
        let t = self.create_table_with_capacity(items.size_hint().0, 0)?;
        for (i, v) in (1_i64..).zip(items) {
            let _stack = StackGuard::new(self);
            // The key's place is below the value's.
            self.with(|cx| cx.push(cx.int(i)));
            v.push_into_stack(self)?;
            self.with(|cx| {
                self.safepoint(cx)?;
                t.store_top(self, cx)
            })?;
        }
        Ok(t)
    }

    /// A new string. Lua strings are bytes, so anything goes.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_string(&self, bytes: impl AsRef<[u8]>) -> Result<LuaString> {
        let bytes = bytes.as_ref();
        self.with(|cx| {
            self.safepoint(cx)?;
            cx.reserve(bytes.len()).map_err(|fault| self.error_of_fault(cx, fault))?;
            Ok(LuaString::new(self, cx, cx.string(bytes)))
        })
    }

    /// As [`Lua::create_string`].
    ///
    /// # Errors
    /// As [`Lua::create_string`].
    pub fn create_external_string(&self, bytes: impl Into<Vec<u8>>) -> Result<LuaString> {
        self.create_string(bytes.into())
    }

    /// Pushes a new string.
    #[inline]
    pub(crate) fn push_string(&self, bytes: &[u8]) -> Result<()> {
        self.with(|cx| {
            self.safepoint(cx)?;
            if bytes.len() > 4096 {
                cx.reserve(bytes.len()).map_err(|fault| self.error_of_fault(cx, fault))?;
            }
            cx.push(cx.str_value(bytes));
            Ok(())
        })
    }

    /// Makes a Lua function of a Rust function.
    ///
    /// Its arguments are converted as the type of the second parameter says: a tuple, with [`Option`] for what may be
    /// missing and [`Variadic`](crate::Variadic) for the rest. What it returns with `Err` becomes a Lua error.
    ///
    /// Values the function captured are dropped some time after the function is garbage. A captured [`Lua`] keeps the
    /// state alive (handles don't): use the one passed to the function.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let greet = lua.create_function(|_, (name, times): (String, Option<usize>)| {
    ///     Ok(format!("hello {name}! ").repeat(times.unwrap_or(1)))
    /// })?;
    /// lua.globals().set("greet", greet)?;
    /// let text: String = lua.load("return greet('moon', 2)").eval()?;
    /// assert_eq!(text, "hello moon! hello moon! ");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_function<F, A, R>(&self, f: F) -> Result<Function>
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.callback(move |lua, args| {
            let results = f(lua, args.convert(None, lua)?)?;
            Ok(results.push_into_stack_multi(lua)?)
        })
    }

    /// As [`Lua::create_function`], for a function with state. Calling it while it runs is an error.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_function_mut<F, A, R>(&self, f: F) -> Result<Function>
    where
        F: FnMut(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let f = RefCell::new(f);
        self.create_function(move |lua, args| match f.try_borrow_mut() {
            Ok(mut f) => f(lua, args),
            Err(_) => Err(Error::RecursiveMutCallback),
        })
    }

    /// The metatable of all values of a type.
    pub fn type_metatable<T: LuaType>(&self) -> Option<Table> {
        self.with(|cx| {
            let example = match T::TYPE.0 {
                Type::Boolean => RtValue::TRUE,
                Type::Number => RtValue::small_int(0),
                Type::String => cx.str_value(b""),
                Type::Function => cx.native("?", |_| Ok(0)),
                Type::Thread => RtValue::object(cx.main_thread()),
                Type::LightUserdata => perilune_runtime::userdata::light(&cx.heap, 0),
                Type::Nil | Type::Table | Type::Userdata => RtValue::NIL,
            };
            cx.metatable_of(example).map(|mt| Table(Ref::new(self, cx, RtValue::object(mt))))
        })
    }

    /// Sets or takes away the metatable of all values of a type: for example [`LuaString`], or `bool`.
    pub fn set_type_metatable<T: LuaType>(&self, metatable: Option<Table>) {
        self.with(|cx| {
            let mt = metatable.as_ref().and_then(|mt| mt.0.get_in(self, cx).ok());
            cx.set_type_metatable(T::TYPE.0, mt.and_then(|mt| mt.downcast::<RtTable>()));
        });
    }

    /// The text of a string or number; `None` for other values.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn coerce_string(&self, value: Value) -> Result<Option<LuaString>> {
        match value {
            v @ (Value::String(_) | Value::Integer(_) | Value::Number(_)) => {
                LuaString::from_lua(v, self).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The integer that a value is, or can be converted to; `None` for others.
    ///
    /// # Errors
    /// None.
    pub fn coerce_integer(&self, value: Value) -> Result<Option<Integer>> {
        Ok(number_of(&value).and_then(Num::to_int))
    }

    /// The float that a value is, or can be converted to; `None` for others.
    ///
    /// # Errors
    /// None.
    pub fn coerce_number(&self, value: Value) -> Result<Option<Number>> {
        Ok(number_of(&value).map(Num::to_float))
    }

    /// Converts to a Lua value.
    ///
    /// # Errors
    /// As [`IntoLua::into_lua`].
    pub fn pack(&self, value: impl IntoLua) -> Result<Value> {
        value.into_lua(self)
    }

    /// Converts from a Lua value.
    ///
    /// # Errors
    /// As [`FromLua::from_lua`].
    pub fn unpack<T: FromLua>(&self, value: Value) -> Result<T> {
        T::from_lua(value, self)
    }

    /// Converts to a Lua value and back, to another type.
    ///
    /// # Errors
    /// As [`Lua::pack`] and [`Lua::unpack`].
    pub fn convert<T: FromLua>(&self, value: impl IntoLua) -> Result<T> {
        T::from_lua(value.into_lua(self)?, self)
    }

    /// Converts to Lua values.
    ///
    /// # Errors
    /// As [`IntoLuaMulti::into_lua_multi`].
    pub fn pack_multi(&self, values: impl IntoLuaMulti) -> Result<MultiValue> {
        values.into_lua_multi(self)
    }

    /// Converts from Lua values.
    ///
    /// # Errors
    /// As [`FromLuaMulti::from_lua_multi`].
    pub fn unpack_multi<T: FromLuaMulti>(&self, values: MultiValue) -> Result<T> {
        T::from_lua_multi(values, self)
    }

    /// Has `require` find a value under a name.
    ///
    /// # Errors
    /// If the state has no `package` library; if the value can't be converted.
    pub fn register_module(&self, name: &str, value: impl IntoLua) -> Result<()> {
        self.package_table("loaded")?.raw_set(name, value)
    }

    /// Has `require` call a function to load a module: with its name, and ":preload:".
    ///
    /// # Errors
    /// If the state has no `package` library.
    pub fn preload_module(&self, name: &str, loader: Function) -> Result<()> {
        self.package_table("preload")?.raw_set(name, loader)
    }

    /// Has `require` load a module anew.
    ///
    /// # Errors
    /// If the state has no `package` library.
    pub fn unload_module(&self, name: &str) -> Result<()> {
        self.package_table("loaded")?.raw_set(name, Value::Nil)
    }

    /// Has `package.loadlib` and the searchers for native modules, of which there are none, say why.
    pub(crate) fn refuse_native_modules(&self) -> Result<()> {
        const WHY: &str = "can't load C modules in safe mode";
        let Ok(searchers) = self.package_table("searchers") else { return Ok(()) };
        let search = self.create_function(|_, ()| Ok(format!("\n\t{WHY}")))?;
        searchers.raw_set(3, &search)?;
        searchers.raw_set(4, Value::Nil)?;
        let refuse = self
            .create_function(|_, ()| -> Result<()> { Err(Error::SafetyError(WHY.to_owned())) })?;
        self.library("package")?.map_or(Ok(()), |package| package.raw_set("loadlib", refuse))
    }

    /// The table of a library that is open.
    fn library(&self, name: &str) -> Result<Option<Table>> {
        let loaded = self.with(|cx| {
            let t = cx.registry().get_str(cx.string(b"_LOADED"));
            t.is_table().then(|| Table(Ref::new(self, cx, t)))
        });
        loaded.map_or(Ok(None), |t| t.raw_get(name))
    }

    fn package_table(&self, name: &str) -> Result<Table> {
        match self.library("package")? {
            Some(t) => t.raw_get(name),
            None => Err(Error::runtime("the state has no package library")),
        }
    }
}

fn number_of(value: &Value) -> Option<Num> {
    match value {
        Value::Integer(i) => Some(Num::Int(*i)),
        Value::Number(f) => Some(Num::Float(*f)),
        Value::String(s) => s.with_bytes(str_to_number),
        _ => None,
    }
}

//! Userdata: Rust values that Lua programs hold and use.
//!
//! A value is kept behind `Rc<RefCell<T>>`, so that a method can run, and call Lua, while nothing of the runtime is
//! borrowed. Methods are Rust functions like others, in the `__index` table of a metatable that is made once per type
//! and state.

use crate::convert::FromLuaMulti;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::handle::Ref;
use crate::multi::IntoLuaMulti;
use crate::state::Lua;
use crate::table::Table;
use crate::value::Value;
use perilune_runtime::table::Table as RtTable;
use perilune_runtime::userdata::Userdata;
use perilune_runtime::value::Value as RtValue;
use std::cell::RefCell;
use std::rc::Rc;

/// A Rust type whose values Lua programs can use.
///
/// ```
/// use perilune::{Lua, Methods, Result, UserData};
///
/// struct Counter(i64);
///
/// impl UserData for Counter {
///     const NAME: &'static str = "counter";
///
///     fn add_methods(methods: &mut Methods<'_, Self>) -> Result<()> {
///         methods.add("value", |_, this, ()| Ok(this.0))?;
///         methods.add_mut("add", |_, this, n: i64| {
///             this.0 += n;
///             Ok(())
///         })
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let lua = Lua::new();
/// lua.globals().set("counter", Counter(40))?;
/// let n: i64 = lua.load("counter:add(2) return counter:value()").eval()?;
/// assert_eq!(n, 42);
/// # Ok(())
/// # }
/// ```
pub trait UserData: Sized + 'static {
    /// What messages call the type (`__name`).
    const NAME: &'static str = "userdata";

    /// Adds the methods. Called once per state.
    ///
    /// # Errors
    /// What adding them returns.
    fn add_methods(methods: &mut Methods<'_, Self>) -> Result<()> {
        let _ = methods;
        Ok(())
    }
}

/// Where the methods of a type are added; see [`UserData`].
#[derive(Debug)]
pub struct Methods<'a, T> {
    lua: &'a Lua,
    metatable: Table,
    index: Table,
    of: std::marker::PhantomData<T>,
}

impl<T: UserData> Methods<'_, T> {
    fn reading<A, R>(&self, f: impl Fn(&Lua, &T, A) -> Result<R> + 'static) -> Result<Function>
    where
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.lua.create_function(move |lua, (this, args): (AnyUserData, A)| {
            let value = this.value::<T>()?;
            let value = value.try_borrow().map_err(|_| in_use())?;
            f(lua, &value, args)
        })
    }

    /// Adds a method.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn add<A, R>(
        &mut self,
        name: &str,
        f: impl Fn(&Lua, &T, A) -> Result<R> + 'static,
    ) -> Result<()>
    where
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.index.raw_set(name, self.reading(f)?)
    }

    /// Adds a method that changes the value. No other method of the value can be called while it runs.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn add_mut<A, R>(
        &mut self,
        name: &str,
        f: impl Fn(&Lua, &mut T, A) -> Result<R> + 'static,
    ) -> Result<()>
    where
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let method = self.lua.create_function(move |lua, (this, args): (AnyUserData, A)| {
            let value = this.value::<T>()?;
            let mut value = value.try_borrow_mut().map_err(|_| in_use())?;
            f(lua, &mut value, args)
        })?;
        self.index.raw_set(name, method)
    }

    /// Adds a metamethod, such as `__tostring`, whose first argument is a value of the type.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn add_meta<A, R>(
        &mut self,
        event: &str,
        f: impl Fn(&Lua, &T, A) -> Result<R> + 'static,
    ) -> Result<()>
    where
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        self.metatable.raw_set(event, self.reading(f)?)
    }
}

#[cold]
fn in_use() -> Error {
    Error::runtime("the userdata is in use by a method that is still running")
}

/// A userdata of any type.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyUserData(pub(crate) Ref);

impl AnyUserData {
    pub(crate) fn create<T: UserData>(lua: &Lua, value: T) -> Result<AnyUserData> {
        let metatable = lua.type_metatable::<T>(|| {
            let (metatable, index) = (lua.create_table()?, lua.create_table()?);
            metatable.raw_set("__index", &index)?;
            metatable.raw_set("__name", T::NAME)?;
            let methods = &mut Methods { lua, metatable, index, of: std::marker::PhantomData };
            T::add_methods(methods)?;
            Ok(methods.metatable.clone())
        })?;
        lua.with(|cx| {
            lua.safepoint(cx)?;
            let u = Userdata::new(&cx.heap, Box::new(Rc::new(RefCell::new(value))), 0);
            cx.set_metatable(RtValue::object(u), cx.rooted(metatable).downcast::<RtTable>());
            Ok(AnyUserData(Ref::new(lua, cx, RtValue::object(u))))
        })
    }

    /// The Rust value.
    ///
    /// # Errors
    /// If it is of another type.
    pub fn value<T: UserData>(&self) -> Result<Rc<RefCell<T>>> {
        let found = self.0.lua.with(|cx| {
            let u = self.0.get(cx).downcast::<Userdata>()?;
            let data = u.data.borrow();
            data.as_ref()?.downcast_ref::<Rc<RefCell<T>>>().cloned()
        });
        found.ok_or_else(|| Error::FromLuaConversionError {
            from: Value::UserData(self.clone()).type_name(),
            to: T::NAME,
            message: None,
        })
    }
}

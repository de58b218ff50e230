//! Userdata: Rust values that Lua programs hold and use.
//!
//! Fields and methods of a type are collected once per state ([`registry`]) and are in a metatable from then on. Where the
//! values are, and who may borrow them when, is in [`holder`]. A userdata whose value is gone, because it has been taken, or its
//! scope has ended, has a metatable of which all there is fails with [`Error::UserDataDestructed`].

mod holder;
mod meta;
mod reference;
mod registry;

pub use meta::MetaMethod;
pub use reference::{UserDataOwned, UserDataRef, UserDataRefMut};
pub use registry::UserDataRegistry;

#[cfg(feature = "serde")]
pub(crate) use holder::Borrow;
pub(crate) use holder::{Holder, Kind, Shell};

use crate::error::{Error, Result};
use crate::function::call_pushed;
use crate::handle::Ref;
use crate::state::{Lua, WeakLua};
use crate::string::LuaString;
use crate::table::{Spread, Table, TablePairs};
use crate::traits::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, ObjectLike};
use crate::value::Value;
use perilune_runtime::cx::{Cx, RootId};
use perilune_runtime::embed;
use perilune_runtime::table::Table as RtTable;
use perilune_runtime::userdata::Userdata;
use perilune_runtime::value::Value as RtValue;
use registry::Proxy;
use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::fmt;
use std::rc::Rc;

/// A Rust type whose values Lua programs can use.
///
/// ```
/// use perilune::{Lua, Result, UserData, UserDataFields, UserDataMethods};
///
/// struct Counter(i64);
///
/// impl UserData for Counter {
///     fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
///         fields.add_field_method_get("value", |_, this| Ok(this.0));
///     }
///
///     fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
///         methods.add_method_mut("add", |_, this, n: i64| {
///             this.0 += n;
///             Ok(())
///         });
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let lua = Lua::new();
/// lua.globals().set("counter", Counter(40))?;
/// let n: i64 = lua.load("counter:add(2) return counter.value").eval()?;
/// assert_eq!(n, 42);
/// # Ok(())
/// # }
/// ```
pub trait UserData: Sized {
    /// Adds fields. Called once per state.
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        let _ = fields;
    }

    /// Adds methods. Called once per state.
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        let _ = methods;
    }

    /// Adds both.
    fn register(registry: &mut UserDataRegistry<Self>) {
        Self::add_fields(registry);
        Self::add_methods(registry);
    }
}

/// Where methods of a type are added; see [`UserData::add_methods`].
pub trait UserDataMethods<T> {
    /// Adds a method that reads the value.
    fn add_method<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: Fn(&Lua, &T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// Adds a method that changes the value. No other method of the value can be called while it runs.
    fn add_method_mut<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// Adds a method that takes the value, so that the userdata can't be used any more.
    fn add_method_once<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(&Lua, T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let full_name = format!("{}.{name}", crate::traits::short_type_name::<T>());
        self.add_function(name, move |lua, (this, args): (AnyUserData, A)| {
            let this = this.take::<T>().map_err(|e| Error::bad_self(&full_name, e))?;
            method(lua, this, args)
        });
    }

    /// Adds an `async` method that reads the value.
    #[cfg(feature = "async")]
    fn add_async_method<M, A, MR, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(Lua, UserDataRef<T>, A) -> MR + 'static,
        A: FromLuaMulti,
        MR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti;

    /// Adds an `async` method that changes the value.
    #[cfg(feature = "async")]
    fn add_async_method_mut<M, A, MR, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(Lua, UserDataRefMut<T>, A) -> MR + 'static,
        A: FromLuaMulti,
        MR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti;

    /// Adds an `async` method that takes the value.
    #[cfg(feature = "async")]
    fn add_async_method_once<M, A, MR, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(Lua, T, A) -> MR + 'static,
        A: FromLuaMulti,
        MR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let full_name = format!("{}.{name}", crate::traits::short_type_name::<T>());
        self.add_async_function(name, move |lua, (this, args): (AnyUserData, A)| {
            let this = this.take::<T>().map_err(|e| Error::bad_self(&full_name, e));
            let future = this.map(|this| method(lua, this, args));
            async move { future?.await }
        });
    }

    /// Adds a function, which is a field of all values of the type.
    fn add_function<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// Adds a function with state.
    fn add_function_mut<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: FnMut(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// Adds an `async` function.
    #[cfg(feature = "async")]
    fn add_async_function<F, A, FR, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(Lua, A) -> FR + 'static,
        A: FromLuaMulti,
        FR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti;

    /// Adds a metamethod whose first argument is a value of the type.
    fn add_meta_method<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: Fn(&Lua, &T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// Adds a metamethod that changes the value.
    fn add_meta_method_mut<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// Adds an `async` metamethod.
    #[cfg(feature = "async")]
    fn add_async_meta_method<M, A, MR, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(Lua, UserDataRef<T>, A) -> MR + 'static,
        A: FromLuaMulti,
        MR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti;

    /// Adds an `async` metamethod that changes the value.
    #[cfg(feature = "async")]
    fn add_async_meta_method_mut<M, A, MR, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(Lua, UserDataRefMut<T>, A) -> MR + 'static,
        A: FromLuaMulti,
        MR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti;

    /// Adds a metamethod that gets its arguments as they are: for operators, the value may be the second.
    fn add_meta_function<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// Adds such a metamethod with state.
    fn add_meta_function_mut<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: FnMut(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti;

    /// Adds such an `async` metamethod.
    #[cfg(feature = "async")]
    fn add_async_meta_function<F, A, FR, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(Lua, A) -> FR + 'static,
        A: FromLuaMulti,
        FR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti;
}

/// Where fields of a type are added; see [`UserData::add_fields`].
pub trait UserDataFields<T> {
    /// Adds a field that is the same for all values of the type.
    fn add_field<V: IntoLua + 'static>(&mut self, name: impl Into<String>, value: V);

    /// Adds a field that is read by a method.
    fn add_field_method_get<M, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: Fn(&Lua, &T) -> Result<R> + 'static,
        R: IntoLua;

    /// Adds a field that is assigned by a method.
    fn add_field_method_set<M, A>(&mut self, name: impl Into<String>, method: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<()> + 'static,
        A: FromLua;

    /// Adds a field that is read by a function of the userdata.
    fn add_field_function_get<F, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, AnyUserData) -> Result<R> + 'static,
        R: IntoLua;

    /// Adds a field that is assigned by a function of the userdata.
    fn add_field_function_set<F, A>(&mut self, name: impl Into<String>, function: F)
    where
        F: FnMut(&Lua, AnyUserData, A) -> Result<()> + 'static,
        A: FromLua;

    /// Adds a field to the metatable.
    fn add_meta_field<V: IntoLua + 'static>(&mut self, name: impl Into<String>, value: V);

    /// Adds a field to the metatable, whose value is made with the state.
    fn add_meta_field_with<F, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: FnOnce(&Lua) -> Result<R> + 'static,
        R: IntoLua;
}

/// A type that has been registered.
#[derive(Clone, Copy)]
struct Registered {
    metatable: RootId,
    number: u64,
}

/// The types that have been registered, and what all userdata need.
#[derive(Default)]
pub(crate) struct UserDataTypes {
    by_type: RefCell<HashMap<TypeId, Registered>>,
    last_number: Cell<u64>,
    /// The metatable of those whose value is gone.
    destructed: Cell<Option<RootId>>,
    /// The table of user values, by userdata, which it holds weakly.
    user_values: Cell<Option<RootId>>,
}

impl UserDataTypes {
    fn next_number(&self) -> u64 {
        self.last_number.set(self.last_number.get() + 1);
        self.last_number.get()
    }
}

/// The holder of the value of a userdata with one; an error if the value is gone. `None` for everything else.
#[inline]
pub(crate) fn holder_in(v: RtValue<'_>) -> Option<Result<Rc<Holder>>> {
    let u = v.downcast::<Userdata>()?;
    let data = u.data.borrow();
    match data.as_ref() {
        None => Some(Err(Error::UserDataDestructed)),
        Some(data) => data.downcast_ref::<Shell>().map(|shell| Ok(shell.holder.clone())),
    }
}

impl Lua {
    /// Hands a Rust value to Lua.
    ///
    /// # Errors
    /// If the type can't be registered; if the memory limit is exceeded.
    pub fn create_userdata<T: UserData + 'static>(&self, value: T) -> Result<AnyUserData> {
        let registered = self.registered::<T>(T::register)?;
        self.userdata_of(value, registered, TypeId::of::<T>(), |_| {})
    }

    /// Hands a Rust value of any type to Lua. What programs can do with it was said by [`Lua::register_userdata_type`], or is
    /// nothing.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn create_any_userdata<T: 'static>(&self, value: T) -> Result<AnyUserData> {
        let registered = self.registered::<T>(|_| {})?;
        self.userdata_of(value, registered, TypeId::of::<T>(), |_| {})
    }

    /// As [`Lua::create_userdata`], for a value that can be serialized.
    ///
    /// # Errors
    /// As [`Lua::create_userdata`].
    #[cfg(feature = "serde")]
    pub fn create_ser_userdata<T>(&self, value: T) -> Result<AnyUserData>
    where
        T: UserData + serde::Serialize + 'static,
    {
        let registered = self.registered::<T>(T::register)?;
        let lend = |h: &mut Holder| h.serialize = Some(crate::serde::lend_to_serializer::<T>);
        self.userdata_of(value, registered, TypeId::of::<T>(), lend)
    }

    /// As [`Lua::create_any_userdata`], for a value that can be serialized.
    ///
    /// # Errors
    /// As [`Lua::create_any_userdata`].
    #[cfg(feature = "serde")]
    pub fn create_ser_any_userdata<T>(&self, value: T) -> Result<AnyUserData>
    where
        T: serde::Serialize + 'static,
    {
        let registered = self.registered::<T>(|_| {})?;
        let lend = |h: &mut Holder| h.serialize = Some(crate::serde::lend_to_serializer::<T>);
        self.userdata_of(value, registered, TypeId::of::<T>(), lend)
    }

    /// Says what programs can do with values of a type that the host hands them by [`Lua::create_any_userdata`].
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// use perilune::UserDataMethods;
    /// lua.register_userdata_type::<std::time::Duration>(|registry| {
    ///     registry.add_method("seconds", |_, this, ()| Ok(this.as_secs_f64()));
    /// })?;
    /// lua.globals().set("d", lua.create_any_userdata(std::time::Duration::from_millis(1500))?)?;
    /// assert_eq!(lua.load("d:seconds()").eval::<f64>()?, 1.5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If it can't be registered so.
    pub fn register_userdata_type<T: 'static>(
        &self,
        f: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<()> {
        self.register_type(f).map(drop)
    }

    fn register_type<T: 'static>(
        &self,
        f: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<Registered> {
        let number = self.inner.types.next_number();
        let mut registry = UserDataRegistry::<T>::new(self, number);
        f(&mut registry);
        let table = registry.into_metatable()?;
        let metatable = self.with(|cx| cx.root(table.0.get(cx)));
        let registered = Registered { metatable, number };
        let old = self.inner.types.by_type.borrow_mut().insert(TypeId::of::<T>(), registered);
        if let Some(old) = old {
            self.with(|cx| cx.unroot(old.metatable));
        }
        Ok(registered)
    }

    /// A type, registered by `f` if it hasn't been.
    fn registered<T: 'static>(
        &self,
        f: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<Registered> {
        let found = self.registration_of::<T>();
        found.map_or_else(|| self.register_type(f), Ok)
    }

    fn registration_of<T: 'static>(&self) -> Option<Registered> {
        self.inner.types.by_type.borrow().get(&TypeId::of::<T>()).copied()
    }

    fn userdata_of<T: 'static>(
        &self,
        value: T,
        registered: Registered,
        type_id: TypeId,
        prepare: impl FnOnce(&mut Holder),
    ) -> Result<AnyUserData> {
        let mut holder = Holder::new(value, registered.number, Some(type_id));
        prepare(&mut holder);
        self.with(|cx| {
            self.safepoint(cx)?;
            let metatable = cx.rooted(registered.metatable).downcast::<RtTable>();
            Ok(self.userdata_with_holder(cx, Rc::new(holder), metatable))
        })
    }

    fn userdata_with_holder(
        &self,
        cx: &Cx,
        holder: Rc<Holder>,
        metatable: Option<perilune_runtime::object::Gc<'_, RtTable>>,
    ) -> AnyUserData {
        let shell = Shell::new(holder, self.downgrade());
        let u = RtValue::object(Userdata::new(&cx.heap, Box::new(shell), 0));
        cx.set_metatable(u, metatable);
        AnyUserData(Ref::new(self, cx, u))
    }

    /// A userdata of a scope: what it lends, with the methods of its type.
    pub(crate) fn scoped_userdata<T: 'static>(
        &self,
        value: std::ptr::NonNull<T>,
        kind: Kind,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<AnyUserData> {
        let registered = self.registered::<T>(register)?;
        let holder = Rc::new(Holder::lent(value, kind, registered.number));
        self.with(|cx| {
            self.safepoint(cx)?;
            let metatable = cx.rooted(registered.metatable).downcast::<RtTable>();
            Ok(self.userdata_with_holder(cx, holder, metatable))
        })
    }

    /// A userdata of a scope with a value that need not be `'static`, and methods of its own.
    pub(crate) fn unique_userdata<T>(
        &self,
        value: T,
        register: impl FnOnce(&mut UserDataRegistry<T>),
    ) -> Result<AnyUserData> {
        let number = self.inner.types.next_number();
        let mut registry = UserDataRegistry::<T>::new(self, number);
        register(&mut registry);
        let table = registry.into_metatable()?;
        let holder = Rc::new(Holder::new(value, number, None));
        self.with(|cx| {
            self.safepoint(cx)?;
            let metatable = table.0.get(cx).downcast::<RtTable>();
            Ok(self.userdata_with_holder(cx, holder, metatable))
        })
    }

    /// A userdata that stands for a type: it has the fields and functions that values of the type have, without a value.
    ///
    /// # Errors
    /// If the type can't be registered.
    pub fn create_proxy<T: UserData + 'static>(&self) -> Result<AnyUserData> {
        let registered = self.registered::<T>(T::register)?;
        let stranger = Registered { number: 0, ..registered };
        self.userdata_of(Proxy::<T>::NEW, stranger, Proxy::<T>::id(), |_| {})
    }

    /// The metatable of userdata whose value is gone.
    fn destructed_metatable(&self) -> Result<RootId> {
        if let Some(id) = self.inner.types.destructed.get() {
            return Ok(id);
        }
        let fail = self.callback(|_, _| Err(Error::UserDataDestructed.into()))?;
        let table = self.create_table()?;
        for method in MetaMethod::ALL {
            if !matches!(method, MetaMethod::Type | MetaMethod::Close) {
                table.raw_set(method.name(), &fail)?;
            }
        }
        table.raw_set("__metatable", false)?;
        let id = self.with(|cx| cx.root(table.0.get(cx)));
        self.inner.types.destructed.set(Some(id));
        Ok(id)
    }

    /// The table of user values.
    fn user_values(&self) -> Result<Table> {
        if let Some(id) = self.inner.types.user_values.get() {
            return Ok(self.with(|cx| Table(Ref::new(self, cx, cx.rooted(id)))));
        }
        let table = self.create_table()?;
        table.set_metatable(Some(self.create_table_from([("__mode", "k")])?))?;
        let id = self.with(|cx| cx.root(table.0.get(cx)));
        self.inner.types.user_values.set(Some(id));
        Ok(table)
    }
}

/// A userdata of any type.
#[derive(Clone, PartialEq)]
pub struct AnyUserData(pub(crate) Ref);

/// Most user values a userdata may have, by number.
const MOST_USER_VALUES: usize = 65_535;

impl AnyUserData {
    /// The holder of its value.
    fn holder(&self) -> Result<Rc<Holder>> {
        let lua = self.0.lua()?;
        lua.with(|cx| holder_in(self.0.get(cx))).unwrap_or(Err(Error::UserDataTypeMismatch))
    }

    /// The holder of its value, if that is a `T`.
    fn holder_of<T: 'static>(&self) -> Result<Rc<Holder>> {
        let holder = self.holder()?;
        let registered = self.0.lua()?.registration_of::<T>();
        match registered {
            Some(r) if r.number == holder.registration() => Ok(holder),
            _ => Err(Error::UserDataTypeMismatch),
        }
    }

    /// Whether its value is a `T`.
    pub fn is<T: 'static>(&self) -> bool {
        self.holder_of::<T>().is_ok_and(|h| h.is_owned())
    }

    /// Whether it is a proxy of this type: see [`Lua::create_proxy`].
    pub fn is_proxy<T: 'static>(&self) -> bool {
        self.holder().is_ok_and(|h| h.type_id() == Some(Proxy::<T>::id()))
    }

    /// Borrows the value.
    ///
    /// # Errors
    /// If it is of another type, mutably borrowed, lent by a scope, or gone.
    pub fn borrow<T: 'static>(&self) -> Result<UserDataRef<T>> {
        let holder = self.holder_of::<T>()?;
        if !holder.is_owned() {
            return Err(Error::UserDataTypeMismatch);
        }
        holder.borrow(false).map(UserDataRef::new)
    }

    /// Borrows the value mutably.
    ///
    /// # Errors
    /// If it is of another type, borrowed, lent by a scope, or gone.
    pub fn borrow_mut<T: 'static>(&self) -> Result<UserDataRefMut<T>> {
        let holder = self.holder_of::<T>()?;
        if !holder.is_owned() {
            return Err(Error::UserDataTypeMismatch);
        }
        holder.borrow_mut(false).map(UserDataRefMut::new)
    }

    /// Lends the value to a function.
    ///
    /// # Errors
    /// If it is of another type, mutably borrowed, or gone.
    pub fn borrow_scoped<T: 'static, R>(&self, f: impl FnOnce(&T) -> R) -> Result<R> {
        let borrow = self.holder_of::<T>()?.borrow(true)?;
        // SAFETY: `holder_of` has found that the registration is for `T`.
        Ok(f(unsafe { borrow.get::<T>() }))
    }

    /// Lends the value to a function that may change it.
    ///
    /// # Errors
    /// If it is of another type, borrowed, or gone.
    pub fn borrow_mut_scoped<T: 'static, R>(&self, f: impl FnOnce(&mut T) -> R) -> Result<R> {
        let mut borrow = self.holder_of::<T>()?.borrow_mut(true)?;
        // SAFETY: as in `borrow_scoped`, and it was borrowed mutably.
        Ok(f(unsafe { borrow.get_mut::<T>() }))
    }

    /// Takes the value, so that the userdata can't be used any more.
    ///
    /// # Errors
    /// If it is of another type, borrowed, lent by a scope, or gone.
    pub fn take<T: 'static>(&self) -> Result<T> {
        let holder = self.holder_of::<T>()?;
        // SAFETY: as in `borrow_scoped`.
        let value = unsafe { holder.take::<T>() }?;
        self.forget()?;
        Ok(value)
    }

    /// Drops the value, so that the userdata can't be used any more. If the host has borrowed it, it is dropped when the
    /// borrows end.
    ///
    /// # Errors
    /// If a method of it runs; if it is gone.
    pub fn destroy(&self) -> Result<()> {
        if self.holder()?.is_in_use() {
            return Err(Error::UserDataBorrowMutError);
        }
        self.forget()
    }

    /// Takes the shell away. The holder is dropped, unless it is borrowed.
    pub(crate) fn forget(&self) -> Result<()> {
        let lua = self.0.lua()?;
        let metatable = lua.destructed_metatable()?;
        let shell = lua.with(|cx| {
            let u = self.0.get(cx);
            cx.set_metatable(u, cx.rooted(metatable).downcast::<RtTable>());
            u.downcast::<Userdata>().and_then(|u| u.data.take())
        });
        if let Some(shell) = shell.and_then(|s| s.downcast::<Shell>().ok()) {
            drop(shell.into_holder());
        }
        Ok(())
    }

    /// Keeps a value with it: that with number 1.
    ///
    /// # Errors
    /// If the value can't be converted.
    pub fn set_user_value(&self, value: impl IntoLua) -> Result<()> {
        self.set_nth_user_value(1, value)
    }

    /// The value kept with it, with number 1.
    ///
    /// # Errors
    /// If the value isn't of the wanted type.
    pub fn user_value<V: FromLua>(&self) -> Result<V> {
        self.nth_user_value(1)
    }

    /// Keeps a value with it, under a number from 1 to 65,535.
    ///
    /// # Errors
    /// If there is no such number; if the value can't be converted.
    pub fn set_nth_user_value(&self, n: usize, value: impl IntoLua) -> Result<()> {
        self.keep(Value::Integer(user_value_number(n)?), value)
    }

    /// The value kept under a number; nil if there is none.
    ///
    /// # Errors
    /// If there is no such number; if the value isn't of the wanted type.
    pub fn nth_user_value<V: FromLua>(&self, n: usize) -> Result<V> {
        self.kept(Value::Integer(user_value_number(n)?))
    }

    /// Keeps a value with it, under a name.
    ///
    /// # Errors
    /// If the value can't be converted.
    pub fn set_named_user_value(&self, name: &str, value: impl IntoLua) -> Result<()> {
        self.keep(Value::String(self.0.lua()?.create_string(name)?), value)
    }

    /// The value kept under a name; nil if there is none.
    ///
    /// # Errors
    /// If the value isn't of the wanted type.
    pub fn named_user_value<V: FromLua>(&self, name: &str) -> Result<V> {
        self.kept(Value::String(self.0.lua()?.create_string(name)?))
    }

    fn keep(&self, key: Value, value: impl IntoLua) -> Result<()> {
        let lua = self.0.lua()?;
        let value = value.into_lua(&lua)?;
        let all = lua.user_values()?;
        let own = match all.raw_get::<Option<Table>>(self)? {
            Some(own) => own,
            None => {
                let own = lua.create_table()?;
                all.raw_set(self, &own)?;
                own
            }
        };
        own.raw_set(key, value)
    }

    fn kept<V: FromLua>(&self, key: Value) -> Result<V> {
        let lua = self.0.lua()?;
        match lua.user_values()?.raw_get::<Option<Table>>(self)? {
            Some(own) => own.raw_get(key),
            None => V::from_lua(Value::Nil, &lua),
        }
    }

    /// The metatable of its type.
    ///
    /// # Errors
    /// If its value is gone.
    pub fn metatable(&self) -> Result<UserDataMetatable> {
        self.holder()?;
        self.raw_metatable().map(UserDataMetatable)
    }

    fn raw_metatable(&self) -> Result<Table> {
        let lua = self.0.lua()?;
        lua.with(|cx| match cx.metatable_of(self.0.get(cx)) {
            Some(mt) => Ok(Table(Ref::new(&lua, cx, RtValue::object(mt)))),
            None => Err(Error::UserDataTypeMismatch),
        })
    }

    /// The address of the userdata.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address()
    }

    /// Its state.
    pub fn weak_lua(&self) -> &WeakLua {
        &self.0.lua
    }

    /// The type of its value, if it isn't gone or lent by a scope.
    pub fn type_id(&self) -> Option<TypeId> {
        self.holder().ok()?.type_id()
    }

    /// The name of its type (`__name`), or "userdata".
    ///
    /// # Errors
    /// If the state has ended.
    pub fn type_name(&self) -> Result<LuaString> {
        let lua = self.0.lua()?;
        let name = match self.raw_metatable() {
            Ok(mt) => mt.raw_get::<Value>(MetaMethod::Type.name())?,
            Err(_) => Value::Nil,
        };
        match name {
            Value::String(name) => Ok(name),
            _ => lua.create_string("userdata"),
        }
    }

    /// Whether they are equal as `==` says: `__eq` is respected.
    ///
    /// # Errors
    /// What `__eq` throws.
    pub fn equals(&self, other: &AnyUserData) -> Result<bool> {
        Value::UserData(self.clone()).equals(&Value::UserData(other.clone()))
    }

    /// Something that becomes a userdata with this value when it is given to Lua.
    pub fn wrap<T: 'static>(value: T) -> impl IntoLua {
        Wrapped(move |lua: &Lua| lua.create_any_userdata(value))
    }

    /// As [`AnyUserData::wrap`], for a value that can be serialized.
    #[cfg(feature = "serde")]
    pub fn wrap_ser<T: serde::Serialize + 'static>(value: T) -> impl IntoLua {
        Wrapped(move |lua: &Lua| lua.create_ser_any_userdata(value))
    }

    /// What is shown of it to people who look for errors.
    pub(crate) fn debug_text(&self) -> String {
        let text = || -> Result<String> {
            let lua = self.0.lua()?;
            let method = match self.raw_metatable() {
                Ok(mt) => mt.raw_get(MetaMethod::ToDebugString.name())?,
                Err(_) => Value::Nil,
            };
            match method {
                Value::Function(f) => f.call(self),
                _ => lua.call_native(("tostring", embed::to_string), self),
            }
        };
        text().unwrap_or_else(|e| e.to_string())
    }

    /// Whether its value can be serialized.
    #[cfg(feature = "serde")]
    pub(crate) fn can_be_serialized(&self) -> bool {
        self.holder().is_ok_and(|h| h.serialize.is_some())
    }

    /// Lends the value to a serializer, if it can be serialized.
    #[cfg(feature = "serde")]
    pub(crate) fn lend_to_serializer<R>(
        &self,
        f: impl FnOnce(&dyn erased_serde::Serialize) -> R,
    ) -> Result<Option<R>> {
        let holder = self.holder()?;
        let Some(lend) = holder.serialize else { return Ok(None) };
        let borrow = holder.borrow(true)?;
        // SAFETY: `lend` was put into the holder with a value of its type.
        Ok(Some(f(unsafe { lend(&borrow) })))
    }
}

fn user_value_number(n: usize) -> Result<i64> {
    if n == 0 || n > MOST_USER_VALUES {
        return Err(Error::runtime("user value index out of bounds"));
    }
    Ok(n as i64)
}

struct Wrapped<F>(F);

impl<F: FnOnce(&Lua) -> Result<AnyUserData>> IntoLua for Wrapped<F> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        (self.0)(lua).map(Value::UserData)
    }
}

impl fmt::Debug for AnyUserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return f.write_str(&self.debug_text());
        }
        f.debug_tuple("AnyUserData").field(&self.0).finish()
    }
}

impl ObjectLike for AnyUserData {
    fn get<V: FromLua>(&self, key: impl IntoLua) -> Result<V> {
        let lua = self.0.lua()?;
        let key = key.into_lua(&lua)?;
        lua.call_native(("index", embed::index), (self, key))
    }

    fn set(&self, key: impl IntoLua, value: impl IntoLua) -> Result<()> {
        let lua = self.0.lua()?;
        let key = key.into_lua(&lua)?;
        let value = value.into_lua(&lua)?;
        lua.call_native(("newindex", embed::set_index), (self, key, value))
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
        Value::UserData(self.clone()).to_string()
    }

    fn to_value(&self) -> Value {
        Value::UserData(self.clone())
    }

    fn weak_lua(&self) -> &WeakLua {
        &self.0.lua
    }
}

/// The metatable of a type of userdata.
#[derive(Clone, Debug)]
pub struct UserDataMetatable(Table);

impl UserDataMetatable {
    /// A field of it.
    ///
    /// # Errors
    /// [`Error::MetaMethodRestricted`]; if the value isn't of the wanted type.
    pub fn get<V: FromLua>(&self, key: impl AsRef<str>) -> Result<V> {
        MetaMethod::check_free(key.as_ref())?;
        self.0.raw_get(key.as_ref())
    }

    /// Sets a field of it. `__index` and `__newindex` can't be set, as they are made of the type's fields.
    ///
    /// # Errors
    /// [`Error::MetaMethodRestricted`]; if the value can't be converted.
    pub fn set(&self, key: impl AsRef<str>, value: impl IntoLua) -> Result<()> {
        let key = key.as_ref();
        MetaMethod::check_free(key)?;
        if key == MetaMethod::Index.name() || key == MetaMethod::NewIndex.name() {
            return Err(Error::MetaMethodRestricted(key.to_owned()));
        }
        self.0.raw_set(key, value)
    }

    /// Whether there is such a field.
    ///
    /// # Errors
    /// [`Error::MetaMethodRestricted`]
    pub fn contains(&self, key: impl AsRef<str>) -> Result<bool> {
        self.get::<Value>(key).map(|v| !v.is_nil())
    }

    /// Traverses the fields that aren't restricted.
    pub fn pairs<V: FromLua>(&self) -> UserDataMetatablePairs<'_, V> {
        UserDataMetatablePairs(self.0.pairs())
    }
}

/// See [`UserDataMetatable::pairs`].
#[derive(Debug)]
pub struct UserDataMetatablePairs<'a, V>(TablePairs<'a, String, V>);

impl<V: FromLua> Iterator for UserDataMetatablePairs<'_, V> {
    type Item = Result<(String, V)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.0.next()? {
                Ok((key, _)) if MetaMethod::check_free(&key).is_err() => {}
                other => return Some(other),
            }
        }
    }
}

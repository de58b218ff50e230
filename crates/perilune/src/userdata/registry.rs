//! [`UserDataRegistry`]: where fields and methods of a type are collected, and the metatable made of them.
//!
//! **Design.** Methods, functions and constant fields are in one table. If that is all there is, it is the metatable's
//! `__index`, so that a method costs what a field of a table does. Fields with getters, or an `__index` of the type's own, take a
//! native of the runtime that looks through them in turn, and goes on to the function it has found without returning to
//! Rust. `__newindex` likewise.
//!
//! A registration has a number, by which methods recognize the values they are for; see [`super::holder`].

use super::holder::Holder;
use super::meta::MetaMethod;
use super::{AnyUserData, UserDataFields, UserDataMethods, holder_in};
use crate::error::{Error, Result};
use crate::function::{Args, Callback, Failure, Function};
use crate::handle::Ref;
use crate::state::Lua;
use crate::table::Table;
use crate::traits::{FromLua, FromLuaMulti, IntoLua, IntoLuaMulti, short_type_name};
use crate::value::Value;
use perilune_runtime::cx::{Cx, Fault};
use perilune_runtime::function::{Behaviour, FORWARD, Native};
use perilune_runtime::table::Table as RtTable;
use perilune_runtime::value::Value as RtValue;
use std::any::TypeId;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::result::Result as StdResult;

#[cfg(feature = "async")]
use super::{UserDataRef, UserDataRefMut};

/// What makes a field's value when the metatable is made.
type Field = Box<dyn FnOnce(&Lua) -> Result<Value>>;

/// Collects fields and methods of a type; see [`UserData::register`](crate::UserData::register).
pub struct UserDataRegistry<T> {
    pub(crate) lua: Lua,
    parts: Parts,
    of: PhantomData<fn(T)>,
}

/// What has been collected, whatever the type.
struct Parts {
    number: u64,
    type_name: String,
    fields: Vec<(String, Field)>,
    getters: Vec<(String, Field)>,
    setters: Vec<(String, Field)>,
    meta: Vec<(String, Field)>,
}

impl<T> std::fmt::Debug for UserDataRegistry<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UserDataRegistry({})", self.parts.type_name)
    }
}

/// The Rust function behind a method, for values that need not be `'static`.
type Method<'a> = Rc<dyn Fn(&Lua, Args) -> StdResult<usize, Failure> + 'a>;

/// Makes nothing of the fact that a method's type isn't `'static`.
///
/// # Safety
/// It holds no values that aren't.
unsafe fn erase(method: Method<'_>) -> Rc<Callback> {
    // SAFETY: the two differ by a lifetime, of which nothing depends by the caller's promise.
    unsafe { std::mem::transmute::<Method<'_>, Rc<Callback>>(method) }
}

impl<T> UserDataRegistry<T> {
    pub(crate) fn new(lua: &Lua, number: u64) -> UserDataRegistry<T> {
        let type_name = short_type_name::<T>();
        UserDataRegistry {
            lua: lua.clone(),
            parts: Parts {
                number,
                type_name,
                fields: Vec::new(),
                getters: Vec::new(),
                setters: Vec::new(),
                meta: Vec::new(),
            },
            of: PhantomData,
        }
    }

    /// What a method is called in messages.
    fn full_name(&self, name: &str) -> String {
        format!("{}.{name}", self.parts.type_name)
    }

    /// A method that reads the value.
    fn reading<A: FromLuaMulti, R: IntoLuaMulti>(
        &self,
        name: &str,
        f: impl Fn(&Lua, &T, A) -> Result<R> + 'static,
    ) -> Rc<Callback> {
        let (number, name) = (self.parts.number, self.full_name(name));
        let type_name = self.parts.type_name.clone();
        let method: Method<'_> = Rc::new(move |lua, args| {
            let this = this_of(lua, args, number, &type_name)
                .and_then(|h| h.borrow(true))
                .map_err(|e| Error::bad_self(&name, e))?;
            let args = args.convert_rest(Some(&name), lua)?;
            // SAFETY: the registration with this number is for `T`.
            let results = f(lua, unsafe { this.get::<T>() }, args)?;
            Ok(results.push_into_stack_multi(lua)?)
        });
        // SAFETY: it holds `f`, which is `'static`, names and a number.
        unsafe { erase(method) }
    }

    /// A method that changes the value.
    fn changing<A: FromLuaMulti, R: IntoLuaMulti>(
        &self,
        name: &str,
        f: impl FnMut(&Lua, &mut T, A) -> Result<R> + 'static,
    ) -> Rc<Callback> {
        let (number, name) = (self.parts.number, self.full_name(name));
        let type_name = self.parts.type_name.clone();
        let f = RefCell::new(f);
        let method: Method<'_> = Rc::new(move |lua, args| {
            let mut this = this_of(lua, args, number, &type_name)
                .and_then(|h| h.borrow_mut(true))
                .map_err(|e| Error::bad_self(&name, e))?;
            let args = args.convert_rest(Some(&name), lua)?;
            let Ok(mut f) = f.try_borrow_mut() else {
                return Err(Error::RecursiveMutCallback.into());
            };
            // SAFETY: as in `reading`, and it was borrowed mutably.
            let results = f(lua, unsafe { this.get_mut::<T>() }, args)?;
            drop((f, this));
            Ok(results.push_into_stack_multi(lua)?)
        });
        // SAFETY: as in `reading`.
        unsafe { erase(method) }
    }

    fn function<A: FromLuaMulti, R: IntoLuaMulti>(
        &self,
        name: &str,
        f: impl Fn(&Lua, A) -> Result<R> + 'static,
    ) -> Rc<Callback> {
        let name = self.full_name(name);
        Rc::new(move |lua, args| {
            let results = f(lua, args.convert(Some(&name), lua)?)?;
            Ok(results.push_into_stack_multi(lua)?)
        })
    }

    fn function_mut<A: FromLuaMulti, R: IntoLuaMulti>(
        &self,
        name: &str,
        f: impl FnMut(&Lua, A) -> Result<R> + 'static,
    ) -> Rc<Callback> {
        let f = RefCell::new(f);
        self.function(name, move |lua, args| match f.try_borrow_mut() {
            Ok(mut f) => f(lua, args),
            Err(_) => Err(Error::RecursiveMutCallback),
        })
    }

    #[cfg(feature = "async")]
    fn waiting<A, F, R>(&self, name: &str, f: impl Fn(Lua, A) -> F + 'static) -> Field
    where
        A: FromLuaMulti,
        F: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        let name = self.full_name(name);
        Box::new(move |lua| lua.async_callback(Some(name), f).map(Value::Function))
    }

    /// Makes the metatable.
    pub(crate) fn into_metatable(self) -> Result<Table> {
        self.parts.into_metatable(&self.lua)
    }
}

/// The holder of the value that is a method's first argument.
#[inline]
fn this_of(lua: &Lua, args: Args, number: u64, type_name: &str) -> Result<Rc<Holder>> {
    let found = lua.with(|cx| {
        if args.count == 0 {
            return None;
        }
        holder_in(cx.stack_value(args.first))
    });
    match found {
        Some(Ok(holder)) if holder.registration() == number => Ok(holder),
        Some(Ok(_)) => Err(Error::UserDataTypeMismatch),
        Some(Err(e)) => Err(e),
        None => {
            let value =
                if args.count == 0 { Value::Nil } else { Value::from_stack(args.first, lua)? };
            let message = format!("expected userdata of type '{type_name}'");
            Err(Error::from_lua_conversion(value.lua_type(), "userdata", Some(message)))
        }
    }
}

fn callback_field(callback: Rc<Callback>) -> Field {
    Box::new(|lua| lua.callback_of(callback, Behaviour::Plain).map(Value::Function))
}

fn value_field<V: IntoLua + 'static>(value: V) -> Field {
    Box::new(|lua| value.into_lua(lua))
}

impl Parts {
    fn into_metatable(self, lua: &Lua) -> Result<Table> {
        let metatable = lua.create_table()?;
        metatable.raw_set(MetaMethod::Type.name(), &*self.type_name)?;
        metatable.raw_set("__metatable", false)?;
        for (name, make) in self.meta {
            MetaMethod::check_free(&name)?;
            let value = make(lua)?;
            let is_indexer =
                name == MetaMethod::Index.name() || name == MetaMethod::NewIndex.name();
            let is_fit = matches!(
                value,
                Value::Nil | Value::Table(_) | Value::Function(_) | Value::UserData(_)
            );
            if is_indexer && !is_fit {
                return Err(Error::MetaMethodTypeError {
                    method: name,
                    type_name: value.type_name(),
                    message: Some("expected a table or function".to_owned()),
                });
            }
            metatable.raw_set(name, value)?;
        }
        let fields = table_of(lua, self.fields)?;
        let getters = table_of(lua, self.getters)?;
        let setters = table_of(lua, self.setters)?;
        let index: Value = metatable.raw_get(MetaMethod::Index.name())?;
        if !getters.is_empty() || !index.is_nil() && !fields.is_empty() {
            let index = native(lua, "__index", index_native, [&getters, &fields], &index)?;
            metatable.raw_set(MetaMethod::Index.name(), index)?;
        } else if !fields.is_empty() {
            metatable.raw_set(MetaMethod::Index.name(), fields)?;
        }
        if !setters.is_empty() {
            let own: Value = metatable.raw_get(MetaMethod::NewIndex.name())?;
            let newindex = native(lua, "__newindex", newindex_native, [&setters, &setters], &own)?;
            metatable.raw_set(MetaMethod::NewIndex.name(), newindex)?;
        }
        Ok(metatable)
    }
}

fn table_of(lua: &Lua, fields: Vec<(String, Field)>) -> Result<Table> {
    let t = lua.create_table_with_capacity(0, fields.len())?;
    for (name, make) in fields {
        t.raw_set(name, make(lua)?)?;
    }
    Ok(t)
}

/// A native of the runtime with two tables and a value as upvalues.
fn native(
    lua: &Lua,
    name: &'static str,
    f: fn(&mut Cx) -> StdResult<usize, Fault>,
    tables: [&Table; 2],
    fallback: &Value,
) -> Result<Function> {
    lua.with(|cx| {
        let [a, b] = tables.map(|t| t.0.get(cx));
        let upvalues = [a, b, fallback.to_runtime(lua, cx)?];
        let f = Native::new(&cx.heap, name, f, Behaviour::Forward(1), &upvalues);
        Ok(Function(Ref::new(lua, cx, RtValue::object(f))))
    })
}

/// Field `key` (argument 2) of the table in an upvalue of the running native.
fn field_in<'g>(cx: &'g Cx, upvalue: usize) -> RtValue<'g> {
    match cx.upvalue(upvalue).downcast::<RtTable>() {
        Some(t) => t.get_value(cx.arg(2)),
        None => RtValue::NIL,
    }
}

/// Native: `__index` of a type with getters.
fn index_native(cx: &mut Cx) -> StdResult<usize, Fault> {
    cx.set_nargs(2);
    let field = field_in(cx, 1);
    if !field.is_nil() {
        cx.push(field);
        return Ok(1);
    }
    let getter = field_in(cx, 0);
    if !getter.is_nil() {
        cx.push(getter);
        cx.push(cx.arg(1));
        return Ok(FORWARD | 2);
    }
    let fallback = cx.upvalue(2);
    if fallback.is_nil() {
        cx.push(RtValue::NIL);
        return Ok(1);
    }
    cx.push(fallback);
    if fallback.is_function() {
        cx.push(cx.arg(1));
        cx.push(cx.arg(2));
        return Ok(FORWARD | 3);
    }
    let slot = cx.stack_height() - 1;
    cx.push(cx.arg(2));
    cx.index(slot)?;
    Ok(1)
}

/// Native: `__newindex` of a type with setters.
fn newindex_native(cx: &mut Cx) -> StdResult<usize, Fault> {
    cx.set_nargs(3);
    let setter = field_in(cx, 0);
    if !setter.is_nil() {
        cx.push(setter);
        cx.push(cx.arg(1));
        cx.push(cx.arg(3));
        return Ok(FORWARD | 3);
    }
    let fallback = cx.upvalue(2);
    if fallback.is_nil() {
        let key = cx.to_str(cx.arg(2)).map(|s| s.as_bytes().to_vec()).unwrap_or(b"?".to_vec());
        let text = [b"attempt to set an unknown field '", &key[..], b"'"].concat();
        return Err(cx.throw_error(&text));
    }
    cx.push(fallback);
    if fallback.is_function() {
        for i in 1..=3 {
            cx.push(cx.arg(i));
        }
        return Ok(FORWARD | 4);
    }
    let slot = cx.stack_height() - 1;
    cx.push(cx.arg(2));
    cx.push(cx.arg(3));
    cx.set_index(slot)?;
    Ok(0)
}

impl<T> UserDataFields<T> for UserDataRegistry<T> {
    fn add_field<V: IntoLua + 'static>(&mut self, name: impl Into<String>, value: V) {
        self.parts.fields.push((name.into(), value_field(value)));
    }

    fn add_field_method_get<M, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: Fn(&Lua, &T) -> Result<R> + 'static,
        R: IntoLua,
    {
        let name = name.into();
        let getter = self.reading(&name, move |lua, this, ()| method(lua, this));
        self.parts.getters.push((name, callback_field(getter)));
    }

    fn add_field_method_set<M, A>(&mut self, name: impl Into<String>, mut method: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<()> + 'static,
        A: FromLua,
    {
        let name = name.into();
        let setter = self.changing(&name, move |lua, this, value: A| method(lua, this, value));
        self.parts.setters.push((name, callback_field(setter)));
    }

    fn add_field_function_get<F, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, AnyUserData) -> Result<R> + 'static,
        R: IntoLua,
    {
        let name = name.into();
        let getter = self.function(&name, function);
        self.parts.getters.push((name, callback_field(getter)));
    }

    fn add_field_function_set<F, A>(&mut self, name: impl Into<String>, mut function: F)
    where
        F: FnMut(&Lua, AnyUserData, A) -> Result<()> + 'static,
        A: FromLua,
    {
        let name = name.into();
        let setter = self.function_mut(&name, move |lua, (this, value)| function(lua, this, value));
        self.parts.setters.push((name, callback_field(setter)));
    }

    fn add_meta_field<V: IntoLua + 'static>(&mut self, name: impl Into<String>, value: V) {
        self.parts.meta.push((name.into(), value_field(value)));
    }

    fn add_meta_field_with<F, R>(&mut self, name: impl Into<String>, f: F)
    where
        F: FnOnce(&Lua) -> Result<R> + 'static,
        R: IntoLua,
    {
        self.parts.meta.push((name.into(), Box::new(move |lua| f(lua)?.into_lua(lua))));
    }
}

impl<T> UserDataMethods<T> for UserDataRegistry<T> {
    fn add_method<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: Fn(&Lua, &T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let method = self.reading(&name, method);
        self.parts.fields.push((name, callback_field(method)));
    }

    fn add_method_mut<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let method = self.changing(&name, method);
        self.parts.fields.push((name, callback_field(method)));
    }

    fn add_function<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let function = self.function(&name, function);
        self.parts.fields.push((name, callback_field(function)));
    }

    fn add_function_mut<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: FnMut(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let function = self.function_mut(&name, function);
        self.parts.fields.push((name, callback_field(function)));
    }

    fn add_meta_method<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: Fn(&Lua, &T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let method = self.reading(&name, method);
        self.parts.meta.push((name, callback_field(method)));
    }

    fn add_meta_method_mut<M, A, R>(&mut self, name: impl Into<String>, method: M)
    where
        M: FnMut(&Lua, &mut T, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let method = self.changing(&name, method);
        self.parts.meta.push((name, callback_field(method)));
    }

    fn add_meta_function<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let function = self.function(&name, function);
        self.parts.meta.push((name, callback_field(function)));
    }

    fn add_meta_function_mut<F, A, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: FnMut(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let function = self.function_mut(&name, function);
        self.parts.meta.push((name, callback_field(function)));
    }

    #[cfg(feature = "async")]
    fn add_async_method<M, A, MR, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(Lua, UserDataRef<T>, A) -> MR + 'static,
        A: FromLuaMulti,
        MR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let f = self.waiting(&name, move |lua, (this, args): (UserDataRef<T>, Rest<A>)| {
            method(lua, this, args.0)
        });
        self.parts.fields.push((name, f));
    }

    #[cfg(feature = "async")]
    fn add_async_method_mut<M, A, MR, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(Lua, UserDataRefMut<T>, A) -> MR + 'static,
        A: FromLuaMulti,
        MR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let f = self.waiting(&name, move |lua, (this, args): (UserDataRefMut<T>, Rest<A>)| {
            method(lua, this, args.0)
        });
        self.parts.fields.push((name, f));
    }

    #[cfg(feature = "async")]
    fn add_async_function<F, A, FR, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(Lua, A) -> FR + 'static,
        A: FromLuaMulti,
        FR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let f = self.waiting(&name, function);
        self.parts.fields.push((name, f));
    }

    #[cfg(feature = "async")]
    fn add_async_meta_method<M, A, MR, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(Lua, UserDataRef<T>, A) -> MR + 'static,
        A: FromLuaMulti,
        MR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let f = self.waiting(&name, move |lua, (this, args): (UserDataRef<T>, Rest<A>)| {
            method(lua, this, args.0)
        });
        self.parts.meta.push((name, f));
    }

    #[cfg(feature = "async")]
    fn add_async_meta_method_mut<M, A, MR, R>(&mut self, name: impl Into<String>, method: M)
    where
        T: 'static,
        M: Fn(Lua, UserDataRefMut<T>, A) -> MR + 'static,
        A: FromLuaMulti,
        MR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let f = self.waiting(&name, move |lua, (this, args): (UserDataRefMut<T>, Rest<A>)| {
            method(lua, this, args.0)
        });
        self.parts.meta.push((name, f));
    }

    #[cfg(feature = "async")]
    fn add_async_meta_function<F, A, FR, R>(&mut self, name: impl Into<String>, function: F)
    where
        F: Fn(Lua, A) -> FR + 'static,
        A: FromLuaMulti,
        FR: Future<Output = Result<R>> + 'static,
        R: IntoLuaMulti,
    {
        let name = name.into();
        let f = self.waiting(&name, function);
        self.parts.meta.push((name, f));
    }
}

/// Arguments behind the first.
#[cfg(feature = "async")]
struct Rest<A>(A);

#[cfg(feature = "async")]
impl<A: FromLuaMulti> FromLuaMulti for Rest<A> {
    fn from_lua_multi(values: crate::MultiValue, lua: &Lua) -> Result<Rest<A>> {
        A::from_lua_multi(values, lua).map(Rest)
    }

    fn from_lua_args(
        args: crate::MultiValue,
        i: usize,
        to: Option<&str>,
        lua: &Lua,
    ) -> Result<Rest<A>> {
        A::from_lua_args(args, i, to, lua).map(Rest)
    }
}

/// The type of proxies; see [`Lua::create_proxy`].
pub(super) struct Proxy<T>(PhantomData<T>);

impl<T: 'static> Proxy<T> {
    pub(super) const NEW: Proxy<T> = Proxy(PhantomData);

    pub(super) fn id() -> TypeId {
        TypeId::of::<Proxy<T>>()
    }
}

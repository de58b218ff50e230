//! [`Function`]: functions of Lua, and Rust functions made callable by Lua.
//!
//! A Rust function is a native of the runtime, [`trampoline`], with the Rust closure in a userdata as its upvalue. The
//! trampoline lends the state to the closure (see [`crate::state`]), which takes its arguments from their slots of the Lua
//! stack and pushes its results.
//!
//! A call from Rust pushes function and arguments, and converts results from where they are; see [`call_pushed`].

use crate::error::{Error, ExternalError, Result};
use crate::handle::Ref;
use crate::state::{Inner, Lua, WeakLua};
use crate::table::{StackGuard, Table};
use crate::traits::{FromLuaMulti, IntoLua, IntoLuaMulti};
use crate::value::{Value, userdata_with};
use perilune_runtime::cx::{Cx, Fault};
use perilune_runtime::embed::FunctionInfo as RtInfo;
use perilune_runtime::function::{Behaviour, FORWARD, Native, NativeFn};
use perilune_runtime::userdata::Userdata;
use perilune_runtime::value::Value as RtValue;
use std::ffi::c_void;
use std::fmt;
use std::rc::{Rc, Weak};
use std::result::Result as StdResult;

#[cfg(feature = "async")]
pub use crate::waiting::{AsyncCallFuture, LuaNativeAsyncFn};

/// A Lua function.
#[derive(Clone, PartialEq)]
pub struct Function(pub(crate) Ref);

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Function").field(&self.0).finish()
    }
}

/// A native of the runtime and its name.
pub(crate) type NativeEntry = (&'static str, NativeFn);

/// Arguments of a callback: where the first is on the stack, and how many there are.
#[derive(Clone, Copy)]
pub(crate) struct Args {
    pub(crate) first: usize,
    pub(crate) count: usize,
}

impl Args {
    /// Converts them; `to` is what the function is called.
    #[inline]
    pub(crate) fn convert<A: FromLuaMulti>(self, to: Option<&str>, lua: &Lua) -> Result<A> {
        A::from_stack_args(self.first, self.count, 1, to, lua)
    }

    /// Converts those behind the first, which is `self`.
    #[inline]
    pub(crate) fn convert_rest<A: FromLuaMulti>(self, to: Option<&str>, lua: &Lua) -> Result<A> {
        A::from_stack_args(self.first + 1, self.count.saturating_sub(1), 2, to, lua)
    }
}

/// Why a callback failed.
pub(crate) enum Failure {
    /// An error that is to be known as that of a callback.
    Own(Error),
    /// An error that goes on as it is.
    Plain(Error),
}

impl From<Error> for Failure {
    fn from(e: Error) -> Failure {
        Failure::Own(e)
    }
}

/// A Rust function as the trampoline sees it: it pushes its results and tells how many there are.
pub(crate) type Callback = dyn Fn(&Lua, Args) -> StdResult<usize, Failure>;

/// What the trampoline's upvalue holds. The callback is dropped by the next operation after the collector has found it dead.
struct Bound {
    /// Weak, as the state owns this.
    state: Weak<Inner>,
    callback: Option<Rc<Callback>>,
}

impl Drop for Bound {
    fn drop(&mut self) {
        if let (Some(callback), Some(state)) = (self.callback.take(), self.state.upgrade()) {
            state.bury(Box::new(callback));
        }
    }
}

impl Lua {
    /// Makes a function of a callback.
    pub(crate) fn callback(
        &self,
        f: impl Fn(&Lua, Args) -> StdResult<usize, Failure> + 'static,
    ) -> Result<Function> {
        self.callback_of(Rc::new(f), Behaviour::Plain)
    }

    /// Makes a function of a callback that may end with a [`TAIL_CALL`].
    pub(crate) fn forwarding_callback(
        &self,
        f: impl Fn(&Lua, Args) -> StdResult<usize, Failure> + 'static,
    ) -> Result<Function> {
        self.callback_of(Rc::new(f), Behaviour::Forward(u8::MAX))
    }

    pub(crate) fn callback_of(
        &self,
        callback: Rc<Callback>,
        behaviour: Behaviour,
    ) -> Result<Function> {
        let bound = Bound { state: self.downgrade(), callback: Some(callback) };
        self.with(|cx| {
            self.safepoint(cx)?;
            let data = RtValue::object(Userdata::new(&cx.heap, Box::new(bound), 0));
            let native = Native::new(&cx.heap, "?", trampoline, behaviour, &[data]);
            Ok(Function(Ref::new(self, cx, RtValue::object(native))))
        })
    }

    /// Calls a native of the runtime, protected.
    pub(crate) fn call_native<R: FromLuaMulti>(
        &self,
        entry: NativeEntry,
        args: impl IntoLuaMulti,
    ) -> Result<R> {
        call_pushed(self, |cx| Ok(cx.native(entry.0, entry.1)), args)
    }
}

/// Native: calls the Rust function in its upvalue.
fn trampoline(cx: &mut Cx) -> StdResult<usize, Fault> {
    // A program can get at the upvalue through the debug library.
    let bound = userdata_with(cx.upvalue(0), |b: &Bound| (b.state.upgrade(), b.callback.clone()));
    let Some((Some(inner), Some(callback))) = bound else {
        return Err(cx.throw_error(b"this function has lost its Rust part"));
    };
    let lua = Lua { inner };
    let count = cx.nargs();
    let args = Args { first: cx.stack_height() - count, count };
    // The callback is moved in: if this is its last owner, its destructor may use the state.
    let outcome = lua.inner.lend(cx, {
        let lua = &lua;
        move || callback(lua, args)
    });
    match outcome {
        Ok(Ok(results)) => Ok(results),
        Ok(Err(Failure::Own(e))) => Err(lua.raise(cx, e)),
        Ok(Err(Failure::Plain(e))) => Err(lua.raise_plain(cx, e)),
        Err(panic) if lua.inner.catches_panics.get() => Err(lua.raise_panic(cx, panic)),
        Err(panic) => {
            lua.inner.set_panicked(panic);
            Err(Fault::Kill)
        }
    }
}

/// Marks the results of a callback as a function and its arguments, to be called in place of the callback.
pub(crate) const TAIL_CALL: usize = FORWARD;

/// Calls what `function` gives, protected.
#[inline]
pub(crate) fn call_pushed<R: FromLuaMulti>(
    lua: &Lua,
    function: impl FnOnce(&Cx) -> Result<RtValue<'_>>,
    args: impl IntoLuaMulti,
) -> Result<R> {
    let stack = StackGuard::new(lua);
    lua.with(|cx| {
        // A few more than are pushed here, so that arguments needn't ask for each.
        cx.check_stack(32, "too many values").map_err(|_| Error::StackError)?;
        // The handler's place is below the function, and below that what stands for the caller in tracebacks.
        cx.push(RtValue::NIL);
        cx.push(lua.message_handler(cx));
        cx.push(function(cx)?);
        Ok::<_, Error>(())
    })?;
    let count = args.push_into_stack_multi(lua)?;
    let first = stack.base + 2;
    let results = lua.with(|cx| {
        // An error further out may be on its way, and this a call by one of its `__close` handlers.
        let outer = lua.inner.raised.take();
        let called = cx.protected_call_with_handler(count, -1);
        let results = lua.check(cx, called).map(|()| cx.stack_height() - first);
        if outer.is_some() {
            lua.set_raised(cx, outer);
        }
        results
    })?;
    R::from_stack_multi(first, results, lua)
}

/// A method or function that was looked up by name.
pub(crate) fn method_named(lua: &Lua, found: Value, name: &str) -> Result<Function> {
    match found {
        Value::Function(f) => Ok(f),
        // Whatever can be called is called by a function.
        other @ (Value::Table(_) | Value::UserData(_)) => {
            lua.forwarding_callback(move |lua, args| {
                lua.with(|cx| {
                    cx.push(other.to_runtime(lua, cx)?);
                    for i in args.first..args.first + args.count {
                        cx.push(cx.stack_value(i));
                    }
                    Ok((args.count + 1) | TAIL_CALL)
                })
            })
        }
        other => {
            let kind = other.lua_type();
            let text = format!("attempt to call a {kind} value (function '{name}')");
            Err(Error::RuntimeError(text))
        }
    }
}

/// The methods of [`ObjectLike`](crate::ObjectLike) that are the same for all.
macro_rules! async_object_methods {
    () => {
        #[cfg(feature = "async")]
        fn call_async<R: FromLuaMulti>(
            &self,
            args: impl IntoLuaMulti,
        ) -> crate::function::AsyncCallFuture<R> {
            crate::waiting::call_object(self.to_value(), args)
        }

        #[cfg(feature = "async")]
        fn call_async_method<R: FromLuaMulti>(
            &self,
            name: &str,
            args: impl IntoLuaMulti,
        ) -> crate::function::AsyncCallFuture<R> {
            let method = || crate::function::method_named(&self.0.lua()?, self.get(name)?, name);
            crate::waiting::call_function(method(), (self, crate::table::Spread(args)))
        }

        #[cfg(feature = "async")]
        fn call_async_function<R: FromLuaMulti>(
            &self,
            name: &str,
            args: impl IntoLuaMulti,
        ) -> crate::function::AsyncCallFuture<R> {
            let method = || crate::function::method_named(&self.0.lua()?, self.get(name)?, name);
            crate::waiting::call_function(method(), args)
        }
    };
}
pub(crate) use async_object_methods;

/// What is known of a function; see [`Function::info`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// What it is called, if that is known.
    pub name: Option<String>,
    /// What sort of name that is: "global", "local" and so on.
    pub name_what: Option<&'static str>,
    /// "Lua", "main" for the main function of a chunk, or "C" for one that isn't written in Lua.
    pub what: &'static str,
    /// The name of its chunk, with `@` or `=`.
    pub source: Option<String>,
    /// That name as messages show it.
    pub short_src: Option<String>,
    /// The line it begins in.
    pub line_defined: Option<usize>,
    /// The line it ends in.
    pub last_line_defined: Option<usize>,
    /// Number of its upvalues.
    pub num_upvalues: u8,
    /// Number of its parameters.
    pub num_params: u8,
    /// Whether it takes more arguments.
    pub is_vararg: bool,
}

impl FunctionInfo {
    fn new(info: RtInfo) -> FunctionInfo {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        FunctionInfo {
            name: info.name.map(text),
            name_what: Some(info.name_what).filter(|n| !n.is_empty()),
            what: info.what,
            source: Some(text(info.source)),
            short_src: Some(text(info.short_source)),
            line_defined: info.line_defined.map(|l| l as usize),
            last_line_defined: info.last_line_defined.map(|l| l as usize),
            num_upvalues: info.upvalues,
            num_params: info.parameters,
            is_vararg: info.is_vararg,
        }
    }
}

/// Binds arguments: see [`Function::bind`]. It is Lua code, so that a call with bound arguments can be a tail call.
const BIND: &str = "local f, join = ... return function(...) return f(join(...)) end";

/// Most arguments that can be bound.
const MOST_BOUND: usize = 100_000;

impl Function {
    /// Calls the function.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let f: perilune::Function = lua.load("return function(a, b) return a + b, a * b end").eval()?;
    /// let (sum, product): (f64, f64) = f.call((3, 4.5))?;
    /// assert_eq!((sum, product), (7.5, 13.5));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the function throws; if its results can't be converted.
    pub fn call<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let lua = &self.0.lua()?;
        call_pushed(lua, |cx| Ok(self.0.get(cx)), args)
    }

    /// As [`Function::call`], for functions that wait.
    #[cfg(feature = "async")]
    pub fn call_async<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> AsyncCallFuture<R> {
        crate::waiting::call_function(Ok(self.clone()), args)
    }

    /// A function that calls this one with these arguments in front of its own.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let add: perilune::Function = lua.load("function(a, b) return a + b end").eval()?;
    /// assert_eq!(add.bind(40)?.call::<i64>(2)?, 42);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the arguments can't be converted, or are too many.
    pub fn bind(&self, args: impl IntoLuaMulti) -> Result<Function> {
        let lua = &self.0.lua()?;
        let args = args.into_lua_multi(lua)?;
        if args.is_empty() {
            return Ok(self.clone());
        }
        if args.len() > MOST_BOUND {
            return Err(Error::BindError);
        }
        let join = lua.callback(move |lua, own| {
            lua.make_room(args.len() + own.count)?;
            lua.with(|cx| {
                for v in &args {
                    cx.push(v.to_runtime(lua, cx)?);
                }
                for i in own.first..own.first + own.count {
                    cx.push(cx.stack_value(i));
                }
                Ok(args.len() + own.count)
            })
        })?;
        lua.load(BIND).set_name("=__mlua_bind").call((self, join))
    }

    /// The table its global variables are in; `None` if it isn't written in Lua or uses none.
    pub fn environment(&self) -> Option<Table> {
        let lua = self.0.lua().ok()?;
        lua.with(|cx| {
            let env = cx.environment_of(self.0.get(cx)).filter(|v| v.is_table())?;
            Some(Table(Ref::new(&lua, cx, env)))
        })
    }

    /// Gives it another table for its global variables. False if it isn't written in Lua or uses none.
    ///
    /// # Errors
    /// If the table belongs to another state.
    pub fn set_environment(&self, environment: Table) -> Result<bool> {
        let lua = self.0.lua()?;
        lua.with(|cx| {
            let environment = environment.0.get_in(&lua, cx)?;
            Ok(cx.set_environment_of(self.0.get(cx), environment))
        })
    }

    /// What is known of it.
    pub fn info(&self) -> FunctionInfo {
        let info = self.0.lua().map(|lua| lua.with(|cx| cx.info_of(self.0.get(cx))));
        FunctionInfo::new(info.unwrap_or_default())
    }

    /// It as a precompiled chunk, without what is needed for messages only if `strip`. Empty if it isn't written in Lua.
    pub fn dump(&self, strip: bool) -> Vec<u8> {
        let Ok(lua) = self.0.lua() else { return Vec::new() };
        lua.with(|cx| cx.dump(self.0.get(cx), strip)).unwrap_or_default()
    }

    /// The address of the function.
    pub fn to_pointer(&self) -> *const c_void {
        self.0.address()
    }

    /// Its state.
    pub fn weak_lua(&self) -> &WeakLua {
        &self.0.lua
    }

    /// Something that becomes a function when it is given to Lua.
    pub fn wrap<F, A, R, E>(f: F) -> impl IntoLua
    where
        F: LuaNativeFn<A, Output = StdResult<R, E>> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
        E: ExternalError,
    {
        Wrapped(move |lua: &Lua| {
            lua.create_function(move |_, args| f.call(args).map_err(ExternalError::into_lua_err))
        })
    }

    /// As [`Function::wrap`], for a function with state.
    pub fn wrap_mut<F, A, R, E>(f: F) -> impl IntoLua
    where
        F: LuaNativeFnMut<A, Output = StdResult<R, E>> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
        E: ExternalError,
    {
        let mut f = f;
        Wrapped(move |lua: &Lua| {
            lua.create_function_mut(move |_, args| {
                f.call(args).map_err(ExternalError::into_lua_err)
            })
        })
    }

    /// As [`Function::wrap`], for a function whose result is given to Lua whatever it is.
    pub fn wrap_raw<F, A>(f: F) -> impl IntoLua
    where
        F: LuaNativeFn<A> + 'static,
        F::Output: IntoLuaMulti,
        A: FromLuaMulti,
    {
        Wrapped(move |lua: &Lua| lua.create_function(move |_, args| Ok(f.call(args))))
    }

    /// As [`Function::wrap_raw`], for a function with state.
    pub fn wrap_raw_mut<F, A>(f: F) -> impl IntoLua
    where
        F: LuaNativeFnMut<A> + 'static,
        F::Output: IntoLuaMulti,
        A: FromLuaMulti,
    {
        let mut f = f;
        Wrapped(move |lua: &Lua| lua.create_function_mut(move |_, args| Ok(f.call(args))))
    }

    /// As [`Function::wrap`], for an `async` function.
    #[cfg(feature = "async")]
    pub fn wrap_async<F, A, R, E>(f: F) -> impl IntoLua
    where
        F: LuaNativeAsyncFn<A, Output = StdResult<R, E>> + 'static,
        A: FromLuaMulti + 'static,
        R: IntoLuaMulti,
        E: ExternalError,
    {
        Wrapped(move |lua: &Lua| {
            let f = Rc::new(f);
            lua.create_async_function(move |_, args| {
                let f = f.clone();
                async move { f.call(args).await.map_err(ExternalError::into_lua_err) }
            })
        })
    }

    /// As [`Function::wrap_raw`], for an `async` function.
    #[cfg(feature = "async")]
    pub fn wrap_raw_async<F, A>(f: F) -> impl IntoLua
    where
        F: LuaNativeAsyncFn<A> + 'static,
        F::Output: IntoLuaMulti,
        A: FromLuaMulti + 'static,
    {
        Wrapped(move |lua: &Lua| {
            let f = Rc::new(f);
            lua.create_async_function(move |_, args| {
                let f = f.clone();
                async move { Ok(f.call(args).await) }
            })
        })
    }
}

struct Wrapped<F>(F);

impl<F: FnOnce(&Lua) -> Result<Function>> IntoLua for Wrapped<F> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        (self.0)(lua).map(Value::Function)
    }
}

/// A Rust function that takes its arguments one by one; see [`Function::wrap`].
pub trait LuaNativeFn<A: FromLuaMulti> {
    /// What it returns.
    type Output;

    /// Calls it.
    fn call(&self, args: A) -> Self::Output;
}

/// A Rust function with state that takes its arguments one by one; see [`Function::wrap_mut`].
pub trait LuaNativeFnMut<A: FromLuaMulti> {
    /// What it returns.
    type Output;

    /// Calls it.
    fn call(&mut self, args: A) -> Self::Output;
}

macro_rules! native_functions {
    ($(($($t:ident)*))*) => {$(
        impl<Func, $($t,)* R> LuaNativeFn<($($t,)*)> for Func
        where
            Func: Fn($($t,)*) -> R + 'static,
            ($($t,)*): FromLuaMulti,
        {
            type Output = R;

            #[allow(non_snake_case)]
            fn call(&self, args: ($($t,)*)) -> R {
                let ($($t,)*) = args;
                self($($t,)*)
            }
        }

        impl<Func, $($t,)* R> LuaNativeFnMut<($($t,)*)> for Func
        where
            Func: FnMut($($t,)*) -> R + 'static,
            ($($t,)*): FromLuaMulti,
        {
            type Output = R;

            #[allow(non_snake_case)]
            fn call(&mut self, args: ($($t,)*)) -> R {
                let ($($t,)*) = args;
                self($($t,)*)
            }
        }

        #[cfg(feature = "async")]
        impl<Func, $($t,)* Fut, R> LuaNativeAsyncFn<($($t,)*)> for Func
        where
            Func: Fn($($t,)*) -> Fut + 'static,
            ($($t,)*): FromLuaMulti,
            Fut: Future<Output = R> + 'static,
        {
            type Output = R;

            #[allow(non_snake_case)]
            fn call(&self, args: ($($t,)*)) -> impl Future<Output = R> + 'static {
                let ($($t,)*) = args;
                self($($t,)*)
            }
        }
    )*};
}
native_functions! {
    ()
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
    (A B C D E F G H I)
    (A B C D E F G H I J)
    (A B C D E F G H I J K)
    (A B C D E F G H I J K L)
    (A B C D E F G H I J K L M)
    (A B C D E F G H I J K L M N)
    (A B C D E F G H I J K L M N O)
    (A B C D E F G H I J K L M N O P)
}

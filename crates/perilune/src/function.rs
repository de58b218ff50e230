//! [`Function`]: functions of Lua, and Rust functions made callable by Lua.
//!
//! A Rust function is a native of the runtime, [`trampoline`], with the Rust closure in a userdata as its upvalue. The
//! trampoline converts arguments to handles, lends the state to the closure (see [`crate::state`]), and pushes the
//! results or throws the error.

use crate::convert::FromLuaMulti;
use crate::error::{Error, Result};
use crate::handle::Ref;
use crate::multi::{Args, IntoLuaMulti};
use crate::state::{Inner, Lua};
use crate::value::Value;
use perilune_runtime::cx::{Cx, Fault};
use perilune_runtime::function::{Behaviour, Native, NativeFn};
use perilune_runtime::userdata::Userdata;
use perilune_runtime::value::Value as RtValue;
use std::rc::{Rc, Weak};

/// A Lua function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function(pub(crate) Ref);

/// A native of the runtime and its name.
pub(crate) type NativeEntry = (&'static str, NativeFn);

/// Why a Rust function failed.
enum Failure {
    /// This argument couldn't be converted.
    Argument(usize, Error),
    /// By itself.
    Own(Error),
}

/// A Rust function as the trampoline sees it.
type Callback = dyn Fn(&Lua, Args) -> Result<Vec<Value>, Failure>;

/// What the trampoline's upvalue holds.
#[derive(Clone)]
struct Bound {
    /// Weak, as the state owns this.
    state: Weak<Inner>,
    callback: Rc<Callback>,
}

impl Function {
    pub(crate) fn from_rust<F, A, R>(lua: &Lua, f: F) -> Result<Function>
    where
        F: Fn(&Lua, A) -> Result<R> + 'static,
        A: FromLuaMulti,
        R: IntoLuaMulti,
    {
        let callback = move |lua: &Lua, mut args: Args| {
            let a = A::from_lua_multi(&mut args, lua)
                .map_err(|e| Failure::Argument(args.position(), e))?;
            let mut results = Vec::new();
            f(lua, a).and_then(|r| r.into_lua_multi(lua, &mut results)).map_err(Failure::Own)?;
            Ok(results)
        };
        let bound = Bound { state: lua.downgrade(), callback: Rc::new(callback) };
        lua.with(|cx| {
            lua.safepoint(cx)?;
            let data = RtValue::object(Userdata::new(&cx.heap, Box::new(bound), 0));
            let native = Native::new(&cx.heap, "?", trampoline, Behaviour::Plain, &[data]);
            Ok(Function(Ref::new(lua, cx, RtValue::object(native))))
        })
    }

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
        let lua = &self.0.lua;
        let mut values = Vec::new();
        args.into_lua_multi(lua, &mut values)?;
        let results = lua.with(|cx| {
            lua.protected(cx, &values, |cx| {
                cx.push(self.0.get(cx));
                Ok(())
            })
        })?;
        R::from_lua_multi(&mut Args::new(results), lua)
    }
}

fn bound(cx: &Cx) -> Option<Bound> {
    let u = cx.upvalue(0).downcast::<Userdata>()?;
    let data = u.data.borrow();
    data.as_ref()?.downcast_ref::<Bound>().cloned()
}

/// Native: calls the Rust function in its upvalue.
fn trampoline(cx: &mut Cx) -> Result<usize, Fault> {
    // A program can get at the upvalue through the debug library.
    let Some(Bound { state, callback }) = bound(cx) else {
        return Err(cx.throw_error(b"this function has lost its Rust part"));
    };
    let Some(lua) = Lua::upgrade(&state) else {
        return Err(cx.throw_error(b"the Lua state is gone"));
    };
    let args = (1..=cx.nargs()).map(|i| Value::from_runtime(&lua, cx, cx.arg(i))).collect();
    // The closure is moved in: if this is its last owner, its destructor may use the state.
    let outcome = lua.inner.lend(cx, {
        let lua = &lua;
        move || callback(lua, Args::new(args))
    })?;
    match outcome {
        Ok(results) => {
            cx.check_stack(results.len(), "too many results")?;
            for v in &results {
                let v = v.to_runtime(&lua, cx).map_err(|e| lua.raise(cx, e))?;
                cx.push(v);
            }
            Ok(results.len())
        }
        Err(Failure::Argument(n, e)) => Err(cx.arg_error_bytes(n, &e.argument_text())),
        Err(Failure::Own(e)) => Err(lua.raise(cx, e)),
    }
}

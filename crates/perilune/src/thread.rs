//! [`Thread`]: coroutines.

use crate::convert::FromLuaMulti;
use crate::error::Result;
use crate::handle::Ref;
use crate::multi::{Args, IntoLuaMulti};
use crate::value::Value;
use perilune_runtime::embed;
use perilune_runtime::function::{Behaviour, Native};
use perilune_runtime::thread::{Status, Thread as RtThread};
use perilune_runtime::value::Value as RtValue;

/// A Lua coroutine.
///
/// ```
/// # fn main() -> perilune::Result<()> {
/// # let lua = perilune::Lua::new();
/// use perilune::ThreadStatus;
/// let body = lua.load("local x = ... ; x = x + coroutine.yield(x) ; return x").into_function()?;
/// let co = lua.create_thread(&body)?;
/// assert_eq!(co.resume::<i64>(1)?, 1);
/// assert_eq!(co.resume::<i64>(41)?, 42);
/// assert_eq!(co.status(), ThreadStatus::Dead);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Thread(pub(crate) Ref);

/// State of a coroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadStatus {
    /// It hasn't started, or has yielded.
    Suspended,
    /// It is the one that runs.
    Running,
    /// It has resumed another one.
    Normal,
    /// It has ended or failed.
    Dead,
}

impl Thread {
    /// Starts or continues the coroutine. Gives what it yields or returns.
    ///
    /// # Errors
    /// What its body throws; if it isn't suspended; if the values can't be converted.
    pub fn resume<R: FromLuaMulti>(&self, args: impl IntoLuaMulti) -> Result<R> {
        let lua = &self.0.lua;
        let mut values = vec![Value::Thread(self.clone())];
        args.into_lua_multi(lua, &mut values)?;
        let mut results = lua.with(|cx| {
            lua.protected(cx, &values, |cx| {
                let resume = Native::new(&cx.heap, "resume", |_| Ok(0), Behaviour::Resume, &[]);
                cx.push(RtValue::object(resume));
                Ok(())
            })
        })?;
        if results.first() == Some(&Value::Boolean(true)) {
            results.remove(0);
            return R::from_lua_multi(&mut Args::new(results), lua);
        }
        let thrown = results.get(1).cloned().unwrap_or_default();
        Err(lua.with(|cx| {
            let traceback = match self.0.get(cx).downcast::<RtThread>() {
                Some(co) => cx.traceback(co, None, 0),
                None => Vec::new(),
            };
            match thrown.to_runtime(lua, cx) {
                Ok(v) => lua.error_of_value(cx, v, traceback),
                Err(e) => e,
            }
        }))
    }

    /// What it is doing.
    pub fn status(&self) -> ThreadStatus {
        let status = self.0.lua.with(|cx| self.0.get(cx).downcast::<RtThread>().map(embed::status));
        match status {
            Some(Status::Suspended) => ThreadStatus::Suspended,
            Some(Status::Running) => ThreadStatus::Running,
            Some(Status::Normal) => ThreadStatus::Normal,
            Some(Status::Dead) | None => ThreadStatus::Dead,
        }
    }
}

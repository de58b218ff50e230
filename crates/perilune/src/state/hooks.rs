//! Hooks of a host: debug hooks, warnings, and looking at the stack.
//!
//! A debug hook is a function of the runtime's coroutines that Lua could call; the host's is a callback that gets what the
//! runtime passes to hooks. A hook for all coroutines is set for those that are there and for those that the host makes.

use super::Lua;
use crate::debug::{Debug, DebugEvent, HookTriggers};
use crate::error::{Error, Result};
use crate::function::{Failure, Function};
use crate::string::LuaString;
use crate::thread::Thread;
use crate::traits::FromLua;
use crate::types::VmState;
use perilune_runtime::cx::Fault;
use perilune_runtime::thread::Thread as RtThread;
use perilune_runtime::value::Value as RtValue;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

type HookCallback = dyn Fn(&Lua, &Debug<'_>) -> Result<VmState>;
type WarningFunction = dyn Fn(&Lua, &str, bool) -> Result<()>;

/// What of hooks a state has beside the runtime's.
#[derive(Default)]
pub(crate) struct Hooks {
    warning: RefCell<Option<Rc<WarningFunction>>>,
    /// Whether it runs.
    is_warning: Cell<bool>,
    /// The hook of all coroutines.
    global: RefCell<Option<Rc<HookCallback>>>,
}

impl Hooks {
    pub(super) fn clear(&self) {
        // Its destructor may set another one.
        let old = (self.warning.take(), self.global.take());
        drop(old);
    }
}

impl Lua {
    /// The function of a hook.
    fn hook_function<F>(&self, callback: F) -> Result<Function>
    where
        F: Fn(&Lua, &Debug<'_>) -> Result<VmState> + 'static,
    {
        self.callback(move |lua, args| {
            let event = String::from_stack(args.first, lua)?;
            // Level 0 is the hook itself.
            let Some(debug) = Debug::at(lua, 1, DebugEvent::from_name(&event)) else {
                return Ok(0);
            };
            match callback(lua, &debug) {
                Ok(VmState::Continue) => Ok(0),
                Ok(VmState::Yield) => Err(Error::runtime("hooks can't yield").into()),
                Err(e) => Err(Failure::Plain(e)),
            }
        })
    }

    /// Has a function called for events of the running coroutine, in place of the hook it has. Programs run as usual but
    /// slower; they are interpreted meanwhile.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # use perilune::{HookTriggers, Lua, VmState};
    /// # use std::{cell::Cell, rc::Rc};
    /// let lua = Lua::new();
    /// let lines = Rc::new(Cell::new(0));
    /// let seen = lines.clone();
    /// lua.set_hook(HookTriggers::EVERY_LINE, move |_, _| {
    ///     seen.set(seen.get() + 1);
    ///     Ok(VmState::Continue)
    /// })?;
    /// lua.load("local a = 1\nlocal b = 2").exec()?;
    /// lua.remove_hook();
    /// assert_eq!(lines.get(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn set_hook<F>(&self, triggers: HookTriggers, callback: F) -> Result<()>
    where
        F: Fn(&Lua, &Debug<'_>) -> Result<VmState> + 'static,
    {
        self.current_thread().set_hook(triggers, callback)
    }

    /// As [`Lua::set_hook`], for the running coroutine and all that will be created.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn set_global_hook<F>(&self, triggers: HookTriggers, callback: F) -> Result<()>
    where
        F: Fn(&Lua, &Debug<'_>) -> Result<VmState> + 'static,
    {
        let f = self.hook_function(|lua, debug| {
            let callback = lua.inner.hooks.global.borrow().clone();
            callback.map_or(Ok(VmState::Continue), |callback| callback(lua, debug))
        })?;
        let old = self.inner.hooks.global.replace(Some(Rc::new(callback)));
        let (events, period) = triggers.events();
        self.with(|cx| {
            cx.hook_all(f.0.get(cx), events, period);
            cx.hook(cx.thread(), f.0.get(cx), events, period);
        });
        // Its destructor may use the state.
        drop(old);
        Ok(())
    }

    /// Takes the hook of all coroutines away.
    pub fn remove_global_hook(&self) {
        let old = self.inner.hooks.global.take();
        self.with(|cx| {
            cx.hook_all(RtValue::NIL, 0, 0);
            cx.hook(cx.thread(), RtValue::NIL, 0, 0);
        });
        drop(old);
    }

    /// Takes the hook of the running coroutine away.
    pub fn remove_hook(&self) {
        self.current_thread().remove_hook();
    }

    /// Looks at the function at a level of the stack: 0 is the one that runs (the callback in which this is called), 1 its
    /// caller. `None` if there is no such level.
    pub fn inspect_stack<R>(&self, level: usize, f: impl FnOnce(&Debug<'_>) -> R) -> Option<R> {
        Debug::at(self, level, DebugEvent::Unknown(-1)).map(|debug| f(&debug))
    }

    /// A traceback from a level of the stack, with a message in front.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn traceback(&self, message: Option<&str>, level: usize) -> Result<LuaString> {
        let text = self.with(|cx| cx.traceback(cx.thread(), message.map(str::as_bytes), level));
        self.create_string(text)
    }

    /// Has warnings (`warn`, and errors of finalizers) go to a function: with the piece, and whether the warning goes on.
    /// An error of it is dropped.
    pub fn set_warning_function<F>(&self, callback: F)
    where
        F: Fn(&Lua, &str, bool) -> Result<()> + 'static,
    {
        let old = self.inner.hooks.warning.replace(Some(Rc::new(callback)));
        let state = self.downgrade();
        self.with(|cx| {
            cx.set_warning_sink(Some(Rc::new(move |cx, piece, to_be_continued| {
                let Some(lua) = Lua::from_weak(&state) else { return Ok(()) };
                let Some(callback) = lua.inner.hooks.warning.borrow().clone() else {
                    return Ok(());
                };
                if lua.inner.hooks.is_warning.replace(true) {
                    // A warning about warnings goes nowhere.
                    return Ok(());
                }
                let text = String::from_utf8_lossy(piece);
                let told = lua.inner.lend(cx, || callback(&lua, &text, to_be_continued));
                lua.inner.hooks.is_warning.set(false);
                match told {
                    // There is nobody to tell of an error of who is told of errors.
                    Ok(Ok(()) | Err(_)) => Ok(()),
                    Err(panic) => {
                        lua.inner.set_panicked(panic);
                        Err(Fault::Kill)
                    }
                }
            })));
        });
        drop(old);
    }

    /// Has warnings go to standard error again, if they are on.
    pub fn remove_warning_function(&self) {
        self.with(|cx| cx.set_warning_sink(None));
        self.inner.hooks.clear();
    }

    /// Emits a piece of a warning. What is behind a zero in it is cut off.
    pub fn warning(&self, message: impl AsRef<str>, incomplete: bool) {
        let text = message.as_ref().split('\0').next().unwrap_or_default();
        // One that can't be written has nowhere to be reported.
        let _ = self.with(|cx| cx.warn(text.as_bytes(), incomplete));
    }

    /// Turns the printing of warnings (`warn`) on or off. They are off in a new state.
    pub fn set_warnings(&self, on: bool) {
        // Control messages aren't written.
        let _ = self.with(|cx| cx.warn(if on { b"@on" } else { b"@off" }, false));
    }
}

impl Thread {
    /// As [`Lua::set_hook`], for this coroutine.
    ///
    /// # Errors
    /// If the memory limit is exceeded.
    pub fn set_hook<F>(&self, triggers: HookTriggers, callback: F) -> Result<()>
    where
        F: Fn(&Lua, &Debug<'_>) -> Result<VmState> + 'static,
    {
        let lua = self.0.lua()?;
        let f = lua.hook_function(callback)?;
        let (events, period) = triggers.events();
        lua.with(|cx| {
            if let Some(co) = self.0.get(cx).downcast::<RtThread>() {
                cx.hook(co, f.0.get(cx), events, period);
            }
        });
        Ok(())
    }

    /// Takes the hook away.
    pub fn remove_hook(&self) {
        if let Ok(lua) = self.0.lua() {
            lua.with(|cx| {
                if let Some(co) = self.0.get(cx).downcast::<RtThread>() {
                    cx.hook(co, RtValue::NIL, 0, 0);
                }
            });
        }
    }
}

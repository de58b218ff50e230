//! What the embedding API needs beyond what natives use.
//!
//! **Problem.** A native addresses values relative to its own frame, and hands errors up. A Rust program that owns the
//! state has no frame, catches every error itself, and keeps values across safepoints as roots.
//!
//! **Design.** Operations that may run Lua are natives here ([`index`], [`set_index`]…), so that the host makes them
//! as protected calls like any other: frames, stack and pending `__close` handlers are put in order by the one
//! mechanism that knows how.

use crate::cx::{Cx, Fault, RootId};
use crate::object::Gc;
use crate::table::KeyError;
use crate::thread::{Status, Thread};
use crate::userdata::Userdata;
use crate::value::Value;

impl Cx {
    /// How many slots of the running coroutine's stack are in use.
    pub fn stack_height(&self) -> usize {
        self.top.get()
    }

    /// As [`Cx::load`], with a rooted value as environment.
    ///
    /// # Errors
    /// The syntax error, as a string.
    pub fn load_with_root(&mut self, source: &[u8], name: &[u8], env: RootId) -> Result<(), Fault> {
        // SAFETY: a root outlives the call, which may collect.
        let env = unsafe { self.rooted(env).extend::<'static>() };
        self.load(source, name, Some(env))
    }

    /// User value `n` (from 0) of a userdata; nil if there is none.
    pub fn user_value<'g>(&'g self, u: Gc<'g, Userdata>, n: usize) -> Value<'g> {
        u.user_values().get(n).map_or(Value::NIL, |s| s.get())
    }

    /// Sets user value `n` (from 0) of a userdata. False if there is no such.
    pub fn set_user_value(&self, u: Gc<'_, Userdata>, n: usize, v: Value<'_>) -> bool {
        u.set_user_value(&self.heap, n, v)
    }

    /// A new coroutine with a function as its body.
    pub fn new_coroutine(&self, body: Value<'_>) -> Gc<'_, Thread> {
        let co = self.new_thread();
        co.push(body);
        co
    }

    /// Throws the error of an assignment to a key that can't be stored.
    pub fn throw_key_error(&self, e: KeyError) -> Fault {
        self.key_error(e)
    }
}

/// The state of a coroutine.
pub fn status(co: Gc<'_, Thread>) -> Status {
    co.status()
}

/// Native: argument 1 indexed with argument 2.
///
/// # Errors
/// As indexing.
pub fn index(cx: &mut Cx) -> Result<usize, Fault> {
    cx.set_nargs(2);
    cx.index(cx.arg_slot(1))?;
    Ok(1)
}

/// Native: assigns argument 3 to the field argument 2 of argument 1.
///
/// # Errors
/// As assignment.
pub fn set_index(cx: &mut Cx) -> Result<usize, Fault> {
    cx.set_nargs(3);
    cx.set_index(cx.arg_slot(1))?;
    Ok(0)
}

/// Native: the length of argument 1.
///
/// # Errors
/// As the operator.
pub fn length(cx: &mut Cx) -> Result<usize, Fault> {
    cx.set_nargs(1);
    let n = cx.length(cx.arg_slot(1))?;
    cx.push(cx.int(n));
    Ok(1)
}

/// Native: what `tostring` makes of argument 1.
///
/// # Errors
/// As `tostring`.
pub fn to_string(cx: &mut Cx) -> Result<usize, Fault> {
    cx.set_nargs(1);
    cx.push_tostring(cx.arg_slot(1))?;
    Ok(1)
}

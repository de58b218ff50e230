//! What the embedding API needs beyond what natives use.
//!
//! **Problem.** A native addresses values relative to its own frame, and hands errors up. A Rust program that owns the
//! state has no frame, catches every error itself, and keeps values across safepoints as roots.
//!
//! **Design.** Operations that may run Lua are natives here ([`index`], [`set_index`]…), so that the host makes them
//! as protected calls like any other: frames, stack and pending `__close` handlers are put in order by the one
//! mechanism that knows how.

use crate::cx::{Cx, Fault, RootId};
use crate::function::{Closure, Native, UpBox};
use crate::hook::hook_mask;
use crate::object::Gc;
use crate::table::{KeyError, Table};
use crate::thread::{Frame, Status, Thread, frame_flag};
use crate::userdata::Userdata;
use crate::value::Value;
use std::rc::Rc;

/// Hook events, to be combined; see [`Cx::hook`].
pub mod hook_event {
    use super::hook_mask;
    /// Calls.
    pub const CALL: u8 = hook_mask::CALL;
    /// Returns.
    pub const RETURN: u8 = hook_mask::RETURN;
    /// New lines.
    pub const LINE: u8 = hook_mask::LINE;
    /// Every so many instructions.
    pub const COUNT: u8 = hook_mask::COUNT;
}

/// What takes warnings instead of standard error: the piece, and whether more is to come.
pub type WarningSink = Rc<dyn Fn(&mut Cx, &[u8], bool) -> Result<(), Fault>>;

/// What is known of a function, and of its call if it is about one.
#[derive(Clone, Debug, Default)]
pub struct FunctionInfo {
    /// What its caller calls it.
    pub name: Option<Vec<u8>>,
    /// What sort of name that is: "global", "local" and so on; empty if there is none.
    pub name_what: &'static str,
    /// The name of its chunk, with `@` or `=`.
    pub source: Vec<u8>,
    /// That name as messages show it.
    pub short_source: Vec<u8>,
    /// "Lua", "main" or "C".
    pub what: &'static str,
    /// The line it begins in.
    pub line_defined: Option<u32>,
    /// The line it ends in.
    pub last_line_defined: Option<u32>,
    /// The line that is under way.
    pub current_line: Option<u32>,
    /// Number of its upvalues.
    pub upvalues: u8,
    /// Number of its parameters.
    pub parameters: u8,
    /// Whether it takes more arguments.
    pub is_vararg: bool,
    /// Whether it was called by a tail call.
    pub is_tail_call: bool,
}

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

    /// The value in a slot of the running coroutine's stack, counted from the bottom; nil above the top.
    #[inline]
    pub fn stack_value(&self, index: usize) -> Value<'_> {
        if index < self.top.get() { self.at(index) } else { Value::NIL }
    }

    /// Drops what is on the stack above a height it had before.
    pub fn cut_stack(&self, height: usize) {
        if height < self.top.get() {
            self.top.set(height);
        }
    }

    /// Sets or (with an empty mask) clears the hook of a coroutine: the events are of [`hook_event`], the period is that of
    /// count events.
    pub fn hook(&self, thread: Gc<'_, Thread>, f: Value<'_>, mask: u8, period: u32) {
        self.set_hook(thread, f, mask, period);
    }

    /// As [`Cx::hook`], for coroutines that are created from now on.
    pub fn hook_all(&self, f: Value<'_>, mask: u8, period: u32) {
        self.set_first_hook(f, mask, period);
    }

    /// Has warnings go to a function, or to standard error again.
    pub fn set_warning_sink(&mut self, sink: Option<WarningSink>) {
        self.warning_sink = sink;
    }

    /// What is known of the function at a level of the running coroutine: 0 is the one that runs.
    pub fn info_at(&self, level: usize) -> Option<FunctionInfo> {
        let (index, frame) = self.frames_of(self.thread()).nth(level)?;
        let mut info = self.info_of(self.thread().at(frame.func as usize));
        if let Some((kind, name)) = self.called_name(self.thread(), index) {
            info.name = Some(name);
            info.name_what = kind.name();
        }
        info.current_line = current_line(&frame);
        info.is_tail_call = frame.flags & frame_flag::TAIL != 0;
        Some(info)
    }

    /// The function at a level of the running coroutine.
    pub fn function_at(&self, level: usize) -> Option<Value<'_>> {
        let (_, frame) = self.frames_of(self.thread()).nth(level)?;
        Some(self.thread().at(frame.func as usize))
    }

    /// What is known of a function that isn't being called.
    pub fn info_of(&self, function: Value<'_>) -> FunctionInfo {
        let Some(c) = function.downcast::<Closure>() else {
            let upvalues = function.downcast::<Native>().map_or(0, |f| f.get().upvalues().len());
            return FunctionInfo {
                source: b"=[C]".to_vec(),
                short_source: b"[C]".to_vec(),
                what: "C",
                upvalues: u8::try_from(upvalues).unwrap_or(u8::MAX),
                is_vararg: true,
                ..FunctionInfo::default()
            };
        };
        let proto = c.get().proto();
        let data = &proto.data;
        FunctionInfo {
            source: data.source.to_vec(),
            short_source: perilune_syntax::chunk_id(&data.source),
            what: if data.line_defined == 0 { "main" } else { "Lua" },
            line_defined: Some(data.line_defined).filter(|l| *l > 0),
            last_line_defined: Some(data.last_line).filter(|l| *l > 0),
            upvalues: u8::try_from(c.get().upvalues().len()).unwrap_or(u8::MAX),
            parameters: proto.num_params,
            is_vararg: proto.is_vararg,
            ..FunctionInfo::default()
        }
    }

    /// The environment of a Lua function: what its upvalue `_ENV` holds.
    pub fn environment_of<'g>(&'g self, function: Value<'g>) -> Option<Value<'g>> {
        let c = function.downcast::<Closure>()?;
        let n = environment_index(&c)?;
        let boxed = c.get().upvalues().get(n)?.get();
        // SAFETY: a closure keeps the boxes of its upvalues alive.
        let boxed: Gc<'g, UpBox> = unsafe { Gc::from_ptr(boxed) };
        Some(boxed.get().value.get())
    }

    /// Gives a Lua function an environment of its own. False if it has no use for one.
    pub fn set_environment_of(&self, function: Value<'_>, environment: Value<'_>) -> bool {
        let Some(c) = function.downcast::<Closure>() else { return false };
        let Some(n) = environment_index(&c) else { return false };
        c.get().join_upvalue(&self.heap, n, UpBox::new(&self.heap, environment).as_ptr());
        true
    }

    /// A Lua function as a binary chunk; `None` if it isn't one, or there was an interrupt.
    pub fn dump(&self, function: Value<'_>, strip: bool) -> Option<Vec<u8>> {
        let c = function.downcast::<Closure>()?;
        let go_on = || self.check_interrupt().is_ok();
        perilune_bytecode::chunk::dump_while(&c.get().proto().data, strip, &go_on)
    }

    /// Puts a new body into a coroutine that has been closed, or hasn't started. False if it is in use.
    pub fn restart_coroutine(&self, co: Gc<'_, Thread>, body: Value<'_>) -> bool {
        let is_fresh = co.status() == Status::Suspended && co.frame_count.get() == 0;
        if co.same(self.main_thread()) || !(is_fresh || co.status() == Status::Dead) {
            return false;
        }
        co.die();
        co.rest(Status::Suspended);
        co.native_calls.set(0);
        co.push(body);
        co.assign(&self.heap, 0, body);
        true
    }

    /// Makes another table the global table of chunks loaded from now on.
    pub fn set_globals(&self, globals: Gc<'_, Table>) {
        self.replace_globals(globals);
    }

    /// Throws the error of an assignment to a key that can't be stored.
    pub fn throw_key_error(&self, e: KeyError) -> Fault {
        self.key_error(e)
    }
}

/// Which upvalue of a Lua function is its environment.
fn environment_index(c: &Gc<'_, Closure>) -> Option<usize> {
    c.get().proto().data.upvalues.iter().position(|u| &*u.name == b"_ENV")
}

fn current_line(frame: &Frame) -> Option<u32> {
    let c = frame.closure()?;
    Some(c.proto().current_line(frame.pc)).filter(|l| *l > 0)
}

/// Whether a coroutine has ended by an error.
pub fn has_failed(co: Gc<'_, Thread>) -> bool {
    co.failed.get()
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

/// Native: whether arguments 1 and 2 are equal, as `==` says.
///
/// # Errors
/// What `__eq` throws.
pub fn equal(cx: &mut Cx) -> Result<usize, Fault> {
    cx.set_nargs(2);
    let equal = cx.equal(cx.arg_slot(1), cx.arg_slot(2))?;
    cx.push(Value::bool(equal));
    Ok(1)
}

//! Errors, and their way between Rust and Lua.
//!
//! **Problem.** In Lua any value can be thrown. In Rust an error wants to be `Send + Sync`, so that it fits in with
//! everybody else's, but Lua values can't be sent. And an error that passes through Rust code with `?` should
//! arrive in the Lua code further out as what it was.
//!
//! **Design.** [`Error`] holds texts and Rust errors only. A thrown value that is more than its text is kept in the
//! state, under a token ([`Thrown`]) that the error carries. The state holds tokens weakly: when all clones of the
//! error are gone, the value is given up. A Rust error thrown by a callback travels through Lua as a userdata.
//!
//! Calls from Rust have a message handler, which runs where the error is thrown. It makes the text, by `__tostring` if
//! need be, and the traceback, and leaves both in the state ([`Raised`]). The value goes on as it is, since `__close`
//! handlers of the program get it before the call ends; or as a text that includes the traceback, for a host that
//! wants it so ([`Lua::extend_errors`]).

use crate::state::{Inner, Lua};
use crate::value::Value;
use perilune_runtime::cx::{Cx, Fault, RootId};
use perilune_runtime::events::Event;
use perilune_runtime::function::{Behaviour, Native};
use perilune_runtime::string::Str;
use perilune_runtime::userdata::Userdata;
use perilune_runtime::value::Value as RtValue;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::rc::Weak;
use std::sync::Arc;

/// What most functions here return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// Source text that isn't Lua.
    SyntaxError(SyntaxError),
    /// An error thrown by a Lua program, or by a library function it called.
    RuntimeError(RuntimeError),
    /// The memory limit is exceeded.
    MemoryError,
    /// A Lua value can't be had as the wanted Rust type.
    FromLuaConversionError {
        /// Type of the Lua value.
        from: &'static str,
        /// What was wanted.
        to: &'static str,
        /// Why not, if that isn't obvious.
        message: Option<String>,
    },
    /// A Rust value has no counterpart in Lua.
    ToLuaConversionError {
        /// The Rust type.
        from: &'static str,
        /// Why not.
        message: String,
    },
    /// The running coroutine is closing itself (`coroutine.close`). Functions called by Lua must hand this on.
    CoroutineClosed,
    /// An error of a Rust function. It passes through Lua, where `pcall` can catch it, as it is.
    External(Arc<dyn StdError + Send + Sync>),
}

/// See [`Error::SyntaxError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    message: Vec<u8>,
}

impl SyntaxError {
    pub(crate) fn new(message: Vec<u8>) -> SyntaxError {
        SyntaxError { message }
    }

    /// What is wrong and where.
    pub fn message(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.message)
    }

    /// The message as Lua has it, which need not be UTF-8.
    pub fn message_bytes(&self) -> &[u8] {
        &self.message
    }

    /// Whether the source is the beginning of something: more text might make it right.
    pub fn is_incomplete(&self) -> bool {
        self.message.ends_with(b"<eof>")
    }
}

/// See [`Error::RuntimeError`].
#[derive(Clone, Debug)]
pub struct RuntimeError {
    message: Vec<u8>,
    /// `None` if it hasn't been in Lua yet, or if it provided its own text.
    traceback: Option<Vec<u8>>,
    thrown: Option<Arc<Thrown>>,
    /// Whether it comes from an interrupt, which Lua can't catch.
    is_interrupt: bool,
}

impl RuntimeError {
    /// Whether the program was stopped from outside: see [`Lua::interrupt_handle`].
    pub fn is_interrupt(&self) -> bool {
        self.is_interrupt
    }

    /// The message, without the traceback.
    pub fn message(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.message)
    }

    /// The message as Lua has it, which need not be UTF-8.
    pub fn message_bytes(&self) -> &[u8] {
        &self.message
    }

    /// Where it was thrown and how the program got there, as `debug.traceback` says it.
    pub fn traceback(&self) -> Option<Cow<'_, str>> {
        self.traceback_bytes().map(String::from_utf8_lossy)
    }

    /// As [`RuntimeError::traceback`], in bytes.
    pub fn traceback_bytes(&self) -> Option<&[u8]> {
        self.traceback.as_deref().filter(|t| !t.is_empty())
    }
}

/// Stands for a thrown Lua value: see the module's text.
#[derive(Debug)]
pub(crate) struct Thrown;

impl Error {
    /// A run-time error. If a Rust function returns it to Lua, the position of the Lua code that called the
    /// function is put in front of the message.
    pub fn runtime(message: impl AsRef<[u8]>) -> Error {
        let message = message.as_ref().to_vec();
        Error::RuntimeError(RuntimeError {
            message,
            traceback: None,
            thrown: None,
            is_interrupt: false,
        })
    }

    /// An error of another sort.
    pub fn external(e: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::External(e.into().into())
    }

    /// The error of another sort, if this is one of that type.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match self {
            Error::External(e) => e.downcast_ref(),
            _ => None,
        }
    }

    /// The text by which a Lua function complains about an argument.
    pub(crate) fn argument_text(&self) -> Vec<u8> {
        match self {
            Error::FromLuaConversionError { from, to, message: None } => {
                format!("{to} expected, got {from}").into_bytes()
            }
            Error::FromLuaConversionError { message: Some(m), .. } => m.clone().into_bytes(),
            Error::RuntimeError(e) => e.message.clone(),
            _ => self.to_string().into_bytes(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::SyntaxError(e) => e.fmt(f),
            Error::RuntimeError(e) => e.fmt(f),
            Error::MemoryError => f.write_str("not enough memory"),
            Error::FromLuaConversionError { from, to, message } => {
                write!(f, "can't convert Lua {from} to {to}")?;
                message.as_ref().map_or(Ok(()), |m| write!(f, " ({m})"))
            }
            Error::ToLuaConversionError { from, message } => {
                write!(f, "can't convert {from} to a Lua value ({message})")
            }
            Error::CoroutineClosed => f.write_str("the running coroutine is closing itself"),
            Error::External(e) => e.fmt(f),
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        self.traceback().map_or(Ok(()), |t| write!(f, "\n{t}"))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            // It shows itself as this error, so what comes next is its own source.
            Error::External(e) => e.source(),
            _ => None,
        }
    }
}

/// Turns results of other sorts into ours.
pub trait ExternalResult<T> {
    /// The same result, with an [`Error::External`].
    ///
    /// # Errors
    /// What it was before.
    fn into_lua_err(self) -> Result<T>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> ExternalResult<T> for std::result::Result<T, E> {
    fn into_lua_err(self) -> Result<T> {
        self.map_err(Error::external)
    }
}

/// What the message handler found out about the error that was thrown last.
pub(crate) struct Raised {
    message: Vec<u8>,
    traceback: Option<Vec<u8>>,
    /// The value that was thrown.
    thrown: RootId,
    /// The value that goes on in its place.
    passed: RootId,
}

impl Raised {
    fn unroot(&self, cx: &Cx) {
        cx.unroot(self.thrown);
        cx.unroot(self.passed);
    }
}

impl Lua {
    /// The runtime's error under way as one of ours.
    pub(crate) fn error_of_fault(&self, cx: &Cx, fault: Fault) -> Error {
        if fault == Fault::CloseSelf {
            return Error::CoroutineClosed;
        }
        let v = cx.error_value();
        if fault == Fault::Kill {
            let error = interruption_under_way(cx);
            // A host's own request for memory may be where the kill was noticed.
            cx.ended();
            return error;
        }
        if let Some(error) = self.raised_error(cx, v) {
            return error;
        }
        if fault == Fault::Handled
            && let Some(s) = v.downcast::<Str>()
            && s.get().as_bytes() == b"not enough memory"
        {
            return Error::MemoryError;
        }
        self.error_of_value(cx, v, Vec::new())
    }

    /// The error with this value as one of ours, if it is what the message handler has seen last. An error for which there
    /// is no handler, such as "not enough memory", may have taken its place since.
    fn raised_error(&self, cx: &Cx, v: RtValue<'_>) -> Option<Error> {
        let raised = self.inner.raised.take()?;
        let is_it = cx.rooted(raised.passed).bits() == v.bits();
        let error = is_it.then(|| {
            Error::RuntimeError(RuntimeError {
                message: raised.message.clone(),
                traceback: raised.traceback.clone(),
                thrown: self.keep_thrown(cx, cx.rooted(raised.thrown)),
                is_interrupt: false,
            })
        });
        raised.unroot(cx);
        error
    }

    /// An error value as one of ours, with a traceback from elsewhere.
    pub(crate) fn error_of_value(&self, cx: &Cx, v: RtValue<'_>, traceback: Vec<u8>) -> Error {
        if let Some(e) = rust_error(v) {
            return e;
        }
        Error::RuntimeError(RuntimeError {
            message: plain_text(cx, v).unwrap_or_else(|| placeholder(v)),
            traceback: Some(traceback),
            thrown: self.keep_thrown(cx, v),
            is_interrupt: false,
        })
    }

    /// Keeps a thrown value, unless it is a string whose text is all there is to it.
    fn keep_thrown(&self, cx: &Cx, v: RtValue<'_>) -> Option<Arc<Thrown>> {
        if v.is_string() {
            return None;
        }
        let token = Arc::new(Thrown);
        let mut kept = self.inner.thrown.borrow_mut();
        kept.retain(|(token, id)| {
            let wanted = token.strong_count() > 0;
            if !wanted {
                cx.unroot(*id);
            }
            wanted
        });
        kept.push((Arc::downgrade(&token), cx.root(v)));
        Some(token)
    }

    /// Where the value of an error is kept.
    fn root_of_thrown(&self, e: &RuntimeError) -> Option<RootId> {
        let token = e.thrown.as_ref()?;
        let kept = self.inner.thrown.borrow();
        kept.iter().find(|(t, _)| std::ptr::eq(t.as_ptr(), Arc::as_ptr(token))).map(|k| k.1)
    }

    /// The thrown value of an error, if it is more than its text.
    pub(crate) fn thrown_root(&self, cx: &Cx, e: &RuntimeError) -> Option<Value> {
        self.root_of_thrown(e).map(|id| Value::from_runtime(self, cx, cx.rooted(id)))
    }

    /// Throws an error in the runtime.
    pub(crate) fn raise(&self, cx: &Cx, e: Error) -> Fault {
        match &e {
            Error::RuntimeError(r) if r.is_interrupt => {
                let traceback = r.traceback_bytes().unwrap_or_default();
                cx.throw_kill(&[r.message_bytes(), b"\n", traceback].concat())
            }
            Error::RuntimeError(r) => match self.root_of_thrown(r) {
                Some(id) => cx.throw(cx.rooted(id)),
                None if r.traceback.is_none() => cx.throw_error(&r.message),
                None => cx.throw(cx.str_value(&r.message)),
            },
            Error::SyntaxError(s) => cx.throw(cx.str_value(&s.message)),
            Error::MemoryError => cx.memory_error(),
            Error::CoroutineClosed => Fault::CloseSelf,
            Error::FromLuaConversionError { .. } | Error::ToLuaConversionError { .. } => {
                cx.throw_error(e.to_string().as_bytes())
            }
            Error::External(_) => {
                let u = Userdata::new(&cx.heap, Box::new(e), 0);
                let mt = cx.new_table(0, 2);
                let tostring = cx.native("tostring", rust_error_text);
                mt.set_str(cx.tables(), cx.event_name(Event::ToString), tostring);
                mt.set_str(cx.tables(), cx.event_name(Event::Name), cx.str_value(b"error"));
                cx.set_metatable(RtValue::object(u), Some(mt));
                cx.throw(RtValue::object(u))
            }
        }
    }

    /// Calls the function that `push` pushes, with arguments, and catches errors.
    pub(crate) fn protected(
        &self,
        cx: &mut Cx,
        args: &[Value],
        push: impl FnOnce(&Cx) -> Result<()>,
    ) -> Result<Vec<Value>> {
        let base = cx.stack_height();
        let room = cx.check_stack(args.len() + 3, "too many arguments");
        self.check(cx, room)?;
        // The handler's place is below the function, and below that what stands for the caller in tracebacks.
        cx.push(RtValue::NIL);
        cx.push(self.message_handler(cx));
        let pushed = push(cx).and_then(|()| {
            args.iter().try_for_each(|v| {
                cx.push(v.to_runtime(self, cx)?);
                Ok(())
            })
        });
        if let Err(e) = pushed {
            cx.pop(cx.stack_height() - base);
            return Err(e);
        }
        // An error further out may be on its way, and this a call by one of its `__close` handlers.
        let outer = self.inner.raised.take();
        let called = cx.protected_call_with_handler(args.len(), -1);
        let results = self.check(cx, called).map(|()| {
            let n = cx.stack_height() - base - 2;
            (0..n).map(|i| Value::from_runtime(self, cx, cx.peek(n - i))).collect()
        });
        self.set_raised(cx, outer);
        cx.pop(cx.stack_height() - base);
        results
    }

    /// Replaces what is known of the error that was thrown last.
    fn set_raised(&self, cx: &Cx, raised: Option<Raised>) {
        if let Some(old) = self.inner.raised.replace(raised) {
            old.unroot(cx);
        }
    }

    /// Whether errors are extended: when one is thrown that no `pcall` of the program catches, its traceback becomes part of
    /// its text, as in the reference implementation's command. What `__close` handlers of the program get is then that
    /// text, instead of the value thrown. The host's [`Error`] is the same. Off in a new state.
    pub fn extend_errors(&self, on: bool) {
        self.inner.extends_errors.set(on);
    }

    fn message_handler<'g>(&self, cx: &'g Cx) -> RtValue<'g> {
        if let Some(id) = self.inner.handler.get() {
            return cx.rooted(id);
        }
        let state = RtValue::object(Userdata::new(&cx.heap, Box::new(self.downgrade()), 0));
        let f = Native::new(&cx.heap, "?", handle_message, Behaviour::Plain, &[state]);
        self.inner.handler.set(Some(cx.root(RtValue::object(f))));
        RtValue::object(f)
    }
}

/// The error of the interrupt under way.
pub(crate) fn interruption_under_way(cx: &Cx) -> Error {
    interruption(plain_text(cx, cx.error_value()).unwrap_or_default())
}

/// The error of an interrupt, whose text has the traceback behind the message.
fn interruption(mut message: Vec<u8>) -> Error {
    let line_end = message.iter().position(|b| *b == b'\n');
    let traceback = line_end.map(|at| message.split_off(at)[1..].to_vec());
    Error::RuntimeError(RuntimeError { message, traceback, thrown: None, is_interrupt: true })
}

/// The state in the upvalue of the running native. A program can get at that through the debug library.
fn state_in_upvalue(cx: &Cx) -> Option<Lua> {
    let u = cx.upvalue(0).downcast::<Userdata>()?;
    let data = u.data.borrow();
    Lua::upgrade(data.as_ref()?.downcast_ref::<Weak<Inner>>()?)
}

/// Native: the message handler. Leaves a [`Raised`] in the state, and passes argument 1 on.
fn handle_message(cx: &mut Cx) -> Result<usize, Fault> {
    cx.set_nargs(1);
    let v = cx.arg(1);
    if rust_error(v).is_some() {
        return Ok(1);
    }
    let mut own_text = None;
    let method = cx.event_of(v, Event::ToString);
    if !v.is_string() && !v.is_number() && !method.is_nil() {
        cx.push(method);
        cx.push(v);
        cx.call(1, 1)?;
        own_text = cx.peek(1).downcast::<Str>().map(|s| s.as_bytes().to_vec());
        cx.pop(1);
    }
    let Some(lua) = state_in_upvalue(cx) else { return Ok(1) };
    let v = cx.arg(1);
    let (message, traceback) = match own_text {
        Some(message) => (message, None),
        None => {
            let message = plain_text(cx, v).unwrap_or_else(|| placeholder(v));
            (message, Some(cx.traceback(cx.thread(), None, 1)))
        }
    };
    let thrown = cx.root(v);
    if v.is_nil() {
        cx.push(cx.no_error_object());
    }
    if lua.inner.extends_errors.get() {
        let parts = [Some(&message), traceback.as_ref()];
        let parts: Vec<&[u8]> = parts.iter().flatten().map(|part| &part[..]).collect();
        cx.push(cx.str_value(&parts.join(&b"\n"[..])));
    }
    let passed = cx.root(cx.peek(1));
    lua.set_raised(cx, Some(Raised { message, traceback, thrown, passed }));
    Ok(1)
}

/// The text of a string or number.
fn plain_text(cx: &Cx, v: RtValue<'_>) -> Option<Vec<u8>> {
    cx.to_str(v).map(|s| s.as_bytes().to_vec())
}

fn placeholder(v: RtValue<'_>) -> Vec<u8> {
    format!("(error object is a {} value)", v.type_of().name()).into_bytes()
}

/// The Rust error in an error value.
fn rust_error(v: RtValue<'_>) -> Option<Error> {
    let u = v.downcast::<Userdata>()?;
    let data = u.data.borrow();
    data.as_ref()?.downcast_ref::<Error>().cloned()
}

/// Native: `__tostring` of Rust errors.
fn rust_error_text(cx: &mut Cx) -> Result<usize, Fault> {
    match rust_error(cx.arg(1)) {
        Some(e) => {
            cx.push(cx.str_value(e.to_string().as_bytes()));
            Ok(1)
        }
        None => Err(cx.type_error(1, "error")),
    }
}

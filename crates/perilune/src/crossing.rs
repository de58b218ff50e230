//! Errors on their way between Rust and Lua.
//!
//! **Problem.** In Lua any value can be thrown. In Rust an error wants to be `Send + Sync`, so that it fits in with
//! everybody else's, but Lua values can't be sent. And an error that passes through Rust code with `?` should
//! arrive in the Lua code further out as what it was.
//!
//! **Design.** [`Error`] holds texts and Rust errors only. A thrown value that is more than its text is kept in the
//! state, under a token ([`Thrown`]) that the error carries ([`LuaError`]). The state holds tokens weakly: when all clones
//! of the error are gone, the value is given up. A Rust error thrown by a callback travels through Lua as a userdata (an
//! *error object*): with the traceback of the callback around it, so that it is known where it came from. "not enough memory",
//! interrupts and thrown values go on as what they are.
//!
//! Calls from Rust have a message handler, which runs where the error is thrown. It makes the text, by `__tostring` if
//! need be, and the traceback, and leaves both in the state ([`Raised`]). The value goes on as it is, since `__close`
//! handlers of the program get it before the call ends; or as a text that includes the traceback, for a host that
//! wants it so ([`Lua::extend_errors`]).
//!
//! A panic that the host has allowed programs to catch is an error object, too ([`Caught`]). It goes on as a panic when it
//! gets back to the host, as an error or as a value.

use crate::error::{Error, Result};
use crate::state::{Inner, Lua};
use crate::value::Value;
use perilune_runtime::cx::{Cx, Fault, RootId};
use perilune_runtime::events::Event;
use perilune_runtime::function::{Behaviour, Native};
use perilune_runtime::object::Gc;
use perilune_runtime::string::Str;
use perilune_runtime::table::Table as RtTable;
use perilune_runtime::userdata::Userdata;
use perilune_runtime::value::Value as RtValue;
use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::rc::Weak;
use std::sync::Arc;

/// See [`Error::LuaError`].
#[derive(Clone)]
pub struct LuaError {
    message: Vec<u8>,
    /// Empty or `None` if there is none, as the value provided its own text.
    traceback: Option<Vec<u8>>,
    thrown: Option<Arc<Thrown>>,
    kind: Kind,
}

/// Where a [`LuaError`] is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A program threw it.
    Thrown,
    /// Source text that isn't Lua.
    Syntax,
    /// An interrupt, which Lua can't catch.
    Interrupt,
}

impl LuaError {
    /// An error that is only a text, of any bytes. If a Rust function returns it to Lua, that text is thrown.
    pub fn new(message: impl Into<Vec<u8>>) -> LuaError {
        LuaError { message: message.into(), traceback: None, thrown: None, kind: Kind::Thrown }
    }

    /// An error of the compiler.
    pub(crate) fn syntax(message: Vec<u8>) -> LuaError {
        LuaError { kind: Kind::Syntax, ..LuaError::new(message) }
    }

    /// Whether the program was stopped from outside: see [`Lua::interrupt_handle`].
    pub fn is_interrupt(&self) -> bool {
        self.kind == Kind::Interrupt
    }

    /// Whether source text isn't Lua.
    pub fn is_syntax(&self) -> bool {
        self.kind == Kind::Syntax
    }

    /// Whether source text is the beginning of something: more text might make it Lua.
    pub fn is_incomplete(&self) -> bool {
        self.is_syntax() && self.message.ends_with(b"<eof>")
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

    /// As [`LuaError::traceback`], in bytes.
    pub fn traceback_bytes(&self) -> Option<&[u8]> {
        self.traceback.as_deref().filter(|t| !t.is_empty())
    }
}

impl fmt::Display for LuaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        self.traceback().map_or(Ok(()), |t| write!(f, "\n{t}"))
    }
}

impl fmt::Debug for LuaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LuaError")
            .field("message", &self.message())
            .field("traceback", &self.traceback())
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Stands for a thrown Lua value: see the module's text.
#[derive(Debug)]
pub(crate) struct Thrown;

/// The panic in an error object, until it has been passed on.
struct Caught(RefCell<Option<Box<dyn Any + Send>>>);

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
    pub(crate) fn unroot(&self, cx: &Cx) {
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
            return Error::MemoryError("not enough memory".to_owned());
        }
        self.error_of_value(cx, v, Vec::new())
    }

    /// The error with this value as one of ours, if it is what the message handler has seen last. An error for which there
    /// is no handler, such as "not enough memory", may have taken its place since.
    fn raised_error(&self, cx: &Cx, v: RtValue<'_>) -> Option<Error> {
        let raised = self.inner.raised.take()?;
        let is_it = cx.rooted(raised.passed).bits() == v.bits();
        let error = is_it.then(|| {
            let (message, traceback) = (raised.message.clone(), raised.traceback.clone());
            self.lua_error(cx, cx.rooted(raised.thrown), message, traceback)
        });
        raised.unroot(cx);
        error
    }

    /// An error value as one of ours, with a traceback from elsewhere.
    pub(crate) fn error_of_value(&self, cx: &Cx, v: RtValue<'_>, traceback: Vec<u8>) -> Error {
        if let Some(e) = rust_error(v) {
            return e;
        }
        if let Some(panic) = take_caught(v) {
            return self.pass_on(panic);
        }
        let message = plain_text(cx, v).unwrap_or_else(|| placeholder(v));
        self.lua_error(cx, v, message, Some(traceback))
    }

    /// Has a panic that the program caught go on when the operation under way ends.
    fn pass_on(&self, panic: Option<Box<dyn Any + Send>>) -> Error {
        if let Some(panic) = panic {
            self.inner.set_panicked(panic);
        }
        Error::PreviouslyResumedPanic
    }

    /// The error of a thrown value: a text with its traceback, or what keeps more than that.
    fn lua_error(
        &self,
        cx: &Cx,
        thrown: RtValue<'_>,
        message: Vec<u8>,
        traceback: Option<Vec<u8>>,
    ) -> Error {
        // What has a text of its own has no traceback.
        let is_text = thrown.is_string() || thrown.is_number() || traceback.is_none();
        if is_text && !self.inner.details_errors.get() {
            let mut text = message;
            if let Some(t) = traceback.filter(|t| !t.is_empty()) {
                text.push(b'\n');
                text.extend_from_slice(&t);
            }
            return Error::RuntimeError(match String::from_utf8(text) {
                Ok(text) => text,
                Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
            });
        }
        Error::LuaError(Box::new(LuaError {
            message,
            traceback,
            thrown: self.keep_thrown(cx, thrown),
            kind: Kind::Thrown,
        }))
    }

    /// The text that a value provides by `__tostring`.
    pub(crate) fn own_text(&self, v: &Value) -> Option<String> {
        let provides = self.with(|cx| {
            v.to_runtime(self, cx).is_ok_and(|v| !cx.event_of(v, Event::ToString).is_nil())
        });
        if provides { v.to_string().ok() } else { None }
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
    fn root_of_thrown(&self, e: &LuaError) -> Option<RootId> {
        let token = e.thrown.as_ref()?;
        let kept = self.inner.thrown.borrow();
        kept.iter().find(|(t, _)| std::ptr::eq(t.as_ptr(), Arc::as_ptr(token))).map(|k| k.1)
    }

    /// The value a Lua program threw, if the error came from there: for [`Error::LuaError`], the value itself, and for others
    /// their text.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let error = lua.load("error({code = 7})").exec().unwrap_err();
    /// let thrown: perilune::Table = lua.thrown_value(&error)?;
    /// assert_eq!(thrown.get::<i64>("code")?, 7);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the value isn't of the wanted type.
    pub fn thrown_value<T: crate::FromLua>(&self, error: &Error) -> Result<T> {
        let value = match error {
            Error::LuaError(e) => match self.with(|cx| {
                self.root_of_thrown(e).map(|id| Value::from_runtime(self, cx, cx.rooted(id)))
            }) {
                Some(v) => v,
                None => Value::String(self.create_string(e.message_bytes())?),
            },
            Error::RuntimeError(text) => Value::String(self.create_string(text)?),
            _ => Value::Nil,
        };
        T::from_lua(value, self)
    }

    /// Throws an error of a callback in the runtime: see the module's text.
    pub(crate) fn raise(&self, cx: &Cx, e: Error) -> Fault {
        match e {
            Error::LuaError(e) if e.is_interrupt() => {
                let traceback = e.traceback_bytes().unwrap_or_default();
                cx.throw_kill(&[e.message_bytes(), b"\n", traceback].concat())
            }
            Error::LuaError(e) => match self.root_of_thrown(&e) {
                Some(id) => cx.throw(cx.rooted(id)),
                None => cx.throw(cx.str_value(&e.message)),
            },
            e @ (Error::MemoryError(_) | Error::CoroutineClosed) => self.raise_plain(cx, e),
            cause => {
                let traceback = cx.traceback(cx.thread(), None, 0);
                let traceback = String::from_utf8_lossy(&traceback).into_owned();
                self.raise_object(cx, Error::CallbackError { traceback, cause: Arc::new(cause) })
            }
        }
    }

    /// Throws an error that goes on as it is.
    pub(crate) fn raise_plain(&self, cx: &Cx, e: Error) -> Fault {
        match e {
            Error::LuaError(_) => self.raise(cx, e),
            Error::MemoryError(_) => cx.memory_error(),
            Error::CoroutineClosed => Fault::CloseSelf,
            e => self.raise_object(cx, e),
        }
    }

    /// Throws an error object.
    fn raise_object(&self, cx: &Cx, e: Error) -> Fault {
        cx.throw(self.error_object(cx, e))
    }

    /// Throws a panic as an error object, which the program can catch.
    pub(crate) fn raise_panic(&self, cx: &Cx, panic: Box<dyn Any + Send>) -> Fault {
        cx.throw(self.boxed_error(cx, Box::new(Caught(RefCell::new(Some(panic))))))
    }

    /// An error object.
    pub(crate) fn error_object<'g>(&self, cx: &'g Cx, e: Error) -> RtValue<'g> {
        self.boxed_error(cx, Box::new(e))
    }

    fn boxed_error<'g>(&self, cx: &'g Cx, data: Box<dyn Any>) -> RtValue<'g> {
        let u = Userdata::new(&cx.heap, data, 0);
        cx.set_metatable(RtValue::object(u), self.error_metatable(cx));
        RtValue::object(u)
    }

    fn error_metatable<'g>(&self, cx: &'g Cx) -> Option<Gc<'g, RtTable>> {
        if let Some(id) = self.inner.error_metatable.get() {
            return cx.rooted(id).downcast();
        }
        let mt = cx.new_table(0, 3);
        let state = RtValue::object(Userdata::new(&cx.heap, Box::new(self.downgrade()), 0));
        let tostring =
            Native::new(&cx.heap, "tostring", rust_error_text, Behaviour::Plain, &[state]);
        let tostring = RtValue::object(tostring);
        mt.set_str(cx.tables(), cx.event_name(Event::ToString), tostring);
        mt.set_str(cx.tables(), cx.event_name(Event::Name), cx.str_value(b"error"));
        mt.set_str(cx.tables(), cx.event_name(Event::Metatable), RtValue::FALSE);
        self.inner.error_metatable.set(Some(cx.root(RtValue::object(mt))));
        Some(mt)
    }

    /// Replaces what is known of the error that was thrown last.
    pub(crate) fn set_raised(&self, cx: &Cx, raised: Option<Raised>) {
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

    /// Whether errors are detailed: whatever a Lua program throws is an [`Error::LuaError`], which has message and traceback
    /// apart and in bytes, instead of an [`Error::RuntimeError`] if it is a text; and so is an error of the compiler. Off in a
    /// new state.
    ///
    /// ```
    /// # use perilune::{Error, Lua};
    /// let lua = Lua::new();
    /// lua.detail_errors(true);
    /// match lua.load("error('no\\xFF')").set_name("=it").exec() {
    ///     Err(Error::LuaError(e)) => {
    ///         assert_eq!(e.message_bytes(), b"it:1: no\xFF");
    ///         assert!(e.traceback().is_some());
    ///     }
    ///     other => panic!("{other:?}"),
    /// }
    /// ```
    pub fn detail_errors(&self, on: bool) {
        self.inner.details_errors.set(on);
    }

    pub(crate) fn message_handler<'g>(&self, cx: &'g Cx) -> RtValue<'g> {
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
    let kind = Kind::Interrupt;
    Error::LuaError(Box::new(LuaError { message, traceback, thrown: None, kind }))
}

/// The state in the upvalue of the running native. A program can get at that through the debug library.
fn state_in_upvalue(cx: &Cx) -> Option<Lua> {
    let u = cx.upvalue(0).downcast::<Userdata>()?;
    let data = u.data.borrow();
    Lua::from_weak(data.as_ref()?.downcast_ref::<Weak<Inner>>()?)
}

/// Native: the message handler. Leaves a [`Raised`] in the state, and passes argument 1 on.
fn handle_message(cx: &mut Cx) -> Result<usize, Fault> {
    cx.set_nargs(1);
    let v = cx.arg(1);
    if is_error_object(v) {
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

/// Whether a value is an error object.
fn is_error_object(v: RtValue<'_>) -> bool {
    v.downcast::<Userdata>().is_some_and(|u| {
        u.data.borrow().as_ref().is_some_and(|data| data.is::<Error>() || data.is::<Caught>())
    })
}

/// The Rust error in an error object.
pub(crate) fn rust_error(v: RtValue<'_>) -> Option<Error> {
    let u = v.downcast::<Userdata>()?;
    let data = u.data.borrow();
    data.as_ref()?.downcast_ref::<Error>().cloned()
}

/// The panic in an error object, if it is one with a panic, and hasn't been passed on.
#[allow(clippy::option_option)]
fn take_caught(v: RtValue<'_>) -> Option<Option<Box<dyn Any + Send>>> {
    let u = v.downcast::<Userdata>()?;
    let data = u.data.borrow();
    Some(data.as_ref()?.downcast_ref::<Caught>()?.0.take())
}

/// An error object that goes to the host as a value.
pub(crate) fn value_of_error_object(lua: &Lua, v: RtValue<'_>) -> Option<Value> {
    if let Some(e) = rust_error(v) {
        return Some(Value::Error(Box::new(e)));
    }
    take_caught(v).map(|panic| match panic {
        None => Value::Nil,
        panic => Value::Error(Box::new(lua.pass_on(panic))),
    })
}

/// Native: `__tostring` of error objects.
fn rust_error_text(cx: &mut Cx) -> Result<usize, Fault> {
    let text = match (rust_error(cx.arg(1)), caught_text(cx.arg(1))) {
        (Some(e), _) => e.to_string(),
        (None, Some(Some(text))) => text,
        (None, Some(None)) => {
            return Err(match state_in_upvalue(cx) {
                Some(lua) => lua.raise(cx, Error::PreviouslyResumedPanic),
                None => cx.type_error(1, "error"),
            });
        }
        (None, None) => return Err(cx.type_error(1, "error")),
    };
    cx.push(cx.str_value(text.as_bytes()));
    Ok(1)
}

/// The text of a panic in an error object, if it is one with a panic, and that hasn't been passed on.
#[allow(clippy::option_option)]
fn caught_text(v: RtValue<'_>) -> Option<Option<String>> {
    let u = v.downcast::<Userdata>()?;
    let data = u.data.borrow();
    let panic = data.as_ref()?.downcast_ref::<Caught>()?.0.borrow();
    Some(panic.as_ref().map(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(|s| &**s));
        text.unwrap_or("panic").to_owned()
    }))
}

//! [`Error`]: what can go wrong.
//!
//! How errors get from Lua to Rust and back is in [`crate::crossing`]. The variants are those that programs written for
//! `mlua` match; [`Error::LuaError`] is beyond them, for what a text can't say.

use crate::crossing::LuaError;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// What most functions here return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Boxed = dyn StdError + Send + Sync;

/// What can go wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// Source text that isn't Lua.
    SyntaxError {
        /// What is wrong and where.
        message: String,
        /// Whether the source is the beginning of something: more text might make it right.
        incomplete_input: bool,
    },
    /// An error that a Lua program threw with a text, or a library function it called: the text, and behind it, from the
    /// next line on, a traceback. Or an error of the host's that is only a text.
    RuntimeError(String),
    /// There isn't enough memory, or the limit is exceeded.
    MemoryError(String),
    /// Never made: an error of a finalizer is a warning.
    GarbageCollectorError(String),
    /// What was asked for isn't to be had in a state without special privileges: see [`Lua::unsafe_new`](crate::Lua::unsafe_new).
    SafetyError(String),
    /// Never made.
    MemoryControlNotAvailable,
    /// A Rust function with state was called while it runs.
    RecursiveMutCallback,
    /// A Rust function is gone, for example because its scope has ended.
    CallbackDestructed,
    /// There is no room for so many values.
    StackError,
    /// [`Function::bind`](crate::Function::bind) was given too many arguments.
    BindError,
    /// An argument of a Rust function can't be converted.
    BadArgument {
        /// What the function is called.
        to: Option<String>,
        /// Which argument it is, from 1.
        pos: usize,
        /// What the argument is called.
        name: Option<String>,
        /// Why.
        cause: Arc<Error>,
    },
    /// A Lua value can't be had as the wanted Rust type.
    FromLuaConversionError {
        /// Type of the Lua value.
        from: &'static str,
        /// What was wanted.
        to: String,
        /// Why not, if that isn't obvious.
        message: Option<String>,
    },
    /// A Rust value has no counterpart in Lua.
    ToLuaConversionError {
        /// The Rust type.
        from: String,
        /// What was wanted.
        to: &'static str,
        /// Why not.
        message: Option<String>,
    },
    /// A coroutine that runs, waits for another one, or has ended can't be resumed.
    CoroutineUnresumable,
    /// A userdata isn't of the wanted type.
    UserDataTypeMismatch,
    /// The value of a userdata is gone.
    UserDataDestructed,
    /// The value of a userdata is mutably borrowed.
    UserDataBorrowError,
    /// The value of a userdata is borrowed.
    UserDataBorrowMutError,
    /// A metamethod that isn't the host's to set.
    MetaMethodRestricted(String),
    /// A metamethod that isn't a function or table.
    MetaMethodTypeError {
        /// Which one.
        method: String,
        /// What it is.
        type_name: &'static str,
        /// Why that is wrong.
        message: Option<String>,
    },
    /// A [`RegistryKey`](crate::RegistryKey) of another state.
    MismatchedRegistryKey,
    /// An error of a Rust function that Lua called.
    CallbackError {
        /// Where, as `debug.traceback` says it.
        traceback: String,
        /// What it returned.
        cause: Arc<Error>,
    },
    /// A panic that was caught by the program has already been passed on to the host.
    PreviouslyResumedPanic,
    /// A value can't be serialized.
    #[cfg(feature = "serde")]
    SerializeError(String),
    /// A value can't be deserialized.
    #[cfg(feature = "serde")]
    DeserializeError(String),
    /// An error of another sort. It passes through Lua, where `pcall` can catch it, as it is.
    ExternalError(Arc<Boxed>),
    /// An error, and what was being done.
    WithContext {
        /// What was being done.
        context: String,
        /// The error.
        cause: Arc<Error>,
    },
    /// An error that a text doesn't do justice: an interrupt, or a thrown value that has none. In a state whose errors
    /// are detailed ([`Lua::detail_errors`](crate::Lua::detail_errors)), whatever a Lua program throws.
    LuaError(Box<LuaError>),
    /// The running coroutine is closing itself (`coroutine.close`). Functions called by Lua must hand this on.
    CoroutineClosed,
}

impl Error {
    /// An error that is only a text.
    pub fn runtime<S: fmt::Display>(message: S) -> Error {
        Error::RuntimeError(message.to_string())
    }

    /// An error of another sort; one of ours stays what it is.
    pub fn external<T: Into<Box<Boxed>>>(error: T) -> Error {
        match error.into().downcast::<Error>() {
            Ok(own) => *own,
            Err(other) => Error::ExternalError(other.into()),
        }
    }

    /// The error of another sort, if this is one of that type, or caused by one.
    pub fn downcast_ref<T: StdError + 'static>(&self) -> Option<&T> {
        match self {
            Error::ExternalError(e) => e.downcast_ref().or_else(|| nested(&**e)),
            other => other.parent().and_then(Error::downcast_ref),
        }
    }

    /// This error, what caused it, and so on.
    pub fn chain(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        let first: &(dyn StdError + 'static) = match self {
            Error::ExternalError(e) => &**e,
            other => other,
        };
        std::iter::successors(Some(first), |e| cause_of(*e))
    }

    /// The error of ours that caused this one.
    pub fn parent(&self) -> Option<&Error> {
        match self {
            Error::CallbackError { cause, .. }
            | Error::BadArgument { cause, .. }
            | Error::WithContext { cause, .. } => Some(cause),
            Error::ExternalError(e) => e.downcast_ref(),
            _ => None,
        }
    }

    /// Whether the program was stopped from outside: see [`Lua::interrupt_handle`](crate::Lua::interrupt_handle).
    pub fn is_interrupt(&self) -> bool {
        match self {
            Error::LuaError(e) => e.is_interrupt(),
            other => other.parent().is_some_and(Error::is_interrupt),
        }
    }

    /// The error of a Lua value that can't be converted.
    #[cold]
    pub(crate) fn from_lua_conversion(
        from: &'static str,
        to: impl Into<String>,
        message: impl Into<Option<String>>,
    ) -> Error {
        Error::FromLuaConversionError { from, to: to.into(), message: message.into() }
    }

    /// The error of a method whose object is wrong.
    #[cold]
    pub(crate) fn bad_self(to: &str, cause: Error) -> Error {
        let (to, name) = (Some(to.to_owned()), Some("self".to_owned()));
        Error::BadArgument { to, pos: 1, name, cause: Arc::new(cause) }
    }
}

fn nested<'a, T: StdError + 'static>(e: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    e.downcast_ref::<Error>().and_then(Error::downcast_ref)
}

/// What caused an error, wherever the chain goes on.
fn cause_of<'a>(e: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let Some(own) = e.downcast_ref::<Error>() else { return e.source() };
    match own {
        Error::ExternalError(e) => e.source(),
        other => match other.parent()? {
            Error::ExternalError(e) => Some(&**e),
            parent => Some(parent),
        },
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |f: &mut fmt::Formatter<'_>, message: &Option<String>| {
            message.as_ref().map_or(Ok(()), |m| write!(f, " ({m})"))
        };
        match self {
            Error::SyntaxError { message, .. } => write!(f, "syntax error: {message}"),
            Error::RuntimeError(message) => write!(f, "runtime error: {message}"),
            Error::MemoryError(message) => write!(f, "memory error: {message}"),
            Error::GarbageCollectorError(message) => {
                write!(f, "error of the garbage collector: {message}")
            }
            Error::SafetyError(message) => write!(f, "safety error: {message}"),
            Error::MemoryControlNotAvailable => f.write_str("memory can't be controlled"),
            Error::RecursiveMutCallback => {
                f.write_str("a Rust function with state was called while it runs")
            }
            Error::CallbackDestructed => f.write_str("the Rust function is gone"),
            Error::StackError => f.write_str("there is no room for so many values"),
            Error::BindError => f.write_str("too many arguments to bind"),
            Error::BadArgument { to, pos, name, cause } => {
                match name {
                    Some(name) => write!(f, "bad argument `{name}`")?,
                    None => write!(f, "bad argument #{pos}")?,
                }
                if let Some(to) = to {
                    write!(f, " to `{to}`")?;
                }
                write!(f, ": {cause}")
            }
            Error::FromLuaConversionError { from, to, message } => {
                write!(f, "error converting Lua {from} to {to}")?;
                with(f, message)
            }
            Error::ToLuaConversionError { from, to, message } => {
                write!(f, "error converting {from} to Lua {to}")?;
                with(f, message)
            }
            Error::CoroutineUnresumable => f.write_str("the coroutine can't be resumed"),
            Error::UserDataTypeMismatch => f.write_str("userdata is not of the expected type"),
            Error::UserDataDestructed => f.write_str("userdata has been destructed"),
            Error::UserDataBorrowError => f.write_str("error borrowing userdata: it is changed"),
            Error::UserDataBorrowMutError => {
                f.write_str("error mutably borrowing userdata: it is in use")
            }
            Error::MetaMethodRestricted(method) => write!(f, "metamethod {method} is reserved"),
            Error::MetaMethodTypeError { method, type_name, message } => {
                write!(f, "metamethod {method} can't be a {type_name}")?;
                with(f, message)
            }
            Error::MismatchedRegistryKey => f.write_str("the registry key is of another state"),
            Error::CallbackError { traceback, cause } => {
                // Nested ones show the innermost traceback, which is the longest.
                let (mut traceback, mut cause) = (traceback, cause);
                while let Error::CallbackError { traceback: inner, cause: next } = &**cause {
                    (traceback, cause) = (inner, next);
                }
                write!(f, "{cause}")?;
                if traceback.is_empty() { Ok(()) } else { write!(f, "\n{traceback}") }
            }
            Error::PreviouslyResumedPanic => f.write_str("the panic has already been passed on"),
            #[cfg(feature = "serde")]
            Error::SerializeError(message) => write!(f, "serialize error: {message}"),
            #[cfg(feature = "serde")]
            Error::DeserializeError(message) => write!(f, "deserialize error: {message}"),
            Error::ExternalError(e) => e.fmt(f),
            Error::WithContext { context, cause } => write!(f, "{context}\n{cause}"),
            Error::LuaError(e) => e.fmt(f),
            Error::CoroutineClosed => f.write_str("the running coroutine is closing itself"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            // It shows itself as this error, so what comes next is its own source.
            Error::ExternalError(e) => e.source(),
            // What caused the others is part of their text.
            _ => None,
        }
    }
}

/// Turns errors of other sorts into ours.
pub trait ExternalError {
    /// The same error, as [`Error::external`] makes it.
    fn into_lua_err(self) -> Error;
}

impl<E: Into<Box<Boxed>>> ExternalError for E {
    fn into_lua_err(self) -> Error {
        Error::external(self)
    }
}

/// Turns results of other sorts into ours.
pub trait ExternalResult<T> {
    /// The same result, with an error as [`Error::external`] makes it.
    ///
    /// # Errors
    /// What it was before.
    fn into_lua_err(self) -> Result<T>;
}

impl<T, E: ExternalError> ExternalResult<T> for std::result::Result<T, E> {
    fn into_lua_err(self) -> Result<T> {
        self.map_err(ExternalError::into_lua_err)
    }
}

/// Says what was being done when an error occurred.
pub trait ErrorContext: crate::traits::sealed::Sealed {
    /// With this context, in place of one it has.
    fn context<C: fmt::Display>(self, context: C) -> Self;

    /// With a context made from the error, in place of one it has.
    fn with_context<C: fmt::Display>(self, f: impl FnOnce(&Error) -> C) -> Self;
}

impl ErrorContext for Error {
    fn context<C: fmt::Display>(self, context: C) -> Error {
        let context = context.to_string();
        match self {
            Error::WithContext { cause, .. } => Error::WithContext { context, cause },
            other => Error::WithContext { context, cause: Arc::new(other) },
        }
    }

    fn with_context<C: fmt::Display>(self, f: impl FnOnce(&Error) -> C) -> Error {
        let context = f(&self).to_string();
        self.context(context)
    }
}

impl<T> ErrorContext for Result<T> {
    fn context<C: fmt::Display>(self, context: C) -> Result<T> {
        self.map_err(|e| e.context(context))
    }

    fn with_context<C: fmt::Display>(self, f: impl FnOnce(&Error) -> C) -> Result<T> {
        self.map_err(|e| e.with_context(f))
    }
}

impl From<std::net::AddrParseError> for Error {
    fn from(e: std::net::AddrParseError) -> Error {
        Error::external(e)
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Error {
        Error::external(e)
    }
}

impl From<std::str::Utf8Error> for Error {
    fn from(e: std::str::Utf8Error) -> Error {
        Error::external(e)
    }
}

#[cfg(feature = "anyhow")]
impl From<anyhow::Error> for Error {
    fn from(e: anyhow::Error) -> Error {
        match e.downcast::<Error>() {
            Ok(own) => own,
            Err(other) => Error::external(other),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Error {
        Error::SerializeError(message.to_string())
    }
}

#[cfg(feature = "serde")]
impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Error {
        Error::DeserializeError(message.to_string())
    }
}

//! [`Chunk`]: source text, or a precompiled chunk, on its way to a function.

use crate::crossing::LuaError;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::handle::Ref;
use crate::state::{Lua, WeakLua};
use crate::table::Table;
use crate::traits::{FromLuaMulti, IntoLua, IntoLuaMulti};
use crate::value::Value;
use perilune_bytecode::chunk::FIRST_BYTE;
use perilune_syntax as syntax;
use std::borrow::Cow;
use std::io::Result as IoResult;
use std::panic::Location;
use std::path::{Path, PathBuf};

/// What is said of a precompiled chunk if only text is taken, as `load` says it.
const BINARY_REFUSED: &str = "attempt to load a binary chunk (mode is 't')";
/// What is said of a text if only precompiled chunks are taken.
const TEXT_REFUSED: &str = "attempt to load a text chunk (mode is 'b')";

/// What can be loaded; see [`Lua::load`].
pub trait AsChunk {
    /// Its name, if it has one of its own: see [`Chunk::set_name`].
    fn name(&self) -> Option<String> {
        None
    }

    /// The table its global variables are in, if it brings one.
    ///
    /// # Errors
    /// If it can't be made.
    fn environment(&self, lua: &Lua) -> Result<Option<Table>> {
        let _ = lua;
        Ok(None)
    }

    /// What it is, if that is known.
    fn mode(&self) -> Option<ChunkMode> {
        None
    }

    /// The source.
    ///
    /// # Errors
    /// If it can't be read.
    fn source<'a>(&self) -> IoResult<Cow<'a, [u8]>>
    where
        Self: 'a;
}

/// A chunk's sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkMode {
    /// Source text.
    Text,
    /// What `string.dump` makes.
    Binary,
}

macro_rules! sources {
    ($([$($g:tt)*] $ty:ty: $s:ident => $source:expr;)*) => {$(
        impl<$($g)*> AsChunk for $ty {
            fn source<'a>(&self) -> IoResult<Cow<'a, [u8]>>
            where
                Self: 'a,
            {
                let $s = self;
                Ok($source)
            }
        }
    )*};
}
sources! {
    [] &str: s => Cow::Borrowed(s.as_bytes());
    [] String: s => Cow::Owned(s.clone().into_bytes());
    [] &String: s => Cow::Borrowed(s.as_bytes());
    [] &[u8]: s => Cow::Borrowed(*s);
    [const N: usize] &[u8; N]: s => Cow::Borrowed(&s[..]);
    [] Vec<u8>: s => Cow::Owned(s.clone());
    [] &Vec<u8>: s => Cow::Borrowed(&s[..]);
}

/// The name of a file's chunk, and its text.
fn file_source(path: &Path) -> IoResult<Cow<'static, [u8]>> {
    let source = std::fs::read(path)?;
    Ok(Cow::Owned(syntax::skip_shebang(&source).to_vec()))
}

impl AsChunk for &Path {
    fn name(&self) -> Option<String> {
        Some(format!("@{}", self.display()))
    }

    fn source<'a>(&self) -> IoResult<Cow<'a, [u8]>>
    where
        Self: 'a,
    {
        file_source(self)
    }
}

impl AsChunk for PathBuf {
    fn name(&self) -> Option<String> {
        self.as_path().name()
    }

    fn source<'a>(&self) -> IoResult<Cow<'a, [u8]>> {
        file_source(self)
    }
}

impl<C: AsChunk + ?Sized> AsChunk for Box<C> {
    fn name(&self) -> Option<String> {
        (**self).name()
    }

    fn environment(&self, lua: &Lua) -> Result<Option<Table>> {
        (**self).environment(lua)
    }

    fn mode(&self) -> Option<ChunkMode> {
        (**self).mode()
    }

    fn source<'a>(&self) -> IoResult<Cow<'a, [u8]>>
    where
        Self: 'a,
    {
        (**self).source()
    }
}

/// Source text that is to be compiled, or what `string.dump` made of it; see [`Lua::load`].
#[derive(Debug)]
#[must_use = "a chunk does nothing until it is compiled or run"]
pub struct Chunk<'a> {
    lua: WeakLua,
    name: Cow<'a, [u8]>,
    environment: Result<Option<Table>>,
    mode: Option<ChunkMode>,
    source: IoResult<Cow<'a, [u8]>>,
    shown_name: String,
}

impl Lua {
    /// A chunk of Lua source, to be compiled or run; or a precompiled one, if
    /// [`Options::text_only`](crate::Options::text_only) is off. Text, bytes, and the path of a file will do; the first line of
    /// a file is skipped if it begins with `#`.
    ///
    /// A text without a name gets that of the place in the host where this is called.
    #[track_caller]
    pub fn load<'a>(&self, chunk: impl AsChunk + 'a) -> Chunk<'a> {
        self.chunk_at(chunk, Location::caller())
    }

    fn chunk_at<'a>(&self, chunk: impl AsChunk + 'a, place: &Location<'_>) -> Chunk<'a> {
        let name = chunk.name().unwrap_or_else(|| format!("@{}:{}", place.file(), place.line()));
        Chunk {
            lua: self.weak(),
            environment: chunk.environment(self),
            mode: chunk.mode(),
            source: chunk.source(),
            name: Cow::Owned(name.clone().into_bytes()),
            shown_name: name,
        }
    }
}

/// Something that becomes a function when it is given to Lua.
struct Wrapped<C> {
    chunk: C,
    place: &'static Location<'static>,
}

impl<C: AsChunk> IntoLua for Wrapped<C> {
    fn into_lua(self, lua: &Lua) -> Result<Value> {
        lua.chunk_at(self.chunk, self.place).into_function().map(Value::Function)
    }
}

impl<'a> Chunk<'a> {
    /// Something that becomes a function when it is given to Lua: the compiled chunk.
    #[track_caller]
    pub fn wrap(chunk: impl AsChunk) -> impl IntoLua {
        Wrapped { chunk, place: Location::caller() }
    }

    /// The name; see [`Chunk::set_name`].
    pub fn name(&self) -> &str {
        &self.shown_name
    }

    /// The name that messages and tracebacks show. After `@`, the name of a file; after `=`, any name to be shown as
    /// it is; otherwise, it is shown as `[string "…"]`.
    ///
    /// ```
    /// let lua = perilune::Lua::new();
    /// let e = lua.load("x = = 1").set_name("=settings").exec().unwrap_err();
    /// assert_eq!(e.to_string(), "syntax error: settings:1: unexpected symbol near '='");
    /// ```
    pub fn set_name(mut self, name: impl Into<String>) -> Chunk<'a> {
        self.shown_name = name.into();
        self.name = Cow::Owned(self.shown_name.clone().into_bytes());
        self
    }

    /// As [`Chunk::set_name`], for a name that need not be UTF-8.
    pub fn set_name_bytes(mut self, name: impl Into<Vec<u8>>) -> Chunk<'a> {
        self.name = Cow::Owned(name.into());
        self.shown_name = String::from_utf8_lossy(&self.name).into_owned();
        self
    }

    /// The table its global variables are in, if it isn't [`Lua::globals`].
    pub fn environment(&self) -> Option<&Table> {
        self.environment.as_ref().ok()?.as_ref()
    }

    /// Sets the table its global variables are in, instead of [`Lua::globals`].
    pub fn set_environment(mut self, environment: Table) -> Chunk<'a> {
        self.environment = Ok(Some(environment));
        self
    }

    /// What it is.
    pub fn mode(&self) -> ChunkMode {
        self.mode.unwrap_or_else(|| self.found_mode())
    }

    /// Takes only what is of this sort.
    pub fn set_mode(mut self, mode: ChunkMode) -> Chunk<'a> {
        self.mode = Some(mode);
        self
    }

    /// What the source is.
    fn found_mode(&self) -> ChunkMode {
        match &self.source {
            Ok(source) if source.first() == Some(&FIRST_BYTE) => ChunkMode::Binary,
            _ => ChunkMode::Text,
        }
    }

    /// Compiles it.
    ///
    /// # Errors
    /// [`Error::SyntaxError`]; if the source can't be read.
    pub fn into_function(self) -> Result<Function> {
        match &self.source {
            Ok(source) => self.compile(source),
            Err(e) => Err(Error::external(std::io::Error::new(e.kind(), e.to_string()))),
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// If it can't be compiled; what it throws.
    pub fn exec(self) -> Result<()> {
        self.into_function()?.call(())
    }

    /// Runs it with arguments, which are its `...`.
    ///
    /// # Errors
    /// As [`Chunk::exec`]; if its results can't be converted.
    pub fn call<R: FromLuaMulti>(self, args: impl IntoLuaMulti) -> Result<R> {
        self.into_function()?.call(args)
    }

    /// Evaluates it: the source is an expression list, or a chunk that returns something.
    ///
    /// ```
    /// # fn main() -> perilune::Result<()> {
    /// # let lua = perilune::Lua::new();
    /// let (a, b): (i64, String) = lua.load("1 + 1, 'two'").eval()?;
    /// assert_eq!((a, b.as_str()), (2, "two"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Chunk::call`].
    pub fn eval<R: FromLuaMulti>(self) -> Result<R> {
        self.into_evaluator()?.call(())
    }

    /// The function that evaluates it.
    pub(crate) fn into_evaluator(self) -> Result<Function> {
        if let Ok(source) = &self.source
            && self.found_mode() == ChunkMode::Text
            && self.mode != Some(ChunkMode::Binary)
        {
            let as_expression = [b"return ", &source[..]].concat();
            match self.compile(&as_expression) {
                Err(e) if is_syntax_error(&e) => {}
                done => return done,
            }
        }
        self.into_function()
    }

    /// As [`Chunk::exec`], for chunks that wait.
    ///
    /// # Errors
    /// As [`Chunk::exec`].
    #[cfg(feature = "async")]
    pub async fn exec_async(self) -> Result<()> {
        self.call_async(()).await
    }

    /// As [`Chunk::eval`], for chunks that wait.
    ///
    /// # Errors
    /// As [`Chunk::eval`].
    #[cfg(feature = "async")]
    pub async fn eval_async<R: FromLuaMulti>(self) -> Result<R> {
        self.into_evaluator()?.call_async(()).await
    }

    /// As [`Chunk::call`], for chunks that wait.
    ///
    /// # Errors
    /// As [`Chunk::call`].
    #[cfg(feature = "async")]
    pub async fn call_async<R: FromLuaMulti>(self, args: impl IntoLuaMulti) -> Result<R> {
        self.into_function()?.call_async(args).await
    }

    fn compile(&self, source: &[u8]) -> Result<Function> {
        let lua = &self.lua.try_upgrade().ok_or_else(crate::state::gone)?;
        let environment = self.environment.as_ref().map_err(Clone::clone)?;
        let is_binary = source.first() == Some(&FIRST_BYTE);
        match self.mode {
            Some(ChunkMode::Text) if is_binary => return Err(refused(lua, BINARY_REFUSED)),
            Some(ChunkMode::Binary) if !is_binary => return Err(refused(lua, TEXT_REFUSED)),
            _ => {}
        }
        lua.with(|cx| {
            if is_binary && cx.is_text_only() {
                return Err(refused(lua, BINARY_REFUSED));
            }
            lua.safepoint(cx)?;
            let room = cx.reserve(source.len());
            lua.check(cx, room)?;
            let loaded = match environment {
                Some(t) => {
                    t.0.get_in(lua, cx)?;
                    cx.load_with_root(source, &self.name, t.0.id())
                }
                None => cx.load(source, &self.name, None),
            };
            if let Err(fault) = loaded {
                return Err(syntax_error(lua, lua.error_of_fault(cx, fault)));
            }
            let f = Function(Ref::new(lua, cx, cx.peek(1)));
            cx.pop(1);
            Ok(f)
        })
    }
}

fn is_syntax_error(e: &Error) -> bool {
    match e {
        Error::SyntaxError { .. } => true,
        Error::LuaError(e) => e.is_syntax(),
        _ => false,
    }
}

fn refused(lua: &Lua, message: &str) -> Error {
    syntax_error(lua, Error::RuntimeError(message.to_owned()))
}

/// An error of the compiler.
fn syntax_error(lua: &Lua, e: Error) -> Error {
    let message = match e {
        Error::RuntimeError(message) => message.into_bytes(),
        Error::LuaError(e) if !e.is_interrupt() => e.message_bytes().to_vec(),
        other => return other,
    };
    if lua.inner.details_errors.get() {
        return Error::LuaError(Box::new(LuaError::syntax(message)));
    }
    let message = String::from_utf8_lossy(&message).into_owned();
    let incomplete_input = message.ends_with("<eof>");
    Error::SyntaxError { message, incomplete_input }
}

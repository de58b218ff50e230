//! [`Chunk`]: source text, or a precompiled chunk, on its way to a function.

use crate::convert::FromLuaMulti;
use crate::error::{Error, Result, SyntaxError};
use crate::function::Function;
use crate::handle::Ref;
use crate::multi::IntoLuaMulti;
use crate::state::Lua;
use crate::table::Table;
use perilune_bytecode::chunk::FIRST_BYTE;
use perilune_syntax as syntax;

/// What is said of a precompiled chunk if only text is taken, as `load` says it.
const REFUSED: &[u8] = b"attempt to load a binary chunk (mode is 't')";

/// Whether this is a precompiled chunk.
fn is_binary(source: &[u8]) -> bool {
    source.first() == Some(&FIRST_BYTE)
}

/// Source text that is to be compiled, or what `string.dump` made of it; see [`Lua::load`].
#[derive(Debug)]
#[must_use = "a chunk does nothing until it is compiled or run"]
pub struct Chunk<S> {
    lua: Lua,
    source: S,
    name: Option<Vec<u8>>,
    environment: Option<Table>,
    is_file: bool,
}

impl<S: AsRef<[u8]>> Chunk<S> {
    pub(crate) fn new(lua: &Lua, source: S) -> Chunk<S> {
        Chunk { lua: lua.clone(), source, name: None, environment: None, is_file: false }
    }

    /// The name that messages and tracebacks show. After `@`, the name of a file; after `=`, any name to be shown as
    /// it is; otherwise, the source itself, which is shown as `[string "…"]`. The last is the default.
    ///
    /// ```
    /// let lua = perilune::Lua::new();
    /// let e = lua.load("x = = 1").set_name("=settings").exec().unwrap_err();
    /// assert_eq!(e.to_string(), "settings:1: unexpected symbol near '='");
    /// ```
    pub fn set_name(mut self, name: impl AsRef<[u8]>) -> Chunk<S> {
        self.name = Some(name.as_ref().to_vec());
        self
    }

    /// The table its global variables are in, instead of [`Lua::globals`].
    pub fn set_environment(mut self, environment: Table) -> Chunk<S> {
        self.environment = Some(environment);
        self
    }

    /// Skips a first line that begins with `#`.
    pub(crate) fn skip_first_line_comment(mut self) -> Chunk<S> {
        self.is_file = true;
        self
    }

    /// Compiles it.
    ///
    /// # Errors
    /// [`Error::SyntaxError`].
    pub fn into_function(self) -> Result<Function> {
        let source = self.source.as_ref();
        let source = if self.is_file { syntax::skip_shebang(source) } else { source };
        self.compile(source)
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
        if is_binary(self.source.as_ref()) {
            return self.call(());
        }
        let as_expression = [b"return ", self.source.as_ref()].concat();
        match self.compile(&as_expression) {
            Ok(f) => f.call(()),
            Err(Error::SyntaxError(_)) => self.into_function()?.call(()),
            Err(e) => Err(e),
        }
    }

    fn compile(&self, source: &[u8]) -> Result<Function> {
        let lua = &self.lua;
        let name = self.name.as_deref().unwrap_or(self.source.as_ref());
        lua.with(|cx| {
            if is_binary(source) && cx.is_text_only() {
                return Err(Error::SyntaxError(SyntaxError::new(REFUSED.to_vec())));
            }
            lua.safepoint(cx)?;
            let room = cx.reserve(source.len());
            lua.check(cx, room)?;
            let loaded = match &self.environment {
                Some(t) => {
                    t.0.get_in(lua, cx)?;
                    cx.load_with_root(source, name, t.0.id())
                }
                None => cx.load(source, name, None),
            };
            if let Err(fault) = loaded {
                return Err(match lua.error_of_fault(cx, fault) {
                    Error::RuntimeError(e) => {
                        Error::SyntaxError(SyntaxError::new(e.message_bytes().to_vec()))
                    }
                    other => other,
                });
            }
            let f = Function(Ref::new(lua, cx, cx.peek(1)));
            cx.pop(1);
            Ok(f)
        })
    }
}

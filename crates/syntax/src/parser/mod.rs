//! The parser: recursive descent with name resolution in one pass.
//!
//! **Problem.** Errors must come in the order of the reference implementation, which parses, resolves names
//! and generates code in one pass. So every check happens here at the same moment: after the same token has
//! been read, before the same other check.
//!
//! **Design.** [`Parser`] holds the lexer, the function being parsed with those around it, and the
//! declarations in scope. Its methods are spread over files by concept: [`scope`] (declarations, name
//! lookup, upvalues), [`labels`] (blocks, `goto`, `break`), [`function`] (bodies and parameters), [`expr`] and
//! [`stmt`].
//!
//! **Lines.** Nodes get the line the reference implementation would give to the instruction computing them.
//! It emits the instruction that fetches a field, a global or an upvalue late, when it has looked at what
//! follows; [`Parser::settle`] is called at these moments.
//!
//! **Functions** are handed to a [`Sink`] when they end, from the innermost to the main one, and what they were made in serves
//! the next. Lists are gathered on stacks, as those of inner nodes come in between, and go to the tree when they are
//! complete.
//!
//! **Memory.** A tree takes up to a hundred times the memory of its source. A caller who has only so much gives a budget. Each
//! node is charged with its size and with that of the instruction it becomes; when a function has ended, that is given
//! back, and what the sink keeps of it is charged. The next token finds out if there is nothing left.
//!
//! **Invariants.** Every recursion passes through [`Parser::enter`], which counts levels as the reference
//! implementation does and bounds the native stack.

mod expr;
mod function;
mod labels;
mod scope;
mod stmt;
#[cfg(test)]
mod tests;

use crate::ast::{
    Arm, Chunk, ENV, ExprId, ExprKind, Function, GlobalName, Pos, Strings, Symbol, TableItem, Tree,
    Upvalue, UpvalueId, UpvalueSource, Vararg,
};
use crate::diagnostic::Diagnostic;
use crate::growth::{is_large, push};
use crate::interner::{Interner, NAME_BYTES};
use crate::lexer::{Lexer, Parse, Token};
use function::FunctionState;
use scope::Scope;
use std::fmt;

/// Nesting at which the reference implementation gives up, natively nested calls included.
const MAX_LEVELS: u32 = 200;

/// How many of these levels are in use when the main script of the reference implementation calls `load`.
const USUAL_LEVELS: u32 = 2;

/// Parses a chunk. The name is given in the form Lua uses: `@file`, `=name`, or the source text itself.
pub fn parse(source: &[u8], chunk_name: &[u8]) -> Result<Chunk, Diagnostic> {
    parse_within(source, chunk_name, Bounds::NONE)
}

/// The most that parsing and compiling charges for a byte of source: a budget of so much for each is enough. It is reached by
/// two bytes that are two nodes and a name, as `.a` is.
pub const BYTES_PER_SOURCE_BYTE: usize = Tree::EXPR_BYTES + NAME_BYTES;

/// What a declared variable is charged with.
const LOCAL_BYTES: usize = 96;

/// What a function is charged with, for its own prototype.
const FUNCTION_BYTES: usize = 512;

/// What is done with the functions of a chunk as they are parsed.
pub trait Sink {
    /// Takes a function that is complete, but for what encloses it. Those nested in it have been taken, and no others since.
    /// What it was made in is used again, unless the sink takes it. Gives the memory that is kept of the function.
    ///
    /// # Errors
    /// What is wrong with the function.
    fn function(
        &mut self,
        function: &mut Function,
        strings: &Strings,
    ) -> Result<usize, Box<Diagnostic>>;
}

/// Keeps all of them.
#[derive(Default)]
struct Collect {
    /// Those whose enclosing function hasn't ended.
    done: Vec<Function>,
}

impl Sink for Collect {
    fn function(
        &mut self,
        function: &mut Function,
        _strings: &Strings,
    ) -> Result<usize, Box<Diagnostic>> {
        let mut function = std::mem::replace(function, Function::new());
        let nested = self.done.len().saturating_sub(function.function_count as usize);
        function.functions = self.done.split_off(nested);
        self.done.push(function);
        Ok(0)
    }
}

/// What parsing is to keep within.
#[derive(Clone, Copy)]
pub struct Bounds<'a> {
    /// Levels of nesting for which there is native stack. Nothing is nested more deeply in the tree.
    pub levels: u32,
    /// Memory for tree and bytecode.
    pub bytes: usize,
    /// Asked every so many bytes of the source whether to go on.
    pub go_on: &'a dyn Fn() -> bool,
}

impl Bounds<'_> {
    /// As good as none.
    pub const NONE: Bounds<'static> =
        Bounds { levels: MAX_LEVELS, bytes: usize::MAX, go_on: &|| true };
}

/// Parses a chunk within bounds.
///
/// # Errors
/// What is wrong with the source;
/// [`DiagnosticKind::Memory`](crate::DiagnosticKind::Memory) and
/// [`DiagnosticKind::Stopped`](crate::DiagnosticKind::Stopped).
pub fn parse_within<'s>(
    source: &'s [u8],
    chunk_name: &'s [u8],
    bounds: Bounds<'s>,
) -> Result<Chunk, Diagnostic> {
    let mut collect = Collect::default();
    let mut buffers = Buffers::default();
    parse_each(source, chunk_name, bounds, &mut buffers, &mut collect)?;
    let main = collect.done.pop().unwrap_or_else(Function::new);
    Ok(Chunk { strings: buffers.into_strings(), main })
}

/// Parses a chunk and hands each function, when it is complete, to a sink; the main function is the last.
///
/// # Errors
/// As [`parse_within`], and those of the sink.
pub fn parse_each<'s>(
    source: &'s [u8],
    chunk_name: &'s [u8],
    bounds: Bounds<'s>,
    buffers: &mut Buffers,
    sink: &'s mut dyn Sink,
) -> Result<(), Diagnostic> {
    // If there is an error, it has them.
    let Gathered { mut strings, mut pool, lists, items, arms } =
        buffers.0.take().unwrap_or_default();
    strings.clear();
    let env = strings.intern(b"_ENV");
    debug_assert_eq!(env, ENV);
    let mut main = pool.pop().unwrap_or_else(FunctionState::new);
    main.ast.vararg = Vararg::Anonymous;
    main.ast.upvalues.push(Upvalue {
        name: ENV,
        source: UpvalueSource::ParentUpvalue(UpvalueId(0)),
        read_only: false,
    });
    let parser = Parser {
        lexer: Lexer::new(source, chunk_name, strings, bounds.go_on),
        left: isize::try_from(bounds.bytes).unwrap_or(isize::MAX).min(MAX_BYTES),
        levels: USUAL_LEVELS.max(MAX_LEVELS.saturating_sub(bounds.levels)),
        function: main,
        enclosing: Vec::new(),
        pool,
        scope: Scope::default(),
        lists,
        items,
        arms,
        globals: Vec::new(),
        sink,
    };
    let gathered = parser.chunk().map_err(|error| *error)?;
    buffers.0 = Some(gathered);
    Ok(())
}

/// What the parser gathers things in. It serves one chunk after the other: short ones take longer to make and to drop it than
/// to parse. After a chunk, it has the strings of that.
#[derive(Default)]
pub struct Buffers(Option<Gathered>);

#[derive(Default)]
struct Gathered {
    strings: Interner,
    pool: Vec<FunctionState>,
    lists: Vec<u32>,
    items: Vec<TableItem>,
    arms: Vec<Arm>,
}

impl Buffers {
    /// The strings of the last chunk.
    fn into_strings(self) -> Strings {
        self.0.map_or_else(Strings::default, |gathered| gathered.strings.into_strings())
    }

    /// Gives up memory that only large chunks need.
    pub fn shrink(&mut self) {
        /// Names and string literals: to forget them takes as long as their table is large.
        const NAMES: usize = 1 << 12;
        let is_large = |gathered: &Gathered| {
            is_large(&gathered.lists)
                || is_large(&gathered.items)
                || gathered.pool.len() > 16
                || gathered.strings.strings.len() > NAMES
                || gathered.strings.strings.bytes() > 16 * NAMES
        };
        if self.0.as_ref().is_some_and(is_large) {
            self.0 = None;
        }
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffers").finish_non_exhaustive()
    }
}

/// A larger budget than this would allow more nodes than there are numbers for.
const MAX_BYTES: isize = (u32::MAX as usize).saturating_mul(size_of::<ExprKind>()) as isize;

/// The state of parsing one chunk.
struct Parser<'s> {
    lexer: Lexer<'s>,
    /// What is left of the budget, strings not counted. Below zero, the next token is an error.
    left: isize,
    /// Nesting of what is being parsed.
    levels: u32,
    /// The function being parsed.
    function: FunctionState,
    /// The functions around it, from the main function inwards.
    enclosing: Vec<FunctionState>,
    /// States of functions that have ended, for those to come.
    pool: Vec<FunctionState>,
    /// The declarations in scope, of all these functions.
    scope: Scope,
    /// A stack of lists that are being gathered: expressions, statements, variables.
    lists: Vec<u32>,
    /// A stack of entries of table constructors.
    items: Vec<TableItem>,
    /// A stack of conditions with their blocks.
    arms: Vec<Arm>,
    /// Names of a `global` declaration.
    globals: Vec<GlobalName>,
    sink: &'s mut dyn Sink,
}

impl Parser<'_> {
    fn chunk(mut self) -> Parse<Gathered> {
        self.open_block();
        self.advance()?;
        let body = self.statements()?;
        if self.lexer.token != Token::Eof {
            return Err(self.expected(Token::Eof));
        }
        let end = self.lexer.pos();
        self.close_function(body, end)?;
        self.sink.function(&mut self.function.ast, &self.lexer.strings.strings)?;
        self.function.clear();
        self.pool.push(self.function);
        Ok(Gathered {
            strings: self.lexer.strings,
            pool: self.pool,
            lists: self.lists,
            items: self.items,
            arms: self.arms,
        })
    }

    /// Enters a level of nesting.
    fn enter(&mut self) -> Parse<()> {
        self.levels += 1;
        if self.levels >= MAX_LEVELS {
            return Err(Box::new(Diagnostic::overflow(self.lexer.pos())));
        }
        Ok(())
    }

    /// Leaves levels of nesting.
    fn leave(&mut self, levels: u32) {
        self.levels -= levels;
    }

    #[inline]
    fn advance(&mut self) -> Parse<()> {
        self.lexer.advance()?;
        if self.left < self.lexer.strings.charge() {
            return Err(Box::new(Diagnostic::no_memory(self.lexer.pos())));
        }
        Ok(())
    }

    /// Takes something from the budget.
    #[inline]
    fn charge(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub_unsigned(bytes);
    }

    /// The nodes of the function being parsed.
    #[inline]
    fn tree(&mut self) -> &mut Tree {
        &mut self.function.ast.tree
    }

    /// Makes an expression.
    #[inline]
    fn add(&mut self, kind: ExprKind, pos: Pos) -> ExprId {
        self.charge(Tree::EXPR_BYTES);
        self.tree().add(kind, pos)
    }

    /// What an expression is.
    #[inline]
    fn kind(&self, id: ExprId) -> ExprKind {
        self.function.ast.tree.kind(id)
    }

    /// Appends to the list being gathered.
    #[inline]
    fn gather(&mut self, number: u32) {
        self.charge(Tree::ELEMENT_BYTES);
        push(&mut self.lists, number);
    }

    /// Whether the current token is this one.
    fn at(&self, token: Token) -> bool {
        self.lexer.token == token
    }

    /// Consumes the current token if it is this one.
    fn accept(&mut self, token: Token) -> Parse<bool> {
        let accepted = self.at(token);
        if accepted {
            self.advance()?;
        }
        Ok(accepted)
    }

    /// Consumes the current token, which must be this one.
    fn expect(&mut self, token: Token) -> Parse<()> {
        if self.accept(token)? { Ok(()) } else { Err(self.expected(token)) }
    }

    /// Consumes the token that closes what another one opened on a line.
    fn expect_closing(&mut self, close: Token, open: Token, line: u32) -> Parse<()> {
        if self.accept(close)? {
            return Ok(());
        }
        if line == self.lexer.line {
            return Err(self.expected(close));
        }
        let (close, open) = (close.describe(), open.describe());
        let text = format!("{close} expected (to close {open} at line {line})");
        Err(self.lexer.error_near_token(&text))
    }

    /// Consumes a name.
    fn name(&mut self) -> Parse<Symbol> {
        let Token::Name(name) = self.lexer.token else {
            return Err(self.lexer.error_near_token("<name> expected"));
        };
        self.advance()?;
        Ok(name)
    }

    #[cold]
    fn expected(&self, token: Token) -> Box<Diagnostic> {
        self.lexer.error_near_token(&format!("{} expected", token.describe()))
    }

    /// An error about a name that has been consumed: the template with `%` replaced by the name.
    #[cold]
    fn name_error(&self, template: &str, name: Symbol) -> Box<Diagnostic> {
        let mut text = Vec::new();
        for (index, piece) in template.split('%').enumerate() {
            if index > 0 {
                text.extend_from_slice(self.lexer.strings.get(name));
            }
            text.extend_from_slice(piece.as_bytes());
        }
        self.lexer.error_before_token(&text)
    }

    /// The value of an expression is taken now, and only now fetched if it is that of a variable or a constant: gives it
    /// the line of the last token consumed.
    fn settle(&mut self, id: ExprId) {
        self.fetch(id);
        // The last operand of `and` and `or` is taken, too. A table's field has been fetched by then.
        let line = self.lexer.last_line;
        let mut whole = id;
        loop {
            let expr = self.tree().expr_mut(whole);
            expr.taken = line;
            whole = match expr.kind {
                ExprKind::And(_, last) | ExprKind::Or(_, last) | ExprKind::Paren(last) => last,
                _ => return,
            };
            let last = self.tree().expr_mut(whole);
            if matches!(last.kind, ExprKind::Literal(_) | ExprKind::Local(_)) {
                last.pos.line = line;
            }
        }
    }

    /// Gives an expression that is fetched only now the line of the last token consumed.
    fn fetch(&mut self, id: ExprId) {
        let line = self.lexer.last_line;
        let expr = self.tree().expr_mut(id);
        match expr.kind {
            ExprKind::Literal(_)
            | ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global { .. }
            | ExprKind::Index { .. } => expr.pos.line = line,
            ExprKind::Vararg
            | ExprKind::Function(_)
            | ExprKind::Call { .. }
            | ExprKind::MethodCall { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Binary { .. }
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Paren(_)
            | ExprKind::Table(..) => {}
        }
    }

    /// Settles the last expression of the list being gathered; the others are settled when their comma is consumed.
    fn settle_last(&mut self) {
        if let Some(&last) = self.lists.last() {
            self.settle(ExprId(last));
        }
    }
}

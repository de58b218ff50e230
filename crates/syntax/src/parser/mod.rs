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
//! **Memory.** A tree takes hundreds of times the memory of its source in the worst case. A caller who has only so much
//! gives a budget; each token and each statement is charged with what it, and what the compiler makes of it, can take
//! ([`Parser::charge`]). An estimate, since nobody counts what each node really takes; it errs on the side of more.
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
    Chunk, Expr, ExprKind, Pos, Stmt, Symbol, Upvalue, UpvalueId, UpvalueSource, Vararg,
};
use crate::diagnostic::Diagnostic;
use crate::lexer::{Lexer, Parse, Token};
use function::FunctionState;
use scope::Scope;

/// Nesting at which the reference implementation gives up, natively nested calls included.
const MAX_LEVELS: u32 = 200;

/// How many of these levels are in use when the main script of the reference implementation calls `load`.
const USUAL_LEVELS: u32 = 2;

/// Parses a chunk. The name is given in the form Lua uses: `@file`, `=name`, or the source text itself.
pub fn parse(source: &[u8], chunk_name: &[u8]) -> Result<Chunk, Diagnostic> {
    parse_within(source, chunk_name, Bounds::NONE)
}

/// The most that parsing and compiling charges for a byte of source: a budget of so much for each is enough.
pub const BYTES_PER_SOURCE_BYTE: usize = TOKEN_BYTES + STATEMENT_BYTES / 3 + 1;

/// What a token is charged with: boxed nodes, items of lists, declarations; instructions, constants, debug information.
const TOKEN_BYTES: usize = 160;

/// What a statement is charged with beyond that: its place in a list, which is copied when it grows.
const STATEMENT_BYTES: usize = 3 * size_of::<Stmt>();

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
    let mut lexer = Lexer::new(source, chunk_name, bounds.go_on);
    let env = lexer.strings.intern(b"_ENV");
    let mut main = FunctionState::new(Pos::default());
    main.vararg = Vararg::Anonymous;
    main.upvalues.push(Upvalue {
        name: env,
        source: UpvalueSource::ParentUpvalue(UpvalueId(0)),
        read_only: false,
    });
    let parser = Parser {
        lexer,
        bytes_left: bounds.bytes,
        levels: USUAL_LEVELS.max(MAX_LEVELS.saturating_sub(bounds.levels)),
        function: main,
        enclosing: Vec::new(),
        scope: Scope::default(),
        env,
    };
    parser.chunk().map_err(|error| *error)
}

/// The state of parsing one chunk.
struct Parser<'s> {
    lexer: Lexer<'s>,
    /// What is left of the budget.
    bytes_left: usize,
    /// Nesting of what is being parsed.
    levels: u32,
    /// The function being parsed.
    function: FunctionState,
    /// The functions around it, from the main function inwards.
    enclosing: Vec<FunctionState>,
    /// The declarations in scope, of all these functions.
    scope: Scope,
    /// The name `_ENV`.
    env: Symbol,
}

impl Parser<'_> {
    fn chunk(mut self) -> Parse<Chunk> {
        self.open_block();
        self.advance()?;
        let body = self.statements()?;
        if self.lexer.token != Token::Eof {
            return Err(self.expected(Token::Eof));
        }
        let end = self.lexer.pos();
        let main = self.close_function(body, end)?;
        Ok(Chunk { strings: self.lexer.strings.into_strings(), main })
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

    fn advance(&mut self) -> Parse<()> {
        self.lexer.advance()?;
        self.charge(TOKEN_BYTES + self.lexer.token_len())
    }

    /// Takes something from the budget.
    fn charge(&mut self, bytes: usize) -> Parse<()> {
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => {
                self.bytes_left = left;
                Ok(())
            }
            None => Err(Box::new(Diagnostic::no_memory(self.lexer.pos()))),
        }
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
    fn settle(&self, expr: &mut Expr) {
        self.fetch(expr);
        // The last operand of `and` and `or` is taken, too. A table's field has been fetched by then.
        let mut whole = expr;
        loop {
            whole.taken = self.lexer.last_line;
            whole = match &mut whole.kind {
                ExprKind::And(_, last) | ExprKind::Or(_, last) | ExprKind::Paren(last) => last,
                _ => return,
            };
            if matches!(whole.kind, ExprKind::Literal(_) | ExprKind::Local(_)) {
                whole.pos.line = self.lexer.last_line;
            }
        }
    }

    /// Gives an expression that is fetched only now the line of the last token consumed.
    fn fetch(&self, expr: &mut Expr) {
        match expr.kind {
            ExprKind::Literal(_)
            | ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global { .. }
            | ExprKind::Index { .. } => expr.pos.line = self.lexer.last_line,
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

    /// Settles the last of some expressions; the others are settled when their comma is consumed.
    fn settle_last(&self, exprs: &mut [Expr]) {
        if let Some(last) = exprs.last_mut() {
            self.settle(last);
        }
    }
}

//! The compiler from the syntax tree to bytecode.
//!
//! **Problem.** Registers, evaluation order and the moment at which a variable is read are observable in Lua:
//! `x + f()` sees what `f` did to `x` if `x` is a local variable, but not if it is a global. Programs depend
//! on the reference implementation here, so its timing has to be met, while the code should be as tight as
//! if nobody cared.
//!
//! **Design.** One pass over the tree, destination-driven: whoever wants a value says where it would like to
//! have it, and gets an [`expr::Operand`], which says where it is. An operand can be *pending*: a constant, a
//! boxed local or an upvalue that no instruction has fetched yet. The receiver fetches it at the moment at
//! which the reference implementation reads the register, which is late for operands used in place and early
//! for those copied to a position of their own (arguments, parts of a concatenation, list items).
//!
//! ```text
//!   mod.rs        functions: prologue, epilogue, upvalues; the entry point
//!   code.rs       appending instructions with position and live top; constants, sites
//!   registers.rs  the register stack, scopes of local variables
//!   jumps.rs      lists of jumps to patch, labels and goto
//!   expr.rs       expressions that compute a value
//!   logic.rs      conditions, and, or, not: values only where somebody wants one
//!   calls.rs      calls, lists of values, table constructors
//!   assign.rs     declarations and assignments
//!   stmt.rs       blocks and the remaining statements
//! ```
//!
//! Registers are a stack: active local variables at the bottom (up to `level`), temporaries above (up to
//! `free`). An instruction's live top is `free` as it is after its dead operands have been popped and before
//! its result is pushed, except for the few that say otherwise.
//!
//! A local variable that an inner function uses lives in a box from the moment it is initialized; its
//! register holds the box. The parser has found out which, so no variable changes its mind in mid-scope and
//! no instruction has to close upvalues: `CLOSE` is for to-be-closed variables alone. (Variables that are to be
//! closed or control a loop can't be assigned; they stay in their registers beside a box with a copy.)
//!
//! **Invariants.**
//! - All jumps are forwards except `JMPBACK`, `FORLOOP` and `TFORLOOP`.
//! - Every register below an instruction's live top is initialized on every path to it. Where a jump could
//!   break this – a `goto` over declarations to a label at the end of their block – the label is placed
//!   behind the end of the scope.
//! - Recursion follows the right spine and the nesting of the tree, both limited by the parser; left spines,
//!   which have no limit, are walked by loops.
//!
//! **Rejected.** Two passes with an intermediate register-free form: it would see through more, but the
//! optimizing tier does that with types at hand. Boxes only from the first closure on: the interpreter would
//! have to test what a register holds.

mod assign;
mod calls;
mod code;
mod expr;
mod jumps;
mod logic;
mod registers;
mod stmt;
#[cfg(test)]
mod tests;

use crate::flow;
use crate::ops::{Instr, Op};
use crate::proto::{Proto, UpvalueDesc, VarargKind};
use code::{Code, HashKey, Hint};
use jumps::Label;
use perilune_syntax::ast::{
    Block, Chunk, Expr, ExprId, ExprKind, Function, FunctionId, LocalId, Pos, Strings, Symbol,
    UpvalueId, UpvalueSource, Vararg,
};
use perilune_syntax::growth::is_large;
use perilune_syntax::{Bounds, Buffers, Diagnostic, Sink, parse_each};
use registers::{LocalDraft, Name, Scope};
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

/// Compiles a chunk. `chunk_name` is the name as given to `load`, with its `@` or `=`.
///
/// # Errors
/// If a function needs more than 255 registers.
///
/// # Panics
/// May panic if the tree breaks the invariants stated in [`perilune_syntax::ast`]; the parser's never do.
pub fn compile(chunk: &Chunk, chunk_name: &[u8]) -> Result<Proto, Diagnostic> {
    let mut compilation = Compilation::new(chunk_name, &|| true);
    compilation.with_nested(&chunk.main, &chunk.strings).map_err(|diagnostic| *diagnostic)?;
    Ok(compilation.main())
}

/// Parses and compiles a chunk, each function as soon as it has been parsed.
///
/// # Errors
/// What is wrong with the source, and as [`perilune_syntax::parse_within`] and [`compile`].
pub fn compile_source(
    source: &[u8],
    chunk_name: &[u8],
    bounds: Bounds<'_>,
    workspace: &mut Workspace,
) -> Result<Proto, Diagnostic> {
    // If there is an error, it is lost.
    let (f, mut chunk) = workspace.compiler.take().unwrap_or_default();
    chunk.begin(chunk_name);
    let mut compilation = Compilation { go_on: bounds.go_on, f, chunk };
    parse_each(source, chunk_name, bounds, &mut workspace.buffers, &mut compilation)?;
    let proto = compilation.main();
    let Compilation { f, mut chunk, .. } = compilation;
    chunk.names.clear();
    workspace.compiler = Some((f, chunk));
    workspace.shrink();
    Ok(proto)
}

/// What parser and compiler gather things in. It serves one chunk after the other: short ones take longer to make and to drop
/// it than to compile.
#[derive(Default)]
pub struct Workspace {
    buffers: Buffers,
    compiler: Option<(FuncState, ChunkState)>,
}

impl Workspace {
    /// Gives up memory that only large chunks need.
    fn shrink(&mut self) {
        self.buffers.shrink();
        let Some((f, chunk)) = &mut self.compiler else { return };
        if is_large(&f.code.instrs) {
            *f = FuncState::default();
        }
        if is_large(&chunk.hints) || is_large(&chunk.names) {
            *chunk = ChunkState::default();
        }
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").finish_non_exhaustive()
    }
}

/// Expressions and statements between two questions whether to go on.
const NODES_PER_QUESTION: u32 = 1 << 10;

/// What there is of a chunk that is being compiled, function by function, from the innermost to the main one.
struct Compilation<'a> {
    go_on: &'a dyn Fn() -> bool,
    f: FuncState,
    chunk: ChunkState,
}

/// What the functions of a chunk share.
#[derive(Default)]
struct ChunkState {
    source: Rc<[u8]>,
    /// The names and strings as they are shared by prototypes, by symbol.
    names: Vec<Option<Rc<[u8]>>>,
    /// The functions whose enclosing function hasn't been compiled yet.
    done: Vec<Nested>,
    /// Where their upvalues come from.
    sources: Vec<UpvalueSource>,
    /// For each symbol the function that had it as a constant last, and which. May be shorter than the table of symbols.
    hints: Vec<Hint>,
    /// How many functions have been compiled.
    serial: u32,
    /// Expressions and statements since it was asked whether to go on.
    unasked: u32,
}

/// A function that has been compiled, and where its upvalues are in [`ChunkState::sources`].
struct Nested {
    proto: Rc<Proto>,
    sources: usize,
}

impl ChunkState {
    /// Begins a chunk.
    fn begin(&mut self, chunk_name: &[u8]) {
        self.source = chunk_name.into();
        self.done.clear();
        self.sources.clear();
        // Hints know functions by numbers that aren't used again.
        if self.serial > u32::MAX / 2 {
            self.serial = 0;
            self.hints.clear();
        }
    }

    /// The bytes of a symbol.
    fn name(&mut self, symbol: Symbol, strings: &Strings) -> Rc<[u8]> {
        let index = symbol.0 as usize;
        if index >= self.names.len() {
            self.names.resize(strings.len().max(index + 1), None);
        }
        self.names[index].get_or_insert_with(|| strings.get(symbol).into()).clone()
    }
}

impl<'a> Compilation<'a> {
    fn new(chunk_name: &[u8], go_on: &'a dyn Fn() -> bool) -> Compilation<'a> {
        let mut chunk = ChunkState::default();
        chunk.begin(chunk_name);
        Compilation { go_on, f: FuncState::default(), chunk }
    }

    /// Compiles a function with those nested in it, which are in its tree.
    fn with_nested(&mut self, ast: &Function, strings: &Strings) -> Fallible<()> {
        for nested in &ast.functions {
            self.with_nested(nested, strings)?;
        }
        self.compile(ast, strings)?;
        Ok(())
    }

    /// Compiles a function; those nested in it have been. Gives the memory its prototype takes.
    fn compile(&mut self, ast: &Function, strings: &Strings) -> Fallible<usize> {
        self.f.begin(ast);
        self.chunk.serial += 1;
        let first_nested = self.chunk.done.len().saturating_sub(ast.function_count as usize);
        let Compilation { go_on, f, chunk } = self;
        let mut compiler = Compiler { ast, f, chunk, go_on: *go_on, first_nested };
        compiler.function_body()?;
        let proto = compiler.finish(strings);
        let bytes = proto.bytes();
        let sources = match self.chunk.done.get(first_nested) {
            Some(nested) => nested.sources,
            None => self.chunk.sources.len(),
        };
        self.chunk.done.truncate(first_nested);
        self.chunk.sources.truncate(sources);
        self.chunk.sources.extend(ast.upvalues.iter().map(|upvalue| upvalue.source));
        self.chunk.done.push(Nested { proto: Rc::new(proto), sources });
        Ok(bytes)
    }

    /// The main function, which has been compiled.
    ///
    /// # Panics
    /// If it hasn't.
    fn main(&mut self) -> Proto {
        let main = self.chunk.done.pop().expect("a main function");
        Rc::try_unwrap(main.proto).unwrap_or_else(|shared| (*shared).clone())
    }
}

impl Sink for Compilation<'_> {
    fn function(&mut self, function: &mut Function, strings: &Strings) -> Fallible<usize> {
        self.compile(function, strings)
    }
}

impl Compiler<'_> {
    /// Counts a node, and asks whether to go on when it is time.
    #[inline]
    fn count_node(&mut self) -> Fallible<()> {
        self.chunk.unasked += 1;
        if self.chunk.unasked < NODES_PER_QUESTION {
            return Ok(());
        }
        self.chunk.unasked = 0;
        if (self.go_on)() { Ok(()) } else { Err(Box::new(Diagnostic::stopped(Pos::default()))) }
    }
}

/// The result of a step of compilation. The error is boxed to keep the frames of the recursion small.
type Fallible<T> = Result<T, Box<Diagnostic>>;

/// The state of compiling a function.
struct Compiler<'a> {
    ast: &'a Function,
    f: &'a mut FuncState,
    chunk: &'a mut ChunkState,
    /// Asked whether to go on.
    go_on: &'a dyn Fn() -> bool,
    /// Where the functions nested in this one begin among those that are done.
    first_nested: usize,
}

/// What there is of a function, in arrays that serve all functions of a chunk.
struct FuncState {
    code: Code,
    /// A stack of nodes of left spines whose left child is being compiled.
    spine: Vec<ExprId>,
    /// Debug information of local variables.
    locals: Vec<LocalDraft>,
    /// The entries of `locals` that are in scope.
    active: Vec<usize>,
    /// Register of each local variable that is or was in scope.
    registers: Vec<u8>,
    /// Register of the box of each captured one.
    boxes: Vec<u8>,
    /// The first register above the active local variables.
    level: u8,
    /// The first free register.
    free: u8,
    max_stack: u8,
    scopes: Vec<Scope>,
    /// Registers of the to-be-closed variables in scope.
    tbc: Vec<u8>,
    labels: Vec<Label>,
    vararg: VarargKind,
    /// A named vararg parameter for which no table exists.
    virtual_vararg: Option<LocalId>,
}

impl Default for FuncState {
    fn default() -> FuncState {
        FuncState {
            code: Code::new(HashKey::random()),
            spine: Vec::new(),
            locals: Vec::new(),
            active: Vec::new(),
            registers: Vec::new(),
            boxes: Vec::new(),
            level: 0,
            free: 0,
            max_stack: 2,
            scopes: Vec::new(),
            tbc: Vec::new(),
            labels: Vec::new(),
            vararg: VarargKind::No,
            virtual_vararg: None,
        }
    }
}

impl FuncState {
    /// Makes it fit for a function.
    fn begin(&mut self, ast: &Function) {
        self.code.clear();
        self.spine.clear();
        self.locals.clear();
        self.active.clear();
        self.registers.clear();
        self.registers.resize(ast.locals.len(), 0);
        self.boxes.clear();
        self.boxes.resize(ast.locals.len(), 0);
        self.level = 0;
        self.free = 0;
        self.max_stack = 2;
        self.scopes.clear();
        self.tbc.clear();
        self.labels.clear();
        self.labels.resize(ast.label_count as usize, Label::default());
        self.vararg = VarargKind::No;
        self.virtual_vararg = None;
    }
}

impl Compiler<'_> {
    /// Whether the function is the main one of its chunk.
    fn is_main(&self) -> bool {
        self.ast.start.line == 0
    }

    /// An expression.
    #[inline]
    fn node(&self, expr: ExprId) -> Expr {
        *self.ast.tree.expr(expr)
    }

    /// What an expression is.
    #[inline]
    fn kind(&self, expr: ExprId) -> ExprKind {
        self.ast.tree.kind(expr)
    }

    /// Says where a closure of a nested function, which is about to be created, finds its upvalues, and returns the
    /// function's index among the prototypes of this one.
    fn nested_function(&mut self, id: FunctionId) -> u32 {
        let index = self.first_nested + id.0 as usize;
        let (boxes, sources) = (&self.f.boxes, &self.chunk.sources);
        if let Some(nested) = self.chunk.done.get_mut(index)
            && let Some(proto) = Rc::get_mut(&mut nested.proto)
        {
            for (desc, source) in proto.upvalues.iter_mut().zip(&sources[nested.sources..]) {
                (desc.from_register, desc.index) = match *source {
                    UpvalueSource::ParentLocal(id) => (true, boxes[id.0 as usize]),
                    UpvalueSource::ParentUpvalue(id) => (false, upvalue_index(id)),
                };
            }
        }
        id.0
    }

    /// Compiles the function.
    fn function_body(&mut self) -> Fallible<()> {
        let body = self.ast.body;
        let hidden = self.prologue()?;
        self.enter_scope();
        let trailing = self.enter_block(body, true);
        self.statements(body, trailing)?;
        self.epilogue(body, trailing);
        self.f.code.hide(hidden.start, hidden.end);
        Ok(())
    }

    /// Puts parameters into place: extra arguments out of the way, captured parameters into boxes. Returns the
    /// instructions that no line of the source stands for.
    fn prologue(&mut self) -> Fallible<Range<usize>> {
        let ast = self.ast;
        let params = self.reserve(ast.params.len())?;
        for (&id, register) in ast.params.iter().zip(params..) {
            self.declare(id, register);
        }
        let pos = self.last_pos();
        if ast.vararg != Vararg::No {
            self.emit(Instr::new(Op::VarargPrep, 0, 0, 0, 0), pos);
            self.f.vararg = VarargKind::Hidden;
        }
        let start = self.f.code.pc();
        if ast.vararg != Vararg::No {
            self.vararg_parameter(pos)?;
        }
        self.box_captured(ast.params.iter().copied(), params)?;
        // A declaration without values at the start of the body has a LOADNIL, and a line, of its own.
        self.f.code.mark_target();
        Ok(start..self.f.code.pc())
    }

    /// Declares the vararg parameter, which has a register even if it has no name and no table.
    fn vararg_parameter(&mut self, pos: Pos) -> Fallible<()> {
        if self.is_main() {
            return Ok(());
        }
        let register = self.f.free;
        let named = match self.ast.vararg {
            Vararg::Named { local, escapes: true } => {
                self.f.vararg = VarargKind::Table(register);
                self.emit(Instr::new(Op::VarargTable, register, 0, 0, 0), pos);
                Some(local)
            }
            Vararg::Named { local, escapes: false } => {
                self.f.virtual_vararg = Some(local);
                self.emit(Instr::new(Op::LoadNil, register, 0, 0, 0), pos);
                Some(local)
            }
            Vararg::Anonymous | Vararg::No => {
                self.emit(Instr::new(Op::LoadNil, register, 0, 0, 0), pos);
                None
            }
        };
        self.reserve(1)?;
        match named {
            Some(local) => {
                self.box_captured(std::iter::once(local), register)?;
                self.declare(local, register);
            }
            None => self.declare_hidden(Name::Vararg, register),
        }
        Ok(())
    }

    /// Ends the function: the labels behind its last statement, and the return.
    fn epilogue(&mut self, body: Block, trailing: usize) {
        let pos = if self.is_main() { body.end } else { self.ast.end };
        if trailing < self.ast.tree.stmts(body.stmts).len() {
            self.leave_scope(pos, Some((body, trailing)));
        }
        if self.f.tbc.is_empty() {
            self.emit(Instr::new(Op::Return0, 0, 0, 0, 0), pos);
        } else {
            self.emit(Instr::new(Op::ReturnClose, 0, 1, 0, 0), pos);
        }
        self.end_locals(0);
    }

    /// The prototype. Names and strings, which have been symbols so far, become what prototypes share.
    fn finish(&mut self, strings: &Strings) -> Proto {
        let (ast, is_main) = (self.ast, self.is_main());
        let (f, chunk) = (&mut *self.f, &mut *self.chunk);
        f.code.thread_jumps();
        let upvalues = ast.upvalues.iter().map(|upvalue| UpvalueDesc {
            name: chunk.name(upvalue.name, strings),
            from_register: false,
            index: 0,
            read_only: upvalue.read_only,
        });
        let upvalues = upvalues.collect();
        let locals = f.locals.iter().map(|local| local.finish(chunk, strings)).collect();
        let constants = f.code.constants(chunk, strings);
        let protos = chunk.done[self.first_nested..].iter().map(|nested| nested.proto.clone());
        Proto {
            loop_headers: flow::loop_headers(&f.code.instrs),
            code: f.code.instrs.as_slice().into(),
            positions: f.code.positions.iter().copied().collect(),
            live_top: f.code.live_top.as_slice().into(),
            constants,
            protos: protos.collect(),
            upvalues,
            sites: f.code.sites.as_slice().into(),
            locals,
            num_params: ast.params.len() as u8,
            vararg: f.vararg,
            max_stack: f.max_stack,
            source: chunk.source.clone(),
            line_defined: ast.start.line,
            last_line: if is_main { 0 } else { ast.end.line },
        }
    }
}

/// The upvalue's index as an operand. The parser allows 255 upvalues.
fn upvalue_index(id: UpvalueId) -> u8 {
    id.0 as u8
}

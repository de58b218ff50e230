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
use crate::proto::{LocalInfo, Proto, UpvalueDesc, VarargKind};
use code::Code;
use jumps::Label;
use perilune_syntax::Diagnostic;
use perilune_syntax::ast::{
    Chunk, Expr, Function, LocalId, Pos, Stmt, Symbol, Upvalue, UpvalueId, UpvalueSource, Vararg,
};
use registers::Scope;
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
    compile_while(chunk, chunk_name, &|| true)
}

/// The same, as long as `go_on` says so, which is asked every so many expressions and statements.
///
/// # Errors
/// [`DiagnosticKind::Stopped`](perilune_syntax::DiagnosticKind::Stopped), or as [`compile`].
///
/// # Panics
/// As [`compile`].
pub fn compile_while<'a>(
    chunk: &'a Chunk,
    chunk_name: &[u8],
    go_on: &'a dyn Fn() -> bool,
) -> Result<Proto, Diagnostic> {
    let mut compiler = Compiler {
        chunk,
        go_on,
        unasked: 0,
        source: chunk_name.into(),
        strings: vec![None; chunk.strings.len()],
        spine: Vec::new(),
        f: Box::new(FuncState::new(&chunk.main, true)),
    };
    let upvalues = compiler.upvalue_descs(&chunk.main.upvalues, false);
    compiler.function_body(upvalues).map_err(|diagnostic| *diagnostic)
}

/// Expressions and statements between two questions whether to go on.
const NODES_PER_QUESTION: u32 = 1 << 10;

impl Compiler<'_> {
    /// Counts a node, and asks whether to go on when it is time.
    #[inline]
    fn count_node(&mut self) -> Fallible<()> {
        self.unasked += 1;
        if self.unasked < NODES_PER_QUESTION {
            return Ok(());
        }
        self.unasked = 0;
        if (self.go_on)() { Ok(()) } else { Err(Box::new(Diagnostic::stopped(Pos::default()))) }
    }
}

/// The result of a step of compilation. The error is boxed to keep the frames of the recursion small.
type Fallible<T> = Result<T, Box<Diagnostic>>;

/// The state of compiling a chunk.
struct Compiler<'a> {
    chunk: &'a Chunk,
    /// Asked whether to go on.
    go_on: &'a dyn Fn() -> bool,
    /// Expressions and statements since it was asked.
    unasked: u32,
    source: Rc<[u8]>,
    /// The strings of the chunk as they are shared by its prototypes.
    strings: Vec<Option<Rc<[u8]>>>,
    /// A stack of nodes of left spines whose left child is being compiled.
    spine: Vec<&'a Expr>,
    /// The function being compiled.
    f: Box<FuncState<'a>>,
}

/// The state of compiling a function.
struct FuncState<'a> {
    ast: &'a Function,
    is_main: bool,
    code: Code,
    protos: Vec<Rc<Proto>>,
    /// Debug information of local variables.
    locals: Vec<LocalInfo>,
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

impl<'a> FuncState<'a> {
    fn new(ast: &'a Function, is_main: bool) -> Self {
        FuncState {
            ast,
            is_main,
            code: Code::default(),
            protos: Vec::new(),
            locals: Vec::new(),
            active: Vec::new(),
            registers: vec![0; ast.locals.len()],
            boxes: vec![0; ast.locals.len()],
            level: 0,
            free: 0,
            max_stack: 2,
            scopes: Vec::new(),
            tbc: Vec::new(),
            labels: vec![Label::default(); ast.label_count as usize],
            vararg: VarargKind::No,
            virtual_vararg: None,
        }
    }
}

impl<'a> Compiler<'a> {
    /// The bytes of a symbol.
    fn string(&mut self, symbol: Symbol) -> Rc<[u8]> {
        let index = symbol.0 as usize;
        let chunk = self.chunk;
        self.strings[index].get_or_insert_with(|| chunk.strings.get(symbol).into()).clone()
    }

    /// Compiles a nested function and returns its index among the prototypes of the current one.
    fn nested_function(&mut self, ast: &'a Function) -> Fallible<u32> {
        let upvalues = self.upvalue_descs(&ast.upvalues, true);
        let outer = std::mem::replace(&mut self.f, Box::new(FuncState::new(ast, false)));
        let proto = self.function_body(upvalues)?;
        self.f = outer;
        self.f.protos.push(Rc::new(proto));
        Ok(self.f.protos.len() as u32 - 1)
    }

    /// Where a closure created by the current function finds its upvalues. The main function, which no function
    /// creates, gets its only one from outside.
    fn upvalue_descs(&mut self, upvalues: &[Upvalue], nested: bool) -> Vec<UpvalueDesc> {
        let mut descs = Vec::with_capacity(upvalues.len());
        for upvalue in upvalues {
            let (from_register, index) = match upvalue.source {
                UpvalueSource::ParentLocal(id) if nested => (true, self.box_register(id)),
                UpvalueSource::ParentUpvalue(id) if nested => (false, upvalue_index(id)),
                UpvalueSource::ParentLocal(_) | UpvalueSource::ParentUpvalue(_) => (false, 0),
            };
            let name = self.string(upvalue.name);
            descs.push(UpvalueDesc { name, from_register, index, read_only: upvalue.read_only });
        }
        descs
    }

    /// Compiles the function of which `self.f` is the fresh state, and takes that state apart.
    fn function_body(&mut self, upvalues: Vec<UpvalueDesc>) -> Fallible<Proto> {
        let ast = self.f.ast;
        let hidden = self.prologue()?;
        self.enter_scope();
        let trailing = self.enter_block(&ast.body, true);
        self.statements(&ast.body.stmts[..trailing])?;
        self.epilogue(&ast.body.stmts[trailing..]);
        self.f.code.hide(hidden.start, hidden.end);
        Ok(self.finish(upvalues))
    }

    /// Puts parameters into place: extra arguments out of the way, captured parameters into boxes. Returns the
    /// instructions that no line of the source stands for.
    fn prologue(&mut self) -> Fallible<Range<usize>> {
        let ast = self.f.ast;
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
        self.box_captured(&ast.params, params)?;
        // A declaration without values at the start of the body has a LOADNIL, and a line, of its own.
        self.f.code.mark_target();
        Ok(start..self.f.code.pc())
    }

    /// Declares the vararg parameter, which has a register even if it has no name and no table.
    fn vararg_parameter(&mut self, pos: Pos) -> Fallible<()> {
        if self.f.is_main {
            return Ok(());
        }
        let register = self.f.free;
        let named = match self.f.ast.vararg {
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
                self.box_captured(&[local], register)?;
                self.declare(local, register);
            }
            None => self.declare_hidden(b"(vararg table)", register),
        }
        Ok(())
    }

    /// Ends the function: the labels behind its last statement, and the return.
    fn epilogue(&mut self, trailing: &'a [Stmt]) {
        let ast = self.f.ast;
        let pos = if self.f.is_main { ast.body.end } else { ast.end };
        if !trailing.is_empty() {
            self.leave_scope(pos, trailing);
        }
        if self.f.tbc.is_empty() {
            self.emit(Instr::new(Op::Return0, 0, 0, 0, 0), pos);
        } else {
            self.emit(Instr::new(Op::ReturnClose, 0, 1, 0, 0), pos);
        }
        self.end_locals(0);
    }

    fn finish(&mut self, upvalues: Vec<UpvalueDesc>) -> Proto {
        let f = &mut *self.f;
        f.code.thread_jumps();
        let code = std::mem::take(&mut f.code);
        Proto {
            loop_headers: flow::loop_headers(&code.instrs),
            code: code.instrs,
            positions: code.positions,
            live_top: code.live_top,
            constants: code.constants,
            protos: std::mem::take(&mut f.protos),
            upvalues,
            sites: code.sites,
            locals: std::mem::take(&mut f.locals),
            num_params: f.ast.params.len() as u8,
            vararg: f.vararg,
            max_stack: f.max_stack,
            source: self.source.clone(),
            line_defined: if f.is_main { 0 } else { f.ast.start.line },
            last_line: if f.is_main { 0 } else { f.ast.end.line },
        }
    }
}

/// The upvalue's index as an operand. The parser allows 255 upvalues.
fn upvalue_index(id: UpvalueId) -> u8 {
    id.0 as u8
}

//! The register stack and the scopes of local variables.
//!
//! **Problem.** Every active local variable has a register, a temporary takes one for as long as it is needed,
//! and a function has at most 255.
//!
//! **Design.** `free` goes up and down like a stack pointer; `level` is where the local variables end. A
//! variable is declared only when its register holds its value (or its box), so the registers below `level`
//! are always initialized.

use super::expr::{Operand, Value};
use super::{ChunkState, Compiler, Fallible};
use crate::ops::{Instr, Op};
use crate::proto::LocalInfo;
use perilune_syntax::Diagnostic;
use perilune_syntax::ast::{Block, LocalId, LocalKind, Pos, Strings, Symbol};

/// What a variable is called.
#[derive(Clone, Copy)]
pub(super) enum Name {
    Symbol(Symbol),
    /// `(for state)`
    LoopState,
    /// `(vararg table)`
    Vararg,
}

/// Debug information of a local variable.
pub(super) struct LocalDraft {
    name: Name,
    start_pc: u32,
    end_pc: u32,
    register: u8,
    boxed: bool,
}

impl LocalDraft {
    /// As prototypes have it.
    pub(super) fn finish(&self, chunk: &mut ChunkState, strings: &Strings) -> LocalInfo {
        let name = match self.name {
            Name::Symbol(symbol) => chunk.name(symbol, strings),
            Name::LoopState => b"(for state)"[..].into(),
            Name::Vararg => b"(vararg table)"[..].into(),
        };
        let &LocalDraft { start_pc, end_pc, register, boxed, .. } = self;
        LocalInfo { name, start_pc, end_pc, register, boxed }
    }
}

/// What there was when a scope was entered.
pub(super) struct Scope {
    /// Its first register.
    pub(super) level: u8,
    /// How many local variables were active.
    active: usize,
    /// How many to-be-closed variables there were.
    pub(super) tbc: usize,
}

impl Compiler<'_> {
    /// Takes `count` registers from the stack and returns the first.
    pub(super) fn reserve(&mut self, count: usize) -> Fallible<u8> {
        let first = self.f.free;
        self.f.free = self.ensure(count)?;
        Ok(first)
    }

    /// Makes sure that the frame has `count` registers from `free` on. Returns the register behind them.
    pub(super) fn ensure(&mut self, count: usize) -> Fallible<u8> {
        let end = usize::from(self.f.free) + count;
        match u8::try_from(end) {
            Ok(end) => {
                self.f.max_stack = self.f.max_stack.max(end);
                Ok(end)
            }
            Err(_) => Err(self.limit("registers")),
        }
    }

    /// The error of exceeding a limit that follows from the width of an operand.
    pub(super) fn limit(&self, what: &str) -> Box<Diagnostic> {
        let ast = self.ast;
        let pos = self.last_pos();
        let place = if self.is_main() {
            "main function".to_string()
        } else {
            format!("function at line {}", ast.start.line)
        };
        let text = format!("too many {what} (limit is {}) in {place}", u8::MAX);
        Box::new(Diagnostic::new(&self.chunk.source, pos, text.as_bytes(), None))
    }

    /// The register of a local variable.
    pub(super) fn register(&self, id: LocalId) -> u8 {
        self.f.registers[id.0 as usize]
    }

    /// Whether a local variable lives in a box, and its register holds that.
    pub(super) fn is_boxed(&self, id: LocalId) -> bool {
        let local = &self.ast.locals[id.0 as usize];
        local.captured && !matches!(local.kind, LocalKind::Close | LocalKind::Control)
    }

    /// Puts the captured ones among new local variables, which are in consecutive registers, into boxes. Those to be
    /// closed and the control variables of loops, on which the interpreter works, stay where they are; since they
    /// can't be assigned, a box with a copy serves the inner functions.
    pub(super) fn box_captured(
        &mut self,
        ids: impl Iterator<Item = LocalId>,
        first: u8,
    ) -> Fallible<()> {
        // No line of the source stands for the boxes, so they belong to the line before.
        let pos = self.last_pos();
        for (id, register) in ids.zip(first..) {
            if !self.ast.locals[id.0 as usize].captured {
                continue;
            }
            let mut boxed = register;
            if !self.is_boxed(id) {
                let dest = self.next();
                boxed = self.place(Value { at: Operand::Reg(register), pos }, dest)?;
            }
            self.emit(Instr::new(Op::NewBox, boxed, 0, 0, 0), pos);
            self.f.boxes[id.0 as usize] = boxed;
        }
        Ok(())
    }

    /// Begins the scope of a variable whose register is initialized.
    pub(super) fn declare(&mut self, id: LocalId, register: u8) {
        let name = Name::Symbol(self.ast.locals[id.0 as usize].name);
        self.f.registers[id.0 as usize] = register;
        self.declare_register(name, register, self.is_boxed(id));
    }

    /// Begins the scope of a variable that programs see in the debug library only.
    pub(super) fn declare_hidden(&mut self, name: Name, register: u8) {
        self.declare_register(name, register, false);
    }

    fn declare_register(&mut self, name: Name, register: u8, boxed: bool) {
        let f = &mut *self.f;
        let start_pc = f.code.pc() as u32;
        f.active.push(f.locals.len());
        f.locals.push(LocalDraft { name, start_pc, end_pc: start_pc, register, boxed });
        f.level = f.level.max(register + 1);
    }

    /// Ends the scopes of all active variables but the first `keep`.
    pub(super) fn end_locals(&mut self, keep: usize) {
        let f = &mut *self.f;
        let pc = f.code.pc() as u32;
        for index in f.active.drain(keep..) {
            f.locals[index].end_pc = pc;
        }
    }

    /// Opens a scope of local variables.
    pub(super) fn enter_scope(&mut self) {
        let f = &mut *self.f;
        f.scopes.push(Scope { level: f.level, active: f.active.len(), tbc: f.tbc.len() });
    }

    /// Closes the innermost scope: closes its to-be-closed variables, ends its variables, frees its registers.
    /// Then come `trailing`, the labels at the end of a block from an index on, which are outside the scope of the variables: a `goto` that
    /// jumps there has closed what it leaves and may have skipped declarations.
    pub(super) fn leave_scope(&mut self, pos: Pos, trailing: Option<(Block, usize)>) {
        let Some(scope) = self.f.scopes.pop() else { return };
        if let Some(&register) = self.f.tbc.get(scope.tbc)
            && self.f.code.reachable()
        {
            self.emit(Instr::new(Op::Close, register, 0, 0, 0), pos);
        }
        self.end_locals(scope.active);
        self.f.tbc.truncate(scope.tbc);
        self.f.level = scope.level;
        self.f.free = scope.level;
        if let Some((block, first)) = trailing {
            self.bind_labels(block, first);
        }
    }
}

//! Jumps whose targets aren't known yet, labels and `goto`.
//!
//! **Problem.** Forward jumps are emitted before their targets. A `goto` out of the scope of to-be-closed
//! variables has to close them, so at a forward `goto` it must be known how far out its label is.
//!
//! **Design.** A list of jumps to one target is threaded through the `d` fields of the jumps, which are
//! unused until they are patched. At the beginning of a block the labels among its own statements are entered
//! with the block's scope: a `goto` can only reach a label of a block around it, so the label's scope is always
//! known.
//!
//! A label at the very end of its block counts as outside the scope of the block's variables; see
//! [`Compiler::leave_scope`].

use super::Compiler;
use super::code::Code;
use crate::ops::{Instr, Op};
use perilune_syntax::ast::{Block, LabelId, Pos, Stmt, StmtKind};

/// A list of jumps to the same target, yet to be patched.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub(super) struct JumpList {
    /// First and last jump. Each holds the index of the next in its field `d`.
    ends: Option<(u32, u32)>,
}

impl JumpList {
    /// Whether there are no jumps.
    pub(super) fn is_empty(self) -> bool {
        self.ends.is_none()
    }
}

/// A label of a function.
#[derive(Clone, Copy, Default)]
pub(super) struct Label {
    /// Where it is, once that is known.
    bound: Option<Bound>,
    /// The jumps to it while it isn't.
    jumps: JumpList,
    /// The index of the scope it stands in.
    scope: usize,
    /// Whether it stands at the end of its block.
    trailing: bool,
}

/// The place of a label.
#[derive(Clone, Copy)]
struct Bound {
    pc: usize,
    /// How many to-be-closed variables there are.
    tbc: usize,
}

impl Code {
    /// Adds the jump at `pc` to a list.
    pub(super) fn add_jump(&mut self, list: &mut JumpList, pc: usize) {
        let pc = pc as u32;
        list.ends = match list.ends {
            None => Some((pc, pc)),
            Some((first, last)) => {
                self.instrs[last as usize] = self.instrs[last as usize].with_d(pc);
                Some((first, pc))
            }
        };
    }

    /// Appends `more` to `list`.
    pub(super) fn add_jumps(&mut self, list: &mut JumpList, more: JumpList) {
        list.ends = match (list.ends, more.ends) {
            (ends, None) => ends,
            (None, ends) => ends,
            (Some((first, last)), Some((next, end))) => {
                self.instrs[last as usize] = self.instrs[last as usize].with_d(next);
                Some((first, end))
            }
        };
    }

    /// Lets all jumps of a list go to the next instruction.
    pub(super) fn bind(&mut self, list: JumpList) {
        let Some((mut pc, last)) = list.ends else { return };
        loop {
            let next = self.instrs[pc as usize].d();
            self.patch_to_here(pc as usize);
            if pc == last {
                break;
            }
            pc = next;
        }
    }
}

impl Compiler<'_> {
    /// Emits a forward jump, which is to be patched.
    pub(super) fn jump(&mut self, pos: Pos) -> usize {
        self.emit(Instr::new(Op::Jmp, 0, 0, 0, 0), pos)
    }

    /// Adds a forward jump to a list, unless control can't get here.
    pub(super) fn jump_if_reachable(&mut self, list: &mut JumpList, pos: Pos) {
        if self.f.code.reachable() {
            let pc = self.jump(pos);
            self.f.code.add_jump(list, pc);
        }
    }

    /// Emits a jump backwards to `target`, unless control can't get here. Variables whose scope it leaves are still
    /// visible, and so live, while it polls.
    pub(super) fn jump_back(&mut self, target: usize, pos: Pos) {
        if self.f.code.reachable() {
            let distance = Code::back(self.f.code.pc(), target);
            self.emit(Instr::new(Op::JmpBack, 0, 0, 0, distance), pos);
        }
    }

    /// Enters the labels of a block whose scope has just been opened. Returns how many statements there are
    /// before the labels at its end. With `labels_end_scope` off, labels at the end are as all others.
    pub(super) fn enter_block(&mut self, block: Block, labels_end_scope: bool) -> usize {
        let scope = self.f.scopes.len() - 1;
        let is_label = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Label(_));
        let stmts = self.ast.tree.stmts(block.stmts);
        let count = stmts.len();
        let trailing = match stmts.rev().position(|stmt| !is_label(stmt)) {
            _ if !labels_end_scope => count,
            Some(labels) => count - labels,
            None => 0,
        };
        if self.f.labels.is_empty() {
            return trailing;
        }
        for (index, stmt) in self.ast.tree.stmts(block.stmts).enumerate() {
            if let StmtKind::Label(id) = stmt.kind {
                let label = &mut self.f.labels[id.0 as usize];
                label.scope = scope;
                label.trailing = index >= trailing;
            }
        }
        trailing
    }

    /// Enters the label behind a loop, before the scope of the loop is opened.
    pub(super) fn enter_break_label(&mut self, id: LabelId) {
        self.f.labels[id.0 as usize].scope = self.f.scopes.len() - 1;
    }

    /// Puts a label here.
    pub(super) fn bind_label(&mut self, id: LabelId) {
        let bound = Bound { pc: self.f.code.pc(), tbc: self.f.tbc.len() };
        let label = &mut self.f.labels[id.0 as usize];
        label.bound = Some(bound);
        let jumps = std::mem::take(&mut label.jumps);
        self.f.code.bind(jumps);
    }

    /// Puts a label of the program here, to which a jump backwards may still come.
    pub(super) fn bind_program_label(&mut self, id: LabelId) {
        self.bind_label(id);
        self.f.code.mark_target();
    }

    /// Puts the labels among the statements of a block from an index on here.
    pub(super) fn bind_labels(&mut self, block: Block, first: usize) {
        for stmt in self.ast.tree.stmts(block.stmts).skip(first) {
            if let StmtKind::Label(id) = stmt.kind {
                self.bind_program_label(id);
            }
        }
    }

    /// `goto` or `break`.
    pub(super) fn goto(&mut self, id: LabelId, pos: Pos) {
        if !self.f.code.reachable() {
            return;
        }
        let label = self.f.labels[id.0 as usize];
        let kept = match (label.bound, label.trailing) {
            (Some(bound), _) => bound.tbc,
            (None, true) => self.f.scopes[label.scope].tbc,
            // What the label's block itself has declared so far is still in scope at the label.
            (None, false) => {
                self.f.scopes.get(label.scope + 1).map_or(self.f.tbc.len(), |inner| inner.tbc)
            }
        };
        if let Some(&register) = self.f.tbc.get(kept) {
            self.emit(Instr::new(Op::Close, register, 0, 0, 0), pos);
        }
        match label.bound {
            Some(bound) => self.jump_back(bound.pc, pos),
            None => {
                let pc = self.jump(pos);
                let mut jumps = label.jumps;
                self.f.code.add_jump(&mut jumps, pc);
                self.f.labels[id.0 as usize].jumps = jumps;
            }
        }
    }
}

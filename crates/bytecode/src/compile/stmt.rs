//! Statements.
//!
//! **Problem.** Blocks have scopes, loops have a way back and a way out, and each instruction belongs to the line
//! to which the reference implementation attributes it, which line hooks and messages show.
//!
//! **Design.** One method per kind of statement. Between statements there are no temporaries.
//!
//! A generic `for` keeps its iterator, state, closing value and control variable in four registers, a numeric one
//! its count, step and control variable in three; the program's other variables follow.

use super::calls::is_multi;
use super::code::Code;
use super::expr::{Operand, Value};
use super::jumps::JumpList;
use super::logic::{taken_at, truth};
use super::registers::Name;
use super::{Compiler, Fallible};
use crate::ops::{Instr, Op};
use crate::proto::Site;
use perilune_syntax::ast::{
    Arm, Arms, Block, ExprId, ExprKind, Exprs, LabelId, Literal, LocalId, Locals, Pos, Stmt,
    StmtKind,
};

/// How many registers a generic `for` needs from its first on while it calls the iterator.
const GENERIC_FOR_REGISTERS: usize = 8;

/// The parts of a numeric `for`.
struct NumericFor {
    var: LocalId,
    start: ExprId,
    limit: ExprId,
    step: Option<ExprId>,
    do_pos: Pos,
    body: Block,
}

/// The parts of a generic `for`.
struct GenericFor {
    vars: Locals,
    values: Exprs,
    values_pos: Pos,
    do_pos: Pos,
    body: Block,
}

impl Compiler<'_> {
    /// Compiles the first `count` statements of a block in the current scope.
    pub(super) fn statements(&mut self, block: Block, count: usize) -> Fallible<()> {
        for index in 0..count {
            self.count_node()?;
            self.statement(self.ast.tree.stmt(block.stmts, index))?;
            self.f.free = self.f.level;
        }
        Ok(())
    }

    fn statement(&mut self, stmt: Stmt) -> Fallible<()> {
        match stmt.kind {
            StmtKind::Local { locals, values } => self.local_statement(locals, values, stmt.end),
            StmtKind::LocalFunction { local, function, end } => {
                self.local_function(local, function, end)
            }
            StmtKind::GlobalInit { names, values } => {
                self.global_statement(names, values, stmt.end)
            }
            StmtKind::GlobalFunction { env, name, function, end } => {
                self.global_function(env, name, function, end, stmt.pos)
            }
            StmtKind::Assign { targets, values } => self.assignment(targets, values, stmt.end),
            StmtKind::Function { target, function, end } => {
                self.function_statement(target, function, end)
            }
            StmtKind::Call(call) => self.multi(call, Some(0)),
            StmtKind::Do(body) => self.block(body),
            StmtKind::While { cond, body, break_label } => {
                self.while_statement(cond, body, break_label)
            }
            StmtKind::Repeat { body, cond, break_label } => {
                self.repeat_statement(body, cond, break_label, stmt.end)
            }
            StmtKind::If { arms, otherwise } => self.if_statement(arms, otherwise),
            StmtKind::NumericFor { var, start, limit, step, do_pos, body, break_label } => {
                let parts = NumericFor { var, start, limit, step, do_pos, body };
                self.numeric_for(&parts, break_label, &stmt)
            }
            StmtKind::GenericFor { vars, values, values_pos, do_pos, body, break_label } => {
                let parts = GenericFor { vars, values, values_pos, do_pos, body };
                self.generic_for(&parts, break_label, stmt.end)
            }
            StmtKind::Return(values) => self.return_statement(values, stmt.end),
            StmtKind::Goto(label) => {
                self.goto(label, stmt.end);
                Ok(())
            }
            StmtKind::Label(label) => {
                self.bind_program_label(label);
                Ok(())
            }
        }
    }

    /// Compiles a block in a scope of its own.
    fn block(&mut self, block: Block) -> Fallible<()> {
        self.enter_scope();
        self.block_in_scope(block)
    }

    /// Compiles a block in the scope just opened, and leaves that.
    fn block_in_scope(&mut self, block: Block) -> Fallible<()> {
        let trailing = self.enter_block(block, true);
        self.statements(block, trailing)?;
        self.leave_scope(block.end, Some((block, trailing)));
        Ok(())
    }

    /// The start of a loop, where a jump backwards will come.
    fn loop_start(&mut self) -> usize {
        self.f.code.mark_target();
        self.f.code.pc()
    }

    fn while_statement(&mut self, cond: ExprId, body: Block, break_label: LabelId) -> Fallible<()> {
        self.enter_break_label(break_label);
        let start = self.loop_start();
        let exit = self.cond(cond, false)?;
        self.block(body)?;
        self.jump_back(start, body.end);
        self.f.code.bind(exit);
        self.bind_label(break_label);
        Ok(())
    }

    fn repeat_statement(
        &mut self,
        body: Block,
        cond: ExprId,
        break_label: LabelId,
        end: Pos,
    ) -> Fallible<()> {
        self.enter_break_label(break_label);
        let outer_tbc = self.f.tbc.len();
        let start = self.loop_start();
        self.enter_scope();
        // The condition can use the variables, so that no label of the body is outside their scope.
        let all = self.enter_block(body, false);
        self.statements(body, all)?;
        if matches!(self.kind(cond), ExprKind::Literal(literal) if truth(literal)) {
            self.leave_scope(end, None);
            self.bind_label(break_label);
            return Ok(());
        }
        let exit = self.cond(cond, true)?;
        if let Some(&register) = self.f.tbc.get(outer_tbc)
            && self.f.code.reachable()
        {
            self.emit(Instr::new(Op::Close, register, 0, 0, 0), end);
        }
        self.jump_back(start, end);
        self.f.code.bind(exit);
        self.leave_scope(end, None);
        self.bind_label(break_label);
        Ok(())
    }

    fn if_statement(&mut self, arms: Arms, otherwise: Option<Block>) -> Fallible<()> {
        let mut exits = JumpList::default();
        let arms = self.ast.tree.arms(arms);
        for (index, &Arm { cond, body }) in arms.iter().enumerate() {
            let skip = self.cond(cond, false)?;
            self.block(body)?;
            if index + 1 < arms.len() || otherwise.is_some() {
                self.jump_if_reachable(&mut exits, body.end);
            }
            self.f.code.bind(skip);
        }
        if let Some(body) = otherwise {
            self.block(body)?;
        }
        self.f.code.bind(exits);
        Ok(())
    }

    fn numeric_for(
        &mut self,
        parts: &NumericFor,
        break_label: LabelId,
        stmt: &Stmt,
    ) -> Fallible<()> {
        self.enter_break_label(break_label);
        self.enter_scope();
        let base = self.next_register(parts.start)?;
        self.next_register(parts.limit)?;
        match parts.step {
            Some(step) => self.next_register(step)?,
            None => {
                let pos = taken_at(&self.node(parts.limit));
                self.settle(Value { at: Operand::Const(Literal::Int(1)), pos })?
            }
        };
        self.declare_hidden(Name::LoopState, base);
        self.declare_hidden(Name::LoopState, base + 1);
        let prepare = self.emit(Instr::new(Op::ForPrep, base, 0, 0, 0), parts.do_pos);
        let start = self.loop_start();
        self.enter_scope();
        self.loop_variables(std::iter::once(parts.var), base + 2)?;
        let body = self.f.code.pc();
        self.block_in_scope(parts.body)?;
        let distance = Code::back(self.f.code.pc(), start);
        self.emit_live(Instr::new(Op::ForLoop, base, 0, 0, distance), stmt.pos, base + 3);
        self.f.code.hide(start, body);
        self.f.code.patch_to_here(prepare);
        self.leave_scope(stmt.end, None);
        self.bind_label(break_label);
        Ok(())
    }

    fn generic_for(&mut self, parts: &GenericFor, break_label: LabelId, end: Pos) -> Fallible<()> {
        self.enter_break_label(break_label);
        self.enter_scope();
        let base = self.f.free;
        let (vars, pos) = (parts.vars, parts.values_pos);
        self.adjusted_list(parts.values, self.ast.tree.count(parts.values), 4, None)?;
        self.f.free = base;
        self.ensure(GENERIC_FOR_REGISTERS)?;
        self.f.free = base + 4;
        self.declare_hidden(Name::LoopState, base);
        self.declare_hidden(Name::LoopState, base + 1);
        self.declare_hidden(Name::LoopState, base + 2);
        self.f.tbc.push(base + 2);
        let prepare = self.emit(Instr::new(Op::TForPrep, base, 0, 0, 0), parts.do_pos);
        let start = self.loop_start();
        self.enter_scope();
        let vars = self.ast.tree.locals(vars);
        let count = vars.len() as u8;
        self.loop_variables(vars, base + 3)?;
        let body_start = self.f.code.pc();
        self.block_in_scope(parts.body)?;
        self.f.code.patch_to_here(prepare);
        let site = self.site(Site::Call);
        self.emit_live(Instr::new(Op::TForCall, base, 0, count, site), pos, base + 4);
        self.f.code.hide(start, body_start);
        let distance = Code::back(self.f.code.pc(), start);
        self.emit_live(Instr::new(Op::TForLoop, base, 0, 0, distance), pos, base + 3 + count);
        self.leave_scope(end, None);
        self.bind_label(break_label);
        Ok(())
    }

    /// Begins an iteration: declares the variables of a loop, which are in consecutive registers.
    fn loop_variables(
        &mut self,
        vars: impl ExactSizeIterator<Item = LocalId> + Clone,
        first: u8,
    ) -> Fallible<()> {
        self.f.free = first;
        self.reserve(vars.len())?;
        self.box_captured(vars.clone(), first)?;
        for (id, register) in vars.zip(first..) {
            self.declare(id, register);
        }
        self.f.level = self.f.free;
        Ok(())
    }

    fn return_statement(&mut self, values: Exprs, end: Pos) -> Fallible<()> {
        let closes = !self.f.tbc.is_empty();
        let first = self.f.free;
        let count = self.ast.tree.count(values);
        let only = if count == 1 { Some(self.ast.tree.nth(values, 0)) } else { None };
        let instr = match only {
            None if count == 0 && closes => Instr::new(Op::ReturnClose, 0, 1, 0, 0),
            None if count == 0 => Instr::new(Op::Return0, 0, 0, 0, 0),
            Some(value) if !is_multi(self.kind(value)) => {
                let register = self.any_register(value)?;
                if closes {
                    Instr::new(Op::ReturnClose, register, 2, 0, 0)
                } else {
                    Instr::new(Op::Return1, register, 0, 0, 0)
                }
            }
            Some(call) if !closes && !matches!(self.kind(call), ExprKind::Vararg) => {
                return self.tail_call(call);
            }
            Some(_) | None => {
                let list = self.list(values)?;
                let op = if closes { Op::ReturnClose } else { Op::Return };
                Instr::new(op, first, list.operand(), 0, 0)
            }
        };
        self.emit(instr, end);
        Ok(())
    }
}

//! Conditions: comparisons, `not`, `and`, `or`.
//!
//! **Problem.** Most conditions only decide where control goes; making a boolean of each, to test it again,
//! would be wasteful. Where a value is wanted after all (`x = a and b < c`), the last operand evaluated is
//! the value, which is a boolean on some paths and not on others.
//!
//! **Design.** [`Compiler::cond`] compiles a condition to jumps. [`Compiler::logical_value`] has the operands
//! that may be the value computed straight into the destination, jumps to the end from there, and gathers the
//! jumps of comparisons into two lists that load `false` and `true` at the end:
//!
//! ```text
//! x = a < b and c          JLT     a b 0 → F
//!                          MOVE    x c
//!                          JMP     → E
//!                       F: LOADBOOL x 0
//!                       E:
//! ```
//!
//! A temporary as destination may be overwritten on the way. A local variable may not, since an operand yet to
//! come may use it; it is written just before leaving with the value.

use super::expr::{Dest, Operand, Value, is_comparison};
use super::jumps::JumpList;
use super::{Compiler, Fallible};
use crate::ops::{Instr, Op};
use perilune_syntax::ast::{BinOp, Expr, ExprId, ExprKind, Literal, Pos, Tree, UnOp};

/// The ways out of a logical expression with its value.
#[derive(Default)]
struct Exits {
    /// The value is at the destination.
    done: JumpList,
    /// The value is `false`.
    falses: JumpList,
    /// The value is `true`.
    trues: JumpList,
}

/// How control comes to the end of a logical expression without jumping.
enum Fall {
    /// With the value at the destination.
    Done,
    /// With the value `false`.
    False,
}

/// Looks through parentheses.
fn bare(tree: &Tree, expr: ExprId) -> ExprId {
    let mut expr = expr;
    while let ExprKind::Paren(inner) = tree.kind(expr) {
        expr = inner;
    }
    expr
}

/// Where the value of an expression is taken.
pub(super) fn taken_at(expr: &Expr) -> Pos {
    Pos { line: expr.taken, ..expr.pos }
}

/// Whether an expression is computed by jumps.
pub(super) fn is_test(tree: &Tree, expr: ExprId) -> bool {
    let mut expr = bare(tree, expr);
    while let ExprKind::Unary { op: UnOp::Not, operand } = tree.kind(expr) {
        expr = bare(tree, operand);
    }
    match tree.kind(expr) {
        ExprKind::Binary { op, .. } => is_comparison(op),
        kind => matches!(kind, ExprKind::And(..) | ExprKind::Or(..)),
    }
}

/// A value that, if it is in a register and has to be moved, is so at a place of its own.
fn moved_at(value: Value, pos: Pos) -> Value {
    if matches!(value.at, Operand::Reg(_)) { Value { pos, ..value } } else { value }
}

/// Whether a constant counts as true.
pub(super) fn truth(literal: Literal) -> bool {
    match literal {
        Literal::Nil | Literal::Bool(false) => false,
        Literal::Bool(true) | Literal::Int(_) | Literal::Float(_) | Literal::Str(_) => true,
    }
}

/// The operand of an immediate comparison.
fn small_int(value: Value) -> Option<u8> {
    let Operand::Const(Literal::Int(value)) = value.at else { return None };
    i8::try_from(value).ok().map(|value| value as u8)
}

impl Compiler<'_> {
    /// Compiles a condition that jumps if its truth is `sense` and goes on otherwise.
    pub(super) fn cond(&mut self, expr: ExprId, sense: bool) -> Fallible<JumpList> {
        self.cond_at(expr, sense, taken_at(&self.node(expr)))
    }

    /// The same, with the place of the last test.
    fn cond_at(&mut self, expr: ExprId, sense: bool, end: Pos) -> Fallible<JumpList> {
        let tree = &self.ast.tree;
        let (mut expr, mut sense) = (bare(tree, expr), sense);
        while let ExprKind::Unary { op: UnOp::Not, operand } = tree.kind(expr) {
            (expr, sense) = (bare(tree, operand), !sense);
        }
        let mut jumps = JumpList::default();
        let Expr { kind, pos, .. } = self.node(expr);
        match kind {
            ExprKind::And(..) => return self.cond_chain(expr, false, sense, end),
            ExprKind::Or(..) => return self.cond_chain(expr, true, sense, end),
            ExprKind::Literal(literal) => {
                if truth(literal) == sense {
                    self.jump_if_reachable(&mut jumps, end);
                }
            }
            ExprKind::Binary { op, left, right } if is_comparison(op) => {
                let base = self.f.free;
                let left = self.operand(left)?;
                let (left, right) = self.binary_operands(op, left, right, pos)?;
                let pc = self.compare(op, left, right, sense, pos, base)?;
                self.f.code.add_jump(&mut jumps, pc);
            }
            ExprKind::Binary { .. }
            | ExprKind::Vararg
            | ExprKind::Function(_)
            | ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global { .. }
            | ExprKind::Index { .. }
            | ExprKind::Call { .. }
            | ExprKind::MethodCall { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Paren(_)
            | ExprKind::Table(..) => {
                let base = self.f.free;
                let register = self.any_register(expr)?;
                self.f.free = base;
                let pc = self.test(register, sense, end);
                self.f.code.add_jump(&mut jumps, pc);
            }
        }
        Ok(jumps)
    }

    /// A chain of `and` (or of `or`, if `is_or`) as condition. An operand whose truth is `is_or` decides.
    fn cond_chain(
        &mut self,
        expr: ExprId,
        is_or: bool,
        sense: bool,
        end: Pos,
    ) -> Fallible<JumpList> {
        let mark = self.f.spine.len();
        let mut operand = self.push_chain(expr, is_or);
        let mut jumps = JumpList::default();
        while self.f.spine.len() > mark {
            let decided = self.cond(operand, is_or)?;
            self.f.code.add_jumps(&mut jumps, decided);
            operand = self.pop_operand(operand);
        }
        let last = self.cond_at(operand, sense, end)?;
        if sense == is_or {
            self.f.code.add_jumps(&mut jumps, last);
            Ok(jumps)
        } else {
            self.f.code.bind(jumps);
            Ok(last)
        }
    }

    /// Pushes the operands of a chain of the same operator, last first, and returns the first.
    fn push_chain(&mut self, expr: ExprId, is_or: bool) -> ExprId {
        let mut first = expr;
        loop {
            match (self.kind(first), is_or) {
                (ExprKind::And(left, right), false) | (ExprKind::Or(left, right), true) => {
                    self.f.spine.push(right);
                    first = left;
                }
                _ => return first,
            }
        }
    }

    fn pop_operand(&mut self, otherwise: ExprId) -> ExprId {
        self.f.spine.pop().unwrap_or(otherwise)
    }

    /// Emits a jump taken if the truth of a register is `sense`.
    fn test(&mut self, register: u8, sense: bool, pos: Pos) -> usize {
        let op = if sense { Op::JTrue } else { Op::JFalse };
        self.emit(Instr::new(op, register, 0, 0, 0), pos)
    }

    /// Emits a jump taken if the comparison yields `sense`. Temporaries from `base` on are its operands.
    pub(super) fn compare(
        &mut self,
        op: BinOp,
        left: Value,
        right: Value,
        sense: bool,
        pos: Pos,
        base: u8,
    ) -> Fallible<usize> {
        let instr = match op {
            BinOp::Eq | BinOp::Ne => self.equality(left, right, (op == BinOp::Eq) == sense)?,
            _ => self.order(op, left, right, sense)?,
        };
        self.f.free = base;
        Ok(self.emit(instr, pos))
    }

    fn equality(&mut self, left: Value, right: Value, sense: bool) -> Fallible<Instr> {
        let swap = matches!(left.at, Operand::Const(_));
        let (left, right) = if swap { (right, left) } else { (left, right) };
        let a = self.settle(left)?;
        if let Some(int) = small_int(right) {
            return Ok(Instr::new(Op::JEqI, a, int, u8::from(sense), 0));
        }
        if let Operand::Const(literal) = right.at
            && let Ok(constant) = u8::try_from(self.constant(literal))
        {
            return Ok(Instr::new(Op::JEqK, a, constant, u8::from(sense), 0));
        }
        let b = self.settle(right)?;
        Ok(Instr::new(Op::JEq, a, b, u8::from(sense), 0))
    }

    /// `a > b` is `b < a`, and `a >= b` is `b <= a`.
    fn order(&mut self, op: BinOp, left: Value, right: Value, sense: bool) -> Fallible<Instr> {
        let is_strict = matches!(op, BinOp::Lt | BinOp::Gt);
        let (left, right) = match op {
            BinOp::Gt | BinOp::Ge => (right, left),
            _ => (left, right),
        };
        let sense = u8::from(sense);
        if let Some(int) = small_int(right) {
            let op = if is_strict { Op::JLtI } else { Op::JLeI };
            return Ok(Instr::new(op, self.settle(left)?, int, sense, 0));
        }
        if let Some(int) = small_int(left) {
            let op = if is_strict { Op::JGtI } else { Op::JGeI };
            return Ok(Instr::new(op, self.settle(right)?, int, sense, 0));
        }
        let op = if is_strict { Op::JLt } else { Op::JLe };
        let a = self.settle(left)?;
        let b = self.settle(right)?;
        Ok(Instr::new(op, a, b, sense, 0))
    }

    /// Makes a boolean of a comparison that jumps at `pc` if it is true.
    pub(super) fn boolean(&mut self, pc: usize, dest: Dest, end: Pos) -> Fallible<Value> {
        let mut exits = Exits::default();
        self.f.code.add_jump(&mut exits.trues, pc);
        self.join(exits, Fall::False, dest, end)
    }

    /// Compiles `and`, `or`, `not` or a comparison for its value.
    pub(super) fn logical_value(&mut self, expr: ExprId, dest: Dest) -> Fallible<Value> {
        let mut exits = Exits::default();
        let fall = self.last_operand(expr, dest, &mut exits)?;
        self.join(exits, fall, dest, taken_at(&self.node(expr)))
    }

    /// Brings the paths through a logical expression together, with the value at the destination. That belongs to
    /// the place where the value is taken.
    fn join(&mut self, exits: Exits, fall: Fall, dest: Dest, pos: Pos) -> Fallible<Value> {
        self.f.free = dest.base;
        let register = dest.register();
        let mut done = exits.done;
        let falls_false = matches!(fall, Fall::False);
        if !(falls_false || exits.falses.is_empty() && exits.trues.is_empty()) {
            self.jump_with_value(&mut done, dest, pos);
        }
        if falls_false || !exits.falses.is_empty() {
            self.f.code.bind(exits.falses);
            self.emit(Instr::new(Op::LoadBool, register, 0, 0, 0), pos);
            if !exits.trues.is_empty() {
                self.jump_with_value(&mut done, dest, pos);
            }
        }
        if !exits.trues.is_empty() {
            self.f.code.bind(exits.trues);
            self.emit(Instr::new(Op::LoadBool, register, 1, 0, 0), pos);
        }
        self.f.code.bind(done);
        if dest.local.is_none() {
            self.reserve(1)?;
        }
        Ok(Value { at: Operand::Reg(register), pos })
    }

    /// Adds a forward jump to a list, unless control can't get here. The value is at the destination and live, as a hook
    /// may run before the jump.
    fn jump_with_value(&mut self, list: &mut JumpList, dest: Dest, pos: Pos) {
        if self.f.code.reachable() {
            let live = self.f.free.max(dest.register() + 1);
            let pc = self.emit_live(Instr::new(Op::Jmp, 0, 0, 0, 0), pos, live);
            self.f.code.add_jump(list, pc);
        }
    }

    /// Compiles the operand of a logical expression that is the value if control gets to it.
    fn last_operand(&mut self, expr: ExprId, dest: Dest, exits: &mut Exits) -> Fallible<Fall> {
        let expr = bare(&self.ast.tree, expr);
        if !is_test(&self.ast.tree, expr) {
            let value = self.expr(expr, dest)?;
            self.place(moved_at(value, taken_at(&self.node(expr))), dest)?;
            self.f.free = dest.base;
            return Ok(Fall::Done);
        }
        let is_or = match self.kind(expr) {
            ExprKind::And(..) => false,
            ExprKind::Or(..) => true,
            _ => {
                // A `not` belongs to its own place.
                let trues = self.cond_at(expr, true, self.node(expr).pos)?;
                self.f.code.add_jumps(&mut exits.trues, trues);
                return Ok(Fall::False);
            }
        };
        let mark = self.f.spine.len();
        let mut operand = self.push_chain(expr, is_or);
        while self.f.spine.len() > mark {
            self.leave_if(operand, is_or, dest, exits)?;
            operand = self.pop_operand(operand);
        }
        self.last_operand(operand, dest, exits)
    }

    /// Compiles an operand of a logical expression that is the value if its truth is `sense`. Goes on otherwise.
    fn leave_if(
        &mut self,
        expr: ExprId,
        sense: bool,
        dest: Dest,
        exits: &mut Exits,
    ) -> Fallible<()> {
        let expr = bare(&self.ast.tree, expr);
        match self.kind(expr) {
            ExprKind::And(..) => self.leave_chain_if(expr, false, sense, dest, exits),
            ExprKind::Or(..) => self.leave_chain_if(expr, true, sense, dest, exits),
            ExprKind::Literal(literal) if truth(literal) != sense => Ok(()),
            ExprKind::Literal(literal) => {
                let node = self.node(expr);
                self.load(literal, dest, node.pos)?;
                self.f.free = dest.base;
                self.jump_with_value(&mut exits.done, dest, taken_at(&node));
                Ok(())
            }
            ExprKind::Unary { op: UnOp::Not, .. } => self.leave_test_if(expr, sense, exits),
            ExprKind::Binary { op, .. } if is_comparison(op) => {
                self.leave_test_if(expr, sense, exits)
            }
            ExprKind::Vararg
            | ExprKind::Function(_)
            | ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global { .. }
            | ExprKind::Index { .. }
            | ExprKind::Call { .. }
            | ExprKind::MethodCall { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Binary { .. }
            | ExprKind::Paren(_)
            | ExprKind::Table(..) => self.leave_value_if(expr, sense, dest, exits),
        }
    }

    fn leave_test_if(&mut self, expr: ExprId, sense: bool, exits: &mut Exits) -> Fallible<()> {
        let jumps = self.cond(expr, sense)?;
        let list = if sense { &mut exits.trues } else { &mut exits.falses };
        self.f.code.add_jumps(list, jumps);
        Ok(())
    }

    fn leave_chain_if(
        &mut self,
        expr: ExprId,
        is_or: bool,
        sense: bool,
        dest: Dest,
        exits: &mut Exits,
    ) -> Fallible<()> {
        let mark = self.f.spine.len();
        let mut operand = self.push_chain(expr, is_or);
        let mut decided = JumpList::default();
        while self.f.spine.len() > mark {
            if sense == is_or {
                self.leave_if(operand, sense, dest, exits)?;
            } else {
                let jumps = self.cond(operand, is_or)?;
                self.f.code.add_jumps(&mut decided, jumps);
            }
            operand = self.pop_operand(operand);
        }
        self.leave_if(operand, sense, dest, exits)?;
        self.f.code.bind(decided);
        Ok(())
    }

    fn leave_value_if(
        &mut self,
        expr: ExprId,
        sense: bool,
        dest: Dest,
        exits: &mut Exits,
    ) -> Fallible<()> {
        let pos = taken_at(&self.node(expr));
        let temporary = Dest { local: None, ..dest };
        let value = self.expr(expr, temporary)?;
        let Some(local) = dest.local else {
            let register = self.place(moved_at(value, pos), dest)?;
            self.f.free = dest.base;
            let pc = self.test(register, sense, pos);
            self.f.code.add_jump(&mut exits.done, pc);
            return Ok(());
        };
        let register = self.settle(value)?;
        self.f.free = dest.base;
        if register == local {
            let pc = self.test(register, sense, pos);
            self.f.code.add_jump(&mut exits.done, pc);
        } else {
            let on = self.test(register, !sense, pos);
            self.emit(Instr::new(Op::Move, local, register, 0, 0), pos);
            let pc = self.jump(pos);
            self.f.code.add_jump(&mut exits.done, pc);
            self.f.code.patch_to_here(on);
        }
        Ok(())
    }
}

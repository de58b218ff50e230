//! Calls, lists of values and table constructors.
//!
//! **Problem.** Callee and arguments, the values of `return` and the items of a table occupy consecutive
//! registers; the last expression of a list may contribute any number of values.
//!
//! **Design.** Each value is compiled into the next free register. An open list – the last instruction of
//! which sets the top – is consumed by the very next instruction, whose count is then zero.

use super::expr::{Dest, Operand, Value};
use super::logic::taken_at;
use super::{Compiler, Fallible};
use crate::ops::{Instr, Op};
use crate::proto::Site;
use perilune_syntax::ast::{Expr, ExprId, ExprKind, Exprs, Items, Literal, Pos, TableItem, Vararg};

/// A list of values in registers.
#[derive(Clone, Copy)]
pub(super) struct List {
    /// How many there are for certain.
    pub(super) count: u8,
    /// Whether more follow, up to the top.
    pub(super) open: bool,
}

impl List {
    /// The count as it is in instructions that read the list: one more than the values, or zero for an open list.
    pub(super) fn operand(self) -> u8 {
        if self.open { 0 } else { self.count + 1 }
    }
}

/// Whether an expression can have any number of values.
pub(super) fn is_multi(kind: ExprKind) -> bool {
    matches!(kind, ExprKind::Call { .. } | ExprKind::MethodCall { .. } | ExprKind::Vararg)
}

/// The count of wanted results as an operand: one more than the results, or zero for all of them.
fn results_operand(wanted: Option<u8>) -> u8 {
    wanted.map_or(0, |wanted| wanted + 1)
}

impl Compiler<'_> {
    /// Compiles a multi-valued expression, with `wanted` values or all. They are put from `free` on, which is
    /// left where it was.
    pub(super) fn multi(&mut self, expr: ExprId, wanted: Option<u8>) -> Fallible<()> {
        let base = self.f.free;
        let Expr { kind, pos, .. } = self.node(expr);
        self.ensure(usize::from(wanted.unwrap_or(1).max(1)))?;
        match kind {
            ExprKind::Call { callee, args } => {
                self.next_register(callee)?;
                self.finish_call(Op::Call, args, wanted, pos, base)?;
            }
            ExprKind::MethodCall { object, args, .. } => {
                let object = self.expr(object, self.next())?;
                self.method(object, expr, base)?;
                self.finish_call(Op::Call, args, wanted, pos, base)?;
            }
            _ => {
                let instr = self.vararg_instr(results_operand(wanted), pos)?;
                self.f.free = base;
                self.emit(instr.with_a(base), pos);
            }
        }
        self.f.free = base;
        Ok(())
    }

    /// `...`, into a register to be filled in.
    pub(super) fn vararg_instr(&mut self, results: u8, pos: Pos) -> Fallible<Instr> {
        let Vararg::Named { local, escapes: true } = self.ast.vararg else {
            return Ok(Instr::new(Op::Vararg, 0, 0, results, 0));
        };
        let table = self.settle(Value { at: self.local(local), pos })?;
        Ok(Instr::new(Op::Vararg, 0, table, results, 1))
    }

    /// Puts the method of a call and its receiver, which is compiled already, in place. The receiver is read once more
    /// after the method has been found, which may take a call, so it is live even if it is a temporary.
    pub(super) fn method(&mut self, object: Value, call: ExprId, base: u8) -> Fallible<()> {
        let call = self.node(call);
        let ExprKind::MethodCall { object: receiver, name, .. } = call.kind else { return Ok(()) };
        let receiver = self.node(receiver);
        // A variable is fetched when the name of the method has been read.
        let line = match receiver.kind {
            ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global { .. }
            | ExprKind::Index { .. } => receiver.pos.line,
            _ => call.pos.line,
        };
        let object = self.settle(object)?;
        let site = self.property(name);
        self.f.free = base;
        let pos = Pos { line, ..call.pos };
        let live = base.max(object + 1);
        self.reserve(2)?;
        if self.is_far_property(site) {
            self.far_method(base, object, site, pos, live);
        } else {
            self.emit_live(Instr::new(Op::SelfOp, base, object, 0, site), pos, live);
        }
        Ok(())
    }

    /// A method whose name is a constant beyond the first 256, in functions with very many of them: fetched as a
    /// field. The reference implementation has no operand for such a name, and its messages about what it
    /// finds say "field".
    fn far_method(&mut self, base: u8, object: u8, site: u32, pos: Pos, live: u8) {
        if object == base {
            self.emit_live(Instr::new(Op::Move, base + 1, object, 0, 0), pos, live);
            self.emit_live(Instr::new(Op::GetField, base, base + 1, 0, site), pos, base + 2);
        } else {
            self.emit_live(Instr::new(Op::GetField, base, object, 0, site), pos, live);
            self.emit_live(Instr::new(Op::Move, base + 1, object, 0, 0), pos, base + 1);
        }
    }

    /// `return f(…)` in constant stack space.
    pub(super) fn tail_call(&mut self, expr: ExprId) -> Fallible<()> {
        let base = self.f.free;
        let Expr { kind, pos, .. } = self.node(expr);
        match kind {
            ExprKind::Call { callee, args } => {
                self.next_register(callee)?;
                self.finish_call(Op::TailCall, args, None, pos, base)
            }
            ExprKind::MethodCall { object, args, .. } => {
                let object = self.expr(object, self.next())?;
                self.method(object, expr, base)?;
                self.finish_call(Op::TailCall, args, None, pos, base)
            }
            _ => Ok(()),
        }
    }

    /// The arguments, and the call of what is at `base`. From then on callee and arguments belong to the callee. The
    /// results are at `base`; `free` is left behind the arguments.
    pub(super) fn finish_call(
        &mut self,
        op: Op,
        args: Exprs,
        wanted: Option<u8>,
        pos: Pos,
        base: u8,
    ) -> Fallible<()> {
        let before = self.f.free - (base + 1);
        let list = self.list(args)?;
        let count = List { count: before + list.count, ..list };
        let results = if op == Op::Call { results_operand(wanted) } else { 0 };
        let site = self.site(Site::Call);
        self.emit_live(Instr::new(op, base, count.operand(), results, site), pos, base);
        Ok(())
    }

    /// Compiles a list of values into the registers from `free` on, and takes those that are certain.
    pub(super) fn list(&mut self, exprs: Exprs) -> Fallible<List> {
        let base = self.f.free;
        let mut open = false;
        let given = self.ast.tree.count(exprs);
        for index in 0..given {
            let expr = self.ast.tree.nth(exprs, index);
            open = index + 1 == given && is_multi(self.kind(expr));
            if open {
                self.multi(expr, None)?;
            } else {
                self.next_register(expr)?;
            }
        }
        let count = self.f.free - base;
        if count == u8::MAX {
            return Err(self.limit("returns"));
        }
        Ok(List { count, open })
    }

    /// Compiles the first `given` values of a list into exactly `wanted` registers from `free` on, and takes them. What is missing
    /// is nil, at the given position or where the list ends.
    pub(super) fn adjusted_list(
        &mut self,
        exprs: Exprs,
        given: usize,
        wanted: usize,
        end: Option<Pos>,
    ) -> Fallible<()> {
        if wanted >= usize::from(u8::MAX) {
            return Err(self.limit("multiple results"));
        }
        let base = self.f.free;
        let top = self.ensure(wanted)?;
        for index in 0..given {
            let expr = self.ast.tree.nth(exprs, index);
            if index + 1 == given && is_multi(self.kind(expr)) {
                self.multi(expr, Some(top.saturating_sub(self.f.free)))?;
                self.f.free = top;
            } else {
                self.next_register(expr)?;
            }
        }
        if self.f.free < top {
            let pos = end.unwrap_or_else(|| self.last_pos());
            self.load_nil(self.f.free, top - self.f.free, pos);
        }
        self.f.free = base;
        self.reserve(wanted)?;
        Ok(())
    }

    /// A table constructor.
    pub(super) fn table(
        &mut self,
        items: Items,
        end: u32,
        pos: Pos,
        dest: Dest,
    ) -> Fallible<Value> {
        let all = self.ast.tree.items(items);
        let fields = all.iter().filter(|item| matches!(item, TableItem::Keyed(..))).count();
        let open = match all.last() {
            Some(TableItem::Positional(expr)) => is_multi(self.kind(*expr)),
            Some(TableItem::Keyed(..)) | None => false,
        };
        let array = items.len() - fields - usize::from(open);
        let site = self.site(Site::Table {
            array: array as u32,
            fields: u16::try_from(fields).unwrap_or(u16::MAX),
        });
        let instr = Instr::new(Op::NewTable, 0, 0, 0, site);
        if items.is_empty() {
            return self.produce(instr, dest, pos);
        }
        // The items may use the variable that is to have the table.
        let dest = Dest { local: None, ..dest };
        let value = self.produce(instr, dest, pos)?;
        self.table_items(items, dest.base, Pos { line: end, ..pos })?;
        Ok(value)
    }

    fn table_items(&mut self, items: Items, table: u8, end: Pos) -> Fallible<()> {
        let most = most_pending(self.f.free);
        let mut stored = 0;
        let mut pending = 0;
        let mut last = end;
        for index in 0..items.len() {
            if pending >= most {
                self.set_list(table, &mut stored, &mut pending, last);
            }
            match self.ast.tree.item(items, index) {
                TableItem::Positional(expr)
                    if index + 1 == items.len() && is_multi(self.kind(expr)) =>
                {
                    self.multi(expr, None)?;
                    self.emit(Instr::new(Op::SetList, table, 0, 0, stored), end);
                    pending = 0;
                }
                TableItem::Positional(expr) => {
                    self.next_register(expr)?;
                    pending += 1;
                    last = taken_at(&self.node(expr));
                }
                TableItem::Keyed(key, expr, line) => {
                    let end = Pos { line, ..self.node(expr).pos };
                    self.table_field(table, key, expr, end)?;
                }
            }
        }
        if pending > 0 {
            self.set_list(table, &mut stored, &mut pending, end);
        }
        self.f.free = table + 1;
        Ok(())
    }

    /// Stores the pending items, which are live until the end.
    fn set_list(&mut self, table: u8, stored: &mut u32, pending: &mut u8, pos: Pos) {
        self.emit(Instr::new(Op::SetList, table, *pending + 1, 0, *stored), pos);
        *stored += u32::from(*pending);
        *pending = 0;
        self.f.free = table + 1;
    }

    fn table_field(&mut self, table: u8, key: ExprId, expr: ExprId, end: Pos) -> Fallible<()> {
        let base = self.f.free;
        let key = self.operand(key)?;
        let key = self.settle_key(key)?;
        let value = self.any_register(expr)?;
        let instr = match key.at {
            Operand::Const(Literal::Str(name)) => {
                Instr::new(Op::SetField, table, value, 0, self.property(name))
            }
            Operand::Const(Literal::Int(n @ 0..=255)) => {
                Instr::new(Op::SetInt, table, n as u8, value, self.site(Site::Element))
            }
            Operand::Const(_)
            | Operand::Reg(_)
            | Operand::Box(_)
            | Operand::Upvalue(_)
            | Operand::VirtualVararg => {
                let key = self.settle(key)?;
                Instr::new(Op::SetIndex, table, key, value, self.site(Site::Element))
            }
        };
        self.f.free = base;
        self.emit(instr, end);
        Ok(())
    }
}

/// How many items of a table may be pending, given the first free register: fewer, the fewer registers there are
/// for nested tables. That keyed items come between two portions of positional ones is observable, so these are
/// the reference implementation's numbers.
fn most_pending(free: u8) -> u8 {
    match 255 - free {
        left @ 160.. => left / 5,
        80..160 => 10,
        0..80 => 1,
    }
}

//! Declarations and assignments.
//!
//! **Problem.** An assignment evaluates the prefixes of its targets first, then the values, and stores from
//! right to left. In `i, a[i] = 1, 2` nothing may change `i` before `a[i]` is stored; in `a[i], i = 1, 2`
//! the order of stores would.
//!
//! **Design.** A [`Target`] has its object and key as pending values, which are read when the store is done.
//! If a variable that is a target itself serves as object or key of a target before it, a copy made at that
//! moment takes its place there.

use super::expr::{Operand, Value};
use super::{Compiler, Fallible, upvalue_index};
use crate::ops::{Instr, Op};
use crate::proto::Site;
use perilune_syntax::ast::{
    BinOp, EnvRef, Expr, ExprId, ExprKind, Exprs, FunctionId, GlobalName, GlobalNames, Literal,
    LocalId, LocalKind, Locals, Pos, Symbol, Tree,
};

/// What is assigned to.
#[derive(Clone, Copy)]
enum Target {
    /// A variable: a local in a register, a local in a box, or an upvalue.
    Variable(Operand),
    /// A global variable in an upvalue.
    Global(u8, Symbol),
    /// A field.
    Field(Value, Symbol),
    /// An element with a small integer as key.
    Int(Value, u8),
    /// An element with any other key.
    Index(Value, Value),
}

/// Whether the value of an expression is in a register of its own first and has to be moved from there to a variable.
fn is_moved(tree: &Tree, value: ExprId) -> bool {
    match tree.kind(value) {
        ExprKind::Local(_)
        | ExprKind::Call { .. }
        | ExprKind::MethodCall { .. }
        | ExprKind::Table(..)
        | ExprKind::Binary { op: BinOp::Concat, .. } => true,
        ExprKind::Paren(inner) => is_moved(tree, inner),
        ExprKind::Literal(_)
        | ExprKind::Vararg
        | ExprKind::Function(_)
        | ExprKind::Upvalue(_)
        | ExprKind::Global { .. }
        | ExprKind::Index { .. }
        | ExprKind::Unary { .. }
        | ExprKind::Binary { .. }
        | ExprKind::And(..)
        | ExprKind::Or(..) => false,
    }
}

impl Compiler<'_> {
    /// `local a, b <close> = …`
    pub(super) fn local_statement(
        &mut self,
        locals: Locals,
        values: Exprs,
        end: Pos,
    ) -> Fallible<()> {
        let ast = self.ast;
        let mut count = ast.tree.locals(locals).len();
        let is_compile_time =
            |id: LocalId| matches!(ast.locals[id.0 as usize].kind, LocalKind::CompileTime(_));
        // Only the last variable can be a constant, and then it has the last value.
        let mut given = ast.tree.count(values);
        if ast.tree.locals(locals).last().is_some_and(is_compile_time) {
            count -= 1;
            given = count;
        }
        let first = self.f.free;
        self.adjusted_list(values, given, count, Some(end))?;
        self.box_captured(ast.tree.locals(locals).take(count), first)?;
        for (id, register) in ast.tree.locals(locals).take(count).zip(first..) {
            self.declare(id, register);
        }
        self.f.level = self.f.free;
        for (id, register) in ast.tree.locals(locals).take(count).zip(first..) {
            if ast.locals[id.0 as usize].kind == LocalKind::Close {
                self.emit(Instr::new(Op::Tbc, register, 0, 0, 0), end);
                self.f.tbc.push(register);
            }
        }
        Ok(())
    }

    /// `local function f`
    pub(super) fn local_function(
        &mut self,
        id: LocalId,
        function: FunctionId,
        pos: Pos,
    ) -> Fallible<()> {
        let register = self.f.free;
        if self.is_boxed(id) {
            self.load_nil(register, 1, pos);
            self.reserve(1)?;
            self.emit(Instr::new(Op::NewBox, register, 0, 0, 0), pos);
            self.f.boxes[id.0 as usize] = register;
            let closure = self.closure(function, pos)?;
            self.f.free = register + 1;
            self.emit(Instr::new(Op::SetBox, register, closure, 0, 0), pos);
        } else {
            self.closure(function, pos)?;
        }
        self.declare(id, register);
        Ok(())
    }

    /// Creates a closure in the next free register.
    fn closure(&mut self, function: FunctionId, end: Pos) -> Fallible<u8> {
        let index = self.nested_function(function);
        let instr = Instr::new(Op::Closure, 0, 0, 0, index);
        let dest = self.next();
        self.produce(instr, dest, end)?;
        Ok(dest.base)
    }

    /// `function a.b.c() … end`
    pub(super) fn function_statement(
        &mut self,
        target: ExprId,
        function: FunctionId,
        end: Pos,
    ) -> Fallible<()> {
        let keep = self.f.free;
        let store_pos = self.node(target).pos;
        let target = self.target(target)?;
        let closure = self.closure(function, end)?;
        self.store(target, closure, store_pos, keep)
    }

    /// `a, b.c = …`
    pub(super) fn assignment(&mut self, targets: Exprs, values: Exprs, end: Pos) -> Fallible<()> {
        let keep = self.f.free;
        let tree = &self.ast.tree;
        let (wanted, given) = (tree.count(targets), tree.count(values));
        if wanted == 1 && given == 1 {
            let (target, value) = (tree.nth(targets, 0), tree.nth(values, 0));
            let pos = tree.expr(target).pos;
            let target = self.target(target)?;
            return self.assign_expr(target, value, pos, keep);
        }
        let mut prepared = Vec::with_capacity(wanted);
        for expr in tree.exprs(targets) {
            let pos = tree.expr(expr).pos;
            let target = self.target(expr)?;
            if let Target::Variable(variable) = target {
                self.protect(&mut prepared, variable, pos)?;
            }
            prepared.push((target, pos));
        }
        let first = self.f.free;
        if wanted == given
            && let Some((last, pos)) = prepared.pop()
        {
            for value in tree.exprs(values).take(given - 1) {
                self.next_register(value)?;
            }
            self.assign_expr(last, tree.nth(values, given - 1), pos, self.f.free)?;
        } else {
            self.adjusted_list(values, given, wanted, Some(end))?;
        }
        for (index, (target, pos)) in prepared.into_iter().enumerate().rev() {
            let register = first + index as u8;
            let keep = if index == 0 { keep } else { register };
            self.store(target, register, pos, keep)?;
        }
        Ok(())
    }

    /// `global a, b = …`
    pub(super) fn global_statement(
        &mut self,
        names: GlobalNames,
        values: Exprs,
        end: Pos,
    ) -> Fallible<()> {
        let keep = self.f.free;
        let tree = &self.ast.tree;
        let names = tree.global_names(names);
        let mut targets = Vec::with_capacity(names.len());
        for &GlobalName { env, name, pos: check_pos } in names {
            targets.push(self.global_target(env, name, check_pos)?);
        }
        let first = self.f.free;
        self.adjusted_list(values, tree.count(values), names.len(), Some(end))?;
        for (index, (target, &GlobalName { env, name, pos: check_pos })) in
            targets.into_iter().zip(names).enumerate().rev()
        {
            self.check_global(env, name, check_pos)?;
            let register = first + index as u8;
            let keep = if index == 0 { keep } else { register };
            self.store(target, register, end, keep)?;
        }
        Ok(())
    }

    /// `global function f`
    pub(super) fn global_function(
        &mut self,
        env: EnvRef,
        name: Symbol,
        function: FunctionId,
        end: Pos,
        pos: Pos,
    ) -> Fallible<()> {
        let keep = self.f.free;
        let target = self.global_target(env, name, pos)?;
        let closure = self.closure(function, end)?;
        self.check_global(env, name, pos)?;
        self.store(target, closure, pos, keep)
    }

    /// Checks that a global variable is nil.
    fn check_global(&mut self, env: EnvRef, name: Symbol, pos: Pos) -> Fallible<()> {
        let dest = self.next();
        self.get_global(env, name, pos, dest)?;
        let constant = self.constant(Literal::Str(name));
        self.f.free = dest.base;
        self.emit(Instr::new(Op::CheckGlobal, dest.base, 0, 0, constant), pos);
        Ok(())
    }

    /// Evaluates what a target consists of.
    fn target(&mut self, expr: ExprId) -> Fallible<Target> {
        let Expr { kind, pos, .. } = self.node(expr);
        match kind {
            ExprKind::Local(id) => Ok(Target::Variable(self.local(id))),
            ExprKind::Upvalue(id) => Ok(Target::Variable(Operand::Upvalue(upvalue_index(id)))),
            ExprKind::Global { env, name } => self.global_target(env, name, pos),
            ExprKind::Index { object, key } => {
                let object = self.expr(object, self.next())?;
                let (object, key) = self.index_operands(object, key)?;
                let key = self.settle_key(key)?;
                Ok(match (object.at, key.at) {
                    (Operand::Upvalue(index), Operand::Const(Literal::Str(name)))
                        if self.is_environment(index) =>
                    {
                        Target::Global(index, name)
                    }
                    (_, Operand::Const(Literal::Str(name))) => Target::Field(object, name),
                    (_, Operand::Const(Literal::Int(n @ 0..=255))) => Target::Int(object, n as u8),
                    (_, _) => Target::Index(object, key),
                })
            }
            // The parser lets nothing else be assigned to.
            _ => Ok(Target::Variable(self.expr(expr, self.next())?.at)),
        }
    }

    fn global_target(&mut self, env: EnvRef, name: Symbol, pos: Pos) -> Fallible<Target> {
        let object = Value { at: self.environment(env), pos };
        Ok(match object.at {
            Operand::Upvalue(index) => Target::Global(index, name),
            Operand::Const(_) => {
                let register = self.settle(object)?;
                Target::Field(Value { at: Operand::Reg(register), pos }, name)
            }
            Operand::Reg(_) | Operand::Box(_) | Operand::VirtualVararg => {
                Target::Field(object, name)
            }
        })
    }

    /// Replaces a variable that is about to be assigned, where it is part of a target, by a copy.
    fn protect(
        &mut self,
        targets: &mut [(Target, Pos)],
        variable: Operand,
        pos: Pos,
    ) -> Fallible<()> {
        let copy = Value { at: Operand::Reg(self.f.free), pos };
        let is_variable = |value: Value| value.at == variable;
        let mut conflict = false;
        for (target, _) in targets {
            let protected = match *target {
                Target::Global(index, name) if variable == Operand::Upvalue(index) => {
                    Target::Field(copy, name)
                }
                Target::Field(object, name) if is_variable(object) => Target::Field(copy, name),
                Target::Int(object, key) if is_variable(object) => Target::Int(copy, key),
                Target::Index(object, key) if is_variable(object) || is_variable(key) => {
                    let or_copy = |value| if is_variable(value) { copy } else { value };
                    Target::Index(or_copy(object), or_copy(key))
                }
                Target::Variable(_)
                | Target::Global(..)
                | Target::Field(..)
                | Target::Int(..)
                | Target::Index(..) => continue,
            };
            *target = protected;
            conflict = true;
        }
        if conflict {
            self.place(Value { at: variable, pos }, self.next())?;
        }
        Ok(())
    }

    /// Evaluates an expression and stores it, into a local variable directly.
    fn assign_expr(&mut self, target: Target, value: ExprId, pos: Pos, keep: u8) -> Fallible<()> {
        if let Target::Variable(Operand::Reg(register)) = target {
            self.compute_local(value, register, pos)?;
            self.f.free = keep;
            return Ok(());
        }
        let register = self.any_register(value)?;
        let pos = match target {
            // Into a variable that isn't boxed, it would have been computed directly.
            Target::Variable(Operand::Box(_)) if !is_moved(&self.ast.tree, value) => {
                self.last_pos()
            }
            _ => pos,
        };
        self.store(target, register, pos, keep)
    }

    /// Stores a register. While this is under way, and afterwards, the registers below `keep` are needed.
    fn store(&mut self, target: Target, value: u8, pos: Pos, keep: u8) -> Fallible<()> {
        let at = |value: Value| Value { pos, ..value };
        let instr = match target {
            Target::Variable(Operand::Reg(register)) => Instr::new(Op::Move, register, value, 0, 0),
            Target::Variable(Operand::Box(register)) => {
                Instr::new(Op::SetBox, register, value, 0, 0)
            }
            Target::Variable(Operand::Upvalue(index)) => {
                Instr::new(Op::SetUpval, value, index, 0, 0)
            }
            Target::Variable(Operand::Const(_) | Operand::VirtualVararg) => return Ok(()),
            Target::Global(index, name) => {
                Instr::new(Op::SetEnv, value, index, 0, self.property(name))
            }
            Target::Field(object, name) => {
                let object = self.settle(at(object))?;
                Instr::new(Op::SetField, object, value, 0, self.property(name))
            }
            Target::Int(object, key) => {
                let object = self.settle(at(object))?;
                Instr::new(Op::SetInt, object, key, value, self.site(Site::Element))
            }
            Target::Index(object, key) => {
                let object = self.settle(at(object))?;
                let key = self.settle(at(key))?;
                Instr::new(Op::SetIndex, object, key, value, self.site(Site::Element))
            }
        };
        self.f.free = keep;
        self.emit(instr, pos);
        Ok(())
    }
}

//! Expressions.
//!
//! **Problem.** A value should be computed where it is wanted, used in place when it is in a register already,
//! and not loaded at all when an instruction takes it as a constant.
//!
//! **Design.** [`Compiler::expr`] is told where its value would be welcome, a [`Dest`], and says where it is, a
//! [`Value`]. An instruction that computes the value puts it there; otherwise it may be pending, that is, still
//! where the variable or constant is: [`Compiler::settle`] brings it into any register, [`Compiler::place`]
//! into the desired one.
//!
//! All temporaries of an expression lie above `free` as it was at its beginning, its `base`; if the value ends
//! up in a temporary, it is the one at `base` and the only one left.
//!
//! A left spine is collected on a stack and compiled from its deepest node upwards.
//!
//! **When variables are read** follows the reference implementation: a local variable when its register is
//! read, a global when it is the left operand before the right operand is evaluated, an upvalue likewise, except
//! that an upvalue that is indexed is fetched after its key.

use super::logic::{is_test, taken_at};
use super::{Compiler, Fallible, upvalue_index};
use crate::ops::{Instr, Op};
use crate::proto::Site;
use perilune_syntax::ast::{
    BinOp, ENV, EnvRef, Expr, ExprId, ExprKind, Literal, LocalId, Pos, Symbol, UnOp,
};

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand {
    /// In a register: a local variable's or a temporary.
    Reg(u8),
    /// In the box in a local variable's register.
    Box(u8),
    /// In an upvalue.
    Upvalue(u8),
    /// It is a constant.
    Const(Literal),
    /// It is the named vararg parameter, which has no table and can only be indexed.
    VirtualVararg,
}

/// Where a value is, and the position of an instruction that fetches it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) at: Operand,
    pub(super) pos: Pos,
}

/// Where a value is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dest {
    /// The first free register at the beginning of the expression. All temporaries from here on are its own.
    pub(super) base: u8,
    /// The register of a local variable that is to have the value; without one it is the register at `base`.
    pub(super) local: Option<u8>,
}

impl Dest {
    /// The register that is to have the value.
    pub(super) fn register(self) -> u8 {
        self.local.unwrap_or(self.base)
    }
}

/// Whether `op` yields a boolean by jumping.
pub(super) fn is_comparison(op: BinOp) -> bool {
    matches!(op, BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge)
}

/// Whether the reference implementation has an instruction for this operator that takes this constant as left operand.
fn takes_constant_left(op: BinOp, literal: Literal) -> bool {
    match op {
        BinOp::Eq | BinOp::Ne => true,
        BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => is_small(literal),
        BinOp::Add | BinOp::Mul => is_number(literal),
        BinOp::BAnd | BinOp::BOr | BinOp::BXor => matches!(literal, Literal::Int(_)),
        BinOp::Shl => matches!(literal, Literal::Int(_)) && is_small(literal),
        BinOp::Sub
        | BinOp::Mod
        | BinOp::Pow
        | BinOp::Div
        | BinOp::IDiv
        | BinOp::Shr
        | BinOp::Concat => false,
    }
}

fn is_number(literal: Literal) -> bool {
    matches!(literal, Literal::Int(_) | Literal::Float(_))
}

/// Whether the reference implementation has this number as an immediate operand.
fn is_small(literal: Literal) -> bool {
    match literal {
        Literal::Int(value) => (-127..=128).contains(&value),
        Literal::Float(value) => value.fract() == 0.0 && (-127.0..=128.0).contains(&value),
        Literal::Nil | Literal::Bool(_) | Literal::Str(_) => false,
    }
}

/// The operand evaluated first, of the kinds of expression that [`Compiler::apply`] compiles.
fn spine_child(kind: ExprKind) -> Option<ExprId> {
    match kind {
        ExprKind::Paren(child) => Some(child),
        // They have a spine of their own, as they jump.
        ExprKind::And(..) | ExprKind::Or(..) => None,
        kind => kind.left(),
    }
}

impl Compiler<'_> {
    /// The next free register as destination.
    pub(super) fn next(&self) -> Dest {
        Dest { base: self.f.free, local: None }
    }

    /// Compiles an expression to one value, which need not be at the destination.
    pub(super) fn expr(&mut self, expr: ExprId, dest: Dest) -> Fallible<Value> {
        self.count_node()?;
        let mark = self.f.spine.len();
        let mut deepest = expr;
        while let Some(child) = spine_child(self.kind(deepest)) {
            self.f.spine.push(deepest);
            deepest = child;
        }
        let operand = Dest { local: None, ..dest };
        let top_is_leaf = self.f.spine.len() == mark;
        let mut value = self.leaf(deepest, if top_is_leaf { dest } else { operand })?;
        while self.f.spine.len() > mark
            && let Some(node) = self.f.spine.pop()
        {
            let is_top = self.f.spine.len() == mark;
            value = self.apply(node, value, if is_top { dest } else { operand })?;
        }
        Ok(value)
    }

    /// Compiles an operand: a constant, or a local variable where it is, or else a temporary.
    pub(super) fn operand(&mut self, expr: ExprId) -> Fallible<Value> {
        let value = self.expr(expr, self.next())?;
        self.fetch(value)
    }

    /// Fetches an upvalue.
    fn fetch(&mut self, value: Value) -> Fallible<Value> {
        if !matches!(value.at, Operand::Upvalue(_)) {
            return Ok(value);
        }
        let register = self.settle(value)?;
        Ok(Value { at: Operand::Reg(register), ..value })
    }

    /// Compiles an expression into any register.
    pub(super) fn any_register(&mut self, expr: ExprId) -> Fallible<u8> {
        let value = self.expr(expr, self.next())?;
        self.settle(value)
    }

    /// Compiles an expression into the next free register, and takes it.
    pub(super) fn next_register(&mut self, expr: ExprId) -> Fallible<u8> {
        let dest = self.next();
        let value = self.expr(expr, dest)?;
        self.place(value, dest)
    }

    /// Compiles an expression into the register of a local variable. If the value is in another register, it is
    /// moved at `pos`.
    pub(super) fn compute_local(&mut self, expr: ExprId, register: u8, pos: Pos) -> Fallible<()> {
        let dest = Dest { local: Some(register), ..self.next() };
        let mut value = self.expr(expr, dest)?;
        if matches!(value.at, Operand::Reg(_)) {
            value.pos = pos;
        }
        self.place(value, dest)?;
        self.f.free = dest.base;
        Ok(())
    }

    /// Brings a value into a register, if it isn't in one.
    pub(super) fn settle(&mut self, value: Value) -> Fallible<u8> {
        match value.at {
            Operand::Reg(register) => Ok(register),
            Operand::Box(_) => self.fetch_boxed(value),
            Operand::Upvalue(_) | Operand::Const(_) | Operand::VirtualVararg => {
                self.place(value, self.next())
            }
        }
    }

    /// Brings a value to its destination.
    pub(super) fn place(&mut self, value: Value, dest: Dest) -> Fallible<u8> {
        let instr = match value.at {
            Operand::Reg(register) if register == dest.register() => return Ok(register),
            Operand::Reg(register) => Instr::new(Op::Move, 0, register, 0, 0),
            Operand::Box(register) => Instr::new(Op::GetBox, 0, register, 0, 0),
            Operand::Upvalue(index) => Instr::new(Op::GetUpval, 0, index, 0, 0),
            Operand::Const(literal) => {
                self.load(literal, dest, value.pos)?;
                return Ok(dest.register());
            }
            Operand::VirtualVararg => {
                self.load(Literal::Nil, dest, value.pos)?;
                return Ok(dest.register());
            }
        };
        self.produce(instr, dest, value.pos)?;
        Ok(dest.register())
    }

    /// Where a local variable's value is.
    pub(super) fn local(&self, id: LocalId) -> Operand {
        if self.f.virtual_vararg == Some(id) {
            Operand::VirtualVararg
        } else if self.is_boxed(id) {
            Operand::Box(self.register(id))
        } else {
            Operand::Reg(self.register(id))
        }
    }

    /// Where the table of a global variable is.
    pub(super) fn environment(&self, env: EnvRef) -> Operand {
        match env {
            EnvRef::Local(id) => self.local(id),
            EnvRef::Upvalue(id) => Operand::Upvalue(upvalue_index(id)),
            EnvRef::Constant(constant) => match self.kind(constant) {
                ExprKind::Literal(literal) => Operand::Const(literal),
                // The parser makes it a constant.
                _ => Operand::Const(Literal::Nil),
            },
        }
    }

    /// Whether an upvalue is an environment, so that what is found in it are globals.
    pub(super) fn is_environment(&self, index: u8) -> bool {
        self.ast.upvalues[usize::from(index)].name == ENV
    }

    /// An expression at the end of a left spine.
    fn leaf(&mut self, expr: ExprId, dest: Dest) -> Fallible<Value> {
        let Expr { kind, pos, .. } = self.node(expr);
        match kind {
            ExprKind::Literal(literal) => Ok(Value { at: Operand::Const(literal), pos }),
            ExprKind::Local(id) => Ok(Value { at: self.local(id), pos }),
            ExprKind::Upvalue(id) => Ok(Value { at: Operand::Upvalue(upvalue_index(id)), pos }),
            ExprKind::Global { env, name } => self.get_global(env, name, pos, dest),
            ExprKind::Vararg => {
                let instr = self.vararg_instr(2, pos)?;
                self.produce(instr, dest, pos)
            }
            ExprKind::Function(function) => {
                let index = self.nested_function(function);
                self.produce(Instr::new(Op::Closure, 0, 0, 0, index), dest, pos)
            }
            ExprKind::Unary { op, operand } => self.unary(expr, op, operand, dest),
            ExprKind::And(..) | ExprKind::Or(..) => self.logical_value(expr, dest),
            ExprKind::Table(items, end) => self.table(items, end, pos, dest),
            ExprKind::Index { .. }
            | ExprKind::Call { .. }
            | ExprKind::MethodCall { .. }
            | ExprKind::Binary { .. }
            | ExprKind::Paren(_) => self.expr(expr, dest),
        }
    }

    /// An expression of which the operand at the left is compiled already.
    fn apply(&mut self, expr: ExprId, left: Value, dest: Dest) -> Fallible<Value> {
        let node = self.node(expr);
        let pos = node.pos;
        match node.kind {
            ExprKind::Paren(_) => self.fetch(left),
            ExprKind::Index { key, .. } => {
                let (object, key) = self.index_operands(left, key)?;
                self.get_index(object, key, pos, dest)
            }
            ExprKind::Call { args, .. } => {
                self.place(left, Dest { local: None, ..dest })?;
                self.finish_call(Op::Call, args, Some(1), pos, dest.base)?;
                self.f.free = dest.base + 1;
                Ok(Value { at: Operand::Reg(dest.base), pos })
            }
            ExprKind::MethodCall { args, .. } => {
                self.method(left, expr, dest.base)?;
                self.finish_call(Op::Call, args, Some(1), pos, dest.base)?;
                self.f.free = dest.base + 1;
                Ok(Value { at: Operand::Reg(dest.base), pos })
            }
            ExprKind::Binary { op: BinOp::Concat, right, .. } => {
                self.place(left, Dest { local: None, ..dest })?;
                self.concat(right, pos, dest.base)
            }
            ExprKind::Binary { op, right, .. } => {
                let (left, right) = self.binary_operands(op, left, right, pos)?;
                if is_comparison(op) {
                    let pc = self.compare(op, left, right, true, pos, dest.base)?;
                    self.boolean(pc, dest, taken_at(&node))
                } else {
                    self.arithmetic(op, left, right, pos, dest)
                }
            }
            ExprKind::Literal(_)
            | ExprKind::Vararg
            | ExprKind::Function(_)
            | ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global { .. }
            | ExprKind::Unary { .. }
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Table(..) => self.leaf(expr, dest),
        }
    }

    /// Object and key of an index expression, of which the object is compiled already. Afterwards an upvalue
    /// as object remains pending only with a name as key.
    pub(super) fn index_operands(
        &mut self,
        object: Value,
        key: ExprId,
    ) -> Fallible<(Value, Value)> {
        let key = self.operand(key)?;
        let is_name = matches!(key.at, Operand::Const(Literal::Str(_)));
        let object = if is_name { object } else { self.fetch(object)? };
        Ok((object, key))
    }

    /// Loads a key that no instruction takes as a constant, before the value that is to be stored with it is evaluated.
    pub(super) fn settle_key(&mut self, key: Value) -> Fallible<Value> {
        match key.at {
            Operand::Const(Literal::Str(_) | Literal::Int(0..=255)) => Ok(key),
            Operand::Const(_) => Ok(Value { at: Operand::Reg(self.settle(key)?), ..key }),
            Operand::Reg(_) | Operand::Box(_) | Operand::Upvalue(_) | Operand::VirtualVararg => {
                Ok(key)
            }
        }
    }

    /// Fetches a global variable.
    pub(super) fn get_global(
        &mut self,
        env: EnvRef,
        name: Symbol,
        pos: Pos,
        dest: Dest,
    ) -> Fallible<Value> {
        let object = Value { at: self.environment(env), pos };
        let key = Value { at: Operand::Const(Literal::Str(name)), pos };
        self.get_index(object, key, pos, dest)
    }

    fn get_index(&mut self, object: Value, key: Value, pos: Pos, dest: Dest) -> Fallible<Value> {
        let instr = match (object.at, key.at) {
            (Operand::VirtualVararg, _) => {
                let key = self.settle(key)?;
                Instr::new(Op::GetVararg, 0, key, 0, 0)
            }
            (Operand::Upvalue(index), Operand::Const(Literal::Str(name)))
                if self.is_environment(index) =>
            {
                Instr::new(Op::GetEnv, 0, index, 0, self.property(name))
            }
            (_, Operand::Const(Literal::Str(name))) => {
                let object = self.settle(object)?;
                Instr::new(Op::GetField, 0, object, 0, self.property(name))
            }
            (_, Operand::Const(Literal::Int(n @ 0..=255))) => {
                let object = self.settle(object)?;
                Instr::new(Op::GetInt, 0, object, n as u8, self.site(Site::Element))
            }
            (_, _) => {
                let object = self.settle(object)?;
                let key = self.settle(key)?;
                Instr::new(Op::GetIndex, 0, object, key, self.site(Site::Element))
            }
        };
        self.produce(instr, dest, pos)
    }

    /// The operands of an operator, of which the left one is compiled already. A constant at the left is loaded before the
    /// right operand is evaluated, unless it may turn out that an instruction can take it as it is.
    pub(super) fn binary_operands(
        &mut self,
        op: BinOp,
        left: Value,
        right: ExprId,
        pos: Pos,
    ) -> Fallible<(Value, Value)> {
        let mut left = self.fetch(left)?;
        if let Operand::Const(literal) = left.at {
            if takes_constant_left(op, literal) {
                left.pos = pos;
            } else if is_number(literal) && !is_comparison(op) {
                left.pos.line = self.node(right).taken;
            } else {
                left.at = Operand::Reg(self.settle(left)?);
            }
        }
        let right = self.operand(right)?;
        Ok((left, right))
    }

    fn unary(&mut self, expr: ExprId, op: UnOp, operand: ExprId, dest: Dest) -> Fallible<Value> {
        let op = match op {
            UnOp::Not if is_test(&self.ast.tree, operand) => return self.logical_value(expr, dest),
            UnOp::Not => Op::Not,
            UnOp::Neg => Op::Unm,
            UnOp::Len => Op::Len,
            UnOp::BNot => Op::BNot,
        };
        let register = self.any_register(operand)?;
        self.produce(Instr::new(op, 0, register, 0, 0), dest, self.node(expr).pos)
    }

    /// The rest of a chain of `..` whose first operand is in place. Parentheses around the rest make no
    /// difference, since it is evaluated first anyway.
    fn concat(&mut self, rest: ExprId, pos: Pos, base: u8) -> Fallible<Value> {
        let mut rest = rest;
        loop {
            let mut inner = rest;
            while let ExprKind::Paren(child) = self.kind(inner) {
                inner = child;
            }
            let ExprKind::Binary { op: BinOp::Concat, left, right } = self.kind(inner) else {
                break;
            };
            self.next_register(left)?;
            rest = right;
        }
        self.next_register(rest)?;
        let count = self.f.free - base;
        self.emit(Instr::new(Op::Concat, base, count, 0, 0), pos);
        self.f.free = base + 1;
        Ok(Value { at: Operand::Reg(base), pos })
    }

    fn arithmetic(
        &mut self,
        op: BinOp,
        left: Value,
        right: Value,
        pos: Pos,
        dest: Dest,
    ) -> Fallible<Value> {
        let instr = match self.constant_form(op, right.at) {
            Some((op, constant)) => Instr::new(op, 0, self.settle(left)?, 0, constant),
            None => {
                let left = self.settle(left)?;
                let right = self.settle(right)?;
                Instr::new(register_form(op), 0, left, right, 0)
            }
        };
        self.produce(instr, dest, pos)
    }

    /// The operation with a constant as right operand and its field `d`, if there is one.
    fn constant_form(&mut self, op: BinOp, right: Operand) -> Option<(Op, u32)> {
        let Operand::Const(literal) = right else { return None };
        let (int, is_number) = match literal {
            Literal::Int(value) => (i32::try_from(value).ok().map(|value| value as u32), true),
            Literal::Float(_) => (None, true),
            Literal::Nil | Literal::Bool(_) | Literal::Str(_) => (None, false),
        };
        let is_integer = matches!(literal, Literal::Int(_));
        let with_immediate = match op {
            BinOp::Add => Some(Op::AddI),
            BinOp::Sub => Some(Op::SubI),
            BinOp::Shl => Some(Op::ShlI),
            BinOp::Shr => Some(Op::ShrI),
            BinOp::Mul
            | BinOp::Mod
            | BinOp::Pow
            | BinOp::Div
            | BinOp::IDiv
            | BinOp::BAnd
            | BinOp::BOr
            | BinOp::BXor
            | BinOp::Concat
            | BinOp::Eq
            | BinOp::Ne
            | BinOp::Lt
            | BinOp::Le
            | BinOp::Gt
            | BinOp::Ge => None,
        };
        if let (Some(op), Some(int)) = (with_immediate, int) {
            return Some((op, int));
        }
        let with_constant = match op {
            BinOp::Add => Op::AddK,
            BinOp::Sub => Op::SubK,
            BinOp::Mul => Op::MulK,
            BinOp::Mod => Op::ModK,
            BinOp::Pow => Op::PowK,
            BinOp::Div => Op::DivK,
            BinOp::IDiv => Op::IDivK,
            BinOp::BAnd if is_integer => Op::BAndK,
            BinOp::BOr if is_integer => Op::BOrK,
            BinOp::BXor if is_integer => Op::BXorK,
            BinOp::BAnd
            | BinOp::BOr
            | BinOp::BXor
            | BinOp::Shl
            | BinOp::Shr
            | BinOp::Concat
            | BinOp::Eq
            | BinOp::Ne
            | BinOp::Lt
            | BinOp::Le
            | BinOp::Gt
            | BinOp::Ge => return None,
        };
        is_number.then(|| (with_constant, self.constant(literal)))
    }
}

/// The arithmetic operation on two registers. The operators that have none are compiled elsewhere.
fn register_form(op: BinOp) -> Op {
    match op {
        BinOp::Add => Op::Add,
        BinOp::Sub => Op::Sub,
        BinOp::Mul => Op::Mul,
        BinOp::Mod => Op::Mod,
        BinOp::Pow => Op::Pow,
        BinOp::Div => Op::Div,
        BinOp::IDiv => Op::IDiv,
        BinOp::BAnd => Op::BAnd,
        BinOp::BOr => Op::BOr,
        BinOp::BXor => Op::BXor,
        BinOp::Shl => Op::Shl,
        BinOp::Shr => Op::Shr,
        BinOp::Concat => Op::Concat,
        BinOp::Eq | BinOp::Ne => Op::JEq,
        BinOp::Lt | BinOp::Gt => Op::JLt,
        BinOp::Le | BinOp::Ge => Op::JLe,
    }
}

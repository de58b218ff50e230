//! The interpreter learns.
//!
//! **Problem.** Compilers want to know what types the operands of an instruction have and which ways branches go, but
//! to write that down takes the interpreter longer than the instructions themselves, and most of them belong to functions
//! that nobody compiles.
//!
//! **Design.** A function that is about to be compiled learns first: for a number of instructions an instance of the loop runs
//! whose observer, the [`Learner`], looks at each before it begins. *What* it looks at follows from the opcode table: the kind
//! of feedback says what to ask, the rows for registers and operands where the answers are. The learning instance serves
//! whatever runs meanwhile, so the callees of the function learn with it.
//!
//! Which way a branch goes is seen from where the next instruction is, so that nothing is computed twice.
//!
//! Property sites and allocation sites learn by being carried out, in every tier.
//!
//! **Rejected.** To record in the arms of all instances behind a test: a load and a branch for every instruction.

use super::{End, Flow, Interp, Observer, V, slow};
use crate::feedback::bits;
use crate::function::Proto;
use crate::object::Gc;
use crate::table::Table;
use crate::value::Value;
use perilune_bytecode::flow::{Span, span};
use perilune_bytecode::ops::{Control, FeedbackKind, Field, Instr, Op, OperandKind};
use perilune_semantics::arith;
use std::ops::ControlFlow::{Break, Continue};
use std::ptr::null;

/// The function is about to be compiled, or somebody wants to know.
pub(super) struct Learner;

impl Observer for Learner {
    const SEES_CALLS: bool = false;

    #[inline(always)]
    fn before(interp: &mut Interp<'_, Self>) -> Flow {
        if !interp.cx.tiers.spend_learning() {
            interp.save_pc();
            return Break(End::Switch);
        }
        interp.look();
        Continue(())
    }
}

impl Interp<'_, Learner> {
    /// Looks at the instruction about to begin, and at where the last one has led.
    fn look(&mut self) {
        // SAFETY: verified code never runs off its end.
        let i = unsafe { *self.pc };
        let last = self.cx.tiers.pending_branch.replace(null());
        if !last.is_null() {
            self.see_branch(last);
        }
        let info = i.op().info();
        if info.feedback == FeedbackKind::None {
            return;
        }
        if info.control == Control::Branch && info.feedback != FeedbackKind::Arith {
            self.cx.tiers.pending_branch.set(self.pc);
        }
        self.pc = self.pc.wrapping_add(1);
        self.see(i.op(), i);
        self.pc = self.pc.wrapping_sub(1);
    }

    /// Notes which way the branch at `last` went, if that is what has led here.
    fn see_branch(&mut self, last: *const Instr) {
        let proto = self.proto();
        let Some(i) = proto.data.code.get(proto.index_of(last)) else { return };
        let next = last.wrapping_add(1);
        if self.pc == next {
            proto.note(last, bits::direction::NOT_TAKEN);
        } else if self.pc == next.wrapping_offset(i.sd() as isize) {
            proto.note(last, bits::direction::TAKEN);
        }
    }
}

impl<O: Observer> Interp<'_, O> {
    fn proto(&self) -> Gc<'static, Proto> {
        // SAFETY: the closure is that of the running frame, which keeps it and its prototype alive.
        unsafe { Gc::from_ptr((*self.closure).proto.get()) }
    }

    /// Learns from an instruction. The program counter is behind it, and nothing of it has been done.
    ///
    /// Everything from here on is inlined and has the opcode from the caller: steps know it when they are compiled, so that
    /// nothing of the opcode table is left in them.
    #[inline(always)]
    pub(super) fn see(&mut self, op: Op, i: Instr) {
        let seen = match op.info().feedback {
            FeedbackKind::Arith => self.see_arith(op, i),
            FeedbackKind::Compare => self.see_operands(op, i),
            FeedbackKind::Branch => bits::class_of_condition(self.first_operand(op, i)),
            FeedbackKind::Loop => return self.see_round(i),
            FeedbackKind::Element => self.see_element(op, i),
            FeedbackKind::Call => self.see_call(op, i),
            FeedbackKind::None | FeedbackKind::Property | FeedbackKind::Alloc => return,
        };
        if seen != 0 {
            self.proto().note(self.pc.wrapping_sub(1), seen);
        }
    }

    /// Calls `f` with each operand: the registers that it reads (but for open lists), immediates and constants.
    #[inline(always)]
    pub(super) fn for_each_operand(&self, op: Op, i: Instr, mut f: impl FnMut(V)) {
        let info = op.info();
        for regs in info.reads {
            if let Span::Exact { start, len } = span(*regs, i) {
                for k in start..start + len {
                    f(self.reg(k as u8));
                }
            }
        }
        for (field, kind) in Field::ALL.into_iter().zip(info.operands) {
            match kind {
                OperandKind::Imm8 => f(Value::small_int(i.field(field) as u8 as i8 as i32)),
                OperandKind::Imm32 => f(Value::small_int(i.field(field) as i32)),
                OperandKind::Const => f(self.constant(i.field(field))),
                OperandKind::None
                | OperandKind::Reg
                | OperandKind::Count
                | OperandKind::Flag
                | OperandKind::Upvalue
                | OperandKind::Proto
                | OperandKind::Jump
                | OperandKind::Site => {}
            }
        }
    }

    /// The value in the first register that an instruction reads.
    #[inline(always)]
    fn first_operand(&self, op: Op, i: Instr) -> V {
        match op.info().reads.first().map(|regs| span(*regs, i)) {
            Some(Span::Exact { start, .. }) => self.reg(start as u8),
            Some(Span::Open { .. } | Span::Captured | Span::Closing { .. }) | None => Value::NIL,
        }
    }

    /// The class of all operands together.
    #[inline(always)]
    fn see_operands(&self, op: Op, i: Instr) -> u8 {
        let mut class = None;
        self.for_each_operand(op, i, |v| {
            let c = bits::class_of(v);
            class = Some(class.map_or(c, |others| bits::join(others, c)));
        });
        class.unwrap_or(0)
    }

    /// The same, and what becomes of them.
    #[inline(always)]
    fn see_arith(&self, op: Op, i: Instr) -> u8 {
        let class = self.see_operands(op, i);
        let Some((arith_op, _)) = slow::arith_of(op) else { return class };
        if class != bits::operands::INT {
            return class;
        }
        let (mut x, mut y) = (None, None);
        self.for_each_operand(op, i, |v| {
            let filled = if x.is_none() { &mut x } else { &mut y };
            *filled = slow::to_num(v);
        });
        match x.zip(y.or(x)).map(|(x, y)| arith::arith(arith_op, x, y)) {
            Some(Ok(r)) => class | bits::of_result(class, r),
            Some(Err(_)) | None => class,
        }
    }

    /// Counts a round of a loop.
    fn see_round(&mut self, i: Instr) {
        let proto = self.proto();
        let at = self.pc.wrapping_sub(1);
        let seen = self.feedback().byte(proto.index_of(at));
        let counted = seen & bits::ROUNDS;
        let rounds = match i.op() {
            // Those to come, this one, and the next.
            Op::ForLoop => match self.reg(i.a()).as_int() {
                Some(left) => left.saturating_add(1).clamp(1, bits::ROUNDS as i64) as u8,
                None => counted.saturating_add(1),
            },
            _ => counted.saturating_add(1),
        };
        let rounds = rounds.max(counted).min(bits::ROUNDS);
        let way = match i.op().info().control {
            Control::Jump => bits::direction::TAKEN,
            Control::Next | Control::Branch | Control::Exit => 0,
        };
        self.feedback().set_byte(proto.index_of(at), seen & !bits::ROUNDS | rounds | way);
    }

    /// What an element access is about to meet with.
    #[inline(always)]
    fn see_element(&self, op: Op, i: Instr) -> u8 {
        let info = op.info();
        let mut values = [Value::NIL; 3];
        let mut n = 0;
        self.for_each_operand(op, i, |v| {
            if let Some(free) = values.get_mut(n) {
                *free = v;
                n += 1;
            }
        });
        // A small key is in the instruction, in the field that counts.
        let known = info.operands.iter().position(|k| *k == OperandKind::Count);
        let key = match known {
            Some(1) => Value::small_int(i.b() as i32),
            Some(_) => Value::small_int(i.c() as i32),
            None => values[1],
        };
        let Some(t) = values[0].downcast::<Table>() else { return bits::element::OTHER };
        let present = t.get_value(key);
        if info.writes.is_empty() {
            bits::of_write(&t, key, present, values[n.saturating_sub(1).min(2)])
        } else {
            bits::of_read(&t, key, present)
        }
    }

    /// Whom a call site calls.
    #[inline(always)]
    fn see_call(&mut self, op: Op, i: Instr) -> u8 {
        let callee = self.first_operand(op, i);
        self.feedback().learn_call(self.cx, self.cell(i.d()), callee);
        if callee.is_function() { 0 } else { bits::callee::OTHER }
    }
}

//! Templates of arithmetic.
//!
//! Integers are tested by their tags, two's complement in the upper 48 bits of a machine register, so that the
//! processor's overflow flag tells when a result has to go to an integer cell. Floats aren't tested at all: every
//! word that isn't a float is a NaN, so that the sum of a float and anything else is one, and a result that is a NaN
//! leads to the cold path.

use super::Baseline;
use super::assembler::Xmm;
use super::assembler::reg::{RAX, RCX, RDX, RSI, XMM0, XMM1};
use super::cold::Cold;
use super::stubs::Stub;
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_bytecode::ops::{Instr, Op, OperandKind};
use perilune_bytecode::proto::Constant;
use perilune_runtime::compiled::operator_of;
use perilune_runtime::feedback::bits::operands;
use perilune_runtime::value::{Value, tag};
use perilune_semantics::arith::ArithOp;

/// An operand.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    /// In a register.
    Register(u8),
    /// A small integer that is known.
    Int(i64),
    /// A float that is known.
    Float(f64),
    /// Another constant number: its word.
    Word(u64),
}

/// A cold path of arithmetic.
pub(super) struct Arith {
    pub(super) pc: usize,
    pub(super) op: ArithOp,
    pub(super) dest: u8,
    pub(super) x: u8,
    pub(super) y: Operand,
    /// Where operands of other types go.
    pub(super) others: DynamicLabel,
    /// Where goes what only a function can do.
    pub(super) entry: DynamicLabel,
    pub(super) back: DynamicLabel,
    /// What it tries before.
    pub(super) forms: Forms,
}

/// A way to do an operation without a function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Inline integers.
    Ints,
    /// Floats; of a constant integer, its float.
    Floats,
    /// Division of inline integers.
    Quotient,
    /// Inline integers and floats in any combination, as floats.
    Converted,
}

/// Forms in the order in which they are tried. A list of its own, since allocating one for each operation shows in the
/// time to compile.
#[derive(Clone, Copy, Default)]
pub(super) struct Forms([Option<Form>; 3]);

impl Forms {
    fn push(&mut self, form: Form) {
        let free = self.0.iter_mut().find(|f| f.is_none());
        debug_assert!(free.is_some());
        if let Some(free) = free {
            *free = Some(form);
        }
    }

    fn iter(&self) -> impl Iterator<Item = Form> {
        self.0.iter().copied().flatten()
    }

    fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    fn contains(&self, form: Form) -> bool {
        self.iter().any(|f| f == form)
    }
}

/// Whether a form's code is likely or cold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heat {
    Likely,
    Cold,
}

/// The float of an inline integer operand.
fn as_float(y: Operand) -> Option<f64> {
    match y {
        Operand::Int(i) => Some(i as f64),
        Operand::Float(f) => Some(f),
        Operand::Register(_) | Operand::Word(_) => None,
    }
}

impl Baseline<'_> {
    /// A constant as an operand.
    pub(super) fn constant_operand(&self, k: u32) -> Operand {
        let word = self.constant_word(k);
        match self.source.proto.constants.get(k as usize) {
            Some(Constant::Int(i)) if Value::try_int(*i).is_some() => Operand::Int(*i),
            Some(Constant::Float(f)) => Operand::Float(f.get()),
            _ => Operand::Word(word),
        }
    }

    /// The word of a constant.
    pub(super) fn constant_word(&self, k: u32) -> u64 {
        self.source.constant(k as usize)
    }

    /// The operator of an instruction and its right operand.
    pub(super) fn operator(&self, i: Instr) -> Option<(ArithOp, Operand)> {
        let op = operator_of(i.op())?;
        // As the reference implementation does it: -0.0 - 0 is 0.0.
        if i.op() == Op::SubI {
            return Some((ArithOp::Add, Operand::Int(-i64::from(i.sd()))));
        }
        let [_, _, c, d] = i.op().info().operands;
        let y = match (c, d) {
            (_, OperandKind::Imm32) => Operand::Int(i.sd().into()),
            (_, OperandKind::Const) => self.constant_operand(i.d()),
            (OperandKind::Reg, _) => Operand::Register(i.c()),
            _ => Operand::Register(i.b()),
        };
        Some((op, y))
    }

    /// Operators with forms that need no function: those for what has been seen are in line, the others in the cold path.
    pub(super) fn arithmetic(&mut self, i: Instr) {
        let Some((op, y)) = self.operator(i) else { return self.step(self.pc) };
        let (likely, forms) = self.forms_of(op, y);
        if likely.is_empty() {
            return self.arithmetic_by_function(i, op, y);
        }
        let a = Arith {
            pc: self.pc,
            op,
            dest: i.a(),
            x: i.b(),
            y,
            others: self.asm.label(),
            entry: self.asm.label(),
            back: self.asm.label(),
            forms,
        };
        self.emit_forms(&a, &likely, Heat::Likely);
        self.asm.bind(a.back);
        self.cold.push(Cold::Arith(a));
    }

    /// An operator none of whose forms is likely.
    pub(super) fn arithmetic_by_function(&mut self, i: Instr, op: ArithOp, y: Operand) {
        self.call_arithmetic(self.pc, op, i.b(), y);
        let declined = self.cold_step();
        self.if_declined(declined);
        self.asm.store(i.a(), RAX);
        self.bind_back();
    }

    /// Has the function of an operator leave the result in `rax`, unless it declines.
    fn call_arithmetic(&mut self, pc: usize, op: ArithOp, x: u8, y: Operand) {
        self.asm.load(RSI, x);
        match y {
            Operand::Register(y) => self.asm.load(RDX, y),
            Operand::Int(i) => self.asm.constant(RDX, int_word(i)),
            Operand::Float(f) => self.asm.constant(RDX, Value::float(f).bits()),
            Operand::Word(w) => self.asm.constant(RDX, w),
        }
        self.byte_address(RCX, pc);
        self.asm.call(Stub::Arithmetic(op));
    }

    /// The forms of an operation: those that are likely, and the rest. There are none if only integers in cells were seen,
    /// which are the function's.
    fn forms_of(&self, op: ArithOp, y: Operand) -> (Forms, Forms) {
        let seen = self.seen();
        let (ints, floats) = (has_int_template(op, y), has_float_template(op, y));
        let saw_ints = seen & operands::INT != 0;
        let saw_floats = seen & (float_bit(y) | operands::FLOAT) != 0;
        let mut likely = Forms::default();
        let mut rest = Forms::default();
        let saw_mixed = seen & operands::MIXED != 0 && float_bit(y) != operands::MIXED;
        let saw_cells = seen & operands::BIG != 0 && !saw_floats && !saw_mixed;
        if saw_cells && !saw_ints {
            return (likely, rest);
        }
        if op == ArithOp::Div && floats {
            likely.push(match (saw_ints, saw_floats) {
                _ if saw_mixed => Form::Converted,
                (true, true) => Form::Converted,
                (true, false) => Form::Quotient,
                (false, _) => Form::Floats,
            });
        } else if ints && (saw_ints || !saw_floats) {
            likely.push(Form::Ints);
            if floats && saw_floats {
                likely.push(Form::Floats);
            }
        } else if floats {
            likely.push(Form::Floats);
        }
        for (form, exists) in [
            (Form::Ints, ints),
            (Form::Floats, floats && !saw_cells),
            (Form::Converted, floats && op != ArithOp::Unm && saw_mixed),
        ] {
            if exists && !likely.contains(form) && !likely.contains(Form::Converted) {
                rest.push(form);
            }
        }
        (likely, rest)
    }

    /// Emits forms, each of which leads to the next if the operands are of other types, and the last out of them.
    fn emit_forms(&mut self, a: &Arith, forms: &Forms, heat: Heat) {
        let mut forms = forms.iter().peekable();
        while let Some(form) = forms.next() {
            let is_last = forms.peek().is_none();
            let others = match (is_last, heat) {
                (false, _) => self.asm.label(),
                (true, Heat::Likely) => a.others,
                (true, Heat::Cold) => a.entry,
            };
            match form {
                Form::Ints => self.ints(a, others, heat),
                Form::Floats => self.floats(a, others, heat),
                Form::Quotient => self.quotient(a, others),
                Form::Converted => self.converted(a, others),
            }
            if !is_last || heat == Heat::Cold {
                self.go(a.back);
            }
            if !is_last {
                self.asm.bind(others);
            }
        }
    }

    /// Notes that operands of a class were seen.
    fn note_operands(&mut self, a: &Arith, class: u8, heat: Heat) {
        match heat {
            Heat::Likely => self.note(class),
            Heat::Cold => self.note_in_cold(a.pc, class),
        }
    }

    /// Emits the cold path.
    pub(super) fn cold_arith(&mut self, a: &Arith) {
        self.asm.bind(a.others);
        self.emit_forms(a, &a.forms, Heat::Cold);
        self.asm.bind(a.entry);
        self.call_arithmetic(a.pc, a.op, a.x, a.y);
        let declined = self.asm.label();
        self.if_declined(declined);
        self.asm.store(a.dest, RAX);
        self.go(a.back);
        self.asm.bind(declined);
        self.step(a.pc);
        self.go(a.back);
    }

    /// The case of inline integers. Goes to `others` if the operands aren't, and to the entry of `a` if the result
    /// isn't.
    fn ints(&mut self, a: &Arith, others: DynamicLabel, heat: Heat) {
        self.expect_int_operands(a, others);
        self.note_operands(a, operands::INT, heat);
        match a.op {
            ArithOp::Add | ArithOp::Sub => self.add_ints(a),
            ArithOp::Mul => self.multiply_ints(a),
            ArithOp::BAnd | ArithOp::BOr | ArithOp::BXor => self.combine_bits(a),
            ArithOp::Mod | ArithOp::IDiv => self.divide_ints(a),
            ArithOp::Shl | ArithOp::Shr => self.shift_int(a),
            ArithOp::Unm => {
                self.asm.load_shifted(RAX, a.x);
                dynasm!(self.asm.ops ; .arch x64 ; neg rax ; jo =>a.entry);
                self.asm.box_shifted();
                self.asm.store(a.dest, RAX);
            }
            ArithOp::BNot => {
                self.asm.load_shifted(RAX, a.x);
                dynasm!(self.asm.ops ; .arch x64 ; not rax ; and rax, -0x1_0000);
                self.asm.box_shifted();
                self.asm.store(a.dest, RAX);
            }
            // They have no template for integers.
            ArithOp::Pow | ArithOp::Div => self.go(others),
        }
    }

    fn expect_int_operands(&mut self, a: &Arith, others: DynamicLabel) {
        self.asm.expect_tag(a.x, tag::INT, others);
        if let Operand::Register(y) = a.y
            && y != a.x
        {
            self.asm.expect_tag(y, tag::INT, others);
        }
    }

    fn add_ints(&mut self, a: &Arith) {
        self.asm.load_shifted(RAX, a.x);
        let add = a.op == ArithOp::Add;
        match a.y {
            Operand::Int(k) if i16::try_from(k).is_ok() => {
                let k = (k as i32) << 16;
                if add {
                    dynasm!(self.asm.ops ; .arch x64 ; add rax, k);
                } else {
                    dynasm!(self.asm.ops ; .arch x64 ; sub rax, k);
                }
            }
            _ => {
                self.shifted_right(a.y);
                if add {
                    dynasm!(self.asm.ops ; .arch x64 ; add rax, rcx);
                } else {
                    dynasm!(self.asm.ops ; .arch x64 ; sub rax, rcx);
                }
            }
        }
        dynasm!(self.asm.ops ; .arch x64 ; jo =>a.entry);
        self.asm.box_shifted();
        self.asm.store(a.dest, RAX);
    }

    /// The right operand of integers in the upper 48 bits of `rcx`.
    fn shifted_right(&mut self, y: Operand) {
        match y {
            Operand::Register(y) => self.asm.load_shifted(RCX, y),
            Operand::Int(k) => self.asm.constant(RCX, (k << 16) as u64),
            // They have no template for integers.
            Operand::Float(_) | Operand::Word(_) => {}
        }
    }

    fn multiply_ints(&mut self, a: &Arith) {
        self.asm.load_shifted(RAX, a.x);
        self.shifted_right(a.y);
        dynasm!(self.asm.ops ; .arch x64
            ; sar rcx, 16
            ; imul rax, rcx
            ; jo =>a.entry
        );
        self.asm.box_shifted();
        self.asm.store(a.dest, RAX);
    }

    fn combine_bits(&mut self, a: &Arith) {
        self.asm.load(RAX, a.x);
        match a.y {
            Operand::Register(y) => self.asm.load(RCX, y),
            Operand::Int(k) => self.asm.constant(RCX, int_word(k)),
            // They have no template for integers.
            Operand::Float(_) | Operand::Word(_) => {}
        }
        match a.op {
            ArithOp::BAnd => dynasm!(self.asm.ops ; .arch x64 ; and rax, rcx),
            ArithOp::BOr => dynasm!(self.asm.ops ; .arch x64 ; or rax, rcx),
            _ => {
                // Equal tags cancel out.
                dynasm!(self.asm.ops ; .arch x64 ; xor rax, rcx);
                self.asm.constant(RCX, tag::INT << 48);
                dynasm!(self.asm.ops ; .arch x64 ; or rax, rcx);
            }
        }
        self.asm.store(a.dest, RAX);
    }

    /// `//` and `%`, which round to minus infinity.
    fn divide_ints(&mut self, a: &Arith) {
        self.asm.load_shifted(RAX, a.x);
        dynasm!(self.asm.ops ; .arch x64 ; sar rax, 16);
        if let Operand::Int(k) = a.y
            && k > 0
            && (k as u64).is_power_of_two()
        {
            self.divide_by_power(a, k);
            return;
        }
        self.shifted_right(a.y);
        if matches!(a.y, Operand::Register(_)) {
            dynasm!(self.asm.ops ; .arch x64 ; test rcx, rcx ; jz =>a.entry);
        }
        let done = self.asm.label();
        dynasm!(self.asm.ops ; .arch x64 ; sar rcx, 16 ; cqo ; idiv rcx);
        if a.op == ArithOp::IDiv {
            // The quotient was rounded to zero; that is one too many if there is a remainder of the other sign.
            dynasm!(self.asm.ops ; .arch x64
                ; test rdx, rdx
                ; jz =>done
                ; xor rdx, rcx
                ; jns =>done
                ; dec rax
            );
            self.asm.bind(done);
            // -2^47 // -1
            dynasm!(self.asm.ops ; .arch x64 ; mov rdx, rax ; shl rax, 16 ; mov rcx, rax ; sar rcx, 16);
            dynasm!(self.asm.ops ; .arch x64 ; cmp rcx, rdx ; jne =>a.entry);
        } else {
            dynasm!(self.asm.ops ; .arch x64
                ; mov rax, rdx
                ; test rdx, rdx
                ; jz =>done
                ; xor rdx, rcx
                ; jns =>done
                ; add rax, rcx
            );
            self.asm.bind(done);
            dynasm!(self.asm.ops ; .arch x64 ; shl rax, 16);
        }
        self.asm.box_shifted();
        self.asm.store(a.dest, RAX);
    }

    /// The same by a power of two; the dividend is in `rax`.
    fn divide_by_power(&mut self, a: &Arith, k: i64) {
        if a.op == ArithOp::IDiv {
            let bits = k.trailing_zeros() as i8;
            dynasm!(self.asm.ops ; .arch x64 ; sar rax, bits);
        } else if let Ok(mask) = i32::try_from(k - 1) {
            dynasm!(self.asm.ops ; .arch x64 ; and rax, mask);
        } else {
            self.asm.constant(RCX, (k - 1) as u64);
            dynasm!(self.asm.ops ; .arch x64 ; and rax, rcx);
        }
        dynasm!(self.asm.ops ; .arch x64 ; shl rax, 16);
        self.asm.box_shifted();
        self.asm.store(a.dest, RAX);
    }

    /// Shifts by a known distance of less than 48.
    fn shift_int(&mut self, a: &Arith) {
        let Operand::Int(k) = a.y else { return self.go(a.entry) };
        let k = k as i8;
        self.asm.load_shifted(RAX, a.x);
        if a.op == ArithOp::Shl {
            dynasm!(self.asm.ops ; .arch x64
                ; mov rcx, rax
                ; shl rax, k
                ; mov rdx, rax
                ; sar rdx, k
                ; cmp rdx, rcx
                ; jne =>a.entry
            );
        } else {
            // Of a negative integer, many bits would be left.
            dynasm!(self.asm.ops ; .arch x64
                ; test rax, rax
                ; js =>a.entry
                ; shr rax, k
                ; and rax, -0x1_0000
            );
        }
        self.asm.box_shifted();
        self.asm.store(a.dest, RAX);
    }

    /// The case of floats. Goes to `others` if the result is a NaN.
    fn floats(&mut self, a: &Arith, others: DynamicLabel, heat: Heat) {
        self.load_operands(a, |b, x, slot| b.asm.load_float(x, slot));
        self.compute_float(a, others);
        self.note_operands(a, float_bit(a.y), heat);
        self.asm.store_float(a.dest, XMM0);
    }

    /// The quotient of inline integers.
    fn quotient(&mut self, a: &Arith, others: DynamicLabel) {
        self.expect_int_operands(a, others);
        self.load_operands(a, |b, x, slot| {
            b.asm.load(RAX, slot);
            b.asm.int_to_float(x);
        });
        self.compute_float(a, others);
        self.asm.store_float(a.dest, XMM0);
    }

    /// The case of floats and inline integers. Goes to `others` if the result is a NaN.
    fn converted(&mut self, a: &Arith, others: DynamicLabel) {
        self.load_operands(a, Self::load_converted);
        self.compute_float(a, others);
        self.asm.store_float(a.dest, XMM0);
    }

    /// Loads the operands of an operation on floats in `xmm0` and `xmm1`, by `load` what is in registers of the function.
    fn load_operands(&mut self, a: &Arith, mut load: impl FnMut(&mut Self, Xmm, u8)) {
        load(self, XMM0, a.x);
        match (a.y, as_float(a.y)) {
            (Operand::Register(y), _) => load(self, XMM1, y),
            (_, Some(f)) => self.asm.float_constant(XMM1, f),
            // It has no template for floats.
            (_, None) => {}
        }
    }

    /// Loads the float of an inline integer in a register of the function; anything else as [`load_float`] does.
    ///
    /// [`load_float`]: super::assembler::Asm::load_float
    pub(super) fn load_converted(&mut self, x: Xmm, slot: u8) {
        let (float, done) = (self.asm.label(), self.asm.label());
        self.asm.expect_tag(slot, tag::INT, float);
        self.asm.load(RAX, slot);
        self.asm.int_to_float(x);
        self.go(done);
        self.asm.bind(float);
        self.asm.load_float(x, slot);
        self.asm.bind(done);
    }

    /// Computes a float in `xmm0` from those in `xmm0` and `xmm1`; goes to `others` if it is a NaN.
    fn compute_float(&mut self, a: &Arith, others: DynamicLabel) {
        match a.op {
            ArithOp::Add => dynasm!(self.asm.ops ; .arch x64 ; addsd xmm0, xmm1),
            ArithOp::Sub => dynasm!(self.asm.ops ; .arch x64 ; subsd xmm0, xmm1),
            ArithOp::Mul => dynasm!(self.asm.ops ; .arch x64 ; mulsd xmm0, xmm1),
            ArithOp::Div => dynasm!(self.asm.ops ; .arch x64 ; divsd xmm0, xmm1),
            ArithOp::Unm => {
                dynasm!(self.asm.ops ; .arch x64
                    ; movq rax, xmm0
                    ; btc rax, 63
                    ; movq xmm0, rax
                );
            }
            ArithOp::Mod
            | ArithOp::Pow
            | ArithOp::IDiv
            | ArithOp::BAnd
            | ArithOp::BOr
            | ArithOp::BXor
            | ArithOp::Shl
            | ArithOp::Shr
            | ArithOp::BNot => return self.go(others),
        }
        dynasm!(self.asm.ops ; .arch x64 ; ucomisd xmm0, xmm0 ; jp =>others);
    }
}

/// The class of a float and a right operand, should this be a number that is known or a float.
fn float_bit(y: Operand) -> u8 {
    match y {
        Operand::Int(_) => operands::MIXED,
        Operand::Register(_) | Operand::Float(_) | Operand::Word(_) => operands::FLOAT,
    }
}

/// The word of an inline integer.
pub(super) fn int_word(i: i64) -> u64 {
    tag::INT << 48 | (i as u64 & ((1 << 48) - 1))
}

/// Whether [`Baseline::ints`] does it.
fn has_int_template(op: ArithOp, y: Operand) -> bool {
    match op {
        ArithOp::Pow | ArithOp::Div => false,
        ArithOp::Unm | ArithOp::BNot => true,
        // A divisor of zero is an error.
        ArithOp::Mod | ArithOp::IDiv => match y {
            Operand::Register(_) => true,
            Operand::Int(k) => k != 0,
            Operand::Float(_) | Operand::Word(_) => false,
        },
        ArithOp::Shl | ArithOp::Shr => matches!(y, Operand::Int(0..=47)),
        ArithOp::Add
        | ArithOp::Sub
        | ArithOp::Mul
        | ArithOp::BAnd
        | ArithOp::BOr
        | ArithOp::BXor => matches!(y, Operand::Register(_) | Operand::Int(_)),
    }
}

/// Whether [`Baseline::floats`] does it.
fn has_float_template(op: ArithOp, y: Operand) -> bool {
    match op {
        ArithOp::Add | ArithOp::Sub | ArithOp::Mul | ArithOp::Div | ArithOp::Unm => {
            !matches!(y, Operand::Word(_))
        }
        ArithOp::Mod
        | ArithOp::Pow
        | ArithOp::IDiv
        | ArithOp::BAnd
        | ArithOp::BOr
        | ArithOp::BXor
        | ArithOp::Shl
        | ArithOp::Shr
        | ArithOp::BNot => false,
    }
}

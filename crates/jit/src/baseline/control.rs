//! Templates of jumps, comparisons and loops.

use super::Baseline;
use super::arith::int_word;
use super::assembler::reg::{RAX, RCX, RDI, RDX, RSI};
use super::cold::Cold;
use super::stubs::{Other, Stub};
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_bytecode::ops::{Instr, Op};
use perilune_bytecode::proto::Constant;
use perilune_runtime::compiled::plain;
use perilune_runtime::value::tag;

/// A relation between the two sides of a comparison, as the instruction writes them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// The right side of a comparison.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Register(u8),
    Known(i8),
}

/// A cold path of a comparison.
pub(super) struct Comparison {
    pub(super) pc: usize,
    pub(super) kind: ComparisonKind,
    pub(super) entry: DynamicLabel,
    pub(super) back: DynamicLabel,
    pub(super) target: DynamicLabel,
}

#[derive(Clone, Copy)]
pub(super) enum ComparisonKind {
    /// An order.
    Order(u8, Relation, Side),
    /// Equality of two registers.
    Equal(u8, u8),
    /// Equality of a register and a small integer.
    EqualInt(u8, i8),
    /// Equality of a register and a constant.
    EqualWord(u8, u64),
}

impl Baseline<'_> {
    /// `if R[a] (relation) side == c then` jump.
    pub(super) fn order(&mut self, i: Instr, relation: Relation, side: Side) {
        let c = self.comparison(i, ComparisonKind::Order(i.a(), relation, side));
        self.asm.expect_tag(i.a(), tag::INT, c.entry);
        match side {
            Side::Register(b) => {
                self.asm.expect_tag(b, tag::INT, c.entry);
                self.asm.load_shifted(RAX, i.a());
                self.asm.load_shifted(RCX, b);
                dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx);
            }
            Side::Known(n) => {
                self.asm.load_shifted(RAX, i.a());
                dynasm!(self.asm.ops ; .arch x64 ; cmp rax, (n as i32) << 16);
            }
        }
        let to = c.target;
        match (relation, i.c() != 0) {
            (Relation::Less, true) | (Relation::GreaterEqual, false) => {
                dynasm!(self.asm.ops ; .arch x64 ; jl =>to)
            }
            (Relation::LessEqual, true) | (Relation::Greater, false) => {
                dynasm!(self.asm.ops ; .arch x64 ; jle =>to)
            }
            (Relation::Greater, true) | (Relation::LessEqual, false) => {
                dynasm!(self.asm.ops ; .arch x64 ; jg =>to)
            }
            (Relation::GreaterEqual, true) | (Relation::Less, false) => {
                dynasm!(self.asm.ops ; .arch x64 ; jge =>to)
            }
        }
        self.asm.bind(c.back);
        self.cold.push(Cold::Comparison(c));
    }

    fn comparison(&mut self, i: Instr, kind: ComparisonKind) -> Comparison {
        Comparison {
            pc: self.pc,
            kind,
            entry: self.asm.label(),
            back: self.asm.label(),
            target: self.target(i),
        }
    }

    /// `if (R[a] == R[b]) == c then` jump.
    pub(super) fn equal(&mut self, i: Instr) {
        let c = self.comparison(i, ComparisonKind::Equal(i.a(), i.b()));
        self.asm.load(RAX, i.a());
        self.asm.load(RCX, i.b());
        // Equal words are equal values, unless they are NaNs; only equal words are dealt with here.
        dynasm!(self.asm.ops ; .arch x64
            ; cmp rax, rcx
            ; jne =>c.entry
            ; cmp rax, r14
            ; jbe =>c.entry
        );
        if i.c() != 0 {
            self.go(c.target);
        }
        self.asm.bind(c.back);
        self.cold.push(Cold::Comparison(c));
    }

    /// `if (R[a] == b) == c then` jump, for a small integer b.
    pub(super) fn equal_int(&mut self, i: Instr) {
        let c = self.comparison(i, ComparisonKind::EqualInt(i.a(), i.sb()));
        let (back, target) = (c.back, c.target);
        self.asm.load(RAX, i.a());
        self.asm.constant(RCX, int_word(i.sb() as i64));
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx);
        if i.c() != 0 {
            dynasm!(self.asm.ops ; .arch x64 ; je =>target);
        } else {
            dynasm!(self.asm.ops ; .arch x64 ; je =>back);
        }
        // Another word is another value, unless it is a float.
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, r14 ; jbe =>c.entry);
        if i.c() == 0 {
            self.go(target);
        }
        self.asm.bind(back);
        self.cold.push(Cold::Comparison(c));
    }

    /// `if (R[a] == K[b]) == c then` jump.
    pub(super) fn equal_constant(&mut self, i: Instr) {
        let k = i.b() as u32;
        let word = self.constant_word(k);
        let by_word = match self.source.proto.constants.get(k as usize) {
            Some(Constant::Nil | Constant::Bool(_)) => true,
            Some(Constant::Str(s)) => s.len() <= perilune_runtime::string::MAX_SHORT,
            Some(Constant::Int(_) | Constant::Float(_)) | None => false,
        };
        if !by_word {
            return self.equal_any_constant(i, word);
        }
        let target = self.target(i);
        self.asm.load(RAX, i.a());
        self.asm.constant(RCX, word);
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx);
        if i.c() != 0 {
            dynasm!(self.asm.ops ; .arch x64 ; je =>target);
        } else {
            dynasm!(self.asm.ops ; .arch x64 ; jne =>target);
        }
    }

    /// The same for numbers and long strings, of which unequal words may be equal values.
    fn equal_any_constant(&mut self, i: Instr, word: u64) {
        let c = self.comparison(i, ComparisonKind::EqualWord(i.a(), word));
        self.asm.load(RAX, i.a());
        self.asm.constant(RCX, word);
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx ; jne =>c.entry);
        let is_nan = f64::from_bits(word).is_nan() && word <= 0xFFF8 << 48;
        if (i.c() != 0) != is_nan {
            self.go(c.target);
        }
        self.asm.bind(c.back);
        self.cold.push(Cold::Comparison(c));
    }

    /// Emits the cold path of a comparison: floats, then a plain function, then a step.
    pub(super) fn cold_comparison(&mut self, c: &Comparison) {
        let i = self.source.proto.code[c.pc];
        let wanted = i.c() != 0;
        self.asm.bind(c.entry);
        match c.kind {
            ComparisonKind::Order(a, relation, side) => {
                self.order_of_floats(c, wanted, a, relation, side);
                let (less, greater) = match relation {
                    Relation::Less | Relation::LessEqual => (RDI, RSI),
                    Relation::Greater | Relation::GreaterEqual => (RSI, RDI),
                };
                self.asm.load(less, a);
                match side {
                    Side::Register(b) => self.asm.load(greater, b),
                    Side::Known(n) => self.asm.constant(greater, int_word(n as i64)),
                }
                self.asm.call(Stub::Other(match relation {
                    Relation::Less | Relation::Greater => Other::LessThan,
                    Relation::LessEqual | Relation::GreaterEqual => Other::LessEqual,
                }));
            }
            ComparisonKind::Equal(a, b) => {
                self.unequal_ints(c, wanted, a, b);
                self.asm.load(RSI, a);
                self.asm.load(RDX, b);
                self.asm.call(Stub::Other(Other::Equal));
            }
            ComparisonKind::EqualWord(a, word) => {
                self.asm.load(RSI, a);
                self.asm.constant(RDX, word);
                self.asm.call(Stub::Other(Other::Equal));
            }
            ComparisonKind::EqualInt(a, n) => {
                self.asm.load(RSI, a);
                self.asm.constant(RDX, int_word(n as i64));
                self.asm.call(Stub::Other(Other::Equal));
            }
        }
        // 0, 1, or 2 for "ask a metamethod".
        let ask = self.asm.label();
        dynasm!(self.asm.ops ; .arch x64
            ; cmp eax, plain::ASK as i32
            ; je =>ask
            ; test eax, eax
        );
        if wanted {
            dynasm!(self.asm.ops ; .arch x64 ; jnz =>c.target);
        } else {
            dynasm!(self.asm.ops ; .arch x64 ; jz =>c.target);
        }
        self.go(c.back);
        self.asm.bind(ask);
        self.step(c.pc);
        self.go(c.back);
    }

    /// Two inline integers of which it is known that they aren't equal; falls through if they aren't such.
    fn unequal_ints(&mut self, c: &Comparison, wanted: bool, a: u8, b: u8) {
        let others = self.asm.label();
        self.asm.expect_tag(a, tag::INT, others);
        self.asm.expect_tag(b, tag::INT, others);
        self.go(if wanted { c.back } else { c.target });
        self.asm.bind(others);
    }

    /// The order of two floats; falls through if one of them isn't, or is a NaN.
    fn order_of_floats(
        &mut self,
        c: &Comparison,
        wanted: bool,
        a: u8,
        relation: Relation,
        side: Side,
    ) {
        let unordered = self.asm.label();
        self.asm.load_float(0, a);
        match side {
            Side::Register(b) => self.asm.load_float(1, b),
            Side::Known(n) => self.asm.float_constant(1, n as f64),
        }
        let to = c.target;
        dynasm!(self.asm.ops ; .arch x64 ; ucomisd xmm0, xmm1 ; jp =>unordered);
        match (relation, wanted) {
            (Relation::Less, true) | (Relation::GreaterEqual, false) => {
                dynasm!(self.asm.ops ; .arch x64 ; jb =>to)
            }
            (Relation::LessEqual, true) | (Relation::Greater, false) => {
                dynasm!(self.asm.ops ; .arch x64 ; jbe =>to)
            }
            (Relation::Greater, true) | (Relation::LessEqual, false) => {
                dynasm!(self.asm.ops ; .arch x64 ; ja =>to)
            }
            (Relation::GreaterEqual, true) | (Relation::Less, false) => {
                dynasm!(self.asm.ops ; .arch x64 ; jae =>to)
            }
        }
        self.go(c.back);
        self.asm.bind(unordered);
    }

    /// `if R[a] (is true) == wanted then` jump.
    pub(super) fn test(&mut self, i: Instr, wanted: bool) {
        let target = self.target(i);
        self.falsy(i.a());
        if wanted {
            dynasm!(self.asm.ops ; .arch x64 ; ja =>target);
        } else {
            dynasm!(self.asm.ops ; .arch x64 ; jbe =>target);
        }
    }

    /// Compares such that "below or equal" means that a register is nil or false.
    fn falsy(&mut self, slot: u8) {
        self.asm.load(RAX, slot);
        // nil and false are the first two words above `r14`.
        dynasm!(self.asm.ops ; .arch x64 ; sub rax, r14 ; dec rax ; cmp rax, 1);
    }

    /// `R[a] := not R[b]`.
    pub(super) fn not(&mut self, i: Instr) {
        self.falsy(i.b());
        // true is behind false.
        dynasm!(self.asm.ops ; .arch x64
            ; setbe al
            ; movzx eax, al
            ; lea rax, [r14 + rax + 2]
        );
        self.asm.store(i.a(), RAX);
    }

    /// Goes to `cold` if something waits for a safepoint.
    pub(super) fn poll(&mut self, cold: DynamicLabel) {
        dynasm!(self.asm.ops ; .arch x64 ; cmp BYTE [rbp + 0], BYTE 0 ; jne =>cold);
    }

    /// `pc += d`, backwards.
    pub(super) fn jump_back(&mut self, i: Instr) {
        let target = self.target(i);
        let cold = self.cold_step();
        self.poll(cold);
        self.go(target);
        self.bind_back();
    }

    /// The step of the loop that instruction `pc` prepares, if the instruction before it loads one that is known.
    fn known_step(&self, pc: usize) -> Option<i32> {
        let prepare = self.source.proto.code.get(pc)?;
        let before = self.source.proto.code.get(pc.checked_sub(1)?)?;
        let is_step = prepare.op() == Op::ForPrep
            && before.op() == Op::LoadI
            && before.a() == prepare.a() + 2;
        // Nothing jumps here, or the label would exist.
        (is_step && self.labels[pc].is_none()).then_some(before.sd())
    }

    /// `FORPREP`: loops over integers of one sign by steps of 1 or -1 are plain.
    pub(super) fn for_prep(&mut self, i: Instr) {
        let step = match self.known_step(self.pc) {
            Some(step @ (1 | -1)) => step,
            _ => return self.step(self.pc),
        };
        let a = i.a();
        let target = self.target(i);
        let cold = self.cold_step();
        self.asm.expect_tag(a, tag::INT, cold);
        self.asm.expect_tag(a + 1, tag::INT, cold);
        self.asm.load(RSI, a);
        self.asm.load(RCX, a + 1);
        // The first and the last control value must not be negative. Of two such integers, the words compare alike.
        let (least, greatest) = if step > 0 { (RSI, RCX) } else { (RCX, RSI) };
        dynasm!(self.asm.ops ; .arch x64
            ; bt Rq(least), 47
            ; jc =>cold
            ; bt Rq(greatest), 47
            ; jc =>cold
            ; cmp Rq(least), Rq(greatest)
            ; ja =>target
            ; sub Rq(greatest), Rq(least)
        );
        self.asm.constant(RAX, int_word(0));
        dynasm!(self.asm.ops ; .arch x64 ; or rax, Rq(greatest));
        if step < 0 {
            // The control variable begins with the greatest.
            self.asm.load(RSI, a);
        }
        self.asm.store(a, RAX);
        self.asm.constant(RAX, int_word(step as i64));
        self.asm.store(a + 1, RAX);
        self.asm.store(a + 2, RSI);
        self.bind_back();
    }

    /// `FORLOOP`: a loop with a positive inline count steps by plain additions.
    pub(super) fn for_loop(&mut self, i: Instr) {
        let target = self.target(i);
        let (cold, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::Step { pc: self.pc, entry: cold, back });
        let a = i.a();
        self.poll(cold);
        // An inline count is that of a plain loop, and not negative.
        self.asm.expect_tag(a, tag::INT, cold);
        self.asm.load_shifted(RAX, a);
        dynasm!(self.asm.ops ; .arch x64
            ; test rax, rax
            ; jz =>back
            ; dec QWORD [rbx + a as i32 * 8]
        );
        // The loop begins behind its preparation.
        let head = (self.pc as i64 + 1 + i.sd() as i64) as usize;
        match head.checked_sub(1).and_then(|prepare| self.known_step(prepare)) {
            Some(step) => {
                dynasm!(self.asm.ops ; .arch x64 ; add QWORD [rbx + (a as i32 + 2) * 8], step);
            }
            None => {
                self.asm.load_shifted(RAX, a + 1);
                dynasm!(self.asm.ops ; .arch x64
                    ; sar rax, 16
                    ; add [rbx + (a as i32 + 2) * 8], rax
                );
            }
        }
        self.go(target);
        self.bind_back();
    }

    /// `TFORPREP`: without a closing value, the two registers are exchanged.
    pub(super) fn generic_prep(&mut self, i: Instr) {
        let target = self.target(i);
        let cold = self.cold_step();
        self.asm.load(RAX, i.a() + 3);
        self.load_nil(RCX);
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx ; jne =>cold);
        self.asm.load(RAX, i.a() + 2);
        self.asm.store(i.a() + 2, RCX);
        self.asm.store(i.a() + 3, RAX);
        self.go(target);
        self.bind_back();
    }

    /// `TFORCALL` of `next` or the iterator of `ipairs`.
    pub(super) fn iterate(&mut self, i: Instr) {
        let cold = self.cold_step();
        self.asm.expect_tag(i.a(), tag::FUNCTION, cold);
        self.asm.expect_tag(i.a() + 1, tag::TABLE, cold);
        self.asm.address(RSI, i.a());
        dynasm!(self.asm.ops ; .arch x64 ; mov edx, i.c() as i32);
        self.asm.call(Stub::Other(Other::Iterate));
        dynasm!(self.asm.ops ; .arch x64 ; test al, al ; jz =>cold);
        self.bind_back();
    }

    /// `TFORLOOP`.
    pub(super) fn generic_loop(&mut self, i: Instr) {
        let target = self.target(i);
        let cold = self.cold_step();
        self.asm.load(RAX, i.a() + 3);
        let back = self.asm.label();
        self.if_nil(back);
        self.poll(cold);
        self.go(target);
        self.asm.bind(back);
        self.bind_back();
    }

    /// Comparisons with an immediate.
    pub(super) fn order_known(&mut self, i: Instr) {
        let relation = match i.op() {
            Op::JLtI => Relation::Less,
            Op::JLeI => Relation::LessEqual,
            Op::JGtI => Relation::Greater,
            _ => Relation::GreaterEqual,
        };
        self.order(i, relation, Side::Known(i.sb()));
    }
}

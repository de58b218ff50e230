//! Templates of jumps, comparisons and loops.

use super::Baseline;
use super::arith::int_word;
use super::assembler::reg::{RAX, RCX, RDI, RDX, RSI, XMM0, XMM1};
use super::assembler::{Xmm, above};
use super::cold::Cold;
use super::feedback::{Condition, Ways};
use super::stubs::{Other, Stub};
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_bytecode::flow;
use perilune_bytecode::ops::{Instr, Op};
use perilune_bytecode::proto::Constant;
use perilune_runtime::compiled::plain;
use perilune_runtime::feedback::Callees;
use perilune_runtime::feedback::bits::{direction, operands};
use perilune_runtime::value::tag;

/// Feedback about operands.
const OPERANDS: u8 = operands::INT
    | operands::FLOAT
    | operands::MIXED
    | operands::BIG
    | operands::STRING
    | operands::OTHER;

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

/// The right side of an equality of numbers.
#[derive(Clone, Copy)]
enum Number {
    Register(u8),
    Known(f64),
}

/// The number of a word that is that of a float or an inline integer.
fn number_in(word: u64) -> Option<f64> {
    match word >> 48 {
        _ if word <= above::R14 => Some(f64::from_bits(word)),
        // All of these can be floats.
        tag::INT => Some(((word << 16) as i64 >> 16) as f64),
        _ => None,
    }
}

/// The class of a float and the right side, should this be known or a float.
fn float_bit(side: Side) -> u8 {
    match side {
        Side::Register(_) => operands::FLOAT,
        Side::Known(_) => operands::MIXED,
    }
}

/// A cold path of a comparison.
pub(super) struct Comparison {
    pub(super) pc: usize,
    pub(super) kind: ComparisonKind,
    pub(super) entry: DynamicLabel,
    pub(super) back: DynamicLabel,
    ways: Ways,
    /// Whether the cold path tries integers.
    try_ints: bool,
    /// Whether it tries floats.
    try_floats: bool,
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

/// A step of a numeric `for`.
pub(super) struct LoopStep {
    pc: usize,
    /// The loop's head.
    target: DynamicLabel,
    /// Where a loop that isn't plain is stepped.
    entry: DynamicLabel,
    /// Where to go to poll.
    poll: DynamicLabel,
    /// Where the control variable of a plain loop gets another sign, which leaves its word with a wrong tag.
    crossing: DynamicLabel,
    /// Behind the loop.
    pub(super) back: DynamicLabel,
}

impl Baseline<'_> {
    /// `if R[a] (relation) side == c then` jump.
    pub(super) fn order(&mut self, i: Instr, relation: Relation, side: Side) {
        let mut c = self.comparison(i, ComparisonKind::Order(i.a(), relation, side));
        let seen = self.seen();
        let saw_floats = seen & float_bit(side) != 0;
        c.try_floats = !saw_floats;
        c.try_ints = saw_floats && seen & operands::INT == 0;
        if !c.try_ints {
            let others = if c.try_floats { c.entry } else { self.asm.label() };
            self.expect_ints(i.a(), side, others);
            self.note(operands::INT);
            self.order_of_ints(&c, i.a(), relation, side);
            if !c.try_floats {
                self.go(c.back);
                self.asm.bind(others);
            }
        }
        if !c.try_floats {
            self.load_side(XMM0, XMM1, i.a(), side);
            self.order_of_floats(&c, relation, c.entry);
        }
        self.asm.bind(c.back);
        self.cold.push(Cold::Comparison(c));
    }

    /// Goes to `others` unless both sides are inline integers.
    fn expect_ints(&mut self, a: u8, side: Side, others: DynamicLabel) {
        self.asm.expect_tag(a, tag::INT, others);
        if let Side::Register(b) = side {
            self.asm.expect_tag(b, tag::INT, others);
        }
    }

    /// Branches by the order of inline integers. The code behind it must be where it is to go on.
    fn order_of_ints(&mut self, c: &Comparison, a: u8, relation: Relation, side: Side) {
        self.asm.load_shifted(RAX, a);
        match side {
            Side::Register(b) => {
                self.asm.load_shifted(RCX, b);
                dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx);
            }
            Side::Known(n) => {
                dynasm!(self.asm.ops ; .arch x64 ; cmp rax, (n as i32) << 16);
            }
        }
        let condition = match (relation, self.wanted(c)) {
            (Relation::Less, true) | (Relation::GreaterEqual, false) => Condition::Less,
            (Relation::LessEqual, true) | (Relation::Greater, false) => Condition::LessEqual,
            (Relation::Greater, true) | (Relation::LessEqual, false) => Condition::Greater,
            (Relation::GreaterEqual, true) | (Relation::Less, false) => Condition::GreaterEqual,
        };
        self.branch(condition, &c.ways);
    }

    /// Whether a comparison jumps if it holds.
    fn wanted(&self, c: &Comparison) -> bool {
        self.source.proto.code[c.pc].c() != 0
    }

    fn comparison(&mut self, i: Instr, kind: ComparisonKind) -> Comparison {
        let back = self.asm.label();
        let target = self.target(i);
        Comparison {
            pc: self.pc,
            kind,
            entry: self.asm.label(),
            back,
            ways: self.ways(target, back),
            try_ints: false,
            try_floats: false,
        }
    }

    /// `if (R[a] == R[b]) == c then` jump.
    pub(super) fn equal(&mut self, i: Instr) {
        let c = self.comparison(i, ComparisonKind::Equal(i.a(), i.b()));
        let seen = self.seen() & OPERANDS;
        if seen == operands::INT {
            self.expect_ints(i.a(), Side::Register(i.b()), c.entry);
        }
        self.unless_seen(OPERANDS, c.entry);
        self.asm.load(RAX, i.a());
        self.asm.load(RCX, i.b());
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx);
        if seen == operands::INT {
            self.branch(if i.c() != 0 { Condition::Equal } else { Condition::NotEqual }, &c.ways);
        } else {
            // Equal words are equal values, unless they are NaNs; only equal words are dealt with here.
            dynasm!(self.asm.ops ; .arch x64
                ; jne =>c.entry
                ; cmp rax, r14
                ; jbe =>c.entry
            );
            self.go_if(i.c() != 0, &c);
        }
        self.asm.bind(c.back);
        self.cold.push(Cold::Comparison(c));
    }

    /// Goes one of the ways of a comparison.
    fn go_if(&mut self, taken: bool, c: &Comparison) {
        self.go(if taken { c.ways.taken } else { c.ways.not_taken });
    }

    /// `if (R[a] == b) == c then` jump, for a small integer b.
    pub(super) fn equal_int(&mut self, i: Instr) {
        let c = self.comparison(i, ComparisonKind::EqualInt(i.a(), i.sb()));
        self.unless_seen(OPERANDS, c.entry);
        self.asm.load(RAX, i.a());
        self.asm.constant(RCX, int_word(i.sb() as i64));
        if self.seen() & OPERANDS == operands::INT {
            self.asm.expect_tag(i.a(), tag::INT, c.entry);
            dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx);
            self.branch(if i.c() != 0 { Condition::Equal } else { Condition::NotEqual }, &c.ways);
        } else {
            dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx);
            let equal = if i.c() != 0 { c.ways.taken } else { c.ways.not_taken };
            dynasm!(self.asm.ops ; .arch x64
                ; je =>equal
                // Another word is another value, unless it is a float.
                ; cmp rax, r14
                ; jbe =>c.entry
            );
            self.go_if(i.c() == 0, &c);
        }
        self.asm.bind(c.back);
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
        let (target, back) = (self.target(i), self.asm.label());
        let ways = self.ways(target, back);
        self.asm.load(RAX, i.a());
        self.asm.constant(RCX, word);
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx);
        self.branch(if i.c() != 0 { Condition::Equal } else { Condition::NotEqual }, &ways);
        self.asm.bind(back);
    }

    /// The same for numbers and long strings, of which unequal words may be equal values.
    fn equal_any_constant(&mut self, i: Instr, word: u64) {
        let c = self.comparison(i, ComparisonKind::EqualWord(i.a(), word));
        self.unless_seen(OPERANDS, c.entry);
        self.asm.load(RAX, i.a());
        self.asm.constant(RCX, word);
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx ; jne =>c.entry);
        let is_nan = f64::from_bits(word).is_nan() && word <= above::R14;
        self.go_if((i.c() != 0) != is_nan, &c);
        self.asm.bind(c.back);
        self.cold.push(Cold::Comparison(c));
    }

    /// Emits the cold path of a comparison: other numbers, then a plain function, then a step.
    pub(super) fn cold_comparison(&mut self, c: &Comparison) {
        let wanted = self.wanted(c);
        self.asm.bind(c.entry);
        match c.kind {
            ComparisonKind::Order(a, relation, side) => {
                self.order_of_others(c, a, relation, side);
                let (less, greater) = match relation {
                    Relation::Less | Relation::LessEqual => (RDI, RSI),
                    Relation::Greater | Relation::GreaterEqual => (RSI, RDI),
                };
                self.asm.load(less, a);
                match side {
                    Side::Register(b) => self.asm.load(greater, b),
                    Side::Known(n) => self.asm.constant(greater, int_word(n as i64)),
                }
                self.byte_address(RDX, c.pc);
                self.asm.call(Stub::Other(match relation {
                    Relation::Less | Relation::Greater => Other::LessThan,
                    Relation::LessEqual | Relation::GreaterEqual => Other::LessEqual,
                }));
            }
            ComparisonKind::Equal(a, b) => {
                self.equality_of_ints(c, a, b);
                self.equality_of_floats(c, a, Number::Register(b));
                self.asm.load(RSI, a);
                self.asm.load(RDX, b);
                self.byte_address(RCX, c.pc);
                self.asm.call(Stub::Other(Other::Equal));
            }
            ComparisonKind::EqualWord(a, word) => {
                if let Some(n) = number_in(word) {
                    self.equality_of_floats(c, a, Number::Known(n));
                }
                self.asm.load(RSI, a);
                self.asm.constant(RDX, word);
                self.byte_address(RCX, c.pc);
                self.asm.call(Stub::Other(Other::Equal));
            }
            ComparisonKind::EqualInt(a, n) => {
                self.equality_of_floats(c, a, Number::Known(n as f64));
                self.asm.load(RSI, a);
                self.asm.constant(RDX, int_word(n as i64));
                self.byte_address(RCX, c.pc);
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
        self.jump_if(if wanted { Condition::NotEqual } else { Condition::Equal }, c.ways.taken);
        self.go(c.ways.not_taken);
        self.asm.bind(ask);
        self.step(c.pc);
        self.go(c.back);
    }

    /// Equality of two inline integers; falls through if they aren't such.
    fn equality_of_ints(&mut self, c: &Comparison, a: u8, b: u8) {
        let others = self.asm.label();
        self.asm.expect_tag(a, tag::INT, others);
        self.asm.expect_tag(b, tag::INT, others);
        self.note_in_cold(c.pc, operands::INT);
        self.asm.load(RAX, a);
        self.asm.load(RCX, b);
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx);
        let condition = if self.wanted(c) { Condition::Equal } else { Condition::NotEqual };
        self.jump_if(condition, c.ways.taken);
        self.go(c.ways.not_taken);
        self.asm.bind(others);
    }

    /// Equality of numbers one of which, at least, is a float and none of which is large, if there were such here; falls
    /// through if they aren't such, or one is a NaN.
    fn equality_of_floats(&mut self, c: &Comparison, a: u8, right: Number) {
        let seen = self.source.feedback.byte(c.pc);
        if seen & (operands::FLOAT | operands::MIXED) == 0 {
            return;
        }
        let others = self.asm.label();
        let convert = seen & operands::MIXED != 0;
        let load = |this: &mut Self, to: Xmm, slot: u8| {
            if convert { this.load_converted(to, slot) } else { this.asm.load_float(to, slot) }
        };
        load(self, XMM0, a);
        match right {
            Number::Register(b) => load(self, XMM1, b),
            Number::Known(n) => self.asm.float_constant(XMM1, n),
        }
        dynasm!(self.asm.ops ; .arch x64 ; ucomisd xmm0, xmm1 ; jp =>others);
        let condition = if self.wanted(c) { Condition::Equal } else { Condition::NotEqual };
        self.jump_if(condition, c.ways.taken);
        self.go(c.ways.not_taken);
        self.asm.bind(others);
    }

    /// The order of numbers that the likely code doesn't know; falls through if it has to be left to a function.
    fn order_of_others(&mut self, c: &Comparison, a: u8, relation: Relation, side: Side) {
        if c.try_ints {
            let others = self.asm.label();
            self.expect_ints(a, side, others);
            self.note_in_cold(c.pc, operands::INT);
            self.order_of_ints(c, a, relation, side);
            self.go(c.back);
            self.asm.bind(others);
        }
        if c.try_floats {
            let (others, unordered) = (self.asm.label(), self.asm.label());
            self.load_side(XMM0, XMM1, a, side);
            dynasm!(self.asm.ops ; .arch x64 ; ucomisd xmm0, xmm1 ; jp =>unordered);
            self.note_in_cold(c.pc, float_bit(side));
            self.order_of_floats(c, relation, others);
            self.go(c.back);
            self.asm.bind(others);
            self.asm.bind(unordered);
        }
        if let Side::Register(b) = side
            && self.source.feedback.byte(c.pc) & operands::MIXED != 0
        {
            let others = self.asm.label();
            self.load_converted(XMM0, a);
            self.load_converted(XMM1, b);
            self.order_of_floats(c, relation, others);
            self.go(c.back);
            self.asm.bind(others);
        }
    }

    /// Loads both sides as floats; what isn't a float becomes a NaN.
    fn load_side(&mut self, x: Xmm, y: Xmm, a: u8, side: Side) {
        self.asm.load_float(x, a);
        match side {
            Side::Register(b) => self.asm.load_float(y, b),
            Side::Known(n) => self.asm.float_constant(y, n as f64),
        }
    }

    /// Branches by the order of the floats in `xmm0` and `xmm1`; goes to `unordered` if one is a NaN. The code behind it
    /// must be where it is to go on.
    fn order_of_floats(&mut self, c: &Comparison, relation: Relation, unordered: DynamicLabel) {
        let condition = match (relation, self.wanted(c)) {
            (Relation::Less, true) | (Relation::GreaterEqual, false) => Condition::Below,
            (Relation::LessEqual, true) | (Relation::Greater, false) => Condition::BelowEqual,
            (Relation::Greater, true) | (Relation::LessEqual, false) => Condition::Above,
            (Relation::GreaterEqual, true) | (Relation::Less, false) => Condition::AboveEqual,
        };
        dynasm!(self.asm.ops ; .arch x64 ; ucomisd xmm0, xmm1 ; jp =>unordered);
        self.branch(condition, &c.ways);
    }

    /// `if R[a] (is true) == wanted then` jump.
    pub(super) fn test(&mut self, i: Instr, wanted: bool) {
        let (target, back) = (self.target(i), self.asm.label());
        let ways = self.ways(target, back);
        self.falsy(i.a());
        self.branch(if wanted { Condition::Above } else { Condition::BelowEqual }, &ways);
        self.asm.bind(back);
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
            ; lea rax, [BYTE r14 + rax + above::FALSE]
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
        let target = self.way(direction::TAKEN, target);
        let cold = self.cold_step();
        self.poll(cold);
        self.go(target);
        self.bind_back();
    }

    /// The step of the loop that instruction `pc` prepares, if the instruction before it loads one that is known.
    fn known_step(&self, pc: usize) -> Option<i32> {
        // Nothing jumps here, or the label would exist.
        flow::known_step(&self.source.proto.code, pc).filter(|_| self.labels[pc].is_none())
    }

    /// `FORPREP`: loops over integers by steps of 1 or -1 are prepared in line.
    pub(super) fn for_prep(&mut self, i: Instr) {
        let (entry, back) = (self.asm.label(), self.asm.label());
        let target = self.target(i);
        self.cold.push(Cold::PrepareFor { pc: self.pc, target, entry, back });
        let step = match self.known_step(self.pc) {
            Some(step @ (1 | -1)) => step,
            _ => {
                self.go(entry);
                return self.asm.bind(back);
            }
        };
        let a = i.a();
        self.asm.expect_tag(a, tag::INT, entry);
        self.asm.expect_tag(a + 1, tag::INT, entry);
        self.note(operands::INT);
        self.asm.load_shifted(RSI, a);
        self.asm.load_shifted(RCX, a + 1);
        let (least, greatest) = if step > 0 { (RSI, RCX) } else { (RCX, RSI) };
        dynasm!(self.asm.ops ; .arch x64
            ; cmp Rq(least), Rq(greatest)
            ; jg =>target
            ; sub Rq(greatest), Rq(least)
            // More iterations than an inline integer can count.
            ; jo =>entry
            ; shr Rq(greatest), 16
        );
        self.asm.load(RDX, a);
        self.asm.constant(RAX, int_word(0));
        dynasm!(self.asm.ops ; .arch x64 ; or rax, Rq(greatest));
        self.asm.store(a, RAX);
        self.asm.constant(RAX, int_word(step as i64));
        self.asm.store(a + 1, RAX);
        self.asm.store(a + 2, RDX);
        self.asm.bind(back);
    }

    /// `FORLOOP`: a loop with an inline count steps by a plain addition, one over floats by an addition and a comparison.
    pub(super) fn for_loop(&mut self, i: Instr) {
        // The loop begins behind its preparation.
        let head = (self.pc as i64 + 1 + i.sd() as i64) as usize;
        let prepare = head.saturating_sub(1);
        let seen = self.source.feedback.byte(prepare);
        let over_floats = seen & (operands::FLOAT | operands::MIXED) != 0;
        let over_ints = seen & (operands::INT | operands::MIXED) != 0 || !over_floats;
        let target = self.target(i);
        let s = LoopStep {
            pc: self.pc,
            target: self.way(direction::TAKEN, target),
            entry: self.asm.label(),
            poll: self.asm.label(),
            crossing: self.asm.label(),
            back: self.asm.label(),
        };
        self.poll(s.poll);
        if over_ints {
            let others = if over_floats { self.asm.label() } else { s.entry };
            self.step_ints(i.a(), prepare, &s, others);
            if over_floats {
                self.asm.bind(others);
            }
        }
        if over_floats {
            self.step_floats(i.a(), &s);
        }
        self.asm.bind(s.back);
        self.cold.push(Cold::StepFor(s));
    }

    /// Steps a loop with an inline count; another one at `others`.
    fn step_ints(&mut self, a: u8, prepare: usize, s: &LoopStep, others: DynamicLabel) {
        // An inline count is that of a plain loop, and not negative.
        self.asm.expect_tag(a, tag::INT, others);
        self.asm.load_shifted(RAX, a);
        dynasm!(self.asm.ops ; .arch x64
            ; test rax, rax
            ; jz =>s.back
            ; dec QWORD [rbx + a as i32 * 8]
        );
        let control = (a as i32 + 2) * 8;
        match self.known_step(prepare) {
            Some(step) => dynasm!(self.asm.ops ; .arch x64 ; add QWORD [rbx + control], step),
            None => {
                self.asm.load_shifted(RAX, a + 1);
                dynasm!(self.asm.ops ; .arch x64 ; sar rax, 16 ; add [rbx + control], rax);
            }
        }
        self.asm.expect_tag(a + 2, tag::INT, s.crossing);
        self.go(s.target);
    }

    /// Steps a loop whose limit is a float.
    fn step_floats(&mut self, a: u8, s: &LoopStep) {
        let (limit, control) = (a, a + 2);
        self.asm.load(RCX, limit);
        self.asm.load(RDX, control);
        self.asm.load(RAX, a + 1);
        let down = self.asm.label();
        // If the limit is a float, so is the step. The variable might have been changed by the debug library.
        dynasm!(self.asm.ops ; .arch x64
            ; cmp rcx, r14
            ; ja =>s.entry
            ; cmp rdx, r14
            ; ja =>s.entry
            ; movq xmm1, rcx
            ; movq xmm0, rdx
            ; movq xmm2, rax
            ; addsd xmm0, xmm2
            ; test rax, rax
            ; js =>down
            ; ucomisd xmm1, xmm0
            // Below, or one of them is a NaN.
            ; jb =>s.back
        );
        self.asm.store_float(control, XMM0);
        self.go(s.target);
        self.asm.bind(down);
        dynasm!(self.asm.ops ; .arch x64 ; ucomisd xmm0, xmm1 ; jb =>s.back);
        self.asm.store_float(control, XMM0);
        self.go(s.target);
    }

    /// Emits the cold path of a step: that of a loop which isn't plain, a poll, a new sign.
    pub(super) fn cold_loop_step(&mut self, s: &LoopStep) {
        let a = self.source.proto.code[s.pc].a();
        self.asm.bind(s.entry);
        self.asm.address(RSI, a);
        self.asm.call(Stub::Other(Other::StepFor));
        dynasm!(self.asm.ops ; .arch x64 ; cmp eax, 1 ; je =>s.target ; jb =>s.back);
        self.asm.bind(s.poll);
        self.step(s.pc);
        self.go(s.back);
        self.asm.bind(s.crossing);
        self.asm.load_shifted(RAX, a + 2);
        self.asm.box_shifted();
        self.asm.store(a + 2, RAX);
        self.go(s.target);
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
        // Other iterators are called by the step, which notes them.
        if self.source.feedback.cell(i.d()).is_none_or(|c| c.callees() == Callees::None) {
            self.asm.load_pointer(RAX, i.a());
            self.note_callee(i.d(), i.a());
        }
        self.asm.address(RSI, i.a());
        dynasm!(self.asm.ops ; .arch x64 ; mov edx, i.c() as i32);
        self.asm.call(Stub::Other(Other::Iterate));
        dynasm!(self.asm.ops ; .arch x64 ; test al, al ; jz =>cold);
        self.bind_back();
    }

    /// `TFORLOOP`.
    pub(super) fn generic_loop(&mut self, i: Instr) {
        let (target, back) = (self.target(i), self.asm.label());
        let ways = self.ways(target, back);
        let cold = self.cold_step();
        self.asm.load(RAX, i.a() + 3);
        self.if_nil(ways.not_taken);
        self.poll(cold);
        self.go(ways.taken);
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

//! Runs of arithmetic on integers that don't fit into a word.
//!
//! **Problem.** An integer of more than 48 bits is in a cell of its own, and each operation makes another one. Programs that
//! calculate with all 64 bits, hashes and generators of random numbers, do nothing else; and most of their results are operands
//! of the next instruction and nothing more.
//!
//! **Design.** A *run* is a sequence of operators, one directly behind the other, all of which have met integers only, among
//! them large ones. It is compiled twice. First as a whole: operands are taken out of their words once and stay in machine
//! registers, as do results; at the end those that are alive ([`Proto::live_top`] says so) are made into words again. Then one
//! by one, each by the function of its operator: that is where the first version goes on if it finds anything but integers,
//! having put what it has in registers where it belongs, and where the interpreter enters.
//!
//! ```text
//!   instruction k ──► R[x], R[y] → registers ──► … ──► instruction n ──► registers → R[…] ──┐
//!                            │                                                              │
//!                            └── no integer: registers → R[…] ─► function k ─► … function n ┴►
//! ```
//!
//! **Invariants.** Nothing jumps into a run, and nothing in it collects, polls or calls Lua code before it leaves the first
//! version. All that can fail of an instruction fails before it changes a register.
//!
//! **Rejected.** Cells that are reused: who else knows a cell can't be seen from it. Keeping values in registers beyond a
//! run, which is what the optimizer is for.
//!
//! [`Proto::live_top`]: perilune_bytecode::proto::Proto::live_top

use super::Baseline;
use super::arith::Operand;
use super::assembler::reg::{R8, R9, R10, R11, RAX, RDI, RDX, RSI};
use super::assembler::{Reg, short};
use super::cold::Cold;
use super::stubs::{Other, Stub};
use crate::fast_paths::{FastPath, FastPaths};
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_bytecode::flow::{Span, span};
use perilune_bytecode::ops::Instr;
use perilune_bytecode::proto::Constant;
use perilune_runtime::compiled::run_for;
use perilune_runtime::feedback::bits::{operands, result};
use perilune_runtime::heap::Run as FreeCells;
use perilune_runtime::value::tag;
use perilune_semantics::arith::ArithOp;
use std::mem::offset_of;

/// The machine registers that hold integers. The others are scratch.
const POOL: [Reg; 6] = [R8, R9, R10, R11, RSI, RDI];

/// A register of the function whose integer is in a machine register.
#[derive(Clone, Copy)]
struct Held {
    slot: u8,
    /// Whether it isn't in the register of the function yet.
    is_new: bool,
    /// Whether it is likely to need a cell.
    is_large: bool,
    /// The instruction that used it last.
    used: usize,
}

/// What is in the machine registers of [`POOL`].
#[derive(Clone, Copy, Default)]
struct File([Option<Held>; POOL.len()]);

impl File {
    fn find(&self, slot: u8) -> Option<usize> {
        self.0.iter().position(|h| h.is_some_and(|h| h.slot == slot))
    }
}

/// Registers of the function that are to be written, from machine registers.
#[derive(Clone, Copy, Default)]
pub(super) struct Pending {
    items: [(u8, u8); POOL.len()],
    len: u8,
}

impl Pending {
    fn push(&mut self, slot: u8, register: usize) {
        if let Some(item) = self.items.get_mut(usize::from(self.len)) {
            *item = (slot, register as u8);
            self.len += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = (u8, Reg)> {
        let items = self.items.iter().take(usize::from(self.len));
        items.map(|&(slot, r)| (slot, POOL[usize::from(r) % POOL.len()]))
    }
}

/// An instruction of a run.
#[derive(Clone, Copy)]
struct Step {
    op: ArithOp,
    dest: u8,
    x: u8,
    y: Operand,
}

/// The right operand, where an operation finds it.
#[derive(Clone, Copy)]
enum Right {
    /// In a machine register.
    In(Reg),
    /// Known.
    Known(i64),
}

/// Whether an operation with a known right operand can be part of a run.
fn takes_known(op: ArithOp, k: i64) -> bool {
    match op {
        ArithOp::Add | ArithOp::Sub | ArithOp::Mul => true,
        ArithOp::BAnd | ArithOp::BOr | ArithOp::BXor => true,
        ArithOp::Shl | ArithOp::Shr => (0..64).contains(&k),
        ArithOp::Mod | ArithOp::IDiv => k > 0 && (k as u64).is_power_of_two(),
        ArithOp::Pow | ArithOp::Div | ArithOp::Unm | ArithOp::BNot => false,
    }
}

/// Whether an operation on two registers can be.
fn takes_registers(op: ArithOp) -> bool {
    match op {
        ArithOp::Add | ArithOp::Sub | ArithOp::Mul => true,
        ArithOp::BAnd | ArithOp::BOr | ArithOp::BXor => true,
        ArithOp::Shl | ArithOp::Shr | ArithOp::Unm | ArithOp::BNot => true,
        ArithOp::Mod | ArithOp::IDiv | ArithOp::Pow | ArithOp::Div => false,
    }
}

impl Baseline<'_> {
    /// The end of the run that begins with the instruction under way, if there is one.
    pub(super) fn run_of_wide(&mut self, without: FastPaths) -> Option<usize> {
        if self.pc < self.narrow_until {
            return None;
        }
        let mut end = self.pc;
        let mut is_wide = false;
        while self.wide_step(end).is_some() && (end == self.pc || self.labels[end].is_none()) {
            let i = self.source.proto.code[end];
            let seen = self.source.feedback.byte(end);
            if without.contains(FastPath::of(i.op())) || !saw_integers(seen) {
                break;
            }
            is_wide |= seen & (operands::BIG | result::OVERFLOW) != 0;
            end += 1;
        }
        if is_wide {
            return Some(end);
        }
        // Or each of many instructions would look at all those behind it.
        self.narrow_until = end;
        None
    }

    /// What an instruction does, if it can be part of a run.
    fn wide_step(&self, pc: usize) -> Option<Step> {
        let i = *self.source.proto.code.get(pc)?;
        let (op, y) = self.operator(i)?;
        let fits = match y {
            Operand::Register(_) => takes_registers(op),
            Operand::Int(k) => takes_known(op, k),
            Operand::Word(_) => takes_known(op, self.known_integer(i)?),
            Operand::Float(_) => false,
        };
        fits.then_some(Step { op, dest: i.a(), x: i.b(), y })
    }

    /// The integer that an instruction has as constant.
    fn known_integer(&self, i: Instr) -> Option<i64> {
        match self.source.proto.constants.get(i.d() as usize)? {
            Constant::Int(k) => Some(*k),
            _ => None,
        }
    }

    /// Emits a run, both versions, up to instruction `end`. `begin` is told of each instruction but the first before the code
    /// that the interpreter enters it by.
    pub(super) fn wide_run(&mut self, end: usize, mut begin: impl FnMut(&mut Self)) {
        let first = self.pc;
        let entries: Vec<DynamicLabel> = (first..end).map(|_| self.asm.label()).collect();
        let done = self.asm.label();
        let mut file = File::default();
        for (pc, entry) in (first..end).zip(&entries) {
            self.pc = pc;
            self.wide_instruction(&mut file, *entry);
            self.forget_dead(&mut file, pc + 1);
        }
        for at in 0..POOL.len() {
            self.put_back(&mut file, at);
        }
        self.go(done);
        for (pc, entry) in (first..end).zip(entries) {
            self.pc = pc;
            if pc > first {
                begin(self);
            }
            self.asm.bind(entry);
            self.wide_by_function(pc);
        }
        self.asm.bind(done);
    }

    /// Emits an instruction of a run by the function of its operator.
    fn wide_by_function(&mut self, pc: usize) {
        let Some(s) = self.wide_step(pc) else { return self.step(pc) };
        let i = self.source.proto.code[pc];
        self.arithmetic_by_function(i, s.op, s.y);
    }

    /// Whether a register of the function is read by instruction `pc` or later. The verifier proves that nothing else is.
    fn is_live(&self, slot: u8, pc: usize) -> bool {
        let Some((i, top)) = self.source.proto.code.get(pc).zip(self.source.proto.live_top.get(pc))
        else {
            return true;
        };
        let reads = |regs| match span(regs, *i) {
            Span::Exact { start, len } => (start..start + len).contains(&usize::from(slot)),
            Span::Open { .. } | Span::Captured | Span::Closing { .. } => true,
        };
        slot < *top || i.op().info().reads.iter().any(|r| reads(*r))
    }

    /// Forgets what instruction `pc` finds dead.
    fn forget_dead(&self, file: &mut File, pc: usize) {
        for held in &mut file.0 {
            if held.is_some_and(|h| !self.is_live(h.slot, pc)) {
                *held = None;
            }
        }
    }

    /// An instruction in the first version of a run. It goes on at `entry` if the operands aren't integers.
    fn wide_instruction(&mut self, file: &mut File, entry: DynamicLabel) {
        let Some(s) = self.wide_step(self.pc) else { return };
        let keep = [Some(s.x), register_of(s.y), Some(s.dest)];
        // Nothing is moved any more once the exit is known.
        let wanted = keep.iter().flatten().filter(|slot| file.find(**slot).is_none()).count();
        self.make_free(file, wanted, &keep);
        let exit = self.wide_exit(file, entry);
        let x = self.hold(file, s.x, exit);
        let y = match s.y {
            Operand::Register(slot) => Right::In(self.hold(file, slot, exit)),
            Operand::Int(k) => Right::Known(k),
            Operand::Float(_) | Operand::Word(_) => {
                Right::Known(self.known_integer(self.source.proto.code[self.pc]).unwrap_or(0))
            }
        };
        if let (ArithOp::Shl | ArithOp::Shr, Right::In(y)) = (s.op, y) {
            dynasm!(self.asm.ops ; .arch x64 ; cmp Rq(y), 63 ; ja =>exit);
        }
        let seen = self.seen();
        let held =
            Held { slot: s.dest, is_new: true, is_large: seen & operands::BIG != 0, used: self.pc };
        let Some(at) = file.find(s.dest).or_else(|| file.0.iter().position(Option::is_none)) else {
            return;
        };
        file.0[at] = Some(held);
        self.compute_wide(s.op, POOL[at], x, y);
    }

    /// Gives up machine registers until so many are free, but not those of `keep`.
    fn make_free(&mut self, file: &mut File, wanted: usize, keep: &[Option<u8>]) {
        while file.0.iter().filter(|h| h.is_none()).count() < wanted {
            let candidates = file.0.iter().enumerate().filter_map(|(at, h)| {
                let h = (*h)?;
                (!keep.contains(&Some(h.slot))).then_some((h.used, at))
            });
            let Some((_, at)) = candidates.min() else { return };
            self.put_back(file, at);
        }
    }

    /// A cold path that leaves a run for the code at `entry` of the instruction under way.
    fn wide_exit(&mut self, file: &File, entry: DynamicLabel) -> DynamicLabel {
        let mut pending = Pending::default();
        for (at, held) in file.0.iter().enumerate() {
            if let Some(h) = held
                && h.is_new
            {
                pending.push(h.slot, at);
            }
        }
        if pending.len == 0 {
            return entry;
        }
        let exit = self.asm.label();
        self.cold.push(Cold::WideExit { pending, entry: exit, back: entry });
        exit
    }

    /// Emits the cold path.
    pub(super) fn cold_wide_exit(
        &mut self,
        pending: &Pending,
        entry: DynamicLabel,
        to: DynamicLabel,
    ) {
        self.asm.bind(entry);
        for (slot, r) in pending.iter() {
            dynasm!(self.asm.ops ; .arch x64 ; mov rax, Rq(r));
            self.asm.call(Stub::Other(Other::WordOfInteger));
            self.asm.store(slot, RAX);
        }
        self.go(to);
    }

    /// The machine register with the integer of a register of the function. Goes to `exit` if there is none in it.
    fn hold(&mut self, file: &mut File, slot: u8, exit: DynamicLabel) -> Reg {
        let at = file.find(slot).or_else(|| {
            let at = file.0.iter().position(Option::is_none)?;
            let seen = self.seen();
            let is_large = seen & operands::INT == 0 && seen & operands::BIG != 0;
            self.unbox(slot, POOL[at], is_large, exit);
            file.0[at] = Some(Held { slot, is_new: false, is_large, used: self.pc });
            Some(at)
        });
        let at = at.unwrap_or(0);
        if let Some(held) = &mut file.0[at] {
            held.used = self.pc;
        }
        POOL[at]
    }

    /// Loads the integer in a register of the function. Which kind of integer is expected is in line, the other cold.
    fn unbox(&mut self, slot: u8, to: Reg, is_large: bool, exit: DynamicLabel) {
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::Unbox { slot, to, is_large: !is_large, exit, entry, back });
        self.unbox_expected(slot, to, is_large, entry);
        self.asm.bind(back);
    }

    /// Emits the cold path for the other kind.
    pub(super) fn unbox_expected(
        &mut self,
        slot: u8,
        to: Reg,
        is_large: bool,
        others: DynamicLabel,
    ) {
        if is_large {
            self.asm.expect_tag(slot, tag::BIG_INT, others);
            self.asm.load_pointer(to, slot);
            dynasm!(self.asm.ops ; .arch x64 ; mov Rq(to), [Rq(to)]);
        } else {
            self.asm.expect_tag(slot, tag::INT, others);
            self.asm.load_shifted(to, slot);
            dynasm!(self.asm.ops ; .arch x64 ; sar Rq(to), 16);
        }
    }

    /// Writes what a machine register holds back to where it belongs, unless it came from there, and gives it up.
    fn put_back(&mut self, file: &mut File, at: usize) {
        let Some(held) = file.0[at].take() else { return };
        if !held.is_new {
            return;
        }
        let r = POOL[at];
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::WordOfInteger { from: r, entry, back });
        dynasm!(self.asm.ops ; .arch x64
            ; mov rax, Rq(r)
            ; shl rax, 16
            ; mov rcx, rax
            ; sar rcx, 16
            ; cmp rcx, Rq(r)
        );
        if held.is_large {
            let (run, cell) = run_for(8);
            let bump = (run + offset_of!(FreeCells, bump)) as i32;
            let end = (run + offset_of!(FreeCells, end)) as i32;
            dynasm!(self.asm.ops ; .arch x64
                ; je =>entry
                ; mov rcx, [r15 + bump]
                ; cmp rcx, [r15 + end]
                ; je =>entry
                ; lea rax, [BYTE rcx + short(cell)]
                ; mov [r15 + bump], rax
                ; mov [rcx], Rq(r)
            );
            self.asm.constant(RAX, tag::BIG_INT << 48);
            dynasm!(self.asm.ops ; .arch x64 ; or rax, rcx);
        } else {
            dynasm!(self.asm.ops ; .arch x64 ; jne =>entry);
            self.asm.box_shifted();
        }
        self.asm.bind(back);
        self.asm.store(held.slot, RAX);
    }

    /// Computes an integer; `to` may be the register of an operand.
    fn compute_wide(&mut self, op: ArithOp, to: Reg, x: Reg, y: Right) {
        match y {
            Right::Known(k) => self.compute_known(op, to, x, k),
            Right::In(y) if matches!(op, ArithOp::Shl | ArithOp::Shr) => {
                dynasm!(self.asm.ops ; .arch x64 ; mov rcx, Rq(y) ; mov rax, Rq(x));
                if op == ArithOp::Shl {
                    dynasm!(self.asm.ops ; .arch x64 ; shl rax, cl);
                } else {
                    dynasm!(self.asm.ops ; .arch x64 ; shr rax, cl);
                }
                dynasm!(self.asm.ops ; .arch x64 ; mov Rq(to), rax);
            }
            Right::In(y) if to == y && to != x => {
                dynasm!(self.asm.ops ; .arch x64 ; mov rax, Rq(x));
                self.combine(op, RAX, y);
                dynasm!(self.asm.ops ; .arch x64 ; mov Rq(to), rax);
            }
            Right::In(y) => {
                self.copy(to, x);
                self.combine(op, to, y);
            }
        }
    }

    fn copy(&mut self, to: Reg, from: Reg) {
        if to != from {
            dynasm!(self.asm.ops ; .arch x64 ; mov Rq(to), Rq(from));
        }
    }

    /// `to := to op y`
    fn combine(&mut self, op: ArithOp, to: Reg, y: Reg) {
        match op {
            ArithOp::Add => dynasm!(self.asm.ops ; .arch x64 ; add Rq(to), Rq(y)),
            ArithOp::Sub => dynasm!(self.asm.ops ; .arch x64 ; sub Rq(to), Rq(y)),
            ArithOp::Mul => dynasm!(self.asm.ops ; .arch x64 ; imul Rq(to), Rq(y)),
            ArithOp::BAnd => dynasm!(self.asm.ops ; .arch x64 ; and Rq(to), Rq(y)),
            ArithOp::BOr => dynasm!(self.asm.ops ; .arch x64 ; or Rq(to), Rq(y)),
            ArithOp::BXor => dynasm!(self.asm.ops ; .arch x64 ; xor Rq(to), Rq(y)),
            // Of one operand, which is both.
            ArithOp::Unm => dynasm!(self.asm.ops ; .arch x64 ; neg Rq(to)),
            ArithOp::BNot => dynasm!(self.asm.ops ; .arch x64 ; not Rq(to)),
            // They aren't part of runs, or with known right operands only.
            ArithOp::Shl | ArithOp::Shr => {}
            ArithOp::Mod | ArithOp::IDiv | ArithOp::Pow | ArithOp::Div => {}
        }
    }

    /// `to := x op k`
    fn compute_known(&mut self, op: ArithOp, to: Reg, x: Reg, k: i64) {
        let distance = k as i8;
        match op {
            ArithOp::Shl => {
                self.copy(to, x);
                return dynasm!(self.asm.ops ; .arch x64 ; shl Rq(to), distance);
            }
            ArithOp::Shr => {
                self.copy(to, x);
                return dynasm!(self.asm.ops ; .arch x64 ; shr Rq(to), distance);
            }
            ArithOp::IDiv => {
                self.copy(to, x);
                let distance = k.trailing_zeros() as i8;
                return dynasm!(self.asm.ops ; .arch x64 ; sar Rq(to), distance);
            }
            // Both round to minus infinity.
            ArithOp::Mod => return self.compute_known(ArithOp::BAnd, to, x, k - 1),
            ArithOp::Add | ArithOp::Sub | ArithOp::Mul => {}
            ArithOp::BAnd | ArithOp::BOr | ArithOp::BXor => {}
            // They have no known right operand.
            ArithOp::Pow | ArithOp::Div | ArithOp::Unm | ArithOp::BNot => {}
        }
        let Ok(small) = i32::try_from(k) else {
            self.asm.constant(RDX, k as u64);
            self.copy(to, x);
            return self.combine(op, to, RDX);
        };
        if op == ArithOp::Mul {
            return dynasm!(self.asm.ops ; .arch x64 ; imul Rq(to), Rq(x), small);
        }
        self.copy(to, x);
        match op {
            ArithOp::Add => dynasm!(self.asm.ops ; .arch x64 ; add Rq(to), small),
            ArithOp::Sub => dynasm!(self.asm.ops ; .arch x64 ; sub Rq(to), small),
            ArithOp::BAnd => dynasm!(self.asm.ops ; .arch x64 ; and Rq(to), small),
            ArithOp::BOr => dynasm!(self.asm.ops ; .arch x64 ; or Rq(to), small),
            ArithOp::BXor => dynasm!(self.asm.ops ; .arch x64 ; xor Rq(to), small),
            // Done above.
            ArithOp::Mul | ArithOp::Shl | ArithOp::Shr | ArithOp::Mod | ArithOp::IDiv => {}
            ArithOp::Pow | ArithOp::Div | ArithOp::Unm | ArithOp::BNot => {}
        }
    }
}

/// The register of the function that an operand is in.
fn register_of(y: Operand) -> Option<u8> {
    match y {
        Operand::Register(slot) => Some(slot),
        Operand::Int(_) | Operand::Float(_) | Operand::Word(_) => None,
    }
}

/// Whether an instruction has met integers, and nothing else.
fn saw_integers(seen: u8) -> bool {
    let others = operands::FLOAT | operands::MIXED | operands::STRING | operands::OTHER;
    seen & (operands::INT | operands::BIG) != 0 && seen & others == 0
}

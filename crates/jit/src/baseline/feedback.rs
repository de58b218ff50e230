//! What templates tell the optimizer.
//!
//! A function is compiled when the interpreter has learned from it for a while, so most of what its sites will see is known,
//! and the likely code needn't say it again. Only what *wasn't* seen is watched for: an operand of another type and
//! a branch to the other side lead to cold code, which sets the bit. Where a site hasn't been reached at all, the likely
//! code tests the byte until the bit is set: else the optimizer would take the site for dead.
//!
//! The bytes lie behind the cells, so `r13` leads to both.

use super::Baseline;
use super::assembler::Reg;
use super::assembler::reg::RAX;
use super::stubs::{Other, Stub};
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_bytecode::ops::{Instr, Op};
use perilune_runtime::compiled::{CELL_CALLEE, CELL_SETTLED, CELL_SIZE};
use perilune_runtime::feedback::bits::direction;

/// Cold code that notes something and comes back.
pub(super) enum Note {
    /// Bits of an instruction's byte.
    Bits { pc: usize, bits: u8, entry: DynamicLabel, back: DynamicLabel },
    /// The callee in a register of the function, which is in `rax` too.
    Callee { site: u32, slot: u8, entry: DynamicLabel, back: DynamicLabel },
}

/// Where a branch goes.
#[derive(Clone, Copy)]
pub(super) struct Ways {
    pub(super) taken: DynamicLabel,
    pub(super) not_taken: DynamicLabel,
    /// Whether `not_taken` is behind the instruction.
    falls: bool,
}

/// A condition of a jump, after a comparison.
#[derive(Clone, Copy)]
pub(super) enum Condition {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Below,
    BelowEqual,
    Above,
    AboveEqual,
}

/// `or BYTE [r13 + at], bits`, which is to be jumped over.
fn or_byte(at: i32, bits: u8) -> [u8; 8] {
    let [d0, d1, d2, d3] = at.to_le_bytes();
    [0x41, 0x80, 0x8D, d0, d1, d2, d3, bits]
}

/// Displacement of a part of a site's cell.
pub(super) fn cell(site: u32, part: usize) -> i32 {
    (site as usize * CELL_SIZE + part) as i32
}

impl Baseline<'_> {
    /// What the instruction under way has seen.
    pub(super) fn seen(&self) -> u8 {
        self.source.feedback.byte(self.pc)
    }

    /// Displacement of the byte of an instruction.
    fn byte_of(&self, pc: usize) -> i32 {
        (self.source.feedback.bytes_from_cells() + pc) as i32
    }

    /// The address of the byte of an instruction.
    pub(super) fn byte_address(&mut self, r: Reg, pc: usize) {
        let at = self.byte_of(pc);
        dynasm!(self.asm.ops ; .arch x64 ; lea Rq(r), [r13 + at]);
    }

    /// In likely code: sets a bit of the instruction under way, unless it is known to be set. The flags are lost.
    pub(super) fn note(&mut self, bit: u8) {
        if self.seen() & bit == 0 {
            let (entry, back) = (self.asm.label(), self.asm.label());
            self.unless_seen(bit, entry);
            self.asm.bind(back);
            self.notes.push(Note::Bits { pc: self.pc, bits: bit, entry, back });
        }
    }

    /// In likely code: goes to `cold`, which will set one of the bits, as long as none of them is set.
    pub(super) fn unless_seen(&mut self, bits: u8, cold: DynamicLabel) {
        if self.seen() & bits == 0 {
            let at = self.byte_of(self.pc);
            dynasm!(self.asm.ops ; .arch x64 ; test BYTE [r13 + at], bits as i8 ; jz =>cold);
        }
    }

    /// In cold code: sets bits of an instruction. The flags are lost.
    pub(super) fn note_in_cold(&mut self, pc: usize, bits: u8) {
        if self.source.feedback.byte(pc) & bits != bits {
            let at = self.byte_of(pc);
            let set = or_byte(at, bits);
            // Stores to a byte that is loaded again soon are slow. The jump is over the instruction behind it.
            dynasm!(self.asm.ops ; .arch x64
                ; test BYTE [r13 + at], bits as i8
                ; jnz BYTE set.len() as i8
            );
            self.asm.ops.emit(set);
        }
    }

    /// The ways of the branch under way, given where they lead: to be taken through cold code if they are new.
    pub(super) fn ways(&mut self, target: DynamicLabel, behind: DynamicLabel) -> Ways {
        let taken = self.way(direction::TAKEN, target);
        let not_taken = self.way(direction::NOT_TAKEN, behind);
        Ways { taken, not_taken, falls: not_taken == behind }
    }

    /// Where a jump to `to` goes.
    pub(super) fn way(&mut self, bit: u8, to: DynamicLabel) -> DynamicLabel {
        if self.seen() & bit != 0 {
            return to;
        }
        let entry = self.asm.label();
        self.notes.push(Note::Bits { pc: self.pc, bits: bit, entry, back: to });
        entry
    }

    /// A branch. The code behind it must be where it is to go on when it isn't taken.
    pub(super) fn branch(&mut self, condition: Condition, ways: &Ways) {
        self.jump_if(condition, ways.taken);
        if !ways.falls {
            self.go(ways.not_taken);
        }
    }

    /// Jumps if a condition holds.
    pub(super) fn jump_if(&mut self, condition: Condition, to: DynamicLabel) {
        match condition {
            Condition::Equal => dynasm!(self.asm.ops ; .arch x64 ; je =>to),
            Condition::NotEqual => dynasm!(self.asm.ops ; .arch x64 ; jne =>to),
            Condition::Less => dynasm!(self.asm.ops ; .arch x64 ; jl =>to),
            Condition::LessEqual => dynasm!(self.asm.ops ; .arch x64 ; jle =>to),
            Condition::Greater => dynasm!(self.asm.ops ; .arch x64 ; jg =>to),
            Condition::GreaterEqual => dynasm!(self.asm.ops ; .arch x64 ; jge =>to),
            Condition::Below => dynasm!(self.asm.ops ; .arch x64 ; jb =>to),
            Condition::BelowEqual => dynasm!(self.asm.ops ; .arch x64 ; jbe =>to),
            Condition::Above => dynasm!(self.asm.ops ; .arch x64 ; ja =>to),
            Condition::AboveEqual => dynasm!(self.asm.ops ; .arch x64 ; jae =>to),
        }
    }

    /// Notes whom the call under way calls. The function object is in `rax`, and under its tag in a register of the function.
    /// Only `rax` is left alone.
    pub(super) fn note_callee(&mut self, site: u32, slot: u8) {
        if self.source.feedback.cell(site).is_none_or(|c| c.is_settled()) {
            return;
        }
        let (entry, back) = (self.asm.label(), self.asm.label());
        dynasm!(self.asm.ops ; .arch x64
            ; cmp rax, [r13 + cell(site, CELL_CALLEE)]
            ; jne =>entry
        );
        self.asm.bind(back);
        self.notes.push(Note::Callee { site, slot, entry, back });
    }

    /// The instruction that a note is about.
    pub(super) fn pc_of_note(&self, note: &Note) -> Option<usize> {
        match note {
            Note::Bits { pc, .. } => Some(*pc),
            Note::Callee { site, .. } => {
                let calls = |i: &Instr| matches!(i.op(), Op::Call | Op::TailCall) && i.d() == *site;
                self.source.proto.code.iter().position(calls)
            }
        }
    }

    /// Emits cold code.
    pub(super) fn emit_note(&mut self, note: Note) {
        match note {
            Note::Bits { pc, bits, entry, back } => {
                self.asm.bind(entry);
                self.note_in_cold(pc, bits);
                self.go(back);
            }
            Note::Callee { site, slot, entry, back } => {
                let feedback = std::ptr::from_ref(self.source.feedback) as i64;
                self.asm.bind(entry);
                dynasm!(self.asm.ops ; .arch x64
                    ; cmp BYTE [r13 + cell(site, CELL_SETTLED)], BYTE 0
                    ; jne =>back
                    ; mov rsi, QWORD feedback
                    ; lea rdx, [r13 + cell(site, 0)]
                    ; mov rcx, rax
                );
                self.asm.call(Stub::Other(Other::NoteCallee));
                self.asm.load_pointer(RAX, slot);
                self.go(back);
            }
        }
    }
}

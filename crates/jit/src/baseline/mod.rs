//! Tier 1: the baseline compiler.
//!
//! **Problem.** Code must be had quickly, for every construct, and be good enough that the optimizer can wait for
//! its feedback.
//!
//! **Design.** One forward pass over the bytecode, a template for each instruction, no IR and no register allocation:
//! Lua registers stay in memory, in the interpreter's frame. A template has the likely case in line; less likely
//! ones are collected as [`cold::Cold`] paths and emitted behind the function; what remains is one instruction by the
//! interpreter (a *step*, see [`perilune_runtime::compiled`]). Inline caches are tested in line, by the kind of
//! access that the site's cell knew when the function was compiled; the cells stay in the feedback vector, and the
//! code is immutable.
//!
//! ```text
//!   entry ──► push frame ──► instruction 0 ──► instruction 1 ──► …          (each a place to enter)
//!                                │   ▲             │   ▲
//!                                ▼   │             ▼   │
//!                              cold paths: other types, plain functions, steps
//! ```
//!
//! A call passes in `rdi` the address of the callee's register 0, in `ecx` the number of arguments, in `rax` the
//! closure, and the return address on the native stack, from where the entry takes it at once. The caller has saved
//! its program counter, and written how many results it wants into the frame to come, and zeros from `aux` on. A return passes in `rdx` the
//! address of the results, in `ecx` their number, in `rax` the first (nil if there is none); `r12` is the returning
//! frame still, `rbx` the address behind its callee's slot.
//!
//! **Invariants.** The code of an instruction starts from nothing but the fixed registers (see [`assembler`]) and the
//! frame. Before a step, the program counter is saved behind its instruction. What has been done in line when a cold
//! path gives up for a step is nothing, or does no harm when done again.
//!
//! **Rejected.** Keeping types of registers from one instruction to the next: it would end at every label and call,
//! and is what the optimizer is for.

// The assembler's macro converts register numbers that need no conversion.
#![allow(clippy::useless_conversion)]

mod access;
mod arith;
mod assembler;
mod calls;
mod cold;
mod control;
mod feedback;
mod objects;
mod ops;
mod stubs;

use crate::events::Reason;
use crate::fast_paths::{FastPath, FastPaths};
use assembler::Asm;
use cold::Cold;
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi};
use feedback::Note;
use perilune_bytecode::ops::{Instr, dispatch};
use perilune_runtime::compiled::{FRAME_PC, Source};
use stubs::Stub;
pub(crate) use stubs::StubTable;

/// A part of the cold code of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColdPart {
    /// Where it begins. It ends with the next one, or the code.
    pub offset: u32,
    /// The instruction it belongs to; none if to the entry.
    pub pc: Option<u32>,
}

/// Machine code of a function, before it has a place.
pub(crate) struct Unplaced {
    /// The code.
    pub(crate) code: Vec<u8>,
    /// Where in it instruction `i` begins; behind the last, the cold code.
    pub(crate) offsets: Box<[u32]>,
    /// The parts of the cold code, if asked for.
    pub(crate) cold: Vec<ColdPart>,
    stub_uses: Vec<(usize, Stub)>,
}

impl Unplaced {
    /// Writes the code where it will be executed at the address `at`, with the stubs of the segment at `stubs_at`.
    pub(crate) fn place(&self, at: usize, stubs: &StubTable, stubs_at: usize, to: &mut [u8]) {
        to.copy_from_slice(&self.code);
        for (use_at, stub) in &self.stub_uses {
            let target = stubs_at + stubs.offset(*stub);
            let next = at + use_at + 4;
            // A segment is much smaller than 2 GiB.
            let distance = target.wrapping_sub(next) as u32;
            to[*use_at..use_at + 4].copy_from_slice(&distance.to_le_bytes());
        }
    }
}

/// Compiles a function. The code of its entry comes first. What the cold code belongs to is recorded if `detailed`.
/// Instructions of the fast paths in `without` are left to the interpreter.
pub(crate) fn compile(
    source: &Source<'_>,
    without: FastPaths,
    detailed: bool,
) -> Result<Unplaced, Reason> {
    let n = source.proto.code.len();
    let mut b = Baseline {
        asm: Asm::new(n),
        source,
        labels: vec![None; n],
        offsets: Vec::with_capacity(n + 1),
        cold: Vec::new(),
        notes: Vec::new(),
        pc: 0,
    };
    for head in &source.proto.loop_headers {
        let label = b.asm.label();
        if let Some(l) = b.labels.get_mut(*head as usize) {
            *l = Some(label);
        }
    }
    b.entry();
    // How many cold paths there were before each instruction.
    let mut cold_before = Vec::with_capacity(if detailed { n } else { 0 });
    for (pc, i) in source.proto.code.iter().enumerate() {
        b.pc = pc;
        if let Some(l) = b.labels[pc] {
            b.asm.bind(l);
        }
        b.offsets.push(b.asm.len() as u32);
        if detailed {
            cold_before.push(b.cold.len());
        }
        if without.contains(FastPath::of(i.op())) {
            b.step(pc);
        } else {
            dispatch(&mut b, *i);
        }
    }
    b.offsets.push(b.asm.len() as u32);
    let mut cold = Vec::new();
    for (k, c) in std::mem::take(&mut b.cold).into_iter().enumerate() {
        if detailed {
            let begun = cold_before.partition_point(|before| *before <= k);
            let pc = begun.checked_sub(1).map(|pc| pc as u32);
            cold.push(ColdPart { offset: b.asm.len() as u32, pc });
        }
        b.emit_cold(c);
    }
    for n in std::mem::take(&mut b.notes) {
        b.emit_note(n);
    }
    let Asm { ops, stub_uses } = b.asm;
    let code = ops.finalize().map_err(|_| Reason::Unresolved)?;
    Ok(Unplaced { code, offsets: b.offsets.into(), cold, stub_uses })
}

/// The compiler at work on a function.
struct Baseline<'a> {
    asm: Asm,
    source: &'a Source<'a>,
    /// Labels of instructions that are jumped to; those of loops exist from the start, others when needed.
    labels: Vec<Option<DynamicLabel>>,
    offsets: Vec<u32>,
    cold: Vec<Cold>,
    notes: Vec<Note>,
    /// The instruction under way.
    pc: usize,
}

impl Baseline<'_> {
    /// The label of the target of a jump.
    fn target(&mut self, i: Instr) -> DynamicLabel {
        let at = (self.pc as i64 + 1 + i.sd() as i64) as usize;
        match self.labels[at] {
            Some(l) => l,
            None => {
                let l = self.asm.label();
                self.labels[at] = Some(l);
                l
            }
        }
    }

    /// Saves the program counter behind instruction `pc`, as it is while the instruction is under way. `r10` is
    /// scratch.
    fn save_pc(&mut self, pc: usize) {
        let first = self.source.code as usize;
        let address = first + (pc + 1) * size_of::<Instr>();
        let last = first + self.source.proto.code.len() * size_of::<Instr>();
        if first >> 32 == last >> 32 {
            // The upper half in the frame is right already.
            dynasm!(self.asm.ops ; .arch x64 ; mov DWORD [r12 + FRAME_PC as i32], address as i32);
        } else {
            dynasm!(self.asm.ops ; .arch x64
                ; mov r10, QWORD address as i64
                ; mov [r12 + FRAME_PC as i32], r10
            );
        }
    }

    /// Has the interpreter do instruction `pc`, in line.
    fn step(&mut self, pc: usize) {
        self.save_pc(pc);
        self.asm.call(Stub::Step(self.source.proto.code[pc].op()));
    }

    /// A cold path that does the instruction under way by a step and comes back behind it.
    fn cold_step(&mut self) -> DynamicLabel {
        let entry = self.asm.label();
        let back = self.asm.label();
        self.cold.push(Cold::Step { pc: self.pc, entry, back });
        entry
    }

    /// Binds the label at which the last cold path made comes back.
    fn bind_back(&mut self) {
        self.bind_backs(1);
    }

    /// Binds the labels at which the last `n` cold paths made come back.
    fn bind_backs(&mut self, n: usize) {
        for i in self.cold.len().saturating_sub(n)..self.cold.len() {
            let back = self.cold[i].back();
            self.asm.bind(back);
        }
    }
}

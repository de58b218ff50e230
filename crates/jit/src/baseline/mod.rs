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
//! and is what the optimizer is for. The exception is arithmetic on integers in cells ([`wide`]), where it saves most.

mod access;
mod arith;
mod assembler;
mod buffer;
mod calls;
mod cold;
mod control;
mod feedback;
mod objects;
mod ops;
mod stubs;
mod wide;

use crate::code_memory::{Code, CodeMemory, Error};
use crate::events::Reason;
use crate::fast_paths::{FastPath, FastPaths};
use assembler::{Asm, StubUse, reg, short};
use buffer::Finished;
use cold::Cold;
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi};
use feedback::Note;
use perilune_bytecode::flow;
use perilune_bytecode::ops::{Instr, dispatch};
use perilune_runtime::compiled::{FRAME_PC, Source};
use perilune_runtime::feedback::bits;
pub(crate) use stubs::StubTable;
use stubs::{Other, Stub};

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
    pub(crate) code: buffer::Code,
    /// Where in it instruction `i` begins; behind the last, the cold code.
    pub(crate) offsets: Box<[u32]>,
    /// The parts of the cold code, if asked for.
    pub(crate) cold: Vec<ColdPart>,
    stub_uses: Vec<StubUse>,
}

impl Unplaced {
    /// Publishes the code.
    pub(crate) fn publish(
        &mut self,
        memory: &CodeMemory,
        stubs: &StubTable,
    ) -> Result<Code, Error> {
        let stub_uses = &self.stub_uses;
        memory.publish_code(&mut self.code, |place, code| {
            for StubUse { at, stub } in stub_uses {
                let distance = place.to_prelude(*at, stubs.offset(*stub));
                if let Some(field) = code.get_mut(*at as usize..).and_then(<[u8]>::first_chunk_mut)
                {
                    *field = distance.to_le_bytes();
                }
            }
        })
    }
}

/// What compilations can have from one another: memory.
#[derive(Default)]
pub(crate) struct Workspace {
    asm: Asm,
    labels: Vec<Option<DynamicLabel>>,
    cold: Vec<Cold>,
    notes: Vec<Note>,
}

/// For larger functions than this, memory isn't kept.
const MAX_KEPT: usize = 1 << 12;

impl Workspace {
    /// Takes back what published code doesn't need any more: all but the offsets.
    pub(crate) fn recycle(&mut self, unplaced: Unplaced) -> Box<[u32]> {
        if unplaced.offsets.len() <= MAX_KEPT {
            self.asm.ops.recycle(unplaced.code);
            self.asm.stub_uses = unplaced.stub_uses;
        }
        unplaced.offsets
    }
}

/// Compiles a function. The code of its entry comes first. What the cold code belongs to is recorded if `detailed`.
/// Instructions of the fast paths in `without` are left to the interpreter.
pub(crate) fn compile(
    source: &Source<'_>,
    without: FastPaths,
    detailed: bool,
    workspace: &mut Workspace,
) -> Result<Unplaced, Reason> {
    let n = source.proto.code.len();
    let Workspace { asm, labels, cold, notes } = std::mem::take(workspace);
    let offsets = Vec::with_capacity(n + 1);
    let mut b = Baseline { asm, source, labels, offsets, cold, notes, pc: 0, narrow_until: 0 };
    let mut parts = b.assemble(without, detailed, 0);
    let code = loop {
        match b.asm.ops.finish()? {
            Finished::Code(code) => break code,
            Finished::TooLong(bytes) => parts = b.assemble(without, detailed, bytes),
        }
    };
    let Baseline { mut asm, labels, offsets, cold, notes, .. } = b;
    let stub_uses = std::mem::take(&mut asm.stub_uses);
    if n <= MAX_KEPT {
        *workspace = Workspace { asm, labels, cold, notes };
    }
    Ok(Unplaced { code, offsets: offsets.into(), cold: parts, stub_uses })
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
    /// Up to which instruction no run of arithmetic on large integers begins.
    narrow_until: usize,
}

impl Baseline<'_> {
    /// Emits the whole function, with room for so many bytes at least. Tells what the cold code belongs to if `detailed`.
    fn assemble(&mut self, without: FastPaths, detailed: bool, bytes: usize) -> Vec<ColdPart> {
        self.begin(bytes);
        self.entry();
        // How many cold paths there were before each instruction.
        let n = self.source.proto.code.len();
        let mut cold_before = Vec::with_capacity(if detailed { n } else { 0 });
        let mut begin = |b: &mut Self| {
            b.offsets.push(b.asm.len() as u32);
            if detailed {
                cold_before.push(b.cold.len());
            }
        };
        let mut pc = 0;
        while let Some(i) = self.source.proto.code.get(pc) {
            self.pc = pc;
            if let Some(l) = self.labels[pc] {
                self.asm.bind(l);
            }
            begin(self);
            if let Some(end) = self.run_of_wide(without) {
                self.wide_run(end, &mut begin);
                pc = end;
                continue;
            }
            self.learn_again_at(*i);
            if without.contains(FastPath::of(i.op())) {
                self.step(pc);
            } else {
                dispatch(self, *i);
            }
            pc += 1;
        }
        self.offsets.push(self.asm.len() as u32);
        self.behind(detailed.then_some(&*cold_before))
    }

    fn begin(&mut self, bytes: usize) {
        let n = self.source.proto.code.len();
        self.asm.begin(n, bytes);
        self.narrow_until = 0;
        self.offsets.clear();
        self.cold.clear();
        self.cold.reserve(n * 2);
        self.notes.clear();
        self.labels.clear();
        self.labels.resize(n, None);
        for head in &self.source.proto.loop_headers {
            let label = self.asm.label();
            if let Some(l) = self.labels.get_mut(*head as usize) {
                *l = Some(label);
            }
        }
    }

    /// Emits what lies behind the code in line. Given how many cold paths there were before each instruction, it tells
    /// what belongs where.
    fn behind(&mut self, cold_before: Option<&[usize]>) -> Vec<ColdPart> {
        let mut parts = Vec::new();
        let mut paths = std::mem::take(&mut self.cold);
        for (k, path) in paths.drain(..).enumerate() {
            if let Some(cold_before) = cold_before {
                let begun = cold_before.partition_point(|before| *before <= k);
                let pc = begun.checked_sub(1).map(|pc| pc as u32);
                parts.push(ColdPart { offset: self.asm.len() as u32, pc });
            }
            self.emit_cold(path);
        }
        self.cold = paths;
        let mut notes = std::mem::take(&mut self.notes);
        for note in notes.drain(..) {
            if cold_before.is_some() {
                let pc = self.pc_of_note(&note).map(|pc| pc as u32);
                parts.push(ColdPart { offset: self.asm.len() as u32, pc });
            }
            self.emit_note(note);
        }
        self.notes = notes;
        parts
    }

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

    /// At the end of a loop that hadn't come so far when the function learned, leaves the code for good, unless that has been
    /// done too often: who loops for a moment and then for long is compiled for what is long.
    fn learn_again_at(&mut self, i: Instr) {
        const KNOWN: u8 = bits::ROUNDS | bits::direction::TAKEN;
        let Some(before) = self.pc.checked_sub(1).filter(|_| self.source.may_learn_again) else {
            return;
        };
        if !flow::is_back_edge(i.op()) || self.source.feedback.byte(self.pc) & KNOWN != 0 {
            return;
        }
        self.save_whole_pc(before);
        self.asm.constant(reg::RSI, self.source.version as u64);
        self.asm.call(Stub::Other(Other::LearnAgain));
    }

    /// Saves the program counter behind instruction `pc`, as it is while the instruction is under way. `r10` is
    /// scratch.
    fn save_pc(&mut self, pc: usize) {
        let address = self.source.counter_behind(pc);
        if self.source.counters_share_upper_half() {
            // The upper half in the frame is right already.
            dynasm!(self.asm.ops ; .arch x64 ; mov DWORD [BYTE r12 + short(FRAME_PC)], address as i32);
        } else {
            self.save_whole_pc(pc);
        }
    }

    /// The same where it is read at once: a processor has to wait before it can read two halves written apart.
    fn save_whole_pc(&mut self, pc: usize) {
        dynasm!(self.asm.ops ; .arch x64
            ; mov r10, QWORD self.source.counter_behind(pc) as i64
            ; mov [BYTE r12 + short(FRAME_PC)], r10
        );
    }

    /// Has the interpreter do instruction `pc`, in line.
    fn step(&mut self, pc: usize) {
        self.save_whole_pc(pc);
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

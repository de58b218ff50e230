//! Templates that make objects.

use super::Baseline;
use super::assembler::reg::{RAX, RSI};
use super::cold::Cold;
use super::stubs::{Other, Stub};
use dynasm::dynasm;
use dynasmrt::{DynasmApi, DynasmLabelApi};
use perilune_bytecode::ops::Instr;
use perilune_runtime::compiled::{BOX_CELL, BOX_HEADER, CX_BOX_RUN, FRAME_CLOSURE};
use perilune_runtime::function::UP_BOX_VALUE;
use perilune_runtime::heap::Run;
use perilune_runtime::value::tag;
use std::mem::offset_of;

impl Baseline<'_> {
    /// `R[a] := box(R[a])`.
    pub(super) fn new_box(&mut self, i: Instr) {
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::NewBox { slot: i.a(), entry, back });
        let bump = (CX_BOX_RUN + offset_of!(Run, bump)) as i32;
        let end = (CX_BOX_RUN + offset_of!(Run, end)) as i32;
        dynasm!(self.asm.ops ; .arch x64
            ; mov rax, [r15 + bump]
            ; cmp rax, [r15 + end]
            ; je =>entry
            ; lea rcx, [rax + BOX_CELL as i32]
            ; mov [r15 + bump], rcx
            ; mov DWORD [rax], BOX_HEADER as i32
        );
        self.asm.load(RSI, i.a());
        dynasm!(self.asm.ops ; .arch x64 ; mov [rax + UP_BOX_VALUE as i32], rsi);
        self.asm.constant(RSI, tag::OBJECT << 48);
        dynasm!(self.asm.ops ; .arch x64 ; or rax, rsi);
        self.asm.bind(back);
        self.asm.store(i.a(), RAX);
    }

    /// `R[a] := closure(P[d])`.
    pub(super) fn new_closure(&mut self, i: Instr) {
        dynasm!(self.asm.ops ; .arch x64
            ; mov rsi, [r12 + FRAME_CLOSURE as i32]
            ; mov rdx, rbx
            ; mov ecx, i.sd()
        );
        self.asm.call(Stub::Other(Other::NewClosure));
        self.asm.store(i.a(), RAX);
    }

    /// `R[a] := {}`.
    pub(super) fn new_table(&mut self, i: Instr) {
        self.asm.constant(RSI, std::ptr::from_ref(self.source.feedback) as u64);
        dynasm!(self.asm.ops ; .arch x64 ; mov edx, i.sd());
        self.asm.call(Stub::Other(Other::NewTable));
        self.asm.store(i.a(), RAX);
    }
}

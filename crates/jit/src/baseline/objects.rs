//! Templates that make objects.

use super::Baseline;
use super::assembler::reg::{RAX, RCX, RDX, RSI};
use super::assembler::short;
use super::cold::Cold;
use super::stubs::{Other, Stub};
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_bytecode::ops::Instr;
use perilune_runtime::compiled::{BOX_HEADER, BOX_SIZE, FRAME_CLOSURE, run_for, table_header};
use perilune_runtime::feedback::SiteCell;
use perilune_runtime::function::UP_BOX_VALUE;
use perilune_runtime::heap::Run;
use perilune_runtime::shape::Shape;
use perilune_runtime::table::{
    TABLE_ARRAY, TABLE_ARRAY_CAP, TABLE_ARRAY_LEN, TABLE_HASH, TABLE_INLINE_SLOTS, TABLE_SHAPE,
    TABLE_SLOTS,
};
use perilune_runtime::value::tag;
use std::mem::offset_of;

impl Baseline<'_> {
    /// `R[a] := box(R[a])`.
    pub(super) fn new_box(&mut self, i: Instr) {
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::NewBox { slot: i.a(), entry, back });
        self.allocate(BOX_SIZE, entry);
        dynasm!(self.asm.ops ; .arch x64 ; mov DWORD [rax], BOX_HEADER as i32);
        self.asm.load(RSI, i.a());
        dynasm!(self.asm.ops ; .arch x64 ; mov [BYTE rax + short(UP_BOX_VALUE)], rsi);
        self.asm.constant(RSI, tag::OBJECT << 48);
        dynasm!(self.asm.ops ; .arch x64 ; or rax, rsi);
        self.asm.bind(back);
        self.asm.store(i.a(), RAX);
    }

    /// `R[a] := closure(P[d])`.
    pub(super) fn new_closure(&mut self, i: Instr) {
        dynasm!(self.asm.ops ; .arch x64
            ; mov rsi, [BYTE r12 + short(FRAME_CLOSURE)]
            ; mov rdx, rbx
            ; mov ecx, i.sd()
        );
        self.asm.call(Stub::Other(Other::NewClosure));
        self.asm.store(i.a(), RAX);
    }

    /// Takes a cell for an object of `bytes`: its address is in `rax`. Goes to `cold` if there is none at hand. `rcx` is
    /// scratch.
    fn allocate(&mut self, bytes: usize, cold: DynamicLabel) {
        let (run, cell) = run_for(bytes);
        let bump = (run + offset_of!(Run, bump)) as i32;
        let end = (run + offset_of!(Run, end)) as i32;
        dynasm!(self.asm.ops ; .arch x64
            ; mov rax, [r15 + bump]
            ; cmp rax, [r15 + end]
            ; je =>cold
            ; lea rcx, [rax + cell as i32]
            ; mov [r15 + bump], rcx
        );
    }

    /// `R[a] := {}`.
    pub(super) fn new_table(&mut self, i: Instr) {
        match self.source.feedback.cell(i.d()).and_then(SiteCell::settled_shape) {
            Some(shape) => self.new_table_of_shape(i, shape),
            None => self.new_table_anyhow(i),
        }
    }

    /// A table at a site whose tables all start with one shape, and without an array.
    fn new_table_of_shape(&mut self, i: Instr, shape: &Shape) {
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::NewTable { pc: self.pc, entry, back });
        let inline = shape.inline_cap();
        self.allocate(TABLE_INLINE_SLOTS + inline as usize * 8, entry);
        self.asm.constant(RCX, std::ptr::from_ref(shape) as u64);
        dynasm!(self.asm.ops ; .arch x64
            ; mov QWORD [rax], table_header(inline)
            ; mov [BYTE rax + short(TABLE_SHAPE)], rcx
            ; xor ecx, ecx
            ; mov [BYTE rax + short(TABLE_SLOTS)], rcx
            ; mov [BYTE rax + short(TABLE_ARRAY)], rcx
            ; mov [BYTE rax + short(TABLE_ARRAY_LEN)], rcx
            ; mov [BYTE rax + short(TABLE_HASH)], rcx
        );
        self.asm.constant(RCX, tag::TABLE << 48);
        dynasm!(self.asm.ops ; .arch x64 ; or rax, rcx);
        self.asm.store(i.a(), RAX);
        self.bind_back();
    }

    /// `TBC`: `R[a]` is to be closed when its scope ends.
    pub(super) fn mark_to_be_closed(&mut self, i: Instr) {
        let cold = self.cold_step();
        self.asm.address(RSI, i.a());
        self.asm.call(Stub::Other(Other::MarkToBeClosed));
        dynasm!(self.asm.ops ; .arch x64 ; test al, al ; jz =>cold);
        self.bind_back();
    }

    /// `R[a][d+i] := R[a+i]` for `1 <= i < b`.
    pub(super) fn set_list(&mut self, i: Instr) {
        let (Some(count), Ok(start)) = (i.b().checked_sub(1), u32::try_from(i.sd())) else {
            // Up to the top.
            return self.step(self.pc);
        };
        self.asm.address(RSI, i.a());
        self.asm.constant(RDX, count as u64);
        self.asm.constant(RCX, start as u64);
        self.asm.call(Stub::Other(Other::SetList));
        let declined = self.cold_step();
        dynasm!(self.asm.ops ; .arch x64 ; test al, al ; jz =>declined);
        self.bind_back();
    }

    /// `R[a] := R[a] .. … .. R[a+b-1]`.
    pub(super) fn concat(&mut self, i: Instr) {
        self.asm.address(RSI, i.a());
        self.asm.constant(RDX, i.b() as u64);
        self.byte_address(RCX, self.pc);
        self.asm.call(Stub::Other(Other::Concat));
        let declined = self.cold_step();
        self.if_declined(declined);
        self.asm.store(i.a(), RAX);
        self.bind_back();
    }

    /// A table by the plain function.
    pub(super) fn new_table_anyhow(&mut self, i: Instr) {
        self.asm.constant(RSI, std::ptr::from_ref(self.source.feedback) as u64);
        dynasm!(self.asm.ops ; .arch x64 ; mov edx, i.sd());
        self.asm.call(Stub::Other(Other::NewTable));
        self.asm.store(i.a(), RAX);
    }
}

// One store of 8 bytes clears both.
const _: () = assert!(TABLE_ARRAY_CAP == TABLE_ARRAY_LEN + 4);

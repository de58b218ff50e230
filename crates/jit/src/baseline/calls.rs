//! Templates of calls and returns, and the entry of a function.

use super::Baseline;
use super::assembler::reg::{RAX, RDI, RDX};
use super::cold::Cold;
use super::stubs::{Other, Stub};
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_bytecode::ops::{Instr, Op};
use perilune_bytecode::proto::VarargKind;
use perilune_runtime::compiled::{
    CLOSURE_PROTO, CX_FRAMES_END, CX_STACK, CX_STACK_LIMIT, CX_TOP, FRAME_AUX, FRAME_BASE,
    FRAME_CLOSURE, FRAME_EXTRA, FRAME_FUNC, FRAME_NRESULTS, FRAME_PC, FRAME_RET, FRAME_SIZE,
    FRAME_TAIL_FLAG, OBJECT_KIND, PROTO_ENTRY, RETURN_TO,
};
use perilune_runtime::object::Kind;
use perilune_runtime::value::tag;

impl Baseline<'_> {
    fn is_vararg(&self) -> bool {
        self.source.proto.vararg != VarargKind::No
    }

    /// The entry: pushes the frame.
    pub(super) fn entry(&mut self) {
        let params = self.source.proto.num_params;
        let room = self.source.frame_size as i32 * 8;
        let vararg = self.is_vararg();
        dynasm!(self.asm.ops ; .arch x64
            ; lea rdx, [rdi + rcx * 8 + room]
            ; cmp rdx, [r15 + CX_STACK_LIMIT as i32]
        );
        // The return address is still on the native stack, and nothing else was done.
        self.asm.jump_above(Stub::Other(Other::Uncompiled));
        dynasm!(self.asm.ops ; .arch x64
            ; lea rdx, [r12 + FRAME_SIZE as i32]
            ; cmp rdx, [r15 + CX_FRAMES_END as i32]
        );
        let room_for_frame = self.asm.label();
        dynasm!(self.asm.ops ; .arch x64 ; jne =>room_for_frame);
        self.asm.jump(Stub::Other(Other::Uncompiled));
        self.asm.bind(room_for_frame);
        if params > 0 {
            let (entry, back) = (self.asm.label(), self.asm.label());
            self.cold.push(Cold::MissingArguments { params, entry, back });
            dynasm!(self.asm.ops ; .arch x64 ; cmp ecx, params as i32 ; jb =>entry);
            self.asm.bind(back);
        }
        dynasm!(self.asm.ops ; .arch x64
            ; mov r12, rdx
            ; pop QWORD [r12 + RETURN_TO as i32]
            ; mov [r12 + FRAME_CLOSURE as i32], rax
            ; mov rbx, rdi
            ; sub rdi, [r15 + CX_STACK as i32]
            ; shr rdi, 3
            ; mov [r12 + FRAME_BASE as i32], edi
            ; dec edi
            ; mov [r12 + FRAME_FUNC as i32], edi
        );
        if vararg {
            if params > 0 {
                dynasm!(self.asm.ops ; .arch x64 ; sub ecx, params as i32);
            }
            dynasm!(self.asm.ops ; .arch x64 ; mov [r12 + FRAME_EXTRA as i32], ecx);
        } else {
            dynasm!(self.asm.ops ; .arch x64 ; mov DWORD [r12 + FRAME_EXTRA as i32], 0);
        }
        self.asm.constant(RAX, self.source.code as u64);
        dynasm!(self.asm.ops ; .arch x64 ; mov [r12 + FRAME_PC as i32], rax);
        self.load_cells();
        if !vararg {
            // Functions with extra arguments poll when these are in place.
            dynasm!(self.asm.ops ; .arch x64 ; cmp BYTE [rbp + 0], BYTE 0);
            self.asm.jump_not_equal(Stub::Other(Other::EntryPoll));
        }
    }

    fn load_cells(&mut self) {
        let cells = self.source.cells as i64;
        dynasm!(self.asm.ops ; .arch x64 ; mov r13, QWORD cells);
    }

    /// Leaves in `ecx` how many values a count field says, or lie from `rdx` (the address of register `first`) to the
    /// top.
    fn count_from(&mut self, count: u8, first: u8) {
        self.asm.address(RDX, first);
        if count != 0 {
            dynasm!(self.asm.ops ; .arch x64 ; mov ecx, count as i32 - 1);
        } else {
            dynasm!(self.asm.ops ; .arch x64
                ; mov rcx, [r15 + CX_TOP as i32]
                ; shl rcx, 3
                ; add rcx, [r15 + CX_STACK as i32]
                ; sub rcx, rdx
                ; shr rcx, 3
            );
        }
    }

    /// `CALL`.
    pub(super) fn call(&mut self, i: Instr) {
        let a = i.a();
        let cold = self.cold_step();
        let native = self.cold_native_call();
        self.asm.expect_tag(a, tag::FUNCTION, cold);
        self.asm.load_pointer(RAX, a);
        dynasm!(self.asm.ops ; .arch x64
            ; cmp BYTE [rax + OBJECT_KIND as i32], Kind::Closure as i8
            ; jne =>native
        );
        self.note_callee(i.d(), a);
        self.count_from(i.b(), a + 1);
        self.save_pc(self.pc);
        dynasm!(self.asm.ops ; .arch x64
            ; mov DWORD [r12 + FRAME_SIZE as i32 + FRAME_NRESULTS as i32], i.c() as i32 - 1
            ; mov QWORD [r12 + FRAME_SIZE as i32 + FRAME_AUX as i32], 0
            ; mov rdi, rdx
            ; mov rdx, [rax + CLOSURE_PROTO as i32]
            ; call QWORD [rdx + PROTO_ENTRY as i32]
            // Here the callee returns.
            ; sub r12, FRAME_SIZE as i32
            ; sub rbx, (a as i32 + 1) * 8
        );
        self.load_cells();
        match i.c() {
            1 => {}
            2 => self.asm.store(a, RAX),
            0 => {
                self.asm.address(RDI, a);
                self.asm.call(Stub::Other(Other::MoveOpen));
            }
            c => {
                self.asm.address(RDI, a);
                dynasm!(self.asm.ops ; .arch x64 ; mov esi, c as i32 - 1);
                self.asm.call(Stub::Other(Other::MoveFixed));
            }
        }
        self.bind_backs(2);
    }

    /// A cold path for a native callee.
    fn cold_native_call(&mut self) -> DynamicLabel {
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::NativeCall { pc: self.pc, entry, back });
        entry
    }

    /// Emits the cold path of a native callee, which is in `rax`.
    pub(super) fn native_call(&mut self, pc: usize, back: DynamicLabel) {
        let i = self.source.proto.code[pc];
        let tail = i.op() == Op::TailCall;
        self.note_callee(i.d(), i.a());
        self.save_pc(pc);
        self.count_from(i.b(), i.a() + 1);
        let nresults = if tail { -1 } else { i.c() as i32 - 1 };
        dynasm!(self.asm.ops ; .arch x64 ; mov esi, nresults);
        self.asm.call(Stub::Other(Other::CallNative));
        if tail {
            self.return_values(i.a(), 0);
        } else {
            self.go(back);
        }
    }

    /// `TAILCALL` of a Lua function by a function that a `CALL` called: callee and arguments take the place of the
    /// function's own, and its frame is dropped.
    pub(super) fn tail_call(&mut self, i: Instr) {
        let a = i.a();
        let cold = self.cold_step();
        let native = self.cold_native_call();
        self.asm.expect_tag(a, tag::FUNCTION, cold);
        self.asm.load_pointer(RAX, a);
        dynasm!(self.asm.ops ; .arch x64
            ; cmp BYTE [rax + OBJECT_KIND as i32], Kind::Closure as i8
            ; jne =>native
            ; cmp BYTE [r12 + FRAME_RET as i32], BYTE 0
            ; jne =>cold
        );
        self.note_callee(i.d(), a);
        self.count_from(i.b(), a + 1);
        dynasm!(self.asm.ops ; .arch x64
            ; mov edi, [r12 + FRAME_FUNC as i32]
            ; shl rdi, 3
            ; add rdi, [r15 + CX_STACK as i32]
            ; mov r8, [rdx - 8]
            ; mov [rdi], r8
            ; add rdi, 8
        );
        self.asm.call(Stub::Other(Other::MoveArguments));
        dynasm!(self.asm.ops ; .arch x64
            ; push QWORD [r12 + RETURN_TO as i32]
            ; mov DWORD [r12 + FRAME_AUX as i32], 0
            ; or DWORD [r12 + FRAME_AUX as i32 + 4], FRAME_TAIL_FLAG as i32
            ; sub r12, FRAME_SIZE as i32
            ; mov rdx, [rax + CLOSURE_PROTO as i32]
            ; jmp QWORD [rdx + PROTO_ENTRY as i32]
        );
        self.bind_backs(2);
    }

    /// `RETURN` and its kin: the values are in place, `count` as in the instruction.
    pub(super) fn return_values(&mut self, first: u8, count: u8) {
        self.count_from(count, first);
        match count {
            1 => self.load_nil(RAX),
            0 => {
                dynasm!(self.asm.ops ; .arch x64
                    ; mov rax, [rdx]
                    ; lea rsi, [r14 + 1]
                    ; test ecx, ecx
                    ; cmovz rax, rsi
                );
            }
            _ => self.asm.load(RAX, first),
        }
        if self.is_vararg() {
            // The callee's slot lies below the extra arguments.
            dynasm!(self.asm.ops ; .arch x64
                ; mov esi, [r12 + FRAME_EXTRA as i32]
                ; shl rsi, 3
                ; sub rbx, rsi
            );
        }
        dynasm!(self.asm.ops ; .arch x64 ; jmp QWORD [r12 + RETURN_TO as i32]);
    }
}

//! Templates of calls and returns, and the entry of a function.

use super::Baseline;
use super::assembler::reg::{RAX, RDI, RDX};
use super::assembler::{above, short};
use super::cold::Cold;
use super::stubs::{Other, Stub};
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_bytecode::ops::{Instr, Op};
use perilune_bytecode::proto::VarargKind;
use perilune_runtime::compiled::{
    CLOSURE_PROTO, CX_FRAMES_END, CX_STACK, CX_STACK_LIMIT, CX_TOP, FRAME_AUX,
    FRAME_AUX_METAMETHOD, FRAME_BASE, FRAME_CLOSURE, FRAME_EXTRA, FRAME_FUNC, FRAME_NRESULTS,
    FRAME_PC, FRAME_RET, FRAME_SIZE, FRAME_TAIL_FLAG, OBJECT_KIND, PROTO_ENTRY, RETURN_TO,
};
use perilune_runtime::feedback::bits;
use perilune_runtime::object::Kind;
use perilune_runtime::tuning::MIN_STACK;
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
            ; lea rdx, [BYTE r12 + short(FRAME_SIZE)]
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
            ; pop QWORD [BYTE r12 + short(RETURN_TO)]
            ; mov [BYTE r12 + short(FRAME_CLOSURE)], rax
            ; mov rbx, rdi
            ; sub rdi, [r15 + CX_STACK as i32]
            ; shr rdi, 3
            ; mov [BYTE r12 + short(FRAME_BASE)], edi
            ; dec edi
            ; mov [BYTE r12 + short(FRAME_FUNC)], edi
        );
        if vararg {
            if params > 0 {
                dynasm!(self.asm.ops ; .arch x64 ; sub ecx, params as i32);
            }
            dynasm!(self.asm.ops ; .arch x64 ; mov [BYTE r12 + short(FRAME_EXTRA)], ecx);
        } else {
            dynasm!(self.asm.ops ; .arch x64 ; mov DWORD [BYTE r12 + short(FRAME_EXTRA)], 0);
        }
        self.asm.constant(RAX, self.source.code as u64);
        dynasm!(self.asm.ops ; .arch x64 ; mov [BYTE r12 + short(FRAME_PC)], rax);
        self.load_cells();
        if !vararg {
            // Functions with extra arguments poll when these are in place.
            dynasm!(self.asm.ops ; .arch x64 ; cmp BYTE [rbp + 0], BYTE 0);
            self.asm.jump_not_equal(Stub::Other(Other::EntryPoll));
        }
    }

    /// `VARARGPREP`: extra arguments go in front of the parameters, between callee and first register. Whoever pushed the
    /// frame has made sure that there is room.
    pub(super) fn vararg_prep(&mut self) {
        let params = self.source.proto.num_params;
        let cold = self.cold_step();
        let done = self.asm.label();
        self.poll(cold);
        dynasm!(self.asm.ops ; .arch x64
            ; mov ecx, [BYTE r12 + short(FRAME_EXTRA)]
            ; test ecx, ecx
            ; jz =>done
        );
        if params > 0 {
            dynasm!(self.asm.ops ; .arch x64 ; mov rsi, rbx ; mov edx, params as i32);
            self.asm.call(Stub::Other(Other::Rotate));
            dynasm!(self.asm.ops ; .arch x64 ; mov ecx, [BYTE r12 + short(FRAME_EXTRA)]);
        }
        dynasm!(self.asm.ops ; .arch x64
            ; lea rbx, [rbx + rcx * 8]
            ; add [BYTE r12 + short(FRAME_BASE)], ecx
            ; =>done
        );
        self.bind_back();
    }

    /// `VARARG`: the extra arguments, unless they are in a table.
    pub(super) fn vararg_values(&mut self, i: Instr) {
        if i.d() != 0 {
            return self.step(self.pc);
        }
        dynasm!(self.asm.ops ; .arch x64
            ; mov ecx, [BYTE r12 + short(FRAME_EXTRA)]
            ; mov rdx, rcx
            ; shl rdx, 3
            ; neg rdx
            ; add rdx, rbx
        );
        match i.c() {
            0 => {
                let cold = self.cold_step();
                self.asm.address(RDI, i.a());
                dynasm!(self.asm.ops ; .arch x64
                    ; lea rax, [rdi + rcx * 8 + MIN_STACK as i32 * 8]
                    ; cmp rax, [r15 + CX_STACK_LIMIT as i32]
                    ; ja =>cold
                );
                self.asm.call(Stub::Other(Other::MoveOpen));
                self.bind_back();
            }
            2 => {
                self.load_nil(RAX);
                let none = self.asm.label();
                dynasm!(self.asm.ops ; .arch x64 ; test ecx, ecx ; jz =>none ; mov rax, [rdx] ; =>none);
                self.asm.store(i.a(), RAX);
            }
            c => {
                self.asm.address(RDI, i.a());
                dynasm!(self.asm.ops ; .arch x64 ; mov esi, c as i32 - 1);
                self.asm.call(Stub::Other(Other::MoveFixed));
            }
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

    /// Leaves the closure to be called in `rax`, and notes whom `site` calls. Goes to `native` for a native function, and
    /// to `other` for what isn't a function.
    fn expect_closure(&mut self, slot: u8, site: u32, native: DynamicLabel, other: DynamicLabel) {
        self.asm.expect_tag(slot, tag::FUNCTION, other);
        self.asm.load_pointer(RAX, slot);
        self.note_callee(site, slot);
        dynasm!(self.asm.ops ; .arch x64
            ; cmp BYTE [BYTE rax + short(OBJECT_KIND)], Kind::Closure as i8
            ; jne =>native
        );
    }

    /// `CALL`.
    pub(super) fn call(&mut self, i: Instr) {
        let a = i.a();
        let native = self.cold_native_call();
        let (other, returned) = self.cold_meta_call();
        self.expect_closure(a, i.d(), native, other);
        self.count_from(i.b(), a + 1);
        self.save_pc(self.pc);
        dynasm!(self.asm.ops ; .arch x64
            ; mov DWORD [BYTE r12 + short(FRAME_SIZE + FRAME_NRESULTS)], i.c() as i32 - 1
            ; mov QWORD [BYTE r12 + short(FRAME_SIZE + FRAME_AUX)], 0
            ; mov rdi, rdx
            ; mov rdx, [BYTE rax + short(CLOSURE_PROTO)]
            ; call QWORD [BYTE rdx + short(PROTO_ENTRY)]
            // Here the callee returns.
            ; =>returned
            ; sub r12, BYTE short(FRAME_SIZE)
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

    /// A cold path for a callee that isn't a function. The second label is where a metamethod returns.
    fn cold_meta_call(&mut self) -> (DynamicLabel, DynamicLabel) {
        let (entry, returned, back) = (self.asm.label(), self.asm.label(), self.asm.label());
        self.cold.push(Cold::MetaCall { pc: self.pc, entry, returned, back });
        (entry, returned)
    }

    /// Emits the cold path of a callee that isn't a function.
    pub(super) fn meta_call(&mut self, pc: usize, returned: DynamicLabel, back: DynamicLabel) {
        let i = self.source.proto.code[pc];
        let step = self.asm.label();
        self.note_in_cold(pc, bits::callee::OTHER);
        self.count_from(i.b(), i.a() + 1);
        dynasm!(self.asm.ops ; .arch x64 ; mov rsi, rdx ; mov edx, ecx);
        self.asm.call(Stub::Other(Other::CallMetamethod));
        dynasm!(self.asm.ops ; .arch x64 ; test rax, rax ; jz =>step);
        // The value that was called is an argument, too, and the top is behind them all.
        self.count_from(0, i.a() + 1);
        self.save_pc(pc);
        dynasm!(self.asm.ops ; .arch x64
            ; mov DWORD [BYTE r12 + short(FRAME_SIZE + FRAME_NRESULTS)], i.c() as i32 - 1
            ; mov r8, QWORD FRAME_AUX_METAMETHOD as i64
            ; mov [BYTE r12 + short(FRAME_SIZE + FRAME_AUX)], r8
            ; mov rdi, rdx
            ; mov rdx, [BYTE rax + short(CLOSURE_PROTO)]
            ; call QWORD [BYTE rdx + short(PROTO_ENTRY)]
            ; jmp =>returned
        );
        self.asm.bind(step);
        self.step(pc);
        self.go(back);
    }

    /// A cold path for a native callee.
    fn cold_native_call(&mut self) -> DynamicLabel {
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::NativeCall { pc: self.pc, entry, back });
        entry
    }

    /// Emits the cold path of a native callee.
    pub(super) fn native_call(&mut self, pc: usize, back: DynamicLabel) {
        let i = self.source.proto.code[pc];
        let tail = i.op() == Op::TailCall;
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
        let native = self.cold_native_call();
        let cold = self.cold_step();
        self.expect_closure(a, i.d(), native, cold);
        dynasm!(self.asm.ops ; .arch x64
            ; cmp BYTE [BYTE r12 + short(FRAME_RET)], BYTE 0
            ; jne =>cold
        );
        self.count_from(i.b(), a + 1);
        dynasm!(self.asm.ops ; .arch x64
            ; mov edi, [BYTE r12 + short(FRAME_FUNC)]
            ; shl rdi, 3
            ; add rdi, [r15 + CX_STACK as i32]
            ; mov r8, [rdx - 8]
            ; mov [rdi], r8
            ; add rdi, 8
        );
        self.asm.call(Stub::Other(Other::MoveArguments));
        dynasm!(self.asm.ops ; .arch x64
            ; push QWORD [BYTE r12 + short(RETURN_TO)]
            ; mov DWORD [BYTE r12 + short(FRAME_AUX)], 0
            ; or DWORD [BYTE r12 + short(FRAME_AUX + 4)], FRAME_TAIL_FLAG as i32
            ; sub r12, BYTE short(FRAME_SIZE)
            ; mov rdx, [BYTE rax + short(CLOSURE_PROTO)]
            ; jmp QWORD [BYTE rdx + short(PROTO_ENTRY)]
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
                    ; lea rsi, [BYTE r14 + above::NIL]
                    ; test ecx, ecx
                    ; cmovz rax, rsi
                );
            }
            _ => self.asm.load(RAX, first),
        }
        if self.is_vararg() {
            // The callee's slot lies below the extra arguments.
            dynasm!(self.asm.ops ; .arch x64
                ; mov esi, [BYTE r12 + short(FRAME_EXTRA)]
                ; shl rsi, 3
                ; sub rbx, rsi
            );
        }
        dynasm!(self.asm.ops ; .arch x64 ; jmp QWORD [BYTE r12 + short(RETURN_TO)]);
    }
}

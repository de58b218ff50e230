//! Code shared by all functions: what begins every segment of code memory.
//!
//! A function's code reaches the stubs by 32-bit distances; they know the absolute addresses of the runtime's functions.
//! Their layout doesn't depend on where they are, so it is computed once.

use dynasm::dynasm;
use dynasmrt::{AssemblyOffset, DynasmApi, DynasmLabelApi, VecAssembler, x64::X64Relocation};
use perilune_bytecode::ops::Op;
use perilune_runtime::compiled::{
    CX_FRAME, CX_STACK, CX_TOP, EntryPoints, FRAME_BASE, Leave, STEPS, call_uncompiled,
    complete_return, plain, poll_at_entry,
};
use perilune_runtime::cx::Cx;
use perilune_runtime::feedback::SiteCell;
use perilune_semantics::arith::ArithOp;

/// A stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stub {
    /// Does the instruction under way, whose frame is in `r12`; returns if execution goes on in place, otherwise it
    /// goes on elsewhere.
    Step(Op),
    /// Does an arithmetic operation on the words in `rsi` and `rdx`, by
    /// [`plain::arithmetic_function`]; `rcx` is the address of the feedback byte.
    Arithmetic(ArithOp),
    /// One of the others.
    Other(Other),
}

/// Stubs that there is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Other {
    /// Enters compiled code: see [`perilune_runtime::compiled::EntryPoints::enter`].
    Enter,
    /// Ends compiled code; one for each [`Leave`].
    LeaveSwitch,
    LeaveDone,
    LeaveFault,
    /// Goes on where `rax` and `rdx` (a [`perilune_runtime::compiled::Resume`]) say.
    Resume,
    /// The return address of frames that compiled code didn't push.
    GenericReturn,
    /// The entry of functions without code, and of those that can't be entered quickly: has [`call_uncompiled`] make the
    /// call. The frame in `r12` is the caller's.
    Uncompiled,
    /// Polls at the entry of the function whose frame is in `r12`.
    EntryPoll,
    /// Moves `ecx` results at `rdx` down to `rdi`, adjusted to `esi`.
    MoveFixed,
    /// Moves `ecx` results at `rdx` down to `rdi` and sets the top behind them.
    MoveOpen,
    /// [`plain::get_cached`] of `rsi`, `rdx`, `rcx`
    GetCached,
    /// [`plain::set_cached`] of `rsi`, `rdx`, `rcx`, `r8`
    SetCached,
    /// [`plain::get_element`] of `rdi`, `rsi`, `rdx`
    GetElement,
    /// [`plain::set_element`] of `rsi`, `rdx`, `rcx`, `r8`
    SetElement,
    /// [`plain::barrier`] of `rsi`
    Barrier,
    /// [`plain::less_than`] of `rdi`, `rsi`, `rdx`
    LessThan,
    /// [`plain::less_equal`] of `rdi`, `rsi`, `rdx`
    LessEqual,
    /// [`plain::equal`] of `rsi`, `rdx`, `rcx`
    Equal,
    /// Moves `ecx` values at `rdx` down to `rdi`. Leaves `rax`, `rcx` and `rdi` alone.
    MoveArguments,
    /// [`plain::length`] of `rsi`
    Length,
    /// [`plain::new_closure`] of `rsi`, `rdx`, `ecx`
    NewClosure,
    /// [`plain::new_table`] of `rsi`, `edx`
    NewTable,
    /// [`plain::new_box`] of `rsi`
    NewBox,
    /// [`plain::note_callee`] of `rsi`, `rdx`, `rcx`
    NoteCallee,
    /// [`plain::iterate`] of `rsi`, `rdx`
    Iterate,
}

const OTHERS: usize = Other::Iterate as usize + 1;
const OPERATORS: usize = ArithOp::ALL.len();

impl Stub {
    const fn index(self) -> usize {
        match self {
            Stub::Other(o) => o as usize,
            Stub::Arithmetic(op) => OTHERS + op as usize,
            Stub::Step(op) => OTHERS + OPERATORS + op as usize,
        }
    }
}

const COUNT: usize = OTHERS + OPERATORS + Op::ALL.len();

/// The stubs as position-dependent code, and where each begins.
pub(crate) struct StubTable {
    /// The code.
    pub(crate) code: Vec<u8>,
    offsets: [u32; COUNT],
}

impl StubTable {
    /// The stubs for a segment at `base`.
    pub(crate) fn new(base: usize) -> StubTable {
        let mut b = Builder { ops: VecAssembler::new(base), offsets: [0; COUNT] };
        b.transitions();
        b.moves();
        b.move_arguments();
        b.plain_functions();
        b.steps();
        // All labels are local to the stubs, so finalizing can't fail.
        let code = b.ops.finalize().unwrap_or_default();
        StubTable { code, offsets: b.offsets }
    }

    /// Where a stub begins.
    pub(super) fn offset(&self, stub: Stub) -> usize {
        self.offsets[stub.index()] as usize
    }

    /// What the runtime has to know, of stubs at `base`.
    pub(crate) fn entry_points(&self, base: usize) -> EntryPoints {
        let at = |stub| (base + self.offset(Stub::Other(stub))) as *const u8;
        type Enter = unsafe extern "C" fn(*mut Cx, *const u8, *const u8, *const SiteCell) -> u64;
        EntryPoints {
            // SAFETY: the stub takes these arguments, and is in executable memory.
            enter: unsafe { std::mem::transmute::<*const u8, Enter>(at(Other::Enter)) },
            generic_return: at(Other::GenericReturn),
            uncompiled: at(Other::Uncompiled),
            leave: [at(Other::LeaveSwitch), at(Other::LeaveDone), at(Other::LeaveFault)],
        }
    }
}

struct Builder {
    ops: VecAssembler<X64Relocation>,
    offsets: [u32; COUNT],
}

impl Builder {
    fn begin(&mut self, stub: Stub) {
        let AssemblyOffset(at) = self.ops.offset();
        self.offsets[stub.index()] = at as u32;
    }

    fn other(&mut self, stub: Other) {
        self.begin(Stub::Other(stub));
    }

    /// Entering, leaving, and what leads from one function to another without a call in compiled code.
    fn transitions(&mut self) {
        self.other(Other::Enter);
        dynasm!(self.ops ; .arch x64
            ; push rbp
            ; push rbx
            ; push r12
            ; push r13
            ; push r14
            ; push r15
            ; sub rsp, 8
            ; mov r15, rdi
            ; mov rbp, rsi
            ; mov rax, rdx
            ; mov rdx, rcx
            ; mov r14, QWORD (0xFFF8_u64 << 48) as i64
        );
        self.other(Other::Resume);
        dynasm!(self.ops ; .arch x64
            ; ->resume:
            ; mov r13, rdx
            ; mov r12, [r15 + CX_FRAME as i32]
            ; mov rbx, [r15 + CX_STACK as i32]
            ; mov ecx, [r12 + FRAME_BASE as i32]
            ; lea rbx, [rbx + rcx * 8]
            ; jmp rax
        );
        for (stub, how) in [
            (Other::LeaveSwitch, Leave::Switch),
            (Other::LeaveDone, Leave::Done),
            (Other::LeaveFault, Leave::Fault),
        ] {
            self.other(stub);
            dynasm!(self.ops ; .arch x64
                ; mov eax, how as i32
                ; add rsp, 8
                ; pop r15
                ; pop r14
                ; pop r13
                ; pop r12
                ; pop rbx
                ; pop rbp
                ; ret
            );
        }
        self.other(Other::GenericReturn);
        dynasm!(self.ops ; .arch x64
            ; mov [r15 + CX_FRAME as i32], r12
            ; mov rdi, r15
            ; mov rsi, rdx
            ; mov edx, ecx
            ; mov rax, QWORD complete_return as *const () as i64
            ; call rax
            ; jmp ->resume
        );
        self.other(Other::Uncompiled);
        dynasm!(self.ops ; .arch x64
            ; add rsp, 8
            ; mov [r15 + CX_FRAME as i32], r12
            ; mov rsi, rdi
            ; mov edx, ecx
            ; mov rdi, r15
            ; mov rax, QWORD call_uncompiled as *const () as i64
            ; call rax
            ; jmp ->resume
        );
        self.other(Other::EntryPoll);
        dynasm!(self.ops ; .arch x64
            ; mov [r15 + CX_FRAME as i32], r12
            ; mov rdi, r15
            ; mov rax, QWORD poll_at_entry as *const () as i64
            ; call rax
            ; jmp ->resume
        );
    }

    /// Results to where the caller wants them. `rax` and `r8` are scratch.
    fn moves(&mut self) {
        self.other(Other::MoveFixed);
        dynasm!(self.ops ; .arch x64
            ; xor r8d, r8d
            ; next:
            ; cmp r8d, esi
            ; jae >done
            ; lea rax, [r14 + 1]
            ; cmp r8d, ecx
            ; jae >given
            ; mov rax, [rdx + r8 * 8]
            ; given:
            ; mov [rdi + r8 * 8], rax
            ; inc r8d
            ; jmp <next
            ; done:
            ; ret
        );
        self.other(Other::MoveOpen);
        dynasm!(self.ops ; .arch x64
            ; xor r8d, r8d
            ; next:
            ; cmp r8d, ecx
            ; jae >done
            ; mov rax, [rdx + r8 * 8]
            ; mov [rdi + r8 * 8], rax
            ; inc r8d
            ; jmp <next
            ; done:
            ; lea rax, [rdi + rcx * 8]
            ; sub rax, [r15 + CX_STACK as i32]
            ; shr rax, 3
            ; mov [r15 + CX_TOP as i32], rax
            ; ret
        );
    }

    fn move_arguments(&mut self) {
        self.other(Other::MoveArguments);
        dynasm!(self.ops ; .arch x64
            ; xor r8d, r8d
            ; next:
            ; cmp r8d, ecx
            ; jae >done
            ; mov r9, [rdx + r8 * 8]
            ; mov [rdi + r8 * 8], r9
            ; inc r8d
            ; jmp <next
            ; done:
            ; ret
        );
    }

    fn plain_functions(&mut self) {
        for op in ArithOp::ALL {
            self.begin(Stub::Arithmetic(op));
            self.plain_with_context(plain::arithmetic_function(op) as *const ());
        }
        for (stub, function) in [
            (Other::GetCached, plain::get_cached as *const ()),
            (Other::SetCached, plain::set_cached as *const ()),
            (Other::SetElement, plain::set_element as *const ()),
            (Other::Barrier, plain::barrier as *const ()),
            (Other::Equal, plain::equal as *const ()),
            (Other::Length, plain::length as *const ()),
            (Other::NewClosure, plain::new_closure as *const ()),
            (Other::NewTable, plain::new_table as *const ()),
            (Other::NewBox, plain::new_box as *const ()),
            (Other::NoteCallee, plain::note_callee as *const ()),
            (Other::Iterate, plain::iterate as *const ()),
        ] {
            self.other(stub);
            self.plain_with_context(function);
        }
        for (stub, function) in [
            (Other::GetElement, plain::get_element as *const ()),
            (Other::LessThan, plain::less_than as *const ()),
            (Other::LessEqual, plain::less_equal as *const ()),
        ] {
            self.other(stub);
            dynasm!(self.ops ; .arch x64 ; mov rax, QWORD function as i64 ; jmp rax);
        }
    }

    fn plain_with_context(&mut self, function: *const ()) {
        dynasm!(self.ops ; .arch x64
            ; mov rdi, r15
            ; mov rax, QWORD function as i64
            ; jmp rax
        );
    }

    fn steps(&mut self) {
        dynasm!(self.ops ; .arch x64
            ; ->step:
            ; sub rsp, 8
            ; mov [r15 + CX_FRAME as i32], r12
            ; mov rdi, r15
            ; call rax
            ; add rsp, 8
            ; test rax, rax
            ; jnz >elsewhere
            // Stack and frames may have moved.
            ; mov r12, [r15 + CX_FRAME as i32]
            ; mov rbx, [r15 + CX_STACK as i32]
            ; mov ecx, [r12 + FRAME_BASE as i32]
            ; lea rbx, [rbx + rcx * 8]
            ; ret
            ; elsewhere:
            ; add rsp, 8
            ; jmp ->resume
        );
        for op in Op::ALL {
            self.begin(Stub::Step(*op));
            dynasm!(self.ops ; .arch x64
                ; mov rax, QWORD STEPS[*op as usize] as *const () as i64
                ; jmp ->step
            );
        }
    }
}

//! Code shared by all functions: what begins every segment of code memory.
//!
//! A function's code reaches the stubs by 32-bit distances; they know the absolute addresses of the runtime's functions.
//! Their layout doesn't depend on where they are, so it is computed once.

use super::access::entry;
use super::assembler::reg::{R8, R9, RDX, RSI};
use super::assembler::{Reg, above, short};
use dynasm::dynasm;
use dynasmrt::{
    AssemblyOffset, DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler, x64::X64Relocation,
};
use perilune_bytecode::ops::{Instr, Op};
use perilune_runtime::compiled::{
    CELL_COUNT_FROM_CELLS, CELL_FIRST, CELL_MORE, CELL_MORE_ENTRIES, CELL_SIZE, CLOSURE_PROTO,
    CX_FRAME, CX_STACK, CX_TOP, EntryPoints, FEEDBACK_CELLS, FINISHES, FRAME_AUX, FRAME_AUX_FINISH,
    FRAME_BASE, FRAME_CLOSURE, FRAME_NRESULTS, FRAME_PC, FRAME_SIZE, Finish, Leave, META_CALLS,
    OBJECT_STATE, PROTO_CODE, PROTO_ENTRY, PROTO_FEEDBACK, PROTO_RESUME_BASE, PROTO_RESUME_OFFSETS,
    STEPS, arguments_of, call_native, call_uncompiled, complete_return, learn_again, plain,
    poll_at_entry, run_for,
};
use perilune_runtime::cx::Cx;
use perilune_runtime::feedback::SiteCell;
use perilune_runtime::feedback::bits::{direction, operands, result};
use perilune_runtime::heap::Run;
use perilune_runtime::object::state;
use perilune_runtime::shape::{SHAPE_COUNT, SHAPE_META_KIND, VALIDITY_WORD};
use perilune_runtime::table::cache::{GetKind, PropertyCache, SetKind};
use perilune_runtime::table::{
    MIN_GROWN, TABLE_ARRAY_CAP, TABLE_HASH, TABLE_MARKS, TABLE_SHAPE, TABLE_SLOTS, mark,
};
use perilune_runtime::value::tag;
use perilune_semantics::arith::ArithOp;
use std::mem::offset_of;
use std::sync::OnceLock;

/// Where the fields of an instruction are in it.
const INSTR_A: i32 = Instr::OFFSET_A as i32;
const INSTR_B: i32 = Instr::OFFSET_B as i32;
const INSTR_C: i32 = Instr::OFFSET_C as i32;
const INSTR_D: i32 = Instr::OFFSET_D as i32;

/// A stub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stub {
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
pub(crate) enum Other {
    /// Enters compiled code: see [`perilune_runtime::compiled::EntryPoints::enter`].
    Enter,
    /// Ends compiled code; one for each [`Leave`].
    LeaveSwitch,
    LeaveDone,
    LeaveFault,
    LeavePanic,
    /// Goes on where `rax` and `rdx` (a [`perilune_runtime::compiled::Resume`]) say.
    Resume,
    /// The return address of frames that compiled code didn't push.
    GenericReturn,
    /// The return addresses of frames pushed in the midst of an instruction; one for each of
    /// [`perilune_runtime::compiled::FINISHES`].
    FinishStore,
    FinishNothing,
    FinishIterate,
    FinishMethod,
    FinishBranch,
    FinishClose,
    /// The entry of functions without code, and of those that can't be entered quickly: has [`call_uncompiled`] make the
    /// call. The frame in `r12` is the caller's.
    Uncompiled,
    /// [`learn_again`] with `rsi`, as a step.
    LearnAgain,
    /// Polls at the entry of the function whose frame is in `r12`.
    EntryPoll,
    /// Moves `ecx` results at `rdx` down to `rdi`, adjusted to `esi`.
    MoveFixed,
    /// Moves `ecx` results at `rdx` down to `rdi` and sets the top behind them.
    MoveOpen,
    /// Reads the property of the word in `rsi` that the cell at `rdx` is about; its key is in `rcx`. What it doesn't do
    /// itself is [`plain::get_cached`]'s.
    GetCached,
    /// Writes the word in `rcx` to that property; its key is in `r8`. What it doesn't do itself is
    /// [`plain::set_cached`]'s.
    SetCached,
    /// [`plain::get_element`] of `rdi`, `rsi`, `rdx`
    GetElement,
    /// [`plain::set_element`] of `rsi`, `rdx`, `rcx`, `r8`
    SetElement,
    /// Makes the capacity of the table in `rax`, whose array has `esi` elements, greater than that, if the buffer has room
    /// and nothing else is to be considered: as `append_growing` does. Leaves alone all but `r8` and `r9`.
    GrowWithinRoom,
    /// Makes a word of the integer in `rax`. Leaves alone all others but `rcx`.
    WordOfInteger,
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
    /// [`plain::concat`] of `rsi`, `edx`, `rcx`
    Concat,
    /// [`plain::set_list`] of `rsi`, `edx`, `ecx`
    SetList,
    /// [`plain::new_box`] of `rsi`
    NewBox,
    /// [`plain::note_callee`] of `rsi`, `rdx`, `rcx`
    NoteCallee,
    /// [`plain::call_metamethod`] of `rsi`, `rdx`
    CallMetamethod,
    /// [`plain::rotate`] of `rsi`, `edx`, `ecx`
    Rotate,
    /// [`plain::mark_to_be_closed`] of `rsi`
    MarkToBeClosed,
    /// [`plain::iterate`] of `rsi`, `rdx`
    Iterate,
    /// [`plain::prepare_for`] of `rsi`, `rdx`
    PrepareFor,
    /// [`plain::step_for`] of `rsi`
    StepFor,
    /// [`call_native`] of the `ecx` values at `rdx`, for `esi` results. As a step.
    CallNative,
}

const OTHERS: usize = Other::CallNative as usize + 1;
const OPERATORS: usize = ArithOp::ALL.len();

impl Stub {
    /// Its name, for those who read machine code.
    pub(crate) fn name(self) -> String {
        match self {
            Stub::Step(op) => format!("step:{}", op.info().name),
            Stub::Arithmetic(op) => format!("arithmetic:{op:?}"),
            Stub::Other(other) => format!("{other:?}"),
        }
    }

    const fn index(self) -> usize {
        match self {
            Stub::Other(o) => o as usize,
            Stub::Arithmetic(op) => OTHERS + op as usize,
            Stub::Step(op) => OTHERS + OPERATORS + op as usize,
        }
    }

    /// Its number.
    pub(super) const fn number(self) -> StubNumber {
        StubNumber(self.index() as u16)
    }
}

/// The number of a stub, for lists of them.
#[derive(Clone, Copy)]
pub(super) struct StubNumber(u16);

const COUNT: usize = OTHERS + OPERATORS + Op::ALL.len();

/// The stubs' code, and where each begins. The code is the same wherever it is: within it all distances are relative, and the
/// addresses of the runtime's functions are absolute.
pub(crate) struct StubTable {
    /// The code.
    pub(crate) code: Vec<u8>,
    offsets: [u32; COUNT],
    starts: Vec<(u32, Stub)>,
}

impl StubTable {
    /// The stubs of all segments of this process.
    pub(crate) fn get() -> &'static StubTable {
        static STUBS: OnceLock<StubTable> = OnceLock::new();
        STUBS.get_or_init(|| StubTable::new(0))
    }

    /// The stubs for a segment at `base`.
    fn new(base: usize) -> StubTable {
        let ops = VecAssembler::new(base);
        let starts = Vec::with_capacity(COUNT);
        let mut b = Builder { ops, offsets: [0; COUNT], starts, finishers: [None; FINISHES.len()] };
        b.transitions();
        b.finishers();
        b.moves();
        b.get_cached();
        b.set_cached();
        b.grow_within_room();
        b.word_of_integer();
        b.plain_functions();
        b.steps();
        // All labels are local to the stubs, so finalizing can't fail.
        let code = b.ops.finalize().unwrap_or_default();
        StubTable { code, offsets: b.offsets, starts: b.starts }
    }

    /// Where each begins, ascending.
    pub(crate) fn starts(&self) -> &[(u32, Stub)] {
        &self.starts
    }

    /// Where a stub begins.
    #[inline]
    pub(super) fn offset(&self, stub: StubNumber) -> u32 {
        self.offsets[stub.0 as usize]
    }

    /// What the runtime has to know, of stubs at `base`.
    pub(crate) fn entry_points(&self, base: usize) -> EntryPoints {
        let at = |stub| (base + self.offset(Stub::Other(stub).number()) as usize) as *const u8;
        type Enter = unsafe extern "C" fn(*mut Cx, *const u8, *const u8, *const SiteCell) -> u64;
        EntryPoints {
            // SAFETY: the stub takes these arguments, and is in executable memory.
            enter: unsafe { std::mem::transmute::<*const u8, Enter>(at(Other::Enter)) },
            generic_return: at(Other::GenericReturn),
            finish: FINISHES.map(|f| at(finisher(f))),
            uncompiled: at(Other::Uncompiled),
            leave: [
                at(Other::LeaveSwitch),
                at(Other::LeaveDone),
                at(Other::LeaveFault),
                at(Other::LeavePanic),
            ],
        }
    }
}

/// The stub that does what is left of an instruction; what isn't one of [`FINISHES`] has none, and goes the general way.
fn finisher(finish: Finish) -> Other {
    match finish {
        Finish::Store => Other::FinishStore,
        Finish::Nothing => Other::FinishNothing,
        Finish::Iterate => Other::FinishIterate,
        Finish::Method => Other::FinishMethod,
        Finish::Branch => Other::FinishBranch,
        Finish::Close => Other::FinishClose,
        Finish::Concat | Finish::Return | Finish::ReturnClose | Finish::Never => {
            Other::GenericReturn
        }
    }
}

struct Builder {
    ops: VecAssembler<X64Relocation>,
    offsets: [u32; COUNT],
    starts: Vec<(u32, Stub)>,
    /// The stubs that finish instructions, as far as they are bound.
    finishers: [Option<DynamicLabel>; FINISHES.len()],
}

impl Builder {
    fn begin(&mut self, stub: Stub) {
        let AssemblyOffset(at) = self.ops.offset();
        self.offsets[stub.index()] = at as u32;
        self.starts.push((at as u32, stub));
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
            ; mov r14, QWORD above::R14 as i64
        );
        self.other(Other::Resume);
        dynasm!(self.ops ; .arch x64
            ; ->resume:
            ; mov r13, rdx
            ; mov r12, [r15 + CX_FRAME as i32]
            ; mov rbx, [r15 + CX_STACK as i32]
            ; mov ecx, [BYTE r12 + short(FRAME_BASE)]
            ; lea rbx, [rbx + rcx * 8]
            ; jmp rax
        );
        for (stub, how) in [
            (Other::LeaveSwitch, Leave::Switch),
            (Other::LeaveDone, Leave::Done),
            (Other::LeaveFault, Leave::Fault),
            (Other::LeavePanic, Leave::Panic),
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

    /// What compiled code returns to that was called in the midst of an instruction of compiled code.
    fn finishers(&mut self) {
        for (k, finish) in FINISHES.into_iter().enumerate() {
            self.other(finisher(finish));
            let here = self.ops.new_dynamic_label();
            self.finishers[k] = Some(here);
            // The caller's frame and registers; `r8` is behind its instruction, `rsi` its prototype.
            dynasm!(self.ops ; .arch x64
                ; =>here
                ; sub r12, BYTE short(FRAME_SIZE)
                ; mov rsi, [BYTE r12 + short(FRAME_CLOSURE)]
                ; mov r8, [BYTE r12 + short(FRAME_PC)]
                ; mov edi, [BYTE r12 + short(FRAME_BASE)]
                ; mov rbx, [r15 + CX_STACK as i32]
                ; mov rsi, [BYTE rsi + short(CLOSURE_PROTO)]
                ; lea rbx, [rbx + rdi * 8]
            );
            match finish {
                Finish::Store => dynasm!(self.ops ; .arch x64
                    ; movzx edi, BYTE [r8 - 8 + INSTR_A]
                    ; mov [rbx + rdi * 8], rax
                ),
                Finish::Iterate => {
                    dynasm!(self.ops ; .arch x64
                        ; movzx edi, BYTE [r8 - 8 + INSTR_A]
                        ; lea rdi, [rbx + rdi * 8 + 24]
                        ; mov [rdi], rax
                        ; movzx r9d, BYTE [r8 - 8 + INSTR_C]
                        ; mov r10d, 1
                        ; next:
                        ; cmp r10d, r9d
                        ; jae >done
                        ; lea rax, [r14 + 1]
                        ; cmp r10d, ecx
                        ; jae >given
                        ; mov rax, [rdx + r10 * 8]
                        ; given:
                        ; mov [rdi + r10 * 8], rax
                        ; inc r10d
                        ; jmp <next
                        ; done:
                    );
                }
                Finish::Method => dynasm!(self.ops ; .arch x64
                    ; movzx edi, BYTE [r8 - 8 + INSTR_B]
                    ; mov r9, [rbx + rdi * 8]
                    ; movzx edi, BYTE [r8 - 8 + INSTR_A]
                    ; mov [rbx + rdi * 8 + 8], r9
                    ; mov [rbx + rdi * 8], rax
                ),
                Finish::Branch => self.branch(),
                // There may be more to close, so the instruction is done again.
                Finish::Close => dynasm!(self.ops ; .arch x64 ; sub r8, BYTE 8),
                Finish::Nothing
                | Finish::Concat
                | Finish::Return
                | Finish::ReturnClose
                | Finish::Never => {}
            }
            // An instruction has 8 bytes, an offset 4.
            dynasm!(self.ops ; .arch x64
                ; mov r13, [BYTE rsi + short(PROTO_FEEDBACK)]
                ; mov rdi, [BYTE rsi + short(PROTO_RESUME_OFFSETS)]
                ; sub r8, [BYTE rsi + short(PROTO_CODE)]
                ; add r13, FEEDBACK_CELLS as i32
                ; shr r8, 1
                ; mov edi, [rdi + r8]
                ; add rdi, [BYTE rsi + short(PROTO_RESUME_BASE)]
                ; jmp rdi
            );
        }
    }

    /// Moves `r8`, behind a branch, to where the truth of `rax` leads, and notes which way that is. `rsi` is the prototype.
    fn branch(&mut self) {
        dynasm!(self.ops ; .arch x64
            // The byte of the instruction is before `r11`.
            ; mov r11, [BYTE rsi + short(PROTO_FEEDBACK)]
            ; mov r10d, [r11 + FEEDBACK_CELLS as i32 + CELL_COUNT_FROM_CELLS]
            ; imul r10, r10, CELL_SIZE as i32
            ; lea r11, [r11 + r10 + FEEDBACK_CELLS as i32]
            ; mov r10, r8
            ; sub r10, [BYTE rsi + short(PROTO_CODE)]
            ; shr r10, 3
            ; add r11, r10
            // Nil and false are neighbours.
            ; lea r9, [BYTE r14 + above::NIL]
            ; sub rax, r9
            ; cmp rax, BYTE 1
            ; seta al
            ; cmp BYTE [r8 - 8 + INSTR_C], BYTE 0
            ; setne dl
            ; mov ecx, direction::NOT_TAKEN as i32
            ; cmp al, dl
            ; jne >known
            ; mov ecx, direction::TAKEN as i32
            ; movsxd r9, DWORD [r8 - 8 + INSTR_D]
            ; lea r8, [r8 + r9 * 8]
            ; known:
            ; test BYTE [r11 - 1], cl
            ; jnz >noted
            ; or BYTE [r11 - 1], cl
            ; noted:
        );
    }

    /// Results to where the caller wants them, and arguments to where a tail call wants them.
    fn moves(&mut self) {
        self.other(Other::MoveFixed);
        dynasm!(self.ops ; .arch x64
            ; xor r8d, r8d
            ; next:
            ; cmp r8d, esi
            ; jae >done
            ; lea rax, [BYTE r14 + above::NIL]
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
        self.move_all();
        dynasm!(self.ops ; .arch x64
            ; lea rax, [rdi + rcx * 8]
            ; sub rax, [r15 + CX_STACK as i32]
            ; shr rax, 3
            ; mov [r15 + CX_TOP as i32], rax
            ; ret
        );
        self.other(Other::MoveArguments);
        self.move_all();
        dynasm!(self.ops ; .arch x64 ; ret);
    }

    /// Moves `ecx` values at `rdx` down to `rdi`. `r8` and `r9` are scratch.
    fn move_all(&mut self) {
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
        );
    }

    /// Finds the entry of a cell for the table in `rsi`: leaves the table in `rdi`, the entry in `r9`, its kind in `eax`
    /// and its offset in `r10`. Falls through if there is none. `found` is bound elsewhere.
    fn find_entry(&mut self) {
        dynasm!(self.ops ; .arch x64
            ; mov rdi, rsi
            ; mov rax, rsi
            ; shr rax, 48
            ; cmp eax, tag::TABLE as i32
            ; jne >none
            ; shl rdi, 16
            ; shr rdi, 16
            ; mov r11, [BYTE rdi + short(TABLE_SHAPE)]
            ; lea r9, [rdx + CELL_FIRST as i32]
            ; cmp r11, [BYTE r9 + entry::SHAPE as i8]
            ; je >found
            ; mov r9, [rdx + CELL_MORE as i32]
            ; test r9, r9
            ; jz >none
        );
        for i in 0..CELL_MORE_ENTRIES {
            if i > 0 {
                dynasm!(self.ops ; .arch x64 ; add r9, size_of::<PropertyCache>() as i32);
            }
            dynasm!(self.ops ; .arch x64 ; cmp r11, [BYTE r9 + entry::SHAPE as i8] ; je >found);
        }
    }

    /// Reads of properties at sites that know several shapes, or whose value is nil.
    fn get_cached(&mut self) {
        self.other(Other::GetCached);
        self.find_entry();
        dynasm!(self.ops ; .arch x64
            ; none:
            ; mov rdi, r15
            ; mov rax, QWORD plain::get_cached as *const () as i64
            ; jmp rax
            ; found:
            ; movzx eax, BYTE [BYTE r9 + entry::KIND as i8]
            ; mov r10d, [BYTE r9 + entry::OFFSET as i8]
            ; cmp eax, GetKind::OwnOutline as i32
            ; ja >beyond
            ; je >outline
            // A cell that knows a shape has a kind.
            ; mov rax, [rdi + r10]
            ; own:
            ; lea r10, [BYTE r14 + above::NIL]
            ; cmp rax, r10
            ; je >nil
            ; ret
            ; outline:
            ; mov rax, [BYTE rdi + short(TABLE_SLOTS)]
            ; mov rax, [rax + r10]
            ; jmp <own
            ; nil:
            ; cmp BYTE [BYTE r11 + short(SHAPE_META_KIND)], BYTE 0
            ; je >done
            ; mov r10, [BYTE r9 + entry::VALIDITY as i8]
            ; test r10, r10
            ; jz <none
            ; cmp DWORD [BYTE r10 + short(VALIDITY_WORD)], BYTE 0
            ; je <none
            ; done:
            ; ret
            ; beyond:
            ; mov r11, [BYTE r9 + entry::VALIDITY as i8]
            ; cmp DWORD [BYTE r11 + short(VALIDITY_WORD)], BYTE 0
            ; je <none
            ; mov rdi, [BYTE r9 + entry::HOLDER as i8]
            ; cmp eax, GetKind::HolderOutline as i32
            ; ja >absent
            ; jb >inline
            ; mov rdi, [BYTE rdi + short(TABLE_SLOTS)]
            ; inline:
            ; mov rax, [rdi + r10]
            ; lea r10, [BYTE r14 + above::NIL]
            ; cmp rax, r10
            ; je <none
            ; ret
            ; absent:
            ; lea rax, [BYTE r14 + above::NIL]
            ; ret
        );
    }

    /// Writes of properties at sites that know several shapes, or where a nil is replaced.
    fn set_cached(&mut self) {
        self.other(Other::SetCached);
        self.find_entry();
        dynasm!(self.ops ; .arch x64
            ; none:
            ; mov rdi, r15
            ; mov rax, QWORD plain::set_cached as *const () as i64
            ; jmp rax
            ; found:
            ; movzx eax, BYTE [BYTE r9 + entry::KIND as i8]
            ; mov r10d, [BYTE r9 + entry::OFFSET as i8]
            // Whatever needs a barrier is left to the function.
            ; cmp BYTE [BYTE rdi + short(OBJECT_STATE)], state::BLACK as i8
            ; jne >free
            ; cmp eax, SetKind::AddInline as i32
            ; jae <none
            ; mov r11, rcx
            ; shr r11, 48
            ; sub r11d, tag::BIG_INT as i32
            ; cmp r11d, 5
            ; jb <none
            ; free:
            ; cmp eax, SetKind::InlineChecked as i32
            ; je >checked
            ; cmp eax, SetKind::AddInline as i32
            ; je >add
            ; cmp eax, SetKind::Inline as i32
            ; jne <none
            ; store:
            ; mov [rdi + r10], rcx
            ; mov eax, 1
            ; ret
            ; checked:
            ; lea rax, [BYTE r14 + above::NIL]
            ; cmp [rdi + r10], rax
            ; jne <store
            ; mov r11, [BYTE r9 + entry::VALIDITY as i8]
            ; test r11, r11
            ; jz <none
            ; cmp DWORD [BYTE r11 + short(VALIDITY_WORD)], BYTE 0
            ; je <none
            ; jmp <store
            ; add:
            ; mov r11, [BYTE r9 + entry::VALIDITY as i8]
            ; cmp DWORD [BYTE r11 + short(VALIDITY_WORD)], BYTE 0
            ; je <none
            ; lea rax, [BYTE r14 + above::NIL]
            ; cmp rcx, rax
            ; je >dropped
            ; mov rax, [BYTE r9 + entry::NEW_SHAPE as i8]
            ; mov [BYTE rdi + short(TABLE_SHAPE)], rax
            ; jmp <store
            ; dropped:
            ; mov eax, 1
            ; ret
        );
    }

    fn grow_within_room(&mut self) {
        self.other(Other::GrowWithinRoom);
        const { assert!(MIN_GROWN == 4) };
        dynasm!(self.ops ; .arch x64
            ; test BYTE [BYTE rax + short(TABLE_MARKS)], mark::HAS_ROOM as i8
            ; jz >none
            ; cmp QWORD [BYTE rax + short(TABLE_HASH)], BYTE 0
            ; jne >none
            ; mov r8, [BYTE rax + short(TABLE_SHAPE)]
            ; cmp BYTE [BYTE r8 + short(SHAPE_META_KIND)], BYTE 0
            ; jne >none
            // A number of fields that isn't a power of two leaves a node free in the reference implementation.
            ; mov r8d, [BYTE r8 + short(SHAPE_COUNT)]
            ; lea r9d, [r8 - 1]
            ; test r8d, r9d
            ; jnz >none
            ; and BYTE [BYTE rax + short(TABLE_MARKS)], !(mark::LENGTH_ASKED | mark::ROUNDED_UP) as i8
            ; shl DWORD [BYTE rax + short(TABLE_ARRAY_CAP)], BYTE 1
            ; cmp DWORD [BYTE rax + short(TABLE_ARRAY_CAP)], MIN_GROWN as i32
            ; jb >none
            ; and BYTE [BYTE rax + short(TABLE_MARKS)], !mark::HAS_ROOM as i8
            ; none:
            ; ret
        );
    }

    fn word_of_integer(&mut self) {
        let (run, cell) = run_for(8);
        let bump = (run + offset_of!(Run, bump)) as i32;
        let end = (run + offset_of!(Run, end)) as i32;
        self.other(Other::WordOfInteger);
        dynasm!(self.ops ; .arch x64
            ; mov rcx, rax
            ; shl rcx, 16
            ; sar rcx, 16
            ; cmp rcx, rax
            ; jne >large
            ; shl rax, 16
            ; add rax, tag::INT as i32
            ; ror rax, 16
            ; ret
            ; large:
            ; mov rcx, [r15 + bump]
            ; cmp rcx, [r15 + end]
            ; je >none
            ; mov [rcx], rax
            ; lea rax, [rcx + cell as i32]
            ; mov [r15 + bump], rax
            ; mov rax, QWORD (tag::BIG_INT << 48) as i64
            ; or rax, rcx
            ; ret
            ; none:
            ; push rdx
            ; push rsi
            ; push rdi
            ; push r8
            ; push r9
            ; push r10
            ; push r11
            ; mov rdi, r15
            ; mov rsi, rax
            ; mov rax, QWORD plain::word_of_integer as *const () as i64
            ; call rax
            ; pop r11
            ; pop r10
            ; pop r9
            ; pop r8
            ; pop rdi
            ; pop rsi
            ; pop rdx
            ; ret
        );
    }

    fn plain_functions(&mut self) {
        for op in ArithOp::ALL {
            self.begin(Stub::Arithmetic(op));
            self.integers(op);
            self.plain_with_context(plain::arithmetic_function(op) as *const ());
        }
        for (stub, function) in [
            (Other::SetElement, plain::set_element as *const ()),
            (Other::Barrier, plain::barrier as *const ()),
            (Other::Equal, plain::equal as *const ()),
            (Other::Length, plain::length as *const ()),
            (Other::NewClosure, plain::new_closure as *const ()),
            (Other::NewTable, plain::new_table as *const ()),
            (Other::Concat, plain::concat as *const ()),
            (Other::SetList, plain::set_list as *const ()),
            (Other::NewBox, plain::new_box as *const ()),
            (Other::NoteCallee, plain::note_callee as *const ()),
            (Other::Rotate, plain::rotate as *const ()),
            (Other::MarkToBeClosed, plain::mark_to_be_closed as *const ()),
            (Other::CallMetamethod, plain::call_metamethod as *const ()),
            (Other::Iterate, plain::iterate as *const ()),
            (Other::PrepareFor, plain::prepare_for as *const ()),
            (Other::StepFor, plain::step_for as *const ()),
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

    /// An operation on the integers in `rsi` and `rdx`, at least one of which isn't inline, or whose result isn't; `rcx` has
    /// the address of the feedback byte. Falls through if the words aren't integers, leaving all three alone.
    fn integers(&mut self, op: ArithOp) {
        let others = self.ops.new_dynamic_label();
        match op {
            ArithOp::Pow | ArithOp::Div | ArithOp::Mod | ArithOp::IDiv => return,
            ArithOp::Unm | ArithOp::BNot => return,
            ArithOp::Add
            | ArithOp::Sub
            | ArithOp::Mul
            | ArithOp::BAnd
            | ArithOp::BOr
            | ArithOp::BXor
            | ArithOp::Shl
            | ArithOp::Shr => {}
        }
        self.unbox(R8, RSI, others);
        // Together, the tags of two inline integers are that of one, and no others are.
        dynasm!(self.ops ; .arch x64 ; mov r10d, eax);
        self.unbox(R9, RDX, others);
        dynasm!(self.ops ; .arch x64 ; or r10d, eax);
        match op {
            ArithOp::Add => dynasm!(self.ops ; .arch x64 ; add r8, r9),
            ArithOp::Sub => dynasm!(self.ops ; .arch x64 ; sub r8, r9),
            ArithOp::Mul => dynasm!(self.ops ; .arch x64 ; imul r8, r9),
            ArithOp::BAnd => dynasm!(self.ops ; .arch x64 ; and r8, r9),
            ArithOp::BOr => dynasm!(self.ops ; .arch x64 ; or r8, r9),
            ArithOp::BXor => dynasm!(self.ops ; .arch x64 ; xor r8, r9),
            _ => {
                dynasm!(self.ops ; .arch x64 ; cmp r9, 63 ; ja =>others ; xchg rcx, r9);
                if op == ArithOp::Shl {
                    dynasm!(self.ops ; .arch x64 ; shl r8, cl);
                } else {
                    dynasm!(self.ops ; .arch x64 ; shr r8, cl);
                }
                dynasm!(self.ops ; .arch x64 ; mov rcx, r9);
            }
        }
        let (run, cell) = run_for(8);
        let bump = (run + offset_of!(Run, bump)) as i32;
        let end = (run + offset_of!(Run, end)) as i32;
        dynasm!(self.ops ; .arch x64
            ; mov rax, r8
            ; shl rax, 16
            ; mov r9, rax
            ; sar r9, 16
            ; cmp r9, r8
            ; jne >large
        );
        self.note_integers(operands::INT);
        dynasm!(self.ops ; .arch x64
            ; add rax, tag::INT as i32
            ; ror rax, 16
            ; ret
            ; large:
        );
        self.note_integers(operands::INT | result::OVERFLOW);
        dynasm!(self.ops ; .arch x64
            ; mov r9, [r15 + bump]
            ; cmp r9, [r15 + end]
            ; je =>others
            ; lea rax, [r9 + cell as i32]
            ; mov [r15 + bump], rax
            ; mov [r9], r8
            ; mov rax, QWORD (tag::BIG_INT << 48) as i64
            ; or rax, r9
            ; ret
            ; =>others
        );
    }

    /// Notes in the byte at `rcx` what integers an operation has met: `inline` if `r10d`, the tags of both, says that they
    /// were inline.
    fn note_integers(&mut self, inline: u8) {
        // The byte is written only when it changes: the next operation reads it.
        dynasm!(self.ops ; .arch x64
            ; cmp r10d, tag::INT as i32
            ; je >inline
            ; test BYTE [rcx], operands::BIG as i8
            ; jnz >noted
            ; or BYTE [rcx], operands::BIG as i8
            ; jmp >noted
            ; inline:
            ; or BYTE [rcx], inline as i8
            ; noted:
        );
    }

    /// Leaves in the register `to` the integer of the word in `from`, and in `eax` its tag; goes to `others` if it isn't one.
    fn unbox(&mut self, to: Reg, from: Reg, others: DynamicLabel) {
        dynasm!(self.ops ; .arch x64
            ; mov rax, Rq(from)
            ; shr rax, 48
            ; mov Rq(to), Rq(from)
            ; shl Rq(to), 16
            ; cmp eax, tag::INT as i32
            ; je >small
            ; cmp eax, tag::BIG_INT as i32
            ; jne =>others
            ; shr Rq(to), 16
            ; mov Rq(to), [Rq(to)]
            ; jmp >done
            ; small:
            ; sar Rq(to), 16
            ; done:
        );
    }

    fn plain_with_context(&mut self, function: *const ()) {
        dynasm!(self.ops ; .arch x64
            ; mov rdi, r15
            ; mov rax, QWORD function as i64
            ; jmp rax
        );
    }

    /// Calls the function that an instruction comes to by a metamethod, if that is one that compiled code can call. Falls
    /// through if there is none.
    fn meta_call(&mut self, op: Op) {
        let known = FINISHES.iter().position(|f| *f == Finish::of(op));
        let finisher = known.and_then(|k| self.finishers[k]);
        // Steps rely on it that such instructions come this way.
        debug_assert!(arguments_of(op).is_none() || finisher.is_some());
        let Some((arguments, finisher)) = arguments_of(op).zip(finisher) else { return };
        dynasm!(self.ops ; .arch x64
            ; sub rsp, 8
            ; mov [r15 + CX_FRAME as i32], r12
            ; mov rdi, r15
            ; mov rax, QWORD META_CALLS[op as usize] as *const () as i64
            ; call rax
            ; add rsp, 8
            ; test rax, rax
            ; jz >none
            ; mov rdi, rdx
            ; mov ecx, arguments as i32
            ; mov r8, QWORD FRAME_AUX_FINISH as i64
            ; mov [BYTE r12 + short(FRAME_SIZE + FRAME_AUX)], r8
            ; mov DWORD [BYTE r12 + short(FRAME_SIZE + FRAME_NRESULTS)], -1
            // It returns there instead of here.
            ; lea r8, [=>finisher]
            ; mov [rsp], r8
            ; mov rdx, [BYTE rax + short(CLOSURE_PROTO)]
            ; jmp QWORD [BYTE rdx + short(PROTO_ENTRY)]
            ; none:
            ; test rdx, rdx
            ; jz >step
            ; ret
            ; step:
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
            ; mov ecx, [BYTE r12 + short(FRAME_BASE)]
            ; lea rbx, [rbx + rcx * 8]
            ; ret
            ; elsewhere:
            ; add rsp, 8
            ; jmp ->resume
        );
        self.other(Other::LearnAgain);
        dynasm!(self.ops ; .arch x64
            ; mov rax, QWORD learn_again as *const () as i64
            ; jmp ->step
        );
        self.other(Other::CallNative);
        dynasm!(self.ops ; .arch x64
            ; mov rax, QWORD call_native as *const () as i64
            ; xchg rsi, rdx
            ; xchg rdx, rcx
            ; jmp ->step
        );
        for op in Op::ALL {
            self.begin(Stub::Step(*op));
            self.meta_call(*op);
            dynasm!(self.ops ; .arch x64
                ; mov rax, QWORD STEPS[*op as usize] as *const () as i64
                ; jmp ->step
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StubTable;

    #[test]
    fn code_is_the_same_everywhere() {
        assert_eq!(StubTable::get().code, StubTable::new(0x7F12_3456_0000).code);
    }
}

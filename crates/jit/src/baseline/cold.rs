//! Cold paths: what templates do when the likely case isn't the case.
//!
//! They are collected while the function is compiled and emitted behind it, so that the likely code is dense.

use super::Baseline;
use super::access::{Object, PropertyAccess};
use super::arith::Arith;
use super::assembler::{Reg, above, reg, short};
use super::control::{Comparison, LoopStep};
use super::stubs::{Other, Stub};
use super::wide::Pending;
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_runtime::value::tag;

/// A cold path. It begins at `entry` and comes back at `back`.
pub(super) enum Cold {
    /// The whole instruction by the interpreter.
    Step { pc: usize, entry: DynamicLabel, back: DynamicLabel },
    /// The preparation of a numeric `for` that isn't one over integers by 1 or -1.
    PrepareFor { pc: usize, target: DynamicLabel, entry: DynamicLabel, back: DynamicLabel },
    /// A step of a numeric `for`.
    StepFor(LoopStep),
    /// Arithmetic on other types than the likely ones.
    Arith(Arith),
    /// A comparison of other types than the likely ones.
    Comparison(Comparison),
    /// A property of a table of another shape than the likely one.
    Property(PropertyAccess),
    /// An element that isn't where it is likely to be.
    Element { pc: usize, entry: DynamicLabel, back: DynamicLabel },
    /// The write barrier of the object in `rax`.
    Barrier { entry: DynamicLabel, back: DynamicLabel },
    /// The write barrier of the object in `rax`, if the word in `rcx` is a reference.
    BarrierFor { entry: DynamicLabel, back: DynamicLabel },
    /// The call of a native function.
    NativeCall { pc: usize, entry: DynamicLabel, back: DynamicLabel },
    /// The call of what isn't a function: by its metamethod, which returns to `returned`, or by a step.
    MetaCall { pc: usize, entry: DynamicLabel, returned: DynamicLabel, back: DynamicLabel },
    /// A table.
    NewTable { pc: usize, entry: DynamicLabel, back: DynamicLabel },
    /// A box for the value in a register.
    NewBox { slot: u8, entry: DynamicLabel, back: DynamicLabel },
    /// The length of a string, or of a table in which a border must be searched for; or a step.
    Length { pc: usize, entry: DynamicLabel, back: DynamicLabel },
    /// A store into a hole.
    Hole { entry: DynamicLabel, back: DynamicLabel, declined: DynamicLabel },
    /// Leaves a run of arithmetic: see [`super::wide`].
    WideExit { pending: Pending, entry: DynamicLabel, back: DynamicLabel },
    /// Loads an integer from a register, if it is in a cell or if it isn't; goes to `exit` if it is something else.
    Unbox {
        slot: u8,
        to: Reg,
        is_large: bool,
        exit: DynamicLabel,
        entry: DynamicLabel,
        back: DynamicLabel,
    },
    /// Leaves the word of an integer in `rax`.
    WordOfInteger { from: Reg, entry: DynamicLabel, back: DynamicLabel },
    /// An element behind the last of an array that is full.
    FullArray { entry: DynamicLabel, back: DynamicLabel, declined: DynamicLabel },
    /// Nil for the arguments that `ecx` says are missing.
    MissingArguments { params: u8, entry: DynamicLabel, back: DynamicLabel },
}

impl Cold {
    /// Where it comes back.
    pub(super) fn back(&self) -> DynamicLabel {
        match self {
            Cold::Step { back, .. }
            | Cold::PrepareFor { back, .. }
            | Cold::Element { back, .. }
            | Cold::Barrier { back, .. }
            | Cold::BarrierFor { back, .. }
            | Cold::NativeCall { back, .. }
            | Cold::MetaCall { back, .. }
            | Cold::NewTable { back, .. }
            | Cold::NewBox { back, .. }
            | Cold::Length { back, .. }
            | Cold::Hole { back, .. }
            | Cold::WideExit { back, .. }
            | Cold::Unbox { back, .. }
            | Cold::WordOfInteger { back, .. }
            | Cold::FullArray { back, .. }
            | Cold::MissingArguments { back, .. } => *back,
            Cold::StepFor(s) => s.back,
            Cold::Arith(a) => a.back,
            Cold::Comparison(c) => c.back,
            Cold::Property(p) => p.back,
        }
    }
}

impl Baseline<'_> {
    /// Emits a cold path.
    pub(super) fn emit_cold(&mut self, cold: Cold) {
        match cold {
            Cold::Step { pc, entry, back } => {
                self.asm.bind(entry);
                self.step(pc);
                self.go(back);
            }
            Cold::PrepareFor { pc, target, entry, back } => {
                self.asm.bind(entry);
                self.asm.address(reg::RSI, self.source.proto.code[pc].a());
                self.byte_address(reg::RDX, pc);
                self.asm.call(Stub::Other(Other::PrepareFor));
                dynasm!(self.asm.ops ; .arch x64 ; cmp eax, 1 ; je =>back ; jb =>target);
                self.step(pc);
                self.go(back);
            }
            Cold::StepFor(s) => self.cold_loop_step(&s),
            Cold::Arith(a) => self.cold_arith(&a),
            Cold::Comparison(c) => self.cold_comparison(&c),
            Cold::Property(p) => self.cold_property(&p),
            Cold::Element { pc, entry, back } => self.cold_element(pc, entry, back),
            Cold::Barrier { entry, back } => {
                self.asm.bind(entry);
                dynasm!(self.asm.ops ; .arch x64 ; mov rsi, rax);
                self.asm.call(Stub::Other(Other::Barrier));
                self.go(back);
            }
            Cold::BarrierFor { entry, back } => {
                self.asm.bind(entry);
                dynasm!(self.asm.ops ; .arch x64
                    ; shr rcx, 48
                    ; sub ecx, tag::BIG_INT as i32
                    ; cmp ecx, 5
                    ; jae =>back
                    ; mov rsi, rax
                );
                self.asm.call(Stub::Other(Other::Barrier));
                self.go(back);
            }
            Cold::NativeCall { pc, entry, back } => {
                self.asm.bind(entry);
                self.native_call(pc, back);
            }
            Cold::MetaCall { pc, entry, returned, back } => {
                self.asm.bind(entry);
                self.meta_call(pc, returned, back);
            }
            Cold::NewTable { pc, entry, back } => {
                self.asm.bind(entry);
                self.new_table_anyhow(self.source.proto.code[pc]);
                self.go(back);
            }
            Cold::NewBox { slot, entry, back } => {
                self.asm.bind(entry);
                self.asm.load(reg::RSI, slot);
                self.asm.call(Stub::Other(Other::NewBox));
                self.go(back);
            }
            Cold::Length { pc, entry, back } => {
                let i = self.source.proto.code[pc];
                let declined = self.asm.label();
                self.asm.bind(entry);
                self.asm.load(reg::RSI, i.b());
                self.byte_address(reg::RDX, pc);
                self.asm.call(Stub::Other(Other::Length));
                self.if_declined(declined);
                self.asm.store(i.a(), reg::RAX);
                self.go(back);
                self.asm.bind(declined);
                self.step(pc);
                self.go(back);
            }
            Cold::Hole { entry, back, declined } => self.cold_hole(entry, back, declined),
            Cold::WideExit { pending, entry, back } => self.cold_wide_exit(&pending, entry, back),
            Cold::Unbox { slot, to, is_large, exit, entry, back } => {
                self.asm.bind(entry);
                self.unbox_expected(slot, to, is_large, exit);
                self.go(back);
            }
            Cold::WordOfInteger { from, entry, back } => {
                self.asm.bind(entry);
                dynasm!(self.asm.ops ; .arch x64 ; mov rax, Rq(from));
                self.asm.call(Stub::Other(Other::WordOfInteger));
                self.go(back);
            }
            Cold::FullArray { entry, back, declined } => {
                self.cold_full_array(entry, back, declined);
            }
            Cold::MissingArguments { params, entry, back } => {
                self.asm.bind(entry);
                dynasm!(self.asm.ops ; .arch x64
                    ; lea rsi, [BYTE r14 + above::NIL]
                    ; next:
                    ; mov [rdi + rcx * 8], rsi
                    ; inc ecx
                    ; cmp ecx, params as i32
                    ; jb <next
                );
                self.go(back);
            }
        }
    }

    /// Jumps.
    pub(super) fn go(&mut self, to: DynamicLabel) {
        dynasm!(self.asm.ops ; .arch x64 ; jmp =>to);
    }

    /// Goes to `label` if the plain function just called has declined.
    pub(super) fn if_declined(&mut self, label: DynamicLabel) {
        dynasm!(self.asm.ops ; .arch x64
            ; lea rcx, [BYTE r14 + above::DECLINED_WORD]
            ; cmp rax, rcx
            ; je =>label
        );
    }

    /// Loads the object of an access.
    pub(super) fn load_object(&mut self, r: Reg, object: Object) {
        match object {
            Object::Register(slot) => self.asm.load(r, slot),
            Object::Upvalue(n) => self.load_upvalue_box(r, n),
        }
        if matches!(object, Object::Upvalue(_)) {
            dynasm!(self.asm.ops ; .arch x64
                ; mov Rq(r), [BYTE Rq(r) + short(perilune_runtime::function::UP_BOX_VALUE)]
            );
        }
    }

    /// Loads the address of the box of an upvalue.
    pub(super) fn load_upvalue_box(&mut self, r: Reg, n: u8) {
        use perilune_runtime::compiled::{CLOSURE_UPVALUES, FRAME_CLOSURE};
        dynasm!(self.asm.ops ; .arch x64
            ; mov Rq(r), [BYTE r12 + short(FRAME_CLOSURE)]
        );
        let offset = CLOSURE_UPVALUES + n as usize * 8;
        match i8::try_from(offset) {
            Ok(d) => dynasm!(self.asm.ops ; .arch x64 ; mov Rq(r), [BYTE Rq(r) + d]),
            Err(_) => dynasm!(self.asm.ops ; .arch x64 ; mov Rq(r), [Rq(r) + offset as i32]),
        }
    }

    /// The write barrier after a store of the word in `rcx` into the object in `rax`.
    pub(super) fn barrier_for(&mut self) {
        use perilune_runtime::compiled::OBJECT_STATE;
        use perilune_runtime::object::state;
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::BarrierFor { entry, back });
        dynasm!(self.asm.ops ; .arch x64
            ; cmp BYTE [BYTE rax + short(OBJECT_STATE)], state::BLACK as i8
            ; je =>entry
        );
        self.asm.bind(back);
    }

    /// The write barrier after a store of something that needs it for certain into the object in `rax`.
    pub(super) fn barrier(&mut self) {
        use perilune_runtime::compiled::OBJECT_STATE;
        use perilune_runtime::object::state;
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::Barrier { entry, back });
        dynasm!(self.asm.ops ; .arch x64
            ; cmp BYTE [BYTE rax + short(OBJECT_STATE)], state::BLACK as i8
            ; je =>entry
        );
        self.asm.bind(back);
    }

    /// Loads nil.
    pub(super) fn load_nil(&mut self, r: Reg) {
        dynasm!(self.asm.ops ; .arch x64 ; lea Rq(r), [BYTE r14 + above::NIL]);
    }

    /// Goes to `label` if the word in `rax` is nil. `rcx` is scratch.
    pub(super) fn if_nil(&mut self, label: DynamicLabel) {
        self.load_nil(reg::RCX);
        dynasm!(self.asm.ops ; .arch x64 ; cmp rax, rcx ; je =>label);
    }
}

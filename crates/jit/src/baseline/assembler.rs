//! The assembler of the baseline compiler: `dynasm`, plus what every template needs.
//!
//! What machine registers hold in compiled code:
//!
//! | register | |
//! |---|---|
//! | `rbx` | address of register 0 of the running function |
//! | `r12` | its frame record |
//! | `r13` | its feedback cells |
//! | `r14` | the greatest word that is a float: see [`above`] |
//! | `r15` | the context |
//! | `rbp` | the poll byte |
//!
//! The others are scratch within one instruction. `rsp` is a multiple of 16.
//!
//! A tag is tested in memory, by one comparison with the upper two bytes of the slot; all tags are small negative
//! numbers there.
//!
//! The few instructions that are most of all code are encoded by hand. If one of its operands is a variable, the macro emits
//! an instruction byte by byte, each with a look at the buffer's capacity, which costs a tenth of the time to compile.

use super::buffer::Buffer;
use super::stubs::{Stub, StubNumber};
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_runtime::value::tag;

/// What `r14` holds: the greatest word that is a float. The words above it that compiled code names by their distance.
pub(super) mod above {
    use perilune_runtime::compiled::plain::DECLINED;
    use perilune_runtime::value::{Value, tag};

    /// What `r14` holds.
    pub(in crate::baseline) const R14: u64 = tag::SPECIAL << 48;
    pub(in crate::baseline) const NIL: i8 = distance(Value::NIL.bits());
    pub(in crate::baseline) const FALSE: i8 = distance(Value::FALSE.bits());
    pub(in crate::baseline) const DECLINED_WORD: i8 = distance(DECLINED);

    const fn distance(word: u64) -> i8 {
        assert!(word > R14 && word - R14 <= i8::MAX as u64);
        (word - R14) as i8
    }

    // What is false is tested by one comparison, and booleans are made by addition.
    const _: () = assert!(NIL == 1 && FALSE == NIL + 1);
    const _: () = assert!(Value::TRUE.bits() == Value::FALSE.bits() + 1);
    // Compiled code has this number as a literal, which takes a byte. From the tag of integer cells on, so many are those of
    // references.
    const _: () = assert!(tag::REFERENCES == 5);
    // Tags are compared as 16-bit words with bytes whose sign is extended, and are all that is above floats.
    const _: () = assert!(tag::SPECIAL as u16 as i16 >= i8::MIN as i16 && tag::LIGHT == 0xFFFF);
}

/// A machine register for integers and addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Reg(u8);

/// A machine register for floats.
#[derive(Clone, Copy)]
pub(super) struct Xmm(u8);

impl Reg {
    /// What instructions say of it in their prefix.
    fn high(self) -> u8 {
        self.0 >> 3
    }

    /// What they say of it elsewhere.
    fn low(self) -> u8 {
        self.0 & 7
    }
}

impl From<Reg> for u8 {
    fn from(r: Reg) -> u8 {
        r.0
    }
}

impl From<Xmm> for u8 {
    fn from(x: Xmm) -> u8 {
        x.0
    }
}

/// Scratch registers.
pub(super) mod reg {
    use super::{Reg, Xmm};

    pub(in crate::baseline) const RAX: Reg = Reg(0);
    pub(in crate::baseline) const RCX: Reg = Reg(1);
    pub(in crate::baseline) const RDX: Reg = Reg(2);
    pub(in crate::baseline) const RSI: Reg = Reg(6);
    pub(in crate::baseline) const RDI: Reg = Reg(7);
    pub(in crate::baseline) const R8: Reg = Reg(8);
    pub(in crate::baseline) const R9: Reg = Reg(9);
    pub(in crate::baseline) const R10: Reg = Reg(10);
    pub(in crate::baseline) const R11: Reg = Reg(11);
    pub(in crate::baseline) const XMM0: Xmm = Xmm(0);
    pub(in crate::baseline) const XMM1: Xmm = Xmm(1);
}

/// A call of a stub, or a jump to it.
pub(super) struct StubUse {
    /// Where its distance goes.
    pub(super) at: u32,
    /// The stub's number.
    pub(super) stub: StubNumber,
}

/// Code under construction.
#[derive(Default)]
pub(super) struct Asm {
    pub(super) ops: Buffer,
    /// Calls of stubs, and jumps to them.
    pub(super) stub_uses: Vec<StubUse>,
}

/// Displacement of a slot from register 0.
fn at(slot: u8) -> i32 {
    slot as i32 * 8
}

/// A displacement in the short form of operands. All parts of frames and objects are near their beginnings.
pub(super) const fn short(offset: usize) -> i8 {
    assert!(offset <= i8::MAX as usize);
    offset as i8
}

impl Asm {
    /// Begins the code of a function of so many instructions, which is expected to have so many bytes at least.
    pub(super) fn begin(&mut self, instructions: usize, bytes: usize) {
        self.ops.begin(instructions, bytes);
        self.stub_uses.clear();
        self.stub_uses.reserve(instructions * 3);
    }

    /// A label to be bound later.
    pub(super) fn label(&mut self) -> DynamicLabel {
        self.ops.new_dynamic_label()
    }

    /// Binds a label here.
    pub(super) fn bind(&mut self, l: DynamicLabel) {
        dynasm!(self.ops ; .arch x64 ; =>l);
    }

    /// Loads a register of the function.
    pub(super) fn load(&mut self, r: Reg, slot: u8) {
        self.with_slot(0x8B, r, slot);
    }

    /// Stores to a register of the function.
    pub(super) fn store(&mut self, slot: u8, r: Reg) {
        self.with_slot(0x89, r, slot);
    }

    /// The address of a register of the function.
    pub(super) fn address(&mut self, r: Reg, slot: u8) {
        self.with_slot(0x8D, r, slot);
    }

    /// `mov`, `lea` and the like, by their opcodes, with a machine register and a register of the function.
    fn with_slot(&mut self, opcode: u8, r: Reg, slot: u8) {
        let head = [0x48 | r.high() << 2, opcode];
        match i8::try_from(at(slot)) {
            Ok(d) => self.ops.emit([head[0], head[1], 0x43 | r.low() << 3, d as u8]),
            Err(_) => {
                self.ops.emit([head[0], head[1], 0x83 | r.low() << 3]);
                self.ops.push_i32(at(slot));
            }
        }
    }

    /// Compares the tag of a register of the function: "equal" if it is this one.
    pub(super) fn compare_tag(&mut self, slot: u8, wanted: u64) {
        // `cmp word [rbx + …], imm8`: the macro would take a 16-bit immediate, which is slow to decode.
        match i8::try_from(at(slot) + 6) {
            Ok(d) => self.ops.emit([0x66, 0x83, 0x7B, d as u8, wanted as u8]),
            Err(_) => {
                self.ops.emit([0x66, 0x83, 0xBB]);
                self.ops.push_i32(at(slot) + 6);
                self.ops.push_i8(wanted as i8);
            }
        }
    }

    /// Goes to `otherwise` unless a register of the function has this tag.
    pub(super) fn expect_tag(&mut self, slot: u8, wanted: u64, otherwise: DynamicLabel) {
        self.compare_tag(slot, wanted);
        dynasm!(self.ops ; .arch x64 ; jne =>otherwise);
    }

    /// Loads the address of the heap object in a register of the function, whose tag has been tested.
    pub(super) fn load_pointer(&mut self, r: Reg, slot: u8) {
        self.load(r, slot);
        self.untag(r);
    }

    /// Leaves the payload of a word.
    pub(super) fn untag(&mut self, r: Reg) {
        let rex = 0x48 | r.high();
        // `shl`, `shr`
        self.ops.emit([rex, 0xC1, 0xE0 | r.low(), 16, rex, 0xC1, 0xE8 | r.low(), 16]);
    }

    /// Loads an integer in the upper 48 bits of a machine register.
    pub(super) fn load_shifted(&mut self, r: Reg, slot: u8) {
        self.load(r, slot);
        // `shl`
        self.ops.emit([0x48 | r.high(), 0xC1, 0xE0 | r.low(), 16]);
    }

    /// Makes a word of the integer in the upper 48 bits of `rax`, the others being 0.
    pub(super) fn box_shifted(&mut self) {
        dynasm!(self.ops ; .arch x64 ; add rax, tag::INT as i32 ; ror rax, 16);
    }

    /// Loads a register of the function as a float, whatever it is. Whatever isn't a float is a NaN.
    pub(super) fn load_float(&mut self, x: Xmm, slot: u8) {
        match i8::try_from(at(slot)) {
            Ok(d) => dynasm!(self.ops ; .arch x64 ; movsd Rx(x), [BYTE rbx + d]),
            Err(_) => dynasm!(self.ops ; .arch x64 ; movsd Rx(x), [rbx + at(slot)]),
        }
    }

    /// Converts the inline integer whose word is in `rax`.
    pub(super) fn int_to_float(&mut self, x: Xmm) {
        dynasm!(self.ops ; .arch x64
            ; shl rax, 16
            ; sar rax, 16
            // The conversion leaves the upper half alone, so it would wait for what the register was before.
            ; pxor Rx(x), Rx(x)
            ; cvtsi2sd Rx(x), rax
        );
    }

    /// Stores a float.
    pub(super) fn store_float(&mut self, slot: u8, x: Xmm) {
        match i8::try_from(at(slot)) {
            Ok(d) => dynasm!(self.ops ; .arch x64 ; movsd [BYTE rbx + d], Rx(x)),
            Err(_) => dynasm!(self.ops ; .arch x64 ; movsd [rbx + at(slot)], Rx(x)),
        }
    }

    /// Loads a constant word.
    pub(super) fn constant(&mut self, r: Reg, word: u64) {
        if let Ok(small) = u32::try_from(word) {
            dynasm!(self.ops ; .arch x64 ; mov Rd(r), small as i32);
        } else {
            // `mov`
            self.ops.emit([0x48 | r.high(), 0xB8 | r.low()]);
            self.ops.push_u64(word);
        }
    }

    /// Loads a float that is known.
    pub(super) fn float_constant(&mut self, x: Xmm, f: f64) {
        self.constant(reg::RCX, f.to_bits());
        dynasm!(self.ops ; .arch x64 ; movq Rx(x), rcx);
    }

    /// Calls a stub.
    pub(super) fn call(&mut self, stub: Stub) {
        self.ops.emit([0xE8]);
        self.stub_distance(stub);
    }

    /// Jumps to a stub.
    pub(super) fn jump(&mut self, stub: Stub) {
        self.ops.push(0xE9);
        self.stub_distance(stub);
    }

    /// Jumps to a stub if the last comparison said "above".
    pub(super) fn jump_above(&mut self, stub: Stub) {
        self.ops.push_u16(0x870F);
        self.stub_distance(stub);
    }

    /// Jumps to a stub if the last comparison said "not equal".
    pub(super) fn jump_not_equal(&mut self, stub: Stub) {
        self.ops.push_u16(0x850F);
        self.stub_distance(stub);
    }

    fn stub_distance(&mut self, stub: Stub) {
        self.stub_uses.push(StubUse { at: self.ops.offset().0 as u32, stub: stub.number() });
        self.ops.push_i32(0);
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.ops.offset().0
    }
}

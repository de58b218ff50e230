//! Templates of property and element access, and of upvalues.

use super::Baseline;
use super::arith::int_word;
use super::assembler::reg::{R8, RAX, RCX, RDI, RDX, RSI};
use super::assembler::{above, short};
use super::cold::Cold;
use super::feedback::cell;
use super::stubs::{Other, Stub};
use dynasm::dynasm;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi};
use perilune_bytecode::ops::{Instr, Op};
use perilune_bytecode::proto::Site;
use perilune_runtime::compiled::{CELL_FIRST, CX_STRING_SHAPE};
use perilune_runtime::feedback::bits::{element, operands};
use perilune_runtime::function::UP_BOX_VALUE;
use perilune_runtime::shape::VALIDITY_WORD;
use perilune_runtime::table::cache::{GetKind, PropertyCache, SetKind};
use perilune_runtime::table::{
    ArrayKind, TABLE_ARRAY, TABLE_ARRAY_CAP, TABLE_ARRAY_KIND, TABLE_ARRAY_LEN, TABLE_HASH,
    TABLE_MARKS, TABLE_SHAPE, TABLE_SLOTS, mark,
};
use perilune_runtime::value::{Value, tag};
use std::mem::offset_of;

/// Where the object of an access is.
#[derive(Clone, Copy)]
pub(super) enum Object {
    /// In a register.
    Register(u8),
    /// In an upvalue.
    Upvalue(u8),
}

/// A cold path of a property access.
pub(super) struct PropertyAccess {
    pub(super) pc: usize,
    pub(super) object: Object,
    pub(super) site: u32,
    pub(super) entry: DynamicLabel,
    /// Reads: where the value in `rax` is stored. Writes: behind the instruction.
    pub(super) back: DynamicLabel,
    /// Behind the instruction.
    pub(super) done: DynamicLabel,
}

/// Displacement of a part of the first entry of a site's cell.
fn first(site: u32, part: i32) -> i32 {
    cell(site, CELL_FIRST) + part
}

/// Displacements of the parts of an entry.
pub(super) mod entry {
    use super::{PropertyCache, offset_of};

    pub(in crate::baseline) const SHAPE: i32 = offset_of!(PropertyCache, shape) as i32;
    pub(in crate::baseline) const VALIDITY: i32 = offset_of!(PropertyCache, validity) as i32;
    pub(in crate::baseline) const HOLDER: i32 = offset_of!(PropertyCache, holder) as i32;
    pub(in crate::baseline) const NEW_SHAPE: i32 = offset_of!(PropertyCache, new_shape) as i32;
    pub(in crate::baseline) const OFFSET: i32 = offset_of!(PropertyCache, offset) as i32;
    pub(in crate::baseline) const KIND: i32 = PropertyCache::KIND_OFFSET as i32;
}

/// Feedback that says that an access met with an element of an array.
const ARRAY_BITS: u8 = element::INTS | element::FLOATS | element::VALUES;

impl Baseline<'_> {
    fn property(&mut self, object: Object, site: u32) -> PropertyAccess {
        PropertyAccess {
            pc: self.pc,
            object,
            site,
            entry: self.asm.label(),
            back: self.asm.label(),
            done: self.asm.label(),
        }
    }

    /// Leaves the table in `rax`; goes to the cold path if it isn't one, or not of the shape in the site's cell.
    fn table_of_shape(&mut self, p: &PropertyAccess) {
        match p.object {
            Object::Register(slot) => {
                self.asm.expect_tag(slot, tag::TABLE, p.entry);
                self.asm.load_pointer(RAX, slot);
            }
            Object::Upvalue(n) => {
                self.load_upvalue_box(RAX, n);
                dynasm!(self.asm.ops ; .arch x64
                    ; mov rax, [BYTE rax + short(UP_BOX_VALUE)]
                    ; mov rcx, rax
                    ; shr rcx, 48
                    ; cmp ecx, tag::TABLE as i32
                    ; jne =>p.entry
                );
                self.asm.untag(RAX);
            }
        }
        dynasm!(self.asm.ops ; .arch x64
            ; mov rcx, [BYTE rax + short(TABLE_SHAPE)]
            ; cmp rcx, [r13 + first(p.site, entry::SHAPE)]
            ; jne =>p.entry
        );
    }

    fn expect_kind(&mut self, p: &PropertyAccess, kind: u8) {
        dynasm!(self.asm.ops ; .arch x64
            ; cmp BYTE [r13 + first(p.site, entry::KIND)], kind as i8
            ; jne =>p.entry
        );
    }

    fn expect_validity(&mut self, p: &PropertyAccess) {
        dynasm!(self.asm.ops ; .arch x64
            ; mov rcx, [r13 + first(p.site, entry::VALIDITY)]
            ; cmp DWORD [BYTE rcx + short(VALIDITY_WORD)], BYTE 0
            ; je =>p.entry
        );
    }

    /// `R[dest] := object[key of site]`; for a method call, the object goes to `R[dest + 1]`.
    pub(super) fn get_property(&mut self, i: Instr, object: Object) {
        let p = self.property(object, i.d());
        let kind =
            self.source.feedback.cell(i.d()).map_or(GetKind::Empty, |c| c.first().get_kind());
        let kind = if kind == GetKind::Empty { GetKind::OwnInline } else { kind };
        if self.knows_strings(i.d()) {
            self.string_of_shape(&p);
        } else {
            self.table_of_shape(&p);
        }
        self.expect_kind(&p, kind as u8);
        match kind {
            GetKind::OwnInline | GetKind::OwnOutline | GetKind::Empty => {
                if kind == GetKind::OwnOutline {
                    dynasm!(self.asm.ops ; .arch x64 ; mov rax, [BYTE rax + short(TABLE_SLOTS)]);
                }
                self.load_at_offset(p.site);
                self.if_nil(p.entry);
            }
            GetKind::HolderInline | GetKind::HolderOutline => {
                self.expect_validity(&p);
                dynasm!(self.asm.ops ; .arch x64 ; mov rax, [r13 + first(p.site, entry::HOLDER)]);
                if kind == GetKind::HolderOutline {
                    dynasm!(self.asm.ops ; .arch x64 ; mov rax, [BYTE rax + short(TABLE_SLOTS)]);
                }
                self.load_at_offset(p.site);
                self.if_nil(p.entry);
            }
            GetKind::Absent => {
                self.expect_validity(&p);
                self.load_nil(RAX);
            }
        }
        self.asm.bind(p.back);
        if let (Op::SelfOp, Object::Register(b)) = (i.op(), object) {
            self.asm.load(RCX, b);
            self.asm.store(i.a() + 1, RCX);
        }
        self.asm.store(i.a(), RAX);
        self.asm.bind(p.done);
        self.cold.push(Cold::Property(p));
    }

    /// Whether the first entry of a site is about strings, which have no fields of their own.
    fn knows_strings(&self, site: u32) -> bool {
        let shape = self.source.string_shape;
        !shape.is_null()
            && self.source.feedback.cell(site).is_some_and(|c| c.first().shape.get() == shape)
    }

    /// Goes to the cold path if the object isn't a string, or strings have another metatable than the site's cell knows.
    fn string_of_shape(&mut self, p: &PropertyAccess) {
        match p.object {
            Object::Register(slot) => self.asm.expect_tag(slot, tag::STRING, p.entry),
            Object::Upvalue(_) => self.go(p.entry),
        }
        dynasm!(self.asm.ops ; .arch x64
            ; mov rcx, [r15 + CX_STRING_SHAPE as i32]
            ; cmp rcx, [r13 + first(p.site, entry::SHAPE)]
            ; jne =>p.entry
        );
    }

    /// Loads `rax` from the cell's offset in what it points at.
    fn load_at_offset(&mut self, site: u32) {
        dynasm!(self.asm.ops ; .arch x64
            ; mov ecx, [r13 + first(site, entry::OFFSET)]
            ; mov rax, [rax + rcx]
        );
    }

    /// `object[key of site] := R[value]`.
    pub(super) fn set_property(&mut self, i: Instr, object: Object, value: u8) {
        let p = self.property(object, i.d());
        let kind =
            self.source.feedback.cell(i.d()).map_or(SetKind::Empty, |c| c.first().set_kind());
        let kind = if kind == SetKind::Empty { SetKind::Inline } else { kind };
        if matches!(kind, SetKind::AddOutline | SetKind::AddEvent) {
            // Room may have to be made, or much be tested.
            self.go(p.entry);
        } else {
            self.set_known(&p, kind, value);
        }
        self.asm.bind(p.back);
        self.asm.bind(p.done);
        self.cold.push(Cold::Property(p));
    }

    /// A write that needs no function.
    fn set_known(&mut self, p: &PropertyAccess, kind: SetKind, value: u8) {
        self.table_of_shape(p);
        self.expect_kind(p, kind as u8);
        dynasm!(self.asm.ops ; .arch x64 ; mov edx, [r13 + first(p.site, entry::OFFSET)]);
        match kind {
            SetKind::Inline | SetKind::InlineChecked | SetKind::Empty => {
                dynasm!(self.asm.ops ; .arch x64 ; lea rdx, [rax + rdx]);
            }
            SetKind::Outline | SetKind::OutlineChecked => {
                dynasm!(self.asm.ops ; .arch x64 ; add rdx, [BYTE rax + short(TABLE_SLOTS)]);
            }
            SetKind::AddInline => return self.add_inline(p, value),
            // They are left to a function.
            SetKind::AddOutline | SetKind::AddEvent => return,
        }
        if matches!(kind, SetKind::InlineChecked | SetKind::OutlineChecked) {
            self.load_nil(RCX);
            dynasm!(self.asm.ops ; .arch x64 ; cmp [rdx], rcx ; je =>p.entry);
        }
        self.asm.load(RCX, value);
        dynasm!(self.asm.ops ; .arch x64 ; mov [rdx], rcx);
        self.barrier_for();
    }

    /// Adds a field for which there is room in the object; `rax` has the table, `edx` the offset.
    fn add_inline(&mut self, p: &PropertyAccess, value: u8) {
        self.expect_validity(p);
        self.asm.load(RSI, value);
        self.load_nil(RCX);
        dynasm!(self.asm.ops ; .arch x64
            ; cmp rsi, rcx
            ; je =>p.entry
            ; mov [rax + rdx], rsi
            ; mov rcx, [r13 + first(p.site, entry::NEW_SHAPE)]
            ; mov [BYTE rax + short(TABLE_SHAPE)], rcx
        );
        self.barrier();
    }

    /// Emits the cold path: other shapes the site knows, then a step.
    pub(super) fn cold_property(&mut self, p: &PropertyAccess) {
        let i = self.source.proto.code[p.pc];
        let behind = self.asm.label();
        let key = match self.source.proto.sites.get(p.site as usize) {
            Some(Site::Property { key }) => self.constant_word(*key),
            _ => Value::NIL.bits(),
        };
        self.asm.bind(p.entry);
        match i.op() {
            Op::SetField | Op::SetEnv => {
                self.load_object(RSI, p.object);
                dynasm!(self.asm.ops ; .arch x64 ; lea rdx, [r13 + cell(p.site, 0)]);
                self.asm.load(RCX, if i.op() == Op::SetEnv { i.a() } else { i.b() });
                self.asm.constant(R8, key);
                self.asm.call(Stub::Other(Other::SetCached));
                dynasm!(self.asm.ops ; .arch x64 ; test al, al ; jnz =>p.back);
                self.step(p.pc);
                self.go(p.back);
            }
            _ => {
                self.load_object(RSI, p.object);
                dynasm!(self.asm.ops ; .arch x64 ; lea rdx, [r13 + cell(p.site, 0)]);
                self.asm.constant(RCX, key);
                self.asm.call(Stub::Other(Other::GetCached));
                self.if_declined(behind);
                self.go(p.back);
                self.asm.bind(behind);
                // The step stores all results, perhaps over the object.
                self.step(p.pc);
                self.go(p.done);
            }
        }
    }

    fn element(&mut self) -> (DynamicLabel, DynamicLabel) {
        let (entry, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::Element { pc: self.pc, entry, back });
        (entry, back)
    }

    /// Leaves the table in `rax` and the element's number, counted from 0 and not compared with the length, in `rcx`.
    fn table_and_index(&mut self, table: u8, key: Key, cold: DynamicLabel) {
        self.asm.expect_tag(table, tag::TABLE, cold);
        match key {
            Key::Register(k) => {
                self.asm.expect_tag(k, tag::INT, cold);
                self.asm.load_pointer(RAX, table);
                self.asm.load(RCX, k);
                // Without sign: a negative index is too large a number.
                self.asm.untag(RCX);
                dynasm!(self.asm.ops ; .arch x64 ; dec rcx);
            }
            Key::Known(n) => {
                self.asm.load_pointer(RAX, table);
                self.asm.constant(RCX, (n as u64).wrapping_sub(1));
            }
        }
    }

    /// `R[a] := R[table][key]`.
    pub(super) fn get_element(&mut self, i: Instr, key: Key) {
        let (entry, back) = self.element();
        self.unless_seen(ARRAY_BITS, entry);
        self.table_and_index(i.b(), key, entry);
        dynasm!(self.asm.ops ; .arch x64
            ; mov edx, [BYTE rax + short(TABLE_ARRAY_LEN)]
            ; cmp rcx, rdx
            ; jae =>entry
            ; mov rax, [BYTE rax + short(TABLE_ARRAY)]
            ; mov rax, [rax + rcx * 8]
        );
        self.if_nil(entry);
        self.asm.store(i.a(), RAX);
        self.asm.bind(back);
    }

    /// `R[a][key] := R[value]`. In line is what has been seen, or everything if nothing has.
    pub(super) fn set_element(&mut self, i: Instr, key: Key, value: u8) {
        let (entry, back) = self.element();
        let seen = self.seen();
        let unlearned = seen & ARRAY_BITS == 0;
        let appends = unlearned || seen & element::APPEND != 0;
        self.unless_seen(ARRAY_BITS, entry);
        self.table_and_index(i.a(), key, entry);
        let stored = self.asm.label();
        let append = if appends { self.asm.label() } else { entry };
        self.asm.load(RDX, value);
        dynasm!(self.asm.ops ; .arch x64
            ; mov esi, [BYTE rax + short(TABLE_ARRAY_LEN)]
            ; mov rdi, [BYTE rax + short(TABLE_ARRAY)]
        );
        let mut others = entry;
        let mut left = if unlearned { ARRAY_BITS } else { seen & ARRAY_BITS };
        for (bit, kind) in [
            (element::VALUES, ArrayKind::Any),
            (element::INTS, ArrayKind::Int),
            (element::FLOATS, ArrayKind::Float),
        ] {
            if left & bit == 0 {
                continue;
            }
            left &= !bit;
            if others != entry {
                self.asm.bind(others);
            }
            let is_last = left == 0;
            others = if is_last { entry } else { self.asm.label() };
            dynasm!(self.asm.ops ; .arch x64
                ; cmp BYTE [BYTE rax + short(TABLE_ARRAY_KIND)], kind as i8
            );
            match kind {
                // `Holey` as well.
                ArrayKind::Any => dynasm!(self.asm.ops ; .arch x64 ; jb =>others),
                _ => dynasm!(self.asm.ops ; .arch x64 ; jne =>others),
            }
            self.set_element_of_kind(kind, value, append, entry);
            if !is_last || appends {
                self.go(stored);
            }
        }
        if appends {
            self.asm.bind(append);
            self.append(entry);
        }
        self.asm.bind(stored);
        self.asm.bind(back);
    }

    /// Stores the word in `rdx`, from register `value`, as element `rcx` of an array of a kind. The table is in `rax`, the
    /// array in `rdi`, its length in `esi`. Goes to `append` with the flags of the comparison if there is no such element.
    fn set_element_of_kind(
        &mut self,
        kind: ArrayKind,
        value: u8,
        append: DynamicLabel,
        cold: DynamicLabel,
    ) {
        match kind {
            ArrayKind::Any | ArrayKind::Holey => {
                dynasm!(self.asm.ops ; .arch x64
                    ; lea r8, [BYTE r14 + above::NIL]
                    ; cmp rdx, r8
                    ; je =>cold
                    ; cmp rcx, rsi
                    ; jae =>append
                    ; cmp [rdi + rcx * 8], r8
                );
                self.unless_metamethod_at_hole(cold);
                dynasm!(self.asm.ops ; .arch x64 ; mov [rdi + rcx * 8], rdx);
                // Of large arrays only a part is remembered, which the plain function knows how to do.
                return self.if_remembered(cold);
            }
            ArrayKind::Int => self.asm.expect_tag(value, tag::INT, cold),
            ArrayKind::Float => dynasm!(self.asm.ops ; .arch x64 ; cmp rdx, r14 ; ja =>cold),
            // It has no elements, and whatever is appended changes its kind.
            ArrayKind::Empty => return self.go(cold),
        }
        dynasm!(self.asm.ops ; .arch x64
            ; cmp rcx, rsi
            ; jae =>append
            ; mov [rdi + rcx * 8], rdx
        );
    }

    /// If the flags say that there is a hole where a value is to be stored, goes to `cold`; but not if the table in `rax` has
    /// no metatable and holes have been met with. `r8` is scratch.
    fn unless_metamethod_at_hole(&mut self, cold: DynamicLabel) {
        if self.seen() & element::ABSENT == 0 {
            dynasm!(self.asm.ops ; .arch x64 ; je =>cold);
            return;
        }
        let (hole, store) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::Hole { entry: hole, back: store, declined: cold });
        dynasm!(self.asm.ops ; .arch x64 ; je =>hole);
        self.asm.bind(store);
    }

    /// Emits the cold path of a store into a hole of the table in `rax`.
    pub(super) fn cold_hole(
        &mut self,
        entry: DynamicLabel,
        store: DynamicLabel,
        cold: DynamicLabel,
    ) {
        use perilune_runtime::shape::SHAPE_META_KIND;
        self.asm.bind(entry);
        dynasm!(self.asm.ops ; .arch x64
            ; mov r8, [BYTE rax + short(TABLE_SHAPE)]
            ; cmp BYTE [BYTE r8 + short(SHAPE_META_KIND)], BYTE 0
            ; je =>store
            ; jmp =>cold
        );
    }

    /// Emits the cold path of appending to the table in `rax`, whose array is full.
    pub(super) fn cold_full_array(
        &mut self,
        entry: DynamicLabel,
        room: DynamicLabel,
        cold: DynamicLabel,
    ) {
        self.asm.bind(entry);
        self.asm.call(Stub::Other(Other::GrowWithinRoom));
        dynasm!(self.asm.ops ; .arch x64
            ; cmp esi, [BYTE rax + short(TABLE_ARRAY_CAP)]
            ; jb =>room
            ; jmp =>cold
        );
    }

    /// Goes to `cold` if storing the word in `rdx` into the table in `rax` has to be remembered. `r8` is scratch.
    fn if_remembered(&mut self, cold: DynamicLabel) {
        use perilune_runtime::compiled::OBJECT_STATE;
        use perilune_runtime::object::state;
        let not = self.asm.label();
        dynasm!(self.asm.ops ; .arch x64
            ; cmp BYTE [BYTE rax + short(OBJECT_STATE)], state::BLACK as i8
            ; jne =>not
            ; mov r8, rdx
            ; shr r8, 48
            ; sub r8d, tag::BIG_INT as i32
            ; cmp r8d, 5
            ; jb =>cold
        );
        self.asm.bind(not);
    }

    /// Appends the word in `rdx` as element `rcx` to the table in `rax`, if that is the next one and there is room.
    /// `esi` is the length, `rdi` the array.
    fn append(&mut self, cold: DynamicLabel) {
        use perilune_runtime::shape::SHAPE_META_KIND;
        let (full, room) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::FullArray { entry: full, back: room, declined: cold });
        dynasm!(self.asm.ops ; .arch x64
            ; jne =>cold
            // Never below it where there may be holes.
            ; cmp esi, [BYTE rax + short(TABLE_ARRAY_CAP)]
            ; jae =>full
        );
        self.asm.bind(room);
        dynasm!(self.asm.ops ; .arch x64
            ; mov r8, [BYTE rax + short(TABLE_SHAPE)]
            ; cmp BYTE [BYTE r8 + short(SHAPE_META_KIND)], BYTE 0
            ; jne =>cold
        );
        self.if_remembered(cold);
        dynasm!(self.asm.ops ; .arch x64
            ; mov [rdi + rcx * 8], rdx
            ; inc esi
            ; mov [BYTE rax + short(TABLE_ARRAY_LEN)], esi
        );
    }

    /// Emits the cold path of an element access: a plain function, then a step.
    pub(super) fn cold_element(&mut self, pc: usize, entry: DynamicLabel, back: DynamicLabel) {
        let i = self.source.proto.code[pc];
        self.asm.bind(entry);
        let declined = self.asm.label();
        match i.op() {
            Op::SetIndex | Op::SetInt => {
                self.asm.load(RSI, i.a());
                if i.op() == Op::SetIndex {
                    self.asm.load(RDX, i.b());
                } else {
                    self.asm.constant(RDX, int_word(i.b() as i64));
                }
                self.asm.load(RCX, i.c());
                self.byte_address(R8, pc);
                self.asm.call(Stub::Other(Other::SetElement));
                dynasm!(self.asm.ops ; .arch x64 ; test al, al ; jnz =>back);
            }
            _ => {
                self.asm.load(RDI, i.b());
                if i.op() == Op::GetIndex {
                    self.asm.load(RSI, i.c());
                } else {
                    self.asm.constant(RSI, int_word(i.c() as i64));
                }
                self.byte_address(RDX, pc);
                self.asm.call(Stub::Other(Other::GetElement));
                self.if_declined(declined);
                self.asm.store(i.a(), RAX);
                self.go(back);
            }
        }
        self.asm.bind(declined);
        self.step(pc);
        self.go(back);
    }

    /// `R[a] := U[b]`.
    pub(super) fn get_upvalue(&mut self, i: Instr) {
        self.load_object(RAX, Object::Upvalue(i.b()));
        self.asm.store(i.a(), RAX);
    }

    /// `U[b] := R[a]`.
    pub(super) fn set_upvalue(&mut self, i: Instr) {
        self.load_upvalue_box(RAX, i.b());
        self.asm.load(RCX, i.a());
        dynasm!(self.asm.ops ; .arch x64 ; mov [BYTE rax + short(UP_BOX_VALUE)], rcx);
        self.barrier_for();
    }

    /// `R[a] := R[b].value`.
    pub(super) fn get_box(&mut self, i: Instr) {
        self.asm.load_pointer(RAX, i.b());
        dynasm!(self.asm.ops ; .arch x64 ; mov rax, [BYTE rax + short(UP_BOX_VALUE)]);
        self.asm.store(i.a(), RAX);
    }

    /// `R[a].value := R[b]`.
    pub(super) fn set_box(&mut self, i: Instr) {
        self.asm.load_pointer(RAX, i.a());
        self.asm.load(RCX, i.b());
        dynasm!(self.asm.ops ; .arch x64 ; mov [BYTE rax + short(UP_BOX_VALUE)], rcx);
        self.barrier_for();
    }

    /// `R[a] := #R[b]`.
    pub(super) fn length(&mut self, i: Instr) {
        use perilune_runtime::shape::SHAPE_META_KIND;
        let (cold, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Cold::Length { pc: self.pc, entry: cold, back });
        self.asm.expect_tag(i.b(), tag::TABLE, cold);
        self.asm.load_pointer(RAX, i.b());
        dynasm!(self.asm.ops ; .arch x64
            ; mov rcx, [BYTE rax + short(TABLE_SHAPE)]
            ; cmp BYTE [BYTE rcx + short(SHAPE_META_KIND)], BYTE 0
            ; jne =>cold
            // A border must be searched for where there are holes, or where the list may go on in the hash part.
            ; cmp BYTE [BYTE rax + short(TABLE_ARRAY_KIND)], ArrayKind::Holey as i8
            ; je =>cold
            ; cmp QWORD [BYTE rax + short(TABLE_HASH)], BYTE 0
            ; jne =>cold
            ; or BYTE [BYTE rax + short(TABLE_MARKS)], mark::LENGTH_ASKED as i8
            ; mov eax, [BYTE rax + short(TABLE_ARRAY_LEN)]
        );
        self.note(operands::OTHER);
        self.asm.constant(RCX, int_word(0));
        dynasm!(self.asm.ops ; .arch x64 ; or rax, rcx);
        self.asm.store(i.a(), RAX);
        self.bind_back();
    }
}

/// The key of an element access.
#[derive(Clone, Copy)]
pub(super) enum Key {
    /// In a register.
    Register(u8),
    /// A small integer that is known.
    Known(u8),
}

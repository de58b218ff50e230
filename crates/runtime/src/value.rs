//! Values: one 64-bit word each, by NaN-boxing.
//!
//! **Problem.** Every register, table slot and constant holds "any Lua value". A word per value halves the
//! memory traffic of a tagged pair and lets compiled code move values in one instruction.
//!
//! **Design.** A float is stored as it is. Doubles above `0xFFF8_0000_0000_0000` (as unsigned words) would be
//! NaNs with a payload, which no operation of ours produces (foreign NaNs are canonicalized, keeping their
//! sign), so those words carry everything else: the top 16 bits are the tag, the low 48 the payload.
//!
//! | top 16 bits | payload |
//! |---|---|
//! | `FFF8` | 0: the float `-nan`; 1 nil, 2 false, 3 true; others internal ([`Value::EMPTY`], dead keys) |
//! | `FFF9` | an integer in 48 bits, two's complement |
//! | `FFFA` | pointer to a headerless 8-byte cell with an integer that doesn't fit |
//! | `FFFB` | string |
//! | `FFFC` | table |
//! | `FFFD` | function, Lua or native |
//! | `FFFE` | another heap object: userdata, coroutine, internal objects |
//! | `FFFF` | light userdata of at most 48 bits |
//!
//! **Invariants.** An integer is inline *iff* it fits. So two words with unequal bits are unequal values
//! unless both are floats, or number kinds differ, or both are integer cells, long strings or 64-bit light
//! userdata.
//!
//! `'g` is the stretch without a safepoint during which the value may be used: it borrows the context, and
//! whatever may collect takes the context by `&mut`.

use crate::object::{Gc, Header, HeapObject, Kind};
use std::hint::cold_path;
use std::marker::PhantomData;

/// A Lua value, valid until the next safepoint.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Value<'g>(u64, PhantomData<&'g ()>);

/// Tags, as found in the top 16 bits.
pub mod tag {
    /// nil, booleans and internal marks (and the float `-nan`).
    pub const SPECIAL: u64 = 0xFFF8;
    /// Inline integer.
    pub const INT: u64 = 0xFFF9;
    /// Integer cell.
    pub const BIG_INT: u64 = 0xFFFA;
    /// String.
    pub const STRING: u64 = 0xFFFB;
    /// Table.
    pub const TABLE: u64 = 0xFFFC;
    /// Function.
    pub const FUNCTION: u64 = 0xFFFD;
    /// Userdata, coroutine or internal object.
    pub const OBJECT: u64 = 0xFFFE;
    /// Light userdata.
    pub const LIGHT: u64 = 0xFFFF;
    /// How many tags, from [`BIG_INT`] on, are those of references.
    pub const REFERENCES: u64 = 5;

    // Whether a word is a reference is asked by one comparison, in compiled code as well.
    const _: () = assert!(STRING == BIG_INT + 1 && TABLE == BIG_INT + 2 && FUNCTION == BIG_INT + 3);
    const _: () = assert!(OBJECT == BIG_INT + REFERENCES - 1 && LIGHT == BIG_INT + REFERENCES);
    const _: () = assert!(SPECIAL + 1 == INT && INT + 1 == BIG_INT);
}

const PAYLOAD: u64 = (1 << 48) - 1;
const MAX_FLOAT_BITS: u64 = tag::SPECIAL << 48;

/// The basic types of Lua, in the order of the reference implementation's type tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `nil`
    Nil,
    /// `boolean`
    Boolean,
    /// light `userdata`
    LightUserdata,
    /// `number`
    Number,
    /// `string`
    String,
    /// `table`
    Table,
    /// `function`
    Function,
    /// full `userdata`
    Userdata,
    /// `thread`
    Thread,
}

impl Type {
    /// The name `type` returns.
    pub const fn name(self) -> &'static str {
        match self {
            Type::Nil => "nil",
            Type::Boolean => "boolean",
            Type::LightUserdata | Type::Userdata => "userdata",
            Type::Number => "number",
            Type::String => "string",
            Type::Table => "table",
            Type::Function => "function",
            Type::Thread => "thread",
        }
    }
}

/// Looks at the upper halves only, which spares compiled code a 64-bit constant.
#[inline(always)]
const fn same_top_17_bits(a: u64, b: u64) -> bool {
    ((a ^ b) >> 32) as u32 >> 15 == 0
}

impl<'g> Value<'g> {
    /// `nil`
    pub const NIL: Value<'static> = Value::from_bits(tag::SPECIAL << 48 | 1);
    /// `false`
    pub const FALSE: Value<'static> = Value::from_bits(tag::SPECIAL << 48 | 2);
    /// `true`
    pub const TRUE: Value<'static> = Value::from_bits(tag::SPECIAL << 48 | 3);
    /// No value: the key of a free hash node. Never visible to Lua.
    pub const EMPTY: Value<'static> = Value::from_bits(tag::SPECIAL << 48 | 4);

    /// The value with these bits. Private to the runtime: bits naming a heap object must come from a live
    /// value.
    #[inline(always)]
    pub(crate) const fn from_bits(bits: u64) -> Value<'g> {
        Value(bits, PhantomData)
    }

    /// The word.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The top 16 bits; a tag unless the value is a float.
    #[inline(always)]
    pub const fn tag(self) -> u64 {
        self.0 >> 48
    }

    /// The low 48 bits.
    #[inline(always)]
    pub(crate) const fn payload(self) -> u64 {
        self.0 & PAYLOAD
    }

    /// A boolean.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value<'g> {
        Value::from_bits(tag::SPECIAL << 48 | (2 + b as u64))
    }

    /// A float. A NaN becomes the canonical NaN of its sign.
    #[inline(always)]
    pub fn float(f: f64) -> Value<'g> {
        if f.is_nan() { Value::nan(f) } else { Value::from_bits(f.to_bits()) }
    }

    #[cold]
    fn nan(f: f64) -> Value<'g> {
        Value::from_bits(perilune_semantics::canonical(f).to_bits())
    }

    /// An integer that is known to fit 48 bits.
    #[inline(always)]
    pub const fn small_int(i: i32) -> Value<'g> {
        Value::from_bits(tag::INT << 48 | (i as i64 as u64 & PAYLOAD))
    }

    /// An integer, if it fits 48 bits. Others need a cell: see `Heap::int`.
    #[inline(always)]
    pub const fn try_int(i: i64) -> Option<Value<'g>> {
        if i << 16 >> 16 == i {
            Some(Value::from_bits(tag::INT << 48 | (i as u64 & PAYLOAD)))
        } else {
            None
        }
    }

    /// A pointer under a tag.
    #[inline(always)]
    pub(crate) fn pointer(tag: u64, p: *const u8) -> Value<'g> {
        debug_assert!(p as u64 & !PAYLOAD == 0);
        Value::from_bits(tag << 48 | p as u64)
    }

    /// A heap object as a value.
    #[inline(always)]
    pub fn object<T: HeapObject>(o: Gc<'g, T>) -> Value<'g> {
        Value::pointer(T::TAG, o.as_ptr() as *const u8)
    }

    /// Whether this is `nil`.
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.0 == Value::NIL.0
    }

    /// Whether this is [`Value::EMPTY`].
    #[inline(always)]
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == Value::EMPTY.0
    }

    /// Whether this is `nil` or `false`.
    #[inline(always)]
    pub const fn is_falsy(self) -> bool {
        self.0.wrapping_sub(Value::NIL.0) < 2
    }

    /// Whether this is a float.
    #[inline(always)]
    pub const fn is_float(self) -> bool {
        self.0 <= MAX_FLOAT_BITS
    }

    /// Whether this is an integer stored inline.
    #[inline(always)]
    pub const fn is_small_int(self) -> bool {
        self.tag() == tag::INT
    }

    /// Whether this is an integer.
    #[inline(always)]
    pub const fn is_int(self) -> bool {
        // INT and BIG_INT differ in the lowest bit of neither's neighbour: FFF9, FFFA.
        self.tag().wrapping_sub(tag::INT) < 2
    }

    /// Whether this is a number.
    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.is_float() || self.is_int()
    }

    /// Whether this is a string.
    #[inline(always)]
    pub const fn is_string(self) -> bool {
        self.tag() == tag::STRING
    }

    /// Whether this is a table.
    #[inline(always)]
    pub const fn is_table(self) -> bool {
        self.tag() == tag::TABLE
    }

    /// Whether this is a function.
    #[inline(always)]
    pub const fn is_function(self) -> bool {
        self.tag() == tag::FUNCTION
    }

    /// Whether this names a heap object with a header (not an integer cell).
    #[inline(always)]
    pub const fn is_headed(self) -> bool {
        self.tag().wrapping_sub(tag::STRING) < 4
    }

    /// Whether this refers to heap memory of any sort, integer cells included: what a write barrier must
    /// look at.
    #[inline(always)]
    pub const fn is_heap(self) -> bool {
        self.tag().wrapping_sub(tag::BIG_INT) < tag::REFERENCES
    }

    /// The float, if this is one.
    #[inline(always)]
    pub const fn as_float(self) -> Option<f64> {
        if self.is_float() { Some(f64::from_bits(self.0)) } else { None }
    }

    /// One less, if this is a positive inline integer; a single comparison tells.
    #[inline(always)]
    pub(crate) const fn positive_predecessor(self) -> Option<Value<'g>> {
        const ONE: u64 = tag::INT << 48 | 1;
        if self.0.wrapping_sub(ONE) < (1 << 47) - 1 {
            Some(Value::from_bits(self.0 - 1))
        } else {
            None
        }
    }

    /// The sum of two inline integers that is one too.
    #[inline(always)]
    pub(crate) const fn small_sum(self, other: Value<'_>) -> Value<'g> {
        let shifted = (self.0 << 16).wrapping_add(other.0 << 16);
        Value::from_bits(shifted >> 16 | tag::INT << 48)
    }

    /// The float this is known to be.
    #[inline(always)]
    pub(crate) const fn float_unchecked(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// The sum of two inline integers, if it is one.
    ///
    /// Adding to the whole word leaves the tag alone as long as the sum has the first operand's sign and doesn't
    /// overflow, which is what the comparison of the top 17 bits says. This keeps the dependency from one sum to
    /// the next down to one addition.
    #[inline(always)]
    pub(crate) fn small_add(self, other: Value<'_>) -> Option<Value<'g>> {
        let sum = self.0.wrapping_add(other.small_int_unchecked() as u64);
        if same_top_17_bits(sum, self.0) {
            return Some(Value::from_bits(sum));
        }
        cold_path();
        Value::try_int(self.small_int_unchecked() + other.small_int_unchecked())
    }

    /// The difference of two inline integers, if it is one. See [`Value::small_add`].
    #[inline(always)]
    pub(crate) fn small_sub(self, other: Value<'_>) -> Option<Value<'g>> {
        let difference = self.0.wrapping_sub(other.small_int_unchecked() as u64);
        if same_top_17_bits(difference, self.0) {
            return Some(Value::from_bits(difference));
        }
        cold_path();
        Value::try_int(self.small_int_unchecked() - other.small_int_unchecked())
    }

    /// The product of two inline integers, if it is one.
    #[inline(always)]
    pub(crate) const fn small_mul(self, other: Value<'_>) -> Option<Value<'g>> {
        let (p, overflow) = ((self.0 << 16) as i64).overflowing_mul(other.small_int_unchecked());
        if overflow { None } else { Some(Value::from_bits(p as u64 >> 16 | tag::INT << 48)) }
    }

    /// `&` of two inline integers: tags and payloads alike.
    #[inline(always)]
    pub(crate) const fn small_band(self, other: Value<'_>) -> Value<'g> {
        Value::from_bits(self.0 & other.0)
    }

    /// `|` of two inline integers.
    #[inline(always)]
    pub(crate) const fn small_bor(self, other: Value<'_>) -> Value<'g> {
        Value::from_bits(self.0 | other.0)
    }

    /// `~` of two inline integers; the equal tags cancel out.
    #[inline(always)]
    pub(crate) const fn small_bxor(self, other: Value<'_>) -> Value<'g> {
        Value::from_bits(self.0 ^ other.0 | tag::INT << 48)
    }

    /// The inline integer this is known to be.
    #[inline(always)]
    pub(crate) const fn small_int_unchecked(self) -> i64 {
        (self.0 << 16) as i64 >> 16
    }

    /// The integer, if this is one.
    #[inline(always)]
    pub fn as_int(self) -> Option<i64> {
        match self.tag() {
            tag::INT => Some(self.small_int_unchecked()),
            // SAFETY: the tag is given to live 8-byte cells only, and `'g` hasn't ended.
            tag::BIG_INT => Some(unsafe { *(self.payload() as *const i64) }),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    #[inline]
    pub const fn as_bool(self) -> Option<bool> {
        match self.0.wrapping_sub(Value::FALSE.0) {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// The header of the heap object this names, if it does.
    #[inline(always)]
    pub(crate) fn as_header(self) -> Option<&'g Header> {
        if self.is_headed() {
            // SAFETY: these tags are given to live objects with headers only, and `'g` hasn't ended.
            Some(unsafe { &*(self.payload() as *const Header) })
        } else {
            None
        }
    }

    /// The heap object, if it is one of type `T`.
    #[inline(always)]
    pub fn downcast<T: HeapObject>(self) -> Option<Gc<'g, T>> {
        if self.tag() == T::TAG {
            // SAFETY: see `as_header`.
            let header = unsafe { &*(self.payload() as *const Header) };
            if T::TAG_IS_KIND || header.kind() == T::KIND {
                // SAFETY: kind and type correspond (`HeapObject` is an unsafe trait that promises it).
                return Some(unsafe { Gc::from_ptr(self.payload() as *const T) });
            }
        }
        None
    }

    /// The basic type.
    #[inline]
    pub fn type_of(self) -> Type {
        if self.is_float() {
            return Type::Number;
        }
        match self.tag() {
            tag::SPECIAL => {
                if self.is_nil() || self.0 > Value::TRUE.0 {
                    Type::Nil
                } else {
                    Type::Boolean
                }
            }
            tag::INT | tag::BIG_INT => Type::Number,
            tag::STRING => Type::String,
            tag::TABLE => Type::Table,
            tag::FUNCTION => Type::Function,
            tag::LIGHT => Type::LightUserdata,
            _ => match self.as_header().map(Header::kind) {
                Some(Kind::Thread) => Type::Thread,
                Some(Kind::Light64) => Type::LightUserdata,
                _ => Type::Userdata,
            },
        }
    }

    /// The same value under another lifetime.
    ///
    /// # Safety
    /// The caller knows that no safepoint lies between here and the last use, or that the value is rooted.
    #[inline(always)]
    pub(crate) const unsafe fn extend<'h>(self) -> Value<'h> {
        Value(self.0, PhantomData)
    }
}

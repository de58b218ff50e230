//! What the bits of feedback bytes mean.
//!
//! An instruction that learns something has a byte of its own. Its opcode's [`FeedbackKind`] says which groups of bits
//! are in it; the groups of one kind don't overlap, and one that several kinds share has the same place in all of them.
//! No bit is ever taken back: a set that grows leads to more general code, and never to a cycle of better guesses.

use crate::string::Str;
use crate::table::{ArrayKind, Table};
use crate::value::{Value, tag};
use perilune_bytecode::ops::FeedbackKind;
use perilune_semantics::Num;

/// A bit and its name in dumps.
pub(super) type Named = (u8, &'static str);

macro_rules! groups {
    ($( $(#[$doc:meta])* $group:ident { $($bit:ident $value:literal $name:literal $meaning:literal;)* } )*) => {
        $(
            $(#[$doc])*
            pub mod $group {
                $(#[doc = $meaning] pub const $bit: u8 = $value;)*
                /// The bits by name.
                pub(in crate::feedback) const NAMES: &[super::Named] = &[$(($bit, $name)),*];
            }
        )*
    };
}

groups! {
    /// What the operands of an instruction were, all together: as `join` has it.
    operands {
        INT      1 "int" "Inline integers.";
        FLOAT    2 "float" "Floats.";
        MIXED    4 "mixed" "Inline integers and floats.";
        BIG      8 "big" "Numbers, among them an integer in a cell.";
        STRING  16 "string" "Strings, perhaps with numbers.";
        OTHER   32 "other" "Among them something that is neither number nor string.";
    }
    /// What became of them.
    result {
        OVERFLOW 64 "overflow" "The result of inline integers was an integer too large for one.";
    }
    /// Which way a branch went.
    direction {
        TAKEN     64 "taken" "It jumped.";
        NOT_TAKEN 128 "not taken" "It didn't.";
    }
    /// What a condition was.
    condition {
        NIL     1 "nil" "Nil.";
        BOOLEAN 2 "boolean" "A boolean.";
        VALUE   4 "value" "Something else.";
    }
    /// What an element access met with.
    element {
        INTS     1 "ints" "An element of an array of integers (for writes: and an integer).";
        FLOATS   2 "floats" "An element of an array of floats (for writes: and a float).";
        VALUES   4 "values" "An element of an array of anything, or one to become that.";
        NAMED    8 "named" "A field whose key is a short string.";
        HASHED  16 "hashed" "A field with another key.";
        APPEND  32 "append" "A write behind the last element.";
        ABSENT  64 "absent" "Nothing was there (for writes, unless it is at the end).";
        OTHER  128 "no table" "An object that is no table.";
    }
    /// What a call site called, beyond the targets in its cell.
    callee {
        OTHER 1 "no function" "Something that is no function.";
    }
}

/// How many rounds of a loop are counted: the lower bits of its byte. Of a numeric loop it is the most in one go, of others
/// those of all times that the interpreter learned.
pub const ROUNDS: u8 = 63;

/// The groups of a kind of feedback.
pub(super) fn groups(kind: FeedbackKind) -> &'static [&'static [Named]] {
    match kind {
        FeedbackKind::None | FeedbackKind::Property | FeedbackKind::Alloc => &[],
        FeedbackKind::Arith => &[operands::NAMES, result::NAMES],
        FeedbackKind::Compare => &[operands::NAMES, direction::NAMES],
        FeedbackKind::Branch => &[condition::NAMES, direction::NAMES],
        FeedbackKind::Loop => &[direction::NAMES],
        FeedbackKind::Element => &[element::NAMES],
        FeedbackKind::Call => &[callee::NAMES],
    }
}

/// The class of one operand.
#[inline]
pub(crate) fn class_of(v: Value<'_>) -> u8 {
    if v.is_float() {
        return operands::FLOAT;
    }
    match v.tag() {
        tag::INT => operands::INT,
        tag::BIG_INT => operands::BIG,
        tag::STRING => operands::STRING,
        _ => operands::OTHER,
    }
}

/// The class of operands of these classes together: if they differ, the more general of them, and at least `MIXED`.
#[inline]
pub(crate) fn join(x: u8, y: u8) -> u8 {
    if x == y { x } else { x.max(y).max(operands::MIXED) }
}

/// The class of two operands.
#[inline]
pub(crate) fn class_of_both(x: Value<'_>, y: Value<'_>) -> u8 {
    join(class_of(x), class_of(y))
}

/// What became of operands of a class, given the result.
#[inline]
pub(crate) fn of_result(class: u8, r: Num) -> u8 {
    match r {
        Num::Int(i) if class == operands::INT && Value::try_int(i).is_none() => result::OVERFLOW,
        Num::Int(_) | Num::Float(_) => 0,
    }
}

/// The class of a condition.
pub(crate) fn class_of_condition(v: Value<'_>) -> u8 {
    if v.is_nil() {
        condition::NIL
    } else if v.as_bool().is_some() {
        condition::BOOLEAN
    } else {
        condition::VALUE
    }
}

/// The bit of an array's kind.
pub(crate) fn of_array(kind: ArrayKind) -> u8 {
    match kind {
        ArrayKind::Empty => 0,
        ArrayKind::Int => element::INTS,
        ArrayKind::Float => element::FLOATS,
        ArrayKind::Any | ArrayKind::Holey => element::VALUES,
    }
}

/// What it meant to read `found` from a table.
pub(crate) fn of_read(t: &Table, key: Value<'_>, found: Value<'_>) -> u8 {
    if found.is_nil() { element::ABSENT } else { of_present(t, key) }
}

/// What it will mean to write `value` to a table.
pub(crate) fn of_write(t: &Table, key: Value<'_>, old: Value<'_>, value: Value<'_>) -> u8 {
    let kind = |value| {
        let kind = t.array_kind();
        if kind == ArrayKind::Empty || kind == ArrayKind::of(value) {
            of_array(ArrayKind::of(value))
        } else {
            element::VALUES
        }
    };
    let is_next = key.is_small_int() && key.small_int_unchecked() == t.array_len() as i64 + 1;
    if is_next && old.is_nil() && !value.is_nil() {
        return element::APPEND | kind(value);
    }
    let what = match of_present(t, key) {
        element::INTS | element::FLOATS | element::VALUES => kind(value),
        place => place,
    };
    if old.is_nil() { what | element::ABSENT } else { what }
}

/// Where the table keeps what it has under a key.
pub(crate) fn of_present(t: &Table, key: Value<'_>) -> u8 {
    if key.is_small_int() && (1..=t.array_len() as i64).contains(&key.small_int_unchecked()) {
        of_array(t.array_kind())
    } else if key.downcast::<Str>().is_some_and(|s| s.is_short()) {
        element::NAMED
    } else {
        element::HASHED
    }
}

//! What compiled code calls without telling anyone.
//!
//! These functions neither collect nor throw nor look at frames, so no program counter need be saved and no frame
//! synchronized before them; arguments and results travel in registers. Each does a common case that is too long to
//! be in line; where it says so with [`DECLINED`] or `false`, nothing was done, and the instruction is to be carried
//! out by its step.
//!
//! # Safety
//! All of them: the context is valid and nobody else uses it; words are values of it; feedback bytes are those of a live
//! feedback vector.

use crate::cx::Cx;
use crate::events::Event;
use crate::feedback::{FeedbackVector, SiteCell, bits};
use crate::function::{Closure, UpBox};
use crate::interp::{
    LoopStep, Prepared, compare_values, concat_bound, concat_operands, iterate_known, loop_slots,
    make_closure, prepare_loop, raw_equal, step_loop, to_num,
};
use crate::object::{Gc, Header, Slot};
use crate::stdlib::MAX_STRING;
use crate::string::Str;
use crate::table::Table;
use crate::value::{Value, tag};
use perilune_semantics::arith::{self, ArithOp};
use std::cell::Cell;

/// "Not done."
pub const DECLINED: u64 = Value::EMPTY.bits();

/// Reads the property `key` that the site of `cell` is about from a string, or from a table of any of the shapes the site
/// knows; of any shape, if it has seen too many.
///
/// # Safety
/// See the module; the cell is one of a property site that reads.
pub unsafe extern "C" fn get_cached(
    cx: *const Cx,
    object: u64,
    cell: *const SiteCell,
    key: u64,
) -> u64 {
    // SAFETY: the caller's promise.
    let (cx, cell) = unsafe { (&*cx, &*cell) };
    let object = Value::from_bits(object);
    let found = match object.downcast::<Table>() {
        Some(t) => cell.entries().find_map(|e| e.try_get(t)).or_else(|| {
            let key = Value::from_bits(key).downcast::<Str>()?;
            let known = cell.is_megamorphic() && key.is_short();
            if known { cx.global_cache.get(cx.tables(), t, key) } else { None }
        }),
        None if object.is_string() => cx.string_property(cell),
        None => None,
    };
    found.map_or(DECLINED, Value::bits)
}

/// Writes the property `key` that the site of `cell` is about to a table of any of the shapes the site knows; of any
/// shape, if it has seen too many.
///
/// # Safety
/// See the module; the cell is one of a property site that writes.
pub unsafe extern "C" fn set_cached(
    cx: *const Cx,
    object: u64,
    cell: *const SiteCell,
    value: u64,
    key: u64,
) -> bool {
    // SAFETY: the caller's promise.
    let (cx, cell) = unsafe { (&*cx, &*cell) };
    let value = Value::from_bits(value);
    let Some(t) = Value::from_bits(object).downcast::<Table>() else { return false };
    if cell.entries().any(|e| e.try_set(&cx.heap, t, value)) {
        return true;
    }
    cell.is_megamorphic()
        && Value::from_bits(key)
            .downcast::<Str>()
            .is_some_and(|k| k.is_short() && cx.global_cache.set(cx.tables(), t, k, value))
}

/// Adds bits to a feedback byte.
#[inline(always)]
fn note(seen: &Cell<u8>, bits: u8) {
    if seen.get() & bits != bits {
        seen.set(seen.get() | bits);
    }
}

/// `object[key]`, if no metamethod has a say in it. `seen` is the instruction's feedback byte.
///
/// # Safety
/// See the module.
pub unsafe extern "C" fn get_element(object: u64, key: u64, seen: *const Cell<u8>) -> u64 {
    let (object, key) = (Value::from_bits(object), Value::from_bits(key));
    // SAFETY: the caller's promise.
    let seen = unsafe { &*seen };
    let Some(t) = object.downcast::<Table>() else { return DECLINED };
    let (v, place) = match key.downcast::<Str>() {
        Some(s) if s.is_short() => (t.get_str(s), bits::element::NAMED),
        _ => (t.get_value(key), 0),
    };
    note(
        seen,
        match place {
            _ if v.is_nil() => bits::element::ABSENT,
            0 => bits::of_present(&t, key),
            known => known,
        },
    );
    if v.is_nil() && t.metatable().is_some() { DECLINED } else { v.bits() }
}

/// `object[key] = value`, if no metamethod has a say in it and the key is a valid one. `seen` is the instruction's feedback
/// byte.
///
/// # Safety
/// See the module.
pub unsafe extern "C" fn set_element(
    cx: *const Cx,
    object: u64,
    key: u64,
    value: u64,
    seen: *const Cell<u8>,
) -> bool {
    // SAFETY: the caller's promise.
    let (cx, seen) = unsafe { (&*cx, &*seen) };
    let (key, value) = (Value::from_bits(key), Value::from_bits(value));
    let Some(t) = Value::from_bits(object).downcast::<Table>() else { return false };
    if !key.is_small_int() {
        return set_keyed(cx, t, key, value, seen);
    }
    let index = key.small_int_unchecked();
    if t.array_set_in_place(&cx.heap, index, value) {
        note(seen, bits::of_array(t.array_kind()));
        return true;
    }
    if value.is_nil() && t.array_clear_in_place(index) {
        note(seen, bits::element::VALUES);
        return true;
    }
    if t.metatable().is_some() {
        note(seen, bits::element::ABSENT);
        return false;
    }
    if t.try_append(&cx.heap, index, value) || t.append_growing(cx.tables(), index, value) {
        note(seen, bits::element::APPEND | bits::of_array(t.array_kind()));
        return true;
    }
    // To look the key up twice is dear, so what else there is to know of such keys is asked once.
    if seen.get() & bits::element::HASHED == 0 {
        note(seen, bits::of_write(&t, key, t.get_int(index), value));
    }
    t.set_int(cx.tables(), index, value).is_ok()
}

/// [`set_element`] for keys that are no small integers.
fn set_keyed(cx: &Cx, t: Gc<'_, Table>, key: Value<'_>, value: Value<'_>, seen: &Cell<u8>) -> bool {
    let place = bits::of_present(&t, key);
    let all = place | bits::element::ABSENT;
    let has_metatable = t.metatable().is_some();
    // To look the key up twice is dear: only if what it finds isn't known yet, or matters.
    if has_metatable || seen.get() & all != all {
        let is_absent = t.get_value(key).is_nil();
        note(seen, if is_absent { all } else { place });
        if is_absent && has_metatable {
            return false;
        }
    }
    t.set(cx.tables(), key, value).is_ok()
}

/// A closure of prototype `index` of the running function, whose closure and registers these are.
///
/// # Safety
/// See the module; the index is that of a verified `CLOSURE` instruction of the function.
pub unsafe extern "C" fn new_closure(
    cx: *const Cx,
    parent: *const Closure,
    base: *const Slot,
    index: u32,
) -> u64 {
    // SAFETY: the caller's promise.
    make_closure(unsafe { &*cx }, parent, base, index).bits()
}

/// A table for the constructor at a site of a function, whose feedback this is.
///
/// # Safety
/// See the module; the site is one that allocates.
pub unsafe extern "C" fn new_table(
    cx: *const Cx,
    feedback: *const FeedbackVector,
    site: u32,
) -> u64 {
    // SAFETY: the caller's promise.
    let (cx, feedback) = unsafe { (&*cx, &*feedback) };
    match feedback.cell(site) {
        Some(cell) => Value::object(feedback.allocate(cx, cell, site)).bits(),
        None => DECLINED,
    }
}

/// The strings and numbers in `count` registers from `first` on, one after the other; declines if there is anything else
/// among them, or room has to be made. `seen` is the instruction's feedback byte.
///
/// # Safety
/// See the module; the registers exist.
pub unsafe extern "C" fn concat(
    cx: *const Cx,
    first: *const Slot,
    count: u64,
    seen: *const Cell<u8>,
) -> u64 {
    // SAFETY: the caller's promise.
    let (cx, seen) = unsafe { (&*cx, &*seen) };
    // SAFETY: the caller's promise.
    let operands = unsafe { std::slice::from_raw_parts(first, count as usize) };
    match concat_bound(operands) {
        Some(bound) if bound < MAX_STRING && cx.has_reserve(bound) => {
            let classes = operands.iter().map(|v| bits::class_of(v.get()));
            note(seen, classes.reduce(bits::join).unwrap_or(0));
            Value::object(concat_operands(cx, operands)).bits()
        }
        Some(_) | None => DECLINED,
    }
}

/// Stores the values of the `count` registers behind `table`, a register with a table, as its elements behind `start`.
///
/// # Safety
/// See the module; the registers exist, and are less than 256.
pub unsafe extern "C" fn set_list(
    cx: *const Cx,
    table: *const Slot,
    count: u64,
    start: u64,
) -> bool {
    // SAFETY: the caller's promise.
    let cx = unsafe { &*cx };
    // SAFETY: the caller's promise.
    let registers = unsafe { std::slice::from_raw_parts(table, count as usize + 1) };
    let [table, values @ ..] = registers else { return false };
    let table = table.get().downcast::<Table>();
    table.is_some_and(|t| t.store_list(cx.tables(), start as usize, values).is_ok())
}

/// A box for a captured variable.
///
/// # Safety
/// See the module.
pub unsafe extern "C" fn new_box(cx: *const Cx, value: u64) -> u64 {
    // SAFETY: the caller's promise.
    let cx = unsafe { &*cx };
    Value::object(UpBox::new(&cx.heap, Value::from_bits(value))).bits()
}

/// Prepares the numeric `for` in the registers from `first` on. 1 if it runs, 0 if not once; 2 if it fails, for which
/// nothing was done. `seen` is the instruction's feedback byte.
///
/// # Safety
/// See the module; the registers are those of a verified `FORPREP`.
pub unsafe extern "C" fn prepare_for(
    cx: *const Cx,
    first: *const Slot,
    seen: *const Cell<u8>,
) -> u32 {
    // SAFETY: the caller's promise.
    let (cx, slots, seen) = unsafe { (&*cx, loop_slots(first), &*seen) };
    let class = slots.iter().map(|v| bits::class_of(v.get())).reduce(bits::join);
    let runs = match prepare_loop(cx, slots) {
        Prepared::Run => 1,
        Prepared::Skip => 0,
        Prepared::Fail => return 2,
    };
    note(seen, class.unwrap_or(0));
    runs
}

/// Steps the numeric `for` in the registers from `first` on, if it isn't plain. 1 if it goes on, 0 if not, 2 if it can't be
/// stepped.
///
/// # Safety
/// See the module; the registers are those of a verified `FORLOOP`.
pub unsafe extern "C" fn step_for(cx: *const Cx, first: *const Slot) -> u32 {
    // SAFETY: the caller's promise.
    let (cx, slots) = unsafe { (&*cx, loop_slots(first)) };
    match step_loop(cx, slots) {
        LoopStep::Next => 1,
        LoopStep::End => 0,
        LoopStep::Broken => 2,
    }
}

/// Steps a generic `for` over a table whose iterator is `next` or that of `ipairs`. `first` is the register of the
/// iterator, `count` how many variables the loop has.
///
/// # Safety
/// See the module; behind `first` are the registers of a verified `TFORCALL`.
pub unsafe extern "C" fn iterate(_: *const Cx, first: *const Slot, count: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { iterate_known(first, count) }
}

/// Lets a call site of a function, whose feedback this is, learn that it calls the function object `callee`.
///
/// # Safety
/// See the module; the cell is one of the feedback, and the object a function.
pub unsafe extern "C" fn note_callee(
    cx: *const Cx,
    feedback: *const FeedbackVector,
    cell: *const SiteCell,
    callee: *const u8,
) {
    // SAFETY: the caller's promise.
    let (cx, feedback, cell) = unsafe { (&*cx, &*feedback, &*cell) };
    feedback.learn_call(cx, cell, Value::pointer(tag::FUNCTION, callee));
}

/// Puts the `__call` metamethod of the value in front of the `nargs` values at `args` in its place, and the value in front
/// of these. Returns the metamethod; null, with nothing done, if there is none that is a Lua function, or no room.
///
/// # Safety
/// See the module; the values are in the stack of the running coroutine.
pub unsafe extern "C" fn call_metamethod(
    cx: *const Cx,
    args: *const Slot,
    nargs: usize,
) -> *const Closure {
    // SAFETY: the caller's promise.
    let cx = unsafe { &*cx };
    let func = (args as usize - cx.stack.get() as usize) / size_of::<Slot>() - 1;
    let method = cx.event_of(cx.at(func), Event::Call);
    let end = func + 1 + nargs;
    let Some(callee) = method.downcast::<Closure>().filter(|_| cx.has_room(end + 1)) else {
        return std::ptr::null();
    };
    for i in (func..end).rev() {
        cx.slot(i + 1).set(cx.at(i));
    }
    cx.slot(func).set(method);
    cx.top.set(end + 1);
    callee.as_ptr()
}

/// Puts the `params` values at `first` behind the `extra` values that follow them.
///
/// # Safety
/// See the module; the values are in the stack of the running coroutine.
pub unsafe extern "C" fn rotate(_: *const Cx, first: *mut Slot, params: usize, extra: usize) {
    // SAFETY: the caller's promise; nothing else refers to these slots.
    unsafe { std::slice::from_raw_parts_mut(first, params + extra) }.rotate_left(params);
}

/// Marks the value in a slot to be closed, or sees that there is nothing to close. False if it can't be closed.
///
/// # Safety
/// See the module; the slot is in the stack of the running coroutine.
pub unsafe extern "C" fn mark_to_be_closed(cx: *const Cx, slot: *const Slot) -> bool {
    // SAFETY: the caller's promise.
    let cx = unsafe { &*cx };
    let index = (slot as usize - cx.stack.get() as usize) / size_of::<Slot>();
    let v = cx.at(index);
    v.is_falsy() || !cx.event_of(v, Event::Close).is_nil() && cx.add_pending(index)
}

/// The length of a string, or of a table without a metatable. `seen` is the instruction's feedback byte.
///
/// # Safety
/// See the module.
pub unsafe extern "C" fn length(_: *const Cx, object: u64, seen: *const Cell<u8>) -> u64 {
    let object = Value::from_bits(object);
    let (length, class) = if let Some(s) = object.downcast::<Str>() {
        (s.len() as i64, bits::operands::STRING)
    } else if let Some(t) = object.downcast::<Table>()
        && t.metatable().is_none()
    {
        (t.len_border(), bits::operands::OTHER)
    } else {
        return DECLINED;
    };
    let Some(length) = Value::try_int(length) else { return DECLINED };
    // SAFETY: the caller's promise.
    note(unsafe { &*seen }, class);
    length.bits()
}

/// The write barrier of an object into which a reference has been stored.
///
/// # Safety
/// See the module; the object is alive.
pub unsafe extern "C" fn barrier(cx: *const Cx, object: *const Header) {
    // SAFETY: the caller's promise.
    unsafe { (*cx).heap.barrier(&*object) };
}

/// The word of an integer.
///
/// # Safety
/// See the module.
pub unsafe extern "C" fn word_of_integer(cx: *const Cx, i: i64) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { &*cx }.int(i).bits()
}

/// A function that does an arithmetic operation on two numbers, of which unary operators take the first. It declines
/// if they aren't, or if the operation fails. It is given the instruction's feedback byte.
pub type Arithmetic = unsafe extern "C" fn(*const Cx, u64, u64, *const Cell<u8>) -> u64;

macro_rules! arithmetic_functions {
    ($($op:ident)*) => {
        /// The function for an operator.
        pub fn arithmetic_function(op: ArithOp) -> Arithmetic {
            match op {
                $(ArithOp::$op => {
                    unsafe extern "C" fn function(
                        cx: *const Cx,
                        x: u64,
                        y: u64,
                        seen: *const Cell<u8>,
                    ) -> u64 {
                        // SAFETY: the caller's promise.
                        let (cx, seen) = unsafe { (&*cx, &*seen) };
                        let (x, y) = (Value::from_bits(x), Value::from_bits(y));
                        let Some((a, b)) = to_num(x).zip(to_num(y)) else { return DECLINED };
                        let Ok(r) = arith::arith(ArithOp::$op, a, b) else { return DECLINED };
                        let class = bits::class_of_both(x, y);
                        note(seen, class | bits::of_result(class, r));
                        cx.num(r).bits()
                    }
                    function
                })*
            }
        }
    };
}

arithmetic_functions!(Add Sub Mul Mod Pow Div IDiv BAnd BOr BXor Shl Shr Unm BNot);

/// "A metamethod has to be asked", or "it takes long", said by a comparison.
pub const ASK: u32 = 2;

/// What a comparison says: 0 or 1, or [`ASK`] if a metamethod has to be asked. `seen` is the instruction's feedback byte.
///
/// # Safety
/// See the module.
pub unsafe extern "C" fn less_than(x: u64, y: u64, seen: *const Cell<u8>) -> u32 {
    let (x, y) = (Value::from_bits(x), Value::from_bits(y));
    // SAFETY: the caller's promise.
    note(unsafe { &*seen }, bits::class_of_both(x, y));
    compare_values(x, y, false).map_or(ASK, u32::from)
}

/// The same for `<=`.
///
/// # Safety
/// See the module.
pub unsafe extern "C" fn less_equal(x: u64, y: u64, seen: *const Cell<u8>) -> u32 {
    let (x, y) = (Value::from_bits(x), Value::from_bits(y));
    // SAFETY: the caller's promise.
    note(unsafe { &*seen }, bits::class_of_both(x, y));
    compare_values(x, y, true).map_or(ASK, u32::from)
}

/// The same for `==`.
///
/// # Safety
/// See the module.
pub unsafe extern "C" fn equal(cx: *const Cx, x: u64, y: u64, seen: *const Cell<u8>) -> u32 {
    // SAFETY: the caller's promise.
    let (cx, seen) = unsafe { (&*cx, &*seen) };
    let (x, y) = (Value::from_bits(x), Value::from_bits(y));
    if let (Some(a), Some(b)) = (x.downcast::<Table>(), y.downcast::<Table>())
        && !a.shape().has_meta()
        && !b.shape().has_meta()
    {
        note(seen, bits::operands::OTHER);
        return a.same(b) as u32;
    }
    // Whoever compares anything with anything is asked no more.
    if seen.get() & bits::operands::OTHER == 0 {
        note(seen, bits::class_of_both(x, y));
    }
    let Some(equal) = raw_equal(x, y) else { return ASK };
    if !equal
        && (x.is_table() && y.is_table() || x.is_userdata() && y.is_userdata())
        && cx.binary_method(x, y, Event::Eq).is_some()
    {
        return ASK;
    }
    equal as u32
}

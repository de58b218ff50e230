//! Userdata: Rust values held by Lua, and light userdata too wide for a value's payload.

use crate::heap::{Heap, Marker};
use crate::object::{Gc, Header, HeapObject, Kind, Slot, flag};
use crate::table::Table;
use crate::value::{Value, tag};
use std::any::Any;
use std::cell::{Cell, RefCell};

/// A full userdata: a Rust value, user values and a metatable.
#[repr(C)]
pub struct Userdata {
    header: Header,
    metatable: Cell<*const Table>,
    user_values: Box<[Slot]>,
    /// The Rust value; `None` once it has been taken out (closed).
    pub data: RefCell<Option<Box<dyn Any>>>,
}

// SAFETY: `repr(C)`, header first with this kind; `trace` reports all references.
unsafe impl HeapObject for Userdata {
    const KIND: Kind = Kind::Userdata;
    const TAG: u64 = tag::OBJECT;
    const OWNS: bool = true;

    fn trace(&self, m: &mut Marker<'_>) {
        m.object(self.metatable.get());
        m.values(&self.user_values);
    }
}

impl Userdata {
    /// A userdata without metatable.
    pub fn new<'g>(heap: &'g Heap, data: Box<dyn Any>, user_values: usize) -> Gc<'g, Userdata> {
        let header = Header::new(Kind::Userdata);
        header.set_flag(flag::OWNS, true);
        heap.alloc(Userdata {
            header,
            metatable: Cell::new(std::ptr::null()),
            user_values: (0..user_values).map(|_| Slot::new(Value::NIL)).collect(),
            data: RefCell::new(Some(data)),
        })
    }

    /// The metatable.
    pub fn metatable<'g>(&'g self) -> Option<Gc<'g, Table>> {
        let p = self.metatable.get();
        // SAFETY: a userdata keeps its metatable alive.
        if p.is_null() { None } else { Some(unsafe { Gc::from_ptr(p) }) }
    }

    /// Sets the metatable. Arming `__gc` is the caller's.
    pub(crate) fn set_metatable(&self, heap: &Heap, mt: Option<Gc<'_, Table>>) {
        self.metatable.set(mt.map_or(std::ptr::null(), |t| t.as_ptr() as *const Table));
        heap.barrier(&self.header);
    }

    /// The user values.
    pub fn user_values(&self) -> &[Slot] {
        &self.user_values
    }

    /// Sets a user value; false if there is no such.
    pub(crate) fn set_user_value(&self, heap: &Heap, index: usize, v: Value<'_>) -> bool {
        let Some(s) = self.user_values.get(index) else { return false };
        s.set(v);
        heap.barrier(&self.header);
        true
    }
}

/// A light userdata that doesn't fit 48 bits. Compared by content.
#[repr(C)]
pub struct Light64 {
    header: Header,
    /// The word.
    pub word: u64,
}

// SAFETY: `repr(C)`, header first with this kind; it holds no references.
unsafe impl HeapObject for Light64 {
    const KIND: Kind = Kind::Light64;
    const TAG: u64 = tag::OBJECT;

    fn trace(&self, _: &mut Marker<'_>) {}
}

/// A light userdata value.
pub fn light(heap: &Heap, word: u64) -> Value<'_> {
    if word >> 48 == 0 {
        Value::pointer(tag::LIGHT, word as *const u8)
    } else {
        Value::object(heap.alloc(Light64 { header: Header::new(Kind::Light64), word }))
    }
}

//! Metatables and metamethods.

use super::{Table, TableCx, mark, table_flag};
use crate::events::Event;
use crate::object::Gc;
use crate::shape::Meta;
use crate::string::Str;
use crate::value::Value;

/// Events whose absence is remembered.
const CACHED_EVENTS: u32 = u16::BITS;

impl Table {
    /// Remembers that this table has been a metatable; returns whether it was one before.
    fn use_as_meta(&self) -> bool {
        let marks = self.marks.get();
        self.marks.set(marks | mark::USED_AS_META);
        marks & mark::USED_AS_META != 0
    }

    /// The metatable.
    #[inline(always)]
    pub fn metatable<'g>(&'g self) -> Option<Gc<'g, Table>> {
        match self.shape().get().meta() {
            Meta::None => None,
            Meta::Fixed(m) => Some(m),
            Meta::Structural { slot, .. } | Meta::Dynamic { slot } => {
                self.slot(slot).get().downcast()
            }
        }
    }
}

impl<'g> Gc<'g, Table> {
    /// Sets the metatable. Arming `__gc` is the caller's.
    pub fn set_metatable(self, cx: TableCx<'g>, to: Option<Gc<'g, Table>>) {
        let old = self.metatable();
        if old.map(Gc::as_ptr) == to.map(Gc::as_ptr) {
            return;
        }
        self.before_layout_change(cx);
        let first_use = !to.is_some_and(|m| m.use_as_meta());
        let shape = self.shape();
        let shared = match to {
            _ if shape.is_private() => None,
            None => cx.shapes.without_meta(shape),
            Some(m) => Some(cx.shapes.child_for_meta(cx.heap, shape, &self, m, first_use)),
        };
        let new = match shared {
            Some(s) => s,
            None => cx.shapes.private_copy(cx.heap, shape, to, None),
        };
        match (new.meta(), to) {
            (Meta::Structural { slot, .. } | Meta::Dynamic { slot }, Some(m)) => {
                self.reserve_slots(cx, slot + 1);
                self.slot(slot).set(Value::object(m));
                if matches!(new.meta(), Meta::Structural { .. }) {
                    m.header.set_flag(table_flag::STRUCT_META, true);
                }
            }
            _ => {
                if let Meta::Structural { slot, .. } | Meta::Dynamic { slot } = shape.meta() {
                    self.slot(slot).set(Value::NIL);
                }
            }
        }
        self.set_shape(cx.heap, new);
    }

    /// The metamethod that this table, as a metatable, has for an event, or nil. `key` is the event's key.
    #[inline(always)]
    pub fn fast_event(self, e: Event, key: Gc<'g, Str>) -> Value<'g> {
        let number = e as u32;
        if number < CACHED_EVENTS && self.absent.get() & 1 << number != 0 {
            return Value::NIL;
        }
        self.find_event(number, key)
    }

    #[inline]
    fn find_event(self, number: u32, key: Gc<'g, Str>) -> Value<'g> {
        let v = self.get_str(key);
        if v.is_nil() && number < CACHED_EVENTS {
            self.absent.set(self.absent.get() | 1 << number);
        }
        v
    }
}

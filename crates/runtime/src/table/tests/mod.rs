//! Tests of tables, and what tests of strings and shapes share with them.

mod arrays;
mod borders;
mod cached;
mod model;
mod parts;
mod weak;

use super::*;
use crate::heap::RootSet;
use std::cell::RefCell;

/// What a state has of what tables need. Values pushed to `roots` survive collections.
pub(crate) struct World {
    pub(crate) heap: Heap,
    pub(crate) strings: Strings,
    pub(crate) shapes: Shapes,
    pub(crate) roots: RefCell<Vec<Slot>>,
}

impl RootSet for World {
    fn trace_roots(&self, m: &mut Marker<'_>) {
        m.values(&self.roots.borrow());
        for e in Event::ALL {
            m.object(self.strings.event_key(&self.heap, *e).as_ptr() as *const Str);
        }
        self.shapes.trace_roots(m);
    }

    fn clear_weak(&self, heap: &Heap, is_dead: &dyn Fn(*const u8) -> bool, major: bool) {
        self.strings.clear_dead(is_dead, major);
        self.shapes.clear_dead(heap, is_dead, major);
    }
}

impl World {
    pub(crate) fn new() -> World {
        let heap = Heap::new();
        let w = World {
            strings: Strings::new(&heap, 0x5eed),
            heap,
            shapes: Shapes::new(),
            roots: RefCell::default(),
        };
        for e in Event::ALL {
            w.strings.mark_event(w.str(e.key()), *e);
        }
        w
    }

    pub(crate) fn cx(&self) -> TableCx<'_> {
        TableCx { heap: &self.heap, strings: &self.strings, shapes: &self.shapes }
    }

    pub(crate) fn str(&self, s: &str) -> Gc<'_, Str> {
        self.strings.new_str(&self.heap, s.as_bytes())
    }

    pub(crate) fn table(&self) -> Gc<'_, Table> {
        Table::new(self.cx(), 0, 0)
    }

    /// An empty table with room for fields in the object.
    pub(crate) fn with_room(&self, fields: usize) -> Gc<'_, Table> {
        Table::new(self.cx(), 0, fields)
    }

    /// `{a = 1, b = 2, …}`
    pub(crate) fn record<'g>(&'g self, keys: &[&str]) -> Gc<'g, Table> {
        let t = self.table();
        for (i, k) in (1..).zip(keys) {
            self.set(t, k, Value::small_int(i));
        }
        t
    }

    /// `{__index = class}`
    pub(crate) fn index_meta<'g>(&'g self, class: Gc<'g, Table>) -> Gc<'g, Table> {
        let m = self.table();
        self.set(m, "__index", Value::object(class));
        m
    }

    pub(crate) fn set<'g>(&'g self, t: Gc<'g, Table>, key: &str, v: Value<'g>) {
        t.set_str(self.cx(), self.str(key), v);
    }

    pub(crate) fn get<'g>(&'g self, t: Gc<'g, Table>, key: &str) -> Value<'g> {
        t.get_str(self.str(key))
    }

    pub(crate) fn set_meta<'g>(&'g self, t: Gc<'g, Table>, m: Gc<'g, Table>) {
        t.set_metatable(self.cx(), Some(m));
        assert!(t.metatable() == Some(m));
    }

    /// Keeps a value alive; the number is for [`World::rooted`].
    pub(crate) fn root(&self, v: Value<'_>) -> usize {
        self.roots.borrow_mut().push(Slot::new(v));
        self.roots.borrow().len() - 1
    }

    pub(crate) fn rooted(&self, i: usize) -> Value<'_> {
        self.roots.borrow()[i].get()
    }

    pub(crate) fn rooted_table(&self, i: usize) -> Gc<'_, Table> {
        self.rooted(i).downcast().expect("a table was rooted")
    }
}

/// A linear congruential generator: the tests must not depend on a crate for one.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }
}

pub(crate) fn int(i: i32) -> Value<'static> {
    Value::small_int(i)
}

/// What a traversal by `next` yields; checks that one by position yields the same.
pub(crate) fn entries<'g>(t: Gc<'g, Table>) -> Vec<(Value<'g>, Value<'g>)> {
    let (mut key, mut position, mut all) = (Value::NIL, 0, Vec::new());
    while let Some((k, v)) = t.next(key).expect("the key came from `next`") {
        let (k2, v2) = t.next_at(&mut position).expect("positions go as far");
        assert_eq!((k.bits(), v.bits()), (k2.bits(), v2.bits()));
        all.push((k, v));
        key = k;
    }
    assert!(t.next_at(&mut position).is_none());
    assert!(t.next_at(&mut position).is_none());
    all
}

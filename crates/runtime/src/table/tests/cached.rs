//! Inline caches: what is cached, and that it is forgotten in time.

use super::cache::{GetResolution, PropertyCache, SetResolution, lookup_get, lookup_set};
use super::*;
use crate::shape::watch::MAX_CACHED_CHAIN;

/// A class with one method and an object of it, by the idiom with a fresh metatable.
fn object_of(w: &World) -> (Gc<'_, Table>, Gc<'_, Table>) {
    let class = w.record(&["method"]);
    let o = w.record(&["x"]);
    w.set_meta(o, w.index_meta(class));
    (o, class)
}

fn cached<'g>(w: &'g World, t: Gc<'g, Table>, key: &str) -> PropertyCache {
    let cache = PropertyCache::new();
    let r = lookup_get(w.cx(), t, w.str(key));
    assert!(cache.fill_get(t.shape(), &r), "{key} is cacheable");
    cache
}

fn hit(cache: &PropertyCache, t: Gc<'_, Table>) -> Option<Option<i64>> {
    cache.try_get(t).map(|v| v.as_int())
}

#[test]
fn own_fields_hit_wherever_they_are() {
    let w = World::new();
    for fields in [0, 2] {
        let t = Table::new(w.cx(), 0, fields);
        for i in 0..5 {
            w.set(t, &format!("f{i}"), int(i));
        }
        for i in 0..5 {
            let c = cached(&w, t, &format!("f{i}"));
            assert_eq!(hit(&c, t), Some(Some(i as i64)));
            assert_eq!(hit(&c, w.table()), None);
        }
        let c = cached(&w, t, "missing");
        assert_eq!(hit(&c, t), Some(None));
    }
}

#[test]
fn a_nil_field_is_a_miss_if_a_metamethod_may_know_better() {
    let w = World::new();
    let (o, class) = object_of(&w);
    w.set(class, "x", int(7));
    let c = cached(&w, o, "x");
    assert_eq!(hit(&c, o), Some(Some(1)));
    w.set(o, "x", Value::NIL);
    assert_eq!(hit(&c, o), None);
}

#[test]
fn methods_are_found_through_index() {
    let w = World::new();
    let (o, class) = object_of(&w);
    let c = cached(&w, o, "method");
    assert_eq!(hit(&c, o), Some(Some(1)));
    let (other, _) = (w.record(&["x"]), ());
    w.set_meta(other, w.index_meta(class));
    assert_eq!(hit(&c, other), Some(Some(1)), "all objects of the class share the shape");
    w.set(class, "method", int(2));
    assert_eq!(hit(&c, o), Some(Some(2)), "a new definition is found in the same place");
    w.set(class, "method", Value::NIL);
    assert_eq!(hit(&c, o), None);
}

/// Each of these must make the cached lookups of an object's inherited and missing fields miss.
#[test]
fn every_relevant_change_on_the_chain_flips() {
    type Change = for<'g> fn(&'g World, Chain<'g>);
    let changes: &[(&str, Change)] = &[
        ("new field in the class", |w, c| w.set(c.class, "new", int(1))),
        ("computed", |w, c| c.class.set(w.cx(), Value::object(w.str("new")), int(1)).unwrap()),
        ("new field in its base", |w, c| w.set(c.base, "new", int(1))),
        ("a nil field gets a value", |w, c| w.set(c.class, "cleared", int(1))),
        ("metatable of the class taken away", |w, c| c.class.set_metatable(w.cx(), None)),
        ("metatable of the class replaced", |w, c| w.set_meta(c.class, w.table())),
        ("metatable of the base set", |w, c| w.set_meta(c.base, w.table())),
        ("__index of the class's metatable", |w, c| {
            let m = c.class.metatable().unwrap();
            w.set(m, "__index", Value::object(w.table()));
        }),
        ("__index removed there", |w, c| {
            let m = c.class.metatable().unwrap();
            w.set(m, "__index", Value::NIL);
        }),
        ("a metamethod of the class's metatable", |w, c| {
            w.set(c.class.metatable().unwrap(), "__newindex", Value::TRUE);
        }),
        ("__index of the object's own metatable", |w, c| {
            w.set(c.object.metatable().unwrap(), "__index", Value::object(w.table()));
        }),
        ("a metamethod of the object's own metatable", |w, c| {
            w.set(c.object.metatable().unwrap(), "__newindex", Value::TRUE);
        }),
        ("metatable of the object's own metatable", |w, c| {
            w.set_meta(c.object.metatable().unwrap(), w.table());
        }),
    ];
    for fixed in [false, true] {
        for (what, change) in changes {
            let w = World::new();
            let chain = Chain::new(&w, fixed);
            let caches = ["inherited", "deep", "missing"].map(|k| cached(&w, chain.object, k));
            let expected = [Some(Some(2)), Some(Some(1)), Some(None)];
            assert_eq!(caches.each_ref().map(|c| hit(c, chain.object)), expected);
            change(&w, chain);
            for c in &caches {
                assert_eq!(hit(c, chain.object), None, "{what}, {fixed}");
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Chain<'g> {
    object: Gc<'g, Table>,
    class: Gc<'g, Table>,
    base: Gc<'g, Table>,
}

impl<'g> Chain<'g> {
    /// `object` → `class` → `base`. If `fixed`, the object's metatable has another field, so that it isn't one
    /// known by its shape.
    fn new(w: &'g World, fixed: bool) -> Chain<'g> {
        let base = w.record(&["deep"]);
        let class = w.record(&["cleared", "inherited"]);
        w.set(class, "cleared", Value::NIL);
        w.set_meta(class, w.index_meta(base));
        let object = w.record(&["own"]);
        let m = w.index_meta(class);
        if fixed {
            w.set(m, "other", int(1));
        }
        w.set_meta(object, m);
        Chain { object, class, base }
    }
}

#[test]
fn irrelevant_changes_do_not_flip() {
    let w = World::new();
    let chain = Chain::new(&w, false);
    let c = cached(&w, chain.object, "deep");
    w.set(chain.class, "inherited", int(9));
    w.set(chain.base, "deep", int(10));
    chain.class.set_int(w.cx(), 1, int(1)).unwrap();
    w.set(chain.object, "another", int(1));
    w.set(chain.class, "unknown", Value::NIL);
    let o = w.record(&["own"]);
    w.set_meta(o, w.index_meta(chain.class));
    assert_eq!(hit(&c, o), Some(Some(10)));
}

#[test]
fn private_shapes_forget_what_they_lack_when_they_get_it() {
    let w = World::new();
    let t = w.record(&["a"]);
    t.make_private(w.cx());
    let (a, b) = (cached(&w, t, "a"), cached(&w, t, "b"));
    assert_eq!((hit(&a, t), hit(&b, t)), (Some(Some(1)), Some(None)));
    w.set(t, "b", int(2));
    assert_eq!((hit(&a, t), hit(&b, t)), (Some(Some(1)), None));
    let c = cached(&w, t, "c");
    w.set_meta(t, w.index_meta(w.record(&["c"])));
    assert_eq!((hit(&a, t), hit(&c, t)), (None, None));
    let c = cached(&w, t, "c");
    assert_eq!(hit(&c, t), Some(Some(1)));
}

#[test]
fn a_chain_that_keeps_changing_is_no_longer_cached() {
    let w = World::new();
    let (o, class) = object_of(&w);
    let mut cacheable = 0;
    for i in 0..1000 {
        w.set(class, &format!("m{i}"), int(i));
        match lookup_get(w.cx(), o, w.str("method")) {
            GetResolution::Holder { .. } => cacheable += 1,
            _ => assert!(cacheable >= 50),
        }
    }
    assert!(cacheable <= 200);
}

#[test]
fn loops_and_long_chains_are_not_cached() {
    let w = World::new();
    let t = w.table();
    w.set(t, "__index", Value::object(t));
    w.set_meta(t, t);
    assert!(matches!(lookup_get(w.cx(), t, w.str("x")), GetResolution::Uncacheable));

    let mut last = w.record(&["x"]);
    for _ in 0..MAX_CACHED_CHAIN + 5 {
        let next = w.table();
        w.set_meta(next, w.index_meta(last));
        last = next;
    }
    assert!(matches!(lookup_get(w.cx(), last, w.str("x")), GetResolution::Uncacheable));
    // A class that is its own metatable's `__index`, and its own metatable, but not a loop for fields it has.
    let class = w.record(&["method"]);
    w.set(class, "__index", Value::object(class));
    let o = w.table();
    w.set_meta(o, class);
    assert_eq!(hit(&cached(&w, o, "method"), o), Some(Some(1)));
    assert_eq!(hit(&cached(&w, o, "missing"), o), Some(None));
}

#[test]
fn other_indexes_are_not_cached() {
    let w = World::new();
    let o = w.table();
    let m = w.table();
    w.set(m, "__index", Value::TRUE);
    w.set_meta(o, m);
    assert!(matches!(lookup_get(w.cx(), o, w.str("x")), GetResolution::Uncacheable));
}

#[test]
fn types_have_shapes_too() {
    let w = World::new();
    let library = w.record(&["upper"]);
    let m = w.index_meta(library);
    let shape = w.shapes.for_type(&w.heap, m);
    let cache = PropertyCache::new();
    let r = super::cache::lookup_get_of_type(w.cx(), shape, w.str("upper"));
    assert!(cache.fill_get(shape, &r));
    assert_eq!(cache.get_beyond().and_then(|v| v.as_int()), Some(1));
    w.set(library, "lower", int(2));
    assert!(cache.get_beyond().is_none());
}

fn set_cache<'g>(w: &'g World, t: Gc<'g, Table>, key: &str) -> Option<PropertyCache> {
    let cache = PropertyCache::new();
    let r = lookup_set(w.cx(), t, w.str(key), int(1));
    cache.fill_set(t.shape(), &r).then_some(cache)
}

#[test]
fn constructors_are_cached() {
    let w = World::new();
    for fields in [0, 2] {
        let first = Table::new(w.cx(), 0, fields);
        let mut caches = Vec::new();
        for i in 0..10 {
            let key = format!("f{i}");
            caches.push(set_cache(&w, first, &key).unwrap());
            w.set(first, &key, int(i));
        }
        let second = Table::new(w.cx(), 0, fields);
        for (i, c) in (0..).zip(&caches) {
            let before = second.shape();
            assert!(c.try_set(&w.heap, second, Value::NIL));
            assert!(second.shape().same(before), "nil adds nothing");
            assert!(c.try_set(&w.heap, second, int(i)));
        }
        assert!(first.shape().same(second.shape()));
        assert_eq!(w.get(second, "f7").as_int(), Some(7));
    }
}

#[test]
fn existing_fields_are_replaced() {
    let w = World::new();
    let t = w.record(&["a"]);
    let c = set_cache(&w, t, "a").unwrap();
    assert!(c.try_set(&w.heap, t, Value::NIL));
    assert!(c.try_set(&w.heap, t, int(5)), "nil may be replaced if there is no metatable");
    w.set_meta(t, w.record(&["__len"]));
    assert!(!c.try_set(&w.heap, t, int(6)));
    let c = set_cache(&w, t, "a").unwrap();
    assert!(c.try_set(&w.heap, t, Value::NIL));
    assert!(!c.try_set(&w.heap, t, int(6)), "__newindex may apply");
}

#[test]
fn additions_depend_on_newindex() {
    let w = World::new();
    for structural in [false, true] {
        let class = w.record(&["method"]);
        let meta = || {
            let m = w.index_meta(class);
            if !structural {
                w.set(m, "other", int(1));
            }
            m
        };
        let m = meta();
        let make = |m| {
            let t = w.table();
            w.set_meta(t, m);
            t
        };
        let c = set_cache(&w, make(m), "x").unwrap();
        let t = make(m);
        assert!(c.try_set(&w.heap, t, int(1)));
        let t = make(m);
        w.set(m, "__newindex", Value::TRUE);
        assert!(!c.try_set(&w.heap, t, int(1)));
        assert!(set_cache(&w, t, "x").is_none());
    }
}

#[test]
fn metamethods_are_set_by_caches_where_they_are_new() {
    let w = World::new();
    let class = Value::object(w.table());
    let index = w.str("__index");
    let set_index = |t: Gc<'_, Table>, v| {
        let cache = PropertyCache::new();
        cache.fill_set(t.shape(), &lookup_set(w.cx(), t, index, v)).then_some(cache)
    };
    // One that isn't a table may have to be called.
    assert!(set_index(w.with_room(2), int(1)).is_none());
    let first = w.with_room(2);
    let cache = set_index(first, class).unwrap();
    w.set(first, "__index", class);
    assert!(set_index(first, class).is_none(), "it isn't new");
    let second = w.with_room(2);
    assert!(!cache.try_set(&w.heap, second, Value::object(w.table())), "another class");
    assert!(cache.try_set(&w.heap, second, class));
    assert!(first.shape().same(second.shape()));
    assert_eq!(w.get(second, "__index").bits(), class.bits());
    // Not to a table that something relies on.
    let third = w.with_room(2);
    third.mark_watched();
    assert!(!cache.try_set(&w.heap, third, class));
    // Nor are fields added by them to what may be a metatable known by its shape.
    let m = w.index_meta(w.table());
    assert!(matches!(lookup_set(w.cx(), m, w.str("x"), int(1)), SetResolution::Uncacheable));
}

#[test]
fn watched_tables_hear_of_cached_writes() {
    let w = World::new();
    let chain = Chain::new(&w, false);
    let write = set_cache(&w, chain.class, "cleared").unwrap();
    let read = cached(&w, chain.object, "cleared");
    assert!(!write.try_set(&w.heap, chain.class, int(1)), "watching changed the shape");
    let write = set_cache(&w, chain.class, "cleared").unwrap();
    assert!(!write.try_set(&w.heap, chain.class, int(1)), "nil must not be replaced");
    let write = set_cache(&w, chain.class, "inherited").unwrap();
    assert!(write.try_set(&w.heap, chain.class, int(1)));
    assert_eq!(hit(&read, chain.object), Some(None));
}

#[test]
fn dead_shapes_leave_caches() {
    let w = World::new();
    let cache = {
        let (o, _) = object_of(&w);
        cached(&w, o, "method")
    };
    w.heap.collect_full(&w);
    cache.clear_dead(&|_| true);
    assert!(cache.shape.get().is_null());
}

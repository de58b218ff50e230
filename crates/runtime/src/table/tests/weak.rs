//! What collections do to tables.

use super::*;

fn mode<'g>(w: &'g World, t: Gc<'g, Table>, mode: &str) {
    let m = w.table();
    w.set(m, "__mode", Value::object(w.str(mode)));
    w.set_meta(t, m);
}

#[test]
fn weak_values_go() {
    let w = World::new();
    let t = w.root(Value::object(w.table()));
    let keep = w.root(Value::object(w.table()));
    {
        let t = w.rooted_table(t);
        mode(&w, t, "v");
        w.set(t, "dies", Value::object(w.table()));
        w.set(t, "lives", w.rooted(keep));
        w.set(t, "string", Value::object(w.str("not an object")));
        for i in 1..=4 {
            t.set_int(w.cx(), i, Value::object(w.table())).unwrap();
        }
        t.set_int(w.cx(), 2, w.rooted(keep)).unwrap();
        t.set(w.cx(), Value::TRUE, Value::object(w.table())).unwrap();
        t.set(w.cx(), Value::object(w.table()), w.rooted(keep)).unwrap();
        t.set(w.cx(), w.heap.int(i64::MAX), w.heap.int(i64::MIN)).unwrap();
        t.set_int(w.cx(), 1 << 20, Value::object(w.table())).unwrap();
    }
    w.heap.collect_full(&w);
    w.heap.verify_heap(&w);
    let t = w.rooted_table(t);
    assert!(w.get(t, "dies").is_nil() && t.get_value(Value::TRUE).is_nil());
    assert!(!w.get(t, "lives").is_nil() && !w.get(t, "string").is_nil());
    assert_eq!(t.len_border(), 2);
    assert!(!t.has_hashed_ints() || t.get_int(i64::MAX).as_int() == Some(i64::MIN));
    assert_eq!(entries(t).len(), 5);
    w.heap.collect_full(&w);
    assert_eq!(entries(t).len(), 5);
}

#[test]
fn ephemerons_go() {
    let w = World::new();
    let t = w.root(Value::object(w.table()));
    let key = w.root(Value::object(w.table()));
    {
        let t = w.rooted_table(t);
        mode(&w, t, "k");
        t.set(w.cx(), w.rooted(key), Value::object(w.table())).unwrap();
        let k = Value::object(w.table());
        t.set(w.cx(), k, k).unwrap();
        w.set(t, "name", Value::object(w.table()));
        t.set_int(w.cx(), 1, Value::object(w.table())).unwrap();
        t.set_int(w.cx(), -1, Value::object(w.table())).unwrap();
        let long = Value::object(w.str(&"long ".repeat(20)));
        t.set(w.cx(), long, Value::object(w.table())).unwrap();
    }
    w.heap.collect_full(&w);
    w.heap.verify_heap(&w);
    assert_eq!(entries(w.rooted_table(t)).len(), 5);
}

#[test]
fn next_finds_its_way_from_dead_keys() {
    let w = World::new();
    let t = w.root(Value::object(w.table()));
    let key = w.root(Value::NIL);
    for i in 0..10 {
        let t = w.rooted_table(t);
        t.set(w.cx(), Value::object(w.table()), int(1)).unwrap();
        t.set(w.cx(), Value::object(w.str(&format!("{i} ").repeat(30))), int(1)).unwrap();
        t.set(w.cx(), w.heap.int(i64::MAX - i), int(1)).unwrap();
    }
    let mut n = 0;
    while let Some((k, _)) = w.rooted_table(t).next(w.rooted(key)).unwrap() {
        w.roots.borrow()[key].set(k);
        w.rooted_table(t).set(w.cx(), k, Value::NIL).unwrap();
        if n % 3 == 0 {
            w.heap.collect_minor(&w);
        } else {
            w.heap.collect_full(&w);
        }
        n += 1;
    }
    assert_eq!(n, 30);
}

#[test]
fn shapes_die_with_their_tables() {
    let w = World::new();
    let keep = w.root(Value::object(w.record(&["a", "b"])));
    for i in 0..100 {
        let t = w.record(&["a", "b"]);
        w.set(t, &format!("c{i}"), int(1));
        w.set_meta(t, w.record(&["__len"]));
    }
    let before = w.shapes.len();
    w.heap.collect_full(&w);
    w.heap.verify_heap(&w);
    assert!(before > 100 && w.shapes.len() <= 5, "{before}, {}", w.shapes.len());
    let t = w.record(&["a", "b"]);
    assert!(t.shape().same(w.rooted_table(keep).shape()), "live shapes are still found");
    for i in 0..100 {
        let t = w.record(&["a", "b"]);
        w.set(t, &format!("d{i}"), int(1));
        w.heap.collect_minor(&w);
    }
    assert!(w.shapes.len() <= 6);
}

#[test]
fn watched_tables_may_die() {
    let w = World::new();
    let o = w.root(Value::object(w.record(&["x"])));
    for i in 0..20 {
        let class = w.record(&["m"]);
        let o = w.rooted_table(o);
        w.set_meta(o, w.index_meta(class));
        let r = cache::lookup_get(w.cx(), o, w.str("m"));
        assert!(matches!(r, cache::GetResolution::Holder { .. }));
        if i % 2 == 0 {
            w.heap.collect_full(&w);
        } else {
            w.heap.collect_minor(&w);
        }
        w.heap.verify_heap(&w);
    }
    assert!(w.shapes.watched() <= 4);
}

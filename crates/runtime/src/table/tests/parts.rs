//! Array, hash part and slots, each by itself.

use super::*;
use crate::shape::Meta;

#[test]
fn a_table_is_small_and_its_offsets_are_fixed() {
    assert_eq!((TABLE_SHAPE, TABLE_SLOTS, TABLE_ARRAY), (8, 16, 24));
    assert_eq!((TABLE_ARRAY_LEN, TABLE_ARRAY_CAP, TABLE_HASH), (32, 36, 40));
    assert_eq!((TABLE_ARRAY_KIND, TABLE_INLINE_SLOTS), (4, 48));
}

#[test]
fn fields_are_found_in_every_size() {
    for fields in [0, 2, 5, 100] {
        let w = World::new();
        let t = Table::new(w.cx(), 0, fields);
        for i in 0..300 {
            w.set(t, &format!("k{i}"), int(i));
            assert_eq!(t.shape().is_private(), i >= 128);
        }
        for i in 0..300 {
            assert_eq!(w.get(t, &format!("k{i}")).as_int(), Some(i as i64));
        }
        assert!(w.get(t, "k300").is_nil());
        assert_eq!(entries(t).len(), 300);
    }
}

#[test]
fn tables_made_alike_share_a_shape() {
    let w = World::new();
    let (a, b) = (w.record(&["x", "y"]), w.record(&["x", "y"]));
    assert!(a.shape().same(b.shape()));
    let c = w.record(&["y", "x"]);
    assert!(!a.shape().same(c.shape()));
    w.set(a, "x", Value::NIL);
    assert!(a.shape().same(b.shape()), "clearing a field keeps the shape");
    w.set(a, "nothing", Value::NIL);
    assert!(a.shape().same(b.shape()), "so does a nil that isn't stored");
    assert_eq!(entries(a).len(), 1);
}

#[test]
fn computed_keys_make_a_private_shape_sooner() {
    let w = World::new();
    let t = w.table();
    for i in 0..40 {
        assert_eq!(t.set(w.cx(), Value::object(w.str(&format!("k{i}"))), int(i)), Ok(()));
        assert_eq!(t.shape().is_private(), i >= 32);
    }
    // Many tables with one computed key each stop making shapes.
    let shared = (0..1000).filter(|i| {
        let t = w.table();
        assert_eq!(t.set(w.cx(), Value::object(w.str(&format!("only {i}"))), int(1)), Ok(()));
        !t.shape().is_private()
    });
    assert!(shared.count() <= 64);
}

#[test]
fn a_dictionary_that_churns_stays_small() {
    let w = World::new();
    let t = w.table();
    t.make_private(w.cx());
    for i in 0..100 {
        w.set(t, &format!("stays {i}"), int(i));
    }
    let before = t.shape_ptr();
    for i in 0..10_000 {
        let key = format!("goes {i}");
        w.set(t, &key, int(i));
        w.set(t, &key, Value::NIL);
    }
    assert!(t.shape().count() < 512);
    assert!(t.shape_ptr() != before, "renumbered slots need a new identity");
    assert_eq!(entries(t).len(), 100);
    assert_eq!(w.get(t, "stays 42").as_int(), Some(42));
}

#[test]
fn filled_tables_have_the_values_of_their_shape() {
    let w = World::new();
    let shape = w.record(&["x", "y", "z"]).get().shape();
    let t = Table::filled(w.cx(), shape, [int(1), Value::TRUE]);
    assert!(t.shape().same(shape));
    assert_eq!(w.get(t, "x").as_int(), Some(1));
    assert_eq!(w.get(t, "y").as_bool(), Some(true));
    assert!(w.get(t, "z").is_nil());
}

#[test]
fn keys_are_what_lua_says_they_are() {
    let w = World::new();
    let t = w.table();
    let nan = Value::float(f64::NAN);
    assert_eq!(t.set(w.cx(), Value::NIL, int(1)), Err(KeyError::Nil));
    assert_eq!(t.set(w.cx(), nan, int(1)), Err(KeyError::NaN));
    assert_eq!(t.set(w.cx(), Value::float(-f64::NAN), int(1)), Err(KeyError::NaN));
    assert!(t.get_value(Value::NIL).is_nil() && t.get_value(nan).is_nil());

    t.set(w.cx(), Value::float(-0.0), int(1)).unwrap();
    assert_eq!(t.get_int(0).as_int(), Some(1));
    t.set(w.cx(), Value::float(3.0), int(2)).unwrap();
    assert_eq!(t.get_int(3).as_int(), Some(2));
    let big = 1i64 << 60;
    t.set(w.cx(), Value::float(big as f64), int(3)).unwrap();
    assert_eq!(t.get_value(w.heap.int(big)).as_int(), Some(3), "another cell, the same integer");
    t.set(w.cx(), w.heap.int(i64::MIN), int(4)).unwrap();
    assert_eq!(t.get_value(Value::float(i64::MIN as f64)).as_int(), Some(4));
    t.set(w.cx(), Value::float(0.5), int(5)).unwrap();
    assert_eq!(t.get_value(Value::float(0.5)).as_int(), Some(5));
    let long = "long ".repeat(20);
    t.set(w.cx(), Value::object(w.str(&long)), int(6)).unwrap();
    assert_eq!(t.get_value(Value::object(w.str(&long))).as_int(), Some(6), "by content");
    let light = crate::userdata::light(&w.heap, u64::MAX);
    t.set(w.cx(), light, int(7)).unwrap();
    assert_eq!(t.get_value(crate::userdata::light(&w.heap, u64::MAX)).as_int(), Some(7));
    t.set(w.cx(), Value::FALSE, int(8)).unwrap();
    assert_eq!(t.get_value(Value::FALSE).as_int(), Some(8));
    assert!(t.get_value(Value::TRUE).is_nil());
    assert!(t.get_value(Value::float(2f64.powi(63))).is_nil());
    assert_eq!(entries(t).len(), 8);
}

#[test]
fn next_refuses_keys_that_are_not_there() {
    let w = World::new();
    let t = Table::new(w.cx(), 2, 0);
    for i in 1..=2 {
        t.set_int(w.cx(), i, int(10)).unwrap();
    }
    for key in [int(3), int(0), Value::TRUE, Value::object(w.str("x")), Value::float(f64::NAN)] {
        assert!(matches!(t.next(key), Err(InvalidKey)));
    }
    assert!(t.next(int(2)).is_ok_and(|e| e.is_none()));
    assert!(t.next(Value::float(1.0)).is_ok_and(|e| e.is_some()), "an integer in disguise");
}

#[test]
fn a_traversal_may_clear_what_it_visits() {
    let w = World::new();
    let t = w.record(&["a", "b", "c"]);
    for i in 1..=20 {
        t.set_int(w.cx(), i, int(1)).unwrap();
        t.set(w.cx(), Value::float(i as f64 + 0.5), int(1)).unwrap();
        t.set(w.cx(), Value::object(w.table()), int(1)).unwrap();
    }
    let (mut key, mut n) = (Value::NIL, 0);
    while let Some((k, _)) = t.next(key).unwrap() {
        t.set(w.cx(), k, Value::NIL).unwrap();
        (key, n) = (k, n + 1);
    }
    assert_eq!((n, entries(t).len()), (63, 0));
}

#[test]
fn hostile_and_regular_integers_do_not_cluster() {
    let w = World::new();
    for stride in [1i64 << 20, 1 << 32, 1 << 40, 0x9e37_79b9_7f4a_7c15u64 as i64 >> 16] {
        let t = w.table();
        let start = std::time::Instant::now();
        for i in 1..20_000i64 {
            t.set_int(w.cx(), -(i.wrapping_mul(stride)), Value::TRUE).unwrap();
        }
        assert!(start.elapsed().as_secs() < 5);
        assert_eq!(entries(t).len(), 19_999);
    }
}

#[test]
fn private_shapes_know_their_metatable() {
    let w = World::new();
    let (t, m) = (w.record(&["x"]), w.record(&["__len"]));
    w.set_meta(t, m);
    t.make_private(w.cx());
    assert!(t.metatable() == Some(m) && matches!(t.shape().meta(), Meta::Fixed(_)));
    let before = t.shape_ptr();
    t.set_metatable(w.cx(), None);
    assert!(t.metatable().is_none() && t.shape_ptr() != before);
    assert_eq!(w.get(t, "x").as_int(), Some(1));
}

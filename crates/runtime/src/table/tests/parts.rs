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
fn arrays_grow_shrink_and_widen() {
    let w = World::new();
    let t = w.table();
    for i in 1..=1000 {
        t.set_int(w.cx(), i, int(i as i32)).unwrap();
        assert_eq!((t.len_border(), t.array_kind()), (i, ArrayKind::Int));
    }
    assert!(t.hash.get().is_null());
    for i in (501..=1000).rev() {
        t.set_int(w.cx(), i, Value::NIL).unwrap();
        assert_eq!(t.len_border(), i - 1);
    }
    assert_eq!(t.array_kind(), ArrayKind::Int, "nil at the end pops");
    t.set_int(w.cx(), 499, Value::NIL).unwrap();
    assert_eq!((t.array_kind(), t.len_border()), (ArrayKind::Any, 500));
    t.set_int(w.cx(), 500, Value::NIL).unwrap();
    assert_eq!(t.len_border(), 498, "trailing nils go with the last element");

    let t = w.table();
    t.set_int(w.cx(), 1, Value::float(0.5)).unwrap();
    assert_eq!(t.array_kind(), ArrayKind::Float);
    t.set_int(w.cx(), 2, int(1)).unwrap();
    assert_eq!(t.array_kind(), ArrayKind::Any);
    let t = w.table();
    t.set_int(w.cx(), 1, w.heap.int(i64::MAX)).unwrap();
    assert_eq!(t.array_kind(), ArrayKind::Any, "integer cells aren't small integers");
}

#[test]
fn a_hash_part_from_which_everything_was_taken_over_is_freed() {
    let w = World::new();
    let t = w.table();
    for i in 2..=200 {
        t.set_int(w.cx(), i, int(i as i32)).unwrap();
    }
    assert!(t.hash.get().is_null());
    assert_eq!((t.array_len(), t.array_kind()), (200, ArrayKind::Any));
    assert_eq!(entries(t).len(), 199);
    // Not while there is another key in it.
    let u = w.table();
    u.set(w.cx(), Value::TRUE, int(1)).unwrap();
    for i in 2..=200 {
        u.set_int(w.cx(), i, int(i as i32)).unwrap();
    }
    assert_eq!((u.array_len(), entries(u).len()), (200, 200));
    assert_eq!(u.get_value(Value::TRUE).as_int(), Some(1));
}

#[test]
fn arrays_take_over_integers_from_the_hash_part() {
    let w = World::new();
    // Backwards.
    let t = w.table();
    for i in (1..=100).rev() {
        t.set_int(w.cx(), i, int(i as i32)).unwrap();
    }
    assert_eq!((t.array_len(), t.len_border()), (100, 100));
    // From 2 on, as sieves do.
    let t = w.table();
    for i in 2..=100 {
        t.set_int(w.cx(), i, Value::TRUE).unwrap();
    }
    assert!(t.array_len() > 50);
    assert!(t.get_int(1).is_nil());
    // Every other one.
    let t = w.table();
    for i in 0..1000 {
        t.set_int(w.cx(), i * 2 + 1, int(i as i32)).unwrap();
    }
    for i in 0..1000 {
        assert_eq!(t.get_int(i * 2 + 1).as_int(), Some(i));
        assert!(t.get_int(i * 2).is_nil());
    }
    let n = t.len_border();
    assert!((n == 0 || !t.get_int(n).is_nil()) && t.get_int(n + 1).is_nil());
    // The gap is closed.
    let t = w.table();
    for i in [3, 2, 5, 4, 1] {
        t.set_int(w.cx(), i, int(i as i32)).unwrap();
    }
    assert_eq!(t.array_len(), 5);
}

#[test]
fn powers_of_two_are_no_array() {
    let w = World::new();
    let t = w.table();
    for i in (0..62).rev() {
        t.set(w.cx(), Value::float(2f64.powi(i)), Value::TRUE).unwrap();
    }
    assert!(t.len_border() <= 4 && t.array_cap() <= 8);
    assert!(!t.get_int(1 << 61).is_nil());
    // In ascending order, each is stored behind an array that has holes.
    let t = w.table();
    for i in 0..62 {
        t.set_int(w.cx(), 1 << i, Value::TRUE).unwrap();
    }
    assert!(t.array_cap() <= 16);
    assert_eq!(entries(t).len(), 62);
}

#[test]
fn a_queue_stays_small() {
    let w = World::new();
    let t = w.table();
    for i in 1..=100_000 {
        t.set_int(w.cx(), i, Value::TRUE).unwrap();
        if i > 10 {
            t.set_int(w.cx(), i - 10, Value::NIL).unwrap();
        }
    }
    assert!(t.array_cap() <= 64);
    assert_eq!(entries(t).len(), 10);
}

#[test]
fn alternating_at_the_far_end_of_a_reserved_array_is_not_quadratic() {
    let w = World::new();
    let n = 1 << 20;
    let t = Table::new(w.cx(), n as usize, 0);
    for i in 0..100_000 {
        t.set_int(w.cx(), n - i % 7, Value::TRUE).unwrap();
        t.set_int(w.cx(), n - i % 7, Value::NIL).unwrap();
    }
    assert_eq!((t.len_border(), entries(t).len()), (0, 0));
}

#[test]
fn reserved_arrays_are_filled_in_any_order() {
    let w = World::new();
    let t = Table::new(w.cx(), 100, 0);
    for i in (1..=100).rev() {
        t.set_int(w.cx(), i, int(i as i32)).unwrap();
        assert_eq!(t.len_border(), 100);
    }
    assert!(t.hash.get().is_null());
}

#[test]
fn lists_are_stored_in_one_go() {
    let w = World::new();
    let values = |v: &[Value<'_>]| v.iter().map(|v| Slot::new(*v)).collect::<Vec<_>>();
    let t = w.table();
    t.set_list(w.cx(), 1, &values(&[int(1), int(2), Value::NIL, int(4), Value::NIL])).unwrap();
    assert_eq!((t.len_border(), t.array_kind()), (4, ArrayKind::Any));
    t.set_list(w.cx(), 6, &values(&[int(6)])).unwrap();
    assert_eq!(t.get_int(6).as_int(), Some(6));
    assert!(t.get_int(5).is_nil());
    t.set_list(w.cx(), 5, &values(&[int(5)])).unwrap();
    assert_eq!(t.len_border(), 6);
}

#[test]
fn elements_are_inserted_and_removed_in_the_middle() {
    let w = World::new();
    let t = Table::new(w.cx(), 10, 0);
    for i in 1..=5 {
        t.set_int(w.cx(), i, int(i as i32)).unwrap();
    }
    assert!(t.array_insert(&w.heap, 2, int(20)));
    assert!(!t.array_insert(&w.heap, 2, Value::TRUE), "the kind must not change");
    assert!(!t.array_insert(&w.heap, 7, int(1)), "not an element");
    assert_eq!(t.array_remove(&w.heap, 1).and_then(|v| v.as_int()), Some(1));
    assert!(t.array_remove(&w.heap, 6).is_none());
    let all: Vec<_> = (1..=6).map(|i| t.get_int(i).as_int()).collect();
    assert_eq!(all, [Some(20), Some(2), Some(3), Some(4), Some(5), None]);
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

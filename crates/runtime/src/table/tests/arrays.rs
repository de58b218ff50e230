//! The array part, and what it leaves to the hash part.

use super::*;
use crate::table::hash::HashPart;
use crate::table::rehash::{index_of, work};

/// Checks what is said of array and hash part in the module.
pub(crate) fn check_parts(t: Gc<'_, Table>) {
    let (elements, cap) = (t.elements(), t.array_cap());
    let has_nil = elements.iter().any(|e| e.get().is_nil());
    match t.array_kind() {
        ArrayKind::Holey => {
            assert!(t.array_cap.get() <= t.array_len() && cap == t.array_len() && cap > 0);
        }
        kind => {
            assert!(!has_nil && t.array_len() <= cap);
            let of = |e: &Slot| ArrayKind::of(e.get());
            assert!(kind == ArrayKind::Any || elements.iter().all(|e| of(e) == kind));
        }
    }
    for n in t.hash_part().map_or(&[][..], HashPart::nodes) {
        assert!(index_of(n.key.get()).is_none_or(|i| i > cap));
    }
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
    assert_eq!((t.array_kind(), t.len_border()), (ArrayKind::Holey, 500));
    t.set_int(w.cx(), 500, Value::NIL).unwrap();
    assert_eq!(t.len_border(), 498);

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
fn holes_are_forgotten_when_they_are_filled() {
    let w = World::new();
    let t = w.table();
    for i in [1, 2, 4] {
        t.set_int(w.cx(), i, int(1)).unwrap();
    }
    assert_eq!((t.array_kind(), t.array_cap()), (ArrayKind::Holey, 4));
    t.set_int(w.cx(), 3, int(1)).unwrap();
    t.set_int(w.cx(), 5, int(1)).unwrap();
    assert_eq!((t.array_kind(), t.array_cap(), t.array_len()), (ArrayKind::Int, 8, 5));
}

#[test]
fn a_hash_part_from_which_everything_was_taken_over_is_freed() {
    let w = World::new();
    let t = w.table();
    for i in 2..=256 {
        t.set_int(w.cx(), i, int(i as i32)).unwrap();
    }
    assert!(t.hash.get().is_null());
    assert_eq!((t.array_len(), t.array_kind()), (256, ArrayKind::Holey));
    assert_eq!(entries(t).len(), 255);
    // Not while there is another key in it.
    let u = w.table();
    u.set(w.cx(), Value::TRUE, int(1)).unwrap();
    for i in 2..=256 {
        u.set_int(w.cx(), i, int(i as i32)).unwrap();
    }
    assert_eq!((u.array_len(), entries(u).len()), (256, 256));
    assert_eq!(u.get_value(Value::TRUE).as_int(), Some(1));
}

#[test]
fn integers_are_in_the_array_where_a_third_of_it_is_used() {
    let w = World::new();
    let filled = |keys: &[i64]| {
        let t = w.table();
        for i in keys {
            t.set_int(w.cx(), *i, int(1)).unwrap();
            check_parts(t);
        }
        assert_eq!(entries(t).len(), keys.len());
        t
    };
    let backwards: Vec<_> = (1..=100).rev().collect();
    let t = filled(&backwards);
    assert!(t.array_cap() >= 64 && t.len_border() == 100);
    // From 2 on, as sieves do.
    let t = filled(&(2..=100).collect::<Vec<_>>());
    assert_eq!(t.array_cap(), 128);
    assert!(t.get_int(1).is_nil());
    // Every third.
    let t = filled(&(0..1000).map(|i| 1 + i * 3).collect::<Vec<_>>());
    assert!(t.array_cap() >= 2048);
    // Every fourth.
    let t = filled(&(0..1000).map(|i| 1 + i * 4).collect::<Vec<_>>());
    assert!(t.array_cap() <= 4);
    // The gap is closed.
    let t = filled(&[3, 2, 5, 4, 1]);
    assert_eq!((t.array_cap(), t.len_border()), (8, 5));
    // A gap within the capacity, one outside of it.
    let t = filled(&[1, 2, 3, 4, 5, 7]);
    assert_eq!((t.array_cap(), t.len_border()), (8, 5));
    let t = filled(&[1, 2, 3, 4, 5, 6, 7, 8, 100]);
    assert_eq!((t.array_cap(), t.len_border()), (8, 8));
}

#[test]
fn powers_of_two_are_no_array() {
    let w = World::new();
    let keys: Vec<_> = (0..62).map(|i| 1i64 << i).collect();
    for reversed in [true, false] {
        let t = w.table();
        for i in 0..keys.len() {
            let i = if reversed { keys.len() - 1 - i } else { i };
            t.set(w.cx(), Value::float(keys[i] as f64), Value::TRUE).unwrap();
        }
        assert!(t.array_cap() <= 16);
        assert!(!t.get_int(1 << 61).is_nil());
        assert_eq!(entries(t).len(), 62);
    }
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
    assert!(t.hash_part().is_none_or(|h| h.nodes().len() <= 64));
    assert_eq!(entries(t).len(), 10);
}

#[test]
fn room_that_was_asked_for_is_filled_in_any_order() {
    let w = World::new();
    let t = Table::new(w.cx(), 100, 0);
    for i in (1..=100).rev() {
        t.set_int(w.cx(), i, int(i as i32)).unwrap();
    }
    assert_eq!((t.array_cap(), t.len_border()), (100, 100));
    assert!(t.hash.get().is_null());
    // What was in the hash part before moves.
    let t = w.table();
    for i in [70, 90, 110] {
        t.set_int(w.cx(), i, int(1)).unwrap();
    }
    t.set(w.cx(), Value::TRUE, int(1)).unwrap();
    t.reserve_array(w.cx(), 100);
    check_parts(t);
    assert_eq!((t.array_cap(), entries(t).len()), (100, 4));
    t.reserve_array(w.cx(), 120);
    check_parts(t);
    assert_eq!((t.array_cap(), entries(t).len()), (120, 4));
}

#[test]
fn lists_are_stored_in_one_go() {
    let w = World::new();
    let values = |v: &[Value<'_>]| v.iter().map(|v| Slot::new(*v)).collect::<Vec<_>>();
    let t = w.table();
    t.store_list(w.cx(), 0, &values(&[int(1), int(2)])).unwrap();
    assert_eq!((t.len_border(), t.array_kind(), t.array_cap()), (2, ArrayKind::Int, 2));
    t.store_list(w.cx(), 2, &values(&[Value::TRUE])).unwrap();
    assert_eq!((t.len_border(), t.array_kind(), t.array_cap()), (3, ArrayKind::Any, 3));
    t.store_list(w.cx(), 3, &values(&[Value::NIL, int(5), Value::NIL])).unwrap();
    assert_eq!((t.array_kind(), t.array_cap()), (ArrayKind::Holey, 6));
    t.store_list(w.cx(), 6, &values(&[int(7)])).unwrap();
    let all: Vec<_> = (1..=8).map(|i| t.get_int(i).as_int()).collect();
    assert_eq!(all, [Some(1), Some(2), None, None, Some(5), None, Some(7), None]);
    let t = w.table();
    t.store_list(w.cx(), 0, &values(&[int(1), Value::NIL])).unwrap();
    assert_eq!((t.array_kind(), t.array_len(), t.array_cap()), (ArrayKind::Int, 1, 2));
}

/// What rehashing and looking for borders cost per operation.
fn work_of(operations: usize, run: impl FnOnce()) -> usize {
    work::begin();
    run();
    work::done() / operations
}

/// Where the array is just too sparse to grow, it is looked at each time that the hash part doubles: that is the
/// logarithm.
#[test]
fn filling_in_any_order_is_linear_but_for_a_logarithm() {
    const N: i64 = 1 << 15;
    let mut random = Random(1);
    let mut shuffled: Vec<i64> = (1..=N).collect();
    for i in (1..shuffled.len()).rev() {
        shuffled.swap(i, random.below(i + 1));
    }
    let orders: [(&str, Vec<i64>); 12] = [
        ("upwards", (1..=N).collect()),
        ("downwards", (1..=N).rev().collect()),
        ("from 0", (0..N).collect()),
        ("odd", (0..N).map(|i| i * 2 + 1).collect()),
        ("even, downwards", (1..=N).rev().map(|i| i * 2).collect()),
        ("thirds", (0..N).map(|i| i * 3 + 1).collect()),
        ("fourths", (0..N).map(|i| i * 4 + 1).collect()),
        ("powers", (0..N).map(|i| 1 << (i % 62)).collect()),
        ("negative", (0..N).map(|i| -i).collect()),
        ("both ends", (0..N).map(|i| if i % 2 == 0 { i } else { N - i }).collect()),
        ("shuffled", shuffled),
        ("with ids", (0..N).map(|i| if i % 2 == 0 { i / 2 + 1 } else { i * 12345 }).collect()),
    ];
    let w = World::new();
    for (name, keys) in &orders {
        for fields in [0, 3, 100] {
            let t = w.table();
            (0..fields).for_each(|i| w.set(t, &format!("f{i}"), int(1)));
            let work = work_of(keys.len(), || {
                for i in keys {
                    t.set_int(w.cx(), *i, int(1)).unwrap();
                }
            });
            assert!(work <= 8 + 2 * N.ilog2() as usize, "{name} with {fields} fields: {work}");
            let work = work_of(keys.len(), || {
                for i in keys {
                    t.set_int(w.cx(), *i, Value::NIL).unwrap();
                    t.set_int(w.cx(), *i, int(1)).unwrap();
                }
            });
            assert!(work <= 8, "{name} with {fields} fields, again: {work}");
        }
    }
}

#[test]
fn lengths_are_found_near_the_last_one() {
    let w = World::new();
    let t = Table::new(w.cx(), 1 << 20, 0);
    t.set_int(w.cx(), 1 << 19, int(1)).unwrap();
    let work = work_of(100_000, || {
        for _ in 0..50_000 {
            t.set_int(w.cx(), t.len_border() + 1, int(1)).unwrap();
        }
        for _ in 0..50_000 {
            t.set_int(w.cx(), t.len_border(), Value::NIL).unwrap();
        }
    });
    assert!(work <= 3, "{work}");
}

#[test]
fn keys_that_come_and_go_cause_few_rehashes() {
    let w = World::new();
    for live in 1..=40 {
        let t = w.table();
        let work = work_of(10_000, || {
            for i in 0..10_000 {
                t.set_int(w.cx(), 1_000 + i * 7, int(1)).unwrap();
                t.set_int(w.cx(), 1_000 + (i - live) * 7, Value::NIL).unwrap();
            }
        });
        assert!(work <= 16, "{live}: {work}");
        assert!(t.hash_part().is_some_and(|h| h.nodes().len() <= 256));
    }
}

#[test]
fn alternating_at_the_far_end_of_a_reserved_array_is_not_quadratic() {
    let w = World::new();
    let n = 1 << 20;
    let t = Table::new(w.cx(), n as usize, 0);
    let work = work_of(200_000, || {
        for i in 0..100_000 {
            t.set_int(w.cx(), n - i % 7, Value::TRUE).unwrap();
            t.set_int(w.cx(), n - i % 7, Value::NIL).unwrap();
        }
    });
    assert!(work <= 8, "{work}");
    assert_eq!((t.len_border(), entries(t).len()), (0, 0));
}

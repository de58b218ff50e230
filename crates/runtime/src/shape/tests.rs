use super::*;
use crate::table::tests::{World, int};
use crate::value::Value;

#[test]
fn fresh_metatables_of_one_class_make_one_shape() {
    let w = World::new();
    let class = w.record(&["method"]);
    let make = || {
        let o = w.record(&["x", "y"]);
        w.set_meta(o, w.index_meta(class));
        w.set(o, "z", int(3));
        o
    };
    let first = make();
    assert!(matches!(first.shape().meta(), Meta::Structural { .. }));
    let shapes = w.shapes.len();
    for _ in 0..5000 {
        assert!(make().shape().same(first.shape()));
    }
    assert_eq!(w.shapes.len(), shapes);
    // Another class, another shape.
    let o = w.record(&["x", "y"]);
    w.set_meta(o, w.index_meta(w.table()));
    w.set(o, "z", int(3));
    assert!(!o.shape().same(first.shape()));
    assert_eq!(w.get(o, "z").as_int(), Some(3));
}

#[test]
fn the_hidden_slot_is_not_a_field() {
    let w = World::new();
    let o = w.record(&["x"]);
    w.set_meta(o, w.index_meta(w.table()));
    w.set(o, "y", int(2));
    assert_eq!(crate::table::tests::entries(o).len(), 2);
    assert_eq!(o.shape().count(), 3);
    assert!(o.shape().key_at(1).is_none() && o.shape().key_at(2).is_some());
}

#[test]
fn one_metatable_for_many_is_fixed() {
    let w = World::new();
    let m = w.record(&["__index", "other"]);
    let (a, b) = (w.record(&["x"]), w.record(&["x"]));
    w.set_meta(a, m);
    w.set_meta(b, m);
    assert!(a.shape().same(b.shape()) && matches!(a.shape().meta(), Meta::Fixed(_)));
    assert!(a.shape().count() == 1, "it takes no slot");
}

#[test]
fn a_class_that_is_its_own_index_has_no_claim() {
    let w = World::new();
    let class = w.table();
    w.set(class, "__index", Value::object(class));
    assert!(class.shape().const_index().is_none());
    let o = w.table();
    w.set_meta(o, class);
    assert!(matches!(o.shape().meta(), Meta::Fixed(_)));
}

#[test]
fn many_metatables_used_once_are_dynamic_and_reused_ones_fixed() {
    let w = World::new();
    let metas: Vec<_> = (0..100).map(|_| w.record(&["__len"])).collect();
    let kinds = |o: &[crate::object::Gc<'_, Table>]| {
        o.iter().filter(|o| matches!(o.shape().meta(), Meta::Fixed(_))).count()
    };
    let make = || -> Vec<_> {
        let each = metas.iter().map(|m| {
            let o = w.table();
            w.set_meta(o, *m);
            o
        });
        each.collect()
    };
    let first = make();
    assert_eq!(kinds(&first), 16);
    assert_eq!(kinds(&make()), 100);
    let dynamic = first.iter().filter(|o| matches!(o.shape().meta(), Meta::Dynamic { .. }));
    let shapes: Vec<_> = dynamic.map(|o| o.shape_ptr()).collect();
    assert!(shapes.windows(2).all(|p| p[0] == p[1]), "they share a shape");
}

#[test]
fn metatables_come_and_go_without_making_shapes() {
    let w = World::new();
    let (m, n) = (w.record(&["__len"]), w.record(&["__call"]));
    let o = w.record(&["x"]);
    let plain = o.shape_ptr();
    w.set_meta(o, m);
    w.set_meta(o, n);
    w.set_meta(o, w.index_meta(w.table()));
    let shapes = w.shapes.len();
    for _ in 0..100 {
        w.set_meta(o, m);
        w.set_meta(o, n);
        o.set_metatable(w.cx(), None);
        assert_eq!(o.shape_ptr(), plain);
    }
    assert_eq!(w.shapes.len(), shapes);
    // With fields added in between, too.
    w.set_meta(o, m);
    w.set(o, "y", int(2));
    w.set_meta(o, n);
    let shapes = w.shapes.len();
    for _ in 0..100 {
        w.set_meta(o, m);
        w.set_meta(o, n);
    }
    assert_eq!(w.shapes.len(), shapes);
    o.set_metatable(w.cx(), None);
    assert!(o.metatable().is_none() && w.get(o, "y").as_int() == Some(2));
}

#[test]
fn changing_a_structural_metatable_disowns_its_shape() {
    let w = World::new();
    let class = w.record(&["method"]);
    let make = || {
        let o = w.table();
        w.set_meta(o, w.index_meta(class));
        o
    };
    let (a, b) = (make(), make());
    let meta = a.metatable().unwrap();
    w.set(meta, "__len", int(1));
    assert!(b.shape().same(a.shape()));
    let Meta::Structural { shape, .. } = b.get().shape().get().meta() else {
        panic!("still structural")
    };
    assert!(shape.is_disowned());
    assert!(a.metatable().is_some_and(|m| !w.get(m, "__len").is_nil()));
    assert!(!matches!(make().shape().meta(), Meta::Structural { .. }));
    // One that is overwritten gets a shape without the claim.
    let other = w.index_meta(w.table());
    let before = other.shape_ptr();
    w.set(other, "__index", Value::object(class));
    assert!(other.shape().const_index().is_none() && other.shape_ptr() != before);
    let same = w.index_meta(class);
    let before = same.shape_ptr();
    w.set(same, "__index", Value::object(class));
    assert_eq!(same.shape_ptr(), before, "the same value changes nothing");
}

#[test]
fn fan_out_of_classes_is_bounded() {
    let w = World::new();
    for _ in 0..5000 {
        let o = w.table();
        w.set_meta(o, w.index_meta(w.table()));
    }
    assert!(w.shapes.len() < 2000);
    w.heap.collect_full(&w);
    assert!(w.shapes.len() <= 2);
}

#[test]
fn root_shapes_are_by_inline_capacity() {
    let w = World::new();
    for (wanted, got) in [(0, 0), (1, 2), (2, 2), (3, 4), (9, 12), (17, 24), (1000, 64)] {
        assert_eq!(w.shapes.root(&w.heap, wanted).inline_cap(), got);
    }
}

#[test]
fn branches_of_the_tree_do_not_mix_keys() {
    let w = World::new();
    let names: Vec<_> = (0..20).map(|i| format!("k{i}")).collect();
    let mut random = crate::table::tests::Random(7);
    for _ in 0..500 {
        let t = w.table();
        let mut chosen: Vec<&str> = Vec::new();
        for _ in 0..random.below(15) {
            let n = names[random.below(names.len())].as_str();
            if !chosen.contains(&n) {
                chosen.push(n);
                w.set(t, n, int(chosen.len() as i32));
            }
        }
        for n in &names {
            let at = chosen.iter().position(|c| c == n).map(|i| i as i64 + 1);
            assert_eq!(w.get(t, n).as_int(), at);
        }
    }
}

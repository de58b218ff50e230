use super::*;
use crate::table::tests::{Random, World};
use crate::value::Value;

#[test]
fn short_strings_are_interned() {
    let w = World::new();
    for n in 0..=MAX_SHORT {
        let (a, b) = (w.str(&"x".repeat(n)), w.str(&"x".repeat(n)));
        assert!(a.is_short() && a.same(b) && a.len() == n);
    }
    let (a, b) = (w.str(&"x".repeat(41)), w.str(&"x".repeat(41)));
    assert!(!a.is_short() && !a.same(b) && a.equals(b));
    assert_eq!(a.hash(w.strings.seed()), b.hash(w.strings.seed()));
    assert!(!a.equals(w.str(&"x".repeat(42))));
}

#[test]
fn hashes_depend_on_every_byte_and_on_the_seed() {
    let mut seen = std::collections::HashSet::new();
    for n in 0..60 {
        let mut bytes = vec![0u8; n];
        seen.insert(hash_bytes(&bytes, 1));
        seen.insert(hash_bytes(&bytes, 2));
        for i in 0..n {
            bytes[i] = 1;
            seen.insert(hash_bytes(&bytes, 1));
            bytes[i] = 0;
        }
    }
    assert!(seen.len() > 60 * 2 + 59 * 60 / 2 - 5);
}

#[test]
fn dead_strings_leave_the_interner() {
    let w = World::new();
    let base = w.strings.interned();
    let mut kept = Vec::new();
    for i in 0..10_000 {
        let s = w.str(&format!("number {i}"));
        if i % 100 == 0 {
            kept.push(w.root(Value::object(s)));
        }
        if i % 1000 == 0 {
            w.heap.collect_minor(&w);
        }
    }
    w.heap.collect_minor(&w);
    assert_eq!(w.strings.interned(), base + 100);
    w.heap.collect_full(&w);
    w.heap.verify_heap(&w);
    assert_eq!(w.strings.interned(), base + 100);
    for (i, k) in kept.iter().enumerate() {
        let s = w.str(&format!("number {}", i * 100));
        assert_eq!(Value::object(s).bits(), w.rooted(*k).bits());
    }
}

#[test]
fn appending_reuses_the_buffer_and_changes_no_other_string() {
    let w = World::new();
    let mut s = w.str(&"a".repeat(50));
    let mut moves = 0;
    for i in 0..10_000 {
        let old = s;
        s = w.strings.append(&w.heap, s, &[b"bc"]);
        assert_eq!((old.len(), s.len()), (50 + i * 2, 52 + i * 2));
        moves += (old.as_bytes().as_ptr() != s.as_bytes().as_ptr()) as usize;
    }
    assert!(moves < 40);
    let (x, y) =
        (w.strings.append(&w.heap, s, &[b"x"]), w.strings.append(&w.heap, s, &[b"y", b"z"]));
    assert!(x.as_bytes().ends_with(b"bcx") && y.as_bytes().ends_with(b"bcyz"));
    assert!(s.as_bytes().ends_with(b"bc"));
    // Appending a string to itself, and nothing.
    let t = w.strings.append(&w.heap, s, &[s.as_bytes()]);
    assert_eq!(t.as_bytes(), [s.as_bytes(), s.as_bytes()].concat());
    assert!(w.strings.append(&w.heap, s, &[]).same(s));
    // Short ones.
    let t = w.strings.append(&w.heap, w.str("ab"), &[b"c", b"d", b"e", b"f"]);
    assert!(t.same(w.str("abcdef")));
}

#[test]
fn concatenation_and_builders_agree() {
    let w = World::new();
    let mut random = Random(3);
    for _ in 0..500 {
        let parts: Vec<Vec<u8>> = (0..random.below(6))
            .map(|_| (0..random.below(30)).map(|_| random.below(256) as u8).collect())
            .collect();
        let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let mut b = StrBuilder::with_capacity(&w.heap, random.below(20));
        for p in &slices {
            b.push(p);
        }
        b.push_repeated(b"-", 2);
        b.push_byte(b'!');
        assert_eq!(b.bytes().len(), b.len());
        let built = b.finish(&w.strings);
        let mut all = slices.clone();
        all.push(b"--!");
        let joined = w.strings.concat(&w.heap, &all);
        assert_eq!(built.as_bytes(), parts.concat().into_iter().chain(*b"--!").collect::<Vec<_>>());
        assert!(built.equals(joined) && built.is_short() == (built.len() <= MAX_SHORT));
    }
}

#[test]
fn event_keys_are_known() {
    let w = World::new();
    assert!(w.str("__index").is_event_key(Event::Index));
    assert!(!w.str("__newindex").is_event_key(Event::Index));
    assert!(!w.str("__class").is_event() && !w.str("index").is_event());
    assert!(w.strings.event_key(&w.heap, Event::Close).same(w.str("__close")));
}

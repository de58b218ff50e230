//! Random programs over nodes, beside a model of the graph they build.

use super::*;
use std::collections::HashMap;

/// A linear congruential generator: the tests must not depend on a crate for one.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }
}

/// The same graph beside the heap: for each node number, the numbers of the nodes it refers to.
type Shadow = HashMap<i64, Vec<Option<i64>>>;

const ROOTS: usize = 20;

fn number(n: Gc<'_, Node>) -> i64 {
    n.at(0).as_int().unwrap_or(-1)
}

/// Compares the graph with its shadow, and drops from the shadow what is unreachable.
fn compare(roots: &Roots, shadow_roots: &[Option<i64>], shadow: &mut Shadow) {
    let mut reached = Shadow::new();
    let mut todo = Vec::new();
    for (i, s) in shadow_roots.iter().enumerate() {
        let n = roots.node(i);
        assert_eq!(n.map(number), *s);
        todo.extend(n);
    }
    while let Some(n) = todo.pop() {
        let id = number(n);
        if reached.contains_key(&id) {
            continue;
        }
        let expected = &shadow[&id];
        let actual: Vec<_> = (1..n.len.get()).map(|i| n.node(i).map(number)).collect();
        assert_eq!(&actual, expected);
        todo.extend((1..n.len.get()).filter_map(|i| n.node(i)));
        reached.insert(id, actual);
    }
    *shadow = reached;
}

fn mutate(seed: u64, operations: usize, stress: bool) {
    let heap = Heap::new();
    heap.set_param(Param::StepMul, 25);
    let mut random = Random(seed);
    let roots = Roots { slots: RefCell::new(vec![Value::NIL.bits(); ROOTS]), ..Roots::default() };
    let (mut shadow_roots, mut shadow) = (vec![None; ROOTS], Shadow::new());
    heap.set_stress(stress, seed);
    for op in 0..operations {
        let (i, j) = (random.below(ROOTS), random.below(ROOTS));
        let from = roots.node(i);
        match (random.below(40), from) {
            (0..8, _) => {
                let len = match random.below(50) {
                    0 => random.below(9000),
                    1..5 => random.below(300),
                    _ => random.below(6),
                } + 2;
                let n = Node::new(&heap, len);
                // Numbers beyond 48 bits live in cells of their own.
                let id = (op as i64) << 40 | len as i64;
                n.set(&heap, 0, heap.int(id));
                roots.set(i, Value::object(n));
                shadow_roots[i] = Some(id);
                shadow.insert(id, vec![None; len - 1]);
            }
            (8..11, _) => {
                roots.set(i, Value::NIL);
                shadow_roots[i] = None;
            }
            (11..25, Some(from)) => {
                let at = 1 + random.below(from.len.get() - 1);
                from.set(&heap, at, roots.node(j).map_or(Value::NIL, Value::object));
                let to = shadow_roots[j];
                if let Some(s) = shadow.get_mut(&number(from)) {
                    s[at - 1] = to;
                }
            }
            (25..35, Some(from)) => {
                let at = 1 + random.below(from.len.get() - 1);
                roots.set(j, from.at(at));
                shadow_roots[j] = shadow[&number(from)][at - 1];
            }
            (35..37, Some(from)) => {
                let len = 2 + random.below(from.len.get() * 2);
                from.grow(&heap, len);
                if let Some(s) = shadow.get_mut(&number(from)) {
                    s.resize(len - 1, None);
                }
            }
            (37, _) if stress => heap.step(&roots),
            (37, _) => drop(force_step(&heap, &roots)),
            (38, _) if random.below(40) == 0 => {
                let mode = [Mode::Generational, Mode::Incremental][random.below(2)];
                heap.set_mode(mode);
                heap.collect_minor(&roots);
                compare(&roots, &shadow_roots, &mut shadow);
            }
            (39, _) if random.below(200) == 0 => {
                heap.collect_full(&roots);
                heap.verify_heap(&roots);
                compare(&roots, &shadow_roots, &mut shadow);
            }
            _ => {}
        }
    }
    heap.collect_full(&roots);
    compare(&roots, &shadow_roots, &mut shadow);
    let bytes: usize = shadow
        .iter()
        .map(|(id, s)| {
            let cell = if Value::try_int(*id).is_some() { 0 } else { 8 };
            let buffer = Heap::usable_size((s.len() + 1) * 8);
            Heap::usable_size(size_of::<Node>()) + buffer + cell
        })
        .sum();
    assert_eq!(heap.live_bytes(), bytes);
}

#[test]
fn random_mutator() {
    for seed in 0..12 {
        mutate(seed, 40_000, false);
    }
}

#[test]
fn random_mutator_under_stress() {
    for seed in 0..4 {
        mutate(100 + seed, 8_000, true);
    }
}

//! Borders and capacities, beside a model of the reference implementation's tables.

use super::arrays::check_parts;
use super::*;
use std::collections::BTreeSet;

/// What decides where integer keys are. Keys aren't removed, and fields come first: all else depends on hashes there.
struct Model {
    keys: BTreeSet<i64>,
    fields: usize,
    capacity: i64,
    nodes: usize,
    hint: i64,
}

impl Model {
    fn new(capacity: usize, fields: usize) -> Model {
        Model {
            keys: BTreeSet::new(),
            fields,
            capacity: capacity as i64,
            nodes: if fields == 0 { 0 } else { fields.next_power_of_two() },
            hint: capacity as i64 / 2,
        }
    }

    fn has(&self, i: i64) -> bool {
        self.keys.contains(&i)
    }

    fn within(&self, capacity: i64) -> usize {
        self.keys.range(1..capacity + 1).count()
    }

    fn insert(&mut self, i: i64) {
        let inside = self.within(self.capacity);
        let used = self.fields + self.keys.len() - inside;
        let is_new = self.keys.insert(i);
        if !is_new || (1..=self.capacity).contains(&i) || used < self.nodes {
            return;
        }
        let indices = self.keys.range(1..=1 << 31).count();
        if indices > self.within(self.capacity) {
            let sizes =
                (0..32).map(|bit| 1i64 << bit).take_while(|size| *size <= indices as i64 * 3);
            let fits = |size: &i64| {
                let n = self.within(*size);
                n > self.within(*size / 2) && *size <= n as i64 * 3
            };
            self.capacity = sizes.filter(fits).last().unwrap_or(0);
        }
        let rest = self.fields + self.keys.len() - self.within(self.capacity);
        // Having no nodes counts as having had keys removed.
        let wanted = if self.nodes == 0 { rest + rest / 4 } else { rest };
        self.nodes = if rest == 0 { 0 } else { wanted.next_power_of_two() };
        self.hint = self.capacity / 2;
    }

    /// The border in the array.
    fn border(&mut self) -> Option<i64> {
        let mut at = self.hint.max(1);
        if self.capacity == 0 {
            return None;
        }
        if !self.has(at) {
            let mut steps = 0;
            while steps < 4 && at > 1 && !self.has(at) {
                (at, steps) = (at - 1, steps + 1);
            }
            self.hint = if self.has(at) { at } else { self.bisect(0, at) };
            return Some(self.hint);
        }
        let mut steps = 0;
        while steps < 4 && at < self.capacity && self.has(at + 1) {
            (at, steps) = (at + 1, steps + 1);
        }
        if steps < 4 && at < self.capacity {
            self.hint = at;
        } else if self.has(self.capacity) {
            self.hint = self.capacity;
            return None;
        } else {
            self.hint = self.bisect(at, self.capacity);
        }
        Some(self.hint)
    }

    fn bisect(&self, mut low: i64, mut high: i64) -> i64 {
        while high - low > 1 {
            let middle = (low + high) / 2;
            if self.has(middle) { low = middle } else { high = middle }
        }
        low
    }
}

#[test]
fn arrays_are_as_large_as_in_the_reference_implementation() {
    let w = World::new();
    for seed in 0..3000 {
        let mut random = Random(seed);
        let (fields, cap) = (random.below(10), [0, 0, 0, 1, 3, 4, 7, 25, 40][random.below(9)]);
        let t = Table::new(w.cx(), cap, 0);
        (0..fields).for_each(|i| w.set(t, &format!("f{i}"), int(1)));
        let mut model = Model::new(cap, fields);
        let (reach, asks) = ([6, 12, 40, 200][random.below(4)], random.below(2) == 0);
        for _ in 0..random.below(60) {
            let from = random.below(reach) as i64 + 1;
            let keys: Vec<i64> = match random.below(8) {
                0 => (from..from + random.below(10) as i64).collect(),
                1 => (from..from + random.below(10) as i64).rev().collect(),
                2 => vec![random.below(1 << 30) as i64],
                3 => vec![-from],
                _ => vec![from],
            };
            for i in keys {
                t.set_int(w.cx(), i, int(1)).unwrap();
                model.insert(i);
                let (cap, wanted) = (t.array_cap() as i64, model.capacity);
                assert!(cap == wanted || cap == 4 && wanted < 4, "seed {seed}: {cap}, {wanted}");
                // A dense array's hint is known exactly only while its border is asked for.
                if asks {
                    match model.border() {
                        Some(n) => assert_eq!(t.len_border(), n, "seed {seed}"),
                        None => assert!(t.len_border() >= model.capacity),
                    }
                }
            }
            check_parts(t);
        }
        match model.border() {
            Some(n) if asks || t.array_kind() != ArrayKind::Holey => {
                assert_eq!(t.len_border(), n, "seed {seed}");
            }
            _ => {
                let n = t.len_border();
                assert!((n == 0 || model.has(n)) && !model.has(n + 1));
            }
        }
        assert_eq!(entries(t).len(), model.keys.len() + fields);
    }
}

#[test]
fn lists_stay_whole_beside_random_numbers() {
    let w = World::new();
    for seed in 0..30 {
        let mut random = Random(seed);
        let t = w.table();
        for i in 1..=1000 {
            t.set_int(w.cx(), t.len_border() + 1, int(i)).unwrap();
            assert_eq!(t.get_int(i as i64).as_int(), Some(i as i64));
            t.set_int(w.cx(), 5000 + random.below(1 << 24) as i64, Value::TRUE).unwrap();
            assert_eq!(t.len_border(), i as i64);
        }
    }
}

#[test]
fn lists_go_on_in_the_hash_part() {
    let w = World::new();
    let t = w.record(&["a", "b", "c", "d", "e"]);
    for i in 1..=3 {
        t.set_int(w.cx(), i, int(1)).unwrap();
        assert_eq!((t.len_border(), t.array_cap()), (i, 0), "there are eight nodes");
    }
    t.set_int(w.cx(), 4, int(1)).unwrap();
    assert_eq!((t.len_border(), t.array_cap()), (4, 4));
    assert!(t.hash.get().is_null());
    let t = w.table();
    t.set_int(w.cx(), i64::MAX, int(1)).unwrap();
    assert_eq!(t.len_border(), 0);
    for i in 0..63 {
        t.set_int(w.cx(), 1 << i, int(1)).unwrap();
        t.set_int(w.cx(), 2, int(1)).unwrap();
    }
    let n = t.len_border();
    assert!(!t.get_int(n).is_nil() && (n == i64::MAX || t.get_int(n + 1).is_nil()));
}

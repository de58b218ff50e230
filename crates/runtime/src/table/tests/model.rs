//! Random programs over tables, beside a model.

use super::arrays::check_parts;
use super::*;
use std::collections::BTreeMap;

/// Keys by number; made anew each time, so that equal keys needn't be the same object. Tables are rooted.
fn key<'g>(w: &'g World, n: usize, objects: &[usize]) -> Value<'g> {
    let i = n as i64;
    match n {
        0..60 => w.heap.int(i + 1),
        60..70 => w.heap.int(-i),
        70..80 => Value::float(i as f64 + 0.25),
        80..90 => w.heap.int(i64::MAX - i),
        90..110 => {
            Value::object(w.str(&format!("{n} is a long string, it really is, and not interned")))
        }
        110..170 => Value::object(w.str(&format!("s{n}"))),
        170..180 => w.heap.int(1 << (i - 164)),
        180 => Value::TRUE,
        181 => Value::FALSE,
        182 => Value::object(w.str("__index")),
        183 => Value::object(w.str("__newindex")),
        184 => crate::userdata::light(&w.heap, u64::MAX - 5),
        _ => w.rooted(objects[n - 185]),
    }
}

const OBJECTS: usize = 15;
const KEYS: usize = 185 + OBJECTS;

struct Run {
    w: World,
    random: Random,
    tables: Vec<usize>,
    objects: Vec<usize>,
    models: Vec<BTreeMap<usize, i64>>,
}

impl Run {
    fn new(seed: u64) -> Run {
        let w = World::new();
        let tables = (0..4).map(|i| w.root(Value::object(Table::new(w.cx(), i * 2, i)))).collect();
        let objects = (0..OBJECTS).map(|_| w.root(Value::object(w.table()))).collect();
        Run { w, random: Random(seed), tables, objects, models: vec![BTreeMap::new(); 4] }
    }

    fn write(&mut self, t: usize, n: usize, value: Option<i64>) {
        let w = &self.w;
        // Some values are cells, so that the collector has something to see.
        let v = value.map_or(Value::NIL, |i| w.heap.int(if i % 3 == 0 { i << 50 } else { i }));
        w.rooted_table(self.tables[t]).set(w.cx(), key(w, n, &self.objects), v).unwrap();
        match value {
            Some(i) => self.models[t].insert(n, i),
            None => self.models[t].remove(&n),
        };
    }

    fn check(&self, t: usize) {
        let w = &self.w;
        let table = w.rooted_table(self.tables[t]);
        for n in 0..KEYS {
            let v = table.get_value(key(w, n, &self.objects)).as_int();
            let v = v.map(|i| if i & 0xffff_ffff == 0 && i != 0 { i >> 50 } else { i });
            assert_eq!(v, self.models[t].get(&n).copied(), "key {n}");
        }
        assert_eq!(entries(table).len(), self.models[t].len());
        let n = table.len_border();
        assert!(n == 0 || !table.get_int(n).is_nil());
        assert!(table.get_int(n + 1).is_nil());
        check_parts(table);
    }

    /// Traverses, clearing or replacing what is visited, perhaps with collections in between.
    fn traverse(&mut self, t: usize) {
        let w = &self.w;
        let at = w.root(Value::NIL);
        let (mut seen, mut position) = (0, 0);
        let by_position = self.random.below(2) == 0;
        let expected = self.models[t].len();
        loop {
            let table = w.rooted_table(self.tables[t]);
            let next = match by_position {
                true => table.next_at(&mut position),
                false => table.next(w.rooted(at)).unwrap(),
            };
            let Some((k, _)) = next else { break };
            w.roots.borrow()[at].set(k);
            seen += 1;
            match self.random.below(10) {
                0..5 => {
                    table.set(w.cx(), k, Value::NIL).unwrap();
                    let mut cleared = None;
                    for n in self.models[t].keys() {
                        if !table.get_value(key(w, *n, &self.objects)).is_nil() {
                            continue;
                        }
                        cleared = Some(*n);
                    }
                    self.models[t].remove(&cleared.unwrap());
                }
                5 => w.heap.collect_full(w),
                6 => w.heap.collect_minor(w),
                _ => {}
            }
        }
        assert_eq!(seen, expected);
        w.roots.borrow_mut().pop();
    }

    fn step(&mut self) {
        let t = self.random.below(4);
        match self.random.below(100) {
            0..55 => {
                let (n, i) = (self.random.below(KEYS), self.random.below(1000) as i64);
                self.write(t, n, Some(i));
            }
            55..80 => {
                let n = self.random.below(KEYS);
                self.write(t, n, None);
            }
            80..84 => {
                let from = self.random.below(40);
                for n in from..(from + self.random.below(20)).min(60) {
                    self.write(t, n, Some(n as i64));
                }
            }
            84..86 => {
                for n in (0..60).rev() {
                    self.write(t, n, None);
                }
            }
            86 => self.traverse(t),
            87 => {
                self.w.heap.collect_full(&self.w);
                self.w.heap.verify_heap(&self.w);
            }
            88..90 => self.w.heap.collect_minor(&self.w),
            90 => {
                self.w.heap.collect_step(&self.w, 200);
            }
            91 => self.w.rooted_table(self.tables[t]).make_private(self.w.cx()),
            92..95 => {
                let w = &self.w;
                let table = w.rooted_table(self.tables[t]);
                let m = match self.random.below(4) {
                    0 => None,
                    1 => Some(w.index_meta(w.rooted_table(self.objects[1]))),
                    2 => Some(w.rooted_table(self.tables[self.random.below(4)])),
                    _ => Some(w.record(&["__len"])),
                };
                table.set_metatable(w.cx(), m);
                assert!(table.metatable() == m);
            }
            95 => {
                let w = &self.w;
                let n = self.random.below(KEYS);
                if (110..170).contains(&n) {
                    let k = key(w, n, &self.objects).downcast().unwrap();
                    cache::lookup_get(w.cx(), w.rooted_table(self.tables[t]), k);
                }
            }
            _ => self.check(t),
        }
    }
}

fn run(seed: u64, steps: usize) {
    let mut r = Run::new(seed);
    for _ in 0..steps {
        r.step();
    }
    for t in 0..4 {
        r.check(t);
    }
    r.w.heap.collect_full(&r.w);
    r.w.heap.verify_heap(&r.w);
}

#[test]
fn random_programs_agree_with_the_model() {
    for seed in 0..40 {
        run(seed, 3000);
    }
}

/// Cached and uncached reads of objects whose classes and metatables change at random.
#[test]
fn caches_agree_with_slow_lookups() {
    for seed in 0..60 {
        let w = World::new();
        let mut random = Random(seed);
        let tables: Vec<_> = (0..6).map(|_| w.table()).collect();
        let names: Vec<_> = (0..5).map(|i| format!("n{i}")).collect();
        let sites: Vec<_> = (0..5).map(|_| cache::PropertyCache::new()).collect();
        let stores: Vec<_> = (0..5).map(|_| cache::PropertyCache::new()).collect();
        for i in 0..3000 {
            let t = tables[random.below(6)];
            let n = random.below(5);
            let name = w.str(&names[n]);
            match random.below(20) {
                0..4 => {
                    t.set_str(w.cx(), name, if random.below(3) == 0 { Value::NIL } else { int(i) })
                }
                4 => t.set_metatable(w.cx(), Some(w.index_meta(tables[random.below(6)]))),
                5 => t.set_metatable(w.cx(), Some(tables[random.below(6)])),
                6 => t.set_metatable(w.cx(), None),
                7 => w.set(t, "__index", Value::object(tables[random.below(6)])),
                8 => w.set(
                    t,
                    "__newindex",
                    if random.below(2) == 0 { Value::NIL } else { Value::TRUE },
                ),
                9 => {
                    if let Some(m) = t.metatable() {
                        w.set(m, "__index", Value::object(tables[random.below(6)]));
                    }
                }
                10..13 => {
                    // A store that is right only if no `__newindex` applies.
                    let absent = t.get_str(name).is_nil();
                    let newindex = t.metatable().is_some_and(|m| !w.get(m, "__newindex").is_nil());
                    let watched = t.is_watched();
                    if stores[n].try_set(&w.heap, t, int(i)) {
                        assert!(!absent || !(newindex || watched));
                        assert_eq!(t.get_str(name).as_int(), Some(i as i64));
                    } else if !(absent && newindex) {
                        let shape = t.shape();
                        let r = cache::lookup_set(w.cx(), t, name, int(i));
                        if t.shape().same(shape) {
                            stores[n].fill_set(shape, &r);
                        }
                        t.set_str(w.cx(), name, int(i));
                    }
                }
                _ => {
                    let slow = slow_get(&w, t, name);
                    if let Some(v) = sites[n].try_get(t) {
                        assert_eq!(Some(v.bits()), slow.map(|v| v.bits()), "seed {seed}, step {i}");
                    } else {
                        let r = cache::lookup_get(w.cx(), t, name);
                        sites[n].fill_get(t.shape(), &r);
                    }
                }
            }
        }
    }
}

/// The field as the manual says; `None` if the chain is endless.
fn slow_get<'g>(w: &'g World, t: Gc<'g, Table>, name: Gc<'g, Str>) -> Option<Value<'g>> {
    let mut t = t;
    for _ in 0..100 {
        let v = t.get_str(name);
        if !v.is_nil() {
            return Some(v);
        }
        let index = match t.get().metatable() {
            Some(m) => w.get(m, "__index"),
            None => Value::NIL,
        };
        match index.downcast::<Table>() {
            Some(next) => t = next,
            None => return Some(Value::NIL),
        }
    }
    None
}

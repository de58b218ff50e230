//! Tests of the heap alone, with an object type of their own: [`Node`], an array of values that can be weak.
//! Dispatch recognizes nodes by a flag bit that is used for nothing else.

use super::*;
use crate::object::{Header, Kind, Slot, flag, state};
use std::rc::Rc;

mod random;
mod stress;

const TEST_FLAG: u8 = 0x20;

/// An object with `len` values in a buffer.
#[repr(C)]
pub(super) struct Node {
    header: Header,
    weak: Cell<u8>,
    slots: Cell<*mut Slot>,
    len: Cell<usize>,
    drops: Option<Rc<Cell<usize>>>,
}

/// A node whose `drop` runs.
#[repr(transparent)]
struct Owner(Node);

// SAFETY: `repr(C)`, header first; dispatch finds nodes by their flag.
unsafe impl HeapObject for Node {
    const KIND: Kind = Kind::Userdata;
    const TAG: u64 = tag::OBJECT;

    fn trace(&self, m: &mut Marker<'_>) {
        m.buffer(self.slots.get() as *const u8);
        match self.weak.get() {
            0 => self.trace_cards(m, 0, self.len.get()),
            1 => m.weak_entries(self, WeakKind::Keys),
            2 => m.weak_entries(self, WeakKind::Values),
            _ => m.weak_entries(self, WeakKind::Both),
        }
    }

    fn trace_cards(&self, m: &mut Marker<'_>, lo: usize, hi: usize) {
        for i in lo..hi.min(self.len.get()) {
            m.value(self.at(i));
        }
    }
}

// SAFETY: as for `Node`, which it is.
unsafe impl HeapObject for Owner {
    const KIND: Kind = Kind::Userdata;
    const TAG: u64 = tag::OBJECT;
    const OWNS: bool = true;

    fn trace(&self, m: &mut Marker<'_>) {
        self.0.trace(m);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(d) = &self.drops {
            d.set(d.get() + 1);
        }
    }
}

impl weak::WeakEntries for Node {
    fn weak_entries(&self, f: &mut dyn FnMut(Value<'_>, Value<'_>) -> EntryFate) {
        for i in (0..self.len.get()).step_by(2) {
            if !self.at(i + 1).is_nil() && f(self.at(i), self.at(i + 1)) == EntryFate::Remove {
                self.slot(i).set(Value::NIL);
                self.slot(i + 1).set(Value::NIL);
            }
        }
    }
}

/// The object as a node, if it is one.
///
/// # Safety
/// `o` is a live object.
pub(super) unsafe fn as_node<'a>(o: *const Header) -> Option<&'a Node> {
    // SAFETY: the caller's promise; nothing but nodes has the flag.
    unsafe { if (*o).has(TEST_FLAG) { Some(&*o.cast::<Node>()) } else { None } }
}

impl Node {
    fn init(heap: &Heap, kind: Kind, len: usize, drops: Option<Rc<Cell<usize>>>) -> Node {
        let header = Header::new(kind);
        header.set_flag(TEST_FLAG, true);
        let slots = if len == 0 { std::ptr::null_mut() } else { new_slots(heap, len) };
        Node { header, weak: Cell::new(0), slots: Cell::new(slots), len: Cell::new(len), drops }
    }

    pub(super) fn new(heap: &Heap, len: usize) -> Gc<'_, Node> {
        heap.alloc(Node::init(heap, Kind::Userdata, len, None))
    }

    fn slot(&self, i: usize) -> &Slot {
        assert!(i < self.len.get());
        // SAFETY: in range.
        unsafe { &*self.slots.get().add(i) }
    }

    fn at<'g>(&self, i: usize) -> Value<'g> {
        self.slot(i).get()
    }

    fn node<'g>(&self, i: usize) -> Option<Gc<'g, Node>> {
        self.at(i).downcast::<Node>()
    }

    fn set(&self, heap: &Heap, i: usize, v: Value<'_>) {
        self.slot(i).set(v);
        if v.is_heap() {
            heap.barrier_array(&self.header, self.slots.get() as *const u8, i, self.len.get());
        }
    }

    fn link(&self, heap: &Heap, i: usize, to: Gc<'_, Node>) {
        self.set(heap, i, Value::object(to));
    }

    fn grow(&self, heap: &Heap, len: usize) {
        let (old, old_len) = (self.slots.get(), self.len.get());
        let new = new_slots(heap, len);
        for i in 0..old_len.min(len) {
            // SAFETY: in range of both.
            unsafe { (*new.add(i)).set((*old.add(i)).get()) };
        }
        self.slots.set(new);
        self.len.set(len);
        heap.barrier(&self.header);
        if !old.is_null() {
            // An owner may know less than the whole size of the cell.
            heap.free_buffer(old.cast(), old_len);
        }
    }
}

fn new_slots(heap: &Heap, len: usize) -> *mut Slot {
    let p = heap.alloc_buffer(len * 8).cast::<Slot>();
    for i in 0..len {
        // SAFETY: freshly allocated with this many slots.
        unsafe { p.add(i).write(Slot::new(Value::NIL)) };
    }
    p
}

#[derive(Default)]
pub(super) struct Roots {
    pub(super) slots: RefCell<Vec<u64>>,
    /// A weak reference beside weak tables.
    weak: Cell<usize>,
}

impl Roots {
    fn of(nodes: &[Gc<'_, Node>]) -> Roots {
        let slots = nodes.iter().map(|n| Value::object(*n).bits()).collect();
        Roots { slots: RefCell::new(slots), weak: Cell::new(0) }
    }

    fn set(&self, i: usize, v: Value<'_>) {
        self.slots.borrow_mut()[i] = v.bits();
    }

    fn node<'g>(&self, i: usize) -> Option<Gc<'g, Node>> {
        Value::from_bits(self.slots.borrow()[i]).downcast()
    }
}

impl RootSet for Roots {
    fn trace_roots(&self, m: &mut Marker<'_>) {
        for bits in self.slots.borrow().iter() {
            m.value(Value::from_bits(*bits));
        }
    }

    fn clear_weak(&self, _: &Heap, is_dead: &dyn Fn(*const u8) -> bool, _: bool) {
        if self.weak.get() != 0 && is_dead(self.weak.get() as *const u8) {
            self.weak.set(0);
        }
    }
}

/// A step, whether or not the budget is used up.
fn force_step(heap: &Heap, roots: &Roots) -> bool {
    let finished = heap.collect_step(roots, 0);
    heap.verify_heap(roots);
    finished
}

fn garbage(heap: &Heap, bytes: usize) {
    for _ in 0..bytes / 64 {
        Node::new(heap, 2);
    }
}

#[test]
fn graph_survives_and_garbage_goes() {
    let heap = Heap::new();
    let root = Node::new(&heap, 2);
    let roots = Roots::of(&[root]);
    root.link(&heap, 0, Node::new(&heap, 1));
    heap.collect_minor(&roots);
    let size = heap.live_bytes();
    assert_eq!(root.header.state.get(), state::BLACK);
    // An old object is linked to a young one, which is kept by the barrier alone.
    let young = Node::new(&heap, 1);
    root.link(&heap, 1, young);
    young.set(&heap, 0, heap.int(1 << 60));
    garbage(&heap, 10_000);
    heap.collect_minor(&roots);
    heap.verify_heap(&roots);
    assert_eq!(root.node(1).and_then(|n| n.at(0).as_int()), Some(1 << 60));
    assert_eq!(heap.live_bytes(), size + Heap::usable_size(size_of::<Node>()) + 16);
    // Old garbage is found by a major collection only.
    root.set(&heap, 1, Value::NIL);
    heap.collect_minor(&roots);
    assert!(heap.live_bytes() > size);
    heap.collect_full(&roots);
    assert_eq!(heap.live_bytes(), size);
    let stats = heap.stats();
    assert_eq!((stats.minor, stats.major), (3, 1));
}

#[test]
#[should_panic(expected = "referred to by")]
fn missing_barrier_is_found() {
    let heap = Heap::new();
    let root = Node::new(&heap, 1);
    let roots = Roots::of(&[root]);
    heap.collect_minor(&roots);
    root.slot(0).set(Value::object(Node::new(&heap, 0)));
    heap.verify_heap(&roots);
    heap.collect_minor(&roots);
    heap.verify_heap(&roots);
}

#[test]
fn incremental_marking_sees_changes() {
    let heap = Heap::new();
    heap.set_mode(Mode::Incremental);
    heap.set_param(Param::StepMul, 25);
    let root = Node::new(&heap, 1000);
    let roots = Roots::of(&[root]);
    for i in 0..1000 {
        let n = Node::new(&heap, 100);
        n.set(&heap, 0, heap.int(i << 50));
        n.link(&heap, 1, Node::new(&heap, 1));
        root.link(&heap, i as usize, n);
    }
    let mut steps = 1;
    while !force_step(&heap, &roots) {
        // References move from objects that may be untraced to ones that are traced, and new objects appear.
        let n = root.node(999 - steps);
        let m = root.node(steps);
        if let (Some(n), Some(m)) = (n, m) {
            m.set(&heap, 2, n.at(1));
            n.set(&heap, 1, Value::NIL);
            m.link(&heap, 3, Node::new(&heap, 5));
            n.grow(&heap, 50);
        }
        garbage(&heap, 1000);
        steps += 1;
    }
    assert!(steps > 3, "{steps}");
    for i in 1..steps {
        let m = root.node(i).and_then(|n| n.node(2));
        assert!(m.is_some_and(|m| m.len.get() == 1), "{i}");
        assert_eq!(root.node(i).and_then(|n| n.node(3)).map(|n| n.len.get()), Some(5));
    }
}

#[test]
fn cards_of_large_arrays() {
    let heap = Heap::new();
    let root = Node::new(&heap, 100_000);
    let roots = Roots::of(&[root]);
    heap.collect_minor(&roots);
    for i in (0..100_000).step_by(7001) {
        root.link(&heap, i, Node::new(&heap, 1));
    }
    assert_eq!(root.header.state.get(), state::BLACK);
    heap.collect_minor(&roots);
    heap.verify_heap(&roots);
    // A grown array isn't marked yet, so the whole owner is remembered.
    root.grow(&heap, 200_000);
    assert_eq!(root.header.state.get(), state::WHITE);
    root.link(&heap, 150_000, Node::new(&heap, 1));
    heap.collect_minor(&roots);
    heap.verify_heap(&roots);
    assert_eq!((0..200_000).filter(|i| root.node(*i).is_some()).count(), 16);
}

#[test]
fn weak_values_and_keys() {
    let heap = Heap::new();
    let nodes: Vec<_> = (0..6).map(|_| Node::new(&heap, 2)).collect();
    let [holder, keys, values, both, alive, dead] = nodes[..] else { unreachable!() };
    for (t, kind) in [(keys, 1), (values, 2), (both, 3)] {
        t.weak.set(kind);
        t.grow(&heap, 8);
        for (i, (k, v)) in [(alive, alive), (alive, dead), (dead, alive)].iter().enumerate() {
            t.link(&heap, 2 * i, *k);
            t.link(&heap, 2 * i + 1, *v);
        }
        t.set(&heap, 6, Value::small_int(1));
        t.set(&heap, 7, heap.int(1 << 60));
    }
    // The dead one is dead only if neither the values of `keys` nor the keys of `values` refer to it.
    keys.set(&heap, 3, Value::NIL);
    values.set(&heap, 4, Value::small_int(3));
    let roots = Roots::of(&[holder, keys, values, both, alive]);
    heap.collect_full(&roots);
    heap.verify_heap(&roots);
    let entries = |t: Gc<'_, Node>| (0..4).map(|i| !t.at(2 * i + 1).is_nil()).collect::<Vec<_>>();
    assert_eq!(entries(keys), [true, false, false, true]);
    assert_eq!(entries(values), [true, false, true, true]);
    assert_eq!(entries(both), [true, false, false, true]);
    assert_eq!(both.at(7).as_int(), Some(1 << 60));
    // Young entries of old weak tables go in a minor collection.
    both.set(&heap, 2, Value::small_int(2));
    both.link(&heap, 3, Node::new(&heap, 0));
    keys.link(&heap, 2, Node::new(&heap, 0));
    keys.link(&heap, 3, Node::new(&heap, 0));
    heap.collect_minor(&roots);
    heap.verify_heap(&roots);
    assert_eq!(entries(both), [true, false, false, true]);
    assert_eq!(entries(keys), [true, false, false, true]);
}

#[test]
fn ephemeron_chains_in_any_order() {
    const N: usize = 20_000;
    for reverse in [false, true] {
        let heap = Heap::new();
        let tables = [Node::new(&heap, N), Node::new(&heap, N)];
        tables.iter().for_each(|t| t.weak.set(1));
        let first = Node::new(&heap, 0);
        let roots = Roots::of(&[tables[0], tables[1], first]);
        let mut key = first;
        for i in 0..N {
            let value = Node::new(&heap, 0);
            let at = if reverse { N / 2 - 1 - i / 2 } else { i / 2 };
            tables[i % 2].link(&heap, 2 * at, key);
            tables[i % 2].link(&heap, 2 * at + 1, value);
            key = value;
        }
        heap.collect_full(&roots);
        heap.verify_heap(&roots);
        assert!(tables.iter().all(|t| (0..N).all(|i| t.node(i).is_some())));
        // Without its first key nothing of the chain is alive.
        roots.set(2, Value::NIL);
        heap.collect_full(&roots);
        assert!(tables.iter().all(|t| (0..N).all(|i| t.node(i).is_none())));
    }
}

#[test]
fn finalizers_run_newest_first_and_resurrect() {
    let heap = Heap::new();
    let id = |v: Value<'_>| v.downcast::<Node>().and_then(|n| n.at(0).as_int());
    let make = |i: i32| {
        let n = Node::new(&heap, 2);
        n.set(&heap, 0, Value::small_int(i));
        n.link(&heap, 1, Node::new(&heap, 0));
        heap.add_finalizer(Value::object(n));
        heap.add_finalizer(Value::object(n));
        n
    };
    let (weak_values, weak_keys) = (Node::new(&heap, 2), Node::new(&heap, 2));
    weak_values.weak.set(2);
    weak_keys.weak.set(1);
    let kept = make(0);
    let roots = Roots::of(&[weak_values, weak_keys, kept]);
    let all: Vec<_> = (1..4).map(make).collect();
    weak_values.set(&heap, 0, Value::TRUE);
    weak_values.link(&heap, 1, all[0]);
    weak_keys.link(&heap, 0, all[1]);
    weak_keys.link(&heap, 1, Node::new(&heap, 0));
    heap.collect_minor(&roots);
    heap.verify_heap(&roots);
    assert!(weak_values.at(1).is_nil(), "cleared before finalization");
    assert!(!weak_keys.at(1).is_nil(), "cleared after finalization");
    assert_ne!(heap.poll_bits() & POLL_FINALIZER, 0);
    // They stay alive, with what they refer to, until they are taken.
    heap.collect_full(&roots);
    heap.verify_heap(&roots);
    let order: Vec<_> = std::iter::from_fn(|| heap.next_finalizable()).map(id).collect();
    assert_eq!(order, [Some(3), Some(2), Some(1)]);
    assert_eq!(heap.poll_bits() & POLL_FINALIZER, 0);
    heap.collect_full(&roots);
    assert!(!heap.has_finalizable() && weak_keys.at(1).is_nil());
    // A finalized object may get a finalizer again.
    make(4);
    heap.collect_full(&roots);
    let again = heap.next_finalizable();
    heap.add_finalizer(again.unwrap_or(Value::NIL));
    make(5);
    heap.all_finalizable_at_close();
    let order: Vec<_> = std::iter::from_fn(|| heap.next_finalizable()).map(id).collect();
    assert_eq!(order, [Some(5), Some(4), Some(0)]);
}

#[test]
fn owners_are_dropped_once() {
    let drops = Rc::new(Cell::new(0));
    let heap = Heap::new();
    let make = || heap.alloc(Owner(Node::init(&heap, Kind::Userdata, 0, Some(drops.clone()))));
    let roots = Roots::of(&[]);
    roots.slots.borrow_mut().push(Value::object(make()).bits());
    make();
    heap.collect_minor(&roots);
    assert_eq!(drops.get(), 1);
    make();
    roots.set(0, Value::NIL);
    heap.collect_full(&roots);
    assert_eq!(drops.get(), 3);
    make();
    drop(heap);
    assert_eq!(drops.get(), 4);
}

#[test]
fn what_is_written_without_barrier_is_traced_again() {
    let heap = Heap::new();
    let thread = heap.alloc(Node::init(&heap, Kind::Thread, 2, None));
    thread.header.set_flag(flag::UNBARRIERED, true);
    let roots = Roots::of(&[]);
    roots.slots.borrow_mut().push(Value::object(thread).bits());
    heap.collect_full(&roots);
    thread.slot(0).set(Value::object(Node::new(&heap, 0)));
    heap.collect_minor(&roots);
    heap.verify_heap(&roots);
    // What was stored last before it rests.
    thread.slot(0).set(Value::object(Node::new(&heap, 0)));
    thread.header.set_flag(flag::UNBARRIERED, false);
    heap.collect_minor(&roots);
    heap.verify_heap(&roots);
    // It rests, and is like any other object.
    assert_eq!(thread.header.state.get(), state::BLACK);
    thread.set(&heap, 0, Value::object(Node::new(&heap, 0)));
    assert_eq!(thread.header.state.get(), state::WHITE);
    heap.collect_minor(&roots);
    heap.verify_heap(&roots);
    // It goes on.
    heap.barrier(&thread.header);
    thread.header.set_flag(flag::UNBARRIERED, true);
    heap.set_mode(Mode::Incremental);
    heap.collect_step(&roots, 0);
    thread.slot(1).set(Value::object(Node::new(&heap, 0)));
    while !heap.collect_step(&roots, 0) {}
    heap.verify_heap(&roots);
}

#[test]
fn what_rests_is_not_traced_by_minor_collections() {
    let heap = Heap::new();
    let thread = heap.alloc(Node::init(&heap, Kind::Thread, 100_000, None));
    thread.header.set_flag(flag::UNBARRIERED, true);
    let roots = Roots::of(&[]);
    roots.slots.borrow_mut().push(Value::object(thread).bits());
    heap.collect_minor(&roots);
    let work_of_next = || {
        let before = heap.work.get();
        heap.collect_minor(&roots);
        heap.work.get() - before
    };
    assert!(work_of_next() > 100_000);
    thread.header.set_flag(flag::UNBARRIERED, false);
    work_of_next();
    assert!(work_of_next() < 1_000);
}

#[test]
fn figures_are_stable() {
    let heap = Heap::new();
    let root = Node::new(&heap, 100);
    let roots = Roots::of(&[root]);
    let mut figures = Vec::new();
    for round in 0..4 {
        for i in 0..100 {
            let n = Node::new(&heap, i * 50);
            n.grow(&heap, i * 100 + 1);
            root.link(&heap, i, n);
        }
        garbage(&heap, 100_000);
        let before = heap.live_bytes();
        if round % 2 == 0 {
            heap.collect_full(&roots)
        } else {
            while !force_step(&heap, &roots) {
                heap.set_mode(Mode::Incremental);
            }
        }
        assert!(heap.live_bytes() < before);
        heap.collect_full(&roots);
        figures.push(heap.live_bytes());
    }
    assert!(figures.iter().all(|f| *f == figures[0]), "{figures:?}");
    let one = heap.live_bytes();
    Node::new(&heap, 1);
    assert_eq!(heap.live_bytes(), one + 8 + Heap::usable_size(size_of::<Node>()));
    let used = heap.used_bytes();
    let mut charge = heap.charge();
    charge.set(1000);
    charge.add(24);
    assert_eq!(heap.used_bytes(), used + 1024);
    charge.set(24);
    assert_eq!(heap.used_bytes(), used + 24);
    drop(charge);
    assert_eq!(heap.used_bytes(), used);
    heap.collect_full(&roots);
    assert_eq!(heap.live_bytes(), one);
}

#[test]
fn buffers_are_freed_eagerly() {
    let heap = Heap::new();
    let root = Node::new(&heap, 1);
    let roots = Roots::of(&[root]);
    let base = heap.live_bytes();
    for collect in [false, true] {
        for bytes in [8, 40, 5000, 20_000, 100_000, 2 << 20, 20 << 20] {
            root.grow(&heap, bytes / 8);
            if collect {
                heap.collect_minor(&roots);
            }
            root.grow(&heap, 1);
            assert_eq!(heap.live_bytes(), base, "{bytes}");
        }
    }
    // While marking, too.
    heap.set_mode(Mode::Incremental);
    heap.set_param(Param::StepMul, 25);
    root.grow(&heap, 200_000);
    for i in 0..200_000 {
        root.link(&heap, i, root);
    }
    force_step(&heap, &roots);
    for _ in 0..100 {
        root.grow(&heap, 3);
        force_step(&heap, &roots);
        root.grow(&heap, 5000);
    }
    root.grow(&heap, 1);
    heap.collect_full(&roots);
    assert_eq!(heap.live_bytes(), base);
}

#[test]
fn memory_is_reused() {
    let heap = Heap::new();
    let root = Node::new(&heap, 5000);
    let roots = Roots::of(&[root]);
    for round in 0..200usize {
        for i in 0..5000 {
            // Some of the old ones are replaced each round, in changing sizes.
            if (i + round) % 50 == 0 {
                root.link(&heap, i, Node::new(&heap, 1 + (i + round) % 37));
            }
        }
        garbage(&heap, 2 << 20);
        if heap.poll_bits() != 0 {
            heap.step(&roots);
        }
        // A buffer larger than a block, too.
        root.grow(&heap, 20_000);
        root.grow(&heap, 5000);
    }
    assert!(heap.stats().mapped <= 16 << 20, "{:?}", heap.stats());
    // A peak is given back.
    for _ in 0..3 {
        root.grow(&heap, 200_000);
        for i in 0..200_000 {
            root.link(&heap, i, Node::new(&heap, 30));
        }
        assert!(heap.stats().mapped > 50 << 20);
        root.grow(&heap, 1);
        heap.collect_full(&roots);
        assert!(heap.stats().mapped < 20 << 20, "{:?}", heap.stats());
    }
}

#[test]
fn limit() {
    let heap = Heap::new();
    let root = Node::new(&heap, 2);
    let roots = Roots::of(&[root]);
    heap.set_limit(Some(3 << 20));
    // Garbage alone doesn't exceed it, even if the collector is stopped.
    for stopped in [false, true] {
        if stopped {
            heap.stop();
        }
        for _ in 0..200_000 {
            Node::new(&heap, 4);
            if heap.poll_bits() & POLL_GC != 0 {
                heap.step(&roots);
                assert!(!heap.must_refuse());
            }
        }
        heap.restart();
    }
    assert!(heap.grants(1 << 20) && !heap.grants(4 << 20));
    // Live objects do, soon after they do.
    let mut exceeded = None;
    for i in 0..100_000usize {
        let n = Node::new(&heap, 2);
        n.set(&heap, 0, root.at(0));
        root.link(&heap, 0, n);
        if heap.poll_bits() & POLL_GC != 0 {
            heap.step(&roots);
            if heap.must_refuse() {
                exceeded = Some(i);
                break;
            }
        }
    }
    let expected = (3 << 20) / (Heap::usable_size(size_of::<Node>()) + 16);
    assert!(exceeded.is_some_and(|i| i.abs_diff(expected) < 20), "{exceeded:?} {expected}");
    // Who has been told goes on without collections until something is allocated.
    let collections = heap.stats().major;
    for _ in 0..1000 {
        heap.request_poll(POLL_GC);
        heap.step(&roots);
        assert!(!heap.must_refuse());
    }
    assert_eq!(heap.stats().major, collections);
    root.set(&heap, 0, Value::NIL);
    heap.step(&roots);
    assert!(!heap.must_refuse());
}

#[test]
fn generations_and_majors_follow_growth() {
    let heap = Heap::new();
    let root = Node::new(&heap, 1000);
    let roots = Roots::of(&[root]);
    for i in 0..3_000_000usize {
        root.link(&heap, i % 1000, Node::new(&heap, 1));
        if heap.poll_bits() & POLL_GC != 0 {
            heap.step(&roots);
        }
    }
    let stats = heap.stats();
    assert!(stats.minor > 50 && stats.mapped <= 32 << 20, "{stats:?}");
    assert!(heap.live_bytes() < 16 << 20);
}

#[test]
fn steps_by_allocated_bytes() {
    let heap = Heap::new();
    let roots = Roots::of(&[]);
    heap.set_mode(Mode::Incremental);
    let calls = |bytes: usize| {
        heap.collect_full(&roots);
        garbage(&heap, 5000);
        let mut n = 1;
        while !heap.collect_step(&roots, bytes) {
            n += 1;
        }
        n
    };
    assert!(calls(10) < calls(2));
    heap.set_param(Param::StepSize, 0);
    assert!(heap.collect_step(&roots, 0) && heap.collect_step(&roots, 0));
}

#[test]
fn weak_references_beside_tables() {
    let heap = Heap::new();
    let node = Node::new(&heap, 0);
    let roots = Roots::of(&[node]);
    roots.weak.set(node.as_ptr() as usize);
    heap.collect_full(&roots);
    assert_ne!(roots.weak.get(), 0);
    roots.set(0, Value::NIL);
    heap.collect_minor(&roots);
    assert_ne!(roots.weak.get(), 0);
    heap.collect_full(&roots);
    assert_eq!(roots.weak.get(), 0);
}

//! Forced collections: at every safepoint, but within what they may cost.

use super::*;
use crate::heap::stress::{ALLOWANCE, SAVINGS};
use crate::stress::is_hostile;

/// Has a heap with this many live slots collect at so many safepoints; the collections and the work.
fn collections(slots: usize, safepoints: u64) -> (u64, usize) {
    let heap = Heap::new();
    let roots = Roots::of(&[Node::new(&heap, slots)]);
    heap.set_stress(true, 0);
    for _ in 0..safepoints {
        heap.step(&roots);
    }
    let s = heap.stats();
    (s.minor + s.major + s.steps, heap.work.get())
}

#[test]
fn a_small_heap_collects_at_every_safepoint() {
    // A hostile build overwrites all that is free at each full collection, for which the savings don't last as long.
    let safepoints = if is_hostile() { 1_000 } else { 5_000 };
    let (collections, _) = collections(10, safepoints);
    assert!(collections >= safepoints, "{collections}");
}

#[test]
fn collecting_costs_no_more_than_its_share() {
    let (safepoints, slots) = (20_000, 1 << 17);
    let (collections, work) = collections(slots, safepoints);
    assert!(collections < safepoints, "{collections}");
    let last = 2 * slots * size_of::<u64>();
    assert!(work <= SAVINGS + ALLOWANCE * safepoints as usize + last, "{work}");
    assert!(work >= SAVINGS, "{work}");
}

//! The heap verifier: is everything that can be reached still there?
//!
//! **Design.** A missing barrier or root shows long after it did its harm, as garbage in some object. The verifier
//! shows it at the next collection. It marks all that can be reached, as a major collection would but with
//! the present marks put aside in a [`Snapshot`], and asserts of each cell that it is marked there or was
//! allocated since; then it restores the marks. Weak tables are traced as strong ones: what is left in them
//! must be alive.

use super::Heap;
use super::chunk::{Block, BlockUse};
use super::cycle::Phase;
use super::mark::{MarkState, Marker};
use super::size::CLASSES;
use super::{RootSet, barrier::AddrMap};
use crate::object::{Header, Kind};

/// The marks of a heap.
pub(super) struct Snapshot {
    /// Marks and number of marked cells by block.
    blocks: AddrMap<(Vec<u64>, usize)>,
    /// Blocks allocated from since the last collection.
    recent: Vec<Block>,
    /// The free cells of those, by address.
    unused: Vec<(usize, usize)>,
    /// The object whose references are being checked, if it isn't the roots.
    referrer: Option<(Kind, usize)>,
}

impl Snapshot {
    pub(super) fn set_referrer(&mut self, o: &Header) {
        self.referrer = Some((o.kind(), std::ptr::from_ref(o) as usize));
    }

    /// Asserts that the cell at `addr` is alive.
    pub(super) fn check(&self, addr: usize) {
        let block = Block::of(addr);
        let alive = match block.usage() {
            BlockUse::Free | BlockUse::SpanRest => false,
            BlockUse::Span => true,
            BlockUse::Cells(_) => {
                let marks = self.blocks.get(&block.addr()).map_or(&[][..], |b| &b.0);
                let granule = (addr - block.addr()) / 8;
                marks.get(granule / 64).is_some_and(|w| w >> (granule % 64) & 1 != 0)
                    || (self.recent.contains(&block)
                        && !self.unused.iter().any(|(from, to)| (*from..*to).contains(&addr)))
            }
        };
        assert!(alive, "the cell at {addr:#x} is free, but referred to by {:x?}", self.referrer);
    }
}

impl Heap {
    /// Asserts that nothing reachable has been freed. Does nothing while a major collection marks. Returns the work
    /// it was, as of marking.
    ///
    /// # Panics
    /// If something has been.
    pub fn verify_heap(&self, roots: &dyn RootSet) -> usize {
        if self.phase.get() != Phase::Idle || self.busy.replace(true) {
            return 0;
        }
        let mut snapshot = Snapshot {
            blocks: AddrMap::default(),
            recent: Vec::new(),
            unused: Vec::new(),
            referrer: None,
        };
        for class in 0..CLASSES {
            let run = &self.runs[class];
            snapshot.unused.push((run.bump.get() as usize, run.end.get() as usize));
            snapshot.unused.extend(self.classes[class].untaken());
            snapshot.recent.extend(self.classes[class].touched.borrow().iter());
        }
        self.space.for_each_block(|block, usage| {
            if matches!(usage, BlockUse::Cells(_) | BlockUse::Span) {
                snapshot.blocks.insert(block.addr(), (block.marks().to_vec(), block.count()));
                block.marks().fill(0);
                block.set_count(0);
            }
        });
        let mut m = Marker {
            refusals: &self.refusals,
            state: MarkState::default(),
            work: 0,
            hooked: true,
            verifying: Some(snapshot),
        };
        roots.trace_roots(&mut m);
        self.finalizers.trace_due(&mut m);
        m.drain();
        let work = m.work;
        if let Some(snapshot) = m.verifying {
            for (addr, (marks, count)) in snapshot.blocks {
                let block = Block::of(addr);
                block.marks().copy_from_slice(&marks);
                block.set_count(count);
            }
        }
        self.busy.set(false);
        work
    }
}

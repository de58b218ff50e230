//! The free space of all segments: best fit, coalescing, O(log n).
//!
//! Two ordered indices of the same spans. `by_place` finds the neighbours with which a returned span merges;
//! `by_size` finds the smallest span that fits, and among equals the lowest, so that code stays dense and the
//! untouched end of a segment – its largest span – is broken into last. Size classes were rejected: they need
//! the same two indices to coalesce, and machine code has no popular sizes.
//!
//! Invariant: spans are non-empty, disjoint, and no two of one segment touch. Spans of different segments never
//! merge, even if the system happened to map the segments side by side.

use std::collections::{BTreeMap, BTreeSet};

/// A piece of one segment. The order is that of places: segment first, then offset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Span {
    pub(super) segment: u32,
    pub(super) offset: u32,
    pub(super) len: u32,
}

impl Span {
    fn end(self) -> u32 {
        self.offset + self.len
    }

    fn place(self) -> (u32, u32) {
        (self.segment, self.offset)
    }

    fn size_key(self) -> (u32, u32, u32) {
        (self.len, self.segment, self.offset)
    }
}

#[derive(Default)]
pub(super) struct FreeList {
    /// (segment, offset) → length.
    by_place: BTreeMap<(u32, u32), u32>,
    /// (length, segment, offset).
    by_size: BTreeSet<(u32, u32, u32)>,
    bytes: usize,
}

impl FreeList {
    /// Free bytes in all.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many pieces the free bytes are in.
    pub(super) fn spans(&self) -> usize {
        self.by_place.len()
    }

    /// Cuts `len` bytes (at least one) from the start of the smallest span that holds them.
    pub(super) fn take(&mut self, len: u32) -> Option<Span> {
        let &(found, segment, offset) = self.by_size.range((len, 0, 0)..).next()?;
        let span = Span { segment, offset, len: found };
        self.remove(span);
        if found > len {
            self.insert(Span { offset: offset + len, len: found - len, ..span });
        }
        Some(Span { len, ..span })
    }

    /// Returns a span that is in nobody's use, merging it with its free neighbours.
    pub(super) fn give(&mut self, mut span: Span) {
        let before = self.by_place.range(..span.place()).next_back();
        if let Some((&(segment, offset), &len)) = before {
            let left = Span { segment, offset, len };
            debug_assert!(segment < span.segment || left.end() <= span.offset, "freed twice");
            if segment == span.segment && left.end() == span.offset {
                self.remove(left);
                span = Span { offset, len: len + span.len, ..span };
            }
        }
        if let Some(&len) = self.by_place.get(&(span.segment, span.end())) {
            self.remove(Span { segment: span.segment, offset: span.end(), len });
            span.len += len;
        }
        self.insert(span);
    }

    fn insert(&mut self, span: Span) {
        self.by_place.insert(span.place(), span.len);
        self.by_size.insert(span.size_key());
        self.bytes += span.len as usize;
    }

    fn remove(&mut self, span: Span) {
        self.by_place.remove(&span.place());
        self.by_size.remove(&span.size_key());
        self.bytes -= span.len as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random takes and gives against a map of bytes, for two segments.
    #[test]
    fn agrees_with_a_map_of_bytes() {
        const LEN: u32 = 512;
        let mut random = super::super::tests::XorShift(0x9E37_79B9_7F4A_7C15);
        let mut list = FreeList::default();
        let mut used = [[false; LEN as usize]; 2];
        let mut live: Vec<Span> = Vec::new();
        for segment in 0..2 {
            list.give(Span { segment, offset: 0, len: LEN });
        }
        for _ in 0..50_000 {
            if random.below(2) == 0 {
                let len = 1 + random.below(40) as u32;
                let longest = used.iter().flat_map(|s| s.split(|&u| u)).map(<[bool]>::len).max();
                match list.take(len) {
                    Some(span) => {
                        assert_eq!(span.len, len);
                        for byte in span.offset..span.end() {
                            let byte = &mut used[span.segment as usize][byte as usize];
                            assert!(!*byte, "handed out twice");
                            *byte = true;
                        }
                        live.push(span);
                    }
                    None => assert!(longest < Some(len as usize), "refused though it fits"),
                }
            } else if !live.is_empty() {
                let span = live.swap_remove(random.below(live.len()));
                used[span.segment as usize][span.offset as usize..span.end() as usize].fill(false);
                list.give(span);
            }
            let runs = |s: &[bool; LEN as usize]| s.split(|&u| u).filter(|r| !r.is_empty()).count();
            assert_eq!(list.spans(), used.iter().map(runs).sum::<usize>(), "not coalesced");
            assert_eq!(list.spans(), list.by_size.len());
            let free = used.iter().flatten().filter(|&&u| !u).count();
            assert_eq!(list.bytes(), free);
        }
    }

    #[test]
    fn takes_the_smallest_that_fits_and_of_equals_the_lowest() {
        let mut list = FreeList::default();
        for (offset, len) in [(0, 100), (200, 32), (300, 48), (400, 32)] {
            list.give(Span { segment: 0, offset, len });
        }
        assert_eq!(list.take(20).map(|s| s.offset), Some(200));
        assert_eq!(list.take(30).map(|s| s.offset), Some(400));
        assert_eq!(list.take(33).map(|s| s.offset), Some(300));
        assert_eq!(list.take(101), None);
    }

    #[test]
    fn spans_of_different_segments_never_merge() {
        let mut list = FreeList::default();
        list.give(Span { segment: 0, offset: 64, len: 32 });
        list.give(Span { segment: 1, offset: 96, len: 32 });
        list.give(Span { segment: 2, offset: 64, len: 32 });
        assert_eq!((list.spans(), list.take(33)), (3, None));
    }
}

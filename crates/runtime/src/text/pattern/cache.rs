//! A small cache of compiled patterns.
//!
//! Programs use few patterns, and each of them often. The cache is direct-mapped and compares the
//! text, so it needs no help from the collector and can't go stale. Patterns are handed out by
//! reference count: a callback of `gsub` may use the cache and displace the pattern in use.
//!
//! Long patterns, which are hardly ever written by hand, are compiled each time rather than kept,
//! which bounds the memory of the cache.

use super::{Anchor, Pattern};
use std::rc::Rc;

/// The number of patterns kept, a power of two.
const SLOTS: usize = 64;

/// The longest pattern kept.
const MAX_LENGTH: usize = 128;

struct Entry {
    text: Box<[u8]>,
    anchor: Anchor,
    pattern: Rc<Pattern>,
}

/// Remembers compiled patterns.
pub struct PatternCache {
    slots: [Option<Entry>; SLOTS],
}

impl Default for PatternCache {
    fn default() -> PatternCache {
        PatternCache { slots: [const { None }; SLOTS] }
    }
}

impl PatternCache {
    /// The compiled pattern for `text`.
    pub fn get(&mut self, text: &[u8], anchor: Anchor) -> Rc<Pattern> {
        if text.len() > MAX_LENGTH {
            return Rc::new(Pattern::compile(text, anchor));
        }
        let slot = &mut self.slots[slot_of(text)];
        if let Some(entry) = slot
            && *entry.text == *text
            && entry.anchor == anchor
        {
            return Rc::clone(&entry.pattern);
        }
        let pattern = Rc::new(Pattern::compile(text, anchor));
        *slot = Some(Entry { text: text.into(), anchor, pattern: Rc::clone(&pattern) });
        pattern
    }
}

/// The slot of a pattern: its length and both its ends decide.
fn slot_of(text: &[u8]) -> usize {
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |b| u64::from_le_bytes(*b));
    let mixed = match (text.first_chunk(), text.last_chunk()) {
        (None, None) => text.iter().fold(0, |word, &b| (word << 8) | u64::from(b)),
        (first, last) => word(first).wrapping_mul(31) ^ word(last),
    };
    let hash = (mixed ^ text.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (hash >> 32) as usize % SLOTS
}

//! One copy of every name and string literal.
//!
//! **Problem.** Every second token is a name, which is looked up here. Most names have at most eight bytes.
//!
//! **Design.** All strings are in one buffer ([`Strings`]), so a new one costs no allocation. The hash table is open-addressed;
//! a slot has the bytes of a string of up to eight of them as a word, so finding it compares two words and looks at
//! nothing else. The slot of a longer one has its hash there, and the bytes are compared about once.
//!
//! The hash is keyed with a random number: a source text can't be written so that its names collide. The order of symbols
//! doesn't depend on the key, because it is the order of first occurrence.
//!
//! **Rejected.** The standard map, whose hash is slower than the rest of the lexer for short names, and which would store each
//! string twice. A box for each string: to make and to drop them took as long as to find them.

use crate::ast::{Strings, Symbol};
use crate::growth::push;
use std::hash::{BuildHasher, Hasher, RandomState};

/// The most bytes of a string that is compared as a word.
pub(crate) const WORD: usize = size_of::<u64>();

/// The table of strings of one chunk.
pub(crate) struct Interner {
    pub(crate) strings: Strings,
    /// The length is a power of two and at least twice the number of strings.
    slots: Vec<Slot>,
    /// The slots in use, in the order in which they were taken, to free them again: a short chunk is often followed by another,
    /// and the table may be as large as a long one before has made it.
    taken: Vec<u32>,
    key: u64,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    /// The bytes, or the hash of more than [`WORD`] of them.
    word: u64,
    /// The length, or 255 if it is more, and above it a part of the hash.
    tag: u32,
    /// The symbol plus one; zero if the slot is free.
    symbol: u32,
}

/// An odd number without pattern, for mixing.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

const MIN_SLOTS: usize = 128;

/// What a name or string literal is charged with beyond its bytes: its place here, and as an object.
pub(crate) const NAME_BYTES: usize = 96;

#[inline(always)]
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The first `len` bytes, of which there are at most eight, as a word, given all that follow.
#[inline(always)]
pub(crate) fn word_of(bytes: &[u8], len: usize) -> u64 {
    match bytes.first_chunk() {
        Some(&word) => u64::from_le_bytes(word) & MASKS[len.min(WORD)],
        None => {
            let mut word = [0; WORD];
            let bytes = &bytes[..len.min(bytes.len())];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        }
    }
}

/// The word of as many bytes of ones.
const MASKS: [u64; WORD + 1] = {
    let mut masks = [u64::MAX; WORD + 1];
    let mut len = 0;
    while len < WORD {
        masks[len] = (1 << (8 * len)) - 1;
        len += 1;
    }
    masks
};

fn hash_of_long(key: u64, bytes: &[u8]) -> u64 {
    let mut state = key ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (words, tail) = bytes.as_chunks::<WORD>();
    for &word in words {
        state = mix(state ^ u64::from_le_bytes(word), key).wrapping_add(MULTIPLIER);
    }
    mix(state ^ word_of(tail, tail.len()), key ^ MULTIPLIER)
}

#[inline(always)]
fn hash_of_word(key: u64, word: u64, len: usize) -> u64 {
    mix(word ^ key, key.wrapping_add(MULTIPLIER.wrapping_mul(len as u64 + 1)))
}

#[inline(always)]
fn tag_of(hash: u64, len: usize) -> u32 {
    ((hash >> 40) as u32) << 8 | len.min(255) as u32
}

impl Default for Interner {
    fn default() -> Interner {
        Interner::new()
    }
}

impl Interner {
    pub(crate) fn new() -> Interner {
        let key = RandomState::new().build_hasher().finish() | 1;
        let slots = vec![Slot::default(); MIN_SLOTS];
        Interner { strings: Strings::default(), slots, taken: Vec::new(), key }
    }

    /// Forgets all strings.
    pub(crate) fn clear(&mut self) {
        self.strings.clear();
        if self.taken.len() > self.slots.len() / 8 {
            self.slots.fill(Slot::default());
        } else {
            self.taken.iter().for_each(|&index| self.slots[index as usize] = Slot::default());
        }
        self.taken.clear();
    }

    /// What the budget of the chunk is charged with for them, as they are, with what the buffer has to spare, and as prototypes
    /// have them. What is spare from chunks before is nobody's business.
    #[inline]
    pub(crate) fn charge(&self) -> isize {
        (self.strings.bytes() * 5 / 2 + self.strings.len() * NAME_BYTES) as isize
    }

    /// The symbol of a string, a new one if it wasn't there.
    pub(crate) fn intern(&mut self, bytes: &[u8]) -> Symbol {
        let len = bytes.len();
        if len <= WORD {
            return self.intern_word(word_of(bytes, len), bytes);
        }
        let hash = hash_of_long(self.key, bytes);
        self.find_or_insert(hash, hash, bytes)
    }

    /// The same for a string of up to eight bytes, given as a word as well.
    #[inline(always)]
    pub(crate) fn intern_word(&mut self, word: u64, bytes: &[u8]) -> Symbol {
        self.find_or_insert(hash_of_word(self.key, word, bytes.len()), word, bytes)
    }

    /// The same, given the hash and what a slot has as word.
    #[inline(always)]
    fn find_or_insert(&mut self, hash: u64, word: u64, bytes: &[u8]) -> Symbol {
        let tag = tag_of(hash, bytes.len());
        let mask = self.slots.len() - 1;
        let mut index = hash as usize & mask;
        loop {
            let slot = self.slots[index];
            if slot.symbol == 0 {
                return self.insert(index, word, tag, bytes);
            }
            let symbol = Symbol(slot.symbol - 1);
            let is_whole = bytes.len() <= WORD;
            if slot.word == word
                && slot.tag == tag
                && (is_whole || self.strings.get(symbol) == bytes)
            {
                return symbol;
            }
            index = (index + 1) & mask;
        }
    }

    #[inline(never)]
    fn insert(&mut self, index: usize, word: u64, tag: u32, bytes: &[u8]) -> Symbol {
        let symbol = self.strings.push(bytes);
        self.slots[index] = Slot { word, tag, symbol: symbol.0 + 1 };
        push(&mut self.taken, index as u32);
        if self.strings.len() * 2 > self.slots.len() {
            self.grow();
        }
        symbol
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); mask + 1]);
        self.taken.clear();
        for slot in old.into_iter().filter(|slot| slot.symbol != 0) {
            let len = (slot.tag & 255) as usize;
            let hash = if len <= WORD { hash_of_word(self.key, slot.word, len) } else { slot.word };
            let mut index = hash as usize & mask;
            while self.slots[index].symbol != 0 {
                index = (index + 1) & mask;
            }
            self.slots[index] = slot;
            push(&mut self.taken, index as u32);
        }
    }

    /// The string of a symbol of this table.
    pub(crate) fn get(&self, symbol: Symbol) -> &[u8] {
        self.strings.get(symbol)
    }

    /// Ends the interning and hands out the strings.
    pub(crate) fn into_strings(self) -> Strings {
        self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_are_one_symbol() {
        let mut interner = Interner::new();
        let name = |i: usize| format!("{}{i}", "n".repeat(i % 12)).into_bytes();
        let names: Vec<Vec<u8>> = (0..5000).map(name).collect();
        let symbols: Vec<Symbol> = names.iter().map(|name| interner.intern(name)).collect();
        for (index, (name, &symbol)) in names.iter().zip(&symbols).enumerate() {
            assert_eq!(symbol, Symbol(index as u32));
            assert_eq!(interner.intern(name), symbol);
            assert_eq!(interner.get(symbol), &name[..]);
        }
        // Zeros count, at the end as well, and so does each byte of a long one.
        let others =
            [&b""[..], b"\0", b"\0\0", b"n1\0", b"12345678", b"12345678\0", b"12345678\0\0"];
        for (index, bytes) in others.into_iter().enumerate() {
            assert_eq!(interner.intern(bytes), Symbol(5000 + index as u32));
        }
        for len in [9, 300, 301] {
            let long = vec![b'x'; len];
            let symbol = interner.intern(&long);
            assert_eq!(interner.intern(&long), symbol);
            assert_eq!(interner.get(symbol), &long[..]);
        }
        assert_eq!(interner.into_strings().len(), 5010);
    }

    #[test]
    fn words_are_the_bytes_and_nothing_else() {
        assert_eq!(word_of(b"abc", 2), u64::from(u16::from_le_bytes(*b"ab")));
        assert_eq!(word_of(b"abcdefghij", 2), u64::from(u16::from_le_bytes(*b"ab")));
        assert_eq!(word_of(b"abcdefgh", 8), u64::from_le_bytes(*b"abcdefgh"));
        assert_eq!(word_of(b"", 0), 0);
    }
}

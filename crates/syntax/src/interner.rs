//! One copy of every name and string literal.
//!
//! An open-addressed hash table over the list of strings. Each entry keeps half of the hash, so a lookup
//! compares bytes about once. The hash is keyed with a random number: a source text can't be written so that
//! its names collide, and the order of symbols doesn't depend on the key because it is the order of first
//! occurrence.
//!
//! Rejected: the standard map, whose hash is slower than the rest of the lexer for short names, and which
//! would store each string twice.

use crate::ast::Symbol;
use std::hash::{BuildHasher, Hasher, RandomState};

/// The table of strings of one chunk.
pub(crate) struct Interner {
    strings: Vec<Box<[u8]>>,
    /// Zero if free, otherwise the upper half of the hash and the symbol plus one. The length is a power of
    /// two and at least twice the number of strings.
    slots: Vec<u64>,
    key: u64,
}

/// An odd number without pattern, for mixing.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

fn hash(key: u64, bytes: &[u8]) -> u64 {
    let mut state = key ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (words, tail) = bytes.as_chunks::<8>();
    for &word in words {
        state = mix(state ^ u64::from_le_bytes(word), key | 1).wrapping_add(MULTIPLIER);
    }
    let mut last = [0; 8];
    last[..tail.len()].copy_from_slice(tail);
    mix(state ^ u64::from_le_bytes(last), key ^ MULTIPLIER)
}

impl Interner {
    pub(crate) fn new() -> Interner {
        let key = RandomState::new().build_hasher().finish();
        Interner { strings: Vec::new(), slots: vec![0; 256], key }
    }

    /// The symbol of a string, a new one if it wasn't there.
    pub(crate) fn intern(&mut self, bytes: &[u8]) -> Symbol {
        let hash = hash(self.key, bytes);
        let tag = hash >> 32 << 32;
        let mask = self.slots.len() - 1;
        let mut index = hash as usize & mask;
        loop {
            let slot = self.slots[index];
            if slot == 0 {
                break;
            }
            let position = (slot as u32 - 1) as usize;
            if slot >> 32 << 32 == tag && *self.strings[position] == *bytes {
                return Symbol(position as u32);
            }
            index = (index + 1) & mask;
        }
        let symbol = Symbol(self.strings.len() as u32);
        self.slots[index] = tag | u64::from(symbol.0 + 1);
        self.strings.push(bytes.into());
        if self.strings.len() * 2 > self.slots.len() {
            self.grow();
        }
        symbol
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots.clear();
        self.slots.resize(mask + 1, 0);
        for (position, string) in self.strings.iter().enumerate() {
            let hash = hash(self.key, string);
            let mut index = hash as usize & mask;
            while self.slots[index] != 0 {
                index = (index + 1) & mask;
            }
            self.slots[index] = (hash >> 32 << 32) | (position as u64 + 1);
        }
    }

    /// The string of a symbol of this table.
    pub(crate) fn get(&self, symbol: Symbol) -> &[u8] {
        &self.strings[symbol.0 as usize]
    }

    /// Ends the interning and hands out the strings.
    pub(crate) fn into_strings(self) -> Vec<Box<[u8]>> {
        self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_are_one_symbol() {
        let mut interner = Interner::new();
        let names: Vec<Vec<u8>> = (0..5000).map(|i| format!("name_{i}").into_bytes()).collect();
        let symbols: Vec<Symbol> = names.iter().map(|name| interner.intern(name)).collect();
        for (index, (name, &symbol)) in names.iter().zip(&symbols).enumerate() {
            assert_eq!(symbol, Symbol(index as u32));
            assert_eq!(interner.intern(name), symbol);
            assert_eq!(interner.get(symbol), &name[..]);
        }
        assert_eq!(interner.intern(b""), Symbol(5000));
        assert_eq!(interner.intern(b"\0"), Symbol(5001));
        assert_eq!(interner.into_strings().len(), 5002);
    }
}

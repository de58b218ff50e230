//! Lists that grow piece by piece.
//!
//! A vector that doubles needs one and a half times what it holds in one piece, at a moment when there may be just a
//! little left. The lists about objects, which are as long as a program likes, grow by pieces instead, and what they
//! hold never moves.

use super::account::Charge;
use std::cell::Cell;

/// Elements of a piece.
const PIECE: usize = 512;

/// A list of words.
pub(crate) struct List {
    pieces: Vec<Box<[Cell<u64>; PIECE]>>,
    len: usize,
    charge: Charge,
}

impl List {
    pub(crate) fn new(charge: Charge) -> List {
        List { pieces: Vec::new(), len: 0, charge }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, word: u64) {
        if self.len == self.pieces.len() * PIECE {
            self.pieces.push(Box::new([const { Cell::new(0) }; PIECE]));
            self.charge.set(self.pieces.len() * PIECE * size_of::<u64>());
        }
        self.cell(self.len).set(word);
        self.len += 1;
    }

    /// An element by number, which must be below the length, or at it before it is counted.
    fn cell(&self, i: usize) -> &Cell<u64> {
        &self.pieces[i / PIECE][i % PIECE]
    }

    pub(crate) fn get(&self, i: usize) -> u64 {
        debug_assert!(i < self.len);
        self.cell(i).get()
    }

    pub(crate) fn set(&self, i: usize, word: u64) {
        debug_assert!(i < self.len);
        self.cell(i).set(word);
    }

    /// Shortens it; one piece is kept to spare.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = len;
        self.pieces.truncate(len.div_ceil(PIECE) + 1);
        self.charge.set(self.pieces.len() * PIECE * size_of::<u64>());
    }
}

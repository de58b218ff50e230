//! Binary chunks that needn't be verified.
//!
//! **Problem.** To verify a chunk takes longer than to read it, and most chunks that are loaded were written by `string.dump`
//! of the same program, or are loaded more than once.
//!
//! **Design.** Of the last chunks that were written or accepted a state keeps fingerprints: 128 bits of the whole chunk, by two
//! SipHashes with keys that are random and that nothing tells a program. A chunk whose fingerprint is there is read
//! without being verified.
//!
//! **Invariant.** What is remembered is the fingerprint of a chunk that the verifier has accepted, or of one that was written for
//! a prototype of this state. Those have been verified when they were loaded, or come from the compiler, whose code the verifier
//! accepts; builds with assertions verify everything regardless. Whoever wants to pass another chunk has to guess one with the
//! same fingerprint, and learns from a failure only that it failed.
//!
//! **Rejected.** A seal in the chunk: it would have to be kept from being copied to another, and the same function would give
//! different chunks in every process.

use crate::cx::{Cx, Fault};
use crate::pieces::PIECE;
use std::cell::{Cell, OnceCell, RefCell};
use std::hash::{BuildHasher, Hasher, RandomState};

/// How many chunks are remembered.
const REMEMBERED: usize = 64;

/// The fingerprint of a chunk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u64; 2]);

/// The chunks that a state remembers.
#[derive(Default)]
pub(crate) struct Accepted {
    keys: OnceCell<[RandomState; 2]>,
    fingerprints: RefCell<Vec<Fingerprint>>,
    /// Which is replaced next.
    next: Cell<usize>,
}

impl Accepted {
    /// Whether a chunk with this fingerprint is remembered.
    pub(crate) fn has(&self, fingerprint: Fingerprint) -> bool {
        self.fingerprints.borrow().contains(&fingerprint)
    }

    /// Remembers a chunk. See the invariant.
    pub(crate) fn remember(&self, fingerprint: Fingerprint) {
        let mut all = self.fingerprints.borrow_mut();
        if all.contains(&fingerprint) {
            return;
        }
        let next = self.next.get();
        match all.get_mut(next) {
            Some(oldest) => *oldest = fingerprint,
            None => all.push(fingerprint),
        }
        self.next.set((next + 1) % REMEMBERED);
    }
}

impl Cx {
    /// The fingerprint of a chunk.
    ///
    /// # Errors
    /// [`Fault::Kill`]
    pub(crate) fn fingerprint(&self, chunk: &[u8]) -> Result<Fingerprint, Fault> {
        let keys = self.accepted.keys.get_or_init(|| [RandomState::new(), RandomState::new()]);
        let mut hashers = keys.each_ref().map(BuildHasher::build_hasher);
        for piece in chunk.chunks(PIECE) {
            hashers.iter_mut().for_each(|hasher| hasher.write(piece));
            self.check_interrupt()?;
        }
        Ok(Fingerprint(hashers.map(|hasher| hasher.finish())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Accepted, Fingerprint, REMEMBERED};

    #[test]
    fn the_oldest_are_forgotten() {
        let accepted = Accepted::default();
        let fingerprint = |n: usize| Fingerprint([n as u64, 7]);
        for n in 0..REMEMBERED + 3 {
            assert!(!accepted.has(fingerprint(n)));
            accepted.remember(fingerprint(n));
            accepted.remember(fingerprint(n));
            assert!(accepted.has(fingerprint(n)));
        }
        let known = |n: &usize| accepted.has(fingerprint(*n));
        assert!((0..REMEMBERED + 3).filter(known).eq(3..REMEMBERED + 3));
    }
}

//! The places of instructions in the source, packed.
//!
//! **Problem.** A place is eight bytes, as many as the instruction. Nearly every instruction is near the one before.
//!
//! **Design.** Each place is the difference to the one before, mostly a byte: on the same line or the next, not far away. Others
//! take a mark and two numbers of variable length. Every [`STRIDE`] instructions there is an entry in an index, from
//! which a place is found in a few steps; hooks look up places at each instruction.
//!
//! ```text
//!   0..128    same line, offset −48..80
//!   128..255  next line, offset 0..127
//!   255       then line and offset, as differences: zigzag, seven bits a byte
//! ```

use perilune_syntax::ast::Pos;
use std::fmt;

/// Instructions for each entry of the index.
const STRIDE: usize = 32;
/// How much is added to offsets on the same line.
const BIAS: i64 = 48;
/// The least difference that is a byte.
const MIN: i64 = -BIAS;
/// From here on, bytes are about the next line.
const NEXT_LINE: u8 = 128;
/// What comes before numbers.
const FAR: u8 = 255;

/// Places of instructions.
#[derive(Clone, PartialEq, Default)]
pub struct Positions {
    bytes: Box<[u8]>,
    /// For every so many instructions: where its bytes begin, and the place before it.
    index: Box<[(u32, Pos)]>,
    len: u32,
}

/// Reads places one after the other.
struct Reader<'a> {
    bytes: &'a [u8],
    last: Pos,
}

fn push_number(bytes: &mut Vec<u8>, n: i64) {
    let mut rest = (n << 1 ^ n >> 63).cast_unsigned();
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

impl Reader<'_> {
    #[inline]
    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((&byte, rest)) => {
                self.bytes = rest;
                byte
            }
            None => 0,
        }
    }

    fn number(&mut self) -> i64 {
        let (mut n, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            n |= u64::from(byte & 0x7F) << shift;
            shift += 7;
            if byte < 0x80 || shift > 56 {
                return (n >> 1).cast_signed() ^ -(n & 1).cast_signed();
            }
        }
    }

    #[inline]
    fn next(&mut self) -> Pos {
        let byte = self.byte();
        let (lines, offsets) = match byte {
            FAR => (self.number(), self.number()),
            NEXT_LINE.. => (1, i64::from(byte - NEXT_LINE)),
            _ => (0, i64::from(byte) - BIAS),
        };
        // They were 32 bits wide, and so are the sums.
        self.last.line = (i64::from(self.last.line) + lines) as u32;
        self.last.offset = (i64::from(self.last.offset) + offsets) as u32;
        self.last
    }
}

impl Positions {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The place of an instruction.
    pub fn get(&self, pc: usize) -> Option<Pos> {
        if pc >= self.len() {
            return None;
        }
        let &(start, last) = self.index.get(pc / STRIDE)?;
        let mut reader = Reader { bytes: self.bytes.get(start as usize..)?, last };
        (0..pc % STRIDE).for_each(|_| {
            reader.next();
        });
        Some(reader.next())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Pos> + '_ {
        let mut reader = Reader { bytes: &self.bytes, last: Pos::default() };
        (0..self.len).map(move |_| reader.next())
    }

    /// Changes them as if they weren't packed.
    pub fn edit(&mut self, change: impl FnOnce(&mut Vec<Pos>)) {
        let mut all = self.iter().collect();
        change(&mut all);
        *self = all.into();
    }

    /// How much memory they take.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + size_of_val(&*self.index)
    }
}

impl FromIterator<Pos> for Positions {
    fn from_iter<I: IntoIterator<Item = Pos>>(all: I) -> Positions {
        let all = all.into_iter();
        let mut bytes = Vec::with_capacity(all.size_hint().0 * 5 / 4 + 8);
        let mut index = Vec::with_capacity(all.size_hint().0.div_ceil(STRIDE));
        let mut last = Pos::default();
        let mut len = 0;
        for pos in all {
            if len % STRIDE == 0 {
                index.push((bytes.len() as u32, last));
            }
            let lines = i64::from(pos.line) - i64::from(last.line);
            let offsets = i64::from(pos.offset) - i64::from(last.offset);
            match (lines, offsets) {
                (0, MIN..80) => bytes.push((offsets + BIAS) as u8),
                (1, 0..127) => bytes.push(NEXT_LINE + offsets as u8),
                _ => {
                    bytes.push(FAR);
                    push_number(&mut bytes, lines);
                    push_number(&mut bytes, offsets);
                }
            }
            last = pos;
            len += 1;
        }
        Positions { bytes: bytes.into(), index: index.into(), len: len as u32 }
    }
}

impl From<Vec<Pos>> for Positions {
    fn from(all: Vec<Pos>) -> Positions {
        all.into_iter().collect()
    }
}

impl fmt::Debug for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_again() {
        let mut all = vec![Pos::default()];
        let mut seed = 1_u64;
        for n in 0..2000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let Pos { line, offset } = all[n];
            let by = (seed >> 40) as u32;
            all.push(match seed >> 33 & 7 {
                0 => Pos { line, offset },
                1 => Pos { line: line.wrapping_add(by), offset: u32::MAX - by },
                2 => Pos { line: by, offset: by },
                3 => Pos { line: line.wrapping_add(1), offset: offset.wrapping_add(by % 140) },
                4 => Pos { line: u32::MAX, offset: 0 },
                5 => Pos { line: 0, offset: u32::MAX },
                6 => Pos { line, offset: offset.wrapping_sub(by % 60) },
                _ => Pos { line, offset: offset.wrapping_add(by % 90) },
            });
        }
        let packed: Positions = all.iter().copied().collect();
        assert_eq!(packed.len(), all.len());
        assert!(packed.iter().eq(all.iter().copied()));
        assert!((0..all.len()).all(|pc| packed.get(pc) == Some(all[pc])));
        assert_eq!(packed.get(all.len()), None);
        assert_eq!(Positions::default().get(0), None);
    }

    #[test]
    fn what_is_near_takes_little_room() {
        let all = (0..640).map(|n| Pos { line: 1 + n / 8, offset: n * 5 });
        assert!(all.collect::<Positions>().bytes() < 640 * 3 / 2);
    }
}

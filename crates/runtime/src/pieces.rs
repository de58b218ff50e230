//! Work on many bytes, which can be interrupted.
//!
//! **Problem.** To copy, compare or search a gigabyte takes most of a second, and one call of the library may do it. An
//! interrupt must be noticed within milliseconds all the same.
//!
//! **Design.** Everything that looks at all bytes of a string of any length does it by these functions, which ask between
//! *pieces* whether to stop. Up to the size of a piece they do nothing but what their name says. Loops over other things
//! count [`Steps`].

use crate::cx::{Cx, Fault};
use crate::object::Gc;
use crate::string::{Str, StrBuilder};
use crate::text::pattern;
use crate::value::Value;
use std::cmp::Ordering;
use std::ops::Range;

/// Bytes dealt with between two questions: some tenths of a millisecond.
pub(crate) const PIECE: usize = 1 << 20;

/// Bytes that may be dealt with at once where an interrupt would have to take another way: some milliseconds.
pub(crate) const AT_ONCE: usize = 8 * PIECE;

/// The pieces of a range, in order.
fn pieces(range: Range<usize>) -> impl DoubleEndedIterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(PIECE).map(move |at| at..end.min(at + PIECE))
}

/// Counts steps of a loop, so that not each of them asks whether to stop.
#[derive(Default)]
pub(crate) struct Steps(usize);

impl Steps {
    /// Counts a step that costs as much as looking at so many bytes, and asks when it is time.
    ///
    /// # Errors
    /// [`Fault::Kill`]
    #[inline(always)]
    pub(crate) fn count(&mut self, cx: &Cx, bytes: usize) -> Result<(), Fault> {
        self.0 = self.0.saturating_add(bytes);
        if self.0 < PIECE {
            return Ok(());
        }
        self.0 = 0;
        cx.check_interrupt()
    }
}

/// Something that bytes are added to.
pub(crate) trait Sink {
    /// Adds bytes.
    fn add(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    #[inline]
    fn add(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl Sink for StrBuilder<'_> {
    #[inline]
    fn add(&mut self, bytes: &[u8]) {
        self.push(bytes);
    }
}

// What can fail here does so with [`Fault::Kill`].
impl Cx {
    /// Has `f` deal with the pieces of a range, in order.
    pub(crate) fn in_pieces(
        &self,
        range: Range<usize>,
        mut f: impl FnMut(Range<usize>),
    ) -> Result<(), Fault> {
        if range.len() <= PIECE {
            f(range);
            return Ok(());
        }
        pieces(range).try_for_each(|piece| {
            self.check_interrupt()?;
            f(piece);
            Ok(())
        })
    }

    /// The same from the last to the first.
    pub(crate) fn in_pieces_backwards(
        &self,
        range: Range<usize>,
        mut f: impl FnMut(Range<usize>),
    ) -> Result<(), Fault> {
        if range.len() <= PIECE {
            f(range);
            return Ok(());
        }
        pieces(range).rev().try_for_each(|piece| {
            self.check_interrupt()?;
            f(piece);
            Ok(())
        })
    }

    /// Adds bytes to a result.
    #[inline(always)]
    pub(crate) fn add_bytes(&self, to: &mut impl Sink, bytes: &[u8]) -> Result<(), Fault> {
        if bytes.len() <= PIECE {
            to.add(bytes);
            return Ok(());
        }
        self.add_many(to, bytes)
    }

    #[cold]
    #[inline(never)]
    fn add_many(&self, to: &mut impl Sink, bytes: &[u8]) -> Result<(), Fault> {
        self.in_pieces(0..bytes.len(), |piece| to.add(&bytes[piece]))
    }

    /// A string of any length.
    #[inline(always)]
    pub(crate) fn any_string(&self, bytes: &[u8]) -> Result<Gc<'_, Str>, Fault> {
        if bytes.len() <= PIECE {
            return Ok(self.string(bytes));
        }
        self.large_string(bytes)
    }

    #[cold]
    #[inline(never)]
    fn large_string(&self, bytes: &[u8]) -> Result<Gc<'_, Str>, Fault> {
        let mut b = StrBuilder::with_capacity(&self.heap, bytes.len());
        self.add_bytes(&mut b, bytes)?;
        Ok(b.finish(&self.strings))
    }

    /// A string made of parts of any length.
    pub(crate) fn joined(&self, parts: &[&[u8]]) -> Result<Value<'_>, Fault> {
        let len = parts.iter().map(|p| p.len()).sum();
        if len <= PIECE {
            return Ok(self.str_value(&parts.concat()));
        }
        let mut b = StrBuilder::with_capacity(&self.heap, len);
        parts.iter().try_for_each(|p| self.add_bytes(&mut b, p))?;
        Ok(Value::object(b.finish(&self.strings)))
    }

    /// How often there is a byte.
    pub(crate) fn count_byte(&self, bytes: &[u8], byte: u8) -> Result<usize, Fault> {
        let mut count = 0;
        self.in_pieces(0..bytes.len(), |piece| {
            count += memchr::memchr_iter(byte, &bytes[piece]).count();
        })?;
        Ok(count)
    }

    /// Where a byte is first.
    #[inline(always)]
    pub(crate) fn find_byte(&self, bytes: &[u8], byte: u8) -> Result<Option<usize>, Fault> {
        match bytes {
            [] => Ok(None),
            [first, ..] if *first == byte => Ok(Some(0)),
            [..] if bytes.len() <= PIECE => Ok(memchr::memchr(byte, bytes)),
            [..] => self.find_byte_in_many(bytes, byte),
        }
    }

    #[cold]
    #[inline(never)]
    fn find_byte_in_many(&self, bytes: &[u8], byte: u8) -> Result<Option<usize>, Fault> {
        for piece in pieces(0..bytes.len()) {
            if let Some(at) = memchr::memchr(byte, &bytes[piece.clone()]) {
                return Ok(Some(piece.start + at));
            }
            self.check_interrupt()?;
        }
        Ok(None)
    }

    /// Where `needle` is in `subject` first, from `from` on; see [`pattern::find_plain`].
    pub(crate) fn find_bytes(
        &self,
        subject: &[u8],
        needle: &[u8],
        from: usize,
    ) -> Result<Option<usize>, Fault> {
        // What a search begins with costs as much as the needle's length, so it must get far.
        let window = PIECE.max(needle.len());
        let mut at = from;
        loop {
            let end = at.saturating_add(window).saturating_add(needle.len());
            if end >= subject.len() {
                return Ok(pattern::find_plain(subject, needle, at));
            }
            if let Some(found) = pattern::find_plain(&subject[..end], needle, at) {
                return Ok(Some(found));
            }
            self.check_interrupt()?;
            at += window;
        }
    }

    /// The order of two strings.
    pub(crate) fn compare_bytes(&self, a: &[u8], b: &[u8]) -> Result<Ordering, Fault> {
        for piece in pieces(0..a.len().min(b.len())) {
            let order = a[piece.clone()].cmp(&b[piece]);
            if order.is_ne() {
                return Ok(order);
            }
            self.check_interrupt()?;
        }
        Ok(a.len().cmp(&b.len()))
    }

    /// The concatenation of strings of any length. What is appended in place isn't copied.
    pub(crate) fn concat_bytes<'g>(
        &'g self,
        left: Gc<'g, Str>,
        rest: &[&[u8]],
    ) -> Result<Gc<'g, Str>, Fault> {
        let added = rest.iter().map(|p| p.len()).sum();
        if added <= PIECE && (left.len() <= PIECE || left.has_room_for(added)) {
            return Ok(self.strings.append(&self.heap, left, rest));
        }
        let mut b = left.builder_for_appending(&self.heap, added);
        self.add_bytes(&mut b, left.as_bytes())?;
        rest.iter().try_for_each(|p| self.add_bytes(&mut b, p))?;
        Ok(b.finish(&self.strings))
    }
}

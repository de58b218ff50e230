//! Where results of unknown size are built.
//!
//! Most calls of `format` or `gsub` make a short string, and allocating a vector for it would take longer than the
//! rest of the call. So the vector of one call is kept for the next, on the thread: it holds nothing that belongs to
//! a state. A larger one is charged to the state's account. Calls may nest (`__tostring`, the function of `gsub`); an inner one finds nothing kept and allocates.

use crate::cx::{Cx, Fault};
use crate::heap::{Charge, prefer_large_pages};
use crate::pieces::{PIECE, Steps};
use crate::string::Str;
use crate::tuning::UNANNOUNCED;
use crate::value::Value;
use perilune_semantics::display;
use std::cell::Cell;

/// The largest vector kept. Most source files fit into it.
const KEPT: usize = 1 << 17;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A result under construction.
pub(in crate::stdlib) struct Output {
    /// The bytes so far.
    pub(in crate::stdlib) bytes: Vec<u8>,
    /// For a large vector.
    charge: Option<Charge>,
    /// Many small additions take as long as a large one.
    steps: Steps,
}

impl Output {
    /// An empty result.
    #[inline]
    pub(in crate::stdlib) fn new() -> Output {
        // While the thread ends there is nothing kept.
        let bytes = SPARE.try_with(Cell::take).unwrap_or_default();
        Output { bytes, charge: None, steps: Steps::default() }
    }

    /// Adds bytes, for which room has been made.
    ///
    /// # Errors
    /// [`Fault::Kill`]
    #[inline]
    pub(in crate::stdlib) fn add(&mut self, cx: &Cx, bytes: &[u8]) -> Result<(), Fault> {
        self.steps.count(cx, bytes.len())?;
        cx.add_bytes(&mut self.bytes, bytes)
    }

    /// Makes room for `more` bytes, which can be added then without asking for memory. A safepoint.
    ///
    /// # Errors
    /// "not enough memory".
    #[inline]
    pub(in crate::stdlib) fn reserve(&mut self, cx: &mut Cx, more: usize) -> Result<(), Fault> {
        let needed = self.bytes.len().saturating_add(more);
        if needed <= self.bytes.capacity().max(UNANNOUNCED) {
            return Ok(());
        }
        self.grow(cx, needed)
    }

    /// Makes room for that much in an empty vector; if it isn't much, then for all that may be kept, so that it needn't grow
    /// for the next. A safepoint.
    ///
    /// # Errors
    /// "not enough memory".
    pub(in crate::stdlib) fn reserve_once(
        &mut self,
        cx: &mut Cx,
        bytes: usize,
    ) -> Result<(), Fault> {
        if bytes > self.bytes.capacity() && bytes <= KEPT {
            self.bytes = Vec::new();
            return self.reserve(cx, KEPT);
        }
        self.reserve(cx, bytes)
    }

    #[cold]
    fn grow(&mut self, cx: &mut Cx, needed: usize) -> Result<(), Fault> {
        let capacity = self.bytes.capacity();
        let mut wanted = needed.max(capacity * 2);
        if cx.reserve(wanted).is_err() {
            // Less would do for now, but a result that grows byte by byte must not be copied for each of them.
            wanted = needed.max(capacity + capacity / 8);
            cx.reserve(wanted)?;
        }
        if cx.heap.refuses() {
            return Err(cx.memory_error());
        }
        if self.bytes.len() <= PIECE {
            if self.bytes.try_reserve_exact(wanted - self.bytes.len()).is_err() {
                return Err(cx.memory_error());
            }
        } else {
            // The allocator would copy all of it at once.
            let mut larger = Vec::new();
            if larger.try_reserve_exact(wanted).is_err() {
                return Err(cx.memory_error());
            }
            prefer_large_pages(larger.as_mut_ptr(), larger.capacity());
            cx.add_bytes(&mut larger, &self.bytes)?;
            self.bytes = larger;
        }
        self.charge.get_or_insert_with(|| cx.heap.charge()).set(self.bytes.capacity());
        Ok(())
    }

    /// Adds bytes. A safepoint.
    ///
    /// # Errors
    /// "not enough memory".
    #[inline]
    pub(in crate::stdlib) fn push(&mut self, cx: &mut Cx, bytes: &[u8]) -> Result<(), Fault> {
        self.reserve(cx, bytes.len())?;
        self.add(cx, bytes)
    }

    /// Adds the string or number in a slot; false if there is something else. A safepoint.
    ///
    /// # Errors
    /// "not enough memory".
    pub(in crate::stdlib) fn push_slot(&mut self, cx: &mut Cx, slot: usize) -> Result<bool, Fault> {
        let Some(len) = cx.at(slot).downcast::<Str>().map(|s| s.len()) else {
            let Some(n) = crate::interp::to_num(cx.at(slot)) else { return Ok(false) };
            self.push(cx, display::number_to_str(n).as_bytes())?;
            return Ok(true);
        };
        self.reserve(cx, len)?;
        let s = cx.at(slot).downcast::<Str>();
        self.add(cx, s.map_or(&[], |s| s.as_bytes()))?;
        Ok(true)
    }

    /// Pushes the result; returns 1, the number of values.
    ///
    /// # Errors
    /// "not enough memory".
    #[inline]
    pub(in crate::stdlib) fn finish(self, cx: &mut Cx) -> Result<usize, Fault> {
        reserve(cx, self.bytes.len())?;
        cx.push(Value::object(cx.any_string(&self.bytes)?));
        Ok(1)
    }
}

impl Drop for Output {
    #[inline]
    fn drop(&mut self) {
        if self.bytes.capacity() <= KEPT {
            self.bytes.clear();
            let bytes = std::mem::take(&mut self.bytes);
            // While the thread ends nothing is kept.
            let keep = |spare: &Cell<Vec<u8>>| {
                // Of a call within another.
                let kept = spare.take();
                spare.set(if kept.capacity() > bytes.capacity() { kept } else { bytes });
            };
            SPARE.try_with(keep).unwrap_or_default();
        }
    }
}

/// Asks for memory for a result of so many bytes. A safepoint.
///
/// # Errors
/// "not enough memory".
#[inline]
pub(in crate::stdlib) fn reserve(cx: &mut Cx, bytes: usize) -> Result<(), Fault> {
    if bytes > UNANNOUNCED { cx.reserve(bytes) } else { Ok(()) }
}

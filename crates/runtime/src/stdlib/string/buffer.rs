//! Where results of unknown size are built.
//!
//! Most calls of `format` or `gsub` make a short string, and allocating a vector for it would take longer than the
//! rest of the call. So the vector of one call is kept for the next, on the thread: it holds nothing that belongs to
//! a state. Calls may nest (`__tostring`, the function of `gsub`); an inner one finds nothing kept and allocates.

use crate::cx::{Cx, Fault};
use crate::tuning::UNANNOUNCED;
use crate::value::Value;
use std::cell::Cell;

/// The largest vector kept.
const KEPT: usize = 1 << 16;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A result under construction.
pub(in crate::stdlib) struct Output {
    /// The bytes so far.
    pub(in crate::stdlib) bytes: Vec<u8>,
}

impl Output {
    /// An empty result.
    #[inline]
    pub(in crate::stdlib) fn new() -> Output {
        // While the thread ends there is nothing kept.
        Output { bytes: SPARE.try_with(Cell::take).unwrap_or_default() }
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// [`Fault::Kill`]
    #[inline]
    pub(in crate::stdlib) fn add(&mut self, cx: &Cx, bytes: &[u8]) -> Result<(), Fault> {
        cx.add_bytes(&mut self.bytes, bytes)
    }

    /// Announces that `more` bytes are about to be added. A safepoint.
    ///
    /// # Errors
    /// "not enough memory".
    #[inline]
    pub(in crate::stdlib) fn reserve(&self, cx: &mut Cx, more: usize) -> Result<(), Fault> {
        reserve(cx, self.bytes.len().saturating_add(more))
    }

    /// Pushes the result; returns 1, the number of values.
    ///
    /// # Errors
    /// "not enough memory".
    #[inline]
    pub(in crate::stdlib) fn finish(self, cx: &mut Cx) -> Result<usize, Fault> {
        self.reserve(cx, 0)?;
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
            SPARE.try_with(|spare| spare.set(bytes)).unwrap_or_default();
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

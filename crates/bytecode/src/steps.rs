//! Steps of loops over code of any size, which somebody may want to stop.

use std::cell::Cell;

/// Steps between two questions: each is about an instruction, and takes some nanoseconds.
const AT_ONCE: u32 = 1 << 13;

/// Counts steps.
pub(crate) struct Steps<'a> {
    go_on: &'a dyn Fn() -> bool,
    left: Cell<u32>,
}

impl<'a> Steps<'a> {
    /// Steps that end when this says so. From then on it must say nothing else.
    pub(crate) fn new(go_on: &'a dyn Fn() -> bool) -> Steps<'a> {
        Steps { go_on, left: Cell::new(AT_ONCE) }
    }

    /// Counts a step; whether to go on.
    #[inline]
    pub(crate) fn go_on(&self) -> bool {
        let left = self.left.get() - 1;
        self.left.set(if left == 0 { AT_ONCE } else { left });
        left > 0 || (self.go_on)()
    }
}

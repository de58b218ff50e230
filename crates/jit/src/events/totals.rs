//! Sums over the stream of events.

use super::{Event, Sink, What};
use std::cell::Cell;

/// What there was so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Functions compiled.
    pub functions: u64,
    /// Functions that couldn't be.
    pub failures: u64,
    /// Functions whose code was freed.
    pub freed: u64,
    /// Functions entered in their midst when they had been compiled.
    pub entered: u64,
    /// Time in compilers.
    pub nanoseconds: u64,
    /// Instructions compiled.
    pub bytecodes: u64,
    /// Bytes of code in line.
    pub hot_bytes: u64,
    /// Bytes of cold code.
    pub cold_bytes: u64,
}

/// Adds up.
#[derive(Debug, Default)]
pub struct Totals(Cell<Sums>);

impl Totals {
    /// The sums.
    pub fn sums(&self) -> Sums {
        self.0.get()
    }
}

impl Sink for Totals {
    fn event(&self, event: &Event<'_>) {
        let mut s = self.0.get();
        match event.what {
            What::Compile { bytecodes, hot_bytes, cold_bytes, nanoseconds, .. } => {
                s.functions += 1;
                s.nanoseconds += nanoseconds;
                s.bytecodes += bytecodes as u64;
                s.hot_bytes += hot_bytes as u64;
                s.cold_bytes += cold_bytes as u64;
            }
            What::CompileFailed { nanoseconds, .. } => {
                s.failures += 1;
                s.nanoseconds += nanoseconds;
            }
            What::Enter { .. } => s.entered += 1,
            What::Free { .. } => s.freed += 1,
        }
        self.0.set(s);
    }
}

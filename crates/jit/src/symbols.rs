//! Names for the stubs at the beginning of a segment of code memory.

use crate::baseline::StubTable;

/// A stub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Such as `step:GETFIELD`.
    pub name: String,
    /// Where it begins.
    pub address: usize,
    /// Up to the next one.
    pub len: usize,
}

/// The stubs of a segment.
pub struct Symbols {
    base: usize,
}

impl Symbols {
    pub(crate) fn new(base: usize) -> Symbols {
        Symbols { base }
    }

    /// Where the segment begins.
    pub fn base(&self) -> usize {
        self.base
    }

    /// All of them, by address.
    pub fn iter(&self) -> impl Iterator<Item = Symbol> + '_ {
        let table = StubTable::get();
        let starts = table.starts();
        let ends = starts.iter().skip(1).map(|s| s.0 as usize).chain([table.code.len()]);
        starts.iter().zip(ends).map(|((start, stub), end)| Symbol {
            name: stub.name(),
            address: self.base + *start as usize,
            len: end - *start as usize,
        })
    }

    /// The stub that begins at an address.
    pub fn at(&self, address: usize) -> Option<String> {
        let offset = u32::try_from(address.checked_sub(self.base)?).ok()?;
        let starts = StubTable::get().starts();
        let found = starts.binary_search_by_key(&offset, |s| s.0).ok()?;
        Some(starts.get(found)?.1.name())
    }
}

//! Where the assembler's macro puts bytes, labels and jumps.
//!
//! `dynasmrt` has a `VecAssembler` for that, which serves all machines and kinds of reference: a relocation is 56 bytes
//! and patched by interpreting what kind it is, and bytes are appended by a function that doesn't know how many. Here
//! every reference is a 32-bit distance, so a jump is 8 bytes, and everything is inlined; that takes a third off the
//! time to compile. Whatever else the macro can ask for fails when the code is finished.

use crate::events::Reason;
use dynasmrt::components::LabelRegistry;
use dynasmrt::relocations::{Relocation, RelocationKind};
use dynasmrt::x64::X64Relocation;
use dynasmrt::{AssemblyOffset, DynamicLabel, DynasmApi, DynasmLabelApi};

/// A jump whose target wasn't known when it was assembled.
struct Jump {
    /// Behind its distance, which counts from there.
    end: u32,
    /// The number of its label.
    label: u32,
}

/// The place of a label that hasn't been bound.
const UNBOUND: u32 = u32::MAX;

/// Code under construction.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// Makes labels; where they are is in `places`.
    labels: LabelRegistry,
    places: Vec<u32>,
    jumps: Vec<Jump>,
    /// The last label within a template, to which backward jumps go.
    local: Option<(&'static str, u32)>,
    /// Forward jumps within a template whose label is still to come.
    forward: Vec<(&'static str, u32)>,
    failed: bool,
}

impl Buffer {
    /// Begins anew, with room for the code of so many instructions.
    pub(super) fn begin(&mut self, instructions: usize) {
        self.bytes.clear();
        self.bytes.reserve(instructions * 112 + 512);
        self.labels.clear();
        self.places.clear();
        self.places.reserve(instructions * 4 + 16);
        self.jumps.clear();
        self.jumps.reserve(instructions * 5 + 16);
        self.local = None;
        self.forward.clear();
        self.failed = false;
    }

    /// Gives back the memory of code that isn't needed any more.
    pub(super) fn recycle(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }

    pub(super) fn new_dynamic_label(&mut self) -> DynamicLabel {
        self.places.push(UNBOUND);
        self.labels.new_dynamic_label()
    }

    /// Appends bytes.
    #[inline(always)]
    pub(super) fn emit<const N: usize>(&mut self, bytes: [u8; N]) {
        self.bytes.extend_from_slice(&bytes);
    }

    /// The code, all jumps resolved.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, Reason> {
        let jumps = std::mem::take(&mut self.jumps);
        for jump in &jumps {
            match self.places.get(jump.label as usize) {
                Some(place) if *place != UNBOUND => self.patch(jump.end, *place),
                _ => self.failed = true,
            }
        }
        self.jumps = jumps;
        if self.failed || !self.forward.is_empty() {
            return Err(Reason::Unresolved);
        }
        Ok(std::mem::take(&mut self.bytes))
    }

    /// Writes the distance of a jump.
    #[inline(always)]
    fn patch(&mut self, end: u32, target: u32) {
        let distance = target.wrapping_sub(end).to_le_bytes();
        match self.bytes.get_mut((end as usize).wrapping_sub(4)..end as usize) {
            Some(field) => field.copy_from_slice(&distance),
            None => self.failed = true,
        }
    }

    fn here(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// Notes anything but a 32-bit distance, at the end of an instruction, to the label itself.
    #[inline(always)]
    fn expect_plain(&mut self, target_offset: isize, field: u8, origin: u8, kind: X64Relocation) {
        let is_distance = matches!(kind.kind(), RelocationKind::Relative) && kind.size() == 4;
        if target_offset != 0 || field != 4 || origin != 0 || !is_distance {
            self.failed = true;
        }
    }
}

impl Extend<u8> for Buffer {
    #[inline(always)]
    fn extend<T: IntoIterator<Item = u8>>(&mut self, bytes: T) {
        self.bytes.extend(bytes);
    }
}

impl<'a> Extend<&'a u8> for Buffer {
    #[inline(always)]
    fn extend<T: IntoIterator<Item = &'a u8>>(&mut self, bytes: T) {
        self.bytes.extend(bytes);
    }
}

impl DynasmApi for Buffer {
    #[inline(always)]
    fn offset(&self) -> AssemblyOffset {
        AssemblyOffset(self.bytes.len())
    }

    #[inline(always)]
    fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn align(&mut self, alignment: usize, with: u8) {
        let len = self.bytes.len().next_multiple_of(alignment);
        self.bytes.resize(len, with);
    }
}

impl DynasmLabelApi for Buffer {
    type Relocation = X64Relocation;

    #[inline(always)]
    fn local_label(&mut self, name: &'static str) {
        let here = self.here();
        self.local = Some((name, here));
        // There are hardly ever more than one or two.
        let mut k = 0;
        while let Some(&(wanted, end)) = self.forward.get(k) {
            if wanted == name {
                self.forward.swap_remove(k);
                self.patch(end, here);
            } else {
                k += 1;
            }
        }
    }

    fn global_label(&mut self, _: &'static str) {
        self.failed = true;
    }

    #[inline(always)]
    fn dynamic_label(&mut self, label: DynamicLabel) {
        let here = self.here();
        match self.places.get_mut(label.get_id()) {
            Some(place) if *place == UNBOUND => *place = here,
            _ => self.failed = true,
        }
    }

    fn global_relocation(&mut self, _: &'static str, _: isize, _: u8, _: u8, _: X64Relocation) {
        self.failed = true;
    }

    #[inline(always)]
    fn dynamic_relocation(
        &mut self,
        label: DynamicLabel,
        target_offset: isize,
        field: u8,
        origin: u8,
        kind: X64Relocation,
    ) {
        self.expect_plain(target_offset, field, origin, kind);
        self.jumps.push(Jump { end: self.here(), label: label.get_id() as u32 });
    }

    #[inline(always)]
    fn forward_relocation(
        &mut self,
        name: &'static str,
        target_offset: isize,
        field: u8,
        origin: u8,
        kind: X64Relocation,
    ) {
        self.expect_plain(target_offset, field, origin, kind);
        self.forward.push((name, self.here()));
    }

    fn backward_relocation(
        &mut self,
        name: &'static str,
        target_offset: isize,
        field: u8,
        origin: u8,
        kind: X64Relocation,
    ) {
        self.expect_plain(target_offset, field, origin, kind);
        match self.local {
            Some((last, place)) if last == name => self.patch(self.here(), place),
            _ => self.failed = true,
        }
    }

    fn value_relocation(&mut self, _: usize, _: u8, _: u8, _: X64Relocation) {
        self.failed = true;
    }
}

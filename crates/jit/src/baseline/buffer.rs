//! Where the assembler's macro puts bytes, labels and jumps.
//!
//! `dynasmrt` has a `VecAssembler` for that, which serves all machines and kinds of reference: a relocation is 56 bytes
//! and patched by interpreting what kind it is, and bytes are appended by a function that doesn't know how many. Here
//! every reference is a 32-bit distance, so a jump is 8 bytes, and everything is inlined; that takes a third off the
//! time to compile. Whatever else the macro can ask for fails when the code is finished.
//!
//! The buffer doesn't grow, since code that could make it grow would be at each of the thousand places that append to it. What
//! there is no room for is counted and left out, and the function compiled anew, with room for so much.

use crate::code_memory::MAX_CODE;
use crate::events::Reason;
use dynasmrt::components::LabelRegistry;
use dynasmrt::relocations::{Relocation, RelocationKind};
use dynasmrt::x64::X64Relocation;
use dynasmrt::{AssemblyOffset, DynamicLabel, DynasmApi, DynasmLabelApi};
use std::ops::{Deref, DerefMut};

/// A jump whose target wasn't known when it was assembled.
struct Jump {
    /// Where its distance is, the last four bytes of the instruction.
    at: u32,
    /// The number of its label.
    label: u32,
}

/// The place of a label that hasn't been bound.
const UNBOUND: u32 = u32::MAX;

/// Bytes of code there is room for at first, for each instruction.
const BYTES_PER_INSTRUCTION: usize = 160;

/// How the code of a function came out.
pub(super) enum Finished {
    /// It is there.
    Code(Code),
    /// It wants room for so many bytes.
    TooLong(usize),
}

/// Finished code, at the beginning of a buffer's memory.
pub(crate) struct Code {
    memory: Vec<u8>,
    len: usize,
}

impl Deref for Code {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.memory.get(..self.len).unwrap_or_default()
    }
}

impl DerefMut for Code {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.memory.get_mut(..self.len).unwrap_or_default()
    }
}

/// Code under construction.
#[derive(Default)]
pub(super) struct Buffer {
    /// All of them are there to be written, and the first `len` have been.
    bytes: Vec<u8>,
    /// Where the next byte goes; beyond the end if it is left out.
    len: usize,
    /// Makes labels; where they are is in `places`.
    labels: LabelRegistry,
    /// All labels ever made, by their numbers. Each function uses the first of them.
    made: Vec<DynamicLabel>,
    places: Vec<u32>,
    jumps: Vec<Jump>,
    /// The last label within a template, to which backward jumps go.
    local: Option<(&'static str, u32)>,
    /// Forward jumps within a template whose label is still to come.
    forward: Vec<(&'static str, u32)>,
    failed: bool,
}

impl Buffer {
    /// Begins anew, with room for the code of so many instructions, and for so many bytes at least.
    pub(super) fn begin(&mut self, instructions: usize, bytes: usize) {
        let room = bytes.max(instructions * BYTES_PER_INSTRUCTION + 512).min(MAX_CODE);
        if self.bytes.len() < room {
            // Pages that aren't written aren't touched.
            self.bytes = vec![0; room];
        }
        self.len = 0;
        self.places.clear();
        self.places.reserve(instructions * 4 + 16);
        self.jumps.clear();
        self.jumps.reserve(instructions * 5 + 16);
        self.local = None;
        self.forward.clear();
        self.failed = false;
    }

    /// Gives back the memory of code that isn't needed any more.
    pub(super) fn recycle(&mut self, code: Code) {
        self.bytes = code.memory;
    }

    pub(super) fn new_dynamic_label(&mut self) -> DynamicLabel {
        let number = self.places.len();
        self.places.push(UNBOUND);
        match self.made.get(number) {
            Some(label) => *label,
            None => {
                let label = self.labels.new_dynamic_label();
                self.made.push(label);
                label
            }
        }
    }

    /// Appends bytes.
    #[inline(always)]
    pub(super) fn emit<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(to) = self.bytes.get_mut(self.len..self.len + N) {
            to.copy_from_slice(&bytes);
        }
        self.len += N;
    }

    /// The code, all jumps resolved.
    pub(super) fn finish(&mut self) -> Result<Finished, Reason> {
        if self.len > MAX_CODE {
            return Err(Reason::TooLarge);
        }
        if self.len > self.bytes.len() {
            return Ok(Finished::TooLong(self.len));
        }
        let jumps = std::mem::take(&mut self.jumps);
        for jump in &jumps {
            match self.places.get(jump.label as usize) {
                Some(place) if *place != UNBOUND => self.patch(jump.at, *place),
                _ => self.failed = true,
            }
        }
        self.jumps = jumps;
        if self.failed || !self.forward.is_empty() {
            return Err(Reason::Unresolved);
        }
        Ok(Finished::Code(Code { memory: std::mem::take(&mut self.bytes), len: self.len }))
    }

    /// Writes the distance, to `target`, of the jump that has it in the four bytes at `at`.
    #[inline(always)]
    fn patch(&mut self, at: u32, target: u32) {
        // Else it was left out.
        if let Some(field) = self.bytes.get_mut(at as usize..).and_then(<[u8]>::first_chunk_mut) {
            *field = target.wrapping_sub(at.wrapping_add(4)).to_le_bytes();
        }
    }

    fn here(&self) -> u32 {
        self.len as u32
    }

    /// Where the distance of a jump is that has just been appended.
    fn distance(&self) -> u32 {
        self.here().wrapping_sub(4)
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
        for byte in bytes {
            self.push(byte);
        }
    }
}

impl<'a> Extend<&'a u8> for Buffer {
    #[inline(always)]
    fn extend<T: IntoIterator<Item = &'a u8>>(&mut self, bytes: T) {
        let bytes = bytes.into_iter();
        // The macro appends slices, whose lengths are known here.
        let (n, _) = bytes.size_hint();
        if let Some(to) = self.bytes.get_mut(self.len..self.len + n) {
            for (to, byte) in to.iter_mut().zip(bytes) {
                *to = *byte;
            }
        }
        self.len += n;
    }
}

impl DynasmApi for Buffer {
    #[inline(always)]
    fn offset(&self) -> AssemblyOffset {
        AssemblyOffset(self.len)
    }

    #[inline(always)]
    fn push(&mut self, byte: u8) {
        self.emit([byte]);
    }

    fn align(&mut self, alignment: usize, with: u8) {
        while !self.len.is_multiple_of(alignment) {
            self.push(with);
        }
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
        while let Some(&(wanted, at)) = self.forward.get(k) {
            if wanted == name {
                self.forward.swap_remove(k);
                self.patch(at, here);
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
        self.jumps.push(Jump { at: self.distance(), label: label.get_id() as u32 });
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
        self.forward.push((name, self.distance()));
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
            Some((last, place)) if last == name => self.patch(self.distance(), place),
            _ => self.failed = true,
        }
    }

    fn value_relocation(&mut self, _: usize, _: u8, _: u8, _: X64Relocation) {
        self.failed = true;
    }
}

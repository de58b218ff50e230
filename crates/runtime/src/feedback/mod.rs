//! Feedback vectors: what the sites of a function have seen.
//!
//! **Design.** A vector has a [`SiteCell`] for each site of the prototype, and a byte for each instruction (for
//! sites whose feedback is a few bits and that need no operand to name them). Inline caches *are* feedback: the
//! interpreter tests the first [`PropertyCache`] of a property cell in line; further shapes go to a side list, up to four in
//! all; beyond that the site is megamorphic and isn't cached.
//!
//! What a vector knows of shapes, holders and tables is weak: entries that name something dead are dropped when
//! marking ends ([`FeedbackVector::clear_dead`]). Validity cells are held strongly.
//!
//! The bytes are sets of bits, one group for each kind of feedback ([`bits`]). Who fills them is the interpreter while
//! it learns (`interp::learn`), and compiled code where it sees what wasn't known when it was compiled. A call site keeps
//! its targets in a side list too ([`calls`]). [`dump`] shows it all in words.
//!
//! An allocation site starts its tables with as many inline slots as their predecessors ended up with: it remembers
//! the table it made last, and looks at that one's shape when it makes the next, until it has looked often enough.
//!
//! **Invariant.** A vector that has learned something since the last collection is in the context's list of *fresh*
//! vectors, so that a minor collection need not walk all of them.
//!
//! **Rejected.** A separate vector of counters for branches: which ways are never taken is what an optimizer asks most,
//! and two bits say it. Learning the inline capacity through a pointer from the table to its site: a word per table.

pub mod bits;
mod calls;
mod dump;

pub use calls::{CallTarget, Callees};

use crate::cx::Cx;
use crate::heap::{Heap, Marker};
use crate::object::{Gc, Header, HeapObject, Kind, flag};
use crate::shape::Shape;
use crate::table::Table;
use crate::table::cache::{GetResolution, PropertyCache, SetResolution};
use crate::tuning;
use crate::value::tag;
use perilune_bytecode::proto as code;
use std::cell::Cell;
use std::mem::offset_of;
use std::ptr::{null, null_mut};
use std::rc::Rc;

/// The entries of a property site beyond the first.
type MoreEntries = [PropertyCache; tuning::MAX_POLYMORPHIC - 1];

/// What a site is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum CellKind {
    Property,
    Element,
    Call,
    Allocation,
}

/// What one site has seen. There is one for each site of every function that has been called, so what kinds of sites don't
/// use at the same time shares its place.
#[repr(C)]
pub struct SiteCell {
    /// Property sites: the first entry. Allocation sites: `shape` is the shape new tables start with, `holder` the
    /// table made last, `offset` for how many array items room is made. Call sites: `holder` is the function, as long as one
    /// was all that was called; weak.
    ///
    /// In `site`, `kind` is a [`CellKind`]. `count`, of property sites: how often the site missed with all entries taken; of call
    /// sites: how often it called another function than before; of allocation sites: how often it has looked at a predecessor.
    /// `state`, of property sites: if the first entry has become free, the kind of entry for which it is kept; compiled code
    /// expects this kind there; of call sites: a [`calls::state`]; of allocation sites: what kinds of arrays their tables had, as
    /// in [`bits::element`].
    pub(crate) first: PropertyCache,
    /// Property sites: the entries beyond the first. Call sites: all targets. Owned; null if there are none.
    list: Cell<*mut ()>,
}

const _: () = assert!(size_of::<SiteCell>() == 48);

impl SiteCell {
    /// Offset of the first entry.
    pub(crate) const FIRST_OFFSET: usize = offset_of!(SiteCell, first);
    /// Offset of the pointer to the entries beyond it, or null.
    pub(crate) const MORE_OFFSET: usize = offset_of!(SiteCell, list);
    /// Offset of the only callee of a call site.
    pub(crate) const CALLEE_OFFSET: usize =
        offset_of!(SiteCell, first) + offset_of!(PropertyCache, holder);
    /// Offset of the byte that isn't 0 when a call site has learned enough.
    pub(crate) const STATE_OFFSET: usize = offset_of!(SiteCell, first.site.state);

    fn new(site: &code::Site) -> SiteCell {
        let (kind, array_hint) = match site {
            code::Site::Table { array, .. } => (CellKind::Allocation, *array),
            code::Site::Property { .. } => (CellKind::Property, 0),
            code::Site::Element => (CellKind::Element, 0),
            code::Site::Call => (CellKind::Call, 0),
        };
        let first = PropertyCache::new();
        first.site.kind.set(kind as u8);
        first.offset.set(array_hint);
        SiteCell { first, list: Cell::new(null_mut()) }
    }

    #[inline(always)]
    fn is(&self, kind: CellKind) -> bool {
        self.first.site.kind.get() == kind as u8
    }

    fn kind(&self) -> CellKind {
        let kinds = [CellKind::Element, CellKind::Call, CellKind::Allocation];
        kinds.into_iter().find(|kind| self.is(*kind)).unwrap_or(CellKind::Property)
    }

    #[inline(always)]
    fn state(&self) -> &Cell<u8> {
        &self.first.site.state
    }

    #[inline(always)]
    fn count(&self) -> u16 {
        self.first.site.count.get().into()
    }

    fn add_to_count(&self) {
        let count = &self.first.site.count;
        count.set(count.get().saturating_add(1));
    }

    /// Allocation sites: array items to make room for.
    #[inline(always)]
    fn array_hint(&self) -> u32 {
        self.first.offset.get()
    }

    /// Call sites: the function, as long as one was all it called.
    #[inline(always)]
    fn only_callee(&self) -> *const Header {
        self.first.holder.get().cast()
    }

    fn set_only_callee(&self, callee: *const Header) {
        self.first.holder.set(callee.cast());
    }

    /// All targets of a call site, used and free; null if there are none, or if it is another kind of site.
    fn all_targets(&self) -> *const calls::Targets {
        if self.is(CellKind::Call) { self.list.get().cast() } else { null() }
    }

    /// What the first entry of a property site knows.
    pub fn first(&self) -> &PropertyCache {
        &self.first
    }

    /// Allocation sites: the shape that all tables made here start with from now on, if that is settled and they start
    /// without an array.
    pub fn settled_shape(&self) -> Option<&Shape> {
        let settled = self.is(CellKind::Allocation)
            && self.array_hint() == 0
            && self.count() >= tuning::ALLOCATION_SAMPLES;
        // SAFETY: root shapes live as long as the state.
        if settled { unsafe { self.first.shape.get().as_ref() } } else { None }
    }

    /// The entries beyond the first.
    #[inline]
    pub(crate) fn more(&self) -> &[PropertyCache] {
        let p: *const MoreEntries = self.list.get().cast();
        // SAFETY: a box this cell owns, and of this type, as only other kinds of sites have others.
        if p.is_null() || !self.is(CellKind::Property) { &[] } else { unsafe { &*p } }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &PropertyCache> {
        std::iter::once(&self.first).chain(self.more())
    }

    /// Whether the site has given up caching.
    #[inline]
    pub(crate) fn is_megamorphic(&self) -> bool {
        self.count() >= tuning::MEGAMORPHIC_MISSES
    }

    /// The entry to be filled for a shape: one that is free, stale, or the shape's own. `None` if all are in use.
    fn entry_for(&self, shape: Gc<'_, Shape>) -> Option<&PropertyCache> {
        let usable = |e: &PropertyCache| {
            let s = e.shape.get();
            s.is_null() || std::ptr::eq(s, shape.as_ptr()) || e.is_stale()
        };
        if usable(&self.first) && self.state().get() == 0 {
            return Some(&self.first);
        }
        if !self.is(CellKind::Property) {
            return None;
        }
        if self.list.get().is_null() {
            let fresh: MoreEntries = [const { PropertyCache::new() }; tuning::MAX_POLYMORPHIC - 1];
            self.list.set(Box::into_raw(Box::new(fresh)).cast());
        }
        let found = self.more().iter().find(|e| usable(e));
        if found.is_none() && usable(&self.first) {
            self.state().set(0);
            return Some(&self.first);
        }
        if found.is_none() {
            self.add_to_count();
        }
        found
    }

    /// Makes an entry just filled the first, if that is kept for one of its kind.
    fn promote(&self, e: &PropertyCache) {
        if self.state().get() != 0 && e.kind_number() == self.state().get() {
            self.first.copy_from(e);
            e.clear();
            self.state().set(0);
        }
    }

    /// Allocation sites: what kinds of arrays their tables had, as bits of [`bits::element`]; of the table made last, what
    /// it has now.
    pub fn array_kinds(&self) -> u8 {
        let last = self.first.holder.get();
        if !self.is(CellKind::Allocation) || last.is_null() {
            return self.state().get();
        }
        // SAFETY: a dead table has been forgotten when marking ended.
        self.state().get() | bits::of_array(unsafe { (*last).array_kind() })
    }

    fn clear_dead(&self, is_dead: &dyn Fn(*const u8) -> bool, is_compiled: bool) {
        match self.kind() {
            CellKind::Allocation => {
                // Root shapes don't die.
                let last = self.first.holder.get();
                if !last.is_null() && is_dead(last as *const u8) {
                    self.first.holder.set(null());
                }
                return;
            }
            CellKind::Call => return self.clear_dead_targets(is_dead),
            CellKind::Element => return,
            CellKind::Property => {}
        }
        let kind = self.first.kind_number();
        for e in self.entries() {
            e.clear_dead(is_dead);
        }
        if is_compiled && kind != 0 && self.first.kind_number() == 0 {
            self.state().set(kind);
        }
        let fits = |e: &PropertyCache| [0, e.kind_number()].contains(&self.state().get());
        // The first entry is the quickest: keep it in use.
        if self.first.shape.get().is_null()
            && let Some(e) = self.more().iter().find(|e| e.kind_number() != 0 && fits(e))
        {
            self.first.copy_from(e);
            e.clear();
            self.state().set(0);
        }
    }
}

/// What has been done about a function so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing.
    New,
    /// The interpreter has been told to learn, if it has time.
    Learning,
    /// It is compiled.
    Compiled,
}

/// The feedback of one prototype.
#[repr(C)]
pub struct FeedbackVector {
    header: Header,
    cell_count: u32,
    data: Rc<code::Proto>,
    stage: Cell<Stage>,
    /// Whether there is compiled code, be it in use or not.
    is_compiled: Cell<bool>,
    /// Calls and loop iterations until something is to be done about the function; see [`crate::compiled`].
    pub(crate) countdown: Cell<i32>,
    /// One for each site; behind them, a byte for each instruction.
    cells: [SiteCell; 0],
}

/// Where the countdown is, seen from the first cell.
pub const COUNTDOWN_FROM_CELLS: i32 =
    offset_of!(FeedbackVector, countdown) as i32 - offset_of!(FeedbackVector, cells) as i32;

/// Where the number of cells is (32 bits), seen from the first: the bytes are behind so many.
pub const CELL_COUNT_FROM_CELLS: i32 =
    offset_of!(FeedbackVector, cell_count) as i32 - offset_of!(FeedbackVector, cells) as i32;

/// Header flag: in the list of fresh vectors.
const FRESH: u8 = 1;

// SAFETY: `repr(C)`, header first with this kind; `trace` reports the strong references.
unsafe impl HeapObject for FeedbackVector {
    const KIND: Kind = Kind::Feedback;
    const TAG: u64 = tag::OBJECT;
    const OWNS: bool = true;

    fn trace(&self, m: &mut Marker<'_>) {
        for c in self.site_cells() {
            for e in c.entries() {
                e.trace(m);
            }
        }
    }
}

impl Drop for FeedbackVector {
    fn drop(&mut self) {
        for c in self.site_cells() {
            let list = c.list.get();
            if list.is_null() {
                continue;
            }
            if c.is(CellKind::Call) {
                // SAFETY: made by `Box::into_raw` in `target_for`, owned by the cell.
                drop(unsafe { Box::from_raw(list.cast::<calls::Targets>()) });
            } else {
                // SAFETY: made by `Box::into_raw` in `entry_for`, owned by the cell.
                drop(unsafe { Box::from_raw(list.cast::<MoreEntries>()) });
            }
        }
    }
}

impl FeedbackVector {
    /// Offset of the first cell.
    pub(crate) const CELLS_OFFSET: usize = offset_of!(FeedbackVector, cells);

    /// An empty vector for a prototype.
    pub(crate) fn new<'g>(
        heap: &'g Heap,
        p: &Rc<code::Proto>,
        countdown: i32,
    ) -> Gc<'g, FeedbackVector> {
        let header = Header::new(Kind::Feedback);
        header.set_flag(flag::OWNS, true);
        let v = heap.alloc_with_tail(
            FeedbackVector {
                header,
                cell_count: p.sites.len() as u32,
                data: p.clone(),
                stage: Cell::new(Stage::New),
                is_compiled: Cell::new(false),
                countdown: Cell::new(countdown),
                cells: [],
            },
            FeedbackVector::bytes_for(p) - size_of::<FeedbackVector>(),
        );
        let tail = v.get().cells.as_ptr() as *mut SiteCell;
        for (i, site) in p.sites.iter().enumerate() {
            // SAFETY: the tail was allocated with room for a cell per site.
            unsafe { tail.add(i).write(SiteCell::new(site)) };
        }
        // SAFETY: and, behind the cells, with room for a byte per instruction.
        unsafe { tail.add(p.sites.len()).cast::<u8>().write_bytes(0, p.code.len()) };
        v
    }

    /// How many bytes the vector of a prototype takes.
    pub(crate) fn bytes_for(p: &code::Proto) -> usize {
        size_of::<FeedbackVector>() + p.sites.len() * size_of::<SiteCell>() + p.code.len()
    }

    /// The first cell.
    #[inline(always)]
    pub(crate) fn cells(&self) -> *const SiteCell {
        self.cells.as_ptr()
    }

    fn site_cells(&self) -> &[SiteCell] {
        // SAFETY: `new` initialized this many behind the object.
        unsafe { std::slice::from_raw_parts(self.cells.as_ptr(), self.cell_count as usize) }
    }

    /// The cells of named accesses.
    pub(crate) fn property_cells(&self) -> impl Iterator<Item = &SiteCell> {
        let is_property = |site: &code::Site| matches!(site, code::Site::Property { .. });
        self.site_cells()
            .iter()
            .zip(self.static_sites())
            .filter(move |c| is_property(c.1))
            .map(|c| c.0)
    }

    /// The cell of a site; `None` if there is no such site.
    pub fn cell(&self, site: u32) -> Option<&SiteCell> {
        self.site_cells().get(site as usize)
    }

    /// Offset from the first cell to the bytes.
    pub fn bytes_from_cells(&self) -> usize {
        self.cell_count as usize * size_of::<SiteCell>()
    }

    /// What has been done about the function.
    pub(crate) fn stage(&self) -> Stage {
        self.stage.get()
    }

    /// Sends the function to learn: it will be looked at again when it has made so many more calls and iterations.
    pub(crate) fn begin_learning(&self) {
        self.stage.set(Stage::Learning);
        self.countdown.set(tuning::LEARNING_ROUNDS);
    }

    /// Whether it was sent to learn.
    pub(crate) fn has_learned(&self) -> bool {
        self.stage.get() == Stage::Learning
    }

    /// Notes that the function has been compiled.
    pub(crate) fn note_compiled(&self) {
        self.stage.set(Stage::Compiled);
        self.is_compiled.set(true);
    }

    /// Adds bits to the byte of an instruction.
    #[inline]
    pub(crate) fn note(&self, pc: usize, bits: u8) {
        if let Some(b) = self.bytes().get(pc)
            && b.get() & bits != bits
        {
            b.set(b.get() | bits);
        }
    }

    /// Replaces the byte of an instruction.
    pub(crate) fn set_byte(&self, pc: usize, bits: u8) {
        if let Some(b) = self.bytes().get(pc) {
            b.set(bits);
        }
    }

    /// The feedback byte of an instruction.
    pub fn byte(&self, pc: usize) -> u8 {
        self.bytes().get(pc).map_or(0, Cell::get)
    }

    /// The feedback bytes, one for each instruction.
    pub(crate) fn bytes(&self) -> &[Cell<u8>] {
        // SAFETY: `new` initialized this many behind the cells.
        unsafe {
            let first = self.cells.as_ptr().add(self.cell_count as usize).cast::<Cell<u8>>();
            std::slice::from_raw_parts(first, self.data.code.len())
        }
    }

    fn mark_fresh(&self, cx: &Cx) {
        if !self.header.has(FRESH) {
            self.header.set_flag(FRESH, true);
            cx.add_fresh_feedback(self);
        }
    }

    /// Lets a property site remember how tables of a shape are read.
    pub(crate) fn learn_get(
        &self,
        cx: &Cx,
        cell: &SiteCell,
        shape: Gc<'_, Shape>,
        r: &GetResolution<'_>,
    ) {
        if let Some(e) = cell.entry_for(shape) {
            e.fill_get(shape, r);
            cell.promote(e);
            self.learned(cx);
        }
    }

    /// Lets a property site remember how tables of a shape are written.
    pub(crate) fn learn_set(
        &self,
        cx: &Cx,
        cell: &SiteCell,
        shape: Gc<'_, Shape>,
        r: &SetResolution<'_>,
    ) {
        if let Some(e) = cell.entry_for(shape) {
            e.fill_set(shape, r);
            cell.promote(e);
            self.learned(cx);
        }
    }

    fn learned(&self, cx: &Cx) {
        cx.heap.barrier(&self.header);
        self.mark_fresh(cx);
    }

    /// Makes a table for the constructor at an allocation site.
    #[inline(always)]
    pub(crate) fn allocate<'g>(&self, cx: &'g Cx, cell: &SiteCell, site: u32) -> Gc<'g, Table> {
        let shape = cell.first.shape.get();
        if shape.is_null() || cell.count() < tuning::ALLOCATION_SAMPLES {
            return self.allocate_learning(cx, cell, site);
        }
        // SAFETY: root shapes live as long as the state.
        let t = Table::with_shape(cx.tables(), unsafe { Gc::from_ptr(shape) });
        if cell.array_hint() > 0 {
            t.reserve_array(cx.tables(), cell.array_hint() as usize);
        }
        t
    }

    /// The rest of [`FeedbackVector::allocate`]: the shape isn't known yet, or predecessors are still of interest.
    #[cold]
    #[inline(never)]
    fn allocate_learning<'g>(&self, cx: &'g Cx, cell: &SiteCell, site: u32) -> Gc<'g, Table> {
        let shape = cell.first.shape.get();
        let mut wanted = if shape.is_null() {
            cell_fields(self.static_sites(), site)
        } else {
            // SAFETY: root shapes live as long as the state.
            unsafe { (*shape).inline_cap() }
        };
        let last = cell.first.holder.get();
        if !last.is_null() {
            cell.add_to_count();
            // SAFETY: a dead table has been forgotten when marking ended.
            let last = unsafe { &*last };
            wanted = wanted.max(last.shape().count());
            cell.state().set(cell.state().get() | bits::of_array(last.array_kind()));
        }
        let root = cx.shapes.root(&cx.heap, wanted as usize);
        cell.first.shape.set(root.as_ptr());
        let t = Table::with_shape(cx.tables(), root);
        if cell.array_hint() > 0 {
            t.reserve_array(cx.tables(), cell.array_hint() as usize);
        }
        cell.first.holder.set(t.as_ptr());
        self.mark_fresh(cx);
        t
    }

    fn static_sites(&self) -> &[code::Site] {
        &self.data.sites
    }

    /// Drops entries that name something dead.
    pub(crate) fn clear_dead(&self, is_dead: &dyn Fn(*const u8) -> bool) {
        self.header.set_flag(FRESH, false);
        let is_compiled = self.is_compiled.get();
        for c in self.site_cells() {
            c.clear_dead(is_dead, is_compiled);
        }
    }
}

/// How many fields the constructor of an allocation site names.
fn cell_fields(sites: &[code::Site], site: u32) -> u32 {
    match sites.get(site as usize) {
        Some(code::Site::Table { fields, .. }) => (*fields).into(),
        _ => 0,
    }
}

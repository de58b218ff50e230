//! Heap objects: header, kinds, and the typed pointer [`Gc`].
//!
//! **Problem.** The collector must find out what an object is from its address; everything else wants a typed
//! pointer that can't dangle.
//!
//! **Design.** Objects with a header start with [`Header`] (4 bytes; each type uses the next four as it likes).
//! Raw buffers (array parts, slots, hash nodes, string bytes) and integer cells have no header: their owner
//! marks them. Mark bits are in a bitmap of the block (see `heap`), not here; the header's *state* byte
//! is for the write barrier only.
//!
//! A [`Gc<'g, T>`] borrows the context for `'g`, which ends at the next safepoint, so the borrow checker rules
//! out a pointer that survives a collection unrooted.
//!
//! **Invariant.** Objects are accessed by shared reference only; what changes in them is in cells.

use crate::heap::Marker;
use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// What an object is. One row per type; the collector's dispatch is generated from the same list.
#[macro_export]
macro_rules! for_each_kind {
    ($m:path) => {
        $m! {
            Str => $crate::string::Str,
            Table => $crate::table::Table,
            Closure => $crate::function::Closure,
            Native => $crate::function::Native,
            Userdata => $crate::userdata::Userdata,
            Thread => $crate::thread::Thread,
            Light64 => $crate::userdata::Light64,
            UpBox => $crate::function::UpBox,
            Proto => $crate::function::Proto,
            Shape => $crate::shape::Shape,
            KeyTable => $crate::shape::KeyTable,
            Validity => $crate::shape::Validity,
            Feedback => $crate::feedback::FeedbackVector,
        }
    };
}

macro_rules! define_kinds {
    ($($kind:ident => $ty:ty,)*) => {
        /// The kinds of heap objects that have a header.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind {
            $(#[doc = concat!("[`", stringify!($ty), "`]")] $kind,)*
        }
    };
}
for_each_kind!(define_kinds);

/// Barrier states of an object. The barrier is taken only on objects in state [`BLACK`](state::BLACK).
pub mod state {
    /// New, or marked but not yet traced: writes into it need no barrier.
    pub const WHITE: u8 = 0;
    /// Traced (and, between collections, old): a reference written into it must be remembered.
    pub const BLACK: u8 = 1;
}

/// The first four bytes of an object.
#[repr(C)]
pub struct Header {
    kind: Kind,
    pub(crate) state: Cell<u8>,
    pub(crate) flags: Cell<u8>,
    pub(crate) small: Cell<u8>,
}

/// Offset of the kind in an object.
pub const KIND_OFFSET: usize = std::mem::offset_of!(Header, kind);
/// Offset of the barrier state in an object.
pub const STATE_OFFSET: usize = std::mem::offset_of!(Header, state);

/// Flag bits common to all kinds; bits 0–3 are the type's own.
pub mod flag {
    /// The object is in the finalizer list (its metatable had `__gc` when it was set).
    pub const FINALIZER: u8 = 0x80;
    /// The object's own drop code must run when it is swept (it owns memory outside the heap).
    pub const OWNS: u8 = 0x40;
    /// What is stored into the object isn't told to the collector, so it is never `BLACK`: a coroutine that runs.
    pub const UNBARRIERED: u8 = 0x10;
}

impl Header {
    /// A header of a new object.
    pub(crate) const fn new(kind: Kind) -> Header {
        Header { kind, state: Cell::new(state::WHITE), flags: Cell::new(0), small: Cell::new(0) }
    }

    /// The object's kind.
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether a flag is set.
    #[inline(always)]
    pub(crate) fn has(&self, bit: u8) -> bool {
        self.flags.get() & bit != 0
    }

    /// Sets or clears a flag.
    #[inline(always)]
    pub(crate) fn set_flag(&self, bit: u8, on: bool) {
        let f = self.flags.get();
        self.flags.set(if on { f | bit } else { f & !bit });
    }
}

/// A type that lives in the heap.
///
/// # Safety
/// The type is `repr(C)` and starts with a [`Header`] whose kind is `KIND`; `TAG` is the value tag used for it
/// (and `TAG_IS_KIND` holds only if every object under that tag is of this kind); `trace` reports every
/// reference the object holds strongly.
pub unsafe trait HeapObject: Sized {
    /// Its kind.
    const KIND: Kind;
    /// Its value tag.
    const TAG: u64;
    /// Whether the tag alone tells the kind.
    const TAG_IS_KIND: bool = false;
    /// Whether it owns memory outside the heap, so that `drop` must run when it is swept.
    const OWNS: bool = false;

    /// Reports everything the object refers to.
    fn trace(&self, m: &mut Marker<'_>);

    /// Reports what elements `lo..hi` of a large array refer to, which [`crate::heap::Heap::barrier_array`] has
    /// been told of.
    fn trace_cards(&self, m: &mut Marker<'_>, lo: usize, hi: usize) {
        let _ = (m, lo, hi);
    }
}

/// A pointer to a heap object, valid until the next safepoint.
#[repr(transparent)]
pub struct Gc<'g, T>(NonNull<T>, PhantomData<&'g T>);

impl<T> Clone for Gc<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Gc<'_, T> {}

impl<'g, T> Gc<'g, T> {
    /// # Safety
    /// `p` points to a live object of type `T` which stays alive during `'g`.
    #[inline(always)]
    pub(crate) unsafe fn from_ptr(p: *const T) -> Gc<'g, T> {
        debug_assert!(!p.is_null());
        // SAFETY: the caller says it points to an object.
        Gc(unsafe { NonNull::new_unchecked(p as *mut T) }, PhantomData)
    }

    /// The address.
    #[inline(always)]
    pub fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }

    /// The object, for as long as this pointer may be used.
    #[inline(always)]
    pub fn get(self) -> &'g T {
        // SAFETY: the constructor's promise.
        unsafe { &*self.0.as_ptr() }
    }

    /// The same pointer, for as long as the caller likes.
    ///
    /// # Safety
    /// The caller knows that no safepoint lies between here and the last use, or that the object is rooted.
    #[inline(always)]
    pub(crate) unsafe fn extend<'h>(self) -> Gc<'h, T> {
        Gc(self.0, PhantomData)
    }

    /// Whether both are the same object.
    #[inline(always)]
    pub fn same(self, other: Gc<'_, T>) -> bool {
        self.0.as_ptr() == other.0.as_ptr()
    }
}

impl<T> Deref for Gc<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        self.get()
    }
}

impl<T> PartialEq for Gc<'_, T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.same(*other)
    }
}
impl<T> Eq for Gc<'_, T> {}

/// A word of the heap that holds a [`crate::value::Value`]: a table slot, array element, box or stack register.
#[repr(transparent)]
pub struct Slot(Cell<u64>);

impl Slot {
    /// A slot with a value.
    #[inline(always)]
    pub(crate) const fn new(v: crate::value::Value<'_>) -> Slot {
        Slot(Cell::new(v.bits()))
    }

    /// The value in it. The caller keeps `'g` within the life of the object the slot is in.
    #[inline(always)]
    pub(crate) fn get<'g>(&self) -> crate::value::Value<'g> {
        crate::value::Value::from_bits(self.0.get())
    }

    /// Stores without a barrier: the owner is newer than the last safepoint, or the caller does the barrier.
    #[inline(always)]
    pub(crate) fn set(&self, v: crate::value::Value<'_>) {
        self.0.set(v.bits());
    }
}

//! Strings: immutable bytes, interned when short, appendable when long.
//!
//! **Problem.** Names of fields must compare and hash for free; large results must not be hashed at all; and
//! building a long string by repeated `s = s .. x` must not be quadratic.
//!
//! **Design.** A string of at most [`MAX_SHORT`] bytes is interned: equal short strings are the same object, which
//! holds its bytes and its hash. A longer string is a length and a pointer to a [`StrBuf`], a buffer that may be
//! longer than the string and may be shared: `s .. x`, where `s` ends exactly where the buffer's used bytes end
//! and there is room, writes `x` behind it and shares the buffer. Bytes that a string covers never change, so the
//! sharing can't be seen.
//!
//! Hashes are seeded per state. Long strings are hashed in full, but only when first used as a table key.
//!
//! The interner holds its strings weakly. A bucket is the address in the low 48 bits and 16 bits of the hash
//! above, so that a probe rarely reads a string it isn't looking for. Strings made since the last collection are
//! also kept in a list: only they can die in a minor collection.
//!
//! **Invariants.** A short string is in the interner as long as it lives. `StrBuf::used` never decreases.
//!
//! **Rejected.** Ropes: each consumer would have to flatten, and could fail doing it. Spare room in every buffer:
//! most long strings are never appended to, so only the second append over-allocates.

use crate::events::Event;
use crate::heap::{Charge, Heap, Marker};
use crate::object::{Gc, Header, HeapObject, Kind};
use crate::value::tag;
use std::cell::{Cell, RefCell};
use std::mem::{offset_of, size_of};
use std::ptr::{copy_nonoverlapping, null, null_mut};

/// Longest string that is interned.
pub const MAX_SHORT: usize = 40;

/// Header flags of strings.
pub(crate) mod str_flag {
    /// Interned.
    pub(crate) const SHORT: u8 = 1;
    /// The key of a metamethod event.
    pub(crate) const EVENT: u8 = 2;
    /// A long string whose hash has been computed.
    pub(crate) const HASHED: u8 = 4;
}

/// A string. The bytes of a short one lie behind this struct, the [`LongTail`] of a long one does.
#[repr(C)]
pub struct Str {
    pub(crate) header: Header,
    hash: Cell<u32>,
}

/// Offset of a short string's bytes, or a long string's length and buffer.
pub const STR_TAIL: usize = size_of::<Str>();

/// What a long string has in place of bytes.
#[repr(C)]
struct LongTail {
    len: usize,
    buf: *mut StrBuf,
}

/// A buffer for long strings: this header, then the bytes. It has no object header.
#[repr(C)]
struct StrBuf {
    cap: usize,
    used: Cell<usize>,
}

const BUF_BYTES: usize = size_of::<StrBuf>();

// SAFETY: `repr(C)`, header first with this kind, the only one under its tag; `trace` reports the one buffer.
unsafe impl HeapObject for Str {
    const KIND: Kind = Kind::Str;
    const TAG: u64 = tag::STRING;
    const TAG_IS_KIND: bool = true;

    fn trace(&self, m: &mut Marker<'_>) {
        if !self.is_short() {
            m.buffer(self.long().buf as *const u8);
        }
    }
}

impl Str {
    /// Offset of the hash; valid without further checks if the string is short.
    pub const HASH_OFFSET: usize = offset_of!(Str, hash);

    /// Whether this is a short string: interned, compared by address.
    #[inline(always)]
    pub fn is_short(&self) -> bool {
        self.header.has(str_flag::SHORT)
    }

    /// Whether this is the key of a metamethod event.
    #[inline(always)]
    pub(crate) fn is_event(&self) -> bool {
        self.header.has(str_flag::EVENT)
    }

    /// Whether this is the key of this metamethod event.
    #[inline]
    pub(crate) fn is_event_key(&self, e: Event) -> bool {
        self.is_event() && self.as_bytes() == e.key().as_bytes()
    }

    #[inline(always)]
    fn tail(&self) -> *mut u8 {
        // SAFETY: every string is allocated with a tail behind this struct.
        unsafe { (self as *const Str as *mut u8).add(STR_TAIL) }
    }

    #[inline(always)]
    fn long(&self) -> &LongTail {
        debug_assert!(!self.is_short());
        // SAFETY: the tail of a string that isn't short is a `LongTail`, aligned to 8 like the object itself.
        unsafe { &*(self.tail() as *const LongTail) }
    }

    /// The number of bytes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        if self.is_short() { self.header.small.get() as usize } else { self.long().len }
    }

    /// Whether there are no bytes.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes.
    #[inline(always)]
    pub fn as_bytes(&self) -> &[u8] {
        if self.is_short() {
            // SAFETY: a short string has `small` initialized bytes in its tail, and they never change.
            unsafe { std::slice::from_raw_parts(self.tail(), self.header.small.get() as usize) }
        } else {
            let long = self.long();
            // SAFETY: the buffer has at least `len` initialized bytes, lives as long as the string, and bytes
            // covered by a string never change.
            unsafe { std::slice::from_raw_parts((long.buf as *const u8).add(BUF_BYTES), long.len) }
        }
    }

    /// The hash. `seed` is the state's.
    #[inline(always)]
    pub(crate) fn hash(&self, seed: u64) -> u32 {
        if self.is_short() { self.hash.get() } else { self.long_hash(seed) }
    }

    /// The hash this string, known to be short, was interned with.
    #[inline(always)]
    pub(crate) fn short_hash(&self) -> u32 {
        debug_assert!(self.is_short());
        self.hash.get()
    }

    #[cold]
    fn long_hash(&self, seed: u64) -> u32 {
        if !self.header.has(str_flag::HASHED) {
            self.hash.set(hash_bytes(self.as_bytes(), seed));
            self.header.set_flag(str_flag::HASHED, true);
        }
        self.hash.get()
    }
}

impl<'g> Gc<'g, Str> {
    /// Whether this is a long string whose buffer has room for so many bytes behind it.
    pub(crate) fn has_room_for(self, added: usize) -> bool {
        !self.is_short() && {
            let long = self.get().long();
            // SAFETY: a long string's buffer lives as long as it.
            let buf = unsafe { &*long.buf };
            buf.used.get() == long.len && buf.cap - long.len >= added
        }
    }

    /// A builder for this string and so many bytes behind it. A string that was itself appended to a whole buffer is likely
    /// to be appended to again.
    pub(crate) fn builder_for_appending<'h>(self, heap: &'h Heap, added: usize) -> StrBuilder<'h> {
        let total = self.len() + added;
        let owns_end = !self.is_short() && {
            let long = self.get().long();
            // SAFETY: a long string's buffer lives as long as it.
            unsafe { (*long.buf).used.get() == long.len }
        };
        StrBuilder::with_spare(heap, total, if owns_end { total / 2 } else { 0 })
    }

    /// The bytes, for as long as the string may be used.
    #[inline(always)]
    pub fn as_bytes(self) -> &'g [u8] {
        self.get().as_bytes()
    }

    /// Whether two strings are equal.
    #[inline(always)]
    pub fn equals(self, other: Gc<'_, Str>) -> bool {
        self.same(other)
            || (!self.is_short() && !other.is_short() && self.as_bytes() == other.as_bytes())
    }
}

#[inline(always)]
fn mix(a: u64, b: u64) -> u64 {
    let m = (a as u128).wrapping_mul(b as u128);
    (m as u64) ^ ((m >> 64) as u64)
}

/// The seeded hash of some bytes: a 64×64→128 multiplication for every 16 of them.
#[inline]
pub(crate) fn hash_bytes(bytes: &[u8], seed: u64) -> u32 {
    const K1: u64 = 0x2d35_8dcc_aa6c_78a5;
    const K2: u64 = 0x8bb8_4b93_962e_acc9;
    const K3: u64 = 0x4b33_a62e_d433_d4a3;
    let n = bytes.len();
    let mut h = seed ^ K3;
    let (a, b);
    if n <= 16 {
        if let (Some(x), Some(y)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (a, b) = (u64::from_le_bytes(*x), u64::from_le_bytes(*y));
        } else if let (Some(x), Some(y)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (a, b) = (u32::from_le_bytes(*x) as u64, u32::from_le_bytes(*y) as u64);
        } else if let (Some(x), Some(y)) = (bytes.first(), bytes.last()) {
            (a, b) = ((*x as u64) << 16 | (bytes[n / 2] as u64) << 8 | *y as u64, 0);
        } else {
            (a, b) = (0, 0);
        }
    } else {
        let (chunks, _) = bytes.as_chunks::<16>();
        for c in chunks {
            let w = u128::from_le_bytes(*c);
            h = mix(w as u64 ^ K1, (w >> 64) as u64 ^ h);
        }
        let w = bytes.last_chunk().map_or(0, |c| u128::from_le_bytes(*c));
        (a, b) = (w as u64, (w >> 64) as u64);
    }
    let h = mix(mix(a ^ K1, b ^ h) ^ K2, n as u64 ^ K3);
    (h ^ (h >> 32)) as u32
}

/// The interner's open-addressed table.
struct Interner {
    /// A power of two of buckets; 0 is free.
    buckets: Box<[u64]>,
    len: usize,
    /// Strings interned since the last collection.
    young: Vec<*const Str>,
    /// For the table and the list.
    charge: Charge,
}

const ADDRESS: u64 = (1 << 48) - 1;
const MIN_BUCKETS: usize = 1 << 10;

#[inline(always)]
fn bucket_of(s: *const Str, hash: u32) -> u64 {
    s as u64 | (hash as u64 >> 16) << 48
}

impl Interner {
    fn new(heap: &Heap) -> Interner {
        let buckets = vec![0; MIN_BUCKETS].into_boxed_slice();
        let mut interner = Interner { buckets, len: 0, young: Vec::new(), charge: heap.charge() };
        interner.settle_charge();
        interner
    }

    fn settle_charge(&mut self) {
        let young = self.young.capacity() * size_of::<*const Str>();
        self.charge.set(size_of_val(&*self.buckets) + young);
    }

    #[inline]
    fn find(&self, bytes: &[u8], hash: u32) -> Option<*const Str> {
        let mask = self.buckets.len() - 1;
        let print = hash as u64 >> 16;
        let mut i = hash as usize & mask;
        loop {
            let b = self.buckets[i];
            if b == 0 {
                return None;
            }
            if b >> 48 == print {
                let p = (b & ADDRESS) as *const Str;
                // SAFETY: strings are taken out before their memory is reused (`clear_dead`).
                if unsafe { (*p).as_bytes() } == bytes {
                    return Some(p);
                }
            }
            i = (i + 1) & mask;
        }
    }

    fn place(buckets: &mut [u64], s: *const Str, hash: u32) {
        let mask = buckets.len() - 1;
        let mut i = hash as usize & mask;
        while buckets[i] != 0 {
            i = (i + 1) & mask;
        }
        buckets[i] = bucket_of(s, hash);
    }

    /// Enters a string. What there is no memory for is made up for by the collector: it is asked for a full collection,
    /// which may find room, and tells the program if it doesn't.
    fn insert(&mut self, heap: &Heap, s: *const Str, hash: u32) {
        if (self.len + 1) * 4 > self.buckets.len() * 3 {
            self.make_room(heap);
        }
        Interner::place(&mut self.buckets, s, hash);
        self.len += 1;
        if self.young.len() == self.young.capacity() {
            if heap.refuses() || self.young.try_reserve(1).is_err() {
                // A full collection looks at all strings.
                return heap.start_over();
            }
            self.settle_charge();
        }
        self.young.push(s);
    }

    /// Makes room for more strings. Beyond the limit, or without memory, the table gets fuller than is good.
    #[cold]
    fn make_room(&mut self, heap: &Heap) {
        let size = self.buckets.len() * 2;
        let is_crowded = (self.len + 1) * 8 > self.buckets.len() * 7;
        let may_grow = is_crowded || heap.is_within_limit(size * size_of::<u64>());
        if may_grow && !self.rebuild(size, |_| true) && is_crowded {
            assert!(self.len + 1 < self.buckets.len(), "no memory for interned strings");
            heap.tell();
        }
    }

    /// Moves the strings to keep to a new table; false, and nothing done, if there is no memory for one.
    fn rebuild(&mut self, size: usize, keep: impl Fn(*const Str) -> bool) -> bool {
        let mut buckets = Vec::new();
        if buckets.try_reserve_exact(size).is_err() {
            return false;
        }
        buckets.resize(size, 0);
        let mut buckets = buckets.into_boxed_slice();
        self.len = 0;
        for b in self.buckets.iter().filter(|b| **b != 0) {
            let p = (b & ADDRESS) as *const Str;
            if keep(p) {
                // SAFETY: kept strings are alive.
                Interner::place(&mut buckets, p, unsafe { (*p).short_hash() });
                self.len += 1;
            }
        }
        self.buckets = buckets;
        self.settle_charge();
        true
    }

    /// Takes out all strings but those to keep, in place.
    fn purge(&mut self, keep: impl Fn(*const Str) -> bool) {
        let mut i = 0;
        while let Some(b) = self.buckets.get(i) {
            let s = (b & ADDRESS) as *const Str;
            if *b != 0 && !keep(s) {
                // What closes the gap is looked at next.
                self.remove(s);
            } else {
                i += 1;
            }
        }
    }

    /// Takes one string out, closing the gap it leaves in its run.
    fn remove(&mut self, s: *const Str) {
        let mask = self.buckets.len() - 1;
        // SAFETY: the caller removes dead strings before their memory is reused.
        let home =
            |b: u64| unsafe { (*((b & ADDRESS) as *const Str)).short_hash() } as usize & mask;
        // SAFETY: as above.
        let hash = unsafe { (*s).short_hash() };
        let wanted = bucket_of(s, hash);
        let mut hole = hash as usize & mask;
        while self.buckets[hole] != wanted {
            if self.buckets[hole] == 0 {
                return;
            }
            hole = (hole + 1) & mask;
        }
        close_gap(Cell::from_mut(&mut self.buckets[..]).as_slice_of_cells(), hole, home);
        self.len -= 1;
    }
}

/// Frees an entry of a linearly probed table (a power of two of words, 0 being free), moving up those that
/// could no longer be found.
pub(crate) fn close_gap(entries: &[Cell<u64>], mut hole: usize, home: impl Fn(u64) -> usize) {
    let mask = entries.len() - 1;
    let mut i = hole;
    loop {
        i = (i + 1) & mask;
        let e = entries[i].get();
        if e == 0 {
            break;
        }
        // The entry may move into the hole unless its home lies behind the hole.
        if i.wrapping_sub(home(e)) & mask >= i.wrapping_sub(hole) & mask {
            entries[hole].set(e);
            hole = i;
        }
    }
    entries[hole].set(0);
}

/// A state's strings: seed and interner.
pub struct Strings {
    seed: u64,
    interner: RefCell<Interner>,
    /// The keys of metamethod events; kept alive by the state.
    events: [Cell<*const Str>; Event::ALL.len()],
}

impl Strings {
    /// An empty interner.
    pub fn new(heap: &Heap, seed: u64) -> Strings {
        Strings {
            seed,
            interner: RefCell::new(Interner::new(heap)),
            events: [const { Cell::new(null()) }; Event::ALL.len()],
        }
    }

    /// The seed of all hashes.
    #[inline(always)]
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// A string with these bytes.
    #[inline]
    pub fn new_str<'g>(&self, heap: &'g Heap, bytes: &[u8]) -> Gc<'g, Str> {
        if bytes.len() <= MAX_SHORT {
            self.intern(heap, bytes)
        } else {
            self.new_long(heap, &[bytes], bytes.len())
        }
    }

    #[inline]
    fn intern<'g>(&self, heap: &'g Heap, bytes: &[u8]) -> Gc<'g, Str> {
        let hash = hash_bytes(bytes, self.seed);
        if let Some(p) = self.interner.borrow().find(bytes, hash) {
            // SAFETY: interned strings that died have been taken out.
            return unsafe { Gc::from_ptr(p) };
        }
        self.intern_new(heap, bytes, hash)
    }

    fn intern_new<'g>(&self, heap: &'g Heap, bytes: &[u8], hash: u32) -> Gc<'g, Str> {
        let header = Header::new(Kind::Str);
        header.flags.set(str_flag::SHORT);
        header.small.set(bytes.len() as u8);
        let s = heap.alloc_with_tail(Str { header, hash: Cell::new(hash) }, bytes.len());
        // SAFETY: the tail is that long and no one else knows it.
        unsafe { copy_nonoverlapping(bytes.as_ptr(), s.tail(), bytes.len()) };
        self.interner.borrow_mut().insert(heap, s.as_ptr(), hash);
        s
    }

    fn new_long<'g>(&self, heap: &'g Heap, parts: &[&[u8]], total: usize) -> Gc<'g, Str> {
        let mut b = StrBuilder::with_capacity(heap, total);
        for p in parts {
            b.push(p);
        }
        b.into_long()
    }

    /// Says that a string is the key of a metamethod event. Done once per event when a state is set up, before
    /// there are tables; the state keeps the string alive.
    pub(crate) fn mark_event(&self, s: Gc<'_, Str>, e: Event) {
        debug_assert!(s.as_bytes() == e.key().as_bytes());
        s.header.set_flag(str_flag::EVENT, true);
        self.events[e as usize].set(s.as_ptr());
    }

    /// The key of a metamethod event.
    #[inline]
    pub(crate) fn event_key<'g>(&self, heap: &'g Heap, e: Event) -> Gc<'g, Str> {
        let p = self.events[e as usize].get();
        if p.is_null() {
            // A state without metamethods yet.
            return self.new_str(heap, e.key().as_bytes());
        }
        // SAFETY: the state keeps it alive.
        unsafe { Gc::from_ptr(p) }
    }

    /// The concatenation of some pieces.
    pub fn concat<'g>(&self, heap: &'g Heap, parts: &[&[u8]]) -> Gc<'g, Str> {
        let total = parts.iter().map(|p| p.len()).sum();
        if total > MAX_SHORT {
            return self.new_long(heap, parts, total);
        }
        let mut bytes = [0; MAX_SHORT];
        let mut at = 0;
        for p in parts {
            bytes[at..at + p.len()].copy_from_slice(p);
            at += p.len();
        }
        self.intern(heap, &bytes[..at])
    }

    /// `left` followed by some pieces. Repeated appending to the latest result is linear in the bytes appended.
    pub fn append<'g>(&self, heap: &'g Heap, left: Gc<'g, Str>, rest: &[&[u8]]) -> Gc<'g, Str> {
        let added: usize = rest.iter().map(|p| p.len()).sum();
        if added == 0 {
            return left;
        }
        if left.is_short() {
            return match rest {
                [b] => self.concat(heap, &[left.as_bytes(), b]),
                [b, c] => self.concat(heap, &[left.as_bytes(), b, c]),
                _ => {
                    let mut parts = Vec::with_capacity(rest.len() + 1);
                    parts.push(left.as_bytes());
                    parts.extend_from_slice(rest);
                    self.concat(heap, &parts)
                }
            };
        }
        let long = left.long();
        // SAFETY: a long string's buffer lives as long as it.
        let buf = unsafe { &*long.buf };
        if buf.used.get() != long.len || buf.cap - long.len < added {
            let mut b = left.builder_for_appending(heap, added);
            b.push(left.as_bytes());
            for p in rest {
                b.push(p);
            }
            return b.into_long();
        }
        let mut at = long.len;
        for p in rest {
            // SAFETY: there is room for `added` bytes from `long.len` on, which no string covers. A piece may lie
            // in the same buffer, but only below `long.len`.
            unsafe {
                copy_nonoverlapping(p.as_ptr(), (long.buf as *mut u8).add(BUF_BYTES + at), p.len());
            }
            at += p.len();
        }
        buf.used.set(at);
        new_long_over(heap, long.buf, at)
    }

    /// How many strings are interned.
    pub fn interned(&self) -> usize {
        self.interner.borrow().len
    }

    /// Forgets the strings the collector found dead, before their memory is reused. After a minor collection
    /// only those made since the last one are looked at.
    pub(crate) fn clear_dead(&self, is_dead: &dyn Fn(*const u8) -> bool, major: bool) {
        let mut interner = self.interner.borrow_mut();
        let young = std::mem::take(&mut interner.young);
        if major {
            let alive = |s: *const Str| !is_dead(s as *const u8);
            let buckets = interner.buckets.iter().filter(|b| **b != 0);
            let live = buckets.filter(|b| alive((**b & ADDRESS) as *const Str)).count();
            let size = (live * 2).next_power_of_two().max(MIN_BUCKETS);
            // A smaller table takes memory that there may not be, and one of the same size isn't worth it.
            if size >= interner.buckets.len() || !interner.rebuild(size, alive) {
                interner.purge(alive);
            }
        } else {
            for s in &young {
                if is_dead(*s as *const u8) {
                    interner.remove(*s);
                }
            }
        }
        // The list keeps its capacity: the next one will be about as long.
        interner.young = young;
        interner.young.clear();
        interner.settle_charge();
    }
}

/// A long string that covers the first `len` bytes of a buffer.
fn new_long_over(heap: &Heap, buf: *mut StrBuf, len: usize) -> Gc<'_, Str> {
    let str = Str { header: Header::new(Kind::Str), hash: Cell::new(0) };
    let s = heap.alloc_with_tail(str, size_of::<LongTail>());
    // SAFETY: the tail has room for it and is aligned to 8.
    unsafe { (s.tail() as *mut LongTail).write(LongTail { len, buf }) };
    s
}

/// A string under construction. Its buffer becomes the string's, without a copy, unless the result is short.
///
/// It borrows the heap, so it can't live across a safepoint: for results that are built while Lua code runs,
/// collect the bytes in a `Vec`.
pub struct StrBuilder<'g> {
    heap: &'g Heap,
    buf: *mut StrBuf,
    len: usize,
}

impl<'g> StrBuilder<'g> {
    /// An empty string with room for `cap` bytes.
    pub fn with_capacity(heap: &'g Heap, cap: usize) -> StrBuilder<'g> {
        StrBuilder { heap, buf: StrBuilder::alloc(heap, cap.max(MAX_SHORT)), len: 0 }
    }

    /// The same with room for `spare` more if there is memory for that.
    fn with_spare(heap: &'g Heap, cap: usize, spare: usize) -> StrBuilder<'g> {
        // Near the limit a little is better than nothing: each append would copy the string.
        for spare in [spare, spare / 8] {
            let bytes = Heap::usable_size(cap.max(MAX_SHORT) + spare + BUF_BYTES);
            if let Some(p) = heap.try_buffer(bytes) {
                return StrBuilder { heap, buf: StrBuilder::begin(p, bytes), len: 0 };
            }
        }
        StrBuilder::with_capacity(heap, cap)
    }

    fn alloc(heap: &Heap, cap: usize) -> *mut StrBuf {
        let bytes = Heap::usable_size(cap + BUF_BYTES);
        StrBuilder::begin(heap.alloc_buffer(bytes), bytes)
    }

    /// Makes a buffer of memory of so many bytes.
    fn begin(p: *mut u8, bytes: usize) -> *mut StrBuf {
        let p = p as *mut StrBuf;
        // SAFETY: a new buffer of that size, aligned to 8 at least.
        unsafe { p.write(StrBuf { cap: bytes - BUF_BYTES, used: Cell::new(0) }) };
        p
    }

    fn cap(&self) -> usize {
        // SAFETY: the builder owns its buffer.
        unsafe { (*self.buf).cap }
    }

    fn data(&self) -> *mut u8 {
        // SAFETY: the bytes lie behind the buffer's header.
        unsafe { (self.buf as *mut u8).add(BUF_BYTES) }
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        let old = (self.buf, self.cap());
        let buf = StrBuilder::alloc(self.heap, (self.len + more).max(old.1 * 2));
        let from = self.data();
        self.buf = buf;
        // SAFETY: two buffers of at least `len` bytes each.
        unsafe { copy_nonoverlapping(from, self.data(), self.len) };
        self.heap.free_buffer(old.0 as *mut u8, old.1 + BUF_BYTES);
    }

    /// Adds bytes.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        if self.cap() - self.len < bytes.len() {
            self.grow(bytes.len());
        }
        // SAFETY: there is room, and no one else knows the buffer.
        unsafe { copy_nonoverlapping(bytes.as_ptr(), self.data().add(self.len), bytes.len()) };
        self.len += bytes.len();
    }

    /// Adds a byte.
    #[inline]
    pub fn push_byte(&mut self, byte: u8) {
        self.push(&[byte]);
    }

    /// Adds the same bytes several times over.
    pub fn push_repeated(&mut self, bytes: &[u8], times: usize) {
        for _ in 0..times {
            self.push(bytes);
        }
    }

    /// How many bytes there are so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes so far.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `len` bytes are initialized.
        unsafe { std::slice::from_raw_parts(self.data(), self.len) }
    }

    /// The bytes so far, to be changed.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: `len` bytes are initialized, and the builder is their only owner.
        unsafe { std::slice::from_raw_parts_mut(self.data(), self.len) }
    }

    /// The string.
    pub fn finish(self, strings: &Strings) -> Gc<'g, Str> {
        if self.len <= MAX_SHORT {
            strings.intern(self.heap, self.bytes())
        } else {
            self.into_long()
        }
    }

    fn into_long(mut self) -> Gc<'g, Str> {
        let buf = std::mem::replace(&mut self.buf, null_mut());
        // SAFETY: the builder owned the buffer.
        unsafe { (*buf).used.set(self.len) };
        new_long_over(self.heap, buf, self.len)
    }
}

impl Drop for StrBuilder<'_> {
    fn drop(&mut self) {
        if !self.buf.is_null() {
            self.heap.free_buffer(self.buf as *mut u8, self.cap() + BUF_BYTES);
        }
    }
}

#[cfg(test)]
mod tests;

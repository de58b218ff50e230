//! Executable memory for compiled functions, given back one function at a time.
//!
//! # The problem
//! A tiered compiler publishes thousands of small functions and, being speculative, throws many of them away.
//! So publishing must not cost a system call, the memory of one dead function must serve the next, and no
//! "cache full" may ever flush good code. At the same time no memory may be writable and executable at one
//! address: with such a page, a single stray write in the host becomes the execution of foreign code.
//!
//! # The design
//! ```text
//!   segment (executable view)                     the same pages (writable view)
//!   ┌─────────┬──────┬────────┬──────┬───────┐    ┌─────────┬──────┬────────┬──────┬───────┐
//!   │ prelude │ code │ (free) │ code │ (free)│    │ prelude │ code │ (free) │ code │ (free)│
//!   └─────────┴──────┴────────┴──────┴───────┘    └─────────┴──────┴────────┴──────┴───────┘
//!   r-x   code's addresses are these              rw-   known to nobody outside `Segment`
//! ```
//! - [`CodeMemory`] grows by segments of some MiB of address space, which the system populates page by page as
//!   code is written. A function too large for that gets a larger segment. Segments are not unmapped before the
//!   end: the first holds the stubs the host enters by, and the others' space is wanted again.
//! - Each segment begins with its own copy of the *prelude*: the stubs and the absolute addresses of Rust
//!   helpers that all code needs, made by the owner for the segment's address. So code reaches them with a
//!   32-bit displacement ([`Place::rel32`]) wherever the system put the segment. Functions of different segments
//!   need not be in reach of each other: calls between functions go through entry pointers.
//! - Free space of all segments is in one best-fit, coalescing free list (`free_list`), O(log n).
//! - A [`Code`] owns one function. Dropping it overwrites the function with `int3` and returns the space, so a
//!   stale address traps at once rather than run half of another function. That nobody runs it then is the
//!   caller's promise, see [`Code`]. The store is shared by the `CodeMemory` and its code, so neither order of
//!   dropping them dangles.
//!
//! # Two views, or one that is switched
//! Publishing 10,000 functions of 300 bytes, per function (two cores of a virtual machine, Linux 6.18, minimum
//! of 10 runs; "contended" is with another thread of the process running, as the background compiler does):
//!
//! | way | fresh space | reused space | reused, contended | freeing | first segment |
//! |---|---|---|---|---|---|
//! | two views, `mremap` | 0.23 µs | 0.15 µs | 0.17 µs | 0.04 µs | 11 µs |
//! | two views, `memfd` | 0.23 µs | 0.15 µs | 0.17 µs | 0.04 µs | 16 µs |
//! | one view, two `mprotect` per function | 3.8 µs | 3.7 µs | 5.9 µs | 3.7 µs | 16 µs |
//! | the same, 64 functions at a time | 0.12 µs | | 0.12 µs | | |
//!
//! Fresh space costs more by the page faults. The baseline compiler needs about 3 µs for such a function, so
//! switching would double its cost; and batches don't arise there, because a function is compiled at the moment
//! it is to run. Hence two views ([`Mapping::Remap`], [`Mapping::Memfd`]), and switching, unbatched, as the last
//! resort ([`Mapping::Toggle`]). Of the ways to two views, in this order:
//! - *`mremap` of anonymous shared memory with an old size of zero*, which is documented to map the same pages
//!   again. It needs no file descriptor and is not subject to the limit on file sizes (growing a `memfd` beyond
//!   it kills the process by a signal). `perf` takes its name in the memory map, `/dev/zero`, for anonymous
//!   memory and so looks for our symbols in the perf map; it doesn't for a `memfd`.
//! - *`memfd_create`, mapped twice*, works where making existing mappings executable is forbidden (`PR_SET_MDWE`,
//!   systemd's `MemoryDenyWriteExecute`): there this is the only way.
//!
//! If a later segment can't be had in the way of the first, the next way is tried for it.
//!
//! **Forking.** Two views need shared memory, which a forked child shares with its parent; both would
//! write it. A child may `exec`, but it may not go on using the state; a host that wants that asks for
//! [`Mapping::Toggle`], whose memory is private.
//!
//! # Seeing new code
//! x86-64 keeps instruction and data caches coherent, so there is nothing to flush. Code is written in full
//! before its address is known to anyone, so no thread can run it half-written. What remains is a corner: a
//! processor may have fetched the old bytes of reused space ahead, and the check that discards them is
//! guaranteed by the manuals only for writes through the address that executes. For another address they ask
//! for a serializing instruction between write and execution. Publishing through a second view therefore ends
//! with one, a return from interrupt to the next instruction: about 90 ns of the figures above. `cpuid`, the usual
//! choice, leaves the virtual machine (6.7 µs); `serialize` is too new. (User-mode shadow stacks would object to
//! `iretq`, but also to compiled code that switches stacks: this VM can't run under them anyway.) One thread
//! runs a state, so another processor gets to see the code only after the state has moved there, which takes a
//! switch by the system. Functions are never changed after publishing.
//!
//! # Invariants
//! - Every byte of a segment belongs to the prelude, to exactly one `Code`, or to the free list.
//! - No page is writable and executable; the writable address never leaves `segment`.
//! - No foreign code (`prelude`, `write`) runs while the store is borrowed or a segment is open for writing.
//!
//! # Rejected
//! `cranelift-jit` can't free one function. `memmap2` can't map shared anonymous memory twice; `region` offers
//! changes of protection only. `libc` would do, but `rustix` checks the errors, owns the descriptors, and leaves
//! `unsafe` only what truly is. Protection keys cost nothing per switch but are missing on many machines.
//! Writing directly into the writable view saves a copy of some 10 ns, and costs that a panicking writer leaves
//! half a function and that a writer can't publish another.

use self::free_list::{FreeList, Span};
use self::segment::Segment;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

mod free_list;
#[cfg(all(unix, target_arch = "x86_64"))]
mod segment;
#[cfg(not(all(unix, target_arch = "x86_64")))]
#[path = "unsupported.rs"]
mod segment;
#[cfg(all(test, unix, target_arch = "x86_64"))]
mod tests;

/// Whether there can be executable memory on this platform.
pub const IS_SUPPORTED: bool = cfg!(all(unix, target_arch = "x86_64"));

/// Functions begin at multiples of this.
pub const ALIGNMENT: usize = 16;

/// The most bytes a prelude may have.
pub const MAX_PRELUDE: usize = 64 << 10;

/// The most bytes a function may have. Keeps a segment well within the reach of a 32-bit displacement.
pub const MAX_CODE: usize = 1 << 30;

/// `int3`: what freed code, and what pads code, traps with.
const POISON: u8 = 0xCC;

/// A larger buffer than this is not kept for the next function.
const MAX_SCRATCH: usize = 1 << 20;

/// Segments are multiples of this, which every page size divides.
const GRANULE: usize = 64 << 10;

/// How a segment is written without ever being writable and executable at one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mapping {
    /// Anonymous shared memory at two addresses, the second made by `mremap`. Linux.
    Remap,
    /// A `memfd` mapped at two addresses. Linux.
    Memfd,
    /// Private memory at one address, switched to writable and back for each change.
    Toggle,
}

/// How to set up a [`CodeMemory`].
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The way to map segments; `None` takes the first that works. A host that forks and goes on using the
    /// state in the child must ask for [`Mapping::Toggle`].
    pub mapping: Option<Mapping>,
    /// Address space of a segment in bytes, rounded up. One function that needs more gets a larger segment.
    pub segment_bytes: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config { mapping: None, segment_bytes: 4 << 20 }
    }
}

/// Why there is no room for code.
#[derive(Debug)]
pub enum Error {
    /// No code is made for this platform.
    Unsupported,
    /// The code exceeds [`MAX_CODE`], or the prelude [`MAX_PRELUDE`].
    TooLarge,
    /// The system refused memory or its protection.
    System(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unsupported => f.write_str("no executable memory on this platform"),
            Error::TooLarge => f.write_str("machine code too large"),
            Error::System(error) => write!(f, "executable memory refused: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::System(error) => Some(error),
            Error::Unsupported | Error::TooLarge => None,
        }
    }
}

/// The executable address of a segment, where its copy of the prelude begins. A multiple of the page size.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Base(usize);

impl Base {
    /// The address as a number.
    pub fn address(self) -> usize {
        self.0
    }
}

/// Where a function will execute, told to whoever writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The address of the function's first byte.
    pub address: usize,
    /// The segment, and so the prelude, it is in.
    pub base: Base,
}

impl Place {
    /// The displacement to put into the four bytes at `at` (an offset in the function) that end an instruction
    /// referring to the absolute address `target`. Always there for targets in the function and its prelude.
    pub fn rel32(self, at: usize, target: usize) -> Option<i32> {
        let next = self.address.wrapping_add(at).wrapping_add(4);
        i32::try_from(target.wrapping_sub(next).cast_signed()).ok()
    }

    /// What to put into the four bytes at `at` that end an instruction referring to the byte at `offset` in the prelude:
    /// [`Self::rel32`] of a target that is in reach for certain.
    #[inline]
    pub fn to_prelude(self, at: u32, offset: u32) -> i32 {
        // A segment has less than 2 GiB.
        let prelude = self.base.address().wrapping_sub(self.address) as i32;
        prelude.wrapping_add_unsigned(offset).wrapping_sub_unsigned(at.wrapping_add(4))
    }
}

/// What a [`CodeMemory`] holds; `used + free + preludes == mapped`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stats {
    /// Functions alive.
    pub functions: usize,
    /// Bytes of the functions, with their padding.
    pub used: usize,
    /// Bytes free for further functions. Those never used have no memory behind them yet.
    pub free: usize,
    /// The number of pieces the free bytes are in.
    pub free_spans: usize,
    /// Bytes of the preludes, with their padding.
    pub preludes: usize,
    /// Bytes of address space at which code can execute.
    pub mapped: usize,
    /// The number of segments.
    pub segments: usize,
}

/// The part that outlives the `CodeMemory` as long as there is code.
struct Store {
    segments: Vec<Segment>,
    /// Executable address of a segment → its index.
    by_base: BTreeMap<usize, usize>,
    free: FreeList,
    functions: usize,
    used: usize,
    preludes: usize,
}

impl Store {
    /// Makes a segment available whose prelude is written.
    fn add(&mut self, segment: Segment, prelude: usize) -> Result<(), Error> {
        let too_large = |_| Error::TooLarge;
        let index = u32::try_from(self.segments.len()).map_err(too_large)?;
        let offset = u32::try_from(prelude).map_err(too_large)?;
        let end = u32::try_from(segment.len()).map_err(too_large)?;
        self.by_base.insert(segment.base(), self.segments.len());
        self.segments.push(segment);
        self.preludes += prelude;
        self.free.give(Span { segment: index, offset, len: end.saturating_sub(offset) });
        Ok(())
    }

    fn take(&mut self, len: u32) -> Option<(Span, Place)> {
        let span = self.free.take(len)?;
        let base = self.segments.get(span.segment as usize)?.base();
        self.functions += 1;
        self.used += span.len as usize;
        Some((span, Place { address: base + span.offset as usize, base: Base(base) }))
    }

    fn edit(&mut self, span: Span, change: impl FnOnce(&mut [u8])) -> Result<&Segment, Error> {
        let segment = self.segments.get_mut(span.segment as usize).ok_or(Error::TooLarge)?;
        segment.edit(span.offset as usize, span.len as usize, change)?;
        Ok(segment)
    }

    fn give(&mut self, span: Span) {
        // If the system refuses, the old code stays legible until it is overwritten, which harms nobody.
        let _ = self.edit(span, |bytes| bytes.fill(POISON));
        self.functions -= 1;
        self.used -= span.len as usize;
        self.free.give(span);
    }
}

/// The executable memory of one Lua state. See the module's description.
pub struct CodeMemory {
    store: Rc<RefCell<Store>>,
    prelude: Box<dyn Fn(Base) -> Vec<u8>>,
    config: Config,
    /// The functions' bytes are made here and copied, so that `write` may panic, or publish further code.
    scratch: RefCell<Vec<u8>>,
}

impl CodeMemory {
    /// Maps the first segment. `prelude` makes the bytes with which each segment begins.
    pub fn new(prelude: impl Fn(Base) -> Vec<u8> + 'static) -> Result<CodeMemory, Error> {
        CodeMemory::with_config(Config::default(), prelude)
    }

    /// The same with a say in how memory is mapped.
    pub fn with_config(
        config: Config,
        prelude: impl Fn(Base) -> Vec<u8> + 'static,
    ) -> Result<CodeMemory, Error> {
        let store = Store {
            segments: Vec::new(),
            by_base: BTreeMap::new(),
            free: FreeList::default(),
            functions: 0,
            used: 0,
            preludes: 0,
        };
        let memory = CodeMemory {
            store: Rc::new(RefCell::new(store)),
            prelude: Box::new(prelude),
            config,
            scratch: RefCell::default(),
        };
        memory.add_segment(0)?;
        Ok(memory)
    }

    /// Makes a function of `len` bytes: `write` produces them (they begin as `int3`), knowing where they will
    /// execute. The function can be called once this returns, and exists until the [`Code`] is dropped.
    pub fn publish(&self, len: usize, write: impl FnOnce(Place, &mut [u8])) -> Result<Code, Error> {
        let mut bytes = self.scratch.take();
        bytes.clear();
        bytes.resize(len.min(MAX_CODE + 1), POISON);
        let code = self.publish_code(&mut bytes, write);
        if bytes.capacity() <= MAX_SCRATCH {
            self.scratch.replace(bytes);
        }
        code
    }

    /// Makes a function of bytes that are there already, but for what depends on where they will execute: `link` sees
    /// to that.
    pub fn publish_code(
        &self,
        bytes: &mut [u8],
        link: impl FnOnce(Place, &mut [u8]),
    ) -> Result<Code, Error> {
        let len = bytes.len();
        if len > MAX_CODE {
            return Err(Error::TooLarge);
        }
        let padded = len.max(1).next_multiple_of(ALIGNMENT);
        let (span, place) = self.reserve(padded)?;
        // From here on dropping `code` gives the span back, also if `link` panics.
        let code = Code { store: Rc::clone(&self.store), span, place, len };
        link(place, bytes);
        let write = |to: &mut [u8]| {
            let (code, padding) = to.split_at_mut(len);
            code.copy_from_slice(bytes);
            padding.fill(POISON);
        };
        let mut store = self.store.borrow_mut();
        let written = store.edit(span, write).map(Segment::synchronize);
        // Released first: dropping `code` on the error path borrows the store.
        drop(store);
        written.map(|()| code)
    }

    /// The first segment. It exists as long as this `CodeMemory` or any of its code, so what the host calls
    /// (the way into compiled code) is best taken from this copy of the prelude.
    pub fn first(&self) -> Option<Base> {
        self.store.borrow().segments.first().map(|s| Base(s.base()))
    }

    /// The segment in which `address` is, whether or not there is live code at it.
    pub fn contains(&self, address: usize) -> Option<Base> {
        let store = self.store.borrow();
        let (&base, &index) = store.by_base.range(..=address).next_back()?;
        let segment = store.segments.get(index)?;
        (address - base < segment.len()).then_some(Base(base))
    }

    /// How the newest segment is mapped.
    pub fn mapping(&self) -> Option<Mapping> {
        self.store.borrow().segments.last().map(Segment::mapping)
    }

    /// Bytes of the functions there are.
    pub fn used(&self) -> usize {
        self.store.borrow().used
    }

    /// What there is.
    pub fn stats(&self) -> Stats {
        let store = self.store.borrow();
        Stats {
            functions: store.functions,
            used: store.used,
            free: store.free.bytes(),
            free_spans: store.free.spans(),
            preludes: store.preludes,
            mapped: store.segments.iter().map(Segment::len).sum(),
            segments: store.segments.len(),
        }
    }

    fn reserve(&self, len: usize) -> Result<(Span, Place), Error> {
        let wanted = u32::try_from(len).map_err(|_| Error::TooLarge)?;
        if let Some(found) = self.store.borrow_mut().take(wanted) {
            return Ok(found);
        }
        self.add_segment(len)?;
        self.store.borrow_mut().take(wanted).ok_or(Error::TooLarge)
    }

    /// Maps a segment with room for a function of `len` bytes. The store is not borrowed while the caller's
    /// `prelude` runs.
    fn add_segment(&self, len: usize) -> Result<(), Error> {
        let room = self.config.segment_bytes.clamp(GRANULE, MAX_CODE).max(len + MAX_PRELUDE);
        let mut segment = Segment::map(room.next_multiple_of(GRANULE), self.config.mapping)?;
        let prelude = (self.prelude)(Base(segment.base()));
        if prelude.len() > MAX_PRELUDE {
            return Err(Error::TooLarge);
        }
        let padded = prelude.len().next_multiple_of(ALIGNMENT);
        segment.edit(0, padded, |to| {
            to.fill(POISON);
            to[..prelude.len()].copy_from_slice(&prelude);
        })?;
        segment.synchronize();
        self.store.borrow_mut().add(segment, padded)
    }
}

impl fmt::Debug for CodeMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeMemory").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// One published function. Dropping it frees its memory, which is overwritten with traps and used again.
///
/// Calling the function is `unsafe`, and whoever does so promises that the `Code` outlives the call: that no
/// native frame, running or suspended in a coroutine, still returns into it when it is dropped. Other
/// functions, of the same segment too, may run meanwhile. The memory survives the [`CodeMemory`] it is from.
#[must_use = "dropping the code frees it"]
pub struct Code {
    store: Rc<RefCell<Store>>,
    span: Span,
    place: Place,
    len: usize,
}

impl Code {
    /// The address of the first byte, a multiple of [`ALIGNMENT`].
    pub fn address(&self) -> *const u8 {
        std::ptr::with_exposed_provenance(self.place.address)
    }

    /// Where the function is.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The length asked for.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.store.borrow_mut().give(self.span);
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({:#x}, {} bytes)", self.place.address, self.len)
    }
}

//! Memory from the operating system.
//!
//! **Problem.** What the heap frees must really return, at once and whatever its size, or a limit on memory says
//! nothing about the process; and when there is no more to be had, that must be known while a little is left, because
//! not every allocation can fail.
//!
//! **Design.** On Unix, mappings of our own: exact, aligned without waste, given back by unmapping them, or page by
//! page ([`decommit`]). Elsewhere Rust's allocator, which has no way to give back a part.
//!
//! A request is granted only if [`HEADROOM`] more bytes could be had ([`map`], [`has_room`]). So when one is refused,
//! the small allocations that can't fail still have that much, until the program comes to a safepoint and is told.
//!
//! Huge objects and buffers are to be in large pages ([`prefer_large_pages`]). Chunks with small objects aren't: a state with
//! little in it would take two megabytes more.
//!
//! **Rejected.** The C library's allocator for everything: it raises its threshold for separate mappings with every
//! large block freed, and keeps up to twice as much for itself as the largest block was; aligned blocks take twice
//! their size of a limited address space.

/// What must remain obtainable beyond each request.
pub(super) const HEADROOM: usize = 6 << 20;

/// Whether the host would grant so many bytes, and [`HEADROOM`] beyond.
pub(super) fn has_room(bytes: usize) -> bool {
    imp::probe(bytes.saturating_add(HEADROOM))
}

/// Memory of a size and alignment, both multiples of [`super::size::PAGE`].
pub(super) fn map(bytes: usize, align: usize) -> Option<usize> {
    imp::map(bytes, align)
}

/// Gives memory back.
///
/// # Safety
/// It was returned by [`map`] for this size and alignment, and nobody refers to it.
pub(super) unsafe fn unmap(addr: usize, bytes: usize, align: usize) {
    // SAFETY: the caller's promise.
    unsafe { imp::unmap(addr, bytes, align) };
}

/// Gives back what is in whole pages, which stay mapped. Whether it did; what was in them is lost then.
///
/// # Safety
/// They are part of what [`map`] returned, and nobody relies on what is in them.
pub(super) unsafe fn decommit(addr: usize, bytes: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { imp::decommit(addr, bytes) }
}

/// Says that memory will be used as a whole, so that the system may use large pages for it: a gigabyte in small ones
/// takes a tenth of a second to give back, at the end of the process at the latest. Only for memory whose size is
/// accounted for as a whole.
pub(crate) fn prefer_large_pages(start: *mut u8, bytes: usize) {
    #[cfg(target_os = "linux")]
    {
        /// Less wouldn't matter.
        const LEAST: usize = 4 << 20;
        /// Of a large page, or a multiple of it.
        const ALIGNMENT: usize = 2 << 20;
        let skipped = start.align_offset(ALIGNMENT);
        let bytes = bytes.saturating_sub(skipped) & !(ALIGNMENT - 1);
        if bytes >= LEAST {
            // SAFETY: this is about pages that are wholly within the memory, and changes nothing in them.
            unsafe {
                libc::madvise(start.wrapping_add(skipped).cast(), bytes, libc::MADV_HUGEPAGE)
            };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, bytes);
}

/// Has Rust's allocator give back what it keeps of memory that was freed, where it can be asked to.
pub(super) fn trim_allocator() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the function may be called at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(unix)]
mod imp {
    use super::HEADROOM;
    use std::ptr::{null_mut, with_exposed_provenance_mut};

    fn map_raw(bytes: usize) -> Option<usize> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
        // SAFETY: a new mapping, wherever there is room for it.
        let p = unsafe { libc::mmap(null_mut(), bytes, protection, flags, -1, 0) };
        (p != libc::MAP_FAILED).then(|| p.expose_provenance())
    }

    /// # Safety
    /// The pages are mapped and nobody's.
    unsafe fn unmap_raw(addr: usize, bytes: usize) {
        if bytes > 0 {
            // SAFETY: the caller's promise. It can't fail but for want of memory when a mapping is split, and then
            // the pages are merely kept.
            unsafe { libc::munmap(with_exposed_provenance_mut(addr), bytes) };
        }
    }

    pub(super) fn probe(bytes: usize) -> bool {
        match map_raw(bytes) {
            Some(addr) => {
                // SAFETY: just mapped.
                unsafe { unmap_raw(addr, bytes) };
                true
            }
            None => false,
        }
    }

    pub(super) fn map(bytes: usize, align: usize) -> Option<usize> {
        // What is mapped beyond the aligned part is given back at once.
        let all = bytes.checked_add(align.max(HEADROOM))?;
        let start = map_raw(all)?;
        let addr = start.next_multiple_of(align);
        let (end, all_end) = (addr + bytes, start + all);
        // SAFETY: two parts of the new mapping.
        unsafe {
            unmap_raw(start, addr - start);
            unmap_raw(end, all_end - end);
        }
        Some(addr)
    }

    pub(super) unsafe fn unmap(addr: usize, bytes: usize, _align: usize) {
        // SAFETY: the caller's promise.
        unsafe { unmap_raw(addr, bytes) };
    }

    pub(super) unsafe fn decommit(addr: usize, bytes: usize) -> bool {
        let p = with_exposed_provenance_mut(addr);
        // SAFETY: the caller's promise. Private pages that are dropped read as zeros.
        unsafe { libc::madvise(p, bytes, libc::MADV_DONTNEED) == 0 }
    }
}

#[cfg(not(unix))]
mod imp {
    use std::alloc::{Layout, alloc, dealloc};
    use std::ptr::with_exposed_provenance_mut;

    pub(super) fn probe(bytes: usize) -> bool {
        Vec::<u8>::new().try_reserve_exact(bytes).is_ok()
    }

    pub(super) fn map(bytes: usize, align: usize) -> Option<usize> {
        if !super::has_room(bytes) {
            return None;
        }
        let layout = Layout::from_size_align(bytes, align).ok()?;
        // SAFETY: the size isn't zero.
        let p = unsafe { alloc(layout) };
        (!p.is_null()).then(|| p.expose_provenance())
    }

    pub(super) unsafe fn unmap(addr: usize, bytes: usize, align: usize) {
        if let Ok(layout) = Layout::from_size_align(bytes, align) {
            // SAFETY: the layout it was made with, by the caller's promise.
            unsafe { dealloc(with_exposed_provenance_mut(addr), layout) };
        }
    }

    pub(super) unsafe fn decommit(_addr: usize, _bytes: usize) -> bool {
        false
    }
}

//! One segment: a run of pages that executes at one address and is written at another, or at another time.
//! The ways to get one, and why they are tried in this order, are told in the parent module.

use super::{Error, Mapping};
use rustix::mm::{self, MapFlags, MprotectFlags, ProtFlags};
use std::ffi::c_void;
use std::ptr::{NonNull, null_mut, slice_from_raw_parts_mut};

/// A mapping that is removed when dropped.
struct Pages {
    start: NonNull<u8>,
    len: usize,
}

impl Pages {
    /// Takes over what a mapping call returned.
    ///
    /// # Safety
    /// `start..start + len` is a mapping of the caller's, of which nobody else disposes.
    unsafe fn adopt(start: *mut c_void, len: usize) -> Result<Pages, rustix::io::Errno> {
        match NonNull::new(start.cast()) {
            Some(start) => Ok(Pages { start, len }),
            None => Err(rustix::io::Errno::NOMEM),
        }
    }

    fn address(&self) -> *mut c_void {
        self.start.as_ptr().cast()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours alone (`adopt`). Whoever drops a segment has seen to it that no code in it
        // runs and no slice of it is alive. A failure leaks address space, which harms nobody.
        let _ = unsafe { mm::munmap(self.address(), self.len) };
    }
}

/// See the module's description.
pub(super) struct Segment {
    /// The executable view. Never writable, except under `Mapping::Toggle`, where parts are writable *instead*
    /// of executable for the length of an `edit`.
    executable: Pages,
    /// The writable view of the same memory; none under `Mapping::Toggle`.
    writable: Option<Pages>,
    mapping: Mapping,
}

type Views = Result<(Pages, Option<Pages>), rustix::io::Errno>;

impl Segment {
    /// Maps `len` bytes (a multiple of the page size) in the given way, or in the first that the system allows.
    pub(super) fn map(len: usize, mapping: Option<Mapping>) -> Result<Segment, Error> {
        let all = [Mapping::Remap, Mapping::Memfd, Mapping::Toggle];
        let ways = mapping.as_ref().map_or(&all[..], std::slice::from_ref);
        let mut last = Error::Unsupported;
        for &mapping in ways {
            let views = match mapping {
                Mapping::Remap => by_remap(len),
                Mapping::Memfd => by_memfd(len),
                Mapping::Toggle => by_toggle(len),
            };
            match views {
                Ok((executable, writable)) => return Ok(Segment { executable, writable, mapping }),
                Err(errno) => last = Error::System(errno.into()),
            }
        }
        Err(last)
    }

    /// Where the segment executes.
    pub(super) fn base(&self) -> usize {
        self.executable.start.as_ptr().addr()
    }

    pub(super) fn len(&self) -> usize {
        self.executable.len
    }

    pub(super) fn mapping(&self) -> Mapping {
        self.mapping
    }

    /// Lets `change` write `len` bytes at `offset`. `change` must not panic: it would leave a toggled segment open.
    pub(super) fn edit(
        &mut self,
        offset: usize,
        len: usize,
        change: impl FnOnce(&mut [u8]),
    ) -> Result<(), Error> {
        let inside = offset.checked_add(len).is_some_and(|end| end <= self.len());
        if !inside {
            return Err(Error::TooLarge);
        }
        let pages = self.writable.as_ref().unwrap_or(&self.executable);
        let bytes = slice_from_raw_parts_mut(pages.start.as_ptr().wrapping_add(offset), len);
        let toggled = self.writable.is_none();
        if toggled {
            self.protect(offset, len, MprotectFlags::READ | MprotectFlags::WRITE)?;
        }
        // SAFETY: the range is inside the view (checked above), which is mapped as long as `self` lives and is
        // writable now. Its bytes are initialized (the system's zeros, or what was written before). `&mut self`
        // and the slice's end with this call make it the only Rust reference; the processor reads other bytes
        // of the segment only, since nobody runs code that is being published or freed.
        change(unsafe { &mut *bytes });
        if toggled {
            self.close(offset, len);
        }
        Ok(())
    }

    /// Makes toggled pages executable again. They hold code that existed before, which would crash the process
    /// obscurely at its next call, so a failure can't be reported and survived. The first attempt normally only
    /// undoes the split of the mapping; the second needs no split at all.
    fn close(&mut self, offset: usize, len: usize) {
        let executable = MprotectFlags::READ | MprotectFlags::EXEC;
        let closed = self.protect(offset, len, executable);
        if closed.or_else(|_| self.protect(0, self.len(), executable)).is_err() {
            std::process::abort();
        }
    }

    /// Changes the protection of the pages of the executable view that hold the given bytes.
    fn protect(&mut self, offset: usize, len: usize, flags: MprotectFlags) -> Result<(), Error> {
        let page = rustix::param::page_size();
        let start = offset / page * page;
        let end = (offset + len).next_multiple_of(page);
        let first = self.executable.start.as_ptr().wrapping_add(start).cast();
        // SAFETY: the pages are ours (the caller's range is inside, and the length of the mapping is a multiple
        // of the page size); no slice of them is alive, and the code in them doesn't run during the call: a
        // state and its compiled code live on one thread, and that thread is here.
        unsafe { mm::mprotect(first, end - start, flags) }.map_err(|e| Error::System(e.into()))
    }

    /// Makes the processor forget what it may have fetched ahead, after code was written through the other view.
    pub(super) fn synchronize(&self) {
        if self.writable.is_some() {
            serialize();
        }
    }
}

/// Executes a serializing instruction: a return from interrupt to the next instruction.
fn serialize() {
    // SAFETY: builds the frame `iretq` pops – ss, rsp, flags, cs, rip – from the current values, so execution
    // goes on at the label with stack pointer, flags and privilege unchanged. The pushes are below the stack
    // pointer the compiler knows (no `nostack` option, so no red zone is in use), and only the two declared
    // registers change. The asm may read and write memory as far as the compiler knows, so the stores of code
    // before it stay before it.
    unsafe {
        std::arch::asm!(
            "mov {stack}, rsp",
            "mov {other:e}, ss",
            "push {other}",
            "push {stack}",
            "pushfq",
            "mov {other:e}, cs",
            "push {other}",
            "lea {stack}, [rip + 2f]",
            "push {stack}",
            "iretq",
            "2:",
            stack = out(reg) _,
            other = out(reg) _,
        );
    }
}

/// Anonymous shared memory, mapped a second time by `mremap` with an old size of zero.
#[cfg(target_os = "linux")]
fn by_remap(len: usize) -> Views {
    let (read_write, shared) =
        (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED | MapFlags::NORESERVE);
    // SAFETY: a new mapping where the system likes; `Pages` becomes its only owner.
    let writable =
        unsafe { Pages::adopt(mm::mmap_anonymous(null_mut(), len, read_write, shared)?, len)? };
    // SAFETY: with an old size of zero `mremap` leaves a shared mapping alone and maps its pages once more, at
    // an address the system chooses; `Pages` becomes the only owner of the new mapping.
    let executable = unsafe {
        Pages::adopt(mm::mremap(writable.address(), 0, len, mm::MremapFlags::MAYMOVE)?, len)?
    };
    // SAFETY: the mapping was just made and nobody uses it.
    unsafe {
        mm::mprotect(executable.address(), len, MprotectFlags::READ | MprotectFlags::EXEC)?;
    }
    Ok((executable, Some(writable)))
}

/// A file in memory, mapped twice.
#[cfg(target_os = "linux")]
fn by_memfd(len: usize) -> Views {
    use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
    use rustix::process::{Resource, getrlimit};
    // Growing a file beyond the limit on file sizes doesn't fail: it kills by a signal.
    if getrlimit(Resource::Fsize).current.is_some_and(|limit| limit < len as u64) {
        return Err(rustix::io::Errno::FBIG);
    }
    // The seal is about running the file as a program. Some systems insist on it, old kernels don't know it.
    let file = match memfd_create(c"perilune-code", MemfdFlags::CLOEXEC | MemfdFlags::NOEXEC_SEAL) {
        Err(rustix::io::Errno::INVAL) => memfd_create(c"perilune-code", MemfdFlags::CLOEXEC)?,
        other => other?,
    };
    ftruncate(&file, len as u64)?;
    let view = |protection| {
        // SAFETY: a new mapping where the system likes, of a file nobody else has, which keeps its length;
        // `Pages` becomes its only owner.
        unsafe {
            let start = mm::mmap(null_mut(), len, protection, MapFlags::SHARED, &file, 0)?;
            Pages::adopt(start, len)
        }
    };
    let executable = view(ProtFlags::READ | ProtFlags::EXEC)?;
    let writable = view(ProtFlags::READ | ProtFlags::WRITE)?;
    Ok((executable, Some(writable)))
}

#[cfg(not(target_os = "linux"))]
fn by_remap(_len: usize) -> Views {
    Err(rustix::io::Errno::NOSYS)
}

#[cfg(not(target_os = "linux"))]
fn by_memfd(_len: usize) -> Views {
    Err(rustix::io::Errno::NOSYS)
}

/// Private memory whose protection `Segment::edit` switches. Switched once here, while it holds no code: where the
/// system forbids making memory executable again, that must fail now and not in `Segment::close`.
fn by_toggle(len: usize) -> Views {
    let (protection, private) =
        (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::NORESERVE);
    // SAFETY: a new mapping where the system likes; `Pages` becomes its only owner.
    let pages =
        unsafe { Pages::adopt(mm::mmap_anonymous(null_mut(), len, protection, private)?, len)? };
    // SAFETY: the mapping was just made and nobody uses it.
    unsafe { mm::mprotect(pages.address(), len, MprotectFlags::READ | MprotectFlags::EXEC)? };
    Ok((pages, None))
}
